"""The use cases of rooms and rosters."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from openrooms.domain import rooms, roster
from openrooms.domain.calls import CallId
from openrooms.domain.errors import Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import HOUR, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import ROOM_IDS, RoomChange
from openrooms.domain.roster import RosterChange, RosterView
from openrooms.server.core.ports import (
    Clock,
    CreatedRoom,
    KeepPeople,
    Once,
    Random,
    RenderedRooms,
    RoomIdTaken,
    RoomKey,
    RoomNudge,
    RoomStore,
    RosterKey,
    RosterPage,
)

PAGE = 100
# docs/evidence.md#repeated-creates
REPEATABLE_FOR = 24 * HOUR
ID_TRIES = 8


class Rooms:
    """The operations on the rooms of a resource.

    `nudge` is called after each change that may affect a running call, `created` after each new room.
    """

    def __init__(
        self,
        storage: RoomStore,
        clock: Clock,
        random: Random,
        nudge: RoomNudge,
        keep_roles: KeepPeople,
        *,
        created: RoomNudge,
        roster_limit: int,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._random = random
        self._nudge = nudge
        self._keep_roles = keep_roles
        self._created = created
        self._roster_limit = roster_limit

    async def create(
        self, resource: ResourceId, change: RoomChange, roles: Mapping[str, ParticipantRole], once: Once | None = None
    ) -> CreatedRoom:
        """Create a room, or return the room that an earlier request with the same `once` created.

        Raises `InvalidWindow`, `InvalidIdentifier`, `RosterTooLarge` or `RepeatMismatch`.
        """
        now = self._clock()
        room = rooms.new_room(self._random(ROOM_IDS), change, now)
        invited = roster.new_roster(roles, self._roster_limit)
        for _ in range(ID_TRIES):
            try:
                made = await self._storage.create_room(resource, room, invited, once)
            except RoomIdTaken:
                room = rooms.new_room(self._random(ROOM_IDS), change, now)
                continue
            self._created(resource, made.id)
            return made
        raise Unavailable("No free room ID was found; try again.")

    async def get(self, resource: ResourceId, room_id: str) -> str:
        """Return the room's document; raise `InvalidRoomId` or `RoomNotFound`."""
        return await self._storage.get_room_document(resource, rooms.parse_room_id(room_id))

    async def list(self, resource: ResourceId, start: RoomKey | None) -> RenderedRooms:
        """Return the page of rooms after `start`, newest first."""
        return await self._storage.list_rooms(resource, start, PAGE)

    async def update(self, resource: ResourceId, room_id: str, change: RoomChange) -> str:
        """Return the document of the changed room; raise `InvalidWindow`, `InvalidRoomId` or `RoomNotFound`."""
        rooms.check_change(change, self._clock())
        parsed_id = rooms.parse_room_id(room_id)
        if change == RoomChange():
            return await self._storage.get_room_document(resource, parsed_id)
        document = await self._storage.change_room(resource, parsed_id, lambda room: rooms.changed(room, change))
        self._nudge(resource, parsed_id)
        return document

    async def delete(self, resource: ResourceId, room_id: str) -> None:
        """Delete the room; a deleted room stays deleted. Raise `InvalidRoomId` or `RoomNotFound`."""
        parsed_id = rooms.parse_room_id(room_id)
        await self._storage.delete_room(resource, parsed_id, self._clock())
        self._nudge(resource, parsed_id)

    async def list_participants(self, resource: ResourceId, room_id: str, start: RosterKey | None) -> RosterPage:
        """Return the page of the roster after `start`; raise `InvalidRoomId` or `RoomNotFound`."""
        return await self._storage.list_roster(resource, rooms.parse_room_id(room_id), start, PAGE)

    async def change_participants(
        self, resource: ResourceId, room_id: str, named: Mapping[str, ParticipantRole | None]
    ) -> None:
        """Give each named raw id its role, or remove it (`None`): all or none.

        Raises `InvalidRoomId`, `RoomNotFound`, `InvalidIdentifier` or `RosterTooLarge`.
        """
        limit = self._roster_limit
        parsed_id = rooms.parse_room_id(room_id)
        roles: dict[str, ParticipantRole | None] = {roster.canonical(raw_id): role for raw_id, role in named.items()}

        def decide(view: RosterView, is_kept: bool) -> RosterChange:
            change = roster.change_roster(roles, view, limit)
            if not is_kept and roster.changes_roles(change, view):
                raise _RolesChange
            return change

        try:
            await self._storage.change_roster(resource, parsed_id, roles.keys(), partial(decide, is_kept=False))
        except _RolesChange:
            # A media engine that does not answer is no reason to refuse a change.
            with suppress(Unavailable):
                await self._keep_roles(CallId(resource, parsed_id))
            await self._storage.change_roster(resource, parsed_id, roles.keys(), partial(decide, is_kept=True))
        self._nudge(resource, parsed_id)


class _RolesChange(Exception):
    """Somebody who may be in the call gets another role."""


def is_repeatable(first_sent: Moment, now: Moment) -> bool:
    """Return whether the answer of a create that was first sent then is still kept."""
    return first_sent > now - REPEATABLE_FOR
