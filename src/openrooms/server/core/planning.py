"""The use case of planning a visit: a room, its people, and their invitations, in one request."""

from collections.abc import Sequence
from functools import partial

import msgspec

from openrooms.domain import identities, planning, rooms
from openrooms.domain.errors import RosterTooLarge, Unavailable
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import Moment
from openrooms.domain.planning import Person
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import ROOM_IDS, Room, RoomChange
from openrooms.domain.roster import Participant, RawId
from openrooms.domain.visits import VisitOptions
from openrooms.server.core import repeats
from openrooms.server.core.identities import RAW_ID_LIMIT
from openrooms.server.core.invitations import Link, new_link
from openrooms.server.core.ports import Clock, Once, PlanStore, Random, RoomIdTaken, RoomNudge
from openrooms.server.core.rooms import ID_TRIES

_PURPOSE = "visit"


class Planned(msgspec.Struct, frozen=True):
    """A planned visit; the people are in the order of the request."""

    room: Room
    people: tuple["PlannedPerson", ...]


class PlannedPerson(msgspec.Struct, frozen=True):
    """A participant of a planned visit, with the secret of their invitation."""

    raw_id: RawId
    role: ParticipantRole
    display_name: str
    link: Link


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Planned).decode


class Planning:
    """Plans visits of a resource; `created` is called after each new room."""

    def __init__(
        self, storage: PlanStore, clock: Clock, random: Random, *, created: RoomNudge, roster_limit: int
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._random = random
        self._created = created
        self._roster_limit = roster_limit

    async def plan(
        self,
        resource: ResourceId,
        change: RoomChange,
        options: VisitOptions,
        people: Sequence[Person],
        once: Once | None,
    ) -> Planned:
        """Create a room with its participants, the users who are missing, and everyone's invitation: all or nothing.

        Return what an earlier request with the same `once` made. Raise `InvalidWindow`, `RosterTooLarge`,
        `RepeatMismatch`, or `InvalidRequest` for people who cannot be invited.
        """
        planning.check_people(people)
        if len(people) > self._roster_limit:
            raise RosterTooLarge(self._roster_limit)
        hidden = None if once is None else repeats.hidden(once, _PURPOSE)
        for _ in range(ID_TRIES):
            now = self._clock()
            room = rooms.new_room(self._random(ROOM_IDS), change, now)
            planned, users = self._draft(resource, msgspec.structs.replace(room, options=options), people, now)
            answer = "" if once is None else repeats.seal(once, _encode(planned))
            try:
                kept = await self._storage.plan_visit(
                    resource,
                    planned.room,
                    [Participant(person.raw_id, person.role, person.display_name) for person in planned.people],
                    users,
                    partial(planning.complete, [person.link.invitation for person in planned.people]),
                    hidden,
                    answer,
                )
            except RoomIdTaken:
                continue
            self._created(resource, planned.room.id)
            return planned if once is None or kept == answer else _decode(repeats.unseal(once, kept))
        raise Unavailable("No free room ID was found; try again.")

    def _draft(
        self, resource: ResourceId, room: Room, people: Sequence[Person], now: Moment
    ) -> tuple[Planned, Sequence[User]]:
        """Return the visit, and the users to create for it."""
        users: dict[RawId, User] = {}
        planned = []
        for person in people:
            raw_id = person.raw_id
            if raw_id is None:
                raw_id = identities.raw_id(resource, now, self._random(RAW_ID_LIMIT))
                users[raw_id] = User(raw_id, now)
            link = new_link(room.id, raw_id, person.bind_to_first_browser, now)
            planned.append(PlannedPerson(raw_id, person.role, person.display_name, link))
        return Planned(room, tuple(planned)), list(users.values())
