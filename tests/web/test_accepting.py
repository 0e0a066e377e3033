"""New connections are accepted while others are busy, on the service's event loop."""

import asyncio
import socket

import uvloop

from openrooms.server.web.connection import HttpConnection
from openrooms.server.web.server import Server

CLIENTS = 64


async def turns_until_all_are_accepted() -> int:
    """Return the number of loop turns between accepting the first and the last of many simultaneous connections."""
    loop = asyncio.get_running_loop()
    turn, seen = 0, []

    def count() -> None:
        nonlocal turn
        turn += 1
        loop.call_soon(count)

    class Noted(HttpConnection):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            seen.append(turn)

    async def application(*_: object) -> None: ...

    with socket.create_server(("127.0.0.1", 0), backlog=CLIENTS) as listener:
        server = Server(application, [listener], connection=Noted)
        clients = [socket.create_connection(listener.getsockname()) for _ in range(CLIENTS)]
        count()
        serving = asyncio.create_task(server.serve_until_cancelled())
        async with asyncio.timeout(20):
            while len(seen) < CLIENTS:  # noqa: ASYNC110 - the test counts turns
                await asyncio.sleep(0)
        for client in clients:
            client.close()
        server.force_exit = True
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    return seen[-1] - seen[0]


def test_many_clients_are_accepted_in_few_loop_turns() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(turns_until_all_are_accepted()) <= 8
