"""A page without a bundler on openrooms-calling: one file of the service, named by an import map."""

import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from azure.communication.rooms import ParticipantRole
from playwright.async_api import Browser, Page, async_playwright
from tests.browser.composite import PAGE, VERSION, served
from tests.browser.conftest import ARGUMENTS, CHROMIUM, Visiting
from tests.browser.visits import _KEEP_CONNECTIONS, Clinic, frames_arrive
from tests.support.ports import free_port, wait_for_port

pytestmark = pytest.mark.asyncio(loop_scope="session")

BLOCKED = "--autoplay-policy=document-user-activation-required"
STREAM = "window.call.remoteParticipants[0]?.videoStreams.find((stream) => stream.mediaStreamType === 'Video')"
# Playwright's own evaluations count as gestures of the user, so the page says by itself what it plays.
TELL_SOUNDS = """setInterval(() => {
  for (const { paused, currentTime } of document.querySelectorAll("audio"))
    console.info(paused ? "blocked" : currentTime > 0 ? "playing" : "starting");
}, 100)"""
BYTES = """async () => {
  let bytes = 0;
  for (const connection of window.connections)
    for (const report of (await connection.getStats()).values())
      if (report.type === "inbound-rtp" && report.kind === "video") bytes += report.bytesReceived;
  return bytes;
}"""

Opening = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def opening(clinic: Clinic, visiting: Visiting, tmp_path: Path) -> AsyncIterator[Opening]:
    """Open the page, in a browser that blocks autoplay, in a call with somebody who films and talks."""
    text = (PAGE.parent / "plain" / "index.html").read_text()
    (tmp_path / "index.html").write_text(text.replace("SERVICE", clinic.address).replace("VERSION", VERSION))
    ada, bob = clinic.guest(), clinic.guest()
    room = clinic.room((ada, ParticipantRole.PRESENTER), (bob, ParticipantRole.ATTENDEE))
    doctor = await visiting(clinic.link(room, ada.token))
    await doctor.join("Dr Ada")
    async with async_playwright() as playwright, AsyncExitStack() as stack:
        address = stack.enter_context(served(tmp_path))
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, BLOCKED])
        stack.push_async_callback(browser.close)

        async def open_page(*scripts: str) -> Page:
            page = await browser.new_page()
            for script in (_KEEP_CONNECTIONS, *scripts):
                await page.add_init_script(script)
            await page.goto(f"{address}#{room}/{bob.token}")
            return page

        yield open_page


async def test_blocked_sound_plays_after_the_next_click(opening: Opening) -> None:
    page = await opening(TELL_SOUNDS)
    await page.wait_for_event("console", lambda message: message.text == "blocked")
    async with page.expect_event("console", lambda message: message.text == "playing"):
        await page.mouse.click(10, 10)


async def _bytes_in_a_second(page: Page) -> int:
    before = await page.evaluate(BYTES)
    await page.wait_for_timeout(1000)
    return int(await page.evaluate(BYTES) - before)


async def _is_idle(page: Page) -> bool:
    for _ in range(10):
        if not await _bytes_in_a_second(page):
            return True
    return False


async def test_a_video_is_received_only_while_it_is_needed(opening: Opening) -> None:
    """A video that nothing shows costs nothing; a view or its `MediaStream` starts it."""
    page = await opening()
    await page.wait_for_function(f"() => {STREAM}?.isAvailable")
    assert await _is_idle(page)
    await page.evaluate(
        f"async () => {{ window.view = await new VideoStreamRenderer({STREAM}).createView();"
        " document.body.append(window.view.target); }"
    )
    await frames_arrive(page, 15)
    await page.evaluate("() => window.view.dispose()")
    assert await _is_idle(page)
    await page.evaluate(f"async () => {{ window.stream = await {STREAM}.getMediaStream(); }}")
    await frames_arrive(page, 15)


@contextmanager
def _proxy_without_livekit(service: str, folder: Path) -> Iterator[str]:
    """Run a proxy that serves the page, passes `/openrooms` and answers 404 to the rest; yield its address."""
    port = free_port()
    address = f"http://localhost:{port}"
    text = (PAGE.parent / "plain" / "index.html").read_text()
    (folder / "index.html").write_text(text.replace("SERVICE", address).replace("VERSION", VERSION))
    rules = f"bind 127.0.0.1\nroot * {folder}\nhandle /openrooms/* {{\nreverse_proxy {service}\n}}\nfile_server"
    (folder / "Caddyfile").write_text(f"{{\nadmin off\nauto_https off\n}}\n{address} {{\n{rules}\n}}\n")
    command = ("caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile")
    with (
        (folder / "proxy.log").open("wb") as log,
        subprocess.Popen(command, env=os.environ | {"HOME": str(folder)}, stdout=log, stderr=log) as proxy,
    ):
        try:
            wait_for_port(port)
            yield address
        finally:
            proxy.terminate()


async def test_a_proxy_without_livekit_is_named_in_the_console(
    browser: Browser, clinic: Clinic, tmp_path: Path
) -> None:
    """At the page's own origin LiveKit tries without end, so the call ends it."""
    ada = clinic.guest()
    room = clinic.room((ada, ParticipantRole.PRESENTER))
    said: list[str] = []
    with _proxy_without_livekit(clinic.address, tmp_path) as address:
        page = await browser.new_page()
        page.on("console", lambda message: said.append(message.text))
        await page.goto(f"{address}/#{room}/{ada.token}")
        await page.wait_for_function("() => window.call?.callEndReason", timeout=40_000)
        end = await page.evaluate("[window.call.callEndReason.code, window.call.callEndReason.subCode]")
        await page.close()
    assert end == [410, 3112]
    assert any("must pass /livekit too" in text and "not within 20 s" in text for text in said), said
