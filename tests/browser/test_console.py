"""The operator's console: rooms, who is invited, who is in the call, and why somebody cannot join."""

import datetime as dt
import re
from typing import Any

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import expect
from tests.browser.conftest import Visiting
from tests.browser.visits import Clinic, Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE


async def sign_in(visiting: Visiting, clinic: Clinic, path: str = "/rooms", **device: Any) -> Visit:
    """Return the console at this address below `/console`.

    A browser on the machine of a development service signs in by itself.
    """
    visit = await visiting(f"{clinic.address}/console{path}", **device)
    if path == "/rooms":
        await visit.sees("Rooms")
    return visit


def link(visit: Visit, name: str) -> Any:
    return visit.page.get_by_role("link", name=name, exact=True)


async def look_into(visit: Visit, room: str) -> None:
    await visit.page.get_by_label("Search").fill(room)
    await link(visit, f"Room {room}").click()
    await visit.sees(f"Room {room}")


async def test_rooms_are_found_by_state_day_and_name(clinic: Clinic, visiting: Visiting) -> None:
    """The service searches all rooms, not the page those that it has loaded."""
    # The room that is open may still be so tomorrow.
    now, later = clinic.room(), clinic.room(opens_in=2 * 86_400, closes_in=2 * 86_400 + 3600)
    for room in (now, later):
        clinic.plan(room, title="Zürich")
    visit = await sign_in(visiting, clinic)
    rooms = visit.page.get_by_role("list", name="Rooms").get_by_role("listitem")
    await visit.page.get_by_label("Search").fill("zurich")
    await expect(rooms).to_have_count(2)
    await expect(rooms.first).to_contain_text("open")
    await expect(rooms.last).to_contain_text("upcoming")
    assert await visit.faults() == []
    await visit.button("Upcoming").click()
    await expect(rooms).to_have_count(1)
    await expect(visit.page).to_have_url(re.compile(r"/console/rooms\?state=upcoming&q=zurich$"))
    await visit.button("Ended").click()
    await expect(visit.page.get_by_text("No room is like this.")).to_be_visible()
    await visit.page.go_back()
    await expect(rooms).to_have_count(1)
    day = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    await visit.page.get_by_label("Day").fill(f"{day:%Y-%m-%d}")
    await visit.button("All").click()
    await expect(rooms.filter(has_text="Zürich")).to_have_count(1)
    await rooms.get_by_role("link").click()
    await expect(visit.page).to_have_url(re.compile(f"/console/rooms/{later}$"))


async def test_every_address_can_be_returned_to(clinic: Clinic, visiting: Visiting) -> None:
    """The buttons of the browser, a reload, and an address that names no page."""
    room = clinic.room()
    visit = await sign_in(visiting, clinic)
    page = visit.page
    await visit.button("Open").click()
    await expect(page).to_have_url(re.compile(r"/console/rooms\?state=open$"))
    await look_into(visit, room)
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await expect(page).to_have_title(f"Room {room} · openrooms")
    await page.go_back()
    await visit.sees("Rooms")
    await expect(visit.button("Open")).to_have_attribute("aria-pressed", "true")
    await page.go_forward()
    await visit.sees(f"Room {room}")
    await page.reload()
    await visit.sees(f"Room {room}")
    await page.goto(f"{clinic.address}/console/nowhere")
    await visit.sees("There is no such page")
    await page.goto(f"{clinic.address}/console")
    await visit.sees("Today")
    assert await visit.faults() == []


async def test_a_list_that_one_returns_to_is_where_it_was(clinic: Clinic, visiting: Visiting) -> None:
    for number in range(20):
        clinic.plan(clinic.room(), title=f"Scrolled {number}")
    visit = await sign_in(visiting, clinic, "/rooms?q=scrolled", viewport={"width": 900, "height": 600})
    rooms = visit.page.get_by_role("list", name="Rooms").get_by_role("listitem")
    await expect(rooms).to_have_count(20)
    await rooms.nth(15).scroll_into_view_if_needed()
    # The page hears of it with the next picture.
    await visit.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    await rooms.nth(15).get_by_role("link").click()
    await expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Scrolled")
    assert await visit.page.evaluate("scrollY") == 0
    await visit.page.go_back()
    await expect(rooms.nth(15)).to_be_in_viewport()
    await expect(visit.page.get_by_label("Search")).to_have_value("scrolled")


async def test_navigation_on_a_phone(clinic: Clinic, visiting: Visiting) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
    visit = await sign_in(visiting, clinic, **phone)
    await expect(link(visit, "Requests")).to_be_hidden()
    await visit.button("Menu").click()
    assert await visit.faults() == []
    await link(visit, "Requests").click()
    await visit.sees("Requests")
    await expect(link(visit, "Rooms")).to_be_hidden()
    assert await visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_service_away_and_back(clinic: Clinic, visiting: Visiting) -> None:
    """The page keeps what it shows, and goes on by itself."""
    room = clinic.room()
    visit = await sign_in(visiting, clinic, f"/rooms/{room}")
    await expect(visit.page.get_by_role("heading", name="Nobody is in the call")).to_be_visible()
    await visit.page.context.set_offline(True)
    await expect(visit.page.get_by_text("The service does not answer. Trying again…")).to_be_visible()
    await expect(visit.page.get_by_role("heading", name="Nobody is in the call")).to_be_visible()
    assert await visit.faults() == []
    await visit.page.context.set_offline(False)
    await expect(visit.page.get_by_text("The service does not answer. Trying again…")).to_have_count(0)
    await expect(visit.page.get_by_role("alert").filter(has_text=re.compile("."))).to_have_count(0)


async def test_arbitrary_text_does_not_sign_in(clinic: Clinic, visiting: Visiting) -> None:
    """From another machine, and so by another name, a development service asks to sign in."""
    visit = await visiting(f"{clinic.address.replace('127.0.0.1', 'clinic.test')}/console#{'x' * 43}")
    await visit.sees("Sign in")
    await expect(visit.page.get_by_role("alert")).to_contain_text("This link does not sign in any more")
    await expect(visit.page.get_by_role("textbox")).to_have_count(0)
    assert await visit.faults() == []


async def test_reason_why_a_user_cannot_join(clinic: Clinic, visiting: Visiting) -> None:
    invited, stranger = clinic.guest(), clinic.guest()
    visit = await sign_in(visiting, clinic)
    await look_into(visit, clinic.room((invited, ATTENDEE), opens_in=600))
    await visit.button(f"May join? {invited.raw_id}").click()
    reasons = visit.page.locator(".reasons")
    await expect(reasons).to_contain_text("may not join now")
    await expect(reasons).to_contain_text("Move the room, or extend it.")
    await expect(reasons.get_by_label("Yes:")).to_have_count(4)
    await expect(reasons.get_by_role("listitem").filter(has=visit.page.get_by_label("No:"))).to_contain_text(
        "The room is open now"
    )
    await visit.button(f"May join? {invited.raw_id}").click()
    await expect(reasons).to_have_count(0)
    await visit.page.get_by_label("Why can somebody else not join?").fill(stranger.raw_id)
    await visit.button("Ask").click()
    await expect(reasons.get_by_label("No:")).to_have_count(2)
    assert await visit.faults() == []


async def test_operator_sees_and_ends_a_call(clinic: Clinic, visiting: Visiting) -> None:
    doctor, patient = clinic.guest(), clinic.guest()
    room = clinic.room((doctor, PRESENTER), (patient, ATTENDEE))
    people = [await visiting(clinic.link(room, one.token)) for one in (doctor, patient)]
    await people[0].join("Dr Ada")
    await people[1].join("Bob")
    visit = await sign_in(visiting, clinic)
    await look_into(visit, room)
    await expect(visit.page.get_by_role("heading", name="In the call (2)")).to_be_visible()
    await visit.button("Remove Bob from the call").click()
    await people[1].sees("You were removed from the call")
    assert await visit.faults() == []
    await visit.button("End the call").click()
    assert await visit.faults() == []
    await visit.page.get_by_role("dialog").get_by_role("button", name="End the call").click()
    await people[0].sees("The call has ended")
    await expect(visit.page.get_by_role("heading", name="Nobody is in the call")).to_be_visible()


async def test_requests_appear_as_they_come(clinic: Clinic, visiting: Visiting) -> None:
    visit = await sign_in(visiting, clinic)
    await link(visit, "Requests").click()
    await expect(visit.page.get_by_role("heading", name="Requests")).to_be_focused()
    # Rooms of other tests are among the requests that the page shows first.
    await expect(visit.page.get_by_role("listitem")).not_to_have_count(0)
    await visit.button("Clear").click()
    await expect(visit.page.get_by_text("No request yet.")).to_be_visible()
    room = clinic.room()
    row = visit.page.get_by_role("listitem").filter(has_text="POST /rooms").first
    await expect(row.get_by_text("201")).to_be_visible()
    await row.get_by_role("button").focus()
    await visit.page.keyboard.press("Enter")
    await expect(row.get_by_role("region", name="Answer body")).to_contain_text(room)
    assert await visit.faults() == []
    await visit.button("Failed only").click()
    await expect(row).to_have_count(0)


async def test_clock_and_faults_are_changed(clinic: Clinic, visiting: Visiting) -> None:
    visit = await sign_in(visiting, clinic)
    await link(visit, "Clock and faults").click()
    try:
        await visit.button("+5 min").click()
        await expect(visit.page.get_by_text("it runs, but was moved")).to_be_visible()
        await visit.button("Reset").click()
        await expect(visit.page.get_by_text("it goes by this machine’s time")).to_be_visible()
        await visit.page.get_by_label("New fault").fill("status=200")
        await visit.button("Add").click()
        await expect(visit.page.get_by_role("alert")).to_contain_text("not an error status")
        await visit.page.get_by_label("New fault").fill("operation=dial_out status=503")
        await visit.page.keyboard.press("Enter")
        await expect(visit.page.get_by_text("operation=dial_out status=503")).to_be_visible()
        assert await visit.faults() == []
    finally:
        await visit.button("Remove fault 1").click()
    await expect(visit.page.get_by_text("No fault is injected.")).to_be_visible()
