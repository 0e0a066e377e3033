"""Take the pictures of docs/pictures from a running service: a call, and the console.

It starts `openrooms dev` on free ports and Chromium with drawn people as cameras. Calls need LiveKit.
"""

import asyncio
import datetime as dt
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, Playwright, async_playwright, expect
from tests.support.service import Process, running

from openrooms import RoomParticipant, RoomsClient
from openrooms.identity import CommunicationIdentityClient
from tools import cast

_PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
_WINDOW = {"width": 1280, "height": 760}
_PEOPLE = cast.PEOPLE[:3]


async def main() -> None:
    """Start everything, take the pictures, stop everything."""
    _PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running("dev", "--https-port", 0, "--http-port", 0, folder=folder) as service:
            async with async_playwright() as playwright:
                room, links = _plan(service)
                await _take(playwright, service, folder, room, links)


def _plan(service: Process) -> tuple[str, list[str]]:
    """Create a day of rooms; return the room of the picture, and its participants' links."""
    now = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    os.environ["SSL_CERT_FILE"] = str(service.ca)
    with (
        CommunicationIdentityClient.from_connection_string(service.connectionString) as identities,
        RoomsClient.from_connection_string(service.connectionString) as rooms,
    ):
        for hours in (-3, 2, 3, 5, 20):
            begin = now + dt.timedelta(hours=hours)
            guests = [RoomParticipant(identities.create_user(), person.role) for person in _PEOPLE[:2]]
            end = max(begin + dt.timedelta(minutes=30), now + dt.timedelta(minutes=61))
            rooms.create_room(valid_from=begin, valid_until=end, participants=guests)
        users = [identities.create_user_and_token(["voip"]) for _ in _PEOPLE]
        room = rooms.create_room(
            valid_from=now,
            valid_until=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=24),
            participants=[RoomParticipant(user, person.role) for (user, _), person in zip(users, _PEOPLE, strict=True)],
        )
        return room.id, [f"{service.http}/call/{room.id}#{token.token}" for _, token in users]


async def _take(playwright: Playwright, service: Process, folder: Path, room: str, links: list[str]) -> None:
    async with cast.browsers(playwright, folder, _PEOPLE) as browsers:
        pages = [
            await _join(browser, link, person.name)
            for browser, link, person in zip(browsers, links, _PEOPLE, strict=True)
        ]
        # All videos are shown, and the messages about joining have disappeared.
        for page in pages:
            await expect(page.locator("video")).to_have_count(len(_PEOPLE), timeout=30_000)
        await pages[0].wait_for_timeout(12_000)
        await pages[0].screenshot(path=_PICTURES / "call.png")
        async with cast.browser(playwright) as browser:
            page = await browser.new_page(viewport=_WINDOW)
            await _open_console(page, service, room)
            await page.screenshot(path=_PICTURES / "console.png")


async def _join(browser: Browser, link: str, name: str) -> Page:
    context = await browser.new_context(viewport=_WINDOW)
    page = await context.new_page()
    await page.goto(link)
    await page.get_by_label("Your name").fill(name)
    await page.get_by_role("button", name="Join now", exact=True).click()
    await page.get_by_role("button", name="Leave", exact=True).wait_for(timeout=30_000)
    return page


async def _open_console(page: Page, service: Process, room: str) -> None:
    await page.goto(f"{service.http}/console/rooms/{room}")
    await page.get_by_role("heading", name="In the call (3)").wait_for()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except subprocess.CalledProcessError as error:
        sys.exit(str(error))
