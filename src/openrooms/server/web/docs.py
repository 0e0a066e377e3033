"""The documentation of this version, at `/docs` of a development service: it can be read without other hosts."""

import mimetypes
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from html import escape
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from openrooms.server.web.messages import Header, Receive, Scope, Send
from openrooms.server.web.pages import HOME_FILE, STATIC, TEXT, respond

DOCS_PREFIX = "/docs"
# A wheel has them beside this file, a clone at its root.
_FOLDERS = (Path(__file__).parent / "docs", Path(__file__).parents[4] / "docs")
_START = "README.md"
_HTML: Header = (b"content-type", b"text/html; charset=utf-8")
_POLICY: Header = (
    b"content-security-policy",
    b"default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'",
)


class Docs:
    """The application under `/docs`. It lists the files at the start, so no request path reaches the file system."""

    def __init__(self) -> None:
        self._files = _files()
        self._rendered = lru_cache(maxsize=128)(self._render)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
            return
        path = scope["path"]
        file, start = self._files.get(path), f"{path.rstrip('/')}/{_START}"
        if scope["method"] not in {"GET", "HEAD"}:
            await respond(send, scope, HTTPStatus.METHOD_NOT_ALLOWED, b"", ((b"allow", b"GET, HEAD"),))
        elif start in self._files:
            # The page's links are relative to its own path.
            await respond(send, scope, HTTPStatus.FOUND, b"", ((b"location", start.encode("ascii")),))
        elif file is None:
            await respond(send, scope, HTTPStatus.NOT_FOUND, b"There is no such page.", (TEXT,))
        elif file.suffix == ".md":
            await respond(send, scope, HTTPStatus.OK, self._rendered(path, file), (_HTML, _POLICY))
        else:
            kind = (mimetypes.guess_type(file.name)[0] or "text/plain; charset=utf-8").encode("ascii")
            await respond(send, scope, HTTPStatus.OK, file.read_bytes(), ((b"content-type", kind), _POLICY))

    def _render(self, path: str, file: Path) -> bytes:
        # Loaded with the first page, because services for tests would start later.
        from markdown_it import MarkdownIt

        markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        tokens = markdown.parse(file.read_text(encoding="utf-8"))
        title = "openrooms"
        for token, content in pairwise(tokens):
            if token.type == "heading_open":
                token.attrSet("id", _anchor(content.content))
                title = content.content if token.tag == "h1" else title
        for link in (child for token in tokens for child in token.children or () if child.type == "link_open"):
            if not self._is_reachable(urljoin(path, str(link.attrs["href"]))):
                # A file of the repository, which an installed package does not have.
                del link.attrs["href"]
        body = markdown.renderer.render(tokens, markdown.options, {})
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{_styles()}</head>'
            f'<body><main class="docs"><p><a href="/">openrooms</a> / <a href="{DOCS_PREFIX}/{_START}">docs</a></p>'
            f"{body}</main></body></html>"
        ).encode()

    def _is_reachable(self, url: str) -> bool:
        target = urlsplit(url)
        return bool(target.scheme) or target.path in self._files


@cache
def _files() -> Mapping[str, Path]:
    """Return the files by path; an installed version does not change."""
    folder = next((folder for folder in _FOLDERS if (folder / _START).exists()), None)
    found = folder.rglob("*.*") if folder else ()
    return {f"{DOCS_PREFIX}/{path.relative_to(folder)}": path for path in found if folder}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


def _styles() -> str:
    """Return the links to the icon and the style sheets of the built home page."""
    home = STATIC / HOME_FILE
    text = home.read_text(encoding="utf-8") if home.exists() else ""
    return "".join(re.findall(r'<link rel="(?:icon|stylesheet)"[^>]*>', text))
