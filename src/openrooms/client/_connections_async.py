"""asyncio's connections, kept open between requests; each event loop has its own."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any, cast

from azure.core.exceptions import ServiceRequestTimeoutError
from azure.core.rest import HttpRequest

from openrooms.client import _network as network
from openrooms.client._answers import AsyncReadResponse
from openrooms.client._http1 import BrokenAnswer
from openrooms.client._network import Network, Route, Try
from openrooms.client._parser import Answer

# When to try the next address of a name beside the one that has not answered yet: RFC 8305.
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
        """Return whether the other end still listens, as far as that can be known."""
        if not self.is_open or now - self.idle_since >= network.IDLE_SECONDS:
            return False
        # The loop may not have come to what is there already.
        return not network.is_readable(self._transport.get_extra_info("socket"))

    async def exchange(self, data: bytes, *, head_only: bool = False) -> Answer:
        """Send, and return the answer; raise `OSError` or `BrokenAnswer`. If cancelled, the connection is of no use."""
        if not self.is_open:
            raise BrokenAnswer("the connection was closed without an answer")
        self._answer = Answer(head_only=head_only)
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return await self._waiter

    async def start_tls(self, context: Any, host: str) -> None:
        """Speak TLS from now on."""
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


_Idle = dict[Route, deque[_Connection]]


class _Pool:
    """What belongs to one event loop: the idle connections by route, and how many more there may be."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(network.IDLE_CONNECTIONS)
        self._idle: _Idle = {}
        self._end = _closed_in_the_end(self._idle)

    async def open(self) -> None:
        """Have the loop close what is idle in the end, or once the pool is forgotten."""
        await anext(self._end)

    async def enter(self, limit: float) -> None:
        """Wait until there may be one more connection; raise `ServiceRequestTimeoutError` after `limit` seconds."""
        if not self._places.locked():
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(limit):
                await self._places.acquire()
        except TimeoutError as error:
            raise ServiceRequestTimeoutError(
                f"all {network.IDLE_CONNECTIONS} connections of the client were busy for {limit:g} s", error=error
            ) from error

    def leave(self) -> None:
        """Let the next one in."""
        self._places.release()

    def take(self, route: Route, now: float) -> _Connection | None:
        """Return an idle connection that seems usable."""
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
        """Close what is idle on a route."""
        _close(self._idle.get(route, deque()))

    async def close(self) -> None:
        """Close what is idle, and wait until it is closed."""
        await self._end.aclose()


async def _closed_in_the_end(idle: _Idle) -> AsyncGenerator[None, None]:
    """Close the connections when the generator is closed.

    That is what a loop does with generators that are left over, be it in its end (`asyncio.run`) or because nobody has
    them any more, in whatever thread that is noticed. So who forgets to close the client is not punished with
    connections that stay open, and with warnings of them.
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
    """The connections of a client, at most 100 at once in each event loop; more requests wait for their turn."""

    def __init__(self, settings: Network) -> None:
        self._network = settings
        self._pools: dict[asyncio.AbstractEventLoop, _Pool] = {}
        self._closed = False

    async def close(self) -> None:
        """Close all connections of this event loop; those in use when their answer is there."""
        self._closed = True
        # Taken out, so that two who close at once do it once.
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.close()

    async def send(self, request: HttpRequest, plan: Try) -> AsyncReadResponse:
        """Return the whole answer.

        Raise `ServiceRequestError` if there is no connection, `ServiceResponseError` if there is no whole answer.
        """
        until = asyncio.get_running_loop().time() + plan.limit
        pool = self._pools.get(asyncio.get_running_loop()) or await self._new_pool()
        await pool.enter(plan.limit)
        try:
            return await self._send(pool, plan, request, until)
        finally:
            pool.leave()

    async def _send(self, pool: _Pool, plan: Try, request: HttpRequest, until: float) -> AsyncReadResponse:
        now = asyncio.get_running_loop().time()
        connection = pool.take(plan.route, now)
        if connection is None:
            connection = await self._connect(plan.route, plan.connecting, min(now + plan.connecting, until))
        try:
            async with asyncio.timeout_at(until):
                answer = await connection.exchange(plan.data)
            response = AsyncReadResponse(request, answer)
        except (OSError, BrokenAnswer) as error:
            connection.close()
            # What the server did to this connection it has likely done to the idle ones.
            pool.drop(plan.route)
            raise network.answer_failure(request, error, plan.limit) from error
        except BaseException:
            connection.close()
            raise
        if answer.may_reuse and not self._closed:
            pool.give(plan.route, connection, asyncio.get_running_loop().time())
        else:
            connection.close()
        return response

    async def _connect(self, route: Route, limit: float, until: float) -> _Connection:
        context = self._network.tls(route)
        tunnel = route.tunnel()
        direct = context if tunnel is None else None
        loop = asyncio.get_running_loop()
        # Other loops, such as uvloop, know no such keyword.
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
        # A loop that was closed has taken its connections with it.
        self._pools = {known: pool for known, pool in self._pools.items() if not known.is_closed()}
        pool = self._pools[asyncio.get_running_loop()] = _Pool()
        await pool.open()
        return pool
