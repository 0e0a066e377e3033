"""Visits over HTTP: each handler decodes, calls one use case and encodes."""

from urllib.parse import urlencode

import msgspec

from openrooms.domain.rooms import planned_until
from openrooms.domain.roster import Participant
from openrooms.server.core.listing import ListedVisit, Listing
from openrooms.server.core.visits import Visits
from openrooms.server.web import paging
from openrooms.server.web.messages import OK, UNCACHED_JSON, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.dates import format_moment
from openrooms.wire.models import strict_decoder
from openrooms.wire.visits import (
    ExtensionBody,
    VisitBody,
    VisitListModel,
    VisitModel,
    VisitParticipantModel,
    VisitSummaryModel,
    WindowModel,
    extension,
    room_filter,
    visit_change,
)

_read_extension = strict_decoder(ExtensionBody)
_read_visit = strict_decoder(VisitBody)
_encode = msgspec.json.Encoder().encode


class VisitHandlers:
    """The operations on rooms as visits, under `/openrooms/rooms/{roomId}`."""

    def __init__(self, visits: Visits, listing: Listing) -> None:
        self._visits = visits
        self._listing = listing

    def routes(self) -> list[Route]:
        """Return the routes of visits."""
        return [
            Route(operations.LIST_VISITS, self.list),
            Route(operations.GET_VISIT, self.get),
            Route(operations.UPDATE_VISIT, self.update),
            Route(operations.EXTEND_CALL, self.extend),
        ]

    async def list(self, request: Request) -> Response:
        conditions = {name: request.query.one(name) for name in ("state", "from", "until", "q", "order")}
        token = request.query.one("nextLink")
        page = await self._listing.list(
            request.caller.resource,
            room_filter(*conditions.values()),
            None if token is None else paging.parse_visit_token(token),
        )
        link: str | msgspec.UnsetType = msgspec.UNSET
        if page.next is not None:
            same = {name: value for name, value in conditions.items() if value is not None}
            query = urlencode({**same, "nextLink": paging.visit_token(page.next)})
            link = f"{request.base_url}{operations.LIST_VISITS.path}?{query}"
        model = VisitListModel(list(map(summary, page.visits)), format_moment(page.now), link)
        return Response(OK, _encode(model), UNCACHED_JSON)

    async def get(self, request: Request) -> Response:
        token = request.query.one("nextLink")
        room, page = await self._visits.get(
            request.caller.resource, request.names[0], None if token is None else paging.parse_roster_token(token)
        )
        options = room.options
        return Response(
            OK,
            _encode(
                VisitModel(
                    room.id,
                    options.title,
                    format_moment(room.valid_from),
                    format_moment(room.valid_until),
                    options.waiting_room,
                    options.starts_with,
                    options.extend_by,
                    options.extended,
                    list(map(_participant, page.participants)),
                    msgspec.UNSET if page.next is None else _next_link(request, paging.roster_token(page.next)),
                )
            ),
            UNCACHED_JSON,
        )

    async def update(self, request: Request) -> Response:
        """Update the visit and answer as `get` does, with the first page of participants."""
        change = visit_change(_read_visit(request.body or b"{}"))
        await self._visits.update(request.caller.resource, request.names[0], change)
        return await self.get(request)

    async def extend(self, request: Request) -> Response:
        """Extend the room; a Presenter may do so within what the organiser allows."""
        user = request.caller.person
        asked_for = extension(_read_extension(request.body or b"{}"), limited=user is not None)
        room = await self._visits.extend(
            request.caller.resource, request.names[0], asked_for, None if user is None else user.claims
        )
        window = WindowModel(format_moment(room.valid_from), format_moment(room.valid_until), room.options.minutes_left)
        return Response(OK, _encode(window), UNCACHED_JSON)


def summary(visit: ListedVisit) -> VisitSummaryModel:
    """Return a room as the list shows it."""
    room, options = visit.summary.room, visit.summary.room.options
    return VisitSummaryModel(
        room.id,
        format_moment(room.created_at),
        options.title,
        format_moment(room.valid_from),
        format_moment(room.valid_until),
        visit.state,
        room.pstn_dial_out_enabled,
        options.waiting_room,
        options.starts_with,
        options.extend_by,
        options.extended,
        list(map(_participant, visit.summary.participants)),
        visit.summary.participant_count,
        visit.waiting,
        visit.summary.in_call,
        msgspec.UNSET if visit.summary.left_at is None else format_moment(visit.summary.left_at),
        format_moment(planned_until(room)) if options.added else msgspec.UNSET,
    )


def _participant(participant: Participant) -> VisitParticipantModel:
    return VisitParticipantModel(participant.raw_id, participant.role, participant.display_name)


def _next_link(request: Request, token: str) -> str:
    return f"{request.base_url}/openrooms/rooms/{request.names[0]}?nextLink={token}"
