"""The service as one ASGI application, without a framework in the path of an API call.

The caller of a request is identified before its body or query is decoded. `_refused` makes every error response.
"""

import time
from binascii import b2a_base64
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from http import HTTPStatus
from itertools import count
from secrets import token_bytes
from typing import Protocol

import msgspec
import structlog

from openrooms.domain import joining
from openrooms.domain.errors import InvalidArgument, NotAllowed, NotAuthenticated, OpenRoomsError
from openrooms.server.core.audit import AuditLog
from openrooms.server.web.auth import Authenticator
from openrooms.server.web.cors import Cors
from openrooms.server.web.hosts import HostNames
from openrooms.server.web.limits import FAILURE, Limits, TooManyRequests
from openrooms.server.web.messages import (
    CLOSE,
    NO_CONTENT,
    NOBODY,
    TARGET_LIMIT,
    Application,
    Caller,
    ClientGone,
    Header,
    HttpError,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    Service,
    has_body,
    read_body,
)
from openrooms.server.web.metrics import Metrics
from openrooms.server.web.pages import HOME_PATH, wants_page, without_fragment
from openrooms.server.web.proxies import Proxies
from openrooms.server.web.request_log import RequestLog
from openrooms.server.web.routing import IDENTITY, OWN, ROOMS, TEAMS, TEAMS_EXTENSION, Api, Route, Router
from openrooms.server.web.strict_transport import StrictTransport
from openrooms.server.web.versioning import Versions
from openrooms.wire import errors
from openrooms.wire.errors import ErrorBody, ErrorDetail
from openrooms.wire.operations import Access

_log = structlog.get_logger("openrooms.web")

UNKNOWN = "unknown"
_ECHO_LIMIT = 256
_REFUSED = int(HTTPStatus.BAD_REQUEST)
_API_PATHS = (
    b"/rooms",
    b"/identities",
    b"/teamsUser",
    b"/access/",
    b"/openrooms/rooms",
    b"/openrooms/users",
    b"/openrooms/visits",
    b"/openrooms/invitations",
    b"/openrooms/events",
    b"/openrooms/subscriptions",
    b"/openrooms/console",
    b"/openrooms/audit",
    b"/openrooms/keys",
    b"/openrooms/operator-tokens",
    b"/openrooms/status",
    b"/openrooms/settings",
    b"/openrooms/dev/",
)
_FAMILIES = {b"openrooms": OWN, b"identities": IDENTITY, b"teamsuser": TEAMS, b"access": TEAMS_EXTENSION}


class Mount(msgspec.Struct, frozen=True):
    """Another ASGI application for all requests and WebSockets below a path; it authenticates its callers itself."""

    prefix: str
    application: Application


class Content(msgspec.Struct, frozen=True):
    """The parts that the application serves: API routes, mounts for other paths, and `home` for browsers at `/`.

    Routes take precedence over mounts; WebSockets always go to mounts. API clients get the usual 404 at `/`.
    """

    routes: Iterable[Route]
    mounts: Sequence[Mount] = ()
    home: Application | None = None


class Checks(msgspec.Struct, frozen=True):
    """The checks that a request must pass; without `hosts` every host is accepted."""

    authenticator: Authenticator
    limits: Limits
    proxies: Proxies
    versions: Versions
    hosts: HostNames | None = None


class Journal(Protocol):
    """Keeps whole requests and answers, for a development service."""

    def note(
        self, request: Request, operation: str, answer: Response, seconds: float, refusal: OpenRoomsError | None
    ) -> None:
        """Keep a request and its answer."""


class Records(msgspec.Struct, frozen=True):
    """The places where requests are recorded; the audit log gets the writes and refusals of known callers."""

    metrics: Metrics
    request_log: RequestLog | None = None
    audit: AuditLog | None = None
    journal: Journal | None = None


def create_app(
    content: Content,
    checks: Checks,
    records: Records,
    *,
    cors_origins: Collection[str] = (),
    is_strict: bool = False,
    wrap: Callable[["App"], Service] | None = None,
) -> Application:
    """Return the service as an ASGI application; with `is_strict`, answers over TLS keep browsers on HTTPS.

    `wrap` puts a development service's faults between the server and the application.
    """
    plain = App(content, checks, records)
    app = plain if wrap is None else wrap(plain)
    service = Cors(app, cors_origins) if cors_origins else app
    return StrictTransport(service) if is_strict else service


class App:
    """The application: identifies callers, routes requests, and records the answers."""

    def __init__(self, content: Content, checks: Checks, records: Records) -> None:
        self._router = Router(content.routes)
        self._mounts = content.mounts
        self._home = content.home
        self._authenticator = checks.authenticator
        self._limits = checks.limits
        self._proxies = checks.proxies
        self._versions = checks.versions
        self._hosts = checks.hosts
        self._metrics = records.metrics
        self._request_log = records.request_log
        self._audit = records.audit
        self._journal = records.journal
        self._vectors = _correlation_vectors()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        request = Request.of(scope)
        mount = self._mount(scope) if self._answers_to(request) else None
        if mount is not None and self._router.find(request) is None:
            await mount(scope, receive, self._watched(scope, send))
            return
        response = await self.answer(request, receive)
        if response is not None:
            headers = [*response.headers, *response.own]
            if response.status != NO_CONTENT:
                headers.append((b"content-length", b"%d" % len(response.body)))
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            await send({"type": "http.response.body", "body": response.body})

    def takes(self, request: Request) -> bool:
        """Return whether the path belongs to the API, where nothing is mounted."""
        return request.path.startswith(_API_PATHS)

    async def answer(self, request: Request, receive: Receive) -> Response | None:
        """Return the answer, or `None` if the client is gone."""
        started = time.perf_counter()
        # A long target takes long to look up, and its signature takes long to check.
        is_long = len(request.path) + len(request.query_string) > TARGET_LIMIT
        route = None if is_long else self._router.find(request)
        name, api = (UNKNOWN, _family(request)) if route is None else (route.operation.name, route.api)
        vector = next(self._vectors)
        refusal = None
        self._proxies.restore(request)
        try:
            self._check(request, is_long)
            response = await (
                self._unrouted(request, receive) if route is None else self._routed(route, request, receive)
            )
        except OpenRoomsError as error:
            # Its traceback refers to this frame, and only the garbage collector would free both, with long pauses.
            refusal = error.with_traceback(None)
            response = _refused(error, api)
        except ClientGone:
            return None
        except Exception:
            _log.exception("request failed", request_id=vector.decode("ascii"), operation=name)
            response = _failed(api)
        if self._audit is not None and _is_audited(route, request, response.status, refusal):
            _audit(self._audit, route, request, response.status, vector, refusal)
        elapsed = time.perf_counter() - started
        own = (*response.own, *request.own, (b"ms-cv", vector))
        if api.is_identity:
            own = (*own, *_identity_headers(request, elapsed))
        self._metrics.note(name, response.status, elapsed)
        if self._request_log is not None:
            self._request_log.note(request, name, response.status, elapsed, vector, refusal)
        answer = Response(response.status, response.body, response.headers, own, response.delivery)
        if self._journal is not None:
            self._journal.note(request, name, answer, elapsed, refusal)
        return answer

    def find(self, request: Request) -> Route | None:
        """Return the request's route and set its `names`; `None` if there is no such path and method."""
        return self._router.find(request)

    def _check(self, request: Request, is_long: bool) -> None:
        """Raise what refuses the request whoever sent it."""
        self._limits.check_address(request.peer)
        if problem := _problem(request, is_long):
            self._limits.count_address(request.peer, FAILURE)
            raise problem
        if self._hosts is not None:
            self._hosts.check(request.received_host)
        if request.injected is not None:
            raise request.injected

    async def _routed(self, route: Route, request: Request, receive: Receive) -> Response:
        if route.operation.access is Access.OPEN:
            return await self._open(route, request, receive)
        caller = await self._identify(request, route.operation.access)
        if has_body(request):
            request.body = await read_body(request, receive, route.body_limit)
        self._authenticator.check_body(request)
        if route.api.versions:
            request.version = self._versions.of(request, route.api)
        try:
            if caller.person is not None:
                joining.check_room(caller.person.claims, _named(route, request).get("room_id"))
            return await route.handler(request)
        except OpenRoomsError as error:
            if caller.person is not None:
                self._limits.count_refusal(caller.resource, caller.person.user.raw_id, error)
            raise

    async def _open(self, route: Route, request: Request, receive: Receive) -> Response:
        try:
            if route.check is None:
                self._limits.count_address(request.peer)
            else:
                route.check(request)
            if route.operation.takes and has_body(request):
                request.body = await read_body(request, receive, route.body_limit)
            return await route.handler(request)
        except NotAuthenticated:
            if request.caller is NOBODY:
                self._limits.count_address(request.peer, FAILURE)
            raise

    async def _identify(self, request: Request, access: Access) -> Caller:
        """Identify and count the caller; raise `NotAuthenticated`, `TooManyRequests` or `NotAllowed`."""
        try:
            caller = request.caller = await self._authenticator.identify(request, access)
        except NotAuthenticated:
            self._limits.count_address(request.peer, FAILURE)
            raise
        except NotAllowed:
            self._limits.count_caller(request.caller)
            raise
        self._limits.count_caller(caller)
        return caller

    async def _unrouted(self, request: Request, receive: Receive) -> Response:
        # Unknown callers must not learn which paths exist.
        access = Access.EITHER if _family(request) is OWN else Access.OPERATOR
        await self._identify(request, access)
        if has_body(request):
            request.body = await read_body(request, receive)
        self._authenticator.check_body(request)
        allow = self._router.allowed(request)
        if not allow:
            raise HttpError(HTTPStatus.NOT_FOUND, "NotFound", "The server cannot find the requested resource.")
        if request.method == "OPTIONS":
            return Response(NO_CONTENT, b"", ((b"allow", allow),))
        message = f"The path takes {allow.decode('ascii')}, not {request.method}."
        raise HttpError(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", message, (b"allow", allow))

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        mount = self._mount(scope) if self._answers_to(Request.of(scope)) else None
        if mount is None:
            await send({"type": "websocket.close", "code": 1000})
            return
        await mount(scope, receive, self._watched(scope, send))

    def _answers_to(self, request: Request) -> bool:
        return self._hosts is None or self._hosts.knows(request.received_host)

    def _watched(self, scope: Scope, send: Send) -> Send:
        log = self._request_log
        return log.watch(scope, send) if log is not None and log.explains else send

    def _mount(self, scope: Scope) -> Application | None:
        path = without_fragment(scope["path"])
        if path == HOME_PATH and scope["type"] == "http":
            return self._home if wants_page(scope) else None
        for mount in self._mounts:
            if path == mount.prefix or path.startswith(mount.prefix + "/"):
                return mount.application
        return None


async def _lifespan(receive: Receive, send: Send) -> None:
    """Confirm the server's start and end; `assembly` opens and closes everything."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _writes(route: Route | None) -> bool:
    return route is not None and route.operation.writes


def _is_audited(route: Route | None, request: Request, status: int, refusal: OpenRoomsError | None) -> bool:
    if request.caller is NOBODY or (isinstance(refusal, TooManyRequests) and not refusal.is_news):
        return False
    return status >= _REFUSED or _writes(route)


def _audit(
    log: AuditLog, route: Route | None, request: Request, status: int, request_id: bytes, error: OpenRoomsError | None
) -> None:
    """Add an audit event for a write or refusal of a known caller."""
    named = {} if route is None else _named(route, request)
    if route is not None and request.made:
        named["room_id" if route.api is ROOMS else "user"] = request.made
    log.note(
        UNKNOWN if route is None else route.operation.name,
        status,
        request.caller.resource,
        request.caller.name,
        request.peer,
        room=named.get("room_id") or request.room,
        user=named.get("user") or named.get("participant", ""),
        reason=error.code if isinstance(error, HttpError) else type(error).__name__ if error else "",
        request_id=request_id.decode("ascii"),
    )


def _named(route: Route, request: Request) -> dict[str, str]:
    """Return the values of the path's placeholders by their names."""
    return dict(zip(route.operation.placeholders, request.names, strict=True))


def _problem(request: Request, is_long: bool) -> HttpError | None:
    """Return an error if the request is invalid for every caller."""
    if not request.received_host and request.http_version == "1.1":
        return HttpError(HTTPStatus.BAD_REQUEST, "BadRequest", "HTTP/1.1 requires a Host header.", CLOSE)
    if is_long:
        message = f"The path and query are longer than {TARGET_LIMIT} bytes."
        return HttpError(HTTPStatus.REQUEST_URI_TOO_LONG, "RequestUriTooLong", message)
    return None


def _family(request: Request) -> Api:
    """Return the API to which an unknown path would belong."""
    return _FAMILIES.get(request.path.lstrip(b"/").partition(b"/")[0].lower(), ROOMS)


def _identity_headers(request: Request, elapsed: float) -> Iterator[Header]:
    # docs/evidence.md#headers
    yield b"x-processing-time", b"%dms" % (elapsed * 1000)
    request_id = request.headers.get(b"x-ms-client-request-id")
    if request_id is not None and len(request_id) <= _ECHO_LIMIT:
        yield b"x-ms-client-request-id", request_id


def _refused(error: OpenRoomsError, api: Api) -> Response:
    # docs/evidence.md#errors
    if isinstance(error, HttpError):
        return Response(error.status, error.body, (api.error_type, *error.headers))
    answer = errors.answer(error)
    headers: list[Header] = [api.error_type]
    if answer.by_handler and not (isinstance(error, InvalidArgument) and error.missing):
        headers += api.supported
        if api.shows_error_code:
            headers.append((b"x-ms-error-code", answer.code.encode("ascii")))
    if error.retry_after is not None:
        headers.append((b"retry-after", b"%d" % error.retry_after))
    return Response(answer.status, errors.encode_error(error), tuple(headers))


def _failed(api: Api) -> Response:
    body = msgspec.json.encode(ErrorBody(ErrorDetail("InternalServerError", "The server failed; try again.")))
    return Response(HTTPStatus.INTERNAL_SERVER_ERROR, body, (api.error_type,))


def _correlation_vectors() -> Iterator[bytes]:
    """Yield request ids: 16 unique bytes in the form of Azure's `MS-CV` (docs/evidence.md#headers)."""
    process = token_bytes(10)
    for number in count():
        yield b2a_base64(process + number.to_bytes(6, "big"))[:22] + b".0"
