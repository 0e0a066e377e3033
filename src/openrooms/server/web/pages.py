"""The built web pages (`/call/...`, `/j`, `/console`, `/`), their `/assets`, and the package `/openrooms/calling`."""

import gzip
import mimetypes
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from html import escape
from http import HTTPStatus
from pathlib import Path

import msgspec

from openrooms.server.web.branding import Branding
from openrooms.server.web.embedding import NOWHERE, Embedding
from openrooms.server.web.limits import FAILURE, Limits
from openrooms.server.web.messages import Header, HttpError, Receive, Request, Scope, Send
from openrooms.server.web.proxies import Proxies
from openrooms.wire.invitations import PAGE_PATH

CALL_PREFIX = "/call"
CONSOLE_PREFIX = "/console"
INVITATION_PREFIX = PAGE_PATH
ASSETS_PREFIX = "/assets"
CALLING_PREFIX = "/openrooms/calling"

HOME_PATH = "/"
HOME_FILE = "home.html"
_CALL_FILE = "call.html"

STATIC = Path(__file__).parent / "static"
_FILES = {
    CALL_PREFIX: _CALL_FILE,
    INVITATION_PREFIX: _CALL_FILE,
    CONSOLE_PREFIX: "console.html",
    HOME_PATH: HOME_FILE,
}
# A page connects to the gate by WebSocket on its own origin and shows media from memory. It needs nothing else.
_POLICY = (
    "default-src 'none'; script-src 'self'{compiled}; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "media-src 'self' blob: mediastream:; connect-src 'self' {gate}; worker-src 'self' blob:; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)
# The call page blurs backgrounds with WebAssembly, which is compiled, not evaluated: no text becomes a script.
_COMPILED = {_CALL_FILE: " 'wasm-unsafe-eval'"}
_PRIVATE: tuple[Header, ...] = (
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=()"),
)
_SAFE: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
TEXT: Header = (b"content-type", b"text/plain; charset=utf-8")
_NOT_BUILT = b"The page has not been built: run `make install`, or install openrooms from a wheel."
_COMPRESSIBLE = {"application/javascript", "application/json", "application/wasm", "image/svg+xml"}
# The build compresses what takes long.
_COMPRESSED = ".gz"
_FRESH: Header = (b"cache-control", b"no-cache")
# Each file name contains a hash of the content.
_LASTING: Header = (b"cache-control", b"public, max-age=31536000, immutable")
# The path is decoded once already.
_FRAGMENT = re.compile("#|%(?:25)*23")
_PIECE = 16 * 1024


def without_fragment(path: str) -> str:
    """Return the path before an encoded `#`, into which some mail programs turn the `#` of a link."""
    return _FRAGMENT.split(path, maxsplit=1)[0]


class HomeFacts(msgspec.Struct, frozen=True, rename="camel"):
    """The facts that the home page of a development service shows; no connection string if the key is secret."""

    connection_string: str | None
    calls: bool


class Pages:
    """The application at `/`, `/call`, `/console` and `/assets`, which serves the files that the build made.

    A production service passes no `development`, so its home page shows nothing of it. `branding` and `embedding` are
    for the call page; no page of another site may frame the others.
    """

    def __init__(
        self,
        proxies: Proxies,
        limits: Limits,
        folder: Path = STATIC,
        development: HomeFacts | None = None,
        branding: Branding | None = None,
        embedding: Embedding = NOWHERE,
    ) -> None:
        self._proxies = proxies
        self._limits = limits
        self._heads = {
            HOME_FILE: _meta(development) if development else b"",
            _CALL_FILE: (branding.head if branding else b"") + embedding.head,
        }
        self._embedding = embedding
        self._branding = branding.assets if branding else {}
        self._pages = {prefix: folder / name for prefix, name in _FILES.items()}
        # Only these names are served, so no path of a request reaches the file system.
        self._assets = _assets(folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request.of(scope)
        self._proxies.restore(request)
        if scope["type"] != "http":
            self._limits.count_address(request.peer, FAILURE)
            await receive()
            await send({"type": "websocket.close", "code": 1000})
            return
        try:
            self._limits.check_address(request.peer)
        except HttpError as error:
            await _refuse(send, scope, error)
            return
        self._limits.count_address(request.peer)
        branded = self._branding.get(scope["path"])
        file = self._assets.get(scope["path"])
        page = self._pages.get("/" + without_fragment(scope["path"]).split("/", 2)[1])
        if scope["method"] not in {"GET", "HEAD"}:
            await respond(send, scope, HTTPStatus.METHOD_NOT_ALLOWED, b"", ((b"allow", b"GET, HEAD"),))
        elif branded is not None:
            headers = (*branded.headers, _LASTING)
            await respond(send, scope, HTTPStatus.OK, branded.content, headers)
        elif file is not None:
            caching = _LASTING if scope["path"].startswith(ASSETS_PREFIX) else _FRESH
            await respond(send, scope, HTTPStatus.OK, *_served(file, _accepts_gzip(scope), (caching,)))
        elif scope["path"].startswith((ASSETS_PREFIX, CALLING_PREFIX)):
            await respond(send, scope, HTTPStatus.NOT_FOUND, b"There is no such file.", (TEXT,))
        elif page is not None and page.exists():
            await self._show(page, request, scope, send)
        else:
            await respond(send, scope, HTTPStatus.NOT_FOUND, _NOT_BUILT, (TEXT,))

    async def _show(self, page: Path, request: Request, scope: Scope, send: Send) -> None:
        try:
            embedding = self._embedding if page.name == _CALL_FILE else NOWHERE
            policy = _policy(request, page.name, embedding)
        except HttpError as error:
            await _refuse(send, scope, error)
            return
        headers = (_FRESH, *_PRIVATE, *embedding.headers, (b"content-security-policy", policy))
        head = self._heads.get(page.name, b"")
        await respond(send, scope, HTTPStatus.OK, *_served(page, _accepts_gzip(scope), headers, head))


@cache
def _assets(folder: Path) -> Mapping[str, Path]:
    return {
        f"{prefix}/{file.relative_to(folder / name)}".removesuffix(_COMPRESSED): file
        for prefix, name in ((ASSETS_PREFIX, "assets"), (CALLING_PREFIX, "calling"))
        for file in (folder / name).rglob("*")
        if file.is_file()
    }


def _policy(request: Request, page: str, embedding: Embedding) -> bytes:
    # In older browsers, 'self' does not include a WebSocket to the same host.
    gate = request.base_url.replace("http", "ws", 1)
    compiled = _COMPILED.get(page, "")
    return _POLICY.format(gate=gate, compiled=compiled, ancestors=embedding.ancestors).encode("ascii")


def wants_page(scope: Scope) -> bool:
    """Return whether a browser requests a page; API clients do not accept HTML."""
    return scope["method"] in {"GET", "HEAD"} and any(
        name == b"accept" and b"text/html" in value for name, value in scope["headers"]
    )


def _meta(development: HomeFacts) -> bytes:
    content = msgspec.json.encode({"development": development}).decode("utf-8")
    return f'<meta name="openrooms" content="{escape(content)}" />'.encode()


def _accepts_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


def _served(
    file: Path, compressed: bool, headers: tuple[Header, ...], head: bytes = b""
) -> tuple[bytes, tuple[Header, ...]]:
    name = file.name.removesuffix(_COMPRESSED)
    kind = "application/gzip" if file.suffix == ".tgz" else mimetypes.guess_type(name)[0]
    is_text = kind is not None and (kind.startswith("text/") or kind in _COMPRESSIBLE)
    response_headers: tuple[Header, ...] = (
        (b"content-type", (kind or "application/octet-stream").encode("ascii")),
        *headers,
    )
    if not is_text:
        return _content(file, False, head), response_headers
    response_headers = (*response_headers, (b"vary", b"Accept-Encoding"))
    if compressed:
        response_headers = (*response_headers, (b"content-encoding", b"gzip"))
    return _content(file, compressed, head), response_headers


@lru_cache(maxsize=256)
def _content(file: Path, compressed: bool, head: bytes) -> bytes:
    if file.suffix == _COMPRESSED:
        return file.read_bytes() if compressed else gzip.decompress(file.read_bytes())
    data = file.read_bytes().replace(b"</head>", head + b"</head>", 1) if head else file.read_bytes()
    return gzip.compress(data, mtime=0) if compressed else data


async def _refuse(send: Send, scope: Scope, error: HttpError) -> None:
    await respond(send, scope, error.status, str(error).encode("ascii"), (TEXT, *error.headers))


async def respond(send: Send, scope: Scope, status: HTTPStatus, body: bytes, headers: tuple[Header, ...]) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": int(status), "headers": [*headers, *_SAFE, length]})
    if scope["method"] == "HEAD":
        body = b""
    # `send` waits for the client, so a client that does not read keeps only one piece in memory.
    last = max(0, len(body) - 1) // _PIECE * _PIECE
    for start in range(0, last, _PIECE):
        await send({"type": "http.response.body", "body": body[start : start + _PIECE], "more_body": True})
    await send({"type": "http.response.body", "body": body[last:]})
