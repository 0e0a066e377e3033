"""asyncio connections that stay open between requests; each event loop has its own pool."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any, cast

from azure.core.exceptions import ServiceRequestTimeoutError
from azure.core.rest import HttpRequest

from openrooms.client import _network as network
from openrooms.client._answers import AsyncReadResponse
from openrooms.client._http1 import BrokenAnswer
from openrooms.client._network import Attempt, Network, Route
from openrooms.client._parser import Answer

# After this time the next address of a name is tried in parallel (RFC 8305, Happy Eyeballs).
_NEXT_ADDRESS_SECONDS = 0.25


class _Connection(asyncio.Protocol):
    """One open connection."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self.is_open = False
        self._transport: asyncio.Transport
        self._answer: Answer | None = None
        self._waiter: asyncio.Future[Answer] | None = None

    def is_usable(self, now: float) -> bool:
        """Return whether the connection still seems to be open."""
        if not self.is_open or now - self.idle_since >= network.IDLE_SECONDS:
            return False
        # The event loop may not have processed received data or a close yet.
        return not network.is_readable(self._transport.get_extra_info("socket"))

    async def exchange(self, data: bytes, *, head_only: bool = False) -> Answer:
        """Send and return the answer; raise `OSError` or `BrokenAnswer`. After a cancellation, close the connection."""
        if not self.is_open:
            raise BrokenAnswer("the connection was closed without an answer")
        self._answer = Answer(head_only=head_only)
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return await self._waiter

    async def start_tls(self, context: Any, host: str) -> None:
        """Upgrade the connection to TLS; raise `OSError` if the handshake fails."""
        loop = asyncio.get_running_loop()
        secured = await loop.start_tls(self._transport, self, context, server_hostname=host)
        if secured is None:
            raise ConnectionResetError("the connection was closed during the TLS handshake")
        self._transport = secured

    def close(self) -> None:
        """Close at once."""
        self.is_open = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            # No request is under way. The next answer could be taken for that of another request.
            self.close()
            return
        try:
            if self._answer.feed(data):
                self._end(self._answer)
        except BrokenAnswer as error:
            self._end(error)

    def eof_received(self) -> None:
        # The transport now closes itself and calls `connection_lost` later.
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


_Idle = dict[Route, deque[_Connection]]


class _Pool:
    """The connections of one event loop: the idle ones of each route, and a limit on all of them."""

    def __init__(self) -> None:
        self._permits = asyncio.Semaphore(network.IDLE_CONNECTIONS)
        self._idle: _Idle = {}
        self._closing = _closing(self._idle)

    async def open(self) -> None:
        """Let the event loop close the idle connections when it ends or when the pool is garbage-collected."""
        await anext(self._closing)

    async def enter(self, limit: float) -> None:
        """Wait for a permit to use a connection; raise `ServiceRequestTimeoutError` after `limit` seconds."""
        if not self._permits.locked():
            await self._permits.acquire()
            return
        try:
            async with asyncio.timeout(limit):
                await self._permits.acquire()
        except TimeoutError as error:
            raise ServiceRequestTimeoutError(
                f"all {network.IDLE_CONNECTIONS} connections of the client were busy for {limit:g} s", error=error
            ) from error

    def leave(self) -> None:
        """Return the permit that `enter` took."""
        self._permits.release()

    def take(self, route: Route, now: float) -> _Connection | None:
        """Return an idle connection that seems to be open, or `None`."""
        idle = self._idle.get(route)
        while idle:
            connection = idle.pop()
            if connection.is_usable(now):
                return connection
            connection.close()
        return None

    def give(self, route: Route, connection: _Connection, now: float) -> None:
        """Keep a connection for later."""
        connection.idle_since = now
        (self._idle.get(route) or self._idle.setdefault(route, deque())).append(connection)

    def drop(self, route: Route) -> None:
        """Close the idle connections of a route."""
        _close(self._idle.get(route, deque()))

    async def close(self) -> None:
        """Close the idle connections and wait until they are closed."""
        await self._closing.aclose()


async def _closing(idle: _Idle) -> AsyncGenerator[None, None]:
    """Close the connections when this generator is closed.

    An event loop closes the remaining async generators when `asyncio.run` ends, and closes a generator that is
    garbage-collected, whichever thread collects it. So a client that was not closed leaves no connections open and
    causes no warnings.
    """
    try:
        yield
    finally:
        for connections in idle.values():
            _close(connections)
        # The loop closes the sockets in its next turn.
        await asyncio.sleep(0)


def _close(connections: deque[_Connection]) -> None:
    while connections:
        connections.pop().close()


class AsyncConnections:
    """The connections of a client, at most 100 at a time in each event loop; further requests wait."""

    def __init__(self, settings: Network) -> None:
        self._network = settings
        self._pools: dict[asyncio.AbstractEventLoop, _Pool] = {}
        self._closed = False

    async def close(self) -> None:
        """Close the idle connections of this event loop now, and those in use once their answer is complete."""
        self._closed = True
        # Removed first, so that two concurrent calls close the pool only once.
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.close()

    async def send(self, request: HttpRequest, attempt: Attempt) -> AsyncReadResponse:
        """Send the request and return the complete answer.

        Raise `ServiceRequestError` if there is no connection, `ServiceResponseError` if there is no complete answer.
        """
        until = asyncio.get_running_loop().time() + attempt.limit
        pool = self._pools.get(asyncio.get_running_loop()) or await self._new_pool()
        await pool.enter(attempt.limit)
        try:
            return await self._send(pool, attempt, request, until)
        finally:
            pool.leave()

    async def _send(self, pool: _Pool, attempt: Attempt, request: HttpRequest, until: float) -> AsyncReadResponse:
        now = asyncio.get_running_loop().time()
        connection = pool.take(attempt.route, now)
        if connection is None:
            connection = await self._connect(attempt.route, attempt.connecting, min(now + attempt.connecting, until))
        try:
            async with asyncio.timeout_at(until):
                answer = await connection.exchange(attempt.data)
            response = AsyncReadResponse(request, answer)
        except (OSError, BrokenAnswer) as error:
            connection.close()
            # The server has probably closed the idle connections too.
            pool.drop(attempt.route)
            raise network.answer_failure(request, error, attempt.limit) from error
        except BaseException:
            connection.close()
            raise
        if answer.may_reuse and not self._closed:
            pool.give(attempt.route, connection, asyncio.get_running_loop().time())
        else:
            connection.close()
        return response

    async def _connect(self, route: Route, limit: float, until: float) -> _Connection:
        context = self._network.tls(route)
        tunnel = route.tunnel()
        direct = context if tunnel is None else None
        loop = asyncio.get_running_loop()
        # Other event loops, such as uvloop, do not accept this keyword.
        racing: dict[str, Any] = {}
        if isinstance(loop, asyncio.BaseEventLoop):
            racing = {"happy_eyeballs_delay": _NEXT_ADDRESS_SECONDS}
        connection: _Connection | None = None
        try:
            async with asyncio.timeout_at(until):
                _, connection = await loop.create_connection(
                    _Connection,
                    *route.address,
                    ssl=direct,
                    server_hostname=route.server.host if direct else None,
                    **racing,
                )
                if tunnel is not None and context is not None:
                    answer = await connection.exchange(tunnel, head_only=True)
                    network.check_tunnel(route, answer.status, answer.reason)
                    await connection.start_tls(context, route.server.host)
        except BaseException as error:
            if connection is not None:
                connection.close()
            # A host name that cannot be one is a UnicodeError.
            if isinstance(error, OSError | BrokenAnswer | UnicodeError):
                raise network.connect_failure(route, error, limit) from error
            raise
        return connection

    async def _new_pool(self) -> _Pool:
        # The connections of a closed event loop are closed.
        self._pools = {loop: pool for loop, pool in self._pools.items() if not loop.is_closed()}
        pool = self._pools[asyncio.get_running_loop()] = _Pool()
        await pool.open()
        return pool
