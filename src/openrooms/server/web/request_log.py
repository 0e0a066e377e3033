"""The request log: one event for each request.

A production service logs the answer. A development service also logs why a request was refused, which must stay secret
in production.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from openrooms.domain.errors import MalformedRequest, NotAuthenticated, OpenRoomsError
from openrooms.server.web.messages import WHY, Message, Request, Scope, Send
from openrooms.wire.signing import SCHEME, string_to_sign

_log = structlog.get_logger("openrooms.web")
_SIGNED = SCHEME.lower().encode("ascii")


class RequestLog:
    """Logs requests as they are answered; `explains` adds the reasons of refusals, for `openrooms dev` only.

    `write` writes a line of a log in JSON. Without it, events go through structlog.
    """

    def __init__(self, *, explains: bool = False, write: Callable[[str], None] | None = None) -> None:
        self.explains = explains
        self._write = None if explains else write

    def note(
        self,
        request: Request,
        operation: str,
        status: int,
        seconds: float,
        request_id: bytes,
        error: OpenRoomsError | None = None,
    ) -> None:
        """Log one answer, and the error that caused it."""
        if self._write is not None:
            self._write(_line(request, operation, int(status), seconds, request_id))
            return
        details = _explanation(request, error) if self.explains else {"peer": request.peer}
        _log.info(
            "request",
            request_id=request_id.decode("ascii"),
            operation=operation,
            method=request.method,
            status=int(status),
            ms=round(seconds * 1000, 2),
            **details,
        )
        if self.explains and isinstance(error, NotAuthenticated):
            text = expected_string_to_sign(request)
            if text is not None:
                _log.debug("string to sign", text=text)

    def watch(self, scope: Scope, send: Send) -> Send:
        """Return a `send` that logs the answer of a mounted application once it begins."""
        started = time.perf_counter()
        is_answered = False

        async def watched(message: Message) -> None:
            nonlocal is_answered
            status = _status(message)
            if status is not None and not is_answered:
                is_answered = True
                why = message.get(WHY)
                _log.info(
                    "request",
                    method=scope.get("method", "GET"),
                    path=_text(scope["raw_path"]),
                    status=status,
                    ms=round((time.perf_counter() - started) * 1000, 2),
                    **({"why": why} if why else {}),
                )
            await send(message)

        return watched


def _line(request: Request, operation: str, status: int, seconds: float, request_id: bytes) -> str:
    """Return the line that structlog would write; formatting it directly takes less than half of the time.

    All values are of the service itself, except for the method and the address, whose forms are checked: nothing has to
    be escaped, and nothing can be a secret.
    """
    now = datetime.now(UTC).replace(tzinfo=None).isoformat()
    return (
        f'{{"request_id": "{request_id.decode("ascii")}", "operation": "{operation}", "method": "{request.method}", '
        f'"status": {status}, "ms": {round(seconds * 1000, 2)}, "peer": "{request.peer}", "event": "request", '
        f'"level": "info", "timestamp": "{now}Z"}}\n'
    )


def reason_of(error: OpenRoomsError) -> str:
    """Return why a request was refused, for the log of a development service."""
    if isinstance(error, MalformedRequest) and error.problems:
        return "; ".join(": ".join(filter(None, (problem.target, problem.message))) for problem in error.problems)
    reason: str = getattr(error, "reason", "")
    return reason or str(error)


def _explanation(request: Request, error: OpenRoomsError | None) -> dict[str, str]:
    details = {"path": _text(request.path)}
    return details | {"why": reason_of(error)} if error else details


def _authorization(request: Request) -> bytes:
    return request.headers.get(b"authorization", b"").lower()


def expected_string_to_sign(request: Request) -> str | None:
    """Return the text that the client should have signed; `None` if the request is not signed."""
    if not _authorization(request).startswith(_SIGNED):
        return None
    path, query, headers = request.path, request.query_string, request.headers
    target = b"%b?%b" % (path, query) if query else path
    date_header = b"date" if b"signedheaders=date;" in _authorization(request) else b"x-ms-date"
    date, body_hash = headers.get(date_header, b""), headers.get(b"x-ms-content-sha256", b"")
    return string_to_sign(request.method, *map(_text, (target, date, request.received_host, body_hash))).decode("ascii")


def _status(message: Message) -> int | None:
    """Return the status in a message that begins an answer; `None` for other messages."""
    kind = message["type"]
    if kind in ("http.response.start", "websocket.http.response.start"):
        return int(message["status"])
    return {"websocket.accept": 101, "websocket.close": 403}.get(kind)


def _text(value: bytes) -> str:
    # Clients must not be able to send escape sequences to the operator's terminal.
    return value.decode("latin-1").encode("unicode_escape").decode("ascii")
