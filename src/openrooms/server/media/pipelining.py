"""HTTP/1.1 over connections that are kept: asking LiveKit a thousand things at once is most of what enforcing costs.

Many questions go down one connection, one behind the other, since to send each by itself costs more than to read its
answer. The parser is llhttp, by httptools.
"""

import asyncio
import ssl
from collections.abc import Sequence
from typing import cast
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MOST_CONNECTIONS = 64
_MOST_BYTES = 64 * 1024 * 1024
_IDLE_SECONDS = 55.0
_PORTS = {"http": 80, "https": 443}
_INFORMATIONAL = range(100, 200)

Reply = tuple[int, bytes]
"""An answer's status and body."""


class ConnectionPool:
    """Connections to the server at a URL, at most `MOST_CONNECTIONS`; more questions wait for their turn.

    All that is asked may be asked twice, where a connection turns out to be closed, so it must be safe to repeat.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        scheme = parts.scheme.replace("ws", "http")
        self._address = parts.hostname or "", parts.port or _PORTS[scheme]
        self._tls = ssl.create_default_context() if scheme == "https" else None
        self._prefix = parts.path.rstrip("/")
        self._host = f"Host: {parts.netloc.rpartition('@')[2]}\r\n"
        self._idle: list[_Connection] = []
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)
        self._closed = False

    def build_request(self, method: str, path: str, fields: str = "", body: bytes = b"") -> bytes:
        """Return what is sent; `fields` are further lines of its head, each with its end."""
        line = f"{method} {self._prefix}{path} HTTP/1.1\r\n"
        return f"{line}{self._host}{fields}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body

    async def send(self, request: bytes, seconds: float) -> Reply:
        """Return the answer; raise `OSError`, also if it is not there after so many seconds."""
        [outcome] = await self.send_all([request], seconds)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    async def send_all(self, requests: Sequence[bytes], seconds: float) -> list[Reply | OSError]:
        """Return the answers in the order of the requests, with an error in the place of each that has none."""
        if not requests:
            return []
        replies: list[Reply] = []
        try:
            await self._exchange(requests, replies, seconds)
        except OSError as error:
            if len(requests) == 1:
                return [error]
        # Whoever stood behind one without an answer is asked again, beside it.
        left = [self.send_all([request], seconds) for request in requests[len(replies) :]]
        return [*replies, *[outcome for [outcome] in await asyncio.gather(*left)]]

    def close(self) -> None:
        """Close what is idle now, and what is in use after its answers."""
        self._closed = True
        self._drop()

    async def _exchange(self, requests: Sequence[bytes], replies: list[Reply], seconds: float) -> None:
        until = asyncio.get_running_loop().time() + seconds
        await self._enter(until)
        try:
            kept = self._take()
            if kept is not None:
                try:
                    await self._use(kept, requests, replies, until)
                except ConnectionError:
                    # What was done to this one was likely done to all.
                    self._drop()
                    if replies:
                        raise
                else:
                    return
            await self._use(await self._connect(until), requests, replies, until)
        finally:
            self._places.release()

    async def _enter(self, until: float) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        async with asyncio.timeout_at(until):
            await self._places.acquire()

    async def _use(
        self, connection: "_Connection", requests: Sequence[bytes], replies: list[Reply], until: float
    ) -> None:
        try:
            await connection.exchange(requests, replies, until)
        except BaseException:
            connection.close()
            raise
        if connection.may_reuse and not self._closed:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.close()

    async def _connect(self, until: float) -> "_Connection":
        loop = asyncio.get_running_loop()
        async with asyncio.timeout_at(until):
            _, connection = await loop.create_connection(_Connection, *self._address, ssl=self._tls)
        return connection

    def _take(self) -> "_Connection | None":
        oldest = asyncio.get_running_loop().time() - _IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.may_reuse and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    def _drop(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _Connection(asyncio.Protocol):
    """One open connection."""

    def __init__(self) -> None:
        self.may_reuse = False
        self.idle_since = 0.0
        self._transport: asyncio.Transport
        self._parser = HttpResponseParser(self)
        self._body: list[bytes] = []
        self._received = 0
        self._replies: list[Reply] = []
        self._wanted = 0
        self._waiter: asyncio.Future[None] | None = None

    async def exchange(self, requests: Sequence[bytes], replies: list[Reply], until: float) -> None:
        """Send, and append the answers as they come; raise `OSError`. If that fails, the connection is of no use."""
        if self._transport.is_closing():
            raise ConnectionResetError("the connection was closed without an answer")
        loop = asyncio.get_running_loop()
        self._replies, self._wanted, self._received = replies, len(requests), 0
        self._waiter = waiter = loop.create_future()
        limit = loop.call_at(until, self._end, TimeoutError("there was no answer in time"))
        self._transport.write(b"".join(requests))
        try:
            await waiter
        finally:
            self._waiter = None
            limit.cancel()

    def close(self) -> None:
        """Close at once."""
        self.may_reuse = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:
            # Nobody asked; whose answer would come next?
            self.close()
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._end(ConnectionError(f"what came back is no HTTP answer: {error}"))
        if self._received > _MOST_BYTES:
            self._end(ConnectionError(f"the answer is more than {_MOST_BYTES} bytes"))

    def eof_received(self) -> None:
        # The transport closes itself now and says so later.
        self.may_reuse = False

    def connection_lost(self, exc: Exception | None) -> None:
        self.may_reuse = False
        self._end(exc if isinstance(exc, OSError) else ConnectionResetError("the connection was closed"))

    # What httptools calls.

    def on_message_begin(self) -> None:
        self.may_reuse = False
        self._body = []

    def on_body(self, data: bytes) -> None:
        self._body.append(data)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status in _INFORMATIONAL or len(self._replies) == self._wanted:
            return
        self._replies.append((status, b"".join(self._body)))
        if len(self._replies) == self._wanted:
            self.may_reuse = self._parser.should_keep_alive()
            self._end(None)

    def _end(self, error: OSError | None) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)
