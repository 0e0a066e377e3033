"""The use cases of visits: a room's options and the names of its participants, which Azure's rooms do not have."""

from collections.abc import Collection

import msgspec

from openrooms.domain import extending, visits, waiting
from openrooms.domain.calls import CallId
from openrooms.domain.extending import Extension
from openrooms.domain.identities import ResourceId, TokenClaims
from openrooms.domain.rooms import Room, parse_room_id
from openrooms.domain.visits import NO_OPTIONS, VisitChange
from openrooms.server.core.calls import Calls
from openrooms.server.core.ports import Clock, KeepPeople, RoomNudge, RosterKey, RosterPage, VisitStore

PAGE = 500


class Visits:
    """The operations on rooms as visits; `nudge` is called after each change. `calls` says who may moderate."""

    def __init__(
        self, storage: VisitStore, calls: Calls, clock: Clock, keep_present: KeepPeople, nudge: RoomNudge
    ) -> None:
        self._storage = storage
        self._calls = calls
        self._clock = clock
        self._keep_present = keep_present
        self._nudge = nudge

    async def get(self, resource: ResourceId, room_id: str, start: RosterKey | None) -> tuple[Room, RosterPage]:
        """Return the room and the page of its roster after `start`; raise `InvalidRoomId` or `RoomNotFound`."""
        return await self._storage.get_visit(resource, parse_room_id(room_id), start, PAGE)

    async def update(self, resource: ResourceId, room_id: str, change: VisitChange) -> None:
        """Change options and names: all or nothing.

        Raises `InvalidRoomId`, `RoomNotFound` or `Unavailable`, or `InvalidRequest` if one of the named is not on the
        roster.
        """
        parsed_id = parse_room_id(room_id)
        if waiting.may_make_wait(visits.changed(NO_OPTIONS, change)):
            await self._keep_present(CallId(resource, parsed_id))

        def decide(room: Room, present: Collection[str]) -> Room:
            visits.check_named(change.names, present)
            return msgspec.structs.replace(room, options=visits.changed(room.options, change))

        await self._storage.change_visit(resource, parsed_id, change.names, decide)
        self._nudge(resource, parsed_id)

    async def extend(
        self, resource: ResourceId, room_id: str, extension: Extension, claims: TokenClaims | None
    ) -> Room:
        """Add minutes to the room from its call, and return the room.

        The caller must be a Presenter, or the operator. Raises what joining raises, `NotAllowed`, and what
        `extending.extended` raises.
        """
        call = await self._calls.moderated_call(resource, room_id, claims)
        now = self._clock()
        room = await self._storage.change_visit(
            call.resource, call.room, {}, lambda room, _present: extending.extended(room, extension, now)
        )
        self._nudge(call.resource, call.room)
        return room
