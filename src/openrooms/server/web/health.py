"""Operations without authentication: health, readiness, the public keys, and the description of the service."""

from openrooms.domain.errors import Unavailable
from openrooms.server.core.readiness import Readiness
from openrooms.server.core.tokens import Tokens
from openrooms.server.web import openapi
from openrooms.server.web.messages import OK, UNCACHED, Header, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations

_JSON: Header = (b"content-type", b"application/json; charset=utf-8")
_CACHED: Header = (b"cache-control", b"public, max-age=300")


class ServiceHandlers:
    """The handlers of these operations, which belong to the service itself, in `development` or in production."""

    def __init__(self, readiness: Readiness, tokens: Tokens, *, development: bool = False) -> None:
        self._readiness = readiness
        self._tokens = tokens
        self._development = development

    def routes(self) -> list[Route]:
        """Return the routes, which are open to everyone who reaches the server."""
        return [
            Route(operations.GET_HEALTH, self.health),
            Route(operations.GET_READINESS, self.ready),
            Route(operations.GET_OPENAPI, self.openapi),
            Route(operations.GET_KEYS, self.jwks),
        ]

    async def health(self, _request: Request) -> Response:
        """Answer 200 while the process runs."""
        return Response(OK, b'{"status":"ok"}', (_JSON, UNCACHED))

    async def ready(self, _request: Request) -> Response:
        """Answer 200 if requests can be served; otherwise raise `Unavailable` (503), which hides the reason."""
        if not (await self._readiness.report()).is_ready:
            raise Unavailable
        return Response(OK, b'{"status":"ready"}', (_JSON, UNCACHED))

    async def openapi(self, _request: Request) -> Response:
        return Response(OK, openapi.document(development=self._development), (_JSON,))

    async def jwks(self, _request: Request) -> Response:
        return Response(OK, self._tokens.jwks, (_JSON, _CACHED))
