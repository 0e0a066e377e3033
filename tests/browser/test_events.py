"""The console's events: what happened, live; subscriptions and what they did not take; and who was in a visit."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import expect
from standardwebhooks import Webhook
from tests.browser.conftest import Visiting
from tests.browser.test_console import sign_in
from tests.browser.test_console_day import saved
from tests.browser.test_today import come, leave, planned
from tests.browser.visits import Clinic, Visit
from tests.support.patience import eventually
from tests.support.receiver import receiver
from tests.support.service import Process

from openrooms.calls import CallRefusedError, CallsClient

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SUBSCRIPTIONS = "/openrooms/subscriptions"


@pytest.fixture(scope="module")
def clinic(simulated: Process) -> Iterator[Clinic]:
    clinic = Clinic(simulated)
    yield clinic
    clinic.close()


def events(visit: Visit) -> Any:
    return visit.page.get_by_role("list", name="What happened, newest first").get_by_role("listitem")


async def fits(visit: Visit) -> bool:
    return bool(await visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


async def test_what_happens_appears_at_once(clinic: Clinic, visiting: Visiting) -> None:
    room = planned(clinic, "Knee check", -10, 60, waitingRoom="attendees")["id"]
    visit = await sign_in(visiting, clinic, "/events", **PHONE)
    page = visit.page
    await expect(events(visit).filter(has_text="The room was created: Knee check")).to_be_visible()
    doctor = come(clinic, room)
    come(clinic, room, "Attendee")
    await expect(events(visit).filter(has_text="(Presenter) joined the call").first).to_contain_text("Knee check")
    await expect(events(visit).filter(has_text="waits to be admitted").first).to_be_visible()
    await visit.button("Pause").click()
    clinic.ask("POST", f"/openrooms/rooms/{room}/call:admitAll")
    await page.get_by_label("What", exact=True).select_option(label="Admitted")
    await expect(page).to_have_url(re.compile(r"/events\?type=openrooms\.admitted$"))
    await page.get_by_label("Room id").fill(room)
    await page.keyboard.press("Enter")
    await expect(events(visit)).to_have_count(1)
    assert await fits(visit)
    assert await visit.faults() == []
    # Nothing comes while it is paused, and nothing is missed afterwards.
    await page.get_by_label("What", exact=True).select_option(label="Calls: all")
    await expect(events(visit).filter(has_text="joined the call")).to_have_count(1)
    leave(clinic, room, doctor)
    await visit.button("Go on").click()
    await expect(events(visit).filter(has_text="left the call")).to_have_count(1)
    await page.reload()
    await expect(page.get_by_label("Room id")).to_have_value(room)
    # The JSON of one event, by keyboard.
    opener = events(visit).last.get_by_role("button", name=re.compile("^Details: Call began"))
    await opener.focus()
    await page.keyboard.press("Enter")
    await expect(events(visit).last.locator("pre")).to_contain_text('"type": "Microsoft.Communication.CallStarted"')
    assert await visit.faults() == []
    await page.keyboard.press("Enter")
    await expect(events(visit).last.locator("pre")).to_have_count(0)


async def test_a_subscription_from_its_secret_to_its_end(clinic: Clinic, visiting: Visiting) -> None:
    visit = await sign_in(visiting, clinic, "/events/subscriptions", **PHONE)
    page, dialog = visit.page, visit.page.get_by_role("dialog")
    rows = page.get_by_role("list", name="Subscriptions").get_by_role("listitem")
    async with receiver() as endpoint:
        await visit.button("New subscription").click()
        await dialog.get_by_label("Address").fill("ftp://app.example")
        await dialog.get_by_role("button", name="Make the subscription").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("http")
        await dialog.get_by_label("Address").fill(endpoint.url)
        await dialog.get_by_text("Events: all").click()
        await dialog.get_by_label("Room created").check()
        assert await visit.faults() == []
        await dialog.get_by_role("button", name="Make the subscription").click()
        secret = await dialog.locator(".revealed code").inner_text()
        assert await fits(visit)
        assert await visit.faults() == []
        await dialog.get_by_role("button", name="Done").click()
        await expect(rows).to_contain_text("Room created")
        planned(clinic, "Delivered", 60, 30)
        await eventually(lambda: endpoint.messages)
        headers, body = endpoint.messages[0]
        signed = {name.lower(): value for name, value in headers.items()}
        assert Webhook(secret).verify(body, signed)["type"] == "openrooms.room.created"
        await visit.button(f"New secret: {endpoint.url}").click()
        await dialog.get_by_role("button", name="Replace the secret").click()
        assert await dialog.locator(".revealed code").inner_text() != secret
        await dialog.get_by_role("button", name="Done").click()
        await visit.button(f"Disable: {endpoint.url}").click()
        await expect(rows).to_contain_text("Disabled")
        await visit.button(f"Edit: {endpoint.url}").click()
        await dialog.get_by_text("Events: Room created").click()
        await dialog.get_by_label("Room created").uncheck()
        await dialog.get_by_role("button", name="Save").click()
        await expect(rows).to_contain_text("All events")
        await visit.button(f"Enable: {endpoint.url}").click()
        await expect(rows).to_contain_text("Delivering")
        await visit.button(f"Delete: {endpoint.url}").click()
        await expect(dialog).to_contain_text("What was not delivered to it is lost")
        assert await visit.faults() == []
        await dialog.get_by_role("button", name="Delete the subscription").click()
        await expect(page.get_by_text("There is none.")).to_be_visible()


async def test_what_was_given_up_is_sent_again(clinic: Clinic, visiting: Visiting) -> None:
    async with receiver() as endpoint:
        endpoint.reply = lambda _event: 500
        made = clinic.ask("POST", SUBSCRIPTIONS, {"url": endpoint.url, "types": ["openrooms.room.created"]})
        path = f"{SUBSCRIPTIONS}/{made['id']}"
        for number in range(3):
            planned(clinic, f"Given up {number}", 60, 30)
        await eventually(lambda: endpoint.tried >= 3)
        clinic.ask("POST", "/openrooms/dev/clock:advance", {"seconds": 25 * 3600})
        try:
            await eventually(lambda: clinic.ask("GET", path)["deadLetters"] == 3)
        finally:
            clinic.ask("DELETE", "/openrooms/dev/clock")
        visit = await sign_in(visiting, clinic, "/events/subscriptions")
        await expect(visit.page.get_by_text("3 given up")).to_be_visible()
        await visit.page.get_by_role("link", name=endpoint.url).click()
        letters = visit.page.get_by_role("list", name="Events that were given up").get_by_role("listitem")
        await expect(letters).to_have_count(3)
        first = letters.filter(has_text="Given up 0")
        await expect(first).to_contain_text("Room created")
        await expect(first).to_contain_text("500")
        await first.get_by_role("button", name=re.compile("^JSON: ")).click()
        await expect(first.locator("pre")).to_contain_text('"type": "openrooms.room.created"')
        assert await visit.faults() == []
        endpoint.reply = lambda _event: 200
        await first.get_by_role("button", name=re.compile("^Send again: ")).click()
        await expect(letters).to_have_count(2)
        await expect(visit.page.get_by_role("heading", name="Given up after 24 hours")).to_be_focused()
        await visit.button("Send all again").click()
        await expect(visit.page.get_by_role("heading", name="Nothing was given up")).to_be_visible()
        await eventually(lambda: len(endpoint.events) == 3)
        # Any other event, too.
        await visit.page.goto(f"{clinic.address}/console/events?type=openrooms.room.created")
        event = events(visit).filter(has_text="The room was created: Given up 0")
        await event.get_by_role("button", name=re.compile("^Details: ")).click()
        await event.get_by_text("The same in a terminal").click()
        await expect(event.locator("code").first).to_contain_text("openrooms events resend ")
        await event.get_by_role("button", name="Send again", exact=True).click()
        await expect(visit.page.get_by_text("It is sent again to 1 subscription.")).to_be_visible()
        await eventually(lambda: len(endpoint.events) == 4)
        assert await visit.faults() == []
        clinic.ask("DELETE", path)


async def test_who_was_in_a_visit_is_known_after_it_is_deleted(clinic: Clinic, visiting: Visiting) -> None:
    room = planned(clinic, "Hip check", -10, 60)["id"]
    stranger = clinic.guest()
    with CallsClient.for_user(clinic.address, stranger.token) as calls, pytest.raises(CallRefusedError):
        calls.join_call(room)
    visit = await sign_in(visiting, clinic, f"/rooms/{room}", **PHONE)
    page = visit.page
    refusals = page.get_by_role("list", name="Who could not join").get_by_role("listitem")
    await expect(refusals).to_contain_text("they are not invited")
    attendance = page.get_by_role("region", name="Attendance", exact=True)
    await expect(attendance.get_by_text("Nobody has been in its call.")).to_be_visible()
    doctor = come(clinic, room)
    await expect(attendance.get_by_role("cell", name="is in the call")).to_be_visible()
    leave(clinic, room, doctor)
    await expect(attendance.get_by_role("cell", name="left", exact=True)).to_be_visible()
    await expect(attendance.get_by_role("heading", level=3)).to_contain_text("1 person")
    await expect(events(visit).filter(has_text="left the call")).to_have_count(1)
    assert await fits(visit)
    assert await visit.faults() == []
    [stay] = csv.DictReader(io.StringIO(await saved(page, "CSV")))
    assert (stay["rawId"], stay["role"], stay["ending"]) == (doctor, "Presenter", "left")
    # The same among those of the day.
    await page.goto(f"{clinic.address}/console/attendance")
    await expect(page.get_by_role("heading", level=3).filter(has_text="Hip check")).to_contain_text("1 person")
    await expect(refusals.filter(has_text="Hip check")).to_contain_text("they are not invited")
    assert await fits(visit)
    assert await visit.faults() == []
    clinic.rooms.delete_room(room)
    await page.goto(f"{clinic.address}/console/rooms/{room}")
    await expect(page.get_by_text("There is no such room, or it was deleted.")).to_be_visible()
    await expect(attendance.get_by_role("cell", name="left", exact=True)).to_be_visible()
    await expect(events(visit).filter(has_text="The room was deleted")).to_have_count(1)


@pytest.mark.parametrize("width", [390, 1200])
async def test_neither_a_long_name_nor_a_missing_one_widens_a_page(
    clinic: Clinic, visiting: Visiting, width: int
) -> None:
    room = planned(clinic, f"Shoulder {width}", -10, 60)["id"]
    come(clinic, room)
    clinic.ask("POST", f"/openrooms/dev/rooms/{room}/people", {"role": "Attendee", "displayName": "A" * 64})
    visit = await sign_in(visiting, clinic, f"/rooms/{room}", viewport={"width": width, "height": 800})
    for path in (f"/rooms/{room}", "/attendance"):
        await visit.page.goto(f"{clinic.address}/console{path}")
        table = visit.page.get_by_role("region", name=re.compile(f"^Who was in the call: Shoulder {width}"))
        await expect(table.get_by_text("A" * 64)).to_be_visible()
        assert await fits(visit)
        assert await table.evaluate("table => table.scrollWidth <= table.clientWidth")
