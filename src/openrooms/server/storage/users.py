"""The operations that list users and their rooms, as steps; see `statements.Steps`."""

from collections.abc import Sequence

from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ROLES
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import Participant, RawId
from openrooms.server.core.ports import RoomKey, UserPage, UserRoom, UserRoomPage
from openrooms.server.storage.sql import read_room
from openrooms.server.storage.statements import Steps, queries

# Every raw id of a user begins with `8:`, so this follows all of them in any collation.
_LAST = RawId("9")
_NEWEST = RoomKey(Moment(2**63 - 1), RoomId(""))


def list_users(resource: ResourceId, after: RawId | None, limit: int) -> Steps[UserPage]:
    rows = yield queries.list_users(resource=resource, raw_id=after or _LAST, limit=limit + 1)
    users = tuple(User(*row) for row in rows[:limit])
    return UserPage(users, users[-1].raw_id if len(rows) > limit else None)


def find_users(resource: ResourceId, text: str) -> Steps[Sequence[User]]:
    rows = yield queries.get_user(resource=resource, raw_id=text)
    return [User(*row) for row in rows or (yield queries.get_custom_user(resource=resource, custom_id=text))]


def list_rooms_of_user(resource: ResourceId, raw_id: RawId, after: RoomKey | None, limit: int) -> Steps[UserRoomPage]:
    start = after or _NEWEST
    rows = yield queries.list_rooms_of_user(
        resource=resource, raw_id=raw_id, created_at=start.created_at, id=start.id, limit=limit + 1
    )
    rooms = tuple(
        UserRoom(read_room(*columns), Participant(raw_id, ROLES[role], name)) for *columns, role, name in rows[:limit]
    )
    last = rooms[-1].room if len(rows) > limit else None
    return UserRoomPage(rooms, None if last is None else RoomKey(last.created_at, last.id))
