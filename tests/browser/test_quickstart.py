"""Azure-Samples' calling-rooms-quickstart, unmodified, on openrooms-calling.

It is on no package registry, so whoever runs this says where it is: QUICKSTART names the folder in a clone of
Azure-Samples/communication-services-javascript-quickstarts.
"""

import os
import shutil
from pathlib import Path

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import Browser, Page, expect
from tests.browser.composite import PAGE, build, served, unpack_calling
from tests.browser.visits import Clinic, Guest

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif("QUICKSTART" not in os.environ, reason="QUICKSTART names no folder of the published sample"),
]


async def test_two_people_see_each_other(clinic: Clinic, browser: Browser, tmp_path: Path) -> None:
    sample, out = Path(os.environ["QUICKSTART"]), tmp_path / "app"
    out.mkdir()
    for name in ("index.html", "styles.css"):
        shutil.copy(sample / name, out)
    build(unpack_calling(clinic.address, tmp_path), out, PAGE.parent / "quickstart")
    ada, bob = clinic.guest(), clinic.guest()
    room = clinic.room((ada, ParticipantRole.PRESENTER), (bob, ParticipantRole.ATTENDEE))

    async def enter(guest: Guest, app: str) -> Page:
        page = await (await browser.new_context()).new_page()
        await page.add_init_script(f"globalThis.OPENROOMS_ENDPOINT = '{clinic.address}'")
        await page.goto(app)
        await page.fill("#user-access-token", guest.token)
        await page.click("#initialize-call-agent")
        await page.fill("#acs-room-id", room)
        await page.click("#join-room-call-button")
        await expect(page.locator("#connectedLabel")).to_be_visible()
        return page

    with served(out) as app:
        doctor, patient = await enter(ada, app), await enter(bob, app)
        seen = doctor.locator("#remoteVideosGallery video")
        await expect(seen).to_have_count(1)
        await expect(patient.locator("#remoteVideosGallery video")).to_have_count(1)
        await patient.click("#stop-video-button")
        await expect(seen).to_have_count(0)
        await patient.click("#start-video-button")
        await expect(seen).to_have_count(1)
        await patient.click("#hangup-call-button")
        await expect(patient.locator("#connectedLabel")).to_be_hidden()
        for page in (doctor, patient):
            await page.context.close()
