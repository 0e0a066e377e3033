"""HTTP/1.1 as uvicorn speaks it, with limits: how long a head may be, and how long a client may take.

Two more things make the usual request cheaper. Its head and body leave in one piece, and one timer for each connection
looks now and then whether the client is late, instead of two for each request.
"""

import asyncio
import math
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, ClassVar

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from openrooms.server.web.messages import Header, Message
from openrooms.wire.errors import ErrorBody, ErrorDetail

HEAD_LIMIT = 16 * 1024
TARGET_LIMIT = 8 * 1024
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_AROUND_HEADER = len(b": \r\n")


class _Stop(Exception):
    """The connection's bytes are not to be read on."""


class _Refusal:
    """What a connection is told before it is closed."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        body = msgspec.json.encode(ErrorBody(ErrorDetail(code, message)))
        self.answer = (
            b"HTTP/1.1 %d %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
            % (status, status.phrase.encode("ascii"), len(body), body)
        )


_BAD_REQUEST = _Refusal(HTTPStatus.BAD_REQUEST, "BadRequest", "The request is no HTTP that this server understands.")
_TARGET_TOO_LONG = _Refusal(
    HTTPStatus.REQUEST_URI_TOO_LONG, "RequestUriTooLong", f"The request target is longer than {TARGET_LIMIT} bytes."
)
_HEAD_TOO_LARGE = _Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "RequestHeadersTooLarge",
    f"The request's headers are larger than {HEAD_LIMIT} bytes.",
)
_TOO_SLOW = _Refusal(HTTPStatus.REQUEST_TIMEOUT, "RequestTimeout", "The request took too long to arrive.")


class _Answer:
    """The answer to one request, which leaves in one piece if it comes in one."""

    __slots__ = ("_cycle", "_end", "_start")

    def __init__(self, cycle: RequestResponseCycle, end: Callable[[], None]) -> None:
        self._cycle = cycle
        self._end = end
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """Take what the application sends."""
        cycle, start = self._cycle, self._start
        if start is None:
            if message["type"] == "http.response.start" and not cycle.response_started:
                self._start = message
            else:
                await cycle.send(message)  # type: ignore[arg-type]
            return
        self._start = None
        if message.get("more_body", False) or cycle.flow.write_paused or cycle.disconnected:
            await cycle.send(start)  # type: ignore[arg-type]
            await cycle.send(message)  # type: ignore[arg-type]
            return
        self._write(start["status"], start["headers"], message.get("body", b""))

    def _write(self, status: int, headers: Iterable[Header], body: bytes) -> None:
        cycle = self._cycle
        lines = [b"%b: %b\r\n" % header for header in cycle.default_headers]
        lines += [b"%b: %b\r\n" % header for header in headers]
        head = b"".join(lines)
        if b"content-length: " not in head and status not in _BODILESS:
            lines.append(b"content-length: %d\r\n" % len(body))
        is_last = b"connection: close\r\n" in head
        if not (is_last or cycle.keep_alive):
            is_last = True
            lines.append(b"connection: close\r\n")
        head = b"".join((STATUS_LINE[status], *lines))
        if not head.count(b"\n") == head.count(b"\r") == len(lines) + 1:
            raise RuntimeError("a header of the answer holds a line break")
        cycle.response_started = cycle.response_complete = True
        cycle.transport.write(b"%b\r\n%b" % (head, b"" if cycle.scope["method"] == "HEAD" else body))
        cycle.message_event.set()
        if is_last:
            self._end()
        cycle.on_response()


class Protocol(HttpToolsProtocol):
    """One connection; a refusal of its bytes has the body that every error has, and ends it."""

    head_seconds: ClassVar[float] = 10.0
    body_seconds: ClassVar[float] = 30.0
    tick_seconds: ClassVar[float] = 5.0
    linger_seconds: ClassVar[float] = 1.0

    _refusal: _Refusal | None = None
    _is_over = False
    _head_bytes = 0
    _in_head = False
    _in_body = False
    _may_be_long = False
    _deadline = math.inf
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.time() + self.head_seconds
        self._watch = self.loop.call_later(self.tick_seconds, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        was_pending = self._in_head or self._in_body
        self._head_bytes += len(data)
        # Only more bytes than a target may have can hold too long a target or head.
        self._may_be_long = self._head_bytes > TARGET_LIMIT
        super().data_received(data)
        self._note_progress(was_pending)

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self._may_be_long:
            self._check_head()
        self._in_head = False
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        # What follows in the same bytes is another request.
        self._head_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif not (self._in_head or self._in_body):
            self._deadline = self.loop.time() + self.timeout_keep_alive

    def handle_websocket_upgrade(self) -> None:
        self._stop_watching()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser did not take, or what one of the limits stopped."""
        self._refuse(self._refusal or _BAD_REQUEST)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        send = _Answer(cycle, self._end).send
        super()._start_asgi_task(cycle, lambda scope, receive, _: app(scope, receive, send))

    def _note_progress(self, was_pending: bool) -> None:
        """Look at what is incomplete after the parser took some bytes."""
        if self._is_over:
            return
        if self._in_head and self._head_bytes > HEAD_LIMIT:
            self._refuse(_TARGET_TOO_LONG if len(self.url) > TARGET_LIMIT else _HEAD_TOO_LARGE)
        elif not self._in_head:
            self._head_bytes = 0
        if not (self._in_head or self._in_body):
            self._deadline = math.inf
        elif not was_pending:
            self._deadline = self.loop.time() + (self.head_seconds if self._in_head else self.body_seconds)

    def _check_head(self) -> None:
        if len(self.url) > TARGET_LIMIT:
            self._refusal = _TARGET_TOO_LONG
        elif sum(len(name) + len(value) + _AROUND_HEADER for name, value in self.headers) > HEAD_LIMIT:
            self._refusal = _HEAD_TOO_LARGE
        if self._refusal is not None:
            # The parser stops at an exception of its callbacks and has `send_400_response` called.
            raise _Stop

    def _look(self) -> None:
        if self.loop.time() < self._deadline:
            self._watch = self.loop.call_later(self.tick_seconds, self._look)
        elif self._in_head or self._in_body:
            self._refuse(_TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, refusal: _Refusal) -> None:
        # Whoever waits for the rest of a body learns that it will not come.
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(refusal.answer)
        self._linger()

    def _end(self) -> None:
        if self._in_head or self._in_body:
            self._linger()
        else:
            self.transport.close()

    def _linger(self) -> None:
        # Closed with bytes unread, the connection would be reset and the client might never see the answer.
        self._is_over = True
        self._stop_watching()
        self._watch = self.loop.call_later(self.linger_seconds, self.transport.close)

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
