"""What openrooms-calling adds to livekit-client alone, in Chromium: time to join, and CPU in a call of ten.

python -m bench.calling [joining] [watching]

Without names it runs both and writes its section of docs/benchmarks.md. Each round measures both sides, in turn.
"""

import argparse
import asyncio
import itertools
import os
import statistics
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from azure.communication.rooms import ParticipantRole
from livekit import rtc
from playwright.async_api import Browser, Page, async_playwright
from tests.browser.composite import WEB, served
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.visits import Clinic, Guest
from tests.support.service import running

from bench import report
from openrooms.calls.aio import CallsClient

OURS, ALONE = "calling", "alone"
SIDES = (OURS, ALONE)
JOINS = 60
OTHERS = 9
WATCHES = 5
WARM_UP, WATCH_SECONDS = 2.0, 8.0
FRAMES_PER_SECOND = 15
_WIDTH, _HEIGHT = 320, 180
_PAGE = Path(__file__).parent / "pages" / "calling"
_JOIN = "async ([side, joined]) => window.sides[side].join(joined)"
_LEAVE = "(side) => window.sides[side].leave()"
_IDLE = "() => new Promise((resolve) => requestIdleCallback(() => setTimeout(resolve, 200)))"
_SHOWN = f"() => document.querySelectorAll('#people video').length === {OTHERS}"


Invite = Callable[[], Awaitable[dict[str, str]]]
"""Returns what a page needs to join once more."""


class Site(NamedTuple):
    """The service, the address of the page, and the browser that opens it."""

    clinic: Clinic
    page: str
    browser: Browser


class Result(NamedTuple):
    """One row of the table: what each side took in each round."""

    title: str
    unit: str
    bar: float
    rounds: Sequence[dict[str, float]]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(took[OURS] / took[ALONE] for took in self.rounds)

    def row(self) -> tuple[str, ...]:
        """Return the cells."""
        medians = [statistics.median(took[side] for took in self.rounds) for side in (ALONE, OURS)]
        met = "met" if self.ratio <= self.bar else "not met"
        figures = (f"{median:,.0f} {self.unit}" for median in medians)
        return (self.title, *figures, f"{self.ratio:.2f}", f"≤ {self.bar:.2f}", met)


async def joining(site: Site) -> list[Result]:
    """Join in a fresh page, as people do: from `join()` to `Connected`, and `Room.connect` with the same token."""
    invite = _inviting(site.clinic)
    rounds = []
    for number in range(JOINS + 1):
        took = {side: await _join_once(site, side, await invite()) for side in _order(number)}
        # The first round fills the caches of the browser and the service.
        if number:
            rounds.append(took)
    return [Result("from `join()` to `Connected`", "ms", 1.15, rounds)]


async def _join_once(site: Site, side: str, joined: dict[str, str]) -> float:
    async with _opened(site) as page:
        took: float = await page.evaluate(_JOIN, [side, joined])
        await page.evaluate(_LEAVE, side)
        return took


async def watching(site: Site) -> list[Result]:
    """Compare the CPU of the page's process while it shows nine others who film and talk."""
    async with _talking(site.clinic) as invite, _opened(site) as page:
        rounds = []
        for number in range(WATCHES + 1):
            took = {side: await _watch(page, side, await invite()) for side in _order(number)}
            if number:
                rounds.append(took)
    return [Result(f"CPU a second of a page in a call of {OTHERS + 1}", "ms", 1.10, rounds)]


async def _watch(page: Page, side: str, joined: dict[str, str]) -> float:
    await page.evaluate(_JOIN, [side, joined])
    await page.wait_for_function(_SHOWN, polling=100)
    await asyncio.sleep(WARM_UP)
    before = await _cpu(page)
    await asyncio.sleep(WATCH_SECONDS)
    spent = await _cpu(page) - before
    await page.evaluate(_LEAVE, side)
    return spent / WATCH_SECONDS * 1000


async def _cpu(page: Page) -> float:
    """Return the seconds of CPU that the page's process has used."""
    browser = page.context.browser
    assert browser is not None
    session = await browser.new_browser_cdp_session()
    processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    await session.detach()
    return sum(float(process["cpuTime"]) for process in processes if process["type"] == "renderer")


def _order(number: int) -> Sequence[str]:
    return SIDES if number % 2 else SIDES[::-1]


def _inviting(clinic: Clinic) -> Invite:
    guest = clinic.guest()
    room = clinic.room((guest, ParticipantRole.PRESENTER))
    return lambda: _joined(clinic, room, guest)


async def _joined(clinic: Clinic, room: str, guest: Guest) -> dict[str, str]:
    async with CallsClient.for_user(clinic.address, guest.token) as client:
        joined = await client.join_call(room)
    media = {"mediaUrl": joined.media_url, "mediaToken": joined.media_token}
    return {"endpoint": clinic.address, "roomId": room, "token": guest.token, **media}


@asynccontextmanager
async def _talking(clinic: Clinic) -> AsyncIterator[Invite]:
    """Fill a call with people who film and talk; yield what invites one more."""
    guest, *others = (clinic.guest() for _ in range(OTHERS + 1))
    room = clinic.room(*((one, ParticipantRole.ATTENDEE) for one in (guest, *others)))
    async with AsyncExitStack() as stack:
        for number, other in enumerate(others):
            joined = await _joined(clinic, room, other)
            await stack.enter_async_context(_person(joined, number))
        yield lambda: _joined(clinic, room, guest)


@asynccontextmanager
async def _person(joined: dict[str, str], number: int) -> AsyncIterator[None]:
    room = rtc.Room()
    await room.connect(joined["mediaUrl"], joined["mediaToken"], rtc.RoomOptions(auto_subscribe=False))
    camera, microphone = rtc.VideoSource(_WIDTH, _HEIGHT), rtc.AudioSource(48_000, 1)
    for track, source in (
        (rtc.LocalVideoTrack.create_video_track("camera", camera), rtc.TrackSource.SOURCE_CAMERA),
        (rtc.LocalAudioTrack.create_audio_track("microphone", microphone), rtc.TrackSource.SOURCE_MICROPHONE),
    ):
        await room.local_participant.publish_track(track, rtc.TrackPublishOptions(source=source, simulcast=False))
    tasks = [asyncio.create_task(_film(camera)), asyncio.create_task(_talk(microphone, number))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await room.disconnect()
        await camera.aclose()
        await microphone.aclose()


async def _film(camera: rtc.VideoSource) -> None:
    for number in itertools.count():
        stripe = bytes([number * 8 % 256]) * (_WIDTH * 4 * 20)
        picture = stripe.ljust(_WIDTH * _HEIGHT * 4, b"\x80")
        camera.capture_frame(rtc.VideoFrame(_WIDTH, _HEIGHT, rtc.VideoBufferType.RGBA, picture))
        await asyncio.sleep(1 / FRAMES_PER_SECOND)


async def _talk(microphone: rtc.AudioSource, number: int) -> None:
    """Speak for a second in every three, so that the list of speakers changes all the time."""
    samples = 480
    loud = b"".join((4000 * (-1) ** (n // 60)).to_bytes(2, "little", signed=True) for n in range(samples))
    for passed in itertools.count():
        wave = loud if (passed // 100 + number) % 3 == 0 else bytes(2 * samples)
        await microphone.capture_frame(rtc.AudioFrame(wave, 48_000, 1, samples))


@asynccontextmanager
async def _opened(site: Site) -> AsyncIterator[Page]:
    context = await site.browser.new_context()
    page = await context.new_page()
    await page.goto(site.page)
    # Nobody presses join before the page has loaded.
    await page.evaluate(_IDLE)
    yield page
    await context.close()


@asynccontextmanager
async def _site(folder: Path) -> AsyncIterator[Site]:
    _build(folder / "page")
    arguments = ("dev", "--https-port", 0, "--http-port", 0)
    with running(*arguments, folder=folder / "service") as service, served(folder / "page") as address:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield Site(Clinic(service), address, browser)
            await browser.close()


def _build(out: Path) -> None:
    command = [WEB / "node_modules" / ".bin" / "vite", "build", "--config", _PAGE / "vite.config.mjs"]
    subprocess.run(command, cwd=WEB, env=os.environ | {"WEB": str(WEB), "OUT": str(out)}, check=True)


def _section(results: Sequence[Result]) -> str:
    how = (
        f"`python -m bench.calling`: Chromium, a real LiveKit and the service together on {os.cpu_count()} cores; "
        f"{report.machine()}."
    )
    method = (
        f"`openrooms-calling` beside `livekit-client` alone with a token that it already has, in turn; the ratio is "
        f"the median of the rounds' ratios. Joining: {JOINS} rounds, each in a fresh page of another origin, so that a "
        f"preflight and the request to join are part of it. The call: {WATCHES} rounds of {WATCH_SECONDS:.0f} s, with "
        f"{OTHERS} others who each send {_WIDTH}x{_HEIGHT} at {FRAMES_PER_SECOND} frames a second and talk in turn."
    )
    return "\n\n".join([how, method, _table(results)])


def _table(results: Sequence[Result]) -> str:
    return report.table(("", "livekit-client", "openrooms-calling", "ratio", "bar", ""), [one.row() for one in results])


async def main(names: Sequence[str]) -> None:
    """Run the benchmarks of these names, or all."""
    every = {"joining": joining, "watching": watching}
    with tempfile.TemporaryDirectory() as folder:
        async with _site(Path(folder)) as site:
            results = [result for name in names or every for result in await every[name](site)]
    print(_table(results))
    if not names:
        report.write("Azure's calling API", _section(results))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", metavar="joining|watching")
    asyncio.run(main(parser.parse_args().what))
