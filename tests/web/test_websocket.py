"""WebSockets, with an application that echoes messages."""

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
    """Echoes each message at `/echo`; other paths name the way in which the application refuses."""

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
    """Return the code of the server's close frame."""
    await client.wait_closed()
    return client.close_code


@pytest.mark.parametrize("message", ["", "text", "\N{GRINNING FACE}", b"", b"bytes", b"x" * MESSAGE_LIMIT])
async def test_messages_in_both_directions(client: ClientConnection, message: str | bytes) -> None:
    await client.send(message)
    assert await client.recv() == message


async def test_fragmented_message(client: ClientConnection) -> None:
    await client.send(["a", "b", "", "c"])
    assert await client.recv() == "abc"


@pytest.mark.parametrize("pieces", [1, 64])
async def test_too_large_message_closes_the_connection(client: ClientConnection, pieces: int) -> None:
    size = MESSAGE_LIMIT // pieces + 1
    await client.send(b"x" * size if pieces == 1 else [b"x" * size] * pieces)
    assert await closing(client) == 1009


async def test_invalid_utf_8_closes_the_connection(client: ClientConnection, echo: Echo) -> None:
    await client.send(b"\xff", text=True)
    assert await closing(client) == 1007
    assert [message["type"] for message in echo.received] == ["websocket.disconnect"]


async def test_application_closes_with_a_code(client: ClientConnection) -> None:
    await client.send("close")
    assert await closing(client) == 4001


async def test_application_is_told_that_the_client_is_gone(client: ClientConnection, echo: Echo) -> None:
    client.transport.abort()
    async with asyncio.timeout(5):
        await echo.has_ended.wait()
    assert echo.received[0]["type"] == "websocket.disconnect"


@pytest.mark.parametrize(("path", "status"), [("closed", 403), ("told", 401)])
async def test_application_refuses_the_connection(port: int, path: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{port}/{path}")
    assert refused.value.response.status_code == status
    assert bool(refused.value.response.body) == (path == "told")


async def test_messages_sent_with_the_request_are_kept(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(UPGRADE + Frame(Opcode.TEXT, b"early").serialize(mask=True))
    async with asyncio.timeout(5):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        assert (await reader.readexactly(7))[2:] == b"early"
    writer.transport.abort()


async def test_unread_messages_pause_the_client(port: int, echo: Echo) -> None:
    """The client floods the server and does not read, so the server cannot send anything back."""
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
async def test_client_without_pong_is_dropped(port: int, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WebSocket, "open_seconds", 0.2)
    monkeypatch.setattr(WebSocket, "ping_seconds", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(UPGRADE.replace(b"echo", path.encode()))
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionResetError):
            assert (await reader.read(-1)).count(PING) <= 1
    writer.close()


async def test_client_with_pongs_stays_connected(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WebSocket, "ping_seconds", 0.1)
    async with connect(f"ws://127.0.0.1:{port}/echo", ping_interval=None) as client:
        await asyncio.sleep(0.6)
        await client.send("here")
        assert await client.recv() == "here"


async def test_invalid_handshake_is_refused(port: int) -> None:
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
