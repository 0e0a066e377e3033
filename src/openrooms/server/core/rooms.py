"""The use cases of rooms and rosters."""

from collections.abc import Mapping

from openrooms.domain import rooms, roster
from openrooms.domain.errors import Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import HOUR, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import ROOM_IDS, Room, RoomChange
from openrooms.server.core.ports import (
    Clock,
    Once,
    Random,
    RenderedRooms,
    RoomIdTaken,
    RoomKey,
    RoomNudge,
    RosterKey,
    RosterPage,
    Storage,
)

PAGE = 100
REPEATABLE_FOR = 24 * HOUR
_ID_TRIES = 8


class Rooms:
    """What can be done with the rooms of a resource; `nudge` is told of every change that a running call may feel."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        random: Random,
        nudge: RoomNudge,
        *,
        roster_limit: int,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._random = random
        self._nudge = nudge
        self._roster_limit = roster_limit

    async def create(
        self, resource: ResourceId, asked: RoomChange, roles: Mapping[str, ParticipantRole], once: Once | None = None
    ) -> str:
        """Return the document of a new room, or of the one that `once` made before.

        Raises `InvalidWindow`, `InvalidIdentifier`, `RosterTooLarge` or `RepeatMismatch`.
        """
        now = self._clock()
        window = rooms.new_window(asked, now)
        invited = roster.new_roster(roles, self._roster_limit)
        for _ in range(_ID_TRIES):
            room = Room(
                rooms.room_id(self._random(ROOM_IDS)),
                now,
                window.valid_from,
                window.valid_until,
                bool(asked.pstn_dial_out_enabled),
            )
            try:
                document, _ = await self._storage.create_room(resource, room, invited, once)
            except RoomIdTaken:
                continue
            return document
        raise Unavailable("No free room ID was found; try again.")

    async def get(self, resource: ResourceId, room_id: str) -> str:
        """Return the room's document; raise `InvalidRoomId` or `RoomNotFound`."""
        return await self._storage.get_room_document(resource, rooms.parse_room_id(room_id))

    async def list(self, resource: ResourceId, start: RoomKey | None) -> RenderedRooms:
        """Return a page of rooms, newest first, those after `start`."""
        return await self._storage.list_rooms(resource, start, PAGE)

    async def update(self, resource: ResourceId, room_id: str, change: RoomChange) -> str:
        """Return the document of the changed room; raise `InvalidWindow`, `InvalidRoomId` or `RoomNotFound`."""
        rooms.check_change(change, self._clock())
        known = rooms.parse_room_id(room_id)
        if change == RoomChange():
            return await self._storage.get_room_document(resource, known)
        document = await self._storage.change_room(resource, known, lambda room: rooms.changed(room, change))
        self._nudge(resource, known)
        return document

    async def delete(self, resource: ResourceId, room_id: str) -> None:
        """Delete the room, or confirm that it is deleted; raise `InvalidRoomId` or `RoomNotFound`."""
        known = rooms.parse_room_id(room_id)
        await self._storage.delete_room(resource, known, self._clock())
        self._nudge(resource, known)

    async def list_participants(self, resource: ResourceId, room_id: str, start: RosterKey | None) -> RosterPage:
        """Return a page of the roster, those after `start`; raise `InvalidRoomId` or `RoomNotFound`."""
        return await self._storage.list_roster(resource, rooms.parse_room_id(room_id), start, PAGE)

    async def change_participants(
        self, resource: ResourceId, room_id: str, named: Mapping[str, ParticipantRole | None]
    ) -> None:
        """Give each named raw id its role, or remove it (`None`): all of them or none.

        Raises `InvalidRoomId`, `RoomNotFound`, `InvalidIdentifier` or `RosterTooLarge`.
        """
        limit = self._roster_limit
        known = rooms.parse_room_id(room_id)
        asked: dict[str, ParticipantRole | None] = {roster.canonical(raw_id): role for raw_id, role in named.items()}
        await self._storage.change_roster(
            resource, known, asked.keys(), lambda view: roster.change_roster(asked, view, limit)
        )
        self._nudge(resource, known)


def is_repeatable(first_sent: Moment, now: Moment) -> bool:
    """Return whether a create first sent then is still remembered."""
    return first_sent > now - REPEATABLE_FOR
