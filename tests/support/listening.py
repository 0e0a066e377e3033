"""A server in the test's event loop, with short timeouts if wanted."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from openrooms.server.web.connection import HttpConnection
from openrooms.server.web.messages import Application
from openrooms.server.web.server import Server


class Impatient(HttpConnection):
    """A connection with short timeouts, so that tests need not wait long."""

    head_seconds = 0.2
    body_seconds = 0.2
    answer_seconds = 0.2
    keep_alive_seconds = 0.2
    linger_seconds = 0.05


class Brisk(Server):
    """A server that checks deadlines often and drains at once."""

    last_answers_seconds = drain_seconds = 0.0
    tick_seconds = 0.02


@asynccontextmanager
async def listening(application: Application, connection: type[HttpConnection] = HttpConnection) -> AsyncIterator[int]:
    """Serve the application on a free port of loopback; give its number."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Brisk(application, [listener], connection=connection)
    serving = asyncio.create_task(server.serve_until_cancelled())
    await server.accepting.wait()
    try:
        yield listener.getsockname()[1]
    finally:
        serving.cancel()
        await asyncio.wait([serving])
