"""HTTP/1.1 as uvicorn speaks it, with limits: how long a head may be, and how long a client may take.

Three more things make the usual request cheaper. It goes to the service without ASGI's scopes and messages, a fifth of
what answering a read took with them; its head and body leave in one piece; and one timer for each connection looks now
and then whether the client is late, instead of two for each request.
"""

import asyncio
import math
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, ClassVar, Self, cast

import msgspec
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from openrooms.server.web.messages import BODY_LIMIT, Connection, Header, Message, Request, Service
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
    """The answer to one request that ASGI asked for, which leaves in one piece if it comes in one."""

    __slots__ = ("_cycle", "_protocol", "_start")

    def __init__(self, cycle: RequestResponseCycle, protocol: "Protocol") -> None:
        self._cycle = cycle
        self._protocol = protocol
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
        fields = _encode(tuple(start["headers"]))
        self._protocol.write_whole(cycle, cycle.scope["method"], start["status"], message.get("body", b""), fields)
        cycle.message_event.set()


def _encode(headers: tuple[Header, ...]) -> bytes:
    fields = b"".join([b"%b: %b\r\n" % header for header in headers])
    if not fields.count(b"\n") == fields.count(b"\r") == len(headers):
        raise RuntimeError("a header of the answer holds a line break")
    return fields


# Most headers are the same in all answers of an operation, the date in all answers of a second.
_encode_often = lru_cache(maxsize=256)(_encode)


def _is_plain(headers: Mapping[bytes, bytes], parser: HttpRequestParser) -> bool:
    """Return whether nothing is asked for but an answer: no protocol, no promise, no farewell of an older HTTP."""
    if b"host" not in headers or b"expect" in headers or b"upgrade" in headers:
        return False
    return b"connection" not in headers or parser.get_http_version() == "1.1"


class _Exchange:
    """One request that the service answers without ASGI, and where its answer stands.

    To uvicorn's protocol it is what a `RequestResponseCycle` is.
    """

    body = b""
    more_body = True
    disconnected = False
    response_started = False
    response_complete = False
    task: asyncio.Task[None]
    _arrival: asyncio.Future[None] | None = None

    def __init__(self, service: Service, request: Request, flow: FlowControl, keep_alive: bool) -> None:
        self.service = service
        self.request = request
        self.keep_alive = keep_alive
        self._flow = flow

    @property
    def message_event(self) -> Self:
        """What uvicorn sets when the client is gone."""
        return self

    def set(self) -> None:
        """Wake who waits for more of the body."""
        arrival = self._arrival
        if arrival is not None and not arrival.done():
            arrival.set_result(None)

    async def receive(self) -> Message:
        """Return what has come of the body since the last time, or that nobody waits for the answer any more."""
        while self.more_body and not (self.body or self.disconnected):
            self._flow.resume_reading()
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        if self.disconnected:
            return {"type": "http.disconnect"}
        body, self.body = self.body, b""
        return {"type": "http.request", "body": body, "more_body": self.more_body}


class Protocol(HttpToolsProtocol):
    """One connection; a refusal of its bytes has the body that every error has, and ends it.

    What the application answers by itself (`messages.Service`) goes to it directly, everything else by ASGI.
    """

    head_seconds: ClassVar[float] = 10.0
    body_seconds: ClassVar[float] = 30.0
    tick_seconds: ClassVar[float] = 5.0
    linger_seconds: ClassVar[float] = 1.0

    cycle: RequestResponseCycle | _Exchange  # type: ignore[assignment]
    pipeline: deque[tuple[RequestResponseCycle | _Exchange, Any]]  # type: ignore[assignment]

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
        self._service = cast("Service", self.app) if hasattr(self.app, "takes") else None
        self._connection = Connection.of(self.scheme or "http", self.client, self.server)
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
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:
            self._upgrade()
        except HttpParserError:
            # One of ours if a limit stopped the parser.
            self._refuse(self._refusal or _BAD_REQUEST)
        self._note_progress(was_pending)

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._in_head = True
        self.url = b""
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if self._may_be_long:
            self._check_head()
        self._in_head = False
        self._in_body = True
        exchange = self._exchange()
        if exchange is None:
            self._ask_by_asgi()
            return
        before, self.cycle = self.cycle, exchange
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        exchange = self.cycle
        if not isinstance(exchange, _Exchange):
            super().on_body(body)
        elif not exchange.response_complete:
            exchange.body += body
            if len(exchange.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            exchange.set()

    def on_message_complete(self) -> None:
        self._in_body = False
        # What follows in the same bytes is another request.
        self._head_bytes = 0
        exchange = self.cycle
        if isinstance(exchange, _Exchange):
            exchange.more_body = False
            exchange.set()
        else:
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

    def write_whole(
        self, cycle: "RequestResponseCycle | _Exchange", method: str, status: int, body: bytes, *fields: bytes
    ) -> None:
        """Send an answer in one piece, and go on to the next request or close, as its header fields say."""
        head = b"".join((STATUS_LINE[status], _encode_often(tuple(self.server_state.default_headers)), *fields))
        if status not in _BODILESS and b"content-length: " not in head:
            head += b"content-length: %d\r\n" % len(body)
        is_last = b"connection: close\r\n" in head
        if not (is_last or cycle.keep_alive):
            is_last = True
            head += b"connection: close\r\n"
        cycle.response_started = cycle.response_complete = True
        self.transport.write(b"%b\r\n%b" % (head, b"" if method == "HEAD" else body))
        if is_last:
            self._end()
        self.on_response_complete()

    def _exchange(self) -> _Exchange | None:
        """Return the request as one that is answered without ASGI, unless it is for ASGI."""
        service, url = self._service, self.url
        if service is None or not url.startswith(b"/") or b"#" in url or not url.isascii():
            return None
        path, _, query = url.partition(b"?")
        parser = self.parser
        request = Request(parser.get_method().decode("ascii"), path, query, self.headers, self._connection)
        if not (service.takes(request) and _is_plain(request.headers, parser)):
            return None
        return _Exchange(service, request, self.flow, parser.should_keep_alive())

    def _upgrade(self) -> None:
        if self._should_upgrade():
            self.handle_websocket_upgrade()
        else:
            self._unsupported_upgrade_warning()

    def _ask_by_asgi(self) -> None:
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: "RequestResponseCycle | _Exchange", app: Any) -> None:
        if isinstance(cycle, _Exchange):
            # To number a name for it would cost as much as to start it, and to be called back half as much.
            cycle.task = asyncio.Task(self._serve(cycle), loop=self.loop, name="answer")
            self.tasks.add(cycle.task)
        else:
            send = _Answer(cycle, self).send
            super()._start_asgi_task(cycle, lambda scope, receive, _: app(scope, receive, send))

    async def _serve(self, exchange: _Exchange) -> None:
        request = exchange.request
        if not exchange.more_body and len(exchange.body) <= BODY_LIMIT:
            request.body = exchange.body
        try:
            response = await exchange.service.answer(request, exchange.receive)
            if self.flow.write_paused:
                await self.flow.drain()
            if response is not None and not exchange.disconnected:
                fields = _encode_often(response.headers), _encode(response.own)
                self.write_whole(exchange, request.method, response.status, response.body, *fields)
        except Exception:
            self.logger.exception("an answer could not be sent")
            self.transport.close()
        finally:
            self.tasks.discard(exchange.task)

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
            # The parser stops at an exception of its callbacks, and says that it did.
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
