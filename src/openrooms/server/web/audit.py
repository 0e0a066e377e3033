"""Reading the audit trail, over HTTP."""

from urllib.parse import quote, urlencode

import msgspec
from msgspec import UNSET

from openrooms.domain.auditing import EVER, AuditFilter
from openrooms.domain.errors import InvalidRequest, NotSupported
from openrooms.server.core.audit import rendered
from openrooms.server.core.audit_trail import AuditTrail
from openrooms.server.web import paging
from openrooms.server.web.messages import OK, UNCACHED_JSON, Query, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.audit import OUTCOMES, AuditPage
from openrooms.wire.dates import read_parameter

_encode = msgspec.json.Encoder().encode
_NOT_KEPT = "This service keeps no audit trail in its database: its operator has set --audit-days 0."
_NEXT = "nextLink"


class AuditHandlers:
    """The operation that lists events; without a `trail` the database has none."""

    def __init__(self, trail: AuditTrail | None) -> None:
        self._trail = trail

    def routes(self) -> list[Route]:
        """Return the route of the audit trail."""
        return [Route(operations.LIST_AUDIT_EVENTS, self.list)]

    async def list(self, request: Request) -> Response:
        if self._trail is None:
            raise NotSupported(_NOT_KEPT)
        query = request.query
        token = query.one(_NEXT)
        after = None if token is None else paging.parse_audit_token(token)
        page = await self._trail.list(request.caller.resource, _filter(query), after)
        link = UNSET if page.next is None else _next_link(request, paging.audit_token(page.next))
        return Response(OK, _encode(AuditPage([rendered(event) for event in page.events], link)), UNCACHED_JSON)


def _filter(query: Query) -> AuditFilter:
    """Return the filter of a query; raise `InvalidRequest` that names a bad parameter."""
    operation, outcome, room, caller, user = (
        query.one(name) or "" for name in ("operation", "outcome", "room", "caller", "user")
    )
    if outcome not in ("", *OUTCOMES):
        raise InvalidRequest(f"outcome is not one of {', '.join(OUTCOMES)}.")
    since, until = (read_parameter(name, query.one(name)) for name in ("from", "until"))
    since, until = since or EVER.since, until or EVER.until
    return AuditFilter(since, until, operation, outcome, room, caller, user)


def _next_link(request: Request, token: str) -> str:
    kept = {name: values[-1] for name, values in request.query.values.items() if name != _NEXT}
    return f"{request.base_url}{operations.LIST_AUDIT_EVENTS.path}?{urlencode({**kept, _NEXT: token}, quote_via=quote)}"
