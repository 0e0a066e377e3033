"""A pool of HTTP/1.1 connections to LiveKit that pipelines requests.

A thousand requests to LiveKit at once are most of the cost of enforcement. Sending a request by itself costs more than
reading its answer, so many requests are written to one connection together. The parser is llhttp, from httptools.
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
    """Connections to the server at a URL, at most `MOST_CONNECTIONS`; further requests wait.

    A request may be sent twice if a connection turns out to be closed, so every request must be safe to repeat.
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
        """Return the bytes of a request; `fields` are additional header lines, each with its line end."""
        line = f"{method} {self._prefix}{path} HTTP/1.1\r\n"
        return f"{line}{self._host}{fields}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body

    async def send(self, request: bytes, seconds: float) -> Reply:
        """Return the answer; raise `OSError`, even if there is no answer within `seconds`."""
        [outcome] = await self.send_all([request], seconds)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    async def send_all(self, requests: Sequence[bytes], seconds: float) -> list[Reply | OSError]:
        """Return the answers in the order of the requests, with an error instead of each missing answer."""
        if not requests:
            return []
        replies: list[Reply] = []
        try:
            # Only a task can time out, and an operation is not in one until it first waits.
            await asyncio.create_task(self._exchange(requests, replies, seconds))
        except OSError as error:
            if len(requests) == 1:
                return [error]
        # Requests behind one without an answer were not answered either, so each is sent again on its own connection.
        unanswered = [self.send_all([request], seconds) for request in requests[len(replies) :]]
        return [*replies, *[outcome for [outcome] in await asyncio.gather(*unanswered)]]

    def close(self) -> None:
        """Close idle connections now, and the others after their answers."""
        self._closed = True
        self._close_idle()

    async def _exchange(self, requests: Sequence[bytes], replies: list[Reply], seconds: float) -> None:
        until = asyncio.get_running_loop().time() + seconds
        await self._enter(until)
        try:
            idle = self._take_idle()
            if idle is not None:
                try:
                    await self._use(idle, requests, replies, until)
                except ConnectionError:
                    # The server has probably closed the other idle connections too.
                    self._close_idle()
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

    def _take_idle(self) -> "_Connection | None":
        oldest = asyncio.get_running_loop().time() - _IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.may_reuse and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    def _close_idle(self) -> None:
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
        self._expected = 0
        self._waiter: asyncio.Future[None] | None = None

    async def exchange(self, requests: Sequence[bytes], replies: list[Reply], until: float) -> None:
        """Send requests and append the answers as they come; raise `OSError`, and then the caller must close."""
        if self._transport.is_closing():
            raise ConnectionResetError("the connection was closed without an answer")
        loop = asyncio.get_running_loop()
        self._replies, self._expected, self._received = replies, len(requests), 0
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
            # Data without a request would be taken for the answer to the next one.
            self.close()
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._end(ConnectionError(f"the answer is not HTTP: {error}"))
        if self._received > _MOST_BYTES:
            self._end(ConnectionError(f"the answer is more than {_MOST_BYTES} bytes"))

    def eof_received(self) -> None:
        # The transport closes itself now and calls connection_lost later.
        self.may_reuse = False

    def connection_lost(self, exc: Exception | None) -> None:
        self.may_reuse = False
        self._end(exc if isinstance(exc, OSError) else ConnectionResetError("the connection was closed"))

    # Callbacks of httptools.

    def on_message_begin(self) -> None:
        self.may_reuse = False
        self._body = []

    def on_body(self, data: bytes) -> None:
        self._body.append(data)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status in _INFORMATIONAL or len(self._replies) == self._expected:
            return
        self._replies.append((status, b"".join(self._body)))
        if len(self._replies) == self._expected:
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
