"""The router: finds the handler of a method and path in a table that is built once."""

from collections.abc import Callable, Iterable
from functools import cache, cached_property
from urllib.parse import unquote_to_bytes

import msgspec

from openrooms.server.web.messages import BODY_LIMIT, Handler, Header, Request
from openrooms.wire import versions
from openrooms.wire.operations import Family, Operation

_JSON: Header = (b"content-type", b"application/json; charset=utf-8")
_MOST_SEGMENTS = 16
_PLAIN_JSON: Header = (b"content-type", b"application/json")


class Api(msgspec.Struct, frozen=True):
    """What the responses of a family of operations share: docs/evidence.md#headers.

    Without `versions`, `api-version` is not required.
    """

    versions: frozenset[str] = frozenset()
    supported: tuple[Header, ...] = ()
    success_type: Header = _JSON
    error_type: Header = _JSON
    shows_error_code: bool = False
    is_identity: bool = False


@cache
def _api(family: Family, supported: tuple[str, ...]) -> Api:
    is_identity = family is Family.IDENTITY
    return Api(
        versions=frozenset(supported),
        supported=((b"api-supported-versions", ", ".join(supported).encode("ascii")),) if supported else (),
        error_type=_PLAIN_JSON if is_identity else _JSON,
        shows_error_code=family is Family.ROOMS,
        is_identity=is_identity,
    )


ROOMS = _api(Family.ROOMS, versions.ROOMS)
IDENTITY = _api(Family.IDENTITY, versions.IDENTITY)
IDENTITY_DETAILS = _api(Family.IDENTITY, versions.IDENTITY_DETAILS)
TEAMS = _api(Family.IDENTITY, versions.TEAMS)
TEAMS_EXTENSION = _api(Family.IDENTITY, versions.TEAMS_EXTENSION)
OWN = _api(Family.SERVICE, ())


class Route(msgspec.Struct, frozen=True, dict=True):
    """An operation and its handler; the values of the path's placeholders are the request's `names`.

    `check` raises for a request whose body must not be read. Without it, an open operation takes no body.
    """

    operation: Operation
    handler: Handler
    check: Callable[[Request], None] | None = None
    body_limit: int = BODY_LIMIT

    @cached_property
    def api(self) -> Api:
        """The API that the operation belongs to; every request reads it."""
        return _api(self.operation.family, self.operation.versions)


class _Node:
    __slots__ = ("actions", "allow", "any", "folded", "literals", "methods")

    def __init__(self) -> None:
        self.literals: dict[bytes, _Node] = {}
        self.folded: dict[bytes, _Node] = {}
        self.any: _Node | None = None
        self.actions: dict[bytes, _Node] = {}
        self.methods: dict[str, Route] = {}
        self.allow = b""

    def child(self, segment: bytes) -> "_Node":
        if not segment.startswith(b"{"):
            node = self.literals.setdefault(segment, _Node())
            return self.folded.setdefault(segment.lower(), node)
        action = segment.partition(b"}")[2]
        if action:
            return self.actions.setdefault(action.lower(), _Node())
        self.any = self.any or _Node()
        return self.any

    def named(self, segment: bytes, names: list[str]) -> "_Node | None":
        """Return the child that matches the segment as a placeholder, and add the value to `names`."""
        for action, node in self.actions.items():
            if segment.lower().endswith(action):
                names.append(segment[: -len(action)].decode("utf-8", "replace"))
                return node
        if self.any is not None:
            names.append(segment.decode("utf-8", "replace"))
        return self.any

    def add(self, route: Route) -> None:
        method = route.operation.method
        self.methods[method] = route
        if method == "GET":
            self.methods["HEAD"] = route
        self.allow = ", ".join(sorted({*self.methods, "OPTIONS"})).encode("ascii")


class Router:
    """Finds routes; a placeholder matches one segment, or the part before an action (`{user}:mute`, `{id}.ics`).

    Empty segments (`//rooms`, `/rooms/`) are ignored. The fixed segments of a path match in any letter case, as in
    ASP.NET: docs/evidence.md#hosts-and-paths.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            node = self._root
            for segment in route.operation.path.encode("ascii").split(b"/")[1:]:
                node = node.child(segment)
            node.add(route)

    def find(self, request: Request) -> Route | None:
        """Return the request's route and set its `names`; `None` if there is no such path and method."""
        node = self._walk(request)
        return None if node is None else node.methods.get(request.method)

    def allowed(self, request: Request) -> bytes:
        """Return the methods of the request's path, as `Allow` lists them; empty if there is no such path."""
        node = self._walk(request)
        return b"" if node is None else node.allow

    def _walk(self, request: Request) -> _Node | None:
        path = request.path
        is_escaped = b"%" in path
        node = self._root
        names: list[str] = []
        # Unauthenticated requests come here too, so nothing after the first unknown segment is split or decoded.
        for segment in path.split(b"/", _MOST_SEGMENTS)[1:]:
            if not segment:
                continue
            if is_escaped:
                segment = unquote_to_bytes(segment)
            child = node.literals.get(segment)
            if child is None:
                child = node.named(segment, names) or node.folded.get(segment.lower())
                if child is None:
                    return None
            node = child
        request.names = tuple(names)
        return node
