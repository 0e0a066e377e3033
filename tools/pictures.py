"""Take the pictures of docs/pictures from a running service: a call, and the console.

It starts `openrooms dev` on free ports and Chromium with drawn people as cameras. Calls need LiveKit.
"""

import asyncio
import datetime as dt
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, Page, Playwright, async_playwright, expect
from tests.support.service import Process, running

from openrooms.visits import Guest, InvitedParticipant, VisitsClient
from tools import cast

_PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
_WINDOW = {"width": 1280, "height": 760}
_PEOPLE = cast.PEOPLE[:3]
_DAY = (
    ("Blood pressure", -90, 20),
    ("First visit", -40, 30),
    ("Physiotherapy", 60, 45),
    ("Check-up", 120, 15),
    ("Results of the scan", 150, 30),
)
"""Titles, when they begin (minutes from this hour) and how long they last."""
_LEAST_SECONDS = 61


async def main() -> None:
    """Start everything, take the pictures, stop everything."""
    _PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running("dev", "--https-port", 0, "--http-port", 0, folder=folder) as service:
            async with async_playwright() as playwright:
                await _take(playwright, service, folder, _plan(service))


def _plan(service: Process) -> list[str]:
    """Plan a day of visits; return the links of the people in the picture of a call."""
    now = dt.datetime.now(dt.UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    os.environ["SSL_CERT_FILE"] = str(service.ca)
    with VisitsClient.from_connection_string(service.connectionString) as visits:
        for title, begins, minutes in _DAY:
            begin = hour + dt.timedelta(minutes=begins)
            # A room cannot be planned for the past.
            end = max(begin + dt.timedelta(minutes=minutes), now + dt.timedelta(seconds=_LEAST_SECONDS))
            visits.create_visit(_guests(cast.PEOPLE[:2]), title=title, valid_from=begin, valid_until=end)
        visits.create_visit(
            _guests(cast.PEOPLE[:2]),
            title="Second opinion",
            valid_from=hour,
            valid_until=now + dt.timedelta(minutes=40),
            waiting_room="everyone",
        )
        planned = visits.create_visit(
            _guests(_PEOPLE), title="Knee, six weeks after", valid_from=hour, valid_until=now + dt.timedelta(minutes=24)
        )
        return [f"{service.http}/j#{_secret(participant)}" for participant in planned.participants]


def _secret(participant: InvitedParticipant) -> str:
    return participant.url.partition("#")[2]


def _guests(people: Sequence[cast.Person]) -> list[Guest]:
    return [Guest(role=person.role, display_name=person.name) for person in people]


async def _take(playwright: Playwright, service: Process, folder: Path, links: list[str]) -> None:
    async with cast.browsers(playwright, folder, _PEOPLE) as browsers:
        pages = [await _join(browser, link) for browser, link in zip(browsers, links, strict=True)]
        # All videos are shown, and the messages about joining have disappeared.
        for page in pages:
            await expect(page.locator("video")).to_have_count(len(_PEOPLE), timeout=30_000)
        await pages[0].wait_for_timeout(12_000)
        await pages[0].screenshot(path=_PICTURES / "call.png")
        async with cast.browser(playwright) as browser:
            page = await browser.new_page(viewport=_WINDOW)
            await _open_console(page, service)
            await page.screenshot(path=_PICTURES / "console.png")


async def _join(browser: Browser, link: str) -> Page:
    context = await browser.new_context(viewport=_WINDOW)
    page = await context.new_page()
    await page.goto(link)
    await page.get_by_role("button", name="Join now", exact=True).click()
    await page.get_by_role("button", name="Leave", exact=True).wait_for(timeout=30_000)
    return page


async def _open_console(page: Page, service: Process) -> None:
    await page.goto(f"{service.http}/console/today")
    await page.get_by_text("3 in", exact=True).first.wait_for()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except subprocess.CalledProcessError as error:
        sys.exit(str(error))
