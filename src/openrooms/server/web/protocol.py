"""HTTP/1.1 as uvicorn speaks it, with limits: how long a head may be, and how long a client may take.

The usual request arrives in one piece and passes without a timer: only what is longer than a whole head may be, or
incomplete, is looked at.
"""

import asyncio
from http import HTTPStatus

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from openrooms.wire.errors import ErrorBody, ErrorDetail

HEAD_LIMIT = 16 * 1024
TARGET_LIMIT = 8 * 1024
HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0


class _Stop(Exception):
    """The connection's bytes are not to be read on."""


class _Refusal:
    """What a connection is told before it is closed."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        self.status = status
        self.body = msgspec.json.encode(ErrorBody(ErrorDetail(code, message)))


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


class Protocol(HttpToolsProtocol):
    """One connection; a refusal of its bytes has the body that every error has, and ends it."""

    _refusal: _Refusal | None = None
    _head_bytes = 0
    _in_head = False
    _in_body = False
    _may_be_long = False
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._patience = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        # Only more than a whole head's bytes can hold too long a head, unless it began in an earlier piece.
        self._may_be_long = self._head_bytes > TARGET_LIMIT
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            if self._head_bytes > HEAD_LIMIT + len(data):
                self._refuse(_TARGET_TOO_LONG if not self.headers and len(self.url) > TARGET_LIMIT else _HEAD_TOO_LARGE)
                return
        else:
            self._head_bytes = 0
        if not (self._in_head or self._in_body):
            self._stop_waiting()
        elif self._patience is None:
            self._patience = self.loop.call_later(HEAD_SECONDS if self._in_head else BODY_SECONDS, self._give_up)

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
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser did not take, or what one of the limits stopped."""
        self._refuse(self._refusal or _BAD_REQUEST)

    def _check_head(self) -> None:
        if len(self.url) > TARGET_LIMIT:
            self._refusal = _TARGET_TOO_LONG
        elif sum(len(name) + len(value) for name, value in self.headers) > HEAD_LIMIT:
            self._refusal = _HEAD_TOO_LARGE
        if self._refusal is not None:
            # The parser stops at an exception of its callbacks and has `send_400_response` called.
            raise _Stop

    def _give_up(self) -> None:
        self._patience = None
        if self.transport.is_closing():
            return
        if self.cycle is not None and self._in_body:
            # Whoever waits for the rest of the body learns that it will not come.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self._in_head or self._in_body:
            self._refuse(_TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, refusal: _Refusal) -> None:
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            status = refusal.status
            self.transport.write(
                b"HTTP/1.1 %d %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
                % (status, status.phrase.encode("ascii"), len(refusal.body), refusal.body)
            )
        self.transport.close()

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
