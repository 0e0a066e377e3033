"""One request on a connection: its body while it arrives, and the task that answers it."""

import asyncio
from collections.abc import Coroutine, Generator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import structlog

from openrooms.server.web.messages import BODY_LIMIT, NO_CONTENT, Header, Message, Request, Service

if TYPE_CHECKING:
    from openrooms.server.web.connection import HttpConnection

_log = structlog.get_logger("openrooms.web")

_HIGH_WATER = 64 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Exchange:
    """One request and the state of its answer; `is_last` means that the connection closes after it.

    `has_begun` is true once a byte of the answer was sent, `is_answered` once all of it was written, and `is_gone` once
    the client no longer waits for it. `is_ending` is true once an answer that would go on has to end.
    """

    is_started = False
    has_begun = False
    is_answered = False
    is_gone = False
    is_ending = False
    more_body = True
    _tasks: set[asyncio.Task[None]]
    _task: asyncio.Task[None] | None = None
    _body: bytes | bytearray = b""
    _arrival: asyncio.Future[None] | None = None
    _is_awaited = False

    def __init__(self, connection: "HttpConnection", request: Request, is_last: bool) -> None:
        self.connection = connection
        self.request = request
        self.is_last = is_last

    def start(self, tasks: set[asyncio.Task[None]]) -> None:
        """Start the task that answers the request; it is in `tasks` while it runs."""
        self._run(self.answer(), tasks)

    def _run(self, answer: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
        self._tasks = tasks
        # Without a name, asyncio numbers each task, which costs as much as starting it. A done callback costs half.
        self._task = asyncio.Task(answer, name="answer")
        tasks.add(self._task)

    async def answer(self) -> None:
        """Answer the request and remove the task from `tasks`."""
        raise NotImplementedError

    def take(self, piece: bytes) -> None:
        """Add a piece of the body; drop it if the request is already answered."""
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
        """Mark the body as complete."""
        self.more_body = False
        self._wake()

    def lose(self) -> None:
        """Mark the client as gone, or as answered in another way."""
        self.is_gone = True
        self._wake()

    def end_soon(self) -> None:
        """End an answer that would go on, such as a stream; others are not affected."""
        self.is_ending = True
        self._wake()

    async def until_over(self) -> None:
        """Wait until the client is gone, or the answer has to end."""
        while not (self.is_gone or self.is_ending):
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival

    async def receive(self) -> Message:
        """Return the new bytes of the body, or `http.disconnect` if the client no longer waits for the answer."""
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
    """A request that the service answers without ASGI's messages, which cost more than a database read."""

    def __init__(self, connection: "HttpConnection", request: Request, is_last: bool, service: Service) -> None:
        super().__init__(connection, request, is_last)
        self._service = service

    def start(self, tasks: set[asyncio.Task[None]]) -> None:
        """Answer the request; if that has to wait, a task that is in `tasks` does the rest.

        Starting a task costs as much as reading a room from SQLite, which needs no waiting.
        """
        if self.request.method != "GET":
            # Most other requests wait for a write, and handing the rest to a task costs more than starting with it.
            super().start(tasks)
            return
        answer = self.answer()
        try:
            awaited = answer.send(None)
        except StopIteration:
            return
        self._run(_Started(answer, awaited), tasks)

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
            body, fields = response.body, (encode_often(response.headers), encode(response.own))
            if response.delivery is not None:
                await response.delivery(self, response.status, body, b"".join(fields))
                return
            self.connection.write_answer(self, response.status, body, *fields, content_length(response.status, body))
        except Exception:
            _log.exception("an answer could not be sent")
            self.connection.abort()
        finally:
            if self._task is not None:
                self._tasks.discard(self._task)


class _Started(Coroutine[Any, Any, None]):
    """A coroutine that has run until it waits for `awaited`; for a task, which waits for it and then continues."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], awaited: Any) -> None:
        self._coroutine = coroutine
        self._awaited = awaited
        self._is_resumed = False

    def send(self, value: Any) -> Any:
        if self._is_resumed:
            return self._coroutine.send(value)
        self._is_resumed = True
        return self._awaited

    def throw(self, *error: Any) -> Any:
        return self._coroutine.throw(*error)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, None]:
        raise NotImplementedError("only a task runs it")


def content_length(status: int, body: bytes) -> bytes:
    """Return the header field of the body's length; empty for an answer that has no body."""
    return b"" if status == NO_CONTENT else b"content-length: %d\r\n" % len(body)


def encode(headers: tuple[Header, ...]) -> bytes:
    """Return encoded header fields; raise `RuntimeError` if one contains a line break."""
    fields = b"".join([b"%b: %b\r\n" % header for header in headers])
    if not fields.count(b"\n") == fields.count(b"\r") == len(headers):
        raise RuntimeError("a header of the answer contains a line break")
    return fields


# Most headers are the same in all answers of an operation.
encode_often = lru_cache(maxsize=256)(encode)
