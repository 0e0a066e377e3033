"""Rooms and Identity over HTTP: each handler decodes, calls one use case and encodes."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from openrooms.domain.errors import InvalidArgument, MalformedRequest, NotSupported
from openrooms.domain.identities import User
from openrooms.domain.rooms import RoomChange
from openrooms.domain.roster import parse_roles
from openrooms.domain.teams import TeamsAssignment, parse_assignment
from openrooms.server.core.identities import Identities, IssuedToken
from openrooms.server.core.ports import Clock
from openrooms.server.core.rooms import Rooms
from openrooms.server.web import paging
from openrooms.server.web.messages import CREATED, NO_CONTENT, OK, Request, Response
from openrooms.server.web.repeatability import ACCEPTED, read_once
from openrooms.server.web.routing import IDENTITY, IDENTITY_DETAILS, OWN, ROOMS, TEAMS, TEAMS_EXTENSION, Route
from openrooms.wire import operations
from openrooms.wire.answers import AdoptedModel, IdentityModel, TeamsAssignmentModel, TokenModel, UserModel
from openrooms.wire.dates import format_moment
from openrooms.wire.models import (
    AdoptionBody,
    RoomBody,
    RosterBody,
    TeamsAssignmentBody,
    TeamsExchangeBody,
    TokenBody,
    UserBody,
    decoder,
    named_roles,
    render_page,
    render_participants,
    room_change,
    without_pstn,
)
from openrooms.wire.versions import WITHOUT_PSTN

Body = TypeVar("Body", bound=msgspec.Struct)

_ROOMS_JSON = (ROOMS.success_type, *ROOMS.supported)
_ROOMS_EMPTY = ROOMS.supported
_IDENTITY_JSON = (IDENTITY.success_type, *IDENTITY.supported)
_TEAMS_JSON = (TEAMS.success_type, *TEAMS.supported)
_EXTENSION_JSON = (TEAMS_EXTENSION.success_type, *TEAMS_EXTENSION.supported)
_ROOM_CREATED = (*_ROOMS_JSON, ACCEPTED)
# docs/evidence.md#bodies
_NO_BODY = b"{}"

_read_room = decoder(RoomBody)
_read_roster = decoder(RosterBody)
_encode = msgspec.json.Encoder().encode


class RoomHandlers:
    """The operations under `/rooms`."""

    def __init__(self, rooms: Rooms, clock: Clock) -> None:
        self._rooms = rooms
        self._clock = clock

    def routes(self) -> list[Route]:
        """Return the routes of Rooms."""
        return [
            Route(operations.CREATE_ROOM, self.create),
            Route(operations.LIST_ROOMS, self.list),
            Route(operations.GET_ROOM, self.get),
            Route(operations.UPDATE_ROOM, self.update),
            Route(operations.DELETE_ROOM, self.delete),
            Route(operations.LIST_PARTICIPANTS, self.list_participants),
            # Null as a participant's value removes the participant.
            Route(operations.ADD_OR_UPDATE_PARTICIPANTS, self.update_participants),
        ]

    async def create(self, request: Request) -> Response:
        once = read_once(request, self._clock)
        body = _read_room(request.body or _NO_BODY)
        roles = parse_roles(named_roles(body.participants))
        room = await self._rooms.create(request.caller.resource, _room_change(request, body), roles, once)
        request.made = room.id
        location = (b"location", request.made.encode("ascii"))
        return Response(CREATED, _render(request, room.document), _ROOM_CREATED, (location,))

    async def get(self, request: Request) -> Response:
        document = await self._rooms.get(request.caller.resource, request.names[0])
        return Response(OK, _render(request, document), _ROOMS_JSON)

    async def list(self, request: Request) -> Response:
        token = request.query.one("nextLink")
        start = None if token is None else paging.parse_room_token(token)
        page = await self._rooms.list(request.caller.resource, start)
        link = None if page.next is None else _next_link(request, "/rooms", paging.room_token(page.next))
        documents = without_pstn(page.documents) if request.version == WITHOUT_PSTN else page.documents
        return Response(OK, render_page(documents, link).encode("ascii"), _ROOMS_JSON)

    async def update(self, request: Request) -> Response:
        change = _room_change(request, _read_room(request.body or _NO_BODY))
        document = await self._rooms.update(request.caller.resource, request.names[0], change)
        return Response(OK, _render(request, document), _ROOMS_JSON)

    async def delete(self, request: Request) -> Response:
        await self._rooms.delete(request.caller.resource, request.names[0])
        return Response(NO_CONTENT, b"", _ROOMS_EMPTY)

    async def list_participants(self, request: Request) -> Response:
        token = request.query.one("nextLink")
        start = None if token is None else paging.parse_roster_token(token)
        page = await self._rooms.list_participants(request.caller.resource, request.names[0], start)
        path = f"/rooms/{request.names[0]}/participants"
        link = None if page.next is None else _next_link(request, path, paging.roster_token(page.next))
        body = render_page(render_participants(page.participants), link)
        return Response(OK, body.encode("ascii"), _ROOMS_JSON)

    async def update_participants(self, request: Request) -> Response:
        participants = _read_roster(request.body or _NO_BODY).participants or {}
        roles = parse_roles(named_roles(participants))
        named = {raw_id: roles.get(raw_id) for raw_id in participants}
        await self._rooms.change_participants(request.caller.resource, request.names[0], named)
        return Response(OK, b"{}", _ROOMS_JSON)


class IdentityHandlers:
    """The operations under `/identities`, `/teamsUser` and `/access/teamsExtension`, and the adoption of users."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    def routes(self) -> list[Route]:
        """Return the routes of Identity."""
        return [
            Route(operations.CREATE_USER, self.create),
            Route(operations.GET_USER, self.get),
            Route(operations.DELETE_USER, self.delete),
            Route(operations.GET_TOKEN, self.issue_token),
            Route(operations.REVOKE_TOKENS, self.revoke_tokens),
            Route(operations.GET_TOKEN_FOR_TEAMS_USER, self.exchange_teams_token),
            Route(operations.PUT_TEAMS_ASSIGNMENT, self.put_teams_assignment),
            Route(operations.GET_TEAMS_ASSIGNMENT, self.get_teams_assignment),
            Route(operations.DELETE_TEAMS_ASSIGNMENT, self.delete_teams_assignment),
            Route(operations.EXCHANGE_TEAMS_EXTENSION_TOKEN, self.exchange_extension_token),
            Route(operations.ADOPT_USERS, self.adopt),
        ]

    async def create(self, request: Request) -> Response:
        body = _read_user(request.body or _NO_BODY)
        has_details = request.version in IDENTITY_DETAILS.versions
        user, token = await self._identities.create(
            request.caller.resource,
            body.create_token_with_scopes or (),
            body.expires_in_minutes,
            body.custom_id if has_details else None,
            notes_token=has_details,
        )
        request.made = user.raw_id
        identity = _detailed(user) if has_details else IdentityModel(user.raw_id)
        return Response(
            CREATED, _encode(UserModel(identity, None if token is None else _token_model(token))), _IDENTITY_JSON
        )

    async def get(self, request: Request) -> Response:
        user = await self._identities.get(request.caller.resource, request.names[0])
        return Response(OK, _encode(_detailed(user)), (IDENTITY_DETAILS.success_type, *IDENTITY_DETAILS.supported))

    async def issue_token(self, request: Request) -> Response:
        body = _read_token(request.body or _NO_BODY)
        token = await self._identities.issue_token(
            request.caller.resource,
            request.names[0],
            body.scopes,
            body.expires_in_minutes,
            notes_token=request.version in IDENTITY_DETAILS.versions,
        )
        return Response(OK, _encode(_token_model(token)), _IDENTITY_JSON)

    async def revoke_tokens(self, request: Request) -> Response:
        await self._identities.revoke_tokens(request.caller.resource, request.names[0])
        return Response(NO_CONTENT, b"", IDENTITY.supported)

    async def delete(self, request: Request) -> Response:
        await self._identities.delete(request.caller.resource, request.names[0])
        return Response(NO_CONTENT, b"", IDENTITY.supported)

    async def adopt(self, request: Request) -> Response:
        body = _read_adoption(request.body or _NO_BODY)
        raw_ids = await self._identities.adopt(request.caller.resource, body.raw_ids)
        return Response(OK, _encode(AdoptedModel(raw_ids)), (OWN.success_type,))

    async def exchange_teams_token(self, request: Request) -> Response:
        body = _read_exchange(request.body or _NO_BODY)
        token = await self._identities.exchange_teams_token(
            request.caller.resource, body.token, body.app_id, body.user_id
        )
        return Response(OK, _encode(_token_model(token)), _TEAMS_JSON)

    async def put_teams_assignment(self, request: Request) -> Response:
        body = _read_assignment(request.body or _NO_BODY)
        tenant_id, object_id = request.names
        assignment = parse_assignment(tenant_id, object_id, body.principal_type, body.client_ids)
        is_new = await self._identities.put_teams_assignment(request.caller.resource, assignment)
        return Response(CREATED if is_new else OK, _assignment_json(assignment), _EXTENSION_JSON)

    async def get_teams_assignment(self, request: Request) -> Response:
        assignment = await self._identities.get_teams_assignment(request.caller.resource, *request.names)
        return Response(OK, _assignment_json(assignment), _EXTENSION_JSON)

    async def delete_teams_assignment(self, request: Request) -> Response:
        await self._identities.delete_teams_assignment(request.caller.resource, *request.names)
        return Response(NO_CONTENT, b"", TEAMS_EXTENSION.supported)

    async def exchange_extension_token(self, _request: Request) -> Response:
        raise NotSupported(
            "This server does not exchange Teams extension tokens, because it has no connection to Teams."
        )


def _identity_decoder(shape: type[Body]) -> Callable[[bytes], Body]:
    """Return `decoder(shape)` with Identity's errors, which name only the first problem: docs/evidence.md#errors."""
    read = decoder(shape)

    def read_body(body: bytes) -> Body:
        try:
            return read(body)
        except MalformedRequest as error:
            problem = error.problems[0]
            field = problem.target.removeprefix("$").lstrip(".").partition("[")[0]
            target = field[:1].upper() + field[1:]
            message = f"{target}: {problem.message}" if target else problem.message
            raise InvalidArgument(target, message, missing=True) from error

    return read_body


_read_user = _identity_decoder(UserBody)
_read_adoption = decoder(AdoptionBody)
_read_assignment = _identity_decoder(TeamsAssignmentBody)
_read_token = _identity_decoder(TokenBody)
_read_exchange = _identity_decoder(TeamsExchangeBody)


def _room_change(request: Request, body: RoomBody) -> RoomChange:
    # docs/evidence.md#api-versions
    if request.version == WITHOUT_PSTN:
        body.pstn_dial_out_enabled = None
    return room_change(body)


def _render(request: Request, document: str) -> bytes:
    return (without_pstn(document) if request.version == WITHOUT_PSTN else document).encode("ascii")


def _detailed(user: User) -> IdentityModel:
    issued = user.last_token_issued_at
    return IdentityModel(user.raw_id, user.custom_id, None if issued is None else format_moment(issued))


def _assignment_json(assignment: TeamsAssignment) -> bytes:
    return _encode(
        TeamsAssignmentModel(
            assignment.object_id, assignment.tenant_id, assignment.principal_type, assignment.client_ids
        )
    )


def _token_model(token: IssuedToken) -> TokenModel:
    return TokenModel(token.text, format_moment(token.expires))


def _next_link(request: Request, path: str, token: str) -> str:
    return f"{request.base_url}{path}?nextLink={token}&api-version={request.version}"
