"""The main walk through a visit in Debian's Firefox: `make browsers`.

Its name keeps it out of the usual tests, which need Chromium alone. Playwright drives Firefox by WebDriver BiDi.
"""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from azure.communication.rooms import ParticipantRole
from playwright.async_api import Browser, async_playwright, expect
from tests.browser.conftest import ARGUMENTS, CHROMIUM, Visiting
from tests.browser.visits import Clinic, Visit, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

BRIDGE = Path(__file__).with_name("bidi.py")
FIREFOX = os.environ.get("FIREFOX", "/usr/bin/firefox-esr")
PREFERENCES = {
    "media.navigator.streams.fake": True,
    # As if the person had allowed them forever. Without that, Firefox does not try loopback, where LiveKit listens.
    "permissions.default.camera": 1,
    "permissions.default.microphone": 1,
    "media.peerconnection.ice.loopback": True,
}
PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    program = tmp_path_factory.mktemp("firefox") / "firefox"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{BRIDGE}" "{FIREFOX}" "$@"\n')
    program.chmod(0o700)
    async with async_playwright() as playwright:
        browser = await playwright.firefox.launch(
            channel="moz-firefox", executable_path=program, firefox_user_prefs=PREFERENCES
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


async def test_visit_in_firefox(clinic: Clinic, visiting: Visiting, chromium: Browser) -> None:
    """Planned, waited for, admitted; two in Firefox and one in Chromium see and hear each other, until the end."""
    people = {"Dr Ada": PRESENTER, "Bob": ATTENDEE, "Eve": ATTENDEE}
    room, links = clinic.visit(people, title="Follow-up", waitingRoom="attendees", startsWith="presenter", extendBy=15)
    bob = await visiting(links["Bob"])
    await waits(bob)
    ada = await visiting(links["Dr Ada"])
    await lobby_shows_the_devices(ada)
    await ada.button("Join now").click()
    await ada.is_in_call()
    # Firefox opens no camera behind another tab, and here everybody has a tab of one Firefox.
    await expect(ada.page.locator(".tile video")).to_have_count(1)
    await bob.page.bring_to_front()
    await ada.page.get_by_role("region", name="Waiting").get_by_role("button", name="Admit").click()
    await bob.is_in_call()
    eve = await visit(await chromium.new_context(), links["Eve"])
    await eve.button("Ask to join").click()
    await ada.page.get_by_role("region", name="Waiting").get_by_role("button", name="Admit").click()
    await eve.is_in_call()
    for person in (ada, bob, eve):
        await expect(person.page.locator(".tile video")).to_have_count(3)
        await person.sees_frames(30)
    await one_mutes_another(ada, bob)
    await they_write(ada, bob)
    await the_end_moves(ada, bob)
    await one_is_removed_and_comes_back(ada, bob)
    await ada.choose("Leave", "End for everyone…")
    await ada.button("End for everyone").click()
    for person in (ada, bob, eve):
        await person.sees("The call has ended")
    clinic.rooms.delete_room(room)
    await bob.button("Start again").click()
    await bob.sees("This room does not exist")


async def waits(bob: Visit) -> None:
    await bob.button("Ask to join").click()
    await bob.sees("No presenter is there yet")
    assert await bob.faults() == []


async def lobby_shows_the_devices(ada: Visit) -> None:
    await expect(ada.page.get_by_label("Preview of your camera")).to_be_visible()
    await ada.page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    for device in ("Microphone", "Camera"):
        await expect(ada.page.get_by_role("combobox", name=device)).to_be_visible()
    assert await ada.faults() == []


async def one_mutes_another(ada: Visit, bob: Visit) -> None:
    await ada.button("People").click()
    await ada.button("Mute Bob").click()
    await bob.hears("A presenter muted you")
    await bob.button("Unmute").click()
    await expect(ada.button("Mute Bob")).to_be_enabled()


async def they_write(ada: Visit, bob: Visit) -> None:
    await bob.button("Chat").click()
    field = bob.page.get_by_label("Message to everyone")
    # React does not hear what Playwright fills in here.
    await field.press_sequentially("Good morning")
    await field.press("Enter")
    await ada.hears("Bob: Good morning")
    await bob.button("Hand").click()
    await ada.hears("Bob raised a hand")


async def the_end_moves(ada: Visit, bob: Visit) -> None:
    await ada.choose("Add time", "Add 5 minutes")
    await bob.hears("New end:")


async def one_is_removed_and_comes_back(ada: Visit, bob: Visit) -> None:
    await ada.button("Remove Bob").click()
    await ada.button("Remove").click()
    await bob.sees("You were removed from the call")
    await bob.button("Rejoin").click()
    await bob.is_in_call()
    await bob.sees_frames(30)
