"""Which handler answers a method and path, by a table that is made once."""

from collections.abc import Callable, Iterable
from enum import Enum
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import msgspec

from openrooms.server.web.messages import Handler, Header, Request
from openrooms.wire import versions

_JSON: Header = (b"content-type", b"application/json; charset=utf-8")
_MOST_SEGMENTS = 16
_PLAIN_JSON: Header = (b"content-type", b"application/json")


class Access(Enum):
    """Who may call: anybody, an operator (by signature or token), a user (by identity token), or both of these."""

    OPEN = "open"
    OPERATOR = "operator"
    PERSON = "person"
    EITHER = "either"


class Kind(Enum):
    """What a request costs; each kind has its own rate limit."""

    READ = "read"
    WRITE = "write"
    TOKEN = "token"  # noqa: S105 - the kind's name


class Api(msgspec.Struct, frozen=True):
    """What the answers of a family of operations have in common; no `versions`: `api-version` is not asked for."""

    versions: frozenset[str] = frozenset()
    supported: tuple[Header, ...] = ()
    success_type: Header = _JSON
    error_type: Header = _JSON
    shows_error_code: bool = False
    is_identity: bool = False


def _supported(known: tuple[str, ...]) -> tuple[Header, ...]:
    return ((b"api-supported-versions", ", ".join(known).encode("ascii")),)


ROOMS = Api(frozenset(versions.ROOMS), _supported(versions.ROOMS), shows_error_code=True)
IDENTITY = Api(frozenset(versions.IDENTITY), _supported(versions.IDENTITY), error_type=_PLAIN_JSON, is_identity=True)
IDENTITY_DETAILS = Api(
    frozenset(versions.IDENTITY_DETAILS),
    _supported(versions.IDENTITY_DETAILS),
    error_type=_PLAIN_JSON,
    is_identity=True,
)
TEAMS = Api(frozenset(versions.TEAMS), _supported(versions.TEAMS), error_type=_PLAIN_JSON, is_identity=True)
TEAMS_EXTENSION = Api(
    frozenset(versions.TEAMS_EXTENSION), _supported(versions.TEAMS_EXTENSION), error_type=_PLAIN_JSON, is_identity=True
)
OWN = Api()


class Route(msgspec.Struct, frozen=True):
    """One operation; `{room_id}` in `path` stands for a segment; its value is one of the request's `names`.

    `check` raises for a request whose body is not to be read. Without it, an open operation takes no body.
    """

    name: str
    method: str
    path: str
    handler: Handler
    api: Api = OWN
    access: Access = Access.OPERATOR
    kind: Kind = Kind.READ
    check: Callable[[Request], None] | None = None

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names of the path's placeholders, in their order."""
        return _placeholders(self.path)


@lru_cache
def _placeholders(path: str) -> tuple[str, ...]:
    return tuple(name.split("}")[0] for name in path.split("{")[1:])


class _Node:
    __slots__ = ("allow", "any", "folded", "literals", "methods")

    def __init__(self) -> None:
        self.literals: dict[bytes, _Node] = {}
        self.folded: dict[bytes, _Node] = {}
        self.any: _Node | None = None
        self.methods: dict[str, Route] = {}
        self.allow = b""

    def child(self, segment: bytes) -> "_Node":
        if not segment.startswith(b"{"):
            node = self.literals.setdefault(segment, _Node())
            return self.folded.setdefault(segment.lower(), node)
        self.any = self.any or _Node()
        return self.any

    def add(self, route: Route) -> None:
        self.methods[route.method] = route
        if route.method == "GET":
            self.methods["HEAD"] = route
        self.allow = ", ".join(sorted({*self.methods, "OPTIONS"})).encode("ascii")


class Router:
    """Finds routes; a placeholder takes one segment, and empty segments (`//rooms`, `/rooms/`) do not count.

    The fixed segments of a path have no letter case, as in ASP.NET.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            node = self._root
            for segment in route.path.encode("ascii").split(b"/")[1:]:
                node = node.child(segment)
            node.add(route)

    def find(self, request: Request) -> Route | None:
        """Return the request's route and set its `names`; `None` if there is no such path and method."""
        node = self._walk(request)
        return None if node is None else node.methods.get(request.method)

    def allowed(self, request: Request) -> bytes:
        """Return the methods that the request's path takes, as `Allow` lists them; nothing if there is no such path."""
        node = self._walk(request)
        return b"" if node is None else node.allow

    def _walk(self, request: Request) -> _Node | None:
        path = request.path
        is_escaped = b"%" in path
        node = self._root
        names = []
        # Strangers come here too: nothing is split or decoded behind what no route has.
        for segment in path.split(b"/", _MOST_SEGMENTS)[1:]:
            if not segment:
                continue
            if is_escaped:
                segment = unquote_to_bytes(segment)
            known = node.literals.get(segment)
            if known is None:
                known = node.any
                if known is not None:
                    names.append(segment.decode("utf-8", "replace"))
                else:
                    known = node.folded.get(segment.lower())
                    if known is None:
                        return None
            node = known
        request.names = tuple(names)
        return node
