"""WebSockets, over an application that sends back what it gets."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest
from tests.support.listening import listening
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode

from openrooms.server.web.messages import Message, Receive, Scope, Send
from openrooms.server.web.websocket import MESSAGE_LIMIT, WebSocket

UPGRADE = (
    b"GET /echo HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


PING = b"\x89\x00"


class Echo:
    """Sends back each message; other paths than `/echo` are refused in the way that they name."""

    def __init__(self) -> None:
        self.received: list[Message] = []
        self.has_ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "websocket.connect"
        match scope["path"]:
            case "/closed":
                await send({"type": "websocket.close"})
                return
            case "/told":
                await send({"type": "websocket.http.response.start", "status": 401, "headers": [(b"x", b"y")]})
                await send({"type": "websocket.http.response.body", "body": b"{why}"})
                return
            case "/failing":
                raise RuntimeError("as applications do")
            case "/slow":
                await asyncio.sleep(60)
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            self.received.append(message)
            if message.get("text") == "close":
                await send({"type": "websocket.close", "code": 4001})
            else:
                await send({**message, "type": "websocket.send"})
        self.received.append(message)
        self.has_ended.set()


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def port(echo: Echo, caplog: pytest.LogCaptureFixture) -> AsyncIterator[int]:
    async with listening(echo) as number:
        yield number
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


@pytest.fixture
async def client(port: int) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://127.0.0.1:{port}/echo", max_size=None) as made:
        yield made


async def closing(client: ClientConnection) -> int | None:
    """Return the code with which the server closes."""
    await client.wait_closed()
    return client.close_code


@pytest.mark.parametrize("message", ["", "text", "\N{GRINNING FACE}", b"", b"bytes", b"x" * MESSAGE_LIMIT])
async def test_messages_go_both_ways(client: ClientConnection, message: str | bytes) -> None:
    await client.send(message)
    assert await client.recv() == message


async def test_a_message_may_come_in_pieces(client: ClientConnection) -> None:
    await client.send(["a", "b", "", "c"])
    assert await client.recv() == "abc"


@pytest.mark.parametrize("pieces", [1, 64])
async def test_a_message_that_is_too_large_ends_it(client: ClientConnection, pieces: int) -> None:
    size = MESSAGE_LIMIT // pieces + 1
    await client.send(b"x" * size if pieces == 1 else [b"x" * size] * pieces)
    assert await closing(client) == 1009


async def test_a_text_that_is_not_utf_8_ends_it(client: ClientConnection, echo: Echo) -> None:
    await client.send(b"\xff", text=True)
    assert await closing(client) == 1007
    assert [message["type"] for message in echo.received] == ["websocket.disconnect"]


async def test_the_application_closes_with_its_code(client: ClientConnection) -> None:
    await client.send("close")
    assert await closing(client) == 4001


async def test_the_application_hears_that_the_client_has_gone(client: ClientConnection, echo: Echo) -> None:
    client.transport.abort()
    async with asyncio.timeout(5):
        await echo.has_ended.wait()
    assert echo.received[0]["type"] == "websocket.disconnect"


@pytest.mark.parametrize(("path", "status"), [("closed", 403), ("told", 401)])
async def test_the_application_may_refuse(port: int, path: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{port}/{path}")
    assert refused.value.response.status_code == status
    assert bool(refused.value.response.body) == (path == "told")


async def test_messages_that_come_with_the_request_are_not_lost(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(UPGRADE + Frame(Opcode.TEXT, b"early").serialize(mask=True))
    async with asyncio.timeout(5):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        assert (await reader.readexactly(7))[2:] == b"early"
    writer.transport.abort()


async def test_messages_wait_with_the_client_while_nobody_takes_them(port: int, echo: Echo) -> None:
    """The client floods and does not read, so that nothing can be sent back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    message = Frame(Opcode.BINARY, b"x" * 60_000).serialize(mask=True)
    flooding = asyncio.create_task(_flood(writer, UPGRADE, *[message] * 2000))
    done, _ = await asyncio.wait([flooding], timeout=1)
    assert not done
    assert len(echo.received) < 1000
    flooding.cancel()
    writer.transport.abort()
    assert await reader.read(1)


async def _flood(writer: asyncio.StreamWriter, *pieces: bytes) -> None:
    for piece in pieces:
        writer.write(piece)
        await writer.drain()


@pytest.mark.parametrize("path", ["echo", "slow"])
async def test_a_client_that_answers_no_ping_is_dropped(port: int, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WebSocket, "open_seconds", 0.2)
    monkeypatch.setattr(WebSocket, "ping_seconds", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(UPGRADE.replace(b"echo", path.encode()))
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionResetError):
            assert (await reader.read(-1)).count(PING) <= 1
    writer.close()


async def test_a_client_that_answers_pings_stays(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WebSocket, "ping_seconds", 0.1)
    async with connect(f"ws://127.0.0.1:{port}/echo", ping_interval=None) as client:
        await asyncio.sleep(0.6)
        await client.send("here")
        assert await client.recv() == "here"


async def test_what_is_no_handshake_is_refused(port: int) -> None:
    for changed in (
        UPGRADE.replace(b"13", b"12"),
        UPGRADE.replace(b"AAAA=", b"="),
        UPGRADE.replace(b"x\r\nconn", b"x\r\nsec-websocket-key: x\r\nconn"),
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(changed)
        async with asyncio.timeout(5):
            assert (await reader.read(-1)).startswith(b"HTTP/1.1 400 ")
        writer.close()
