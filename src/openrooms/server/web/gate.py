"""The gate in front of the media engine's signalling: nobody connects, or connects again, who could not join now.

A media token outlives a removal, and the engine renews it without asking, so each connect asks the database. The gate
answers 401 or 403 to refuse, which every SDK takes as final and shows; after a 404 the browser's would try for ever.
503 keeps them trying. `Authority` answers the same question for a proxy that relays by itself.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote_plus

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from openrooms.domain.errors import MediaUnavailable, NotAllowed, OpenRoomsError, TokenRefused, Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.server.core.audit import AuditLog
from openrooms.server.core.calls import Calls
from openrooms.server.core.connections import Relays
from openrooms.server.core.ports import MediaPass
from openrooms.server.core.resources import Resources
from openrooms.server.web.limits import FAILURE, Limits, TooManyRequests
from openrooms.server.web.messages import Header, Receive, Request, Scope, Send
from openrooms.server.web.proxies import Proxies
from openrooms.wire import errors

PREFIX = "/livekit"
AUTHORITY_PREFIX = "/openrooms/gate"

_CONNECTS = (("rtc",), ("rtc", "v1"))
_VALIDATES = (("rtc", "validate"), ("rtc", "v1", "validate"))
_JSON: Header = (b"content-type", b"application/json; charset=utf-8")
_UNCACHED: Header = (b"cache-control", b"no-store")
_NAMING_HEADERS = {b"x-original-uri", b"x-forwarded-uri"}
_RETRY_AFTER: Header = (b"retry-after", b"1")
_QUERY_LIMIT = 8192
# LiveKit's paths, the names of its parameters and their number are far below.
_PATH_LIMIT = 64
_NAME_LIMIT = 64
_MOST_PARAMETERS = 64
_TOKEN_LIMIT = 7168
_MESSAGE_LIMIT = 16 * 1024 * 1024
_OPEN_SECONDS = 5.0
# A removal that hit while somebody was connecting shows by now.
_SECOND_LOOK_SECONDS = 0.3
_NORMAL_CLOSE = 1000
# The engine's refusals that trying again does not change.
_FINAL = {400, 401, 403, 413, 414}


class _Asked(NamedTuple):
    resource: ResourceId | None
    path: tuple[str, ...]
    query: bytes
    authorization: bytes
    has_two_authorizations: bool
    client: str

    def __repr__(self) -> str:
        return f"_Asked(resource={self.resource!r}, path={self.path!r})"


class _Door:
    """What the gate and the authority have in common: reading a request to connect, and deciding."""

    def __init__(
        self, calls: Calls, resources: Resources, proxies: Proxies, limits: Limits, audit: AuditLog | None = None
    ) -> None:
        self._calls = calls
        self._resources = resources
        self._proxies = proxies
        self._limits = limits
        self._audit = audit

    def _asked(self, scope: Scope, path: str, query: bytes) -> _Asked:
        request = Request.of(scope)
        self._proxies.restore(request)
        self._limits.check_address(request.peer)
        if len(path) > _PATH_LIMIT:
            raise self._unknown(request.peer, _nothing_here())
        tenant = self._resources.find(request.host)
        return _Asked(
            None if tenant is None else tenant.id,
            tuple(segment for segment in path.split("/") if segment),
            query,
            request.headers.get(b"authorization", b""),
            b"authorization" in request.repeated,
            request.peer,
        )

    def _pass(self, asked: _Asked) -> MediaPass:
        # Of several, the engine would take the header's, then the query's first; a good one must not cover for that.
        tokens = {*_query_tokens(asked.query), _bearer(asked.authorization)}
        tokens.discard("")
        if asked.resource is None or len(tokens) != 1 or asked.has_two_authorizations:
            raise TokenRefused
        return self._calls.read_pass(asked.resource, tokens.pop())

    async def _open(self, asked: _Asked) -> MediaPass:
        try:
            known = self._pass(asked)
        except OpenRoomsError as error:
            raise self._unknown(asked.client, error) from error
        try:
            self._limits.count_person(known.call.resource, known.identity)
            await self._calls.open_gate(known)
        except OpenRoomsError as error:
            self._limits.count_refusal(known.identity, error)
            self._audit_connect(asked, known, error)
            raise
        return known

    def _audit_connect(self, asked: _Asked, known: MediaPass, error: OpenRoomsError | None = None) -> None:
        """Write down that somebody connects to a call, or was refused."""
        if self._audit is None:
            return
        self._audit.note(
            "connect",
            HTTPStatus.OK if error is None else _refusal(error)[0],
            known.call.resource,
            known.identity,
            asked.client,
            room=known.call.room,
            reason="" if error is None else type(error).__name__,
        )

    def _unknown(self, client: str, error: OpenRoomsError) -> OpenRoomsError:
        """Return the refusal of somebody who is not known, counted."""
        self._limits.count_address(client, FAILURE)
        return error

    def _refused(self, error: OpenRoomsError) -> tuple[HTTPStatus, bytes]:
        self._calls.note_refusal("gate", error)
        return _refusal(error)


class Gate(_Door):
    """The application under `/livekit`: relays signalling for those who may join now."""

    def __init__(
        self,
        calls: Calls,
        resources: Resources,
        proxies: Proxies,
        limits: Limits,
        relays: Relays,
        signalling_url: str,
        audit: AuditLog | None = None,
    ) -> None:
        super().__init__(calls, resources, proxies, limits, audit)
        self._relays = relays
        self._upstream = signalling_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await self._connect(scope, receive, send)
        else:
            await self._answer(scope, send)

    async def _answer(self, scope: Scope, send: Send) -> None:
        """Answer a plain request: a browser's warming up, or its question why it was refused."""
        try:
            asked = self._asked_for(scope)
            if scope["method"] not in {"GET", "HEAD"} or asked.path not in ((), *_VALIDATES):
                raise self._unknown(asked.client, _nothing_here())
            if asked.path:
                await self._open(asked)
            else:
                self._limits.count_address(asked.client)
        except OpenRoomsError as error:
            await _respond(send, "http", *_refusal(error))
        else:
            await _respond(send, "http", HTTPStatus.OK, b"success")

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            asked = self._asked_for(scope)
            if asked.path not in _CONNECTS:
                raise self._unknown(asked.client, _nothing_here())
            known = await self._open(asked)
            upstream = await self._connect_upstream(asked)
        except OpenRoomsError as error:
            await _turn_away(send, *self._refused(error))
            return
        async with upstream:
            try:
                # Whoever was removed in the meantime was not there to be put out.
                await self._calls.check_pass(known)
            except OpenRoomsError as error:
                self._audit_connect(asked, known, error)
                await _turn_away(send, *self._refused(error))
                return
            self._audit_connect(asked, known)
            await send({"type": "websocket.accept"})
            await self._relay(known, upstream, receive, send)

    def _asked_for(self, scope: Scope) -> _Asked:
        return self._asked(scope, scope["path"].removeprefix(PREFIX), scope["query_string"])

    async def _connect_upstream(self, asked: _Asked) -> ClientConnection:
        headers = {"Authorization": asked.authorization.decode("latin-1")} if asked.authorization else {}
        try:
            return await connect(
                f"{self._upstream}/{'/'.join(asked.path)}?{asked.query.decode('latin-1')}",
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
                raise NotAllowed("The media engine does not take this request to connect.") from error
            # With 404 it has just lost the call that the gate opened, and will have it again.
            raise MediaUnavailable from error
        except (OSError, TimeoutError, InvalidHandshake) as error:
            raise MediaUnavailable from error

    async def _relay(self, known: MediaPass, upstream: ClientConnection, receive: Receive, send: Send) -> None:
        inward = asyncio.create_task(_relay_inward(receive, upstream))
        watching = asyncio.create_task(self._look_again(known, upstream))
        try:
            with self._relays.connected(known.call, known.identity, upstream.close):
                await _relay_outward(upstream, send)
            if not inward.done():
                await send({"type": "websocket.close", "code": _sendable(upstream.close_code)})
        finally:
            watching.cancel()
            inward.cancel()
            await asyncio.gather(inward, watching, return_exceptions=True)

    async def _look_again(self, known: MediaPass, upstream: ClientConnection) -> None:
        await asyncio.sleep(_SECOND_LOOK_SECONDS)
        try:
            # The token may allow too much by now: the engine has been told of the new role, so that is no reason.
            await self._calls.check_stays(known)
        except Unavailable:
            return
        except OpenRoomsError:
            await upstream.close()


class Authority(_Door):
    """The application under `/openrooms/gate`: tells a proxy whether it may relay a request to the engine.

    The request in question comes as nginx (`X-Original-URI`) or Caddy (`X-Forwarded-Uri`) name it, or after the prefix,
    as Envoy sends it; the answer is 200, 401, 403 or 503.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, body = await self._verdict(scope)
        if scope["type"] == "http":
            await _respond(send, "http", status, body)
        else:
            # Some proxies ask with the headers of the WebSocket that they ask about.
            await receive()
            await _turn_away(send, status, body)

    async def _verdict(self, scope: Scope) -> tuple[HTTPStatus, bytes]:
        try:
            asked = self._asked_about(scope)
            if asked.path not in (*_CONNECTS, *_VALIDATES):
                raise self._unknown(asked.client, _nothing_here())
            known = await self._open(asked)
        except OpenRoomsError as error:
            return self._refused(error)
        if asked.path in _CONNECTS:
            self._audit_connect(asked, known)
        return HTTPStatus.OK, b""

    def _asked_about(self, scope: Scope) -> _Asked:
        rest = scope["path"].removeprefix(AUTHORITY_PREFIX).strip("/")
        named = {value for name, value in scope["headers"] if name in _NAMING_HEADERS}
        if rest or not named:
            path, query = rest, scope["query_string"]
        elif len(named) > 1:
            # A proxy sets the one that it knows; another one is its client's.
            raise NotAllowed("The headers name different requests to connect.")
        else:
            target, _, query = named.pop().partition(b"?")
            path = target.decode("latin-1")
        asked = self._asked(scope, path, query)
        return asked._replace(path=asked.path[1:]) if asked.path[:1] == (PREFIX.strip("/"),) else asked


async def _relay_inward(receive: Receive, upstream: ClientConnection) -> None:
    """Return when the client has gone."""
    with suppress(ConnectionClosed):
        while (message := await receive())["type"] == "websocket.receive":
            data = message.get("bytes")
            await upstream.send(message["text"] if data is None else data)
    await upstream.close()


async def _relay_outward(upstream: ClientConnection, send: Send) -> None:
    """Return when the engine has closed, or we have."""
    with suppress(ConnectionClosed):
        async for message in upstream:
            kind = "text" if isinstance(message, str) else "bytes"
            await send({"type": "websocket.send", kind: message})


def _query_tokens(query: bytes) -> Iterator[str]:
    """Yield the tokens of a query; raise `NotAllowed` for what it must not have.

    Only names and tokens are decoded, since anybody may send a query.
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
                raise NotAllowed("A second connection of the same person (publish=) is not taken.")
            case "access_token" if len(value) > _TOKEN_LIMIT:
                raise TokenRefused
            case "access_token":
                yield _unquoted(value)


def _unquoted(text: bytes) -> str:
    plain = text.decode("latin-1")
    return unquote_plus(plain) if b"%" in text or b"+" in text else plain


def _nothing_here() -> NotAllowed:
    return NotAllowed("There is nothing here but signalling.")


def _bearer(authorization: bytes) -> str:
    scheme, _, token = authorization.decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _sendable(code: int | None) -> int:
    # 1005 and 1006 say that there was no code; they may not be sent.
    return code if code is not None and code not in {1005, 1006} else _NORMAL_CLOSE


def _refusal(error: OpenRoomsError) -> tuple[HTTPStatus, bytes]:
    if isinstance(error, TooManyRequests):
        # 429 would be final for SDKs, too.
        return HTTPStatus.SERVICE_UNAVAILABLE, error.body
    status = errors.answer(error).status
    return HTTPStatus.FORBIDDEN if status is HTTPStatus.NOT_FOUND else status, errors.encode_error(error)


async def _turn_away(send: Send, status: HTTPStatus, body: bytes) -> None:
    """Answer a WebSocket's request as one of plain HTTP."""
    await _respond(send, "websocket.http", status, body)


async def _respond(send: Send, kind: str, status: HTTPStatus, body: bytes) -> None:
    headers = [_JSON, _UNCACHED, (b"content-length", b"%d" % len(body))]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(_RETRY_AFTER)
    await send({"type": f"{kind}.response.start", "status": int(status), "headers": headers})
    await send({"type": f"{kind}.response.body", "body": body})
