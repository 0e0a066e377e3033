"""Requests and responses as handlers see them, and functions that read bodies."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable
from urllib.parse import parse_qsl

import msgspec

from openrooms.domain.errors import OpenRoomsError
from openrooms.domain.identities import ResourceId, TokenClaims, User
from openrooms.wire.errors import ErrorBody, ErrorDetail

if TYPE_CHECKING:
    from openrooms.server.web.exchange import Exchange

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]
Address = tuple[str, int | None]

# Plain integers, because accessing an enumeration's member is slow for code that runs on every request.
OK = int(HTTPStatus.OK)
CREATED = int(HTTPStatus.CREATED)
NO_CONTENT = int(HTTPStatus.NO_CONTENT)

BODY_LIMIT = 1024 * 1024
# Up to this size, the rest of a body that is too large is read and dropped, so that the connection can be reused.
DRAIN_LIMIT = 8 * BODY_LIMIT
_DEFAULT_PORTS = frozenset({80, 443, None})
CLOSE: Header = (b"connection", b"close")
UNCACHED: Header = (b"cache-control", b"no-store")
UNCACHED_JSON: tuple[Header, ...] = ((b"content-type", b"application/json; charset=utf-8"), UNCACHED)
TARGET_LIMIT = 1024
"""Bytes of path and query that an operation accepts; four times what any operation needs."""
_CACHED_QUERY_BYTES = 48
_MOST_FIELDS = 32
_FORWARDED_FOR = b"x-forwarded-for"
WHY = "openrooms.why"
"""In the message that begins an answer: why it is a refusal. Only the log of a development service shows it."""


class HttpError(OpenRoomsError):
    """An error of HTTP, not of rooms; without `body` it has the usual error body."""

    def __init__(
        self, status: HTTPStatus, code: str, message: str, *headers: Header, body: bytes | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers
        self.body = body or msgspec.json.encode(ErrorBody(ErrorDetail(code, message)))


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


class Person(msgspec.Struct, frozen=True):
    """A user who was identified by a valid identity token."""

    user: User
    claims: TokenClaims


class Caller(msgspec.Struct, frozen=True):
    """The caller of a request and their resource: an operator, or (`person`) a user of it.

    `name` is what logs may show: a user's raw id, or for an operator `key:` and the id of the access key, `token:` and
    the id of the token, or `openid:`, issuer, `#` and subject.
    """

    resource: ResourceId
    name: str
    may_write: bool = True
    person: Person | None = None

    @property
    def user_claims(self) -> TokenClaims:
        """The claims of a user's token, on a route that admits only users."""
        assert self.person is not None  # noqa: S101 - the route has made sure
        return self.person.claims


NOBODY = Caller(ResourceId(""), "", may_write=False)
"""The caller until they are identified."""


class Query(msgspec.Struct, frozen=True):
    """The parameters of a request, each with all its values."""

    values: dict[str, list[str]]

    def one(self, name: str) -> str | None:
        """Return the last value of a parameter."""
        return self.values[name][-1] if name in self.values else None


class Connection(msgspec.Struct, frozen=True):
    """The connection of requests: its scheme, the client's address, and the port of the server."""

    scheme: str
    peer: str
    port: int | None

    @classmethod
    def of(cls, scheme: str, client: Address | None, server: Address | None) -> Self:
        """Return the connection between two addresses, as ASGI gives them."""
        return cls(scheme, client[0] if client else "", server[1] if server else None)


class Request:
    """One request; `names` are the values of the path's placeholders, percent-decoded.

    `peer` is the client's address, `scheme` and `host` are what the client used, even behind a trusted proxy
    (`web.proxies`). `received_host` is the Host header, and `port` the server's port. `repeated` names the headers that
    came more than once (the last one counts). `signed_hash` is the body's hash that the signature covers. `made` is the
    id of the room or user that the request created, and `room` the id of a room that the path does not name but the
    request is about, both for the audit trail. `http_version` is, for example, `1.1`. `fault` names the fault that
    a development service injects, and `injected` is the error that it raises instead of handling the request. `own` are
    header fields of the answer, even of a refusal.
    """

    caller: Caller = NOBODY
    body = b""
    names: tuple[str, ...] = ()
    made = ""
    room = ""
    version = ""
    repeated: frozenset[bytes] = frozenset()
    signed_hash = b""
    fault = ""
    injected: OpenRoomsError | None = None
    own: tuple[Header, ...] = ()

    def __init__(
        self,
        method: str,
        path: bytes,
        query_string: bytes,
        headers: Sequence[Header],
        connection: Connection,
        http_version: str = "1.1",
    ) -> None:
        """Store the request: path and query still encoded, header names in lower case."""
        self.method = method
        self.path = path
        self.query_string = query_string
        self.headers: dict[bytes, bytes] = dict(headers)
        if len(self.headers) != len(headers):
            self.repeated = _repeated(headers)
            if _FORWARDED_FOR in self.repeated:
                # Some proxies append a header line instead of a list item.
                self.headers[_FORWARDED_FOR] = b",".join(value for name, value in headers if name == _FORWARDED_FOR)
        self.scheme = connection.scheme
        self.peer = connection.peer
        self.port = connection.port
        self.http_version = http_version
        self.received_host = self.headers.get(b"host", b"")
        self.host = without_repeated_port(self.received_host)

    @classmethod
    def of(cls, scope: Scope) -> Self:
        """Return the request of an ASGI scope; the request to open a WebSocket is a GET."""
        return cls(
            scope.get("method", "GET"),
            scope["raw_path"],
            scope["query_string"],
            scope["headers"],
            Connection.of(scope["scheme"], scope["client"], scope["server"]),
            scope.get("http_version", "1.1"),
        )

    @property
    def query(self) -> Query:
        """The parameters after `?`; raise `HttpError` if there are too many."""
        text = self.query_string
        return _parse_known_query(text) if len(text) <= _CACHED_QUERY_BYTES else _parse_query(text)

    @property
    def base_url(self) -> str:
        """The scheme and authority that the client used; raise `HttpError` if the host is invalid."""
        if not is_authority(self.host):
            raise HttpError(HTTPStatus.BAD_REQUEST, "BadRequest", "The Host header is not a valid host name.", CLOSE)
        return f"{self.scheme}://{self.host.decode('ascii')}{self._missing_port}"

    @property
    def _missing_port(self) -> str:
        # Azure's SDK for Java omits the port in Host, so a link built from it alone would lead to the wrong port:
        # docs/evidence.md#hosts-and-paths
        is_java = b"x-ms-hmac-string-to-sign-base64" in self.headers and self.host == self.received_host
        if not is_java or self.port in _DEFAULT_PORTS or self.host.rpartition(b":")[2].isdigit():
            return ""
        return f":{self.port}"


class Response(msgspec.Struct, frozen=True):
    """One response; its length and the correlation vector are added when it is sent.

    `headers` are shared by many responses, `own` belong to this one. A `delivery` sends the answer: a stream of events,
    or a fault of a development service.
    """

    status: int
    body: bytes = b""
    headers: tuple[Header, ...] = ()
    own: tuple[Header, ...] = ()
    delivery: "Delivery | None" = None


Delivery = Callable[["Exchange", int, bytes, bytes], Awaitable[None]]
"""Sends an exchange's answer (its status, body and encoded header fields, except the length) in its own way."""

Handler = Callable[[Request], Awaitable[Response]]


@runtime_checkable
class Service(Protocol):
    """An ASGI application that can also answer without ASGI's messages, which cost more than a database read."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by ASGI."""

    def takes(self, request: Request) -> bool:
        """Return whether `answer` can answer the request; otherwise it must come by ASGI."""

    async def answer(self, request: Request, receive: Receive) -> Response | None:
        """Return the answer, or `None` if the client is gone; raise nothing."""


_AUTHORITY_CHARACTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]")


@lru_cache(maxsize=64)
def is_authority(host: bytes) -> bool:
    """Return whether the text is safe to echo as a host, with or without a port."""
    return 0 < len(host) <= 255 and _AUTHORITY_CHARACTERS.issuperset(host)


def without_repeated_port(host: bytes) -> bytes:
    """Return the host without the second port that an SDK adds: docs/evidence.md#hosts-and-paths."""
    if host.count(b":") < 2:
        return host
    rest, _, port = host.rpartition(b":")
    return rest if port.isdigit() and rest.endswith(b":" + port) else host


def _repeated(headers: Iterable[Header]) -> frozenset[bytes]:
    counts = Counter(name for name, _ in headers)
    return frozenset(name for name, count in counts.items() if count > 1)


def has_body(request: Request) -> bool:
    """Return whether there is a body that did not arrive with the head and that `read_body` must read."""
    if request.body:
        return False
    length = request.headers.get(b"content-length")
    return b"transfer-encoding" in request.headers if length is None else length != b"0"


async def read_body(request: Request, receive: Receive, limit: int = BODY_LIMIT) -> bytes:
    """Return the whole body; raise `HttpError` if it is too large, or `ClientGone`."""
    headers = request.headers
    declared = headers.get(b"content-length")
    most = max(limit, DRAIN_LIMIT)
    if declared is not None and int(declared) > limit and (b"expect" in headers or int(declared) > most):
        raise _too_large(limit, CLOSE)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        return _checked(message.get("body", b""), limit)
    return await _read_pieces(message, receive, limit)


async def _read_pieces(message: Message, receive: Receive, limit: int) -> bytes:
    pieces = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece = message.get("body", b"")
        size += len(piece)
        if size > max(limit, DRAIN_LIMIT):
            raise _too_large(limit, CLOSE)
        if size <= limit:
            pieces.append(piece)
        if not message.get("more_body", False):
            break
        message = await receive()
    if size > limit:
        raise _too_large(limit)
    return b"".join(pieces)


def _checked(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int, *headers: Header) -> HttpError:
    return HttpError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestTooLarge", f"The body is larger than {limit} bytes.", *headers
    )


def _parse_query(text: bytes) -> Query:
    if text.count(b"&") >= _MOST_FIELDS:
        raise HttpError(HTTPStatus.BAD_REQUEST, "BadRequest", f"The query has more than {_MOST_FIELDS} fields.")
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(text.decode("latin-1"), keep_blank_values=True):
        values.setdefault("api-version" if name.lower() == "api-version" else name, []).append(value)
    return Query(values)


_parse_known_query = lru_cache(maxsize=256)(_parse_query)
