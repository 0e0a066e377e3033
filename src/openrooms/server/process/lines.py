"""Starts the telephone line of the settings."""

import contextlib
from collections.abc import AsyncIterator

from openrooms._startup import CannotStart
from openrooms.server.core.ports import MediaEngine, TelephoneLine
from openrooms.server.phone.line import NotReady, telephone_line
from openrooms.server.process.settings import Telephones


@contextlib.asynccontextmanager
async def open_line(telephones: Telephones, engine: MediaEngine | None) -> AsyncIterator[TelephoneLine | None]:
    """Yield the line into the engine's calls, or `None` if there is no trunk; at the end, hang up every telephone."""
    if telephones.are_on and (engine is None or engine.signalling_url is None):
        raise CannotStart(
            "a telephone takes a real call: install livekit-server (or give --livekit), or --sip-trunk off"
        )
    async with contextlib.AsyncExitStack() as stack:
        trunk = telephones.trunk
        if telephones.is_demo:
            # A production service never loads it.
            from openrooms.server.phone.demo import demo_telephone

            trunk = await stack.enter_async_context(demo_telephone())
        if trunk is None:
            yield None
            return
        try:
            line = await stack.enter_async_context(telephone_line(trunk))
        except (NotReady, OSError) as error:
            raise CannotStart(f"the telephone line does not start: {error}; give --sip-trunk off without it") from error
        yield line
