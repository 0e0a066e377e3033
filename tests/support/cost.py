"""The cost of an answer: the processor time of a process, measured around requests sent as raw bytes."""

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Self

_SECONDS = 20


def cpu_seconds(pid: int) -> float:
    """Return the processor time that the threads of a process have used."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text(encoding="ascii").split()[0]) for thread in threads) / 1e9


class Asker:
    """Sends requests one after the other, over one connection while the service keeps it open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether the service kept the connection open after the last answer."""
        return self._socket is not None

    def ask(self, request: bytes) -> int:
        """Return the status of the answer; 0 if there was none."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=_SECONDS)
        self._socket.sendall(request)
        head, body = self._read_head()
        fields = head.lower()
        length = fields.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        while len(body) < int(length or 0) and (more := self._socket.recv(65536)):
            body += more
        if not head or b"connection: close" in fields or b"content-length" not in fields:
            self.close()
        return int(head[9:12] or 0)

    def _read_head(self) -> tuple[bytes, bytes]:
        assert self._socket is not None
        read = b""
        while b"\r\n\r\n" not in read and (more := self._socket.recv(65536)):
            read += more
        head, _, body = read.partition(b"\r\n\r\n")
        return head, body

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def cost(pid: int, asker: Asker, requests: Sequence[bytes], count: int) -> float:
    """Return the processor seconds of one answer, on average over so many answers to the requests in turn."""
    before = cpu_seconds(pid)
    for number in range(count):
        asker.ask(requests[number % len(requests)])
    return (cpu_seconds(pid) - before) / count
