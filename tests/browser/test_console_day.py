"""A clinic's day in the console: plan ten visits, invite people, watch them come, step in, and end the call."""

import asyncio
import csv
import datetime as dt
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page, expect
from tests.browser.conftest import Visiting
from tests.browser.test_console import link, sign_in
from tests.browser.visits import Clinic, Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

UTC = {"timezone_id": "UTC", "locale": "en-GB"}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, **UTC}


def table(count: int) -> str:
    """Return lines for visits that follow each other; the first has just begun."""
    first = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    begins = [first + dt.timedelta(minutes=30 * number) for number in range(count)]
    lines = [
        f"{at:%Y-%m-%d %H:%M}\t30\tVisit {number}\tDr Ada Okafor\tPatient {number}; Visitor {number}"
        for number, at in enumerate(begins, start=1)
    ]
    return "\n".join(["time\tlength\ttitle\tpresenter\tattendees", *lines])


async def saved(page: Page, button: str) -> str:
    """Return the text of the file that a button saves."""
    async with page.expect_download() as download:
        await page.get_by_role("button", name=button).click()
    return await asyncio.to_thread(Path(await (await download.value).path()).read_text)


def row(visit: Visit, section: str, name: str) -> Any:
    return visit.page.get_by_role("region", name=section).get_by_role("listitem").filter(has_text=name)


async def plan_ten(console: Visit) -> list[dict[str, str]]:
    """Plan ten visits with a waiting room from a table in which an eleventh line is wrong; return their links."""
    page = console.page
    await link(console, "Several at once").click()
    await console.sees("Several visits at once")
    await page.get_by_label("Table").fill(f"{table(10)}\nsoon\t30\tVisit 11\tDr Ada Okafor\tPatient 11")
    await expect(page.get_by_text("“soon” is not a time")).to_be_visible()
    assert await console.faults() == []
    await page.get_by_text("Waiting room, beginning, telephones").click()
    await page.get_by_label("Waiting room", exact=True).select_option("attendees")
    await console.button("Plan 10 visits").click()
    await expect(page.get_by_role("status").get_by_text("Planned 10.")).to_be_visible()
    # What could not be planned stays; what was planned does not.
    assert "Visit 11" in await page.get_by_label("Table").input_value()
    assert "Patient 3" not in await page.get_by_label("Table").input_value()
    assert await console.faults() == []
    return list(csv.DictReader(io.StringIO(await saved(page, "All links as CSV"))))


async def new_link(console: Visit, name: str) -> str:
    """Replace the link of a person, and return it; the mail and the calendar file have the same."""
    dialog = console.page.get_by_role("dialog")
    await console.button(f"Link of {name}").click()
    before = await dialog.locator(".made-link").inner_text()
    await dialog.get_by_role("button", name="Replace by a new link").click()
    await expect(dialog.locator(".made-link")).not_to_have_text(before)
    address = await dialog.locator(".made-link").inner_text()
    mail = await dialog.get_by_role("link", name="Write a mail").get_attribute("href")
    assert address in parse_qs(urlsplit(str(mail)).query)["body"][0]
    assert address in (await saved(console.page, "Calendar file")).replace("\n ", "").replace("\r", "")
    code = await dialog.get_by_role("img", name=f"QR code of the link of {name}").screenshot()
    assert [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(code)))] == [address]
    assert await console.faults() == []
    await dialog.get_by_role("button", name="Close").click()
    await expect(console.button(f"Link of {name}")).to_be_focused()
    return address


async def test_a_day(clinic: Clinic, visiting: Visiting) -> None:
    console = await sign_in(visiting, clinic, **UTC)
    page, dialog = console.page, console.page.get_by_role("dialog")
    links = await plan_ten(console)
    assert len(links) == 30

    # The doctor opens the link of the table.
    await link(console, "Visit 1").click()
    await console.sees("Visit 1")
    doctor = await visiting(links[0]["link"])
    await doctor.button("Join now").click()
    await expect(page.get_by_role("heading", name="In the call (1)")).to_be_visible()
    await expect(row(console, "People", "Dr Ada Okafor")).to_contain_text("link opened")

    address = await new_link(console, "Patient 1")

    # They wait and come in; the visitor is declined.
    patient, visitor = await visiting(address), await visiting(links[2]["link"])
    for person in (patient, visitor):
        await person.button("Ask to join").click()
    await expect(page.get_by_role("heading", name="Waiting (2)")).to_be_visible()
    await expect(page).to_have_title("(2) Visit 1 · openrooms")
    assert await console.faults() == []
    await console.button("Admit Patient 1").click()
    await patient.is_in_call()
    await expect(page.get_by_role("heading", name="In the call (2)")).to_be_visible()
    await console.button("Decline Visitor 1").click()
    await dialog.get_by_label("Reason").fill("Please come tomorrow")
    await dialog.get_by_role("button", name="Decline", exact=True).click()
    await expect(visitor.page.get_by_text("Please come tomorrow")).to_be_visible()
    await expect(page.get_by_role("region", name="At the door")).to_have_count(0)

    # The visit runs over, and ends.
    await console.button("+5 min longer").dblclick()
    await console.hears("The room lasts 5 minutes longer.")
    await expect(page.locator(".facts")).to_contain_text(re.compile(r"Closes in 3[34] min"))
    await console.button("Mute Patient 1").click()
    await expect(patient.button("Unmute")).to_be_visible()
    await console.button("End the call").click()
    await dialog.get_by_role("button", name="End the call", exact=True).click()
    await doctor.sees("The call has ended")
    await expect(page.get_by_role("heading", name="Nobody is in the call")).to_be_visible()


async def test_a_visit_by_keyboard_alone(clinic: Clinic, visiting: Visiting) -> None:
    """Planned, renamed and deleted without a pointer; each dialog gives the focus back."""
    console = await sign_in(visiting, clinic, "/rooms/new", **UTC)
    await console.sees("New visit")
    page, press = console.page, console.page.keyboard.press
    await page.get_by_label("Title").focus()
    await page.keyboard.type("Follow-up")
    for _ in range(20):
        if await page.get_by_label("Name of person 1").evaluate("field => field === document.activeElement"):
            break
        await press("Tab")
    await page.keyboard.type("Dr Ada")
    await press("Enter")
    await console.sees("Follow-up is planned")
    await link(console, "To the room").focus()
    await press("Enter")
    await console.sees("Follow-up")
    await console.button("Edit").focus()
    await press("Enter")
    await expect(page.get_by_label("Title")).to_be_focused()
    await press("Control+a")
    await page.keyboard.type("Renamed")
    await press("Enter")
    await console.sees("Renamed")
    await expect(console.button("Edit")).to_be_focused()
    await console.button("Delete the room").focus()
    dialog = page.get_by_role("dialog")
    await press("Enter")
    await expect(dialog).to_be_visible()
    await press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(console.button("Delete the room")).to_be_focused()
    await press("Enter")
    await expect(dialog).to_be_visible()
    await press("Tab")
    await press("Enter")
    await console.sees("Rooms")
    await console.hears("The room is deleted.")


async def test_people_are_added_changed_and_uninvited(clinic: Clinic, visiting: Visiting) -> None:
    room = clinic.room(opens_in=3600, closes_in=7200)
    console = await sign_in(visiting, clinic, f"/rooms/{room}", **PHONE)
    page = console.page
    dialog = page.get_by_role("dialog")
    await console.button("Add a person").click()
    await dialog.get_by_label("Name").fill("Pat (Presenter)")
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Presenter")
    # What was typed is kept, and a second try makes no second user.
    await expect(dialog.get_by_label("Name")).to_have_value("Pat (Presenter)")
    await dialog.get_by_label("Name").fill("Pat")
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(dialog).to_have_count(0)
    people = page.get_by_role("region", name="People").get_by_role("listitem")
    await expect(people).to_have_count(1)
    await expect(people).to_contain_text("Attendee · link not opened yet")
    await console.button("Edit Pat").click()
    await dialog.get_by_label("Role").select_option("Presenter")
    await dialog.get_by_role("button", name="Save").click()
    await expect(people).to_contain_text("Pat · Presenter")
    await page.get_by_label("Show each action as a command").check()
    await expect(people).to_contain_text(f"openrooms participants remove {room} 8:acs:")
    assert await console.faults() == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await console.button("Uninvite Pat").click()
    await dialog.get_by_role("button", name="Uninvite", exact=True).click()
    await expect(people).to_have_count(0)


async def test_a_room_is_moved_and_duplicated(clinic: Clinic, visiting: Visiting) -> None:
    ada = clinic.guest()
    room = clinic.room((ada, "Presenter"), opens_in=3600, closes_in=7200)
    clinic.plan(room, title="Check-up", waitingRoom="everyone")
    console = await sign_in(visiting, clinic, f"/rooms/{room}", **UTC)
    page = console.page
    dialog = page.get_by_role("dialog")
    await console.button("Move").click()
    await dialog.get_by_label("Begins").fill("2030-01-01T09:00")
    await expect(dialog.get_by_label("Ends")).to_have_value("2030-01-01T10:00")
    await dialog.get_by_role("button", name="Move", exact=True).click()
    # Too far away: the service says so, and what was typed stays.
    await expect(dialog.get_by_role("alert")).to_contain_text("180 days")
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    await dialog.get_by_label("Begins").fill(f"{tomorrow:%Y-%m-%dT09:00}")
    await dialog.get_by_role("button", name="Move", exact=True).click()
    await expect(page.locator(".facts")).to_contain_text("09:00")
    await link(console, "Duplicate").click()
    await console.sees("New visit")
    await expect(page.get_by_label("Title")).to_have_value("Check-up")
    await expect(page.get_by_label("Minutes", exact=True)).to_have_value("60")
    await console.button("Plan the visit").dblclick()
    await console.sees("Check-up is planned")
    copies = [one for one in clinic.ask("GET", "/rooms?api-version=2025-03-13")["value"] if one["id"] != room]
    await link(console, "To the room").click()
    await expect(page.get_by_text("Everyone waits to be admitted.")).to_be_visible()
    await expect(page.get_by_role("region", name="People").get_by_text(ada.raw_id)).to_be_visible()
    assert copies[0]["id"] in page.url


async def test_a_lost_answer_plans_no_second_visit(clinic: Clinic, visiting: Visiting) -> None:
    console = await sign_in(visiting, clinic, "/rooms/new", **UTC)
    page = console.page
    await page.get_by_label("Title").fill("Planned once")
    await page.get_by_label("Name of person 1").fill("Dr Ada")
    answers: list[str] = []

    async def lose(route: Any) -> None:
        answers.append((await (await route.fetch()).json())["id"])
        await route.abort()

    await page.route("**/openrooms/visits", lose)
    await console.button("Plan the visit").click()
    await expect(page.get_by_text("What you typed is kept")).to_be_visible()
    await page.unroute_all()
    await console.button("Plan the visit").click()
    await console.sees("Planned once is planned")
    await expect(link(console, "To the room")).to_have_attribute("href", f"/console/rooms/{answers[0]}")
