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
from openrooms.domain.rooms import ROOM_IDS, Room, RoomChange, RoomId
from openrooms.domain.roster import Participant, RawId
from openrooms.domain.visits import VisitOptions
from openrooms.server.core import repeats
from openrooms.server.core.identities import RAW_ID_LIMIT
from openrooms.server.core.invitations import Link, new_link
from openrooms.server.core.ports import Clock, NewPeople, Once, PlanStore, Random, RoomIdTaken, RoomNudge
from openrooms.server.core.rooms import ID_TRIES

_PURPOSE = "visit"
_ADDED = "people of"


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
_decode_people = msgspec.msgpack.Decoder(tuple[PlannedPerson, ...]).decode


class Planning:
    """Plans visits of a resource; `created` is called after each new room, `changed` after people were added to one."""

    def __init__(
        self,
        storage: PlanStore,
        clock: Clock,
        random: Random,
        *,
        created: RoomNudge,
        changed: RoomNudge,
        roster_limit: int,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._random = random
        self._created = created
        self._changed = changed
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

    async def add_people(
        self, resource: ResourceId, room_id: str, people: Sequence[Person], once: Once | None
    ) -> tuple[PlannedPerson, ...]:
        """Add participants to a room, create the users who are missing, and make everyone's invitation: all or nothing.

        Return what an earlier request with the same `once` made. Raise `InvalidRoomId`, `RoomNotFound`,
        `RosterTooLarge`, `RepeatMismatch`, or `InvalidRequest` for people who cannot be added.
        """
        planning.check_people(people)
        room, now, limit = rooms.parse_room_id(room_id), self._clock(), self._roster_limit
        added, users = self._draft_people(resource, room, people, now)
        roster = [Participant(person.raw_id, person.role, person.display_name) for person in added]
        # The people of another room have another fingerprint.
        hidden = None if once is None else repeats.hidden(once, f"{_ADDED} {room}")
        answer = "" if once is None else repeats.seal(once, _encode(added))
        kept = await self._storage.add_people(
            resource,
            room,
            NewPeople(roster, users),
            lambda view: planning.added(roster, view, limit),
            partial(planning.complete, [person.link.invitation for person in added]),
            hidden,
            answer,
            now,
        )
        self._changed(resource, room)
        return added if once is None or kept == answer else _decode_people(repeats.unseal(once, kept))

    def _draft(
        self, resource: ResourceId, room: Room, people: Sequence[Person], now: Moment
    ) -> tuple[Planned, Sequence[User]]:
        """Return the visit, and the users to create for it."""
        planned, users = self._draft_people(resource, room.id, people, now)
        return Planned(room, planned), users

    def _draft_people(
        self, resource: ResourceId, room_id: RoomId, people: Sequence[Person], now: Moment
    ) -> tuple[tuple[PlannedPerson, ...], Sequence[User]]:
        """Return the people with their invitations, and the users to create for them."""
        users: dict[RawId, User] = {}
        planned = []
        for person in people:
            raw_id = person.raw_id
            if raw_id is None:
                raw_id = identities.raw_id(resource, now, self._random(RAW_ID_LIMIT))
                users[raw_id] = User(raw_id, now)
            link = new_link(room_id, raw_id, person.bind_to_first_browser, now)
            planned.append(PlannedPerson(raw_id, person.role, person.display_name, link))
        return tuple(planned), list(users.values())
