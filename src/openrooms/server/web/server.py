"""Accepts the connections of one port, closes those past their deadline, and drains all when the process stops."""

import asyncio
import contextlib
import errno
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from email.utils import formatdate
from typing import ClassVar

import structlog

from openrooms._clock import MovableClock, real_time
from openrooms.domain.moments import SECOND, Moment
from openrooms.server.web.connection import TOO_MANY, HttpConnection, State
from openrooms.server.web.exchange import Exchange
from openrooms.server.web.limits import Limits, network
from openrooms.server.web.messages import Application, Service
from openrooms.server.web.proxies import Proxies

_log = structlog.get_logger("openrooms.web")

_ACCEPTED_IN_A_ROW = 64
_OUT_OF_DESCRIPTORS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_CLOSED_AT_ONCE = 16
_RECEIVED_AT_ONCE = 64 * 1024
_RETRY_SECONDS = 0.1
_SILENT_SECONDS = 60.0
_TLS_CLOSE_SECONDS = 5.0
_HANDSHAKE = 3
"""A TLS handshake counts as this many requests, since it takes as long."""


class Capacity:
    """Limits of open connections, in total and for each client's address; `None` means no limit.

    The limit for each client does not apply to trusted proxies. If all connections are taken, the client that has the
    most gives one up for a client that has fewer, so nobody can lock out others. `limits` are those of new connections.
    """

    def __init__(
        self,
        limit: int | None = None,
        client_limit: int | None = None,
        proxies: Proxies | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._limit = limit
        self._client_limit = client_limit
        self._proxies = proxies or Proxies()
        self._limits = limits or Limits(None, time.monotonic)
        self._clients: Counter[str] = Counter()
        self._open = 0
        self._seen_at: dict[str, float] = {}
        self._expendable: list[HttpConnection] = []
        self._looked_at = float("-inf")
        self.connections: set[HttpConnection] = set()

    def take(self, client: str) -> bool:
        """Count a connection of a client; return whether it is within the limits."""
        if self._client_limit is not None and self._clients[client] >= self._client_limit:
            return False
        if self._is_full() and not self._make_room(client):
            return False
        self._open += 1
        if client:
            self._clients[client] += 1
        return True

    def admits(self, client: str, count: int) -> bool:
        """Count a new connection of a client as so many requests; return whether its rate allows it."""
        return not client or self._limits.count_connection(client, count)

    def take_another(self) -> bool:
        """Count the upstream connection of a relayed one; return whether it is within the limit."""
        if self._is_full():
            return False
        self._open += 1
        return True

    def give_back(self, client: str, number: int) -> None:
        """Count a client's connection as closed, with its upstream connection if `number` is 2."""
        self._open -= number
        if client:
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]

    def client(self, address: str) -> str:
        """Return what counts as one client; empty for a trusted proxy."""
        return "" if self._proxies.trusts(address) else network(address)

    def free_descriptors(self) -> bool:
        """Close the connections that have been idle the longest; return whether there were any."""
        idle = [connection for connection in self.connections if connection.state is State.IDLE]
        idle.sort(key=lambda connection: connection.deadline)
        for connection in idle[:_CLOSED_AT_ONCE]:
            connection.close()
        return bool(idle)

    def is_due_to_log(self, event: str) -> bool:
        """Return whether the event should be logged: it has not occurred in the last minute."""
        now, seen = time.monotonic(), self._seen_at.get(event)
        self._seen_at[event] = now
        return seen is None or now > seen + _SILENT_SECONDS

    def _make_room(self, client: str) -> bool:
        """Drop a connection of the client that has the most, if that is more than this client has."""
        now = time.monotonic()
        # Looking at all connections takes milliseconds.
        if now > self._looked_at + _RETRY_SECONDS:
            self._looked_at, self._expendable = now, self._find_expendable()
        while self._expendable:
            connection = self._expendable.pop()
            if connection in self.connections and self._clients[connection.owner] > self._clients[client] + 1:
                connection.drop()
                return True
        return False

    def _find_expendable(self) -> list[HttpConnection]:
        """Return the connections of the client that has the most which wait for that client, the oldest last."""
        [(fullest, _)] = self._clients.most_common(1) or [("", 0)]
        found = [one for one in self.connections if one.owner == fullest != "" and one.waits_for_client]
        return sorted(found, key=lambda connection: connection.deadline, reverse=True)

    def _is_full(self) -> bool:
        return self._limit is not None and self._open >= self._limit


class Server:
    """The connections of one port; `fields` are the header fields of all current answers."""

    handshake_seconds: ClassVar[float] = 10.0
    # Both together stay under ten seconds, after which service managers kill a process.
    last_answers_seconds: ClassVar[float] = 0.5
    drain_seconds: ClassVar[float] = 6.0
    # Checking the deadlines costs a tenth of a microsecond for each connection.
    tick_seconds: ClassVar[float] = 1.0

    def __init__(
        self,
        application: Application,
        listeners: Sequence[socket.socket],
        *,
        capacity: Capacity | None = None,
        context: ssl.SSLContext | None = None,
        connection: type[HttpConnection] = HttpConnection,
    ) -> None:
        self.application = application
        self.service = application if isinstance(application, Service) else None
        self.accepting = asyncio.Event()
        self.force_exit = False
        self.fields = b""
        self.connections: set[HttpConnection] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.port: int = listeners[0].getsockname()[1]
        self._listeners = listeners
        self._capacity = capacity or Capacity()
        self._context = context
        self._connection = connection
        self._is_draining = False
        self._clock: Callable[[], Moment] = real_time
        self._loop = asyncio.get_running_loop()
        self._arrived: list[Exchange] = []

    def go_by(self, clock: MovableClock) -> None:
        """Date the answers by a clock that is moved, so that browsers, which take their time from it, follow."""
        self._clock = clock.now
        clock.listen(self._note_time)
        self._note_time()

    async def serve_until_cancelled(self) -> None:
        """Accept connections; when cancelled, answer the accepted requests first. Raise errors that end it earlier."""
        self._note_time()
        ticking = asyncio.create_task(self._tick())
        accepting = [asyncio.create_task(self._accept(listener)) for listener in self._listeners]
        self.accepting.set()
        try:
            done, _ = await asyncio.wait([ticking, *accepting], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in accepting:
                task.cancel()
            await asyncio.gather(*accepting, return_exceptions=True)
            await self._drain()
            ticking.cancel()

    def start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Start a task that the server waits for when it stops."""
        # Without a name, asyncio would number each task, which costs as much as starting it.
        task = asyncio.Task(work, name="answer")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def start_soon(self, exchange: Exchange) -> None:
        """Answer a request in the next turn of the loop, together with those that arrived at the same time.

        Reading all of them first, and then answering all, costs less than going back and forth between the two.
        """
        exchange.is_started = True
        if not self._arrived:
            self._loop.call_soon(self._start_arrived)
        self._arrived.append(exchange)

    def _start_arrived(self) -> None:
        arrived, self._arrived = self._arrived, []
        for exchange in arrived:
            exchange.start(self.tasks)

    def keep(self, connection: HttpConnection) -> None:
        """Track an open connection and its deadline."""
        self.connections.add(connection)

    def forget(self, connection: HttpConnection) -> None:
        """Count a connection as closed."""
        self.connections.discard(connection)
        self._capacity.connections.discard(connection)
        if connection.descriptors:
            self._capacity.give_back(connection.owner, connection.descriptors)
            connection.descriptors = 0

    def may_relay(self, connection: HttpConnection) -> bool:
        """Count the upstream connection of a relayed one; return whether it is within the limit."""
        if self._capacity.take_another():
            connection.descriptors += 1
            return True
        self._note_full()
        return False

    def close_idle(self) -> None:
        """Close the connections that wait for a request, and the others after their answers."""
        for connection in list(self.connections):
            connection.shut()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        listener.setblocking(False)
        while True:
            try:
                client, address = await loop.sock_accept(listener)
                self._take(client, address[0])
                # With uvloop, each accept waits for a turn of the loop, so busy open connections would delay new ones.
                for _ in range(_ACCEPTED_IN_A_ROW):
                    client, address = listener.accept()
                    self._take(client, address[0])
            except BlockingIOError:
                # All waiting connections are accepted.
                pass
            except OSError as error:
                if error.errno in _OUT_OF_DESCRIPTORS:
                    await self._free_descriptors(error)
                # Otherwise the client left before it was accepted.
            # Let the open connections run.
            await asyncio.sleep(0)

    def _take(self, client: socket.socket, address: str) -> None:
        owner = self._capacity.client(address)
        if not self._capacity.admits(owner, 1 if self._context is None else _HANDSHAKE):
            self._turn_away(client)
        elif self._capacity.take(owner):
            connection = self._connection(self, owner)
            self._capacity.connections.add(connection)
            connection.opening = self.start(self._open(client, connection))
        else:
            self._note_full()
            self._turn_away(client)

    async def _open(self, client: socket.socket, connection: HttpConnection) -> None:
        is_tls = self._context is not None
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection,
                client,
                ssl=self._context,
                ssl_handshake_timeout=self.handshake_seconds if is_tls else None,
                ssl_shutdown_timeout=_TLS_CLOSE_SECONDS if is_tls else None,
            )
        except (OSError, EOFError):
            # The client does not speak TLS, or has left.
            client.close()
            self.forget(connection)
        finally:
            connection.opening = None

    def _turn_away(self, client: socket.socket) -> None:
        """Close a connection above the limits, with an answer unless it is TLS, where that would cost a handshake."""
        if self._context is None:
            # `socket.accept` returns blocking sockets, so a silent client would stop the loop.
            client.setblocking(False)
            with contextlib.suppress(OSError):
                client.send(TOO_MANY.answer)
                # If it were closed with unread bytes, the connection would be reset.
                client.recv(_RECEIVED_AT_ONCE)
        client.close()

    def _note_full(self) -> None:
        if self._capacity.is_due_to_log("full"):
            _log.warning("connections are refused: see --connection-limit and --client-connection-limit")

    async def _free_descriptors(self, error: OSError) -> None:
        if self._capacity.is_due_to_log("descriptors"):
            _log.error("no more connections can be accepted, so idle ones are closed", reason=error.strerror)
        await asyncio.sleep(0 if self._capacity.free_descriptors() else _RETRY_SECONDS)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.tick_seconds)
            self._note_time()
            now = loop.time()
            for connection in [connection for connection in self.connections if connection.deadline <= now]:
                connection.end_if_late(now)

    def _note_time(self) -> None:
        self.fields = b"date: %b\r\n" % formatdate(self._clock() // SECOND, usegmt=True).encode("ascii")
        if self._is_draining:
            self.fields += b"connection: close\r\n"

    async def _drain(self) -> None:
        """Stop accepting, answer the accepted requests, and close all connections."""
        for listener in self._listeners:
            listener.close()
        self._is_draining = True
        self._note_time()
        if self.connections and not self.force_exit:
            await asyncio.sleep(self.last_answers_seconds)
        for connection in list(self.connections):
            connection.shut()
        limit = time.monotonic() + self.drain_seconds
        while (self.connections or self.tasks) and not self.force_exit and time.monotonic() < limit:  # noqa: ASYNC110 - a second signal may end the wait
            await asyncio.sleep(0.02)
        for connection in list(self.connections):
            connection.abort()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
