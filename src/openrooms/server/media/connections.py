"""HTTP over connections that are kept: asking LiveKit a thousand things at once is half of what enforcing costs.

The client library puts requests together and takes answers apart; here is who waits for whom.
"""

import asyncio
import ssl
from contextlib import suppress
from typing import cast
from urllib.parse import urlsplit

from openrooms.client._http1 import Answer, BrokenAnswer

MOST_CONNECTIONS = 64
_IDLE_SECONDS = 55.0
_PORTS = {"http": 80, "https": 443}


class Connections:
    """Connections to the server at a URL, at most `MOST_CONNECTIONS`; more questions wait for their turn."""

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

    async def ask(self, method: str, path: str, fields: str, body: bytes, seconds: float) -> tuple[int, bytes]:
        """Return the answer's status and body; raise `OSError`, also if it is not there after so many seconds.

        `fields` are further lines of the request's head, each with its end. Where a kept connection turns out to be
        closed the request is sent again, so it must be one that is safe to repeat.
        """
        line = f"{method} {self._prefix}{path} HTTP/1.1\r\n"
        request = f"{line}{self._host}{fields}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body
        until = asyncio.get_running_loop().time() + seconds
        await self._enter(until)
        try:
            kept = self._take()
            if kept is not None:
                with suppress(ConnectionError):
                    return await self._exchange(kept, request, until)
                # What was done to this one was likely done to all.
                self._drop()
            return await self._exchange(await self._connect(until), request, until)
        finally:
            self._places.release()

    def close(self) -> None:
        """Close what is idle now, and what is in use after its answer."""
        self._closed = True
        self._drop()

    async def _enter(self, until: float) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        async with asyncio.timeout_at(until):
            await self._places.acquire()

    async def _exchange(self, connection: "_Connection", request: bytes, until: float) -> tuple[int, bytes]:
        try:
            answer = await connection.exchange(request, until)
            reply = answer.status, answer.content()
        except BrokenAnswer as error:
            connection.close()
            raise ConnectionError(str(error)) from error
        except BaseException:
            connection.close()
            raise
        if answer.may_reuse and not self._closed:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.close()
        return reply

    async def _connect(self, until: float) -> "_Connection":
        loop = asyncio.get_running_loop()
        async with asyncio.timeout_at(until):
            _, connection = await loop.create_connection(_Connection, *self._address, ssl=self._tls)
        return connection

    def _take(self) -> "_Connection | None":
        oldest = asyncio.get_running_loop().time() - _IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    def _drop(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _Connection(asyncio.Protocol):
    """One open connection."""

    def __init__(self) -> None:
        self.is_open = False
        self.idle_since = 0.0
        self._transport: asyncio.Transport
        self._answer: Answer | None = None
        self._waiter: asyncio.Future[Answer] | None = None

    async def exchange(self, request: bytes, until: float) -> Answer:
        """Send, and return the answer; raise `OSError` or `BrokenAnswer`. If cancelled, the connection is of no use."""
        if not self.is_open:
            raise BrokenAnswer("the connection was closed without an answer")
        loop = asyncio.get_running_loop()
        self._answer = Answer()
        self._waiter = loop.create_future()
        # Of what an exchange costs, `asyncio.timeout` would be a quarter.
        limit = loop.call_at(until, self._end, TimeoutError("LiveKit did not answer in time"))
        self._transport.write(request)
        try:
            return await self._waiter
        finally:
            limit.cancel()

    def close(self) -> None:
        """Close at once."""
        self.is_open = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            # Nobody asked; whose answer would come next?
            self.close()
            return
        try:
            if self._answer.feed(data):
                self._end(self._answer)
        except BrokenAnswer as error:
            self._end(error)

    def eof_received(self) -> None:
        # The transport closes itself now and says so later.
        self.is_open = False

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._answer is None:
            return
        try:
            if exc is None:
                self._answer.end()
            self._end(exc or self._answer)
        except BrokenAnswer as error:
            self._end(error)

    def _end(self, outcome: Answer | Exception) -> None:
        waiter, self._answer, self._waiter = self._waiter, None, None
        if waiter is None or waiter.done():
            return
        if isinstance(outcome, Answer):
            waiter.set_result(outcome)
        else:
            waiter.set_exception(outcome)
