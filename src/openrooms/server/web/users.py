"""Users over HTTP, for operators: looking them up, exporting what is kept about them, and erasing it."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import UNSET

from openrooms.domain.errors import InvalidRequest
from openrooms.domain.identities import User
from openrooms.domain.moments import Moment
from openrooms.domain.roster import RawId, canonical
from openrooms.server.core.erasures import Erasures
from openrooms.server.core.ports import UserRoom, UserStore
from openrooms.server.web import paging
from openrooms.server.web.messages import OK, UNCACHED_JSON, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.administration import (
    ErasureModel,
    ExportBody,
    KnownUserModel,
    PersonalPage,
    PersonalRecordModel,
    UserPage,
    UserRoomModel,
    UserRoomPage,
)
from openrooms.wire.dates import format_moment
from openrooms.wire.models import strict_decoder

_PAGE = 100
_PERSON = re.compile(r"(?:8|28|4):[\w:.+-]{1,250}", re.ASCII)
_CAMEL = re.compile("_([a-z])")
_TIME = re.compile("_at$|^since$|_until$|^valid_from$")
_FLAG = re.compile("is_|bind_")
_read_export = strict_decoder(ExportBody)
_encode = msgspec.json.Encoder().encode


class UserHandlers:
    """The operations that list users and the rooms of one, and those of data protection."""

    def __init__(self, storage: UserStore, erasures: Erasures) -> None:
        self._storage = storage
        self._erasures = erasures

    def routes(self) -> list[Route]:
        """Return the routes of users."""
        return [
            Route(operations.LIST_USERS, self.list),
            Route(operations.LIST_ROOMS_OF_USER, self.list_rooms),
            Route(operations.EXPORT_USER, self.export),
            Route(operations.ERASE_USER, self.erase),
        ]

    async def list(self, request: Request) -> Response:
        resource, text = request.caller.resource, (request.query.one("q") or "").strip()
        if text:
            users = await self._storage.find_users(resource, canonical(text))
            return Response(OK, _encode(UserPage(list(map(_user, users)))), UNCACHED_JSON)
        token = request.query.one("nextLink")
        page = await self._storage.list_users(
            resource, None if token is None else paging.parse_user_token(token), _PAGE
        )
        link = UNSET if page.next is None else _link(request, operations.LIST_USERS.path, paging.user_token(page.next))
        return Response(OK, _encode(UserPage(list(map(_user, page.users)), link)), UNCACHED_JSON)

    async def list_rooms(self, request: Request) -> Response:
        raw_id = canonical(request.names[0])
        token = request.query.one("nextLink")
        after = None if token is None else paging.parse_room_token(token)
        page = await self._storage.list_rooms_of_user(request.caller.resource, raw_id, after, _PAGE)
        path = f"/openrooms/users/{quote(raw_id, safe=':')}/rooms"
        link = UNSET if page.next is None else _link(request, path, paging.room_token(page.next))
        return Response(OK, _encode(UserRoomPage(list(map(_room, page.rooms)), link)), UNCACHED_JSON)

    async def export(self, request: Request) -> Response:
        raw_id = _person(request)
        after = _read_export(request.body or b"{}").after
        place = paging.parse_record_token(after) if after else None
        records, following = await self._erasures.export(request.caller.resource, raw_id, place)
        models = [PersonalRecordModel(record.kind, _fields(record.columns)) for record in records]
        token = UNSET if following is None else paging.record_token(following)
        return Response(OK, _encode(PersonalPage(models, token)), UNCACHED_JSON)

    async def erase(self, request: Request) -> Response:
        is_done = await self._erasures.erase(request.caller.resource, _person(request))
        if is_done:
            return Response(OK, _encode(ErasureModel("done")), UNCACHED_JSON)
        return Response(HTTPStatus.ACCEPTED, _encode(ErasureModel("running")), UNCACHED_JSON)


def _person(request: Request) -> RawId:
    """Return the raw id in the path; raise `InvalidRequest` for a text that cannot be one."""
    raw_id = canonical(request.names[0])
    if not _PERSON.fullmatch(raw_id):
        raise InvalidRequest(f"{raw_id[:100]!r} is not a raw id, such as 8:acs:RESOURCE_USER or 4:+15551234567.")
    return raw_id


def _fields(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that have a value, named and written as in other answers."""
    present = {name: cell for name, cell in columns.items() if cell not in (None, "")}
    return {_CAMEL.sub(lambda found: found[1].upper(), name): _value(name, cell) for name, cell in present.items()}


def _value(name: str, cell: Any) -> Any:
    if _TIME.search(name):
        return format_moment(cell)
    if _FLAG.match(name):
        return bool(cell)
    return msgspec.Raw(cell.encode()) if name == "data" else cell


def _user(user: User) -> KnownUserModel:
    return KnownUserModel(
        user.raw_id,
        format_moment(user.created_at),
        user.custom_id or "",
        _when(user.last_token_issued_at),
        _when(user.deleted_at),
    )


def _room(of_user: UserRoom) -> UserRoomModel:
    room, participant = of_user.room, of_user.participant
    return UserRoomModel(
        room.id,
        room.options.title,
        format_moment(room.valid_from),
        format_moment(room.valid_until),
        participant.role,
        participant.display_name,
    )


def _when(moment: Moment | None) -> str:
    return "" if moment is None else format_moment(moment)


def _link(request: Request, path: str, token: str) -> str:
    return f"{request.base_url}{path}?nextLink={token}"
