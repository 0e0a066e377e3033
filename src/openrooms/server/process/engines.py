"""Connects to the media engine of the settings, and starts it where the service runs its own."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from openrooms._startup import CannotStart
from openrooms.server.core.ports import Clock, MediaEngine
from openrooms.server.media.livekit_build import PROGRAM
from openrooms.server.media.livekit_process import (
    INSTALL,
    NotReady,
    Plan,
    find_program,
    kept_secret,
    livekit_process,
)
from openrooms.server.media.simulated import SimulatedMedia
from openrooms.server.process.settings import Settings
from openrooms.wire.operations import RECEIVE_WEBHOOK

if TYPE_CHECKING:
    # Loaded only where calls run: with PostgreSQL's driver it takes a fifth of the memory of a service without both.
    from openrooms.server.media.livekit import LiveKit


@contextlib.asynccontextmanager
async def media_engine(
    settings: Settings, http_port: int | None, clock: Clock
) -> AsyncIterator[tuple[MediaEngine | None, str]]:
    """Yield the media engine, started if necessary, and its address; or `None` and the reason.

    An engine that we start sends its webhooks to `http_port`; a simulated one uses `clock`.
    """
    livekit = settings.livekit
    if livekit.where == "off":
        yield None, "off"
    elif livekit.where == "simulated":
        yield SimulatedMedia(clock), "simulated, without audio and video"
    elif livekit.is_url:
        if not livekit.api_key or not livekit.api_secret:
            raise CannotStart(
                f"there is no API key for {livekit.where}: `openrooms serve` takes one, dev runs its own LiveKit"
            )
        async with _connected(livekit.where, livekit.api_key, livekit.api_secret) as engine:
            yield engine, f"LiveKit at {livekit.where}"
    elif program := find_program() if livekit.where == "auto" else Path(livekit.where):
        async with _started(settings, program, http_port) as engine:
            yield engine, f"LiveKit, {program}"
    else:
        yield SimulatedMedia(clock), f"simulated, because there is no {PROGRAM}: for audio and video, {INSTALL}"


@contextlib.asynccontextmanager
async def _connected(url: str, key: str, secret: str) -> AsyncIterator["LiveKit"]:
    from openrooms.server.media.livekit import LiveKit

    engine = LiveKit(url, key, secret)
    try:
        yield engine
    finally:
        await engine.close()


@contextlib.asynccontextmanager
async def _started(settings: Settings, program: Path, http_port: int | None) -> AsyncIterator["LiveKit"]:
    async with contextlib.AsyncExitStack() as stack:
        try:
            running = await stack.enter_async_context(livekit_process(_plan(settings, program, http_port)))
        except (NotReady, OSError) as error:
            raise CannotStart(f"{program} does not start: {error}; give --livekit off to run without calls") from error
        yield await stack.enter_async_context(_connected(running.url, running.key, running.secret))


def _plan(settings: Settings, program: Path, http_port: int | None) -> Plan:
    return Plan(
        program,
        kept_secret(settings.data) if settings.data else secrets.token_urlsafe(36),
        settings.call_limit,
        host=settings.host,
        webhook=f"http://127.0.0.1:{http_port}{RECEIVE_WEBHOOK.path}" if http_port else None,
    )
