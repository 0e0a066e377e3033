"""The real service with calls, a real LiveKit behind it, and Debian's Chromium with fake devices."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright, expect
from tests.browser.visits import Clinic, Visit, film_with_camera, visit
from tests.support.patience import patient
from tests.support.service import Process, running

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CAMERAS = 6
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The second camera films depth, which is never sent; the others film. The processor encodes and draws all pictures,
    # so there are few in a second.
    f"--use-fake-device-for-media-stream=device-count={CAMERAS},fps=5",
    # A name that is not localhost, so that plain http counts as insecure.
    "--host-resolver-rules=MAP clinic.test 127.0.0.1",
    "--use-fake-ui-for-media-stream",
]

Visiting = Callable[..., Awaitable[Visit]]


@pytest.fixture(autouse=True)
def patience() -> None:
    """Let browsers be slow, as several are on two cores; a condition fails before its test is out of time."""
    expect.set_options(timeout=min(patient(30), 60) * 1000)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("calls")
    with running("dev", "--https-port", 0, "--http-port", 0, "--host-name", "clinic.test", folder=folder) as process:
        assert process.ready["media"], "the service found no livekit-server"
        yield process


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A service with simulated calls, so that people come and go without browsers."""
    free = ("--https-port", 0, "--http-port", 0, "--livekit", "simulated")
    with running("dev", *free, folder=tmp_path_factory.mktemp("simulated")) as process:
        yield process


@pytest.fixture(scope="session")
def clinic(service: Process) -> Iterator[Clinic]:
    clinic = Clinic(service)
    yield clinic
    clinic.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visiting(browser: Browser) -> AsyncIterator[Visiting]:
    """Open each link in its own browser; at the end, check for errors and requests to other hosts."""
    visits: list[Visit] = []
    contexts: list[BrowserContext] = []

    async def open_link(link: str, script: str = "", *, holds_clock: bool = False, **device: Any) -> Visit:
        contexts.append(await browser.new_context(**device))
        if 2 < len(contexts) <= CAMERAS:
            await film_with_camera(contexts[-1], len(contexts) - 1)
        if holds_clock:
            await contexts[-1].clock.install()
        if script:
            await contexts[-1].add_init_script(script)
        visits.append(await visit(contexts[-1], link))
        return visits[-1]

    yield open_link
    assert [page.complaints for page in visits] == [[]] * len(visits)
    assert [page.foreign_requests() for page in visits] == [[]] * len(visits)
    for context in contexts:
        await context.close()
