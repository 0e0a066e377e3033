"""Requests to LiveKit over kept connections, with limits, and with any kind of answer."""

import asyncio
import datetime as dt
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from tests.calls.stage import LIVEKIT_KEY, LIVEKIT_SECRET, eventually
from tests.support.patience import patient
from tests.support.ports import free_port

from openrooms.domain.calls import CallId
from openrooms.domain.errors import MediaUnavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import RoomId
from openrooms.server.media.livekit import LiveKit
from openrooms.server.media.pipelining import MOST_CONNECTIONS, ConnectionPool
from openrooms.server.process.tls import Authority, Certificate

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CALL = CallId(ResourceId("6f0f4f4e-0000-4000-8000-000000000003"), RoomId("99400000000000003"))


class Server:
    """Answers each request with `answer`, and a request with the body `ignored` not at all."""

    def __init__(self) -> None:
        self.answer = OK
        self.closes = False
        self.silent = False
        self.ignored = b""
        self.opened = 0
        self.requests: list[bytes] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self._open.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                self.requests.append(head + body)
                if self.silent:
                    continue
                if self.ignored and body == self.ignored:
                    # Like a server that still works on the request, so that the following requests wait.
                    await asyncio.Event().wait()
                writer.write(self.answer.replace(b"ok", body[:2] or b"ok"))
                if self.closes:
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def hang_up(self) -> None:
        for writer in self._open:
            writer.close()

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks)


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Server, int]]:
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server, listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await server.end()


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Server, Callable[..., Awaitable[tuple[int, bytes]]]]]:
    async with serving() as (server, port):
        pool = ConnectionPool(f"ws://127.0.0.1:{port}/base/")

        async def ask(seconds: float = 5.0) -> tuple[int, bytes]:
            return await pool.send(pool.build_request("POST", "/x", "X-A: b\r\n", b"body"), seconds)

        yield server, ask
        pool.close()


async def test_a_connection_is_kept_for_more_requests():
    async with connected() as (server, ask):
        for _ in range(3):
            assert await ask() == (200, b"bo")
        assert server.opened == 1
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert body == b"body"
        line, *fields = head.split(b"\r\n")
        assert line == b"POST /base/x HTTP/1.1"
        assert b"X-A: b" in fields
        assert any(field.startswith(b"Host: 127.0.0.1:") for field in fields)


@pytest.mark.parametrize("is_seen", [True, False], ids=["closed before the request", "closed during the request"])
async def test_a_closed_idle_connection_loses_no_request(is_seen):
    async with connected() as (server, ask):
        await asyncio.gather(ask(), ask())
        assert server.opened == 2
        server.hang_up()
        if is_seen:
            await asyncio.sleep(0.05)
        assert await ask() == (200, b"bo")
        assert server.opened == 3


async def test_a_closed_new_connection_is_not_retried():
    async with connected() as (server, ask):
        server.answer, server.closes = b"", True
        with pytest.raises(ConnectionError):
            await ask()
        assert server.opened == 1


async def test_connection_close_is_respected():
    async with connected() as (server, ask):
        server.answer = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        server.closes = True
        assert await ask() == (200, b"bo")
        assert await ask() == (200, b"bo")
        assert server.opened == 2


async def test_informational_and_chunked_answers():
    async with connected() as (server, ask):
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
        server.answer = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + chunked
        assert await ask() == (200, b"abc")
        assert await ask() == (200, b"abc")
        assert server.opened == 1


async def test_an_unexpected_answer_is_discarded():
    async with connected() as (server, ask):
        server.answer = OK + OK
        assert await ask() == (200, b"bo")
        server.answer = OK
        assert await ask() == (200, b"bo")
        assert server.opened == 2


def numbered(pool: ConnectionPool, count: int) -> list[bytes]:
    return [pool.build_request("POST", "/x", "", f"{number:02}".encode()) for number in range(count)]


async def test_many_requests_share_a_connection_in_order():
    async with serving() as (server, port):
        pool = ConnectionPool(f"http://127.0.0.1:{port}")
        for _ in range(2):
            outcomes = await pool.send_all(numbered(pool, 20), 5.0)
            assert outcomes == [(200, f"{number:02}".encode()) for number in range(20)]
        assert server.opened == 1
        assert await pool.send_all([], 5.0) == []
        pool.close()


async def test_a_server_that_closes_after_each_answer():
    async with serving() as (server, port):
        pool = ConnectionPool(f"http://127.0.0.1:{port}")
        server.closes = True
        outcomes = await pool.send_all(numbered(pool, 5), 5.0)
        assert outcomes == [(200, f"{number:02}".encode()) for number in range(5)]
        pool.close()


async def test_an_unanswered_request_delays_others_briefly():
    async with serving() as (server, port):
        pool = ConnectionPool(f"http://127.0.0.1:{port}")
        server.ignored = b"02"
        began = time.monotonic()
        outcomes = await pool.send_all(numbered(pool, 5), 0.2)
        assert time.monotonic() - began < patient(1)
        assert isinstance(outcomes.pop(2), TimeoutError)
        assert outcomes == [(200, b"00"), (200, b"01"), (200, b"03"), (200, b"04")]
        pool.close()


async def test_an_answer_without_a_length_is_refused():
    async with connected() as (server, ask):
        server.answer, server.closes = b"HTTP/1.1 200 OK\r\n\r\nuntil it is closed", True
        with pytest.raises(ConnectionError):
            await ask()


async def test_a_late_answer_is_discarded():
    """A request without an answer in time fails, and is not sent again."""
    async with connected() as (server, ask):
        await ask()
        server.silent = True
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await ask(0.1)
        assert time.monotonic() - began < patient(1)
        assert len(server.requests) == 2, "sent once, because the server may still work on it"
        server.silent = False
        assert await ask() == (200, b"bo")
        assert server.opened == 2


async def test_more_requests_wait_with_a_limit():
    async with connected() as (server, ask):
        server.silent = True
        requests = [asyncio.create_task(ask(0.5)) for _ in range(MOST_CONNECTIONS)]
        await eventually(lambda: len(server.requests) == MOST_CONNECTIONS)
        with pytest.raises(TimeoutError):
            await ask(0.05)
        assert server.opened == MOST_CONNECTIONS
        server.silent = False
        assert await ask(5.0) == (200, b"bo")
        assert all(isinstance(end, TimeoutError) for end in await asyncio.gather(*requests, return_exceptions=True))


async def test_a_cancelled_request_leaves_no_answer():
    async with connected() as (server, ask):
        server.silent = True
        request = asyncio.create_task(ask())
        await eventually(lambda: len(server.requests) == 1)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
        server.silent = False
        assert await ask() == (200, b"bo")
        assert server.opened == 2


async def test_tls_verifies_the_server(tmp_path, monkeypatch):
    authority = Authority(tmp_path)
    files = authority.issue(dt.datetime.now(dt.UTC))
    async with serving(Certificate(files, files).context) as (_, port):
        stranger = ConnectionPool(f"wss://localhost:{port}")
        with pytest.raises(ssl.SSLCertVerificationError):
            await stranger.send(stranger.build_request("GET", "/"), 5.0)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
        trusting = ConnectionPool(f"wss://localhost:{port}")
        assert await trusting.send(trusting.build_request("GET", "/"), 5.0) == (200, b"ok")
        trusting.close()


def answer(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status.encode(), len(body), body)


@pytest.mark.parametrize(
    "reply",
    [
        answer("200 OK", b"<html>hello</html>"),
        answer("404 Not Found", b"<html>no such page</html>"),
        answer("404 Not Found", b'{"code":"bad_route","msg":"no handler"}'),
        answer("401 Unauthorized", b'{"code":"unauthenticated","msg":"no permissions to access the room"}'),
        answer("500 Internal Server Error", b""),
        answer("503 Service Unavailable", b'[{"code":7}]'),
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    ],
    ids=["a page", "no page", "no such method", "not our key", "an error", "strange JSON", "not HTTP", "broken HTTP"],
)
async def test_unusable_answers_of_livekit_mean_unavailable(reply):
    async with serving() as (server, port):
        engine = LiveKit(f"http://127.0.0.1:{port}", LIVEKIT_KEY, LIVEKIT_SECRET)
        server.answer = reply
        for request in (engine.check(), engine.list_calls(), engine.list_presences(CALL), engine.close_call(CALL)):
            with pytest.raises(MediaUnavailable):
                await request
        await engine.close()


async def test_missing_calls_and_participants_are_no_error():
    async with serving() as (server, port):
        engine = LiveKit(f"http://127.0.0.1:{port}", LIVEKIT_KEY, LIVEKIT_SECRET)
        server.answer = answer("404 Not Found", b'{"code":"not_found","msg":"participant does not exist"}')
        assert await engine.list_presences(CALL) == []
        await engine.close_call(CALL)
        await engine.disconnect(CALL, "x")
        await engine.take_down(CALL, "x", ParticipantRole.ATTENDEE)
        await engine.close()


async def test_a_closed_port_fails_at_once():
    engine = LiveKit(f"http://127.0.0.1:{free_port()}", LIVEKIT_KEY, LIVEKIT_SECRET)
    with pytest.raises(MediaUnavailable):
        await engine.check()
