"""Lists of users and of their rooms, over HTTP."""

from urllib.parse import quote

import msgspec
from msgspec import UNSET

from openrooms.domain.identities import User
from openrooms.domain.moments import Moment
from openrooms.domain.roster import canonical
from openrooms.server.core.ports import UserRoom, UserStore
from openrooms.server.web import paging
from openrooms.server.web.messages import OK, UNCACHED_JSON, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.administration import KnownUserModel, UserPage, UserRoomModel, UserRoomPage
from openrooms.wire.dates import format_moment

_PAGE = 100
_encode = msgspec.json.Encoder().encode


class UserHandlers:
    """The operations that list users, and the rooms of one."""

    def __init__(self, storage: UserStore) -> None:
        self._storage = storage

    def routes(self) -> list[Route]:
        """Return the routes of users."""
        return [
            Route(operations.LIST_USERS, self.list),
            Route(operations.LIST_ROOMS_OF_USER, self.list_rooms),
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
