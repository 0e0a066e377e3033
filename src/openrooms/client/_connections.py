"""Blocking sockets, kept open between requests; any number of threads share them."""

import os
import socket
import time
import weakref
from collections import deque

from azure.core.rest import HttpRequest

from openrooms.client import _network as network
from openrooms.client._answers import ReadResponse
from openrooms.client._http1 import BrokenAnswer
from openrooms.client._network import Network, Route, Try
from openrooms.client._parser import Answer

_CHUNK = 65536


class _Connection:
    """One open connection."""

    __slots__ = ("_limit", "idle_since", "sock")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.idle_since = 0.0
        self._limit = 0.0

    def exchange(self, data: bytes, limit: float, *, head_only: bool = False) -> Answer:
        """Send, and return the answer; raise `OSError`, `TimeoutError` after `limit` seconds, or `BrokenAnswer`."""
        until = time.monotonic() + limit
        self.set_limit(limit)
        self.sock.sendall(data)
        answer = Answer(head_only=head_only)
        while True:
            received = self.sock.recv(_CHUNK)
            if not received:
                answer.end()
                return answer
            if answer.feed(received):
                return answer
            self.set_limit(until - time.monotonic())

    def is_usable(self, now: float) -> bool:
        """Return whether the other end still listens, as far as that can be known."""
        return now - self.idle_since < network.IDLE_SECONDS and not network.is_readable(self.sock)

    def set_limit(self, seconds: float) -> None:
        """Wait no longer for the other end; raise `TimeoutError` if that would be not at all."""
        if seconds <= 0:
            raise TimeoutError
        if seconds != self._limit:
            self.sock.settimeout(seconds)
            self._limit = seconds


class _Pool:
    """Idle connections by route, the last used on top."""

    def __init__(self) -> None:
        self._idle: dict[Route, deque[_Connection]] = {}
        self._process = os.getpid()

    def take(self, route: Route) -> _Connection | None:
        """Return an idle connection that seems usable."""
        if self._process != os.getpid():
            # A forked child must not speak on its parent's connections.
            self._process = os.getpid()
            self.close()
        idle = self._idle.get(route)
        while idle:
            try:
                connection = idle.pop()
            except IndexError:
                return None
            if connection.is_usable(time.monotonic()):
                return connection
            connection.sock.close()
        return None

    def give(self, route: Route, connection: _Connection) -> None:
        """Keep a connection for later."""
        idle = self._idle.get(route) or self._idle.setdefault(route, deque())
        if len(idle) >= network.IDLE_CONNECTIONS:
            connection.sock.close()
        else:
            connection.idle_since = time.monotonic()
            idle.append(connection)

    def close(self, route: Route | None = None) -> None:
        """Close what is idle, on one route or on all."""
        for idle in [self._idle.get(route, deque())] if route else list(self._idle.values()):
            while idle:
                try:
                    idle.pop().sock.close()
                except IndexError:
                    break


class Connections:
    """The connections of a client."""

    def __init__(self, settings: Network) -> None:
        self._network = settings
        self._pool = _Pool()
        self._closed = False
        # Who forgets to close the client is not punished with warnings of open sockets.
        weakref.finalize(self, self._pool.close)

    def close(self) -> None:
        """Close all connections; those in use when their answer is there."""
        self._closed = True
        self._pool.close()

    def send(self, request: HttpRequest, plan: Try) -> ReadResponse:
        """Return the whole answer.

        Raise `ServiceRequestError` if there is no connection, `ServiceResponseError` if there is no whole answer.
        """
        connection, left = self._pool.take(plan.route), plan.limit
        if connection is None:
            began = time.monotonic()
            connection = self._connect(plan.route, plan.connecting)
            left -= time.monotonic() - began
        try:
            answer = connection.exchange(plan.data, left)
            response = ReadResponse(request, answer)
        except (OSError, BrokenAnswer) as error:
            connection.sock.close()
            # What the server did to this connection it has likely done to the idle ones.
            self._pool.close(plan.route)
            raise network.answer_failure(request, error, plan.limit) from error
        except BaseException:
            connection.sock.close()
            raise
        if answer.may_reuse and not self._closed:
            self._pool.give(plan.route, connection)
        else:
            connection.sock.close()
        return response

    def _connect(self, route: Route, limit: float) -> _Connection:
        context = self._network.tls(route)
        sock: socket.socket | None = None
        until = time.monotonic() + limit
        try:
            sock = _connected(route.address, until)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = _Connection(sock)
            tunnel = route.tunnel()
            if tunnel is not None:
                answer = connection.exchange(tunnel, until - time.monotonic(), head_only=True)
                network.check_tunnel(route, answer.status, answer.reason)
            if context is not None:
                connection.set_limit(until - time.monotonic())
                # As bytes, which the codec for international names, slow to load, is not asked about.
                sock = context.wrap_socket(sock, server_hostname=route.server.host.encode())
                connection = _Connection(sock)
        except BaseException as error:
            if sock is not None:
                sock.close()
            # A host name that cannot be one is a UnicodeError.
            if isinstance(error, OSError | BrokenAnswer | UnicodeError):
                raise network.connect_failure(route, error, limit) from error
            raise
        return connection


def _connected(address: tuple[str, int], until: float) -> socket.socket:
    """Return a connection to the first address of a name that takes it, each with its share of the time left."""
    host, port = address
    # As bytes for the same reason; only a proxy's name may be none in ASCII.
    found = socket.getaddrinfo(host.encode() if host.isascii() else host, port, type=socket.SOCK_STREAM)
    failure: OSError | None = None
    for position, (family, kind, protocol, _, target) in enumerate(found):
        share = (until - time.monotonic()) / (len(found) - position)
        if share <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(share)
            sock.connect(target)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure or TimeoutError()
