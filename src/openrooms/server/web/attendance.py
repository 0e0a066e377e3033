"""Attendance over HTTP."""

import msgspec
from msgspec import UNSET

from openrooms.domain.calls import CallId
from openrooms.domain.moments import SECOND
from openrooms.domain.rooms import parse_room_id
from openrooms.server.core.attendance import Attendance
from openrooms.server.core.ports import Attended, Refused
from openrooms.server.web import paging
from openrooms.server.web.messages import OK, UNCACHED_JSON, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.attendance import RefusalModel, RefusalPage, StayModel, StayPage
from openrooms.wire.dates import format_moment
from openrooms.wire.happenings import participant_id, server_call_id

_encode = msgspec.json.Encoder().encode


class AttendanceHandlers:
    """The operations that list stays and refusals."""

    def __init__(self, attendance: Attendance) -> None:
        self._attendance = attendance

    def routes(self) -> list[Route]:
        """Return the routes of attendance."""
        return [
            Route(operations.LIST_ATTENDANCE, self.list),
            Route(operations.LIST_REFUSALS, self.list_refusals),
        ]

    async def list(self, request: Request) -> Response:
        token = request.query.one("nextLink")
        after = None if token is None else paging.parse_stay_token(token)
        page = await self._attendance.list(request.caller.resource, request.names[0], after)
        call = CallId(request.caller.resource, parse_room_id(request.names[0]))
        link = UNSET if page.next is None else _next_link(request, "attendance", paging.stay_token(page.next))
        return Response(OK, _encode(StayPage([_model(call, stay) for stay in page.stays], link)), UNCACHED_JSON)

    async def list_refusals(self, request: Request) -> Response:
        token = request.query.one("nextLink")
        after = None if token is None else paging.parse_refusal_token(token)
        page = await self._attendance.list_refusals(request.caller.resource, request.names[0], after)
        link = UNSET if page.next is None else _next_link(request, "refusals", paging.refusal_token(page.next))
        return Response(OK, _encode(RefusalPage(list(map(_refusal, page.refusals)), link)), UNCACHED_JSON)


def _model(call: CallId, attended: Attended) -> StayModel:
    stay = attended.stay
    model = StayModel(
        server_call_id(call, attended.session),
        participant_id(stay.id),
        stay.raw_id,
        stay.display_name,
        format_moment(stay.joined_at),
        stay.role or UNSET,
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


def _next_link(request: Request, name: str, token: str) -> str:
    return f"{request.base_url}/openrooms/rooms/{request.names[0]}/{name}?nextLink={token}"
