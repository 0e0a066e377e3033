"""People for pictures of calls: drawn, and filmed by the cameras of their browsers."""

import asyncio
import os
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from playwright.async_api import Browser, Playwright

from openrooms import ParticipantRole

_CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_CAMERA = (640, 360)
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--use-fake-ui-for-media-stream")


class Person(NamedTuple):
    """A person in the picture, drawn in these colours."""

    name: str
    role: ParticipantRole
    wall: str
    hair: str
    skin: str
    shirt: str


PEOPLE = (
    Person("Dr Ada Okafor", ParticipantRole.PRESENTER, "#cfe3e8", "#1f1a17", "#8d5a3b", "#f5f7f8"),
    Person("Bo Lindqvist", ParticipantRole.ATTENDEE, "#efe3d0", "#b98544", "#f0c8a4", "#3f6ea8"),
    Person("Carla Ruiz", ParticipantRole.COLLABORATOR, "#dcd6ea", "#4a2c1d", "#d9a27c", "#a5484f"),
    Person("Dan Wu", ParticipantRole.ATTENDEE, "#d6e4d2", "#22252b", "#e9c39b", "#2f6b5e"),
    Person("Eve Haddad", ParticipantRole.ATTENDEE, "#e9d9d9", "#3a2118", "#c98f6b", "#5b4a9a"),
)
_DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" width="640" height="360">
<rect width="640" height="360" fill="{wall}"/><rect x="420" y="40" width="150" height="110" rx="6" fill="#ffffff66"/>
<path d="M200 360c0-80 50-120 120-120s120 40 120 120z" fill="{shirt}"/>
<rect x="296" y="200" width="48" height="60" rx="22" fill="{skin}"/>
<ellipse cx="320" cy="140" rx="74" ry="82" fill="{hair}"/><ellipse cx="320" cy="156" rx="58" ry="68" fill="{skin}"/>
<path d="M262 138c20-44 96-44 116 0c-8-62-108-62-116 0z" fill="{hair}"/>
<circle cx="299" cy="152" r="6" fill="#222"/><circle cx="341" cy="152" r="6" fill="#222"/>
<path d="M298 190q22 20 44 0" fill="none" stroke="#222" stroke-width="5" stroke-linecap="round"/></svg>"""


@asynccontextmanager
async def browser(playwright: Playwright, *arguments: str) -> AsyncIterator[Browser]:
    """Start Chromium, and end it."""
    browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=[*_ARGUMENTS, *arguments])
    try:
        yield browser
    finally:
        await browser.close()


@asynccontextmanager
async def browsers(playwright: Playwright, folder: Path, people: Sequence[Person]) -> AsyncIterator[list[Browser]]:
    """Start a browser for each person, whose camera films them; `folder` is for the films."""
    films = [folder / f"{number}.y4m" for number, _ in enumerate(people)]
    async with browser(playwright) as plain:
        for person, film in zip(people, films, strict=True):
            await _film(plain, person, film)
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                browser(playwright, "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}")
            )
            for film in films
        ]


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
