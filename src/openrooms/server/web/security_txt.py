"""`/.well-known/security.txt` (RFC 9116): where to report vulnerabilities, if the operator has set a contact."""

from collections.abc import Sequence

from openrooms.domain.moments import DAY, Moment
from openrooms.server.core.ports import Clock
from openrooms.server.web.messages import OK, Header, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.dates import format_moment

_TEXT: Header = (b"content-type", b"text/plain; charset=utf-8")
_CACHED: Header = (b"cache-control", b"public, max-age=86400")
# The served file is always current, but a copy must expire.
_LIFETIME = 30 * DAY


class SecurityTxt:
    """Serves the fields in their order, and the date when a copy expires."""

    def __init__(self, fields: Sequence[tuple[str, str]], clock: Clock) -> None:
        self._fields = fields
        self._clock = clock

    def routes(self) -> list[Route]:
        """Return the route, or nothing if there are no fields."""
        return [Route(operations.GET_SECURITY_TXT, self.show)] if self._fields else []

    async def show(self, _request: Request) -> Response:
        """Return the file."""
        today = self._clock() // DAY * DAY
        expires = format_moment(Moment(today + _LIFETIME))
        lines = [f"{name}: {value}\n" for name, value in (*self._fields, ("Expires", expires))]
        return Response(OK, "".join(lines).encode("utf-8"), (_TEXT, _CACHED))
