"""Attendance over HTTP."""

from urllib.parse import quote, urlencode

import msgspec
from msgspec import UNSET

from openrooms.domain.calls import CallId
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, Span
from openrooms.server.core import ports
from openrooms.server.core.attendance import Attendance
from openrooms.server.core.ports import Attended, RefusalKey, Refused, StayKey
from openrooms.server.web import paging
from openrooms.server.web.messages import OK, UNCACHED_JSON, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.attendance import RefusalModel, RefusalPage, StayModel, StayPage
from openrooms.wire.dates import format_moment, read_parameter
from openrooms.wire.happenings import participant_id, server_call_id

_NEXT = "nextLink"
_encode = msgspec.json.Encoder().encode


class AttendanceHandlers:
    """The operations that list stays and refusals, of a room or of a time."""

    def __init__(self, attendance: Attendance) -> None:
        self._attendance = attendance

    def routes(self) -> list[Route]:
        """Return the routes of attendance."""
        return [
            Route(operations.LIST_ATTENDANCE, self.list),
            Route(operations.LIST_REFUSALS, self.list_refusals),
            Route(operations.LIST_ALL_ATTENDANCE, self.list_all),
            Route(operations.LIST_ALL_REFUSALS, self.list_all_refusals),
        ]

    async def list(self, request: Request) -> Response:
        resource, room_id = request.caller.resource, request.names[0]
        return _stays(request, await self._attendance.list(resource, room_id, _stay_key(request)))

    async def list_refusals(self, request: Request) -> Response:
        resource, room_id = request.caller.resource, request.names[0]
        return _refusals(request, await self._attendance.list_refusals(resource, room_id, _refusal_key(request)))

    async def list_all(self, request: Request) -> Response:
        resource = request.caller.resource
        return _stays(request, await self._attendance.list_all(resource, _span(request), _stay_key(request)))

    async def list_all_refusals(self, request: Request) -> Response:
        resource, after = request.caller.resource, _refusal_key(request)
        return _refusals(request, await self._attendance.list_all_refusals(resource, _span(request), after))


def _span(request: Request) -> Span:
    since, until = (read_parameter(name, request.query.one(name)) for name in ("from", "until"))
    everything = Span()
    return Span(everything.since if since is None else since, everything.until if until is None else until)


def _stay_key(request: Request) -> StayKey | None:
    token = request.query.one(_NEXT)
    return None if token is None else paging.parse_stay_token(token)


def _refusal_key(request: Request) -> RefusalKey | None:
    token = request.query.one(_NEXT)
    return None if token is None else paging.parse_refusal_token(token)


def _stays(request: Request, page: ports.StayPage) -> Response:
    resource = request.caller.resource
    link = UNSET if page.next is None else _next_link(request, paging.stay_token(page.next))
    return Response(OK, _encode(StayPage([_stay(resource, stay) for stay in page.stays], link)), UNCACHED_JSON)


def _refusals(request: Request, page: ports.RefusalPage) -> Response:
    link = UNSET if page.next is None else _next_link(request, paging.refusal_token(page.next))
    return Response(OK, _encode(RefusalPage(list(map(_refusal, page.refusals)), link)), UNCACHED_JSON)


def _stay(resource: ResourceId, attended: Attended) -> StayModel:
    stay = attended.stay
    model = StayModel(
        attended.room_id,
        server_call_id(CallId(resource, attended.room_id), attended.session),
        participant_id(stay.id),
        stay.raw_id,
        stay.display_name,
        format_moment(stay.joined_at),
        stay.role or UNSET,
        title=attended.title or UNSET,
    )
    if stay.left_at is not None:
        model.left_at = format_moment(stay.left_at)
        model.seconds = (stay.left_at - stay.joined_at) / SECOND
    if stay.ending is not None:
        model.ending = stay.ending
    if stay.device is not None:
        model.device = stay.device
    return model


def _refusal(refused: Refused) -> RefusalModel:
    refusal = refused.refusal
    return RefusalModel(
        refused.room_id,
        refusal.raw_id,
        refusal.rule,
        refusal.code,
        refused.count,
        format_moment(refused.first_at),
        format_moment(refused.last_at),
        refusal.message or UNSET,
        refused.title or UNSET,
        refused.display_name or UNSET,
    )


def _next_link(request: Request, token: str) -> str:
    kept = {name: values[-1] for name, values in request.query.values.items() if name != _NEXT}
    return f"{request.base_url}{request.path.decode('ascii')}?{urlencode({**kept, _NEXT: token}, quote_via=quote)}"
