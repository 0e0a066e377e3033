"""New connections are accepted while others are busy or silent, on the service's event loop."""

import asyncio
import socket

import pytest
import uvloop

from openrooms.server.web.connection import HttpConnection
from openrooms.server.web.server import Capacity, Server

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


async def answers_to_silent_clients() -> list[bytes]:
    """Return what clients receive that connect at once and send nothing, where one connection is the limit."""

    async def application(*_: object) -> None: ...

    with socket.create_server(("127.0.0.1", 0), backlog=CLIENTS) as listener:
        server = Server(application, [listener], capacity=Capacity(limit=1))
        clients = [socket.create_connection(listener.getsockname(), timeout=10) for _ in range(8)]
        serving = asyncio.create_task(server.serve_until_cancelled())
        received = [await asyncio.to_thread(client.recv, 4096) for client in clients[1:]]
        for client in clients:
            client.close()
        server.force_exit = True
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    return received


@pytest.mark.timeout(30)
def test_refusing_silent_clients_blocks_nobody() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        received = runner.run(answers_to_silent_clients())
    assert [answer.partition(b"\r\n")[0] for answer in received] == [b"HTTP/1.1 503 Service Unavailable"] * 7
