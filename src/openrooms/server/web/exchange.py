"""One request on a connection: its body as it arrives, and the task that answers it."""

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog

from openrooms.server.web.messages import BODY_LIMIT, NO_CONTENT, Header, Message, Request, Service

if TYPE_CHECKING:
    from openrooms.server.web.connection import HttpConnection

_log = structlog.get_logger("openrooms.web")

_HIGH_WATER = 64 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Exchange:
    """One request and where its answer stands; `is_last` means that the connection ends with it.

    `has_begun` is true once a byte of the answer was sent, `is_answered` once all of it was written, `is_gone` once
    nobody waits for it any more.
    """

    is_started = False
    has_begun = False
    is_answered = False
    is_gone = False
    more_body = True
    _tasks: set[asyncio.Task[None]]
    _task: asyncio.Task[None]
    _body: bytes | bytearray = b""
    _arrival: asyncio.Future[None] | None = None
    _is_awaited = False

    def __init__(self, connection: "HttpConnection", request: Request, is_last: bool) -> None:
        self.connection = connection
        self.request = request
        self.is_last = is_last

    def start(self, tasks: set[asyncio.Task[None]]) -> None:
        """Have the request answered by a task, which is among `tasks` while it runs."""
        self.is_started = True
        self._tasks = tasks
        # To number a name for each would cost as much as to start it, and to be called back half as much.
        self._task = asyncio.Task(self.answer(), name="answer")
        tasks.add(self._task)

    async def answer(self) -> None:
        """Have the request answered, and leave `tasks`."""
        raise NotImplementedError

    def take(self, piece: bytes) -> None:
        """Take a piece of the body, which is dropped if nobody will want it."""
        if self.is_answered:
            return
        if not self._body:
            self._body = piece
        elif isinstance(self._body, bytes):
            self._body = bytearray(self._body + piece)
        else:
            self._body += piece
        if len(self._body) > _HIGH_WATER:
            self.connection.pause_reading()
        self._wake()

    def end_body(self) -> None:
        """The body is whole."""
        self.more_body = False
        self._wake()

    def lose(self) -> None:
        """The client is gone, or is told something else."""
        self.is_gone = True
        self._wake()

    async def receive(self) -> Message:
        """Return what has come of the body since the last time, or that nobody waits for the answer any more."""
        if not self._is_awaited:
            self._is_awaited = True
            if (
                self.more_body
                and not self._body
                and self.request.headers.get(b"expect", b"").lower() == b"100-continue"
            ):
                self.connection.write(_CONTINUE)
        while self.more_body and not (self._body or self.is_gone):
            self.connection.resume_reading()
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        if self.is_gone or self.is_answered:
            return {"type": "http.disconnect"}
        body, self._body = bytes(self._body), b""
        return {"type": "http.request", "body": body, "more_body": self.more_body}

    def _wake(self) -> None:
        arrival = self._arrival
        if arrival is not None and not arrival.done():
            arrival.set_result(None)


class ServiceExchange(Exchange):
    """A request that the service answers without ASGI, whose messages cost more than the database does."""

    def __init__(self, connection: "HttpConnection", request: Request, is_last: bool, service: Service) -> None:
        super().__init__(connection, request, is_last)
        self._service = service

    async def answer(self) -> None:
        request = self.request
        if not self.more_body and len(self._body) <= BODY_LIMIT:
            request.body = bytes(self._body)
        try:
            response = await self._service.answer(request, self.receive)
            if self.is_gone:
                return
            if response is None:
                self.connection.abort()
                return
            body = response.body
            length = b"" if response.status == NO_CONTENT else b"content-length: %d\r\n" % len(body)
            fields = encode_often(response.headers), encode(response.own), length
            self.connection.write_answer(self, response.status, body, *fields)
        except Exception:
            _log.exception("an answer could not be sent")
            self.connection.abort()
        finally:
            self._tasks.discard(self._task)


def encode(headers: tuple[Header, ...]) -> bytes:
    """Return header fields as they are sent; raise `RuntimeError` if one holds a line break."""
    fields = b"".join([b"%b: %b\r\n" % header for header in headers])
    if not fields.count(b"\n") == fields.count(b"\r") == len(headers):
        raise RuntimeError("a header of the answer holds a line break")
    return fields


# Most headers are the same in all answers of an operation.
encode_often = lru_cache(maxsize=256)(encode)
