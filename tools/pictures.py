"""Take the pictures of docs/pictures from a running service: a call, and the console.

It starts `openrooms dev` on free ports and Chromium with drawn people as cameras. Calls need LiveKit.
"""

import asyncio
import datetime as dt
import os
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from playwright.async_api import Browser, Page, Playwright, async_playwright, expect
from tests.support.service import Process, openrooms, running

from openrooms import ParticipantRole, RoomParticipant, RoomsClient
from openrooms.identity import CommunicationIdentityClient

_PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
_CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_CAMERA = (640, 360)
_WINDOW = {"width": 1280, "height": 760}
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--use-fake-ui-for-media-stream")


class Person(NamedTuple):
    """A person in the picture, drawn in these colours."""

    name: str
    role: ParticipantRole
    wall: str
    hair: str
    skin: str
    shirt: str


_PEOPLE = (
    Person("Dr Ada Okafor", ParticipantRole.PRESENTER, "#cfe3e8", "#1f1a17", "#8d5a3b", "#f5f7f8"),
    Person("Bo Lindqvist", ParticipantRole.ATTENDEE, "#efe3d0", "#b98544", "#f0c8a4", "#3f6ea8"),
    Person("Carla Ruiz", ParticipantRole.COLLABORATOR, "#dcd6ea", "#4a2c1d", "#d9a27c", "#a5484f"),
)
_DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" width="640" height="360">
<rect width="640" height="360" fill="{wall}"/><rect x="420" y="40" width="150" height="110" rx="6" fill="#ffffff66"/>
<path d="M200 360c0-80 50-120 120-120s120 40 120 120z" fill="{shirt}"/>
<rect x="296" y="200" width="48" height="60" rx="22" fill="{skin}"/>
<ellipse cx="320" cy="140" rx="74" ry="82" fill="{hair}"/><ellipse cx="320" cy="156" rx="58" ry="68" fill="{skin}"/>
<path d="M262 138c20-44 96-44 116 0c-8-62-108-62-116 0z" fill="{hair}"/>
<circle cx="299" cy="152" r="6" fill="#222"/><circle cx="341" cy="152" r="6" fill="#222"/>
<path d="M298 190q22 20 44 0" fill="none" stroke="#222" stroke-width="5" stroke-linecap="round"/></svg>"""


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
    async with _browser(playwright) as plain:
        for person in _PEOPLE:
            await _film(plain, person, _film_path(folder, person))
    browsers = [
        await playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=[
                *_ARGUMENTS,
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={_film_path(folder, person)}",
            ],
        )
        for person in _PEOPLE
    ]
    pages = [
        await _join(browser, link, person.name) for browser, link, person in zip(browsers, links, _PEOPLE, strict=True)
    ]
    # All videos are shown, and the messages about joining have disappeared.
    for page in pages:
        await expect(page.locator("video")).to_have_count(len(_PEOPLE), timeout=30_000)
    await pages[0].wait_for_timeout(12_000)
    await pages[0].screenshot(path=_PICTURES / "call.png")
    async with _browser(playwright) as browser:
        page = await browser.new_page(viewport=_WINDOW)
        await _open_console(page, service, room)
        await page.screenshot(path=_PICTURES / "console.png")
    for browser in browsers:
        await browser.close()


@asynccontextmanager
async def _browser(playwright: Playwright) -> AsyncIterator[Browser]:
    browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
    try:
        yield browser
    finally:
        await browser.close()


def _film_path(folder: Path, person: Person) -> Path:
    return folder / f"{person.role.lower()}.y4m"


async def _film(browser: Browser, person: Person, path: Path) -> None:
    """Write the person's camera video: one picture as a YUV4MPEG2 file, which Chromium plays in a loop."""
    width, height = _CAMERA
    page = await browser.new_page(viewport={"width": width, "height": height})
    await page.set_content(f"<style>body{{margin:0}}</style>{_DRAWING.format(**person._asdict())}")
    pixels = await page.evaluate(
        """async (encoded) => {
          const image = new Image();
          image.src = "data:image/png;base64," + encoded;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
          canvas.drawImage(image, 0, 0);
          return Array.from(canvas.getImageData(0, 0, image.width, image.height).data);
        }""",
        b64encode(await page.screenshot()).decode("ascii"),
    )
    await page.close()
    red, green, blue = np.array(pixels, dtype=float).reshape(height, width, 4)[:, :, :3].transpose(2, 0, 1)
    luma = 16 + 0.257 * red + 0.504 * green + 0.098 * blue
    chroma = (128 - 0.148 * red - 0.291 * green + 0.439 * blue, 128 + 0.439 * red - 0.368 * green - 0.071 * blue)
    planes = [luma, *(plane[::2, ::2] for plane in chroma)]
    frame = b"FRAME\n" + b"".join(plane.clip(0, 255).astype(np.uint8).tobytes() for plane in planes)
    await asyncio.to_thread(
        path.write_bytes, b"YUV4MPEG2 W%d H%d F15:1 Ip A1:1 C420jpeg\n" % (width, height) + frame * 15
    )


async def _join(browser: Browser, link: str, name: str) -> Page:
    context = await browser.new_context(viewport=_WINDOW)
    page = await context.new_page()
    await page.goto(link)
    await page.get_by_label("Your name").fill(name)
    await page.get_by_role("button", name="Join now", exact=True).click()
    await page.get_by_role("button", name="Leave", exact=True).wait_for(timeout=30_000)
    return page


async def _open_console(page: Page, service: Process, room: str) -> None:
    data = service.ready_file.parent / "data"
    token = openrooms("operator-token", "--role", "contributor", "--data", data).stdout.strip()
    await page.goto(f"{service.http}/console/rooms/{room}")
    await page.get_by_label("Operator", exact=False).fill(token)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="In the call (3)").wait_for()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except subprocess.CalledProcessError as error:
        sys.exit(str(error))
