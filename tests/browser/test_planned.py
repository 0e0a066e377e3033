"""Planned visits on the call page: five people with links from one request, and what becomes of a visit."""

import re

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import expect
from tests.browser.conftest import Visiting
from tests.browser.visits import SMALL_CAMERA, Clinic, Visit, wrong_clock

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

_SEES_PICTURES = """(count) =>
  [...document.querySelectorAll(".tile video")].filter((video) => video.videoWidth > 0).length === count"""


async def asks_to_join(visit: Visit) -> None:
    await visit.button("Ask to join").click()
    await visit.sees("A presenter will let you in")


async def test_visit_of_five(clinic: Clinic, visiting: Visiting) -> None:
    """Planned by one request; two Presenters are in the call, three people wait, and one click admits them all."""
    presenters, patients = ("Dr Ada", "Dr Bo"), ("Carla", "Dan", "Eve")
    roles = dict.fromkeys(presenters, PRESENTER) | dict.fromkeys(patients, ATTENDEE)
    room, links = clinic.visit(roles, title="Case conference", waitingRoom="attendees", startsWith="presenter")
    visits = {name: await visiting(links[name], SMALL_CAMERA) for name in roles}
    for name in presenters:
        await visits[name].button("Join now").click()
        await visits[name].is_in_call()
    for name in patients:
        await asks_to_join(visits[name])
    for name in presenters:
        card = visits[name].page.get_by_role("region", name="Waiting")
        await expect(card).to_contain_text("Carla and 2 more are waiting")
        await expect(visits[name].page.get_by_role("button", name="3 people are waiting")).to_be_visible()
    await visits["Dr Bo"].button("View").click()
    assert await visits["Dr Bo"].faults() == []
    await visits["Dr Bo"].button("Admit all").click()
    await visits["Dr Bo"].hears("Everyone who waited was admitted")
    for visit in visits.values():
        await visit.is_in_call()
        await expect(visit.page.get_by_role("article")).to_have_count(len(roles))
        await visit.page.wait_for_function(_SEES_PICTURES, arg=len(roles), timeout=60_000)
        await visit.sees_frames()
    for name in presenters:
        await expect(visits[name].page.get_by_role("region", name="Waiting")).to_have_count(0)
    clinic.rooms.delete_room(room)
    for visit in visits.values():
        await visit.sees("The room was deleted")
    await visits["Eve"].page.goto(links["Eve"])
    await visits["Eve"].page.reload()
    await visits["Eve"].sees("This visit was cancelled")


async def test_room_that_moves_while_somebody_waits(clinic: Clinic, visiting: Visiting) -> None:
    """The person who waits reads the new time, and waits again once the room is open; nobody comes in by the move."""
    ada, bob = clinic.guest(), clinic.guest()
    room = clinic.room((ada, PRESENTER), (bob, ATTENDEE))
    clinic.plan(room, waitingRoom="attendees", participants={bob.raw_id: {"displayName": "Bob Ray"}})
    doctor = await visiting(clinic.link(room, ada.token))
    await doctor.join("Dr Ada")
    patient = await visiting(clinic.link(room, bob.token), **PHONE)
    await asks_to_join(patient)
    clinic.move(room, opens_in=1800, closes_in=3600)
    for person in (doctor, patient):
        await person.sees("The room is not open yet")
    clinic.move(room, opens_in=86_400, closes_in=90_000)
    await patient.sees("Your appointment")
    clinic.move(room, opens_in=-60, closes_in=3600)
    await doctor.sees("Ready to join?")
    await doctor.button("Join now").click()
    card = doctor.page.get_by_role("region", name="Waiting")
    await expect(card).to_contain_text("Bob Ray is waiting")
    assert await patient.button("Leave").count() == 0
    await card.get_by_role("button", name="Admit").click()
    await patient.is_in_call()


async def test_warnings_before_the_end(clinic: Clinic, visiting: Visiting) -> None:
    """At five minutes and at one, also after the end has moved closer, on a device that is two hours slow."""
    ada = clinic.guest()
    room = clinic.room((ada, PRESENTER))
    doctor = await visiting(clinic.link(room, ada.token), wrong_clock(-2))
    await doctor.join("Dr Ada")
    state = doctor.page.locator(".clock")
    for seconds, urgency, warning in ((302, "soon", "5 minutes"), (62, "now", "1 minute")):
        clinic.close_in(room, seconds)
        await doctor.hears("New end:")
        await doctor.hears(f"The room closes in {warning}.")
        await expect(state).to_have_class(re.compile(urgency))
        await expect(doctor.page.locator(".toast.problem").last).to_be_visible()
    clinic.close_in(room, 3600)
    await expect(state).to_have_class(re.compile("calm"))
    # The warnings are no longer true.
    await expect(doctor.page.locator(".toast")).to_have_count(1)
    await doctor.hears("New end:")


async def test_invitation_is_bound_to_one_browser(clinic: Clinic, visiting: Visiting) -> None:
    """A mail filter that only opens the link binds nothing; another browser than the confirmed one is refused."""
    bob = clinic.guest()
    room = clinic.room((bob, ATTENDEE))
    body = {"rawId": bob.raw_id, "bindToFirstBrowser": True}
    link = clinic.ask("POST", f"/openrooms/rooms/{room}/invitations", body)["url"]
    mail_filter, patient = await visiting(link), await visiting(link, **PHONE)
    for visit in (mail_filter, patient):
        await visit.sees("Use this browser?")
    assert await patient.faults() == []
    await patient.button("Use this browser").click()
    await patient.sees("Ready to join?")
    await patient.page.reload()
    await patient.button("Join now").click()
    await patient.is_in_call()
    await mail_filter.button("Use this browser").click()
    await mail_filter.sees("This link belongs to another browser")
    assert await mail_filter.faults() == []
    other = await visiting(link)
    await other.sees("This link belongs to another browser")
    await patient.is_in_call()


async def test_late_visitor_comes_in_once_the_room_is_extended(clinic: Clinic, visiting: Visiting) -> None:
    """The room ends before they click, and they come back later: both times they read that it is over."""
    bob = clinic.guest()
    room = clinic.room((bob, ATTENDEE), closes_in=2)
    patient = await visiting(clinic.link(room, bob.token), **PHONE)
    await patient.sees("This room has closed")
    await patient.page.reload()
    await patient.sees("This room has closed")
    await expect(patient.page.get_by_text("ask the organiser to extend it")).to_be_visible()
    assert await patient.faults() == []
    closed = clinic.ask("GET", f"/openrooms/rooms/{room}")["validUntil"]
    clinic.ask("POST", f"/openrooms/rooms/{room}/call:extend", {"minutes": 15, "validUntil": closed})
    await patient.sees("Ready to join?")
    await patient.button("Join now").click()
    await patient.is_in_call()
