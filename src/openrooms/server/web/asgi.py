"""Serving ASGI applications that are mounted beside the API: scopes, and answers in one piece or many."""

from typing import TYPE_CHECKING
from urllib.parse import unquote

import structlog

from openrooms.server.web.exchange import Exchange, encode
from openrooms.server.web.messages import NO_CONTENT, Address, Application, Header, Message, Request, Scope

if TYPE_CHECKING:
    from openrooms.server.web.connection import HttpConnection

_log = structlog.get_logger("openrooms.web")

_LENGTH = b"content-length"


def http_scope(request: Request, headers: list[Header], client: Address | None, server: Address | None) -> Scope:
    """Return the ASGI scope of a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": request.http_version,
        "method": request.method,
        "scheme": request.scheme,
        "path": unquote(request.path.decode("ascii")),
        "raw_path": request.path,
        "query_string": request.query_string,
        "root_path": "",
        "headers": headers,
        "client": client,
        "server": server,
    }


def websocket_scope(request: Request, headers: list[Header], client: Address | None, server: Address | None) -> Scope:
    """Return the ASGI scope of a request to open a WebSocket."""
    scope = http_scope(request, headers, client, server)
    del scope["method"]
    return {
        **scope,
        "type": "websocket",
        "scheme": "wss" if request.scheme == "https" else "ws",
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }


class AsgiExchange(Exchange):
    """A request that an ASGI application answers. An answer in one message is sent in one piece."""

    _start: Message | None = None
    _is_chunked = False

    def __init__(
        self, connection: "HttpConnection", request: Request, is_last: bool, application: Application, scope: Scope
    ) -> None:
        super().__init__(connection, request, is_last)
        self._application = application
        self._scope = scope

    async def answer(self) -> None:
        try:
            await self._application(self._scope, self.receive, self.send)
        except Exception:
            _log.exception("request failed")
        finally:
            self._tasks.discard(self._task)
        if not (self.is_answered or self.is_gone):
            self.connection.fail(self)

    async def send(self, message: Message) -> None:
        """Process a message of the application; drop it if the client is gone."""
        if self.is_gone:
            return
        if self._start is None:
            self._start = message
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if not self.has_begun:
            self._begin(self._start, body, more)
        elif body or not more:
            self._continue(body, more)
        if more:
            await self.connection.until_taken()

    def _begin(self, start: Message, body: bytes, more: bool) -> None:
        headers, status = tuple(start["headers"]), start["status"]
        fields = encode(headers)
        has_length = any(name == _LENGTH for name, _ in headers)
        if not more:
            if not has_length and status != NO_CONTENT:
                fields += b"%b: %d\r\n" % (_LENGTH, len(body))
            self.connection.write_answer(self, status, body, fields)
            return
        self._is_chunked = self.connection.begin_answer(self, status, fields, has_length)
        if body:
            self._continue(body, more)

    def _continue(self, body: bytes, more: bool) -> None:
        if self.request.method != "HEAD":
            if self._is_chunked and body:
                body = b"%x\r\n%b\r\n" % (len(body), body)
            if self._is_chunked and not more:
                body += b"0\r\n\r\n"
            if body:
                self.connection.write(body)
        if not more:
            self.connection.end_answer(self)
