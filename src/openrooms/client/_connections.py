"""Blocking sockets that stay open between requests; any number of threads can share them."""

import os
import socket
import time
import weakref
from collections import deque

from azure.core.rest import HttpRequest

from openrooms.client import _network as network
from openrooms.client._answers import ReadResponse
from openrooms.client._http1 import BrokenAnswer
from openrooms.client._network import Attempt, Network, Route
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
        """Send and return the answer; raise `OSError`, `BrokenAnswer`, or `TimeoutError` after `limit` seconds."""
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
        """Return whether the connection still seems to be open."""
        return now - self.idle_since < network.IDLE_SECONDS and not network.is_readable(self.sock)

    def set_limit(self, seconds: float) -> None:
        """Limit each read and write to `seconds`; raise `TimeoutError` if no time is left."""
        if seconds <= 0:
            raise TimeoutError
        if seconds != self._limit:
            self.sock.settimeout(seconds)
            self._limit = seconds


class _Pool:
    """The idle connections of each route, the most recently used last."""

    def __init__(self) -> None:
        self._idle: dict[Route, deque[_Connection]] = {}
        self._process = os.getpid()

    def take(self, route: Route) -> _Connection | None:
        """Return an idle connection that seems to be open, or `None`."""
        if self._process != os.getpid():
            # A forked child must not use its parent's connections.
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
        """Close the idle connections of one route, or of all routes."""
        for idle in [self._idle.get(route, deque())] if route else list(self._idle.values()):
            while idle:
                try:
                    idle.pop().sock.close()
                except IndexError:
                    break


class Connections:
    """The connections of a client; threads can share them."""

    def __init__(self, settings: Network) -> None:
        self._network = settings
        self._pool = _Pool()
        self._closed = False
        # Close the sockets of a client that was not closed, so that Python does not warn about open sockets.
        weakref.finalize(self, self._pool.close)

    def close(self) -> None:
        """Close the idle connections now, and those in use once their answer is complete."""
        self._closed = True
        self._pool.close()

    def send(self, request: HttpRequest, attempt: Attempt) -> ReadResponse:
        """Send the request and return the complete answer.

        Raise `ServiceRequestError` if there is no connection, `ServiceResponseError` if there is no complete answer.
        """
        connection, left = self._pool.take(attempt.route), attempt.limit
        if connection is None:
            began = time.monotonic()
            connection = self._connect(attempt.route, attempt.connecting)
            left -= time.monotonic() - began
        try:
            answer = connection.exchange(attempt.data, left)
            response = ReadResponse(request, answer)
        except (OSError, BrokenAnswer) as error:
            connection.sock.close()
            # What the server did to this connection it has likely done to the idle ones.
            self._pool.close(attempt.route)
            raise network.answer_failure(request, error, attempt.limit) from error
        except BaseException:
            connection.sock.close()
            raise
        if answer.may_reuse and not self._closed:
            self._pool.give(attempt.route, connection)
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
                # Bytes avoid loading the codec for international names, which is slow.
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
    """Connect to the first address that accepts; each address gets an equal share of the remaining time."""
    host, port = address
    # Bytes for the same reason; only the name of a proxy can be other than ASCII.
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
