"""Storage compared with a model of plain dictionaries: both give the same answers to the same calls."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, NamedTuple
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from openrooms.domain.errors import OpenRoomsError, RepeatMismatch, RoomNotFound, RosterTooLarge
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId, room_id
from openrooms.domain.roster import Participant, RawId, change_roster
from openrooms.server.core.ports import CreatedRoom, Once, Resource, RoomIdTaken, Storage
from openrooms.wire.models import render_room

LIMIT = 4
ENDLESS = Moment(2**62)
PEOPLE = [RawId(f"8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_{n:08x}-0000-4000-8000-000000000000") for n in range(6)]

room_ids = st.integers(0, 2).map(room_id)
moments = st.integers(0, 40).map(Moment)
rooms = st.builds(Room, room_ids, moments, moments, moments, st.booleans())
people = st.sampled_from(PEOPLE)
roles = st.sampled_from(ParticipantRole)
onces = st.none() | st.builds(Once, st.sampled_from(["one", "two"]), st.sampled_from([b"this", b"that"]))


class Kept(NamedTuple):
    """A create that can be repeated."""

    fingerprint: bytes
    answer: CreatedRoom
    kept_at: Moment


class Model:
    """The contract of the stores, implemented with dictionaries."""

    def __init__(self) -> None:
        self.rooms: dict[RoomId, Room] = {}
        self.rosters: dict[RoomId, dict[RawId, ParticipantRole]] = {}
        self.tombstones: dict[RoomId, Moment] = {}
        self.repeats: dict[str, Kept] = {}

    def create(self, room: Room, roster: Mapping[RawId, ParticipantRole], once: Once | None) -> CreatedRoom:
        kept = self.repeats.get(once.request_id) if once else None
        if once and kept:
            if kept.fingerprint != once.fingerprint:
                raise RepeatMismatch
            return kept.answer
        if room.id in self.rooms or room.id in self.tombstones:
            raise RoomIdTaken
        self.rooms[room.id] = room
        self.rosters[room.id] = dict(roster)
        answer = CreatedRoom(room.id, render_room(room))
        if once:
            self.repeats[once.request_id] = Kept(once.fingerprint, answer, room.created_at)
        return answer

    def get(self, room: RoomId) -> Room:
        if room not in self.rooms:
            raise RoomNotFound
        return self.rooms[room]

    def change(self, room: RoomId, to: Room) -> str:
        self.rooms[room] = moved(self.get(room), to)
        return render_room(self.rooms[room])

    def delete(self, room: RoomId, now: Moment) -> None:
        if room in self.tombstones:
            return
        self.get(room)
        del self.rooms[room], self.rosters[room]
        self.tombstones[room] = now

    def change_roster(self, room: RoomId, named: Mapping[RawId, ParticipantRole | None]) -> None:
        self.get(room)
        present = self.rosters[room]
        roster = {one: role for one, role in present.items() if one not in named or named[one] is not None}
        roster |= {one: role for one, role in named.items() if role is not None}
        if len(roster) > LIMIT and roster.keys() - present.keys():
            raise RosterTooLarge(LIMIT)
        self.rosters[room] = roster

    def roster(self, room: RoomId) -> list[Participant]:
        self.get(room)
        return [Participant(one, role) for one, role in self.rosters[room].items()]

    def newest_first(self) -> list[Room]:
        return sorted(self.rooms.values(), key=lambda room: (room.created_at, room.id), reverse=True)

    def purge(self, expired_before: Moment, repeats_before: Moment) -> int:
        gone = 0
        for room in [room for room in self.rooms.values() if room.valid_until < expired_before]:
            gone += 1 + len(self.rosters.pop(room.id))
            del self.rooms[room.id]
        for tomb in [room for room, deleted_at in self.tombstones.items() if deleted_at < expired_before]:
            gone += 1
            del self.tombstones[tomb]
        for request in [request for request, kept in self.repeats.items() if kept.kept_at < repeats_before]:
            gone += 1
            del self.repeats[request]
        return gone


def moved(room: Room, to: Room) -> Room:
    return Room(room.id, room.created_at, to.valid_from, to.valid_until, to.pstn_dial_out_enabled)


def outcome(call: Callable[[], object]) -> object:
    """Return the result of the call, or the kind of error that it raises."""
    try:
        return call()
    except (OpenRoomsError, RoomIdTaken) as error:
        return type(error)


class StorageMachine(RuleBasedStateMachine):
    """The same calls on a storage and on the model; each example has its own resource."""

    def __init__(self, open_storage: Callable[[], Awaitable[Storage]]) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.model = Model()
        self.resource = ResourceId(str(uuid4()))
        self.storage = self.runner.run(self.start(open_storage))

    async def start(self, open_storage: Callable[[], Awaitable[Storage]]) -> Storage:
        storage = await open_storage()
        await storage.add_resource(Resource(self.resource, self.resource, "", ""))
        return storage

    def teardown(self) -> None:
        self.runner.run(self.stop())
        self.runner.close()

    async def stop(self) -> None:
        await self.storage.purge(ENDLESS, ENDLESS, 1000)
        await self.storage.remove_resource(self.resource)
        await self.storage.close()

    def same(self, expected: Callable[[], object], actual: Coroutine[Any, Any, object]) -> None:
        """Both return the same, or raise the same."""
        assert outcome(lambda: self.runner.run(actual)) == outcome(expected)

    @rule(room=rooms, roster=st.dictionaries(people, roles, max_size=LIMIT), once=onces)
    def create(self, room: Room, roster: dict[RawId, ParticipantRole], once: Once | None) -> None:
        participants = [Participant(one, role) for one, role in roster.items()]
        self.same(
            lambda: self.model.create(room, roster, once),
            self.storage.create_room(self.resource, room, participants, once),
        )

    @rule(room=room_ids, to=rooms)
    def change(self, room: RoomId, to: Room) -> None:
        self.same(
            lambda: self.model.change(room, to),
            self.storage.change_room(self.resource, room, lambda present: moved(present, to)),
        )

    @rule(room=room_ids, now=moments)
    def delete(self, room: RoomId, now: Moment) -> None:
        self.same(lambda: self.model.delete(room, now), self.storage.delete_room(self.resource, room, now))

    @rule(room=room_ids, named=st.dictionaries(people, st.none() | roles))
    def change_roster(self, room: RoomId, named: dict[RawId, ParticipantRole | None]) -> None:
        async def change() -> None:
            await self.storage.change_roster(
                self.resource, room, named, lambda roster: change_roster(named, roster, LIMIT)
            )

        self.same(lambda: self.model.change_roster(room, named), change())

    @rule(expired_before=moments, repeats_before=moments)
    def purge(self, expired_before: Moment, repeats_before: Moment) -> None:
        self.same(
            lambda: self.model.purge(expired_before, repeats_before),
            self.storage.purge(expired_before, repeats_before, 1000),
        )

    @rule(room=room_ids, raw_id=people)
    def standing(self, room: RoomId, raw_id: RawId) -> None:
        async def look() -> tuple[Room | None, ParticipantRole | None]:
            standing = await self.storage.get_standing(self.resource, room, raw_id)
            return standing.room, standing.role

        self.same(lambda: (self.model.rooms.get(room), self.model.rosters.get(room, {}).get(raw_id)), look())

    @rule(room=room_ids, page=st.integers(1, LIMIT + 1))
    def list_roster(self, room: RoomId, page: int) -> None:
        self.check_roster(room, page)

    def check_roster(self, room: RoomId, page: int) -> None:
        async def read() -> list[Participant]:
            participants, after = [], None
            while True:
                answer = await self.storage.list_roster(self.resource, room, after, page)
                participants += answer.participants
                after = answer.next
                if after is None:
                    return participants

        self.same(lambda: self.model.roster(room), read())

    @rule(page=st.integers(1, 7))
    def rooms(self, page: int) -> None:
        async def read() -> str:
            documents, after = [], None
            while True:
                answer = await self.storage.list_rooms(self.resource, after, page)
                documents.append(answer.documents)
                after = answer.next
                if after is None:
                    return ",".join(documents)

        self.same(lambda: ",".join(map(render_room, self.model.newest_first())), read())

    @invariant()
    def every_room_is_there_whole(self) -> None:
        for number in range(3):
            room = room_id(number)
            self.same(lambda room=room: self.model.get(room), self.storage.get_room(self.resource, room))
            self.same(
                lambda room=room: render_room(self.model.get(room)),
                self.storage.get_room_document(self.resource, room),
            )
            self.check_roster(room, LIMIT)


def test_storage_behaves_as_the_model(database: Any) -> None:
    run_state_machine_as_test(
        lambda: StorageMachine(database.open),
        settings=settings(max_examples=25, stateful_step_count=40, deadline=None),
    )
