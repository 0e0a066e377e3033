"""One WebSocket: frames by the library `websockets`, messages by ASGI, and timeouts for clients that do not respond."""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

import structlog
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from openrooms.server.web.exchange import encode
from openrooms.server.web.messages import Application, Message, Scope

if TYPE_CHECKING:
    from openrooms.server.web.connection import HttpConnection

MESSAGE_LIMIT = 64 * 1024
"""Bytes of a message; signalling needs fewer."""

_log = structlog.get_logger("openrooms.web")

_MESSAGES_AHEAD = 16
_FED_AT_ONCE = 4096
_REFUSED = HTTPStatus.FORBIDDEN
_GONE: Message = {"type": "websocket.disconnect", "code": int(CloseCode.NO_STATUS_RCVD)}


class WebSocket:
    """A connection whose client requested a WebSocket, which may be open already."""

    open_seconds: ClassVar[float] = 30.0
    ping_seconds: ClassVar[float] = 20.0
    close_seconds: ClassVar[float] = 5.0

    def __init__(self, connection: "HttpConnection", application: Application, scope: Scope, head: bytes) -> None:
        self._connection = connection
        self._application = application
        self._scope = scope
        self._protocol = ServerProtocol(max_size=MESSAGE_LIMIT)
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._unfed = b""
        self._pieces: list[bytes] = []
        self._is_text = False
        self._handshake: Response | None = None
        self._refusal: Message | None = None
        self._is_open = False
        self._is_closing = False
        self._is_over = False
        self._is_pinged = False
        self._has_received_close = False
        self._feed(head)

    @property
    def is_valid(self) -> bool:
        """Whether the client's handshake is valid."""
        return self._handshake is not None and self._handshake.status_code == HTTPStatus.SWITCHING_PROTOCOLS

    async def run(self) -> None:
        """Run the application until it or the client ends the WebSocket."""
        self._messages.put_nowait({"type": "websocket.connect"})
        try:
            await self._application(self._scope, self.receive, self.send)
        except Exception:
            _log.exception("a WebSocket failed")
        self._close(CloseCode.INTERNAL_ERROR)

    async def receive(self) -> Message:
        """Return the next message; `websocket.disconnect` if the client is gone."""
        if self._messages.empty():
            if self._is_over:
                return _GONE
            self.advance()
        return await self._messages.get()

    async def send(self, message: Message) -> None:
        """Process a message of the application; drop it once the WebSocket is closing."""
        await self._connection.until_taken()
        kind = message["type"]
        if self._is_over or self._is_closing:
            return
        if kind == "websocket.accept":
            self._accept()
        elif kind == "websocket.send":
            self._send(message)
        elif kind == "websocket.close":
            self._close(message.get("code", CloseCode.NORMAL_CLOSURE))
        elif kind == "websocket.http.response.start":
            self._refusal = message
        elif kind == "websocket.http.response.body" and self._refusal is not None:
            self._refuse(self._refusal["status"], encode(tuple(self._refusal["headers"])), message.get("body", b""))

    def data_received(self, data: bytes) -> None:
        """Process bytes of the client."""
        self._is_pinged = False
        self._unfed += data
        self.advance()

    def advance(self) -> None:
        """Process the client's bytes while the application takes messages and answers to pings can be sent."""
        while self._unfed and self._is_reading():
            piece, self._unfed = self._unfed[:_FED_AT_ONCE], self._unfed[_FED_AT_ONCE:]
            self._feed(piece)
            self._flush()
        if self._unfed or not self._is_reading():
            self._connection.pause_reading()
        else:
            self._connection.resume_reading()

    def connection_lost(self) -> None:
        """Tell the application that the client is gone."""
        self._is_over = True
        self._unfed = b""
        self._messages.put_nowait(_GONE)

    def shut(self) -> None:
        """Tell the client that the service restarts."""
        self._close(CloseCode.SERVICE_RESTART)

    def end_if_late(self, now: float) -> float:
        """Drop the client if nothing came since the last ping, otherwise send a ping; return when to check again."""
        if self._is_pinged or self._is_closing or not self._is_open:
            self._connection.abort()
        else:
            self._is_pinged = True
            self._protocol.send_ping(b"")
            self._flush()
        return now + self.ping_seconds

    def _is_reading(self) -> bool:
        is_wanted = self._is_closing or self._messages.qsize() < _MESSAGES_AHEAD
        return self._is_open and is_wanted and not (self._is_over or self._connection.is_write_paused)

    def _feed(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._handshake = self._protocol.accept(event)
            elif isinstance(event, Frame):
                self._take(event)

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            self._has_received_close = True
        elif frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            if frame.opcode is not Opcode.CONT:
                self._is_text = frame.opcode is Opcode.TEXT
            if frame.data:
                self._pieces.append(bytes(frame.data))
            if frame.fin:
                data, self._pieces = b"".join(self._pieces), []
                self._deliver(data)

    def _deliver(self, data: bytes) -> None:
        if self._is_closing:
            return
        if not self._is_text:
            self._messages.put_nowait({"type": "websocket.receive", "bytes": data})
            return
        try:
            self._messages.put_nowait({"type": "websocket.receive", "text": data.decode("utf-8")})
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA, "the text is not UTF-8")

    def _accept(self) -> None:
        if self._handshake is None or self._is_open:
            return
        self._protocol.send_response(self._handshake)
        self._is_open = True
        self._connection.deadline = asyncio.get_running_loop().time() + self.ping_seconds
        self._flush()
        self.advance()

    def _send(self, message: Message) -> None:
        data, text = message.get("bytes"), message.get("text")
        if data is not None:
            self._protocol.send_binary(data)
        elif text is not None:
            self._protocol.send_text(text.encode("utf-8"))
        self._flush()

    def _flush(self) -> None:
        pieces = self._protocol.data_to_send()
        data = b"".join(pieces)
        if data and not self._is_over:
            self._connection.write(data)
        if b"" in pieces and not self._is_over:
            self._end()

    def _close(self, code: int) -> None:
        if self._is_over or self._is_closing:
            return
        if not self._is_open:
            self._refuse(_REFUSED, b"", b"")
            return
        self._protocol.send_close(code)
        self._is_closing = True
        self._connection.deadline = asyncio.get_running_loop().time() + self.close_seconds
        self._flush()
        self._messages.put_nowait(_GONE)
        self.advance()

    def _refuse(self, status: int, fields: bytes, body: bytes) -> None:
        self._is_over = True
        self._connection.write_last(status, fields, body)

    def _end(self) -> None:
        """End the connection after the client's close frame or a violation of the protocol."""
        self._is_over = True
        self._messages.put_nowait(_GONE)
        if self._has_received_close:
            self._connection.close()
        else:
            # The client may still be sending.
            self._connection.linger()
