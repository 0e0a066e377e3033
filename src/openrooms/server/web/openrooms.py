"""What anyone may ask of the service under `/openrooms`: health, readiness, keys, and what it can do."""

from openrooms.domain.errors import Unavailable
from openrooms.server.readiness import Readiness
from openrooms.server.tokens import Tokens
from openrooms.server.web import openapi
from openrooms.server.web.messages import OK, Header, Request, Response
from openrooms.server.web.routing import Access, Route

_JSON: Header = (b"content-type", b"application/json; charset=utf-8")
_UNCACHED: Header = (b"cache-control", b"no-store")
_CACHED: Header = (b"cache-control", b"public, max-age=300")


class OwnHandlers:
    """The operations that Azure does not have and that need no caller."""

    def __init__(self, readiness: Readiness, tokens: Tokens) -> None:
        self._readiness = readiness
        self._tokens = tokens

    def routes(self) -> list[Route]:
        """Return the routes; they are open to everybody who reaches the server."""
        return [
            Route("health", "GET", "/openrooms/health", self.health, access=Access.OPEN),
            Route("ready", "GET", "/openrooms/ready", self.ready, access=Access.OPEN),
            Route("openapi", "GET", "/openrooms/openapi.json", self.openapi, access=Access.OPEN),
            Route("jwks", "GET", "/openrooms/.well-known/jwks.json", self.jwks, access=Access.OPEN),
        ]

    async def health(self, _request: Request) -> Response:
        """Answer as long as the process does."""
        return Response(OK, b'{"status":"ok"}', (_JSON, _UNCACHED))

    async def ready(self, _request: Request) -> Response:
        """Answer if requests can be served; raise `Unavailable` (503) while they cannot, without the reason."""
        if not (await self._readiness.report()).is_ready:
            raise Unavailable
        return Response(OK, b'{"status":"ready"}', (_JSON, _UNCACHED))

    async def openapi(self, _request: Request) -> Response:
        return Response(OK, openapi.document(), (_JSON,))

    async def jwks(self, _request: Request) -> Response:
        return Response(OK, self._tokens.jwks, (_JSON, _CACHED))
