"""A stub service on real sockets: tests set its answers, and it checks every signature."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import os
import queue
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
ROOM = (
    b'{"id":"99475330965778483","createdAt":"2025-08-29T00:29:48.7377878+00:00",'
    b'"validFrom":"2025-08-29T00:29:48.5964328+00:00","validUntil":"2025-08-30T00:29:48+00:00",'
    b'"pstnDialOutEnabled":true}'
)
NOT_FOUND = b'{"error":{"code":"NotFound","message":"The server cannot find the requested resource."}}'

Step = Callable[[socket.socket], None]
"""A function that answers a request on its connection, or leaves it unanswered."""


@dataclass
class Received:
    """A received request; `signed` is true if its signature covers exactly this request."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def signed(self) -> bool:
        target = self.target
        if target.startswith("http://"):
            target = target[target.index("/", 7) :]
        body_hash = base64.b64encode(hashlib.sha256(self.body).digest()).decode()
        text = f"{self.method}\n{target}\n{self.headers['x-ms-date']};{self.headers['host']};{body_hash}"
        signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), text.encode(), "sha256")).decode()
        return self.headers["x-ms-content-sha256"] == body_hash and self.headers["authorization"] == (
            f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"
        )


def raw(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Return the bytes of an answer."""
    fields = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{lines}\r\n".encode() + body


def answer(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Step:
    """Answer and keep the connection open."""
    return lambda connection: connection.sendall(raw(status, body, headers))


def send_and_close(data: bytes) -> Step:
    """Send these bytes and close the connection."""

    def step(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_RDWR)

    return step


def reset(connection: socket.socket) -> None:
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # `close` would wait for the file object that reads from the socket.
    os.close(connection.detach())


def say_nothing(_: socket.socket) -> None:
    """Leave the request unanswered."""


def send_only(data: bytes) -> Step:
    """Send only these bytes and keep the connection open."""
    return lambda connection: connection.sendall(data)


class Stub:
    """A service on a free port. The `steps` answer the first requests, `usual` all later ones.

    `connections` counts all connections so far, `serving` those that the client has not closed.
    """

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.serving = 0
        self.usual: Step = answer(200, ROOM)
        self.idle: list[socket.socket] = []
        self._steps: queue.SimpleQueue[Step] = queue.SimpleQueue()
        self._counting = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.connection_string = f"endpoint={self.url}/;accesskey={KEY}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # `close` alone would leave the thread blocked in `accept`.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def steps(self, *steps: Step) -> None:
        """Set the answers to the next requests."""
        for step in steps:
            self._steps.put(step)

    def hang_up(self) -> None:
        """Close all connections."""
        for connection in self.idle:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self.idle.clear()

    async def has_received(self, count: int) -> None:
        """Wait until `count` requests have been received."""
        while len(self.requests) < count:  # noqa: ASYNC110 - other threads receive the requests
            await asyncio.sleep(0.002)

    async def is_left(self) -> None:
        """Wait until the client has closed every connection."""
        while self.serving:  # noqa: ASYNC110 - other threads serve the connections
            await asyncio.sleep(0.002)

    def targets(self) -> list[str]:
        """Return the method and target of each received request."""
        return [f"{request.method} {request.target}" for request in self.requests]

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self.idle.append(connection)
            with self._counting:
                self.serving += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            with connection.makefile("rb") as lines:
                while (received := _read(lines, number)) is not None:
                    self.requests.append(received)
                    try:
                        step = self._steps.get_nowait()
                    except queue.Empty:
                        step = self.usual
                    step(connection)
        except (OSError, ValueError):
            pass
        finally:
            with self._counting:
                self.serving -= 1


def _read(lines: "socket.SocketIO | object", number: int) -> Received | None:
    first = lines.readline().decode()
    if not first:
        return None
    method, target, _ = first.split(" ")
    headers = {}
    while line := lines.readline().decode().strip():
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    return Received(method, target, headers, lines.read(int(headers.get("content-length", 0))), number)
