"""Chat and raised hands on the call page, with people who keep to the rules and people who do not."""

import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import Locator, expect
from tests.browser.conftest import Visiting
from tests.browser.visits import Clinic, Guest, Visit
from tests.calls.stage import Person

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHAT, MESSAGES = "openrooms.chat", "acs"
PRESENTER, ATTENDEE, CONSUMER = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@asynccontextmanager
async def sdk_user(clinic: Clinic, room: str, guest: Guest, name: str) -> AsyncIterator[Person]:
    """Somebody who is in the call with LiveKit's SDK, not with the page."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {guest.token}"}) as session:
        url = f"{clinic.address}/openrooms/rooms/{room}/join"
        async with session.post(url, json={"displayName": name}) as answer:
            person = Person(await answer.json())
    await person.connect()
    try:
        yield person
    finally:
        await person.leave()


async def send(person: Person, topic: str, payload: bytes | object) -> None:
    data = payload if isinstance(payload, bytes) else json.dumps(payload)
    await person.room.local_participant.publish_data(data, reliable=True, topic=topic)


async def write(visit: Visit, text: str) -> None:
    await visit.page.get_by_label("Message to everyone").fill(text)
    await visit.page.keyboard.press("Enter")


def log(visit: Visit) -> Locator:
    return visit.page.get_by_role("log", name="Messages")


def hand(visit: Visit, name: str) -> Locator:
    return visit.page.get_by_role("article", name=name).get_by_role("img", name=re.compile("Hand raised"))


async def test_people_write_to_each_other(clinic: Clinic, visiting: Visiting) -> None:
    ada, bob, eve = clinic.guest(), clinic.guest(), clinic.guest()
    room = clinic.room((ada, PRESENTER), (bob, ATTENDEE), (eve, CONSUMER))
    doctor = await visiting(clinic.link(room, ada.token))
    patient = await visiting(clinic.link(room, bob.token), **PHONE)
    await doctor.join("Dr Ada")
    await patient.join("Bob")
    await expect(doctor.page.get_by_role("article", name="Bob")).to_be_visible()

    await patient.button("Chat").click()
    await write(patient, "My letter: https://records.example/4711.\n<b>It is short.</b>")
    await doctor.hears("Bob: My letter: https://records.example/4711. <b>It is short.</b>")
    await expect(doctor.button("Chat")).to_have_attribute("title", "1 unread message")
    await doctor.button("Chat").click()
    link = log(doctor).get_by_role("link")
    await expect(link).to_have_attribute("href", "https://records.example/4711")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(log(doctor)).to_contain_text("<b>It is short.</b>")
    await expect(doctor.button("Chat")).to_have_attribute("title", "Write to everyone in the call")

    viewer = await visiting(clinic.link(room, eve.token))
    await viewer.join("Eve")
    await viewer.button("Chat").click()
    panel = viewer.page.get_by_role("tabpanel", name="Chat")
    await expect(panel).to_contain_text("No messages yet")
    await expect(panel).to_contain_text("you can read messages, but not write")
    await write(doctor, "Welcome, Eve")
    await expect(log(viewer)).to_contain_text("Welcome, Eve")
    await expect(log(patient)).to_contain_text("Dr Ada")

    # By keyboard: Shift+Enter begins a line, arrows change the tab, Escape closes and returns to where one was.
    keyboard = doctor.page.keyboard
    await doctor.page.get_by_label("Message to everyone").fill("one")
    await keyboard.press("Shift+Enter")
    await expect(doctor.page.get_by_label("Message to everyone")).to_have_value("one\n")
    await doctor.page.get_by_role("tab", name="Chat").focus()
    await keyboard.press("ArrowLeft")
    await expect(doctor.page.get_by_role("tab", name="People (3)")).to_be_focused()
    await keyboard.press("End")
    await expect(doctor.page.get_by_label("Message to everyone")).to_have_value("one\n")
    await keyboard.press("Escape")
    await expect(doctor.button("Chat")).to_be_focused()
    await patient.page.set_viewport_size({"width": 844, "height": 390})
    for visit in (patient, viewer):
        assert await visit.faults() == []


async def test_hands_are_raised_and_lowered(clinic: Clinic, visiting: Visiting) -> None:
    ada, bob, eve = clinic.guest(), clinic.guest(), clinic.guest()
    room = clinic.room((ada, PRESENTER), (bob, ATTENDEE), (eve, CONSUMER))
    doctor = await visiting(clinic.link(room, ada.token))
    patient = await visiting(clinic.link(room, bob.token))
    await doctor.join("Dr Ada")
    await patient.join("Bob")
    await expect(doctor.page.get_by_role("article", name="Bob")).to_be_visible()

    await patient.button("Hand").click()
    await doctor.hears("Bob raised a hand")
    await doctor.button("Hand").click()
    await expect(patient.page.get_by_role("article", name="Dr Ada")).to_contain_text("2")
    viewer = await visiting(clinic.link(room, eve.token))
    await viewer.join("Eve")
    await expect(hand(viewer, "Bob")).to_have_attribute("aria-label", "Hand raised, number 1")
    await expect(hand(viewer, "Dr Ada")).to_have_attribute("aria-label", "Hand raised, number 2")
    await expect(viewer.button("Hand")).to_have_count(0)

    await doctor.button("People").click()
    assert await doctor.faults() == []
    await doctor.button("Hand 1: lower the hand of Bob").click()
    await expect(patient.button("Hand")).to_have_attribute("aria-pressed", "false")
    await expect(hand(viewer, "Bob")).to_have_count(0)
    await patient.button("Hand").click()
    await expect(hand(viewer, "Bob")).to_have_attribute("aria-label", "Hand raised, number 2")
    await doctor.button("Lower all hands").click()
    for name in ("Bob", "Dr Ada"):
        await expect(hand(viewer, name)).to_have_count(0)
    await patient.button("Hand").click()
    await expect(hand(doctor, "Bob")).to_be_visible()
    clinic.give_role(room, bob, CONSUMER)
    await patient.hears("Your role is now Consumer")
    await expect(viewer.page.get_by_role("img", name=re.compile("Hand raised"))).to_have_count(0)
    await expect(patient.button("Hand")).to_have_count(0)


async def test_hostile_messages_reach_nobody(clinic: Clinic, visiting: Visiting) -> None:
    ada, eve, mallory = clinic.guest(), clinic.guest(), clinic.guest()
    room = clinic.room((ada, PRESENTER), (eve, ATTENDEE), (mallory, CONSUMER))
    doctor = await visiting(clinic.link(room, ada.token))
    await doctor.join("Dr Ada")
    await doctor.button("Chat").click()
    await doctor.button("Hand").click()
    async with sdk_user(clinic, room, eve, "Eve") as attendee, sdk_user(clinic, room, mallory, "Mallory") as consumer:
        await expect(doctor.page.get_by_role("tab", name="People (3)")).to_be_visible()
        await send(consumer, CHAT, {"text": "I may not write"})
        await send(consumer, MESSAGES, {"kind": "hand", "raisedAt": 1})
        await send(attendee, MESSAGES, {"kind": "lower hands", "rawIds": None})
        for nonsense in (b"\xff", b"{", b"[]", {"text": 1}, {"text": "\u202e"}, {"text": "x" * 17_000}):
            await send(attendee, CHAT, nonsense)
        await send(attendee, CHAT, {"text": "pay \u202e0001 now\u0000", "from": ada.raw_id, "name": "Dr Ada", "at": 0})
        for number in range(40):
            await send(attendee, CHAT, {"text": f"flood {number}"})
        await send(attendee, MESSAGES, {"kind": "hand", "raisedAt": (time.time() + 7200) * 1000})
        await doctor.hears("Eve raised a hand")
        await expect(log(doctor)).to_contain_text(re.compile(r"\d+ messages from Eve are not shown"))
        await expect(log(doctor)).to_contain_text("pay 0001 now")
        # The media engine forwards one person's data in order, and nothing of a Consumer's.
        written = await log(doctor).inner_text()
        assert "I may not write" not in written
        assert "Dr Ada" not in written
        assert len(re.findall(r"flood \d", written)) < 12
        await doctor.page.get_by_role("tab", name=re.compile("People")).click()
        raised = doctor.page.get_by_role("img", name=re.compile("Hand raised"))
        await expect(doctor.page.get_by_role("tabpanel").locator(".person-name")).to_have_text(
            ["Dr Ada (you)", "Eve", "Mallory"]
        )
        assert await raised.count() >= 2
