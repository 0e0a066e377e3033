"""Visits on the call page: early, waiting, running over, ending and coming back; each page tells the truth at once."""

import asyncio
import datetime as dt
import re

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import Page, expect
from tests.browser.conftest import Visiting
from tests.browser.visits import Clinic, Visit, wrong_clock

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


async def is_live(page: Page) -> bool:
    """Return whether the page has opened a camera or microphone."""
    live: bool = await page.evaluate("window.opened > 0")
    return live


_COUNT_OPENED = """window.opened = 0;
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (want) => { window.opened++; return open(want); };"""


def clock(visit: Visit):
    return visit.page.get_by_role("timer").first


async def test_early_visitor_joins_by_a_click(clinic: Clinic, visiting: Visiting) -> None:
    """Moved while waiting, and on a device whose clock is two hours fast: the page follows, and nobody is live."""
    guest = clinic.guest()
    room = clinic.room((guest, ATTENDEE), opens_in=1800, closes_in=3600)
    visit = await visiting(clinic.link(room, guest.token), wrong_clock(2))
    await visit.sees("The room is not open yet")
    await expect(clock(visit)).to_have_text(re.compile(r"^(29|30):\d\d$"))
    assert await visit.faults() == []
    clinic.move(room, opens_in=8, closes_in=3608)
    await expect(clock(visit)).to_have_text(re.compile(r"^0:0\d$"))
    await visit.sees("Ready to join?", 30)
    assert await visit.button("Leave").count() == 0
    await visit.button("Join now").click()
    await visit.is_in_call()
    await expect(clock(visit)).to_have_text(re.compile(r"^(59|60):\d\d$|^1 hr"))


async def test_far_room_says_when_and_asks_for_no_devices(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    room = clinic.room((guest, ATTENDEE), opens_in=86_400, closes_in=90_000)
    link = clinic.link(room, guest.token)
    visit = await visiting(link, _COUNT_OPENED, timezone_id="Europe/Berlin", locale="de-DE")
    await visit.sees("Ihr Termin")
    opens = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    await expect(visit.page.locator("main")).to_contain_text(str(opens.year))
    await expect(visit.page.locator("main")).to_contain_text("Mitteleuropäische")
    assert await visit.faults() == []
    assert not await is_live(visit.page)
    clinic.move(room, opens_in=-60, closes_in=3600)
    await visit.sees("Möchten Sie teilnehmen?")
    await visit.page.wait_for_function("window.opened > 0")


async def test_unused_camera_is_turned_off(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    visit = await visiting(clinic.link(clinic.room((guest, ATTENDEE)), guest.token), holds_clock=True)
    preview = visit.page.get_by_label("Preview of your camera")
    await expect(preview).to_be_visible()
    await visit.page.clock.fast_forward("02:01")
    await expect(preview).to_have_count(0)
    await expect(visit.page.get_by_text("The camera was turned off")).to_be_visible()
    await visit.page.mouse.move(100, 100)
    await expect(preview).to_be_visible()


async def test_end_that_moves_is_told_at_once(clinic: Clinic, visiting: Visiting) -> None:
    """Shortened from an hour to 20 s, extended with 9 s left, over, and extended after the end."""
    ada, bob = clinic.guest(), clinic.guest()
    room = clinic.room((ada, PRESENTER), (bob, ATTENDEE))
    doctor, patient = await asyncio.gather(
        visiting(clinic.link(room, ada.token)), visiting(clinic.link(room, bob.token), **PHONE)
    )
    await doctor.join("Dr Ada")
    await patient.join("Bob")
    clinic.move(room, opens_in=-60, closes_in=20)
    for person in (doctor, patient):
        await person.hears("New end:")
        await expect(person.page.locator(".clock")).to_have_class(re.compile("now"))
    await expect(clock(patient)).to_have_text("0:09", timeout=20_000)
    clinic.move(room, opens_in=-60, closes_in=600)
    for person in (doctor, patient):
        await expect(clock(person)).to_have_text(re.compile(r"^(9|10):\d\d$"))
    await patient.sees_frames()
    clinic.move(room, opens_in=-60, closes_in=2)
    for person in (doctor, patient):
        await person.sees("Time is up: the room has closed")
    assert await patient.faults() == []
    clinic.move(room, opens_in=-60, closes_in=3600)
    for person in (doctor, patient):
        await person.sees("Ready to join?")
    assert await patient.button("Leave").count() == 0
    await patient.button("Join now").click()
    await patient.is_in_call()


async def test_waiting_room(clinic: Clinic, visiting: Visiting) -> None:
    """Asked, declined with a reason, admitted, removed, kept out and let in again; all seen by both sides at once."""
    ada, bob, eve = clinic.guest(), clinic.guest(), clinic.guest()
    room = clinic.room((ada, PRESENTER), (bob, ATTENDEE), (eve, ATTENDEE))
    clinic.plan(room, title="Follow-up", waitingRoom="attendees", participants={bob.raw_id: {"displayName": "Bob Ray"}})
    doctor = await visiting(clinic.link(room, ada.token))
    await doctor.join("Dr Ada")
    await expect(doctor.page.get_by_role("banner")).to_contain_text("Follow-up")
    patient = await visiting(clinic.link(room, bob.token), **PHONE)
    await expect(patient.page.get_by_text("Follow-up")).to_be_visible()
    await patient.button("Ask to join").click()
    await patient.sees("A presenter will let you in")
    assert await patient.faults() == []
    card = doctor.page.get_by_role("region", name="Waiting")
    await expect(card).to_contain_text("Bob Ray is waiting")
    assert await doctor.faults() == []
    await card.get_by_role("button", name="Admit").click()
    await patient.is_in_call()
    await expect(card).to_have_count(0)

    other = await visiting(clinic.link(room, eve.token))
    await other.page.get_by_label("Your name").fill("Eve")
    await other.button("Ask to join").click()
    await other.sees("A presenter will let you in")
    await doctor.button("View").click()
    await doctor.button("Decline Eve").click()
    assert await doctor.faults() == []
    await doctor.page.get_by_label("What they read").fill("Please come at 15:30.")
    await doctor.page.keyboard.press("Enter")
    await other.sees("You were not admitted")
    await expect(other.page.get_by_text("Please come at 15:30.")).to_be_visible()
    await expect(other.button("Ask again")).to_be_disabled()
    assert await other.faults() == []

    await doctor.button("Remove Bob Ray").click()
    await doctor.button("Remove and keep out").click()
    await patient.sees("You were removed from the call")
    assert await patient.faults() == []
    await patient.page.reload()
    await expect(patient.page.get_by_text("You cannot come back into this call.")).to_be_visible()
    assert await patient.button("Rejoin").count() == 0
    await doctor.button("Let in again").click()
    await patient.sees("Ready to join?")
    assert await patient.button("Leave").count() == 0
    await patient.button("Join now").click()
    await patient.is_in_call()


async def test_host_who_comes_later(clinic: Clinic, visiting: Visiting) -> None:
    """Nobody is in before a Presenter; a person may stop waiting, and a lost connection is said."""
    ada, bob, eve = clinic.guest(), clinic.guest(), clinic.guest()
    room = clinic.room((ada, PRESENTER), (bob, ATTENDEE), (eve, ATTENDEE))
    clinic.plan(room, startsWith="presenter")
    early = [
        await visiting(clinic.link(room, guest.token), locale=language)
        for guest, language in ((bob, "en"), (eve, "ar"))
    ]
    await early[0].button("Ask to join").click()
    await early[0].sees("No presenter is there yet")
    await early[1].button("طلب الانضمام").click()
    await early[1].sees("لم تصل إدارة الجلسة بعد")
    assert await early[1].faults() == []
    await early[1].button("إنهاء الانتظار").click()
    await early[1].sees("لقد غادرت المكالمة")
    await early[0].page.context.set_offline(True)
    await expect(early[0].page.get_by_text("The connection to the service is lost")).to_be_visible()
    await early[0].page.context.set_offline(False)
    await (await visiting(clinic.link(room, ada.token))).join("Dr Ada")
    await early[0].is_in_call(60)


async def test_presenter_extends(clinic: Clinic, visiting: Visiting) -> None:
    ada, bob = clinic.guest(), clinic.guest()
    room = clinic.room((ada, PRESENTER), (bob, ATTENDEE), closes_in=240)
    clinic.plan(room, extendBy=15)
    doctor = await visiting(clinic.link(room, ada.token))
    patient = await visiting(clinic.link(room, bob.token))
    await doctor.join("Dr Ada")
    await patient.join("Bob")
    await doctor.page.get_by_role("button", name="Add time").click()
    assert await doctor.faults() == []
    await doctor.page.keyboard.press("ArrowDown")
    await doctor.page.keyboard.press("Enter")
    for person in (doctor, patient):
        await person.hears("New end:")
        await expect(clock(person)).to_have_text(re.compile(r"^1[34]:\d\d$"))
    await expect(patient.page.get_by_role("button", name="Add time")).to_have_count(0)


async def test_invitation_opens_the_visit(clinic: Clinic, visiting: Visiting) -> None:
    """A link damaged by a mail program works, has the organiser's name, and ends in words when it is revoked."""
    guest = clinic.guest()
    room = clinic.room((guest, ATTENDEE), opens_in=86_400, closes_in=90_000)
    clinic.plan(room, title="Follow-up", participants={guest.raw_id: {"displayName": "Bob Ray"}})
    invitation = clinic.ask("POST", f"/openrooms/rooms/{room}/invitations", {"rawId": guest.raw_id})
    secret = invitation["url"].partition("#")[2]
    visit = await visiting(f"{clinic.address}/j%23{secret}.")
    await visit.sees("Follow-up")
    assert secret not in visit.page.url
    async with visit.page.expect_download() as download:
        await visit.button("Add to calendar").click()
    assert "BEGIN:VCALENDAR" in (await (await download.value).path()).read_text()
    clinic.move(room, opens_in=-60, closes_in=3600)
    await visit.sees("Ready to join?")
    await expect(visit.page.get_by_text("You appear as Bob Ray.")).to_be_visible()
    await visit.page.reload()
    await visit.sees("Ready to join?")
    await visit.button("Join now").click()
    await visit.is_in_call()
    clinic.ask("DELETE", f"/openrooms/rooms/{room}/invitations/{invitation['id']}")
    await visit.sees("Your link has ended")
    await visit.page.reload()
    await visit.sees("This link was replaced or withdrawn")
    assert await visit.faults() == []
    wrong = await visiting(f"{clinic.address}/j#{secret[:-1]}")
    await wrong.sees("This link does not work")
