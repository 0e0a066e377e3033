"""The console's day: visits in every state by the hour, live, on any device."""

import datetime as dt
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import expect
from tests.browser.conftest import Visiting
from tests.browser.test_console import sign_in
from tests.browser.visits import Clinic, Visit
from tests.support.patience import patient
from tests.support.service import Process

from openrooms.visits import VisitsClient

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def clinic(simulated: Process) -> Iterator[Clinic]:
    clinic = Clinic(simulated)
    yield clinic
    clinic.close()


def noon() -> str:
    """Return a time zone in which it is about noon, so that the visits of a test are on one day."""
    offset = 12 - dt.datetime.now(dt.UTC).hour
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"


def plan(clinic: Clinic, title: str, begins: float = -10, minutes: float = 60, **options: object) -> str:
    """Plan a visit that begins so many minutes from now, and return its room."""
    return str(planned(clinic, title, begins, minutes, **options)["id"])


def planned(clinic: Clinic, title: str, begins: float, minutes: float, **options: object) -> Any:
    start = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=begins)
    window = {"validFrom": start.isoformat(), "validUntil": (start + dt.timedelta(minutes=minutes)).isoformat()}
    people = [{"displayName": "Dr Ada Okafor", "role": "Presenter"}, {"displayName": "Bo Chen"}]
    return clinic.ask("POST", "/openrooms/visits", {"title": title, "participants": people, **window, **options})


def run_over(clinic: Clinic, title: str) -> None:
    """Plan a visit that is about to end, with somebody in the call, and have its Presenter extend it."""
    visit = planned(clinic, title, -20, 20 + 5 / 60, extendBy=15)
    come(clinic, visit["id"])
    secret = visit["participants"][0]["invitation"]["url"].partition("#")[2]
    token = clinic.ask("POST", "/openrooms/invitations:exchange", {"secret": secret})["token"]
    with VisitsClient.for_user(clinic.address, token) as presenter:
        end = dt.datetime.fromisoformat(visit["validUntil"])
        presenter.extend_call(visit["id"], 15, valid_until=end)


def come(clinic: Clinic, room: str, role: str = "Presenter") -> str:
    """Put a person into the simulated call, or into its waiting room, and return their raw id."""
    answer = clinic._rest.call("POST", f"/openrooms/dev/rooms/{room}/people", {"role": role}, version="")
    return str(answer.json.get("rawId", ""))


def leave(clinic: Clinic, room: str, raw_id: str) -> None:
    """Have a person leave once the service has seen them in the call."""
    limit = time.monotonic() + patient(10)
    while not clinic.ask("GET", f"/openrooms/rooms?q={room}&state=inCall")["value"]:
        assert time.monotonic() < limit, "nobody is seen in the call"
        time.sleep(0.05)
    clinic.ask("POST", f"/openrooms/dev/rooms/{room}/people/{raw_id}:leave")


def row(visit: Visit, title: str) -> Any:
    return visit.page.get_by_role("link").filter(has_text=title)


def shown(visit: Visit, name: str) -> Any:
    return visit.page.get_by_role("group", name="Show").get_by_role("button", name=re.compile(f"^{name} "))


async def see_day(visiting: Visiting, clinic: Clinic, path: str = "/today", **device: Any) -> Visit:
    visit = await sign_in(visiting, clinic, path, timezone_id=noon(), **device)
    await expect(visit.page.get_by_role("heading", level=1)).to_be_visible()
    return visit


async def test_each_visit_says_how_it_stands(clinic: Clinic, visiting: Visiting) -> None:
    run_over(clinic, "Long")
    plan(clinic, "Later", begins=30)
    plan(clinic, "Alone")
    come(clinic, plan(clinic, "Busy"))
    waiting = plan(clinic, "Door", waitingRoom="attendees")
    come(clinic, waiting)
    come(clinic, waiting, "Attendee")
    early = plan(clinic, "Short")
    leave(clinic, early, come(clinic, early))
    plan(clinic, "Missed", begins=-20, minutes=20 + 2 / 60)
    visit = await see_day(visiting, clinic)
    await visit.sees("Today")
    for title, text in {
        "Later": "Expected",
        "Alone": "Nobody yet",
        "Busy": "1 in",
        "Door": "1 waiting",
        "Short": "Ended early",
        "Missed": "Nobody came",
        "Long": "Running over",
    }.items():
        await expect(row(visit, title)).to_contain_text(text)
    await expect(row(visit, "Busy")).to_contain_text("Dr Ada Okafor, Bo Chen and 1 more")
    await expect(visit.page.get_by_text(re.compile("^Now, "))).to_be_visible()
    await expect(visit.page.get_by_text("1 person waits to be admitted.")).to_be_attached()
    assert await visit.faults() == []
    await shown(visit, "Waiting").click()
    await expect(row(visit, "Busy")).to_have_count(0)
    await expect(row(visit, "Door")).to_be_visible()
    # What another operator admits is told, also to a filter.
    clinic.ask("POST", f"/openrooms/rooms/{waiting}/call:admitAll")
    await expect(visit.page.get_by_text("No visit of this day matches.")).to_be_visible()
    await shown(visit, "All").click()
    await expect(row(visit, "Door")).to_contain_text("in")


async def test_changes_of_others_arrive(clinic: Clinic, visiting: Visiting) -> None:
    visit = await see_day(visiting, clinic)
    room = plan(clinic, "Surprise")
    await expect(row(visit, "Surprise")).to_contain_text("Nobody yet")
    person = come(clinic, room)
    await expect(row(visit, "Surprise")).to_contain_text("1 in")
    leave(clinic, room, person)
    await expect(row(visit, "Surprise")).to_contain_text("Ended early")
    clinic.plan(room, title="Renamed")
    await expect(row(visit, "Renamed")).to_be_visible()
    clinic.rooms.delete_room(room)
    await expect(row(visit, "Renamed")).to_have_count(0)
    # Away and back: nothing is missed.
    await visit.page.context.set_offline(True)
    await expect(visit.page.get_by_text("The service does not answer. Trying again…")).to_be_visible()
    plan(clinic, "Meanwhile")
    await visit.page.context.set_offline(False)
    await expect(row(visit, "Meanwhile")).to_be_visible()
    await expect(visit.page.get_by_text("The service does not answer. Trying again…")).to_have_count(0)


async def test_the_day_and_the_search_are_in_the_address(clinic: Clinic, visiting: Visiting) -> None:
    plan(clinic, "Tomorrow's visit", begins=24 * 60)
    plan(clinic, "Müller here")
    visit = await see_day(visiting, clinic)
    page = visit.page
    await page.get_by_label("Title, name or room id").fill("muller")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/today\?q=muller$"))
    await expect(row(visit, "Müller here")).to_be_visible()
    await expect(page.locator(".visit")).to_have_count(1)
    await shown(visit, "Expected").click()
    await expect(page).to_have_url(re.compile(r"\?q=muller&show=expected$"))
    await page.reload()
    await expect(page.get_by_text("No visit of this day matches.")).to_be_visible()
    await page.get_by_role("link", name="Next day").click()
    await expect(row(visit, "Tomorrow's visit")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"/today/\d{4}-\d{2}-\d{2}$"))
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await page.get_by_label("Day", exact=True).fill("2031-01-01")
    await visit.sees("Wednesday, January 1, 2031")
    await expect(page.get_by_text("Nothing is planned on this day.")).to_be_visible()
    assert await visit.faults() == []
    await page.get_by_role("link", name="Today").last.click()
    await visit.sees("Today")
    await page.goto(f"{clinic.address}/console/today/2026-02-31")
    await visit.sees("Today")


async def test_the_keyboard_is_enough(clinic: Clinic, visiting: Visiting) -> None:
    first, last = plan(clinic, "First of all", begins=-50), plan(clinic, "Last of all", begins=400)
    visit = await see_day(visiting, clinic)
    page = visit.page
    await expect(row(visit, "First of all")).to_be_visible()
    link = page.locator(".visit").first
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await link.evaluate("(element) => element === document.activeElement"):
            break
    await expect(row(visit, "First of all")).to_be_focused()
    await page.keyboard.press("End")
    await expect(row(visit, "Last of all")).to_be_focused()
    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowDown")
    await expect(row(visit, "First of all")).not_to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(f"/rooms/{first}$"))
    assert last


async def test_a_full_day_on_a_phone(clinic: Clinic, visiting: Visiting) -> None:
    for number in range(500):
        plan(clinic, f"Visit {number:03}", begins=3 * 24 * 60 + number % 300)
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
    day = dt.datetime.now(dt.UTC) + dt.timedelta(days=3, hours=12 - dt.datetime.now(dt.UTC).hour)
    visit = await see_day(visiting, clinic, f"/today/{day:%Y-%m-%d}", **phone)
    page = visit.page
    await expect(page.locator(".visit")).to_have_count(500)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await visit.faults() == []
    # The search of the browser finds what is not drawn.
    await page.locator(".visit").first.focus()
    await page.keyboard.press("End")
    await expect(page.locator(".visit").last).to_be_in_viewport()
