"""Cross-origin requests of browsers, from origins that the operator named.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec

from openrooms.server.web.messages import (
    NO_CONTENT,
    Header,
    Message,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    Service,
)
from openrooms.wire.connection_string import is_loopback

ANY_ORIGIN = "*"
LOOPBACK_ORIGINS = "loopback"
"""Any page that this machine itself serves, at whatever port."""
_PREFLIGHT: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (b"access-control-max-age", b"600"),
)
_EXPOSED: Header = (
    b"access-control-expose-headers",
    b"api-supported-versions, date, location, ms-cv, repeatability-result, retry-after, x-ms-client-request-id, "
    b"x-ms-error-code",
)


class Cors:
    """Answers preflights and adds the headers for the allowed origins; other requests pass unchanged."""

    def __init__(self, application: Service, origins: Collection[str]) -> None:
        self._application = application
        self._origins = frozenset(origin.encode("ascii") for origin in origins)
        self._loopback = LOOPBACK_ORIGINS in origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"]) if scope["type"] == "http" else {}
        origin = headers.get(b"origin")
        if origin is None or not self._knows(origin):
            await self._application(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            preflight = (*_PREFLIGHT, *self._preflight(headers, origin))
            await send({"type": "http.response.start", "status": NO_CONTENT, "headers": list(preflight)})
            await send({"type": "http.response.body", "body": b""})
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_allowed(origin), _EXPOSED]
            await send(message)

        await self._application(scope, receive, send_marked)

    def _knows(self, origin: bytes) -> bool:
        if origin in self._origins or ANY_ORIGIN.encode("ascii") in self._origins:
            return True
        return self._loopback and _is_on_this_machine(origin)

    def takes(self, request: Request) -> bool:
        """Return whether the application answers the request."""
        return self._application.takes(request)

    async def answer(self, request: Request, receive: Receive) -> Response | None:
        """Return the answer to a preflight, or the application's answer."""
        origin = request.headers.get(b"origin")
        if origin is None or not self._knows(origin):
            return await self._application.answer(request, receive)
        if request.method == "OPTIONS" and b"access-control-request-method" in request.headers:
            return Response(NO_CONTENT, b"", _PREFLIGHT, self._preflight(request.headers, origin))
        response = await self._application.answer(request, receive)
        if response is None:
            return None
        return msgspec.structs.replace(response, own=(*response.own, *_allowed(origin), _EXPOSED))

    def _preflight(self, headers: Mapping[bytes, bytes], origin: bytes) -> tuple[Header, ...]:
        requested = headers.get(b"access-control-request-headers", b"")
        return (*_allowed(origin), (b"access-control-allow-headers", requested))


def _allowed(origin: bytes) -> tuple[Header, ...]:
    return (b"access-control-allow-origin", origin), (b"vary", b"Origin")


@lru_cache(maxsize=64)
def _is_on_this_machine(origin: bytes) -> bool:
    try:
        host = urlsplit(origin.decode("ascii")).hostname or ""
    except ValueError:
        return False
    return is_loopback(host) or host.endswith(".localhost")
