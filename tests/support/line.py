"""A raw connection to a service, plain or over TLS."""

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Self

from tests.support.patience import patient
from tests.support.service import Process

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
Opens = Callable[[], "Line"]


class Line:
    """One connection, closed at the end of the `with` block; `source` is its local address."""

    def __init__(
        self, service: Process, *, is_tls: bool = False, source: str = "127.0.0.1", receive_bytes: int | None = None
    ) -> None:
        address = (service.endpoint if is_tls else service.http).partition("://")[2].strip("/")
        self.host = address
        host, _, port = address.rpartition(":")
        plain = socket.socket()
        if receive_bytes is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.settimeout(10)
        plain.bind((source, 0))
        plain.connect((host, int(port)))
        self.socket = _context(service).wrap_socket(plain, server_hostname=host) if is_tls else plain

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> Self:
        """Send everything."""
        self.socket.sendall(data)
        return self

    def pump(self, pieces: Iterable[bytes], seconds: float, limit: int) -> int:
        """Send until the server takes nothing for `seconds`, or up to `limit` bytes; return how many were sent."""
        sent = 0
        self.socket.settimeout(seconds)
        try:
            for piece in pieces:
                if sent >= limit:
                    break
                sent += self.socket.send(piece)
        except OSError:
            pass
        self.socket.settimeout(10)
        return sent

    def read(self, answers: int) -> bytes:
        """Return the bytes of so many complete answers, or fewer if the server closes."""
        pieces: list[bytes] = []
        begun = 0
        while begun < answers or not pieces[-1].endswith(b"}"):
            data = self._receive()
            if not data:
                break
            pieces.append(data)
            begun += data.count(b"HTTP/1.1 ")
        return b"".join(pieces)

    def read_to_end(self) -> bytes:
        """Return everything until the server closes; raise `TimeoutError`."""
        received = b""
        while data := self._receive():
            received += data
        return received

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(65_536)
        except TimeoutError:
            raise
        except OSError:
            return b""


def _context(service: Process) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=service.ca)


def statuses(answers: bytes) -> list[int]:
    """Return the statuses of answers, in their order."""
    return [int(found) for found in _STATUS.findall(answers)]


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until the condition holds; raise `AssertionError` after so many seconds on an idle machine."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() < started + patient(seconds)
        time.sleep(0.02)


def has_no_errors(service: Process) -> bool:
    """Return whether the service has logged neither an error nor a traceback."""
    output = service.output()
    return "Traceback" not in output and '"level": "error"' not in output
