"""The gate in front of the media engine's signalling: only users who may join now can connect or reconnect.

A media token outlives a removal, and the engine renews it without asking, so the gate asks the database at each
connect. It refuses with 401 or 403, which every SDK treats as final and shows to the user. After a 404 the browser SDK
would retry forever. After a 503 all SDKs retry. `Authority` answers the same question for a proxy that relays the
traffic itself.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote_plus

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from openrooms.domain.errors import MediaUnavailable, NotAllowed, OpenRoomsError, TokenRefused, Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.server.core.audit import AuditLog
from openrooms.server.core.calls import Calls
from openrooms.server.core.connections import Connections
from openrooms.server.core.ports import MediaPass
from openrooms.server.core.resources import Resources
from openrooms.server.web.auth import UNKNOWN_HOST
from openrooms.server.web.limits import FAILURE, Limits, TooManyRequests
from openrooms.server.web.messages import UNCACHED, WHY, Header, Receive, Request, Scope, Send
from openrooms.server.web.proxies import Proxies
from openrooms.server.web.request_log import reason_of
from openrooms.wire import errors

PREFIX = "/livekit"
AUTHORITY_PREFIX = "/openrooms/gate"

_CONNECTS = (("rtc",), ("rtc", "v1"))
_VALIDATES = (("rtc", "validate"), ("rtc", "v1", "validate"))
_JSON: Header = (b"content-type", b"application/json; charset=utf-8")
_NAMING_HEADERS = {b"x-original-uri", b"x-forwarded-uri"}
_RETRY_AFTER: Header = (b"retry-after", b"1")
_QUERY_LIMIT = 8192
# LiveKit stays far below these limits for its paths and parameters.
_PATH_LIMIT = 64
_NAME_LIMIT = 64
_MOST_PARAMETERS = 64
_TOKEN_LIMIT = 7168
_MESSAGE_LIMIT = 16 * 1024 * 1024
_OPEN_SECONDS = 5.0
# By then, the database shows a removal that happened while the user was connecting.
_SECOND_LOOK_SECONDS = 0.3
_NORMAL_CLOSE = 1000
# Retrying does not help after these statuses of the engine.
_FINAL = {400, 401, 403, 413, 414}


class _ConnectRequest(NamedTuple):
    resource: ResourceId | None
    path: tuple[str, ...]
    query: bytes
    authorization: bytes
    has_two_authorizations: bool
    client: str

    def __repr__(self) -> str:
        return f"_ConnectRequest(resource={self.resource!r}, path={self.path!r})"


class _Answer(NamedTuple):
    """An answer to a request to connect; `why` is for the log of a development service."""

    status: HTTPStatus
    body: bytes = b""
    why: str = ""


class _Gatekeeper:
    """What the gate and the authority share: reading a request to connect, and deciding about it."""

    def __init__(
        self, calls: Calls, resources: Resources, proxies: Proxies, limits: Limits, audit: AuditLog | None = None
    ) -> None:
        self._calls = calls
        self._resources = resources
        self._proxies = proxies
        self._limits = limits
        self._audit = audit

    def _read(self, scope: Scope, path: str, query: bytes) -> _ConnectRequest:
        request = Request.of(scope)
        self._proxies.restore(request)
        self._limits.check_address(request.peer)
        if len(path) > _PATH_LIMIT:
            raise self._unknown(request.peer, _not_signalling())
        tenant = self._resources.find(request.host)
        return _ConnectRequest(
            None if tenant is None else tenant.id,
            tuple(segment for segment in path.split("/") if segment),
            query,
            request.headers.get(b"authorization", b""),
            b"authorization" in request.repeated,
            request.peer,
        )

    def _pass(self, request: _ConnectRequest) -> MediaPass:
        # If there are several tokens, the engine takes the header's, then the first of the query. The gate could check
        # a different one, so it accepts only one.
        tokens = {*_query_tokens(request.query), _bearer(request.authorization)}
        tokens.discard("")
        if request.resource is None:
            raise TokenRefused(reason=UNKNOWN_HOST)
        if len(tokens) != 1 or request.has_two_authorizations:
            raise TokenRefused(reason="token: there is no access_token" if not tokens else "token: there are several")
        return self._calls.read_pass(request.resource, tokens.pop())

    async def _open(self, request: _ConnectRequest) -> MediaPass:
        try:
            media_pass = self._pass(request)
        except OpenRoomsError:
            self._limits.count_address(request.client, FAILURE)
            raise
        try:
            self._limits.count_person(media_pass.call.resource, media_pass.identity)
            await self._calls.open_gate(media_pass)
        except OpenRoomsError as error:
            self._limits.count_refusal(media_pass.call.resource, media_pass.identity, error)
            self._audit_connect(request, media_pass, error)
            # A refused SDK asks for the reason with a second request, which is the same try.
            if request.path in _CONNECTS:
                self._calls.refuse_pass(media_pass, error)
            raise
        return media_pass

    def _audit_connect(
        self, request: _ConnectRequest, media_pass: MediaPass, error: OpenRoomsError | None = None
    ) -> None:
        """Add an audit event for a user who connects to a call or was refused."""
        if self._audit is None or (isinstance(error, TooManyRequests) and not error.is_news):
            return
        self._audit.note(
            "connect" if media_pass.test_until is None else "connect_test",
            HTTPStatus.OK if error is None else _refusal(error).status,
            media_pass.call.resource,
            media_pass.identity,
            request.client,
            room=media_pass.call.room,
            reason="" if error is None else type(error).__name__,
        )

    def _unknown(self, client: str, error: OpenRoomsError) -> OpenRoomsError:
        """Count the refusal of an unknown caller, and return it."""
        self._limits.count_address(client, FAILURE)
        return error

    def _refused(self, error: OpenRoomsError) -> _Answer:
        self._calls.note_refusal("gate", error)
        return _refusal(error)


class Gate(_Gatekeeper):
    """The application under `/livekit`: relays signalling for users who may join now."""

    def __init__(
        self,
        calls: Calls,
        resources: Resources,
        proxies: Proxies,
        limits: Limits,
        connections: Connections,
        signalling_url: str | None,
        audit: AuditLog | None = None,
    ) -> None:
        super().__init__(calls, resources, proxies, limits, audit)
        self._connections = connections
        self._upstream = signalling_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await self._connect(scope, receive, send)
        else:
            await self._answer(scope, send)

    async def _answer(self, scope: Scope, send: Send) -> None:
        """Answer a plain request: a browser warms up its connection, or asks why it was refused."""
        try:
            request = self._read_connect(scope)
            if scope["method"] not in {"GET", "HEAD"} or request.path not in ((), *_VALIDATES):
                raise self._unknown(request.client, _not_signalling())
            if request.path:
                await self._open(request)
                self._check_has_media()
            else:
                self._limits.count_address(request.client)
        except OpenRoomsError as error:
            await _respond(send, "http", _refusal(error))
        else:
            await _respond(send, "http", _Answer(HTTPStatus.OK, b"success"))

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = self._read_connect(scope)
            if request.path not in _CONNECTS:
                raise self._unknown(request.client, _not_signalling())
            media_pass = await self._open(request)
            self._check_has_media()
            upstream = await self._connect_upstream(request)
        except OpenRoomsError as error:
            await _turn_away(send, self._refused(error))
            return
        async with upstream:
            try:
                # Someone removed while connecting is not yet in the call, so there was nobody to disconnect.
                await self._calls.check_connecting(media_pass)
            except OpenRoomsError as error:
                self._audit_connect(request, media_pass, error)
                self._calls.refuse_pass(media_pass, error)
                await _turn_away(send, self._refused(error))
                return
            self._audit_connect(request, media_pass)
            await send({"type": "websocket.accept"})
            await self._relay(media_pass, upstream, receive, send)

    def _read_connect(self, scope: Scope) -> _ConnectRequest:
        return self._read(scope, scope["path"].removeprefix(PREFIX), scope["query_string"])

    def _check_has_media(self) -> None:
        if self._upstream is None:
            raise NotAllowed(
                "This service simulates calls, so there is no audio and video: start it with a LiveKit (--livekit)."
            )

    async def _connect_upstream(self, request: _ConnectRequest) -> ClientConnection:
        headers = {"Authorization": request.authorization.decode("latin-1")} if request.authorization else {}
        try:
            return await connect(
                f"{self._upstream}/{'/'.join(request.path)}?{request.query.decode('latin-1')}",
                additional_headers=headers,
                compression=None,
                open_timeout=_OPEN_SECONDS,
                ping_interval=None,
                max_size=_MESSAGE_LIMIT,
                user_agent_header=None,
                proxy=None,
            )
        except InvalidStatus as error:
            if error.response.status_code in _FINAL:
                raise NotAllowed("The media engine refused this request to connect.") from error
            # A 404 means that the engine has just lost the call that the gate opened; a retry opens it again.
            raise MediaUnavailable from error
        except (OSError, TimeoutError, InvalidHandshake) as error:
            raise MediaUnavailable from error

    async def _relay(self, media_pass: MediaPass, upstream: ClientConnection, receive: Receive, send: Send) -> None:
        inward = asyncio.create_task(_relay_inward(receive, upstream))
        watching = asyncio.create_task(self._look_again(media_pass, upstream))
        try:
            with self._registered(media_pass, upstream):
                await _relay_outward(upstream, send)
            if not inward.done():
                await send({"type": "websocket.close", "code": _sendable(upstream.close_code)})
        finally:
            watching.cancel()
            inward.cancel()
            await asyncio.gather(inward, watching, return_exceptions=True)

    def _registered(self, media_pass: MediaPass, upstream: ClientConnection) -> AbstractContextManager[None]:
        # A test is not a call, so nobody is missing from it and there is nothing to enforce in it.
        if media_pass.test_until is not None:
            return nullcontext()
        return self._connections.connected(media_pass.call, media_pass.identity, upstream.close)

    async def _look_again(self, media_pass: MediaPass, upstream: ClientConnection) -> None:
        if media_pass.test_until is not None:
            # The enforcer ends the test.
            return
        await asyncio.sleep(_SECOND_LOOK_SECONDS)
        try:
            # A token that now allows too much is no reason to disconnect: the engine already has the new role.
            await self._calls.check_stays(media_pass)
        except Unavailable:
            return
        except OpenRoomsError:
            await upstream.close()


class Authority(_Gatekeeper):
    """The application under `/openrooms/gate`: tells a proxy whether it may relay a request to the engine.

    The proxy names that request in a header (`X-Original-URI` of nginx, `X-Forwarded-Uri` of Caddy) or after the
    prefix, as Envoy does. The answer is 200, 401, 403 or 503.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._verdict(scope)
        if scope["type"] == "http":
            await _respond(send, "http", answer)
        else:
            # Some proxies copy the headers of the WebSocket into their question, which makes it a WebSocket too.
            await receive()
            await _turn_away(send, answer)

    async def _verdict(self, scope: Scope) -> _Answer:
        try:
            request = self._read_question(scope)
            if request.path not in (*_CONNECTS, *_VALIDATES):
                raise self._unknown(request.client, _not_signalling())
            media_pass = await self._open(request)
        except OpenRoomsError as error:
            return self._refused(error)
        if request.path in _CONNECTS:
            self._audit_connect(request, media_pass)
        return _Answer(HTTPStatus.OK)

    def _read_question(self, scope: Scope) -> _ConnectRequest:
        rest = scope["path"].removeprefix(AUTHORITY_PREFIX).strip("/")
        named = {value for name, value in scope["headers"] if name in _NAMING_HEADERS}
        if rest or not named:
            path, query = rest, scope["query_string"]
        elif len(named) > 1:
            # The proxy sets one of these headers; the other one comes from its client.
            raise NotAllowed("The headers name different requests to connect.")
        else:
            target, _, query = named.pop().partition(b"?")
            path = target.decode("latin-1")
        request = self._read(scope, path, query)
        return request._replace(path=request.path[1:]) if request.path[:1] == (PREFIX.strip("/"),) else request


async def _relay_inward(receive: Receive, upstream: ClientConnection) -> None:
    """Relay the client's messages until it is gone."""
    with suppress(ConnectionClosed):
        while (message := await receive())["type"] == "websocket.receive":
            data = message.get("bytes")
            await upstream.send(message["text"] if data is None else data)
    await upstream.close()


async def _relay_outward(upstream: ClientConnection, send: Send) -> None:
    """Relay the engine's messages until the engine or the gate closes the connection."""
    with suppress(ConnectionClosed):
        async for message in upstream:
            kind = "text" if isinstance(message, str) else "bytes"
            await send({"type": "websocket.send", kind: message})


def _query_tokens(query: bytes) -> Iterator[str]:
    """Yield the tokens of a query; raise `NotAllowed` if it is too long or asks for a second connection.

    Only names and tokens are decoded, since unknown callers send queries too.
    """
    parameters = query.split(b"&", _MOST_PARAMETERS)
    if len(query) > _QUERY_LIMIT or len(parameters) > _MOST_PARAMETERS:
        raise NotAllowed(f"The query is longer than {_QUERY_LIMIT} bytes or {_MOST_PARAMETERS} parameters.")
    for parameter in parameters:
        name, _, value = parameter.partition(b"=")
        if len(name) > _NAME_LIMIT:
            raise NotAllowed(f"The name of a parameter is longer than {_NAME_LIMIT} bytes.")
        match _unquoted(name):
            case "publish":
                raise NotAllowed("A second connection of the same user (publish=) is not supported.")
            case "access_token" if len(value) > _TOKEN_LIMIT:
                raise TokenRefused(reason="token: it is too long")
            case "access_token":
                yield _unquoted(value)


def _unquoted(text: bytes) -> str:
    plain = text.decode("latin-1")
    return unquote_plus(plain) if b"%" in text or b"+" in text else plain


def _not_signalling() -> NotAllowed:
    return NotAllowed("This path is not one of LiveKit's signalling paths.")


def _bearer(authorization: bytes) -> str:
    scheme, _, token = authorization.decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _sendable(code: int | None) -> int:
    # 1005 and 1006 mean that no code was received; RFC 6455 forbids sending them.
    return code if code is not None and code not in {1005, 1006} else _NORMAL_CLOSE


def _refusal(error: OpenRoomsError) -> _Answer:
    why = reason_of(error)
    if isinstance(error, TooManyRequests):
        # SDKs would treat 429 as final, too.
        return _Answer(HTTPStatus.SERVICE_UNAVAILABLE, error.body, why)
    status = errors.answer(error).status
    return _Answer(HTTPStatus.FORBIDDEN if status is HTTPStatus.NOT_FOUND else status, errors.encode_error(error), why)


async def _turn_away(send: Send, answer: _Answer) -> None:
    """Refuse a WebSocket's request with a plain HTTP response."""
    await _respond(send, "websocket.http", answer)


async def _respond(send: Send, kind: str, answer: _Answer) -> None:
    headers = [_JSON, UNCACHED, (b"content-length", b"%d" % len(answer.body))]
    if answer.status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(_RETRY_AFTER)
    await send({"type": f"{kind}.response.start", "status": int(answer.status), "headers": headers, WHY: answer.why})
    await send({"type": f"{kind}.response.body", "body": answer.body})
