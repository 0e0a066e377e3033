"""Telephones on the call page and in the console, with the demo telephone at the other end of the line."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import Page, Route, expect
from tests.browser.conftest import Visiting
from tests.browser.test_console import look_into, sign_in
from tests.browser.visits import Clinic, Visit
from tests.support.service import Process, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE
ANSWERS, IS_BUSY, RINGS = "555 123 4500", "(555) 123-4586", "+1 555 123 4508"
DECLINES = "5551234503"
MASKED, RINGING = "+1 ••• ••• 4500", "+1 ••• ••• 4508"
SMALL = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("telephones")
    with running("dev", "--https-port", 0, "--http-port", 0, "--sip-trunk", "demo", folder=folder) as process:
        yield process


@pytest.fixture(scope="module")
def clinic(telephony: Process) -> Iterator[Clinic]:
    clinic = Clinic(telephony)
    yield clinic
    clinic.close()


@asynccontextmanager
async def slow(page: Page, address: str) -> AsyncIterator[None]:
    """Let the page's requests to these addresses wait until the end of the block."""
    ended = asyncio.Event()

    async def wait(route: Route) -> None:
        await ended.wait()
        await route.continue_()

    await page.route(address, wait)
    yield
    ended.set()


async def dial(page: Page, number: str) -> None:
    await page.get_by_label("Country").select_option("US")
    await page.get_by_label("Telephone number").fill(number)
    await page.get_by_role("button", name="Call", exact=True).click()


def recent(visit: Visit, number: str, news: str):
    calls = visit.page.get_by_role("list", name="Recent calls to phones").get_by_role("listitem")
    return calls.filter(has_text=number).filter(has_text=news)


def tile(visit: Visit, name: str):
    return visit.page.get_by_role("article", name=name, exact=True)


async def press(visit: Visit, key: str) -> None:
    await visit.page.keyboard.press(key)


async def reach(visit: Visit, name: str) -> None:
    """Press Tab until the control with this name has the focus."""
    named = "document.activeElement.ariaLabel ?? document.activeElement.labels?.[0]?.textContent"
    for _ in range(30):
        await press(visit, "Tab")
        if await visit.page.evaluate(named) == name:
            return
    pytest.fail(f"the keyboard does not reach {name}")


async def test_a_presenter_calls_a_phone(clinic: Clinic, visiting: Visiting, tmp_path) -> None:
    ada, bob = clinic.guest(), clinic.guest()
    room = clinic.room((ada, PRESENTER), (bob, ATTENDEE), telephones=True)
    doctor, patient = await visiting(clinic.link(room, ada.token)), await visiting(clinic.link(room, bob.token))
    await doctor.join("Dr Ada")
    await patient.join("Bob")
    # The number may be complete before the list of countries has loaded.
    async with slow(doctor.page, "**/countries-*.js"):
        await doctor.button("People").click()
        await doctor.page.get_by_label("Telephone number").fill("12")
        await press(doctor, "Enter")
    await expect(doctor.page.get_by_role("alert")).to_contain_text("not a telephone number of that country")
    for number, news in [(IS_BUSY, "Busy"), (DECLINES, "Declined")]:
        await dial(doctor.page, number)
        await expect(recent(doctor, number[-4:], news)).to_be_visible()
    await doctor.page.screenshot(path=tmp_path / "refused.png")
    await dial(doctor.page, ANSWERS)
    await expect(recent(doctor, "+15551234500", "In the call")).to_be_visible()
    await expect(tile(doctor, "+15551234500")).to_be_visible()
    await expect(tile(patient, MASKED)).to_be_visible()
    assert await doctor.faults() == []
    await doctor.page.screenshot(path=tmp_path / "presenter.png")
    await patient.page.screenshot(path=tmp_path / "attendee.png")

    await patient.button("People").click()
    await expect(patient.page.get_by_role("complementary", name="People")).to_contain_text("Telephone")
    assert await patient.page.get_by_text("Call a phone").count() == 0
    assert "5551234500" not in await patient.page.content()
    assert await patient.faults() == []
    await patient.page.screenshot(path=tmp_path / "attendee-people.png")

    await doctor.button("Mute +15551234500").click()
    await expect(doctor.button("Unmute +15551234500")).to_be_visible()
    await doctor.button("Unmute +15551234500").click()
    await expect(doctor.button("Mute +15551234500")).to_be_visible()

    await doctor.button("Send digits to +15551234500").click()
    await doctor.page.get_by_label("Digits, * and #").fill("12#")
    await doctor.page.screenshot(path=tmp_path / "digits.png")
    assert await doctor.faults() == []
    await doctor.page.keyboard.press("Enter")
    await doctor.hears("The digits were sent")

    await doctor.button("Hang up +15551234500").click()
    await expect(recent(doctor, "+15551234500", "Hung up by a presenter")).to_be_visible()
    await expect(tile(patient, MASKED)).to_have_count(0)


async def test_by_keyboard_on_a_small_screen(clinic: Clinic, visiting: Visiting, tmp_path) -> None:
    """A telephone that rings is shown as ringing, counts as nobody, and can be hung up without a pointer."""
    ada, bob = clinic.guest(), clinic.guest()
    room = clinic.room((ada, PRESENTER), (bob, ATTENDEE), telephones=True)
    doctor = await visiting(clinic.link(room, ada.token), **SMALL)
    patient = await visiting(clinic.link(room, bob.token), **SMALL)
    await doctor.join("Dr Ada")
    await patient.join("Bob")
    await expect(tile(doctor, "Bob")).to_be_visible()
    await doctor.button("People").focus()
    await press(doctor, "Enter")
    await reach(doctor, "Country")
    # The name is not typed, because browsers forget its beginning after a second.
    await press(doctor, "ArrowDown")
    await press(doctor, "ArrowUp")
    await press(doctor, "Tab")
    await doctor.page.keyboard.type(RINGS)
    await doctor.page.screenshot(path=tmp_path / "form.png")
    assert await doctor.faults() == []
    await press(doctor, "Enter")
    await expect(recent(doctor, "+15551234508", "Ringing")).to_be_visible()
    await expect(tile(patient, f"Calling {RINGING}…")).to_be_visible()
    await doctor.page.screenshot(path=tmp_path / "ringing.png")
    await patient.page.screenshot(path=tmp_path / "ringing-attendee.png")
    assert await doctor.faults() == []
    assert await patient.faults() == []
    assert await doctor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect(doctor.page.get_by_role("tab", name="People (2)")).to_be_visible()
    await patient.button("People").click()
    people = patient.page.get_by_role("complementary", name="People")
    await expect(people.get_by_role("listitem")).to_have_count(2)

    await reach(doctor, "Hang up +15551234508")
    await press(doctor, "Enter")
    await expect(recent(doctor, "+15551234508", "Hung up by a presenter")).to_be_visible()
    await expect(doctor.page.get_by_role("heading", name="Call a phone")).to_be_focused()
    await press(doctor, "Escape")
    await expect(doctor.button("People")).to_be_focused()

    await doctor.page.set_viewport_size({"width": 844, "height": 390})
    await press(doctor, "Enter")
    await doctor.page.get_by_label("Telephone number").fill("12")
    await press(doctor, "Enter")
    await expect(doctor.page.get_by_role("alert")).to_be_in_viewport()
    await doctor.page.screenshot(path=tmp_path / "landscape.png")
    assert await doctor.faults() == []
    assert await doctor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_no_phone_without_the_flag_of_the_room(clinic: Clinic, visiting: Visiting) -> None:
    ada = clinic.guest()
    doctor = await visiting(clinic.link(clinic.room((ada, PRESENTER)), ada.token))
    await doctor.join("Dr Ada")
    await doctor.button("People").click()
    await expect(doctor.page.get_by_role("tab", name="People")).to_be_visible()
    await expect(doctor.page.get_by_text("Call a phone")).to_have_count(0)


async def test_the_console_calls_a_phone(telephony: Process, clinic: Clinic, visiting: Visiting, tmp_path) -> None:
    visit = await sign_in(visiting, clinic)
    await look_into(visit, clinic.room(telephones=True))
    await dial(visit.page, RINGS)
    await expect(recent(visit, "+15551234508", "Ringing")).to_be_visible()
    await expect(visit.page.get_by_role("heading", name="Nobody is in the call")).to_be_visible()
    await visit.page.screenshot(path=tmp_path / "console.png", full_page=True)
    assert await visit.faults() == []
    await visit.button("Hang up +15551234508").click()
    await expect(recent(visit, "+15551234508", "Hung up by a presenter")).to_be_visible()
