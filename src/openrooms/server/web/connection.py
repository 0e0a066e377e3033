"""One HTTP/1.1 connection and its states, each with a deadline and a limit of bytes.

The parser gets the bytes of one request at a time: the head once it is complete, then the body. Further requests stay
unparsed until the current one is answered, and reading pauses, so that a burst of requests costs only its bytes.
"""

import asyncio
import contextlib
import os
import socket
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, cast

import httptools
import msgspec

from openrooms.server.web.asgi import AsgiExchange, http_scope, websocket_scope
from openrooms.server.web.exchange import Exchange, ServiceExchange, encode
from openrooms.server.web.messages import DRAIN_LIMIT, NO_CONTENT, Address, Connection, Header, Request
from openrooms.server.web.websocket import WebSocket
from openrooms.wire.errors import ErrorBody, ErrorDetail

if TYPE_CHECKING:
    from openrooms.server.web.server import Server

HEAD_LIMIT = 16 * 1024
PATH_LIMIT = 2 * 1024
"""Paths are decoded before authentication. Only the query of the gate needs more bytes than this."""
FIELD_LIMIT = 100
"""Parsing a field costs as much as a hundred bytes."""
_MOST_LINES = FIELD_LIMIT + 2
TARGET_LIMIT = 8 * 1024

_END_OF_LINE = b"\r\n"
_END_OF_HEAD = b"\r\n\r\n"
_USUAL_VERSION = b" HTTP/1.1"
_LINE_BREAKS = frozenset(b"\r\n")
_CAPITALS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_STATUS_LINES = {int(status): b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode("ascii")) for status in HTTPStatus}
_LAST = b"connection: close\r\n"
_SCHEMES = (None, b"", b"http", b"https")
# Bytes for the two line breaks of a chunk and the digits of its size; more bytes are an extension.
_AROUND_CHUNK = 20
_ANSWERED_IN_A_ROW = 16
_LEAST_PROGRESS = 16 * 1024


class State(Enum):
    """The state of a connection: what it waits for."""

    IDLE = "idle"  # the next request
    HEAD = "head"  # the rest of a head; also the first request, and the request after blank lines
    BODY = "body"  # the rest of a body; its answer may be sent earlier
    ANSWERING = "answering"  # the service, then the client, which has to read the answer
    UPGRADED = "upgraded"  # a WebSocket
    CLOSING = "closing"  # the client, which may still be sending, to read the last answer


# Accessing an enumeration's member is slow for code that runs on every request.
_IDLE, _HEAD, _BODY, _ANSWERING, _UPGRADED, _CLOSING = State


class Refusal:
    """An error response after which the connection is closed."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        body = msgspec.json.encode(ErrorBody(ErrorDetail(code, message)))
        fields = b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body)
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            fields += b"retry-after: 1\r\n"
        self.answer = b"".join((_STATUS_LINES[status], fields, _LAST, _END_OF_LINE, body))


_BAD_REQUEST = Refusal(HTTPStatus.BAD_REQUEST, "BadRequest", "The request is not valid HTTP/1.1.")
_ONE_HOST = Refusal(HTTPStatus.BAD_REQUEST, "BadRequest", "HTTP/1.1 requires exactly one Host header.")
_TARGET_TOO_LONG = Refusal(
    HTTPStatus.REQUEST_URI_TOO_LONG, "RequestUriTooLong", f"The request target is longer than {TARGET_LIMIT} bytes."
)
_PATH_TOO_LONG = Refusal(
    HTTPStatus.REQUEST_URI_TOO_LONG, "RequestUriTooLong", f"The request's path is longer than {PATH_LIMIT} bytes."
)
_HEAD_TOO_LARGE = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "RequestHeadersTooLarge",
    f"The request has more than {FIELD_LIMIT} header fields, or these, or its trailers and chunk extensions, are "
    f"larger than {HEAD_LIMIT} bytes.",
)
_TOO_SLOW = Refusal(HTTPStatus.REQUEST_TIMEOUT, "RequestTimeout", "The request took too long to arrive.")
_TOO_LATE = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable", "The answer took too long; try again.")
_FAILED = Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalServerError", "The server failed; try again.")
TOO_MANY = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE, "TooManyConnections", "There are too many connections; try again later."
)


class HttpConnection(asyncio.Protocol):
    """One connection. Requests to the API go to the service directly, all others through ASGI.

    `deadline` is a time of the loop's clock; the server calls `end_if_late` once it has passed. The server counts the
    connection as `descriptors` connections of the client `owner`.
    """

    head_seconds: ClassVar[float] = 10.0
    body_seconds: ClassVar[float] = 30.0
    answer_seconds: ClassVar[float] = 30.0
    """The time for the service to answer, and for a client to read at least some of its answer."""
    keep_alive_seconds: ClassVar[float] = 75.0
    linger_seconds: ClassVar[float] = 1.0

    state = _HEAD
    deadline = float("inf")
    is_write_paused = False
    descriptors = 1

    opening: asyncio.Task[None] | None = None
    """The task that performs the TLS handshake, until it is done."""

    _transport: asyncio.Transport
    _connection: Connection
    _is_tls = False
    _client: Address | None = None
    _here: Address | None = None
    _exchange: Exchange | None = None
    _websocket: WebSocket | None = None
    _is_read_paused = False
    _is_half_closed = False
    _is_reading = False
    _taken: asyncio.Future[None] | None = None
    _unsent = 0
    # Received bytes that are not parsed yet, from `_at`.
    _unread = b""
    _at = 0
    _blank_bytes = 0
    # The request that is being read.
    _url = b""
    _is_whole = False
    _body_left = 0
    _is_chunked = False
    _body_bytes = 0
    _framing_bytes = 0
    _tail = b""

    def __init__(self, server: "Server", owner: str) -> None:
        self.owner = owner
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._headers: list[Header] = []

    # Called by the transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not instances of `asyncio.Transport`.
        transport = self._transport = cast("asyncio.Transport", transport)
        self._is_tls = transport.get_extra_info("sslcontext") is not None
        self._client = _address(transport.get_extra_info("peername"))
        self._here = _address(transport.get_extra_info("sockname"))
        self._connection = Connection.of("https" if self._is_tls else "http", self._client, self._here)
        # Call `pause_writing` as soon as the client stops reading. (Over TLS, 0 would pause always.)
        transport.set_write_buffer_limits(high=1 if self._is_tls else 0)
        self._server.keep(self)
        self._enter(_HEAD, self.head_seconds)

    def data_received(self, data: bytes) -> None:
        if self._websocket is not None:
            self._websocket.data_received(data)
        elif self.state is _CLOSING:
            self._drop(data)
        else:
            self._unread = self._unread[self._at :] + data if self._unread else data
            self._at = 0
            if self.state is _ANSWERING:
                self.pause_reading()
            else:
                self._read()

    def eof_received(self) -> bool:
        self._is_half_closed = True
        # The client only stops sending and still waits for its answers. asyncio's TLS closes both directions at once,
        # regardless of the returned value.
        return self.state is _ANSWERING and not self._is_tls

    def connection_lost(self, exc: Exception | None) -> None:
        self._move_to_closing()
        self._server.forget(self)
        websocket, self._websocket = self._websocket, None
        if websocket is not None:
            websocket.connection_lost()
        self._wake_writer()
        # The parser refers back to this connection, so only the garbage collector would free both, much later.
        del self._parser

    def pause_writing(self) -> None:
        self.is_write_paused = True
        self._unsent = self._transport.get_write_buffer_size()

    def resume_writing(self) -> None:
        self.is_write_paused = False
        self._wake_writer()
        if self._websocket is not None:
            self._websocket.advance()
        elif self._exchange is not None and self._exchange.is_answered:
            self._finish(self._exchange)

    # Called by the parser.

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_chunk_header(self) -> None:
        self._framing_bytes -= _AROUND_CHUNK

    def on_body(self, body: bytes) -> None:
        size = len(body)
        self._body_bytes += size
        self._framing_bytes -= size
        if self._exchange is not None:
            self._exchange.take(body)

    def on_message_complete(self) -> None:
        self._is_whole = True

    # Called by exchanges and WebSockets.

    def write(self, data: bytes) -> None:
        """Send bytes, unless the connection is about to end."""
        if self.state is _CLOSING:
            return
        self._transport.write(data)
        if self._websocket is None:
            self.deadline = self._loop.time() + self.answer_seconds

    def write_answer(self, exchange: Exchange, status: int, body: bytes, *fields: bytes) -> None:
        """Send a complete answer in one piece, and continue with the next request."""
        self._transport.write(b"".join(self.encode_answer(exchange, status, body, *fields)))
        self.end_answer(exchange)

    def encode_answer(self, exchange: Exchange, status: int, body: bytes, *fields: bytes) -> tuple[bytes, bytes]:
        """Return head and body of a complete answer, which must then be sent."""
        head = b"".join((_STATUS_LINES[status], self._server.fields, *fields))
        exchange.has_begun = True
        if _LAST in head:
            exchange.is_last = True
        elif exchange.is_last:
            head += _LAST
        return head + _END_OF_LINE, b"" if exchange.request.method == "HEAD" else body

    def begin_answer(self, exchange: Exchange, status: int, fields: bytes, has_length: bool) -> bool:
        """Send the head of an answer whose body comes in pieces; return whether the pieces must be chunks."""
        head = _STATUS_LINES[status] + self._server.fields + fields
        is_chunked = not has_length and exchange.request.http_version == "1.1" and status != NO_CONTENT
        if is_chunked:
            head += b"transfer-encoding: chunked\r\n"
        exchange.has_begun = True
        exchange.is_last = exchange.is_last or _LAST in head or not (has_length or is_chunked)
        if exchange.is_last and _LAST not in head:
            head += _LAST
        self._transport.write(head + _END_OF_LINE)
        return is_chunked

    def end_answer(self, exchange: Exchange) -> None:
        """Continue with the next request once the client has read the complete answer."""
        exchange.is_answered = True
        if not self.is_write_paused:
            self._finish(exchange)

    def fail(self, exchange: Exchange) -> None:
        """Answer that the request failed, unless an answer has begun, and end the connection."""
        if exchange.has_begun:
            self.abort()
        else:
            self._refuse(_FAILED)

    def write_last(self, status: int, fields: bytes, body: bytes) -> None:
        """Refuse to open a WebSocket with a plain HTTP response."""
        if self.state is _CLOSING:
            return
        length = b"" if b"content-length: " in fields else b"content-length: %d\r\n" % len(body)
        parts = (_STATUS_LINES[status], self._server.fields, fields, length, _LAST, _END_OF_LINE, body)
        self._transport.write(b"".join(parts))
        self.linger()

    def limit_silence(self, seconds: float) -> None:
        """Have the system end the connection if the client confirms nothing that was sent for so long.

        A client that vanishes without a word would otherwise count as connected for a quarter of an hour.
        """
        transport_socket = self._transport.get_extra_info("socket")
        if transport_socket is None or not hasattr(socket, "TCP_USER_TIMEOUT"):
            return
        # uvloop's transports hide the socket's options.
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(transport_socket.fileno())) as own:
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))

    def extend_deadline(self, seconds: float) -> None:
        """Give the answer so much more time."""
        self.deadline = self._loop.time() + seconds + self.answer_seconds

    async def until_taken(self) -> None:
        """Wait until the client has read all written bytes, or is gone."""
        while self.is_write_paused and self.state is not _CLOSING:
            if self._taken is None:
                self._taken = self._loop.create_future()
            await asyncio.shield(self._taken)

    def pause_reading(self) -> None:
        """Stop reading from the client."""
        if not (self._is_read_paused or self._transport.is_closing()):
            self._is_read_paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Continue reading from the client."""
        if self._is_read_paused and not self._transport.is_closing():
            self._is_read_paused = False
            self._transport.resume_reading()

    def close(self) -> None:
        """Close the connection once all written bytes are sent."""
        self._move_to_closing()
        self.deadline = self._loop.time() + self.answer_seconds
        self._transport.close()

    def linger(self) -> None:
        """Close the connection after giving the client, which may still be sending, time to read the last answer.

        If it were closed with unread bytes, the connection would be reset and the answer might be lost.
        """
        is_sending = self.state is _BODY or self._is_read_paused or bool(self._unread or self._blank_bytes)
        if self._is_half_closed or (self._is_tls and not is_sending):
            # TLS itself waits for the client's close message and reads the bytes before it.
            self.close()
            return
        self._move_to_closing()
        self.resume_reading()
        if not (self._is_tls or self._transport.is_closing()):
            self._transport.write_eof()

    def abort(self) -> None:
        """Drop the connection and any unsent bytes."""
        self._move_to_closing()
        self._transport.abort()

    # Called by the server.

    @property
    def waits_for_client(self) -> bool:
        """Whether the client delays the connection, and not the service; false for WebSockets."""
        if self._websocket is not None:
            return False
        return self.is_write_paused or self.state is not _ANSWERING

    def drop(self) -> None:
        """End the connection at once, even during the TLS handshake, so that another one can take its place."""
        self._server.forget(self)
        if self.opening is not None:
            self.opening.cancel()
        else:
            self.abort()

    def end_if_late(self, now: float) -> None:
        """End the connection after its deadline, unless the client has made progress."""
        state = self.state
        if state is _CLOSING:
            self._end_closing(now)
        elif self._websocket is not None:
            self.deadline = self._websocket.end_if_late(now)
        elif self.is_write_paused:
            unsent = self._transport.get_write_buffer_size()
            if unsent > self._unsent - _LEAST_PROGRESS:
                self.abort()
            self._unsent = unsent
            self.deadline = now + self.answer_seconds
        elif state is _ANSWERING:
            self._refuse(_TOO_LATE)
        elif state is _IDLE or not (self._unread or self._blank_bytes or self._exchange):
            self.close()
        else:
            self._refuse(_TOO_SLOW)

    def shut(self) -> None:
        """Close the connection if it waits for a request; a request in progress is answered first."""
        if self.state is _IDLE or self.state is _HEAD:
            self.close()
        elif self._websocket is not None:
            self._websocket.shut()
        elif self._exchange is not None:
            self._exchange.end_soon()

    # Transitions between states.

    def _enter(self, state: State, seconds: float) -> None:
        self.state = state
        self.deadline = self._loop.time() + seconds

    def _move_to_closing(self) -> None:
        exchange, self._exchange = self._exchange, None
        self._enter(_CLOSING, self.linger_seconds)
        self._unread, self._at, self._body_bytes = b"", 0, 0
        if exchange is not None:
            exchange.lose()

    def _end_closing(self, now: float) -> None:
        if self._transport.is_closing():
            self._transport.abort()
        else:
            self._transport.close()
        self.deadline = now + self.answer_seconds

    def _refuse(self, refusal: Refusal) -> None:
        exchange = self._exchange
        if exchange is None or not exchange.has_begun:
            self._transport.write(refusal.answer)
        self.linger()

    def _finish(self, exchange: Exchange) -> None:
        """Continue after an answer that the client has read."""
        if exchange is not self._exchange:
            return
        if exchange.is_last:
            if self.state is _BODY or self._unread or self._is_read_paused:
                self.linger()
            else:
                self.close()
        elif self.state is _ANSWERING:
            self._exchange = None
            self._enter(_IDLE, self.keep_alive_seconds)
            if self._unread:
                self._read()
            else:
                self._await_bytes()
        else:
            # Drop the rest of the body.
            self.resume_reading()

    def _read(self) -> None:
        """Parse the received bytes until more are needed or a request is being answered."""
        if self._is_reading:
            return
        self._is_reading = True
        try:
            for _ in range(_ANSWERED_IN_A_ROW):
                if not self._read_on():
                    return
        finally:
            self._is_reading = False
        # Let other connections run.
        self._loop.call_soon(self._read)

    def _read_on(self) -> bool:
        """Read one request; return whether it is already answered, so that the next one may be read."""
        if (self.state is _IDLE or self.state is _HEAD) and not (self._unread and self._read_head()):
            self._await_bytes()
            return False
        if self.state is _BODY:
            self._read_body()
        exchange = self._exchange
        if exchange is not None and not exchange.is_started:
            self._server.start_soon(exchange)
        if self.state is _BODY:
            self._await_bytes()
        return self.state is _IDLE

    def _await_bytes(self) -> None:
        if self.state is _CLOSING or self.state is _UPGRADED:
            return
        if self._is_half_closed:
            self.close()
        elif self._is_read_paused and self.state is not _BODY:
            self.resume_reading()

    # Heads.

    def _read_head(self) -> bool:
        """Return whether a complete head was read and accepted; its body or its answer follows."""
        if self._unread[self._at] in _LINE_BREAKS and not self._skip_blank_lines():
            return False
        data, start = self._unread, self._at
        end = data.find(_END_OF_HEAD, start) + len(_END_OF_HEAD)
        if end < len(_END_OF_HEAD):
            self._await_head(data[start:])
            return False
        head = data if end - start == len(data) else data[start:end]
        refusal = _excess(head) if len(head) > TARGET_LIMIT else None
        if refusal is None and head.count(b"\n") > _MOST_LINES:
            refusal = _HEAD_TOO_LARGE
        if refusal is not None:
            self._refuse(refusal)
            return False
        self._blank_bytes = 0
        self._consume(end)
        line_end = head.find(_END_OF_LINE)
        version = (
            "1.1" if head.startswith(_USUAL_VERSION, line_end - len(_USUAL_VERSION)) else _version(head[:line_end])
        )
        refusal = self._take_head(head, version) if version else _BAD_REQUEST
        if refusal is not None:
            self._refuse(refusal)
        return refusal is None

    def _skip_blank_lines(self) -> bool:
        """Skip blank lines; return whether bytes follow them."""
        data = self._unread[self._at :]
        rest = data.lstrip(_END_OF_LINE)
        self._blank_bytes += len(data) - len(rest)
        self._unread, self._at = rest, 0
        if self._blank_bytes > HEAD_LIMIT:
            self._refuse(_HEAD_TOO_LARGE)
            return False
        if self.state is _IDLE:
            self._enter(_HEAD, self.head_seconds)
        return bool(rest)

    def _await_head(self, data: bytes) -> None:
        refusal = _excess(data)
        if refusal is None and (data[0] not in _CAPITALS or b"\n\n" in data):
            refusal = _BAD_REQUEST
        if refusal is not None:
            self._refuse(refusal)
        elif self.state is _IDLE:
            self._enter(_HEAD, self.head_seconds)

    def _consume(self, end: int) -> None:
        if end == len(self._unread):
            self._unread, self._at = b"", 0
        else:
            self._at = end

    def _take_head(self, head: bytes, version: str) -> Refusal | None:
        """Parse a head and continue with the body or the answer, or return the refusal."""
        self._url, self._headers, self._is_whole = b"", [], False
        wants_upgrade = False
        try:
            self._parser.feed_data(head)
        except httptools.HttpParserUpgrade:
            wants_upgrade = True
        except httptools.HttpParserError:
            return _BAD_REQUEST
        request = self._request(version)
        if wants_upgrade:
            self._parser = httptools.HttpRequestParser(self)
        if request is None:
            return _BAD_REQUEST
        if refusal := _objection(request):
            return refusal
        headers = request.headers
        if wants_upgrade:
            if _is_websocket(request):
                return self._upgrade(request, head)
            if request.method == "CONNECT":
                return _BAD_REQUEST
            # The parser expects another protocol after this head, so parse the head again without the Upgrade header.
            return self._take_head(_without_upgrade(request, self._url, self._headers), version)
        if self._is_whole:
            self._enter(_ANSWERING, self.answer_seconds)
        else:
            length = headers.get(b"content-length")
            self._is_chunked, self._body_left = length is None, int(length or 0)
            self._body_bytes, self._framing_bytes, self._tail = 0, 0, b""
            self._enter(_BODY, self.body_seconds)
        is_last = version == "1.0" or (b"connection" in headers and b"close" in _tokens(headers[b"connection"]))
        self._exchange = self._new_exchange(request, is_last)
        self._exchange.more_body = not self._is_whole
        return None

    def _request(self, version: str) -> Request | None:
        """Return the parsed request, or `None` if its target is invalid."""
        url = self._url
        if not url.isascii():
            return None
        if url.startswith(b"/") and b"#" not in url:
            path, _, query = url.partition(b"?")
        else:
            parts = _absolute(url)
            if parts is None:
                return None
            path, query = parts
        method = self._parser.get_method().decode("ascii")
        return Request(method, path, query, self._headers, self._connection, version)

    def _new_exchange(self, request: Request, is_last: bool) -> Exchange:
        service = self._server.service
        if service is not None and service.takes(request):
            return ServiceExchange(self, request, is_last, service)
        scope = http_scope(request, self._headers, self._client, self._here)
        return AsgiExchange(self, request, is_last, self._server.application, scope)

    def _upgrade(self, request: Request, head: bytes) -> Refusal | None:
        scope = websocket_scope(request, self._headers, self._client, self._here)
        websocket = WebSocket(self, self._server.application, scope, head)
        if not websocket.is_valid:
            return _BAD_REQUEST
        if not self._server.may_relay(self):
            return TOO_MANY
        self._enter(_UPGRADED, websocket.open_seconds)
        self._websocket = websocket
        ahead, self._unread, self._at = self._unread[self._at :], b"", 0
        if ahead:
            websocket.data_received(ahead)
        self._server.start(websocket.run())
        return None

    # Bodies.

    def _read_body(self) -> None:
        """Parse the received part of a body; continue with the answer once the body is complete."""
        data, at = self._unread, self._at
        while at < len(data) and not self._is_whole and self.state is _BODY:
            end = self._end_of_chunks(data, at) if self._is_chunked else min(len(data), at + self._body_left)
            piece = data if end - at == len(data) else data[at:end]
            at = end
            self._body_left -= len(piece)
            self._framing_bytes += len(piece)
            self._consume(end)
            self._feed_body(piece)
        if self._is_whole and self.state is _BODY:
            self._end_body()

    def _feed_body(self, piece: bytes) -> None:
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserError:
            self._refuse(_BAD_REQUEST)
            return
        if self._framing_bytes > HEAD_LIMIT:
            self._refuse(_HEAD_TOO_LARGE)
        elif self._body_bytes > DRAIN_LIMIT and self._exchange is not None and self._exchange.is_answered:
            self.linger()

    def _end_of_chunks(self, data: bytes, start: int) -> int:
        """Return where a chunked body may end: after a blank line, or else after the received bytes."""
        tail = self._tail
        at = (tail + data[start : start + len(tail)]).find(_END_OF_HEAD)
        if at < 0:
            at = data.find(_END_OF_HEAD, start)
            end = at + len(_END_OF_HEAD) if at >= 0 else len(data)
        else:
            end = start + at + len(_END_OF_HEAD) - len(tail)
        self._tail = (tail + data[start:end])[-3:]
        return end

    def _end_body(self) -> None:
        exchange = self._exchange
        assert exchange is not None  # noqa: S101 - each body has an exchange
        exchange.end_body()
        self._enter(_ANSWERING, self.answer_seconds)
        if exchange.is_answered and not self.is_write_paused:
            self._finish(exchange)

    def _drop(self, data: bytes) -> None:
        self._body_bytes += len(data)
        if self._body_bytes > DRAIN_LIMIT:
            self.abort()

    def _wake_writer(self) -> None:
        taken, self._taken = self._taken, None
        if taken is not None and not taken.done():
            taken.set_result(None)


def _address(name: Any) -> Address | None:
    return (str(name[0]), int(name[1])) if isinstance(name, (tuple, list)) else None


def _excess(head: bytes) -> Refusal | None:
    """Return the refusal of a complete or partial head that is too long."""
    line, _, fields = head.partition(_END_OF_LINE)
    target = line.partition(b" ")[2].partition(b" ")[0]
    if len(target) > TARGET_LIMIT:
        return _TARGET_TOO_LONG
    return _HEAD_TOO_LARGE if len(fields) > HEAD_LIMIT or len(line) > HEAD_LIMIT else None


def _version(line: bytes) -> str:
    """Return the HTTP version of a request line that does not end with HTTP/1.1; empty if it is not supported."""
    return "1.0" if line.endswith(b" HTTP/1.0") else ""


def _absolute(url: bytes) -> tuple[bytes, bytes] | None:
    """Return path and query of a target that is not of the form `/path?query`; `None` if it is invalid."""
    try:
        parsed = httptools.parse_url(url)
    except httptools.HttpParserInvalidURLError:
        return None
    path = parsed.path or b"/"
    return (path, parsed.query or b"") if path.startswith(b"/") and parsed.schema in _SCHEMES else None


def _objection(request: Request) -> Refusal | None:
    """Return the refusal of a request that is invalid for every operation."""
    if len(request.path) > PATH_LIMIT:
        return _PATH_TOO_LONG
    if b"host" in request.repeated or not (request.received_host or request.http_version == "1.0"):
        return _ONE_HOST
    return None


def _is_websocket(request: Request) -> bool:
    headers = request.headers
    return (
        request.method == "GET"
        and request.http_version == "1.1"
        and headers.get(b"upgrade", b"").lower() == b"websocket"
        and headers.get(b"content-length", b"0") == b"0"
        and b"transfer-encoding" not in headers
    )


def _without_upgrade(request: Request, target: bytes, headers: list[Header]) -> bytes:
    line = b"%b %b HTTP/%b\r\n" % (request.method.encode("ascii"), target, request.http_version.encode("ascii"))
    return line + encode(tuple(header for header in headers if header[0] != b"upgrade")) + _END_OF_LINE


def _tokens(value: bytes) -> list[bytes]:
    return [token.strip().lower() for token in value.split(b",")]
