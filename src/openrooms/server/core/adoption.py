"""The use case of adopting rooms that another service made."""

from collections.abc import Sequence
from functools import partial

from openrooms.domain import adoption, identities
from openrooms.domain.errors import RoomExists
from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import Room
from openrooms.domain.roster import Participant
from openrooms.server.core.ports import AdoptionStore, Clock, RoomIdTaken, RoomNudge


class Adoption:
    """Adopts rooms into a resource; `created` is called after each new one."""

    def __init__(self, storage: AdoptionStore, clock: Clock, *, created: RoomNudge, roster_limit: int) -> None:
        self._storage = storage
        self._clock = clock
        self._created = created
        self._roster_limit = roster_limit

    async def adopt(self, resource: ResourceId, room: Room, roster: Sequence[Participant]) -> bool:
        """Keep the room with its roster, and make users of its participants; return whether the room is new.

        Existing users are not changed. Raise `RoomExists`, `InvalidRequest` for a deleted user, or what
        `adoption.adopt` raises.
        """
        adopted = adoption.adopt(room, roster, self._roster_limit, self._clock())
        try:
            is_new = await self._storage.adopt_room(
                resource,
                adopted.room,
                adopted.roster,
                adopted.users,
                identities.check_adopted,
                partial(adoption.check_same, adopted),
            )
        except RoomIdTaken as error:
            raise RoomExists(room.id) from error
        if is_new:
            self._created(resource, room.id)
        return is_new
