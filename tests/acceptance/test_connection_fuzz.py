"""Random connections of unknown clients: requests of every form, cut, flipped, pipelined, slow, half closed, unread.

Beside them honest clients work on connections that they keep, and each of their answers is checked. `--fuzz-seconds`
says how long; a failure prints the seed of the script that failed.
"""

import asyncio
import contextlib
import logging
import random
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import httptools
import msgspec
import pytest
from tests.support.line import has_no_errors
from tests.support.rest import signed
from tests.support.service import IMPATIENT, Process, dev

from openrooms.wire.signing import AccessKey

SECONDS = 2.0
"""The timeout of the server in each state."""
PATIENCE = 6 * SECONDS
"""A connection may go through several states, and the machine may be busy."""
STRANGERS, HONEST = 24, 4
WARM_UP = 0.5
HEALTH = b"GET /openrooms/health HTTP/1.1\r\nhost: localhost\r\n\r\n"

_log = logging.getLogger(__name__)


class Script:
    """The bytes of one client, generated from a seed."""

    METHODS = ("GET", "POST", "PATCH", "PUT", "OPTIONS", "DELETE", "CONNECT", "PRI", "get", "")
    TARGETS = (
        "/rooms",
        "/rooms/99400000000000001",
        "/openrooms/health",
        "/console",
        "/assets/x",
        "/livekit/rtc",
        "*",
        "//",
    )
    ODD_TARGETS = (
        "http://localhost/rooms",
        "rooms",
        "/%00",
        "/\x7f",
        "/" + "a" * 9000,
        "/rooms?" + "a&" * 500,
        "localhost:1",
    )
    VERSIONS = ("HTTP/1.1",) * 12 + ("HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "RTSP/1.0", "HTTP/1.1 ", "")
    FIELDS = (
        "connection: close",
        "connection: keep-alive",
        "connection: upgrade\r\nupgrade: h2c",
        "connection: upgrade\r\nupgrade: websocket",
        "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
        "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
        "expect: 100-continue",
        "authorization: Bearer x",
        "authorization: HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=x",
        "host: localhost",
        "accept: */*",
        "x: " + "y" * 3000,
        "x",
        ": y",
        "x : y",
        " folded",
        "content-length: 3",
        "content-length: -1",
        "transfer-encoding: chunked",
        "transfer-encoding: gzip",
    )

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = chance = random.Random(seed)
        self.is_tls = chance.random() < 0.4
        self.valid = chance.choice((0, 0, 0, 1, 3, 40))
        rest = b"".join(self._message() for _ in range(chance.choice((0, 1, 1, 1, 2, 5))))
        if chance.random() < 0.3:
            rest = self._mutated(rest)
        if chance.random() < 0.1:
            rest *= chance.choice((2, 50, 500))
        self.data = HEALTH * self.valid + rest
        self.delivery = chance.choice(("whole", "whole", "pieces", "slow", "bytes"))
        self.end = chance.choice(("wait", "wait", "half", "reset", "close", "deaf"))

    def _message(self) -> bytes:
        chance = self.random
        usual = chance.random() < 0.8
        line = f"{chance.choice(self.METHODS[:6] if usual else self.METHODS)} "
        line += f"{chance.choice(self.TARGETS if usual else self.ODD_TARGETS)} {chance.choice(self.VERSIONS)}"
        fields = ["host: localhost"] if chance.random() < 0.9 else []
        fields += chance.sample(self.FIELDS[:10] if usual else self.FIELDS, chance.randrange(4))
        body = bytes(chance.randrange(256) for _ in range(chance.choice((0, 0, 3, 300))))
        if chance.random() < 0.3:
            fields.append("transfer-encoding: chunked")
            body = self._chunks(body)
        elif body:
            fields.append(f"content-length: {len(body) + chance.choice((0, 0, 0, -1, 1, 100_000))}")
        blank = b"\r\n" * chance.choice((0, 0, 0, 1, 3))
        return blank + "\r\n".join([line, *fields, "", ""]).encode("latin-1") + body

    def _chunks(self, body: bytes) -> bytes:
        chance = self.random
        extension = chance.choice((b"", b"", b";a=b", b";" + b"e" * 4000))
        size = chance.choice((1, 7, 1000))
        chunks = [body[start : start + size] for start in range(0, len(body), size)]
        text = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
        return text + chance.choice(
            (b"0\r\n\r\n", b"0\r\n\r\n", b"0\r\na: b\r\n\r\n", b"0\r\n" + b"a: b\r\n" * 4000, b"zz\r\n", b"")
        )

    def _mutated(self, data: bytes) -> bytes:
        chance = self.random
        changed = bytearray(data)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(changed) + 1)
            match chance.randrange(4):
                case 0:
                    del changed[at:]
                case 1:
                    changed[at:at] = chance.randbytes(chance.choice((1, 4, 100)))
                case 2:
                    del changed[at : at + chance.randrange(1, 20)]
                case _ if at < len(changed):
                    changed[at] ^= 1 << chance.randrange(8)
        return bytes(changed)

    def pieces(self) -> Iterator[tuple[bytes, float]]:
        """Yield the bytes to send, and the pause after them."""
        data, chance = self.data, self.random
        if self.delivery == "whole":
            yield data, 0
        elif self.delivery == "bytes":
            # Only the first bytes one by one, because that is slow.
            for at in range(min(len(data), 400)):
                yield data[at : at + 1], 0
            yield data[400:], 0
        else:
            at = 0
            while at < len(data):
                size = chance.choice((1, 10, 100, 5000))
                yield data[at : at + size], SECONDS / 4 if self.delivery == "slow" and chance.random() < 0.5 else 0
                at += size


class Answers:
    """Parses the server's answers: all of them except the last must be complete HTTP."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise AssertionError(f"an upgrade: {data[:200]!r}") from None

    def on_headers_complete(self) -> None:
        self.statuses.append(self._parser.get_status_code())


class Fuzz:
    """One run against a service."""

    def __init__(self, service: Process, seconds: float) -> None:
        self.service = service
        self.end = time.monotonic() + seconds
        self.context = ssl.create_default_context(cafile=service.ca)
        self.key = AccessKey(service.connectionString.partition("accesskey=")[2])
        self.scripts = self.requests = 0

    def is_over(self) -> bool:
        return time.monotonic() > self.end

    async def stranger(self, number: int) -> None:
        """Run scripts until the time is over."""
        seeds = random.Random(number)
        while not self.is_over():
            script = Script(seeds.getrandbits(32))
            try:
                await self.play(script)
            except (AssertionError, TimeoutError, httptools.HttpParserError) as error:
                raise AssertionError(f"Script({script.seed}): {script.delivery}, {script.end}, {error!r}") from error
            self.scripts += 1

    async def play(self, script: Script) -> None:
        try:
            reader, writer = await self.connect(script.is_tls)
        except ConnectionError:
            # A handshake has a deadline as well, which a busy machine may miss.
            return
        started = time.monotonic()
        try:
            reading = asyncio.create_task(_nothing() if script.end == "deaf" else _read(reader))
            with contextlib.suppress(OSError):
                async with asyncio.timeout(PATIENCE):
                    await self.send(script, writer)
            is_prompt = time.monotonic() < started + SECONDS / 4
            if script.end in ("reset", "close"):
                reading.cancel()
                return
            answers = await asyncio.wait_for(reading, PATIENCE)
            assert not [status for status in answers if status >= 500], answers
            if script.end == "wait" and is_prompt:
                assert answers[: script.valid] == [200] * script.valid, answers
        finally:
            if script.end == "reset":
                # It may be closed already.
                with contextlib.suppress(OSError, AttributeError):
                    writer.get_extra_info("socket").setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                    )
            await _leave(writer, is_abrupt=script.end != "close")

    async def send(self, script: Script, writer: asyncio.StreamWriter) -> None:
        for piece, pause in script.pieces():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        if script.end == "half" and not script.is_tls:
            writer.write_eof()

    async def honest(self, number: int) -> None:
        """Create and read rooms on one connection after another until the time is over."""
        while not self.is_over():
            with contextlib.suppress(ConnectionError):
                await self.create(number % 2 == 1, rooms=50)

    async def create(self, is_tls: bool = False, rooms: int = 1) -> None:
        """Create and read rooms on one connection."""
        idle_since = time.monotonic()
        reader, writer = await self.connect(is_tls)
        host = self.host(is_tls)
        try:
            for _ in range(rooms):
                created_at = time.monotonic()
                created = await self.ask(reader, writer, host, "POST", "/rooms?api-version=2025-03-13", 201)
                idle_since = created_at
                read_at = time.monotonic()
                await self.ask(reader, writer, host, "GET", f"/rooms/{created['id']}?api-version=2025-03-13", 200)
                idle_since = read_at
                self.requests += 2
        except (asyncio.IncompleteReadError, ConnectionError):
            # On a busy machine this side may be idle for longer than the server waits. The server has been idle only
            # since it received the last answered request, which was sent at this time.
            assert time.monotonic() > idle_since + SECONDS
        finally:
            await _leave(writer, is_abrupt=False)

    async def ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        host: str,
        method: str,
        target: str,
        status: int,
    ) -> dict[str, str]:
        body = b"{}" if method == "POST" else b""
        head = "".join(f"{name}: {value}\r\n" for name, value in signed(method, target, body, host, self.key).items())
        writer.write(
            f"{method} {target} HTTP/1.1\r\nhost: {host}\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body
        )
        async with asyncio.timeout(PATIENCE):
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            content = await reader.readexactly(length)
        assert answer.startswith(b"HTTP/1.1 %d " % status), answer
        return msgspec.json.decode(content)

    def host(self, is_tls: bool) -> str:
        return (self.service.endpoint if is_tls else self.service.http).partition("://")[2].strip("/")

    async def connect(self, is_tls: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, _, port = self.host(is_tls).rpartition(":")
        return await asyncio.open_connection(host, int(port), ssl=self.context if is_tls else None)


async def _leave(writer: asyncio.StreamWriter, *, is_abrupt: bool) -> None:
    if is_abrupt:
        writer.transport.abort()
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> list[int]:
    """Return the statuses of all answers until the server closes."""
    answers = Answers()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(65_536):
            answers.feed(data)
    return answers.statuses


async def _nothing() -> list[int]:
    """Read nothing for as long as the server tolerates it."""
    await asyncio.sleep(3 * SECONDS)
    return []


@pytest.mark.timeout(0)
async def test_random_connections_do_not_disturb_others(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    seconds = float(pytestconfig.getoption("--fuzz-seconds"))
    level = ("--log-level", "warning")
    with dev(tmp_path, *level, program=IMPATIENT, IMPATIENT_SECONDS=str(SECONDS)) as service:
        fuzz = Fuzz(service, seconds)
        await fuzz.create()
        descriptors = service.descriptors
        async with asyncio.TaskGroup() as group:
            for number in range(STRANGERS):
                group.create_task(fuzz.stranger(number))
            for number in range(HONEST):
                group.create_task(fuzz.honest(number))
            await asyncio.sleep(seconds * WARM_UP)
            warm = service.memory
        for _ in range(round(PATIENCE / 0.1)):
            if service.descriptors <= descriptors:
                break
            await asyncio.sleep(0.1)
        _log.info(
            "%d scripts, %d honest requests, memory %d to %d kB",
            fuzz.scripts,
            fuzz.requests,
            warm >> 10,
            service.memory >> 10,
        )
        assert service.descriptors <= descriptors
        assert service.memory < 1.1 * warm
        assert has_no_errors(service), service.output()[-4000:]
        assert fuzz.scripts > seconds
        assert fuzz.requests > seconds
