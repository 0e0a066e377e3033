"""Places and lobbies in both engines, compared with a model of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from openrooms.domain import waiting
from openrooms.domain.calls import CallId, CallNotice
from openrooms.domain.errors import NotWaiting, OpenRoomsError, RoomNotFound
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import DAY, MINUTE, SECOND, Moment, after
from openrooms.domain.names import NAMELESS
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, room_id
from openrooms.domain.roster import Participant, RawId, RosterChange
from openrooms.domain.telephones import Limits
from openrooms.domain.visits import StartsWith, VisitOptions, WaitingRoom
from openrooms.domain.waiting import NO_LOBBY, Lobby, LobbyChange, Place, PlaceState
from openrooms.server.core.calls import Calls
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.core.ports import Resource, Storage
from openrooms.server.core.telephones import Telephones
from openrooms.server.core.waiting import WaitingRooms
from openrooms.server.media.simulated import SimulatedMedia
from openrooms.server.storage.statements import Steps, queries

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
NOW = Moment(17_564_273_885_964_328)
ATTENDEE, CONSUMER = ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER
ATTENDEES = VisitOptions(waiting_room=WaitingRoom.ATTENDEES)
PEOPLE = [RawId(f"8:acs:{CONTOSO}_{number:08x}-0000-4000-8000-000000000000") for number in range(4)]


async def a_call(
    storage: Storage,
    resource: ResourceId = CONTOSO,
    number: int = 1,
    options: VisitOptions = ATTENDEES,
    first: ParticipantRole = ATTENDEE,
) -> CallId:
    room = Room(room_id(number), NOW, NOW, Moment(NOW + DAY), options=options)
    roles = (first, CONSUMER, ATTENDEE, ATTENDEE)
    roster = [Participant(raw_id, role) for raw_id, role in zip(PEOPLE, roles, strict=True)]
    await storage.create_room(resource, room, roster, None)
    return CallId(resource, room.id)


def asking(raw_id: RawId, at: Moment = NOW) -> Callable[[Lobby, Sequence[Place]], LobbyChange]:
    def decide(lobby: Lobby, places: Sequence[Place]) -> LobbyChange:
        before = places[0] if places else None
        return waiting.asked(lobby, before, waiting.ask(before, raw_id, "Bo", lobby, at, at), at)

    return decide


async def ask(storage: Storage, call: CallId, raw_id: RawId, at: Moment = NOW) -> None:
    await storage.change_lobby(call, [raw_id], asking(raw_id, at))


async def state(storage: Storage, call: CallId, raw_id: RawId) -> PlaceState | None:
    place = (await storage.get_standing(call.resource, call.room, raw_id)).place
    return None if place is None else place.state


async def test_people_wait_in_the_order_of_their_coming(storage: Storage):
    call, other = await a_call(storage), await a_call(storage, number=2)
    for number in (2, 0, 1):
        await ask(storage, call, PEOPLE[number], after(NOW, -number))
    await ask(storage, other, PEOPLE[0])
    at_door = await storage.list_at_door(call, PlaceState.WAITING, NOW, 10)
    assert [one.place.raw_id for one in at_door] == [PEOPLE[2], PEOPLE[1], PEOPLE[0]]
    assert [one.role for one in at_door] == [ATTENDEE, CONSUMER, ATTENDEE]
    assert len(await storage.list_at_door(call, PlaceState.WAITING, NOW, 2)) == 2
    counts = await storage.count_waiting([call, other, CallId(CONTOSO, room_id(3))], NOW)
    assert counts == {call: {ATTENDEE: 2, CONSUMER: 1}, other: {ATTENDEE: 1}}
    # Those whose place is not held any more are gone, and so are those who were taken off the roster.
    later = after(NOW, waiting.HELD_BY_REQUEST)
    await storage.hold_places([(call, PEOPLE[0]), (call, PEOPLE[1]), (call, PEOPLE[3])], later)
    await storage.change_roster(CONTOSO, call.room, [PEOPLE[1]], lambda _: RosterChange(remove=(PEOPLE[1],)))
    assert await storage.count_waiting([call, other], later) == {call: {ATTENDEE: 1}, other: {ATTENDEE: 1}}
    assert await state(storage, call, PEOPLE[1]) is None


async def test_a_change_that_raises_changes_nothing(storage: Storage):
    call = await a_call(storage)
    await ask(storage, call, PEOPLE[0])
    with pytest.raises(NotWaiting):
        await storage.change_lobby(call, [PEOPLE[1]], lambda lobby, _: waiting.decline(lobby, None, "", NOW))
    assert (await storage.get_standing(CONTOSO, call.room, PEOPLE[0])).lobby.revision == 1
    with pytest.raises(RoomNotFound):
        await ask(storage, CallId(CONTOSO, room_id(9)), PEOPLE[0])


async def test_decisions_of_two_processes_follow_each_other(storage: Storage, neighbour: Storage):
    """Somebody who asks while everyone is being admitted is admitted or waits, and is never forgotten."""
    call = await a_call(storage)
    stores = (storage, neighbour) * 2
    await asyncio.gather(*(ask(store, call, raw_id) for store, raw_id in zip(stores, PEOPLE, strict=True)))
    assert (await storage.get_standing(CONTOSO, call.room, "")).lobby.revision == 4
    await asyncio.gather(
        neighbour.change_lobby(call, None, lambda lobby, places: waiting.admit(lobby, places, NOW)),
        *(ask(storage, call, raw_id) for raw_id in PEOPLE),
    )
    assert {await state(neighbour, call, raw_id) for raw_id in PEOPLE} == {PlaceState.ADMITTED}


async def test_a_call_that_begins_ends_only_one_that_is_over(storage: Storage):
    """Another process may have begun the call since somebody at the gate saw that it was over."""
    call = await a_call(storage)
    times = [NOW]
    rooms = WaitingRooms(storage, None, lambda: times[-1], lambda: times[-1])
    await ask(storage, call, PEOPLE[0])
    await rooms.admit(call, PEOPLE[0])
    await rooms.end_if_over(call)
    assert await state(storage, call, PEOPLE[0]) is PlaceState.ADMITTED
    times.append(after(NOW, waiting.CALL_OUTLIVES))
    await rooms.end_if_over(call)
    assert await state(storage, call, PEOPLE[0]) is None


async def test_a_pass_in_between_does_not_undo_the_end(storage: Storage):
    """A pass of enforcement saw the call before it was closed, and keeps who was in it after its end was kept."""
    call = await a_call(storage)
    rooms = WaitingRooms(storage, None, lambda: NOW, lambda: NOW)

    class SlowMedia(SimulatedMedia):
        async def close_call(self, call: CallId) -> None:
            await storage.change_lobby(
                call,
                [PEOPLE[0]],
                lambda lobby, places: waiting.note_presence(lobby, {PEOPLE[0]: ATTENDEE}, places, NOW),
            )
            await super().close_call(call)

    engine = SlowMedia(lambda: NOW)
    telephones = Telephones(storage, engine, None, lambda: NOW, Limits(), call_limit=3)
    calls = Calls(storage, engine, telephones, rooms, lambda: NOW, call_limit=3)
    await calls.end(CONTOSO, call.room, None)
    assert await state(storage, call, PEOPLE[0]) is None
    assert (await storage.get_standing(CONTOSO, call.room, "")).lobby.seen_at is None


async def test_a_pass_that_spans_the_end_does_not_undo_it(storage: Storage):
    """It read who was in the call before the end, and everything else after it."""
    await storage.add_resource(Resource(CONTOSO, None, "", ""))
    options = VisitOptions(starts_with=StartsWith.PRESENTER)
    call = await a_call(storage, options=options, first=ParticipantRole.PRESENTER)
    saw, has_ended = asyncio.Event(), asyncio.Event()

    class SlowMedia(SimulatedMedia):
        async def list_presences_of(self, calls):
            present = await super().list_presences_of(calls)
            saw.set()
            await has_ended.wait()
            return present

    engine = SlowMedia(lambda: NOW)
    rooms = WaitingRooms(storage, engine, lambda: NOW, lambda: NOW)
    telephones = Telephones(storage, engine, None, lambda: NOW, Limits(), call_limit=3)
    calls = Calls(storage, engine, telephones, rooms, lambda: NOW, call_limit=3)
    await engine.open_call(call, CallNotice("", NOW, NOW, 0))
    for raw_id, role in ((PEOPLE[0], ParticipantRole.PRESENTER), (PEOPLE[1], CONSUMER)):
        await storage.create_user(CONTOSO, User(raw_id, NOW))
        engine.connect(engine.passes.issue(call, raw_id, role, 0, NAMELESS))
    enforcing = asyncio.create_task(Enforcer(storage, engine, lambda: NOW, note=rooms.note).enforce_once())
    await saw.wait()
    await calls.end(CONTOSO, call.room, None)
    has_ended.set()
    assert (await enforcing).presences == 2
    await asyncio.gather(*rooms._tasks)
    assert [await state(storage, call, raw_id) for raw_id in PEOPLE[:2]] == [None, None]
    assert (await storage.get_standing(CONTOSO, call.room, "")).lobby.seen_at is None


async def test_admitting_all_admits_those_who_are_listed(storage: Storage):
    """Somebody who left the door a moment ago keeps their place in the line, but no Presenter sees them."""
    call = await a_call(storage)
    await ask(storage, call, PEOPLE[0], after(NOW, -1))
    await ask(storage, call, PEOPLE[1])
    held_now = after(NOW, waiting.HELD_BY_REQUEST)
    rooms = WaitingRooms(storage, None, lambda: NOW, lambda: held_now)
    listed = [one.place.raw_id for one in await storage.list_at_door(call, PlaceState.WAITING, held_now, 10)]
    assert listed == [PEOPLE[1]]
    assert await rooms.admit_all(call) == 1
    assert [await state(storage, call, raw_id) for raw_id in PEOPLE[:2]] == [PlaceState.WAITING, PlaceState.ADMITTED]


async def test_a_deleted_room_has_no_places(storage: Storage):
    await storage.add_resource(Resource(CONTOSO, None, "", ""))
    for number, remove in enumerate(
        (
            lambda call: storage.delete_room(CONTOSO, call.room, NOW),
            lambda _: storage.purge(Moment(NOW + 2 * DAY), NOW, 100),
        )
    ):
        call = await a_call(storage, number=number)
        await ask(storage, call, PEOPLE[0])
        await remove(call)
        assert await storage.count_waiting([call], NOW) == {}
        standing = await storage.get_standing(CONTOSO, call.room, PEOPLE[0])
        assert (standing.lobby, standing.place) == (NO_LOBBY, None)


def delete_as_before(call: CallId) -> Steps[None]:
    """Delete a room as the version before did, which knows no places."""
    [(created_at, *_)] = yield queries.remove_room(resource=call.resource, id=call.room)
    yield queries.remove_roster(resource=call.resource, created_at=created_at, room_id=call.room)
    yield queries.add_tombstone(resource=call.resource, id=call.room, deleted_at=NOW, room_created_at=None)


async def test_places_that_an_old_process_left_are_purged(storage: Storage):
    await storage.add_resource(Resource(CONTOSO, None, "", ""))
    call = await a_call(storage)
    await ask(storage, call, PEOPLE[0])
    await storage._write(delete_as_before, call)  # type: ignore[attr-defined]
    assert await storage.purge(Moment(NOW + 1), NOW, 100) == 1
    # Without the tombstone the id could be used again.
    assert await a_call(storage) == call
    standing = await storage.get_standing(CONTOSO, call.room, PEOPLE[0])
    assert (standing.lobby, standing.place) == (NO_LOBBY, None)


class Model:
    """One call's door, with dictionaries and lists, and without the rules' own words."""

    def __init__(self) -> None:
        self.now = NOW
        self.waiting: dict[RawId, Moment] = {}
        self.admitted: set[RawId] = set()
        self.kept_out: set[RawId] = set()
        self.declined: dict[RawId, Moment] = {}
        self.pauses: dict[RawId, int] = {}
        self.seen_at: Moment | None = None

    def settle(self) -> None:
        if self.seen_at is not None and self.now >= self.seen_at + 5 * MINUTE:
            self.end()

    def end(self) -> None:
        self.seen_at = None
        self.admitted.clear()
        self.kept_out.clear()

    def ask(self, raw_id: RawId) -> None:
        may_ask = self.now >= self.declined.get(raw_id, self.now)
        if raw_id not in self.admitted | self.kept_out and raw_id not in self.waiting and may_ask:
            self.declined.pop(raw_id, None)
            self.waiting[raw_id] = self.now

    def begin(self) -> None:
        if self.seen_at is None:
            self.seen_at = self.now

    def admit(self, raw_id: RawId) -> None:
        if raw_id not in self.admitted:
            self.begin()
            self.remove(raw_id)
            self.admitted.add(raw_id)

    def decline(self, raw_id: RawId) -> None:
        if raw_id in self.declined:
            return
        if raw_id not in self.waiting:
            raise NotWaiting
        del self.waiting[raw_id]
        pause = self.pauses[raw_id] = min(2 * self.pauses.get(raw_id, 15), 900)
        self.declined[raw_id] = after(self.now, pause * SECOND)

    def keep_out(self, raw_id: RawId) -> None:
        if raw_id not in self.kept_out:
            self.begin()
            self.remove(raw_id)
            self.kept_out.add(raw_id)

    def remove(self, raw_id: RawId) -> None:
        for people in (self.waiting, self.declined, self.pauses):
            people.pop(raw_id, None)
        for people in (self.admitted, self.kept_out):
            people.discard(raw_id)

    def stands(self, raw_id: RawId) -> PlaceState | None:
        if raw_id in self.waiting:
            return PlaceState.WAITING
        for people, its_state in (
            (self.admitted, PlaceState.ADMITTED),
            (self.kept_out, PlaceState.KEPT_OUT),
            (self.declined, PlaceState.DECLINED),
        ):
            if raw_id in people:
                return its_state
        return None


people = st.sampled_from(PEOPLE)


class DoorMachine(RuleBasedStateMachine):
    """The same happenings at a door in storage and in the model; each example has its own resource."""

    def __init__(self, open_storage: Callable[[], Awaitable[Storage]]) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.model = Model()
        self.call, self.storage = self.runner.run(self.start(open_storage))

    async def start(self, open_storage: Callable[[], Awaitable[Storage]]) -> tuple[CallId, Storage]:
        storage = await open_storage()
        resource = ResourceId(str(uuid4()))
        await storage.add_resource(Resource(resource, resource, "", ""))
        for raw_id in PEOPLE:
            await storage.create_user(resource, User(raw_id, NOW))
        return await a_call(storage, resource), storage

    def teardown(self) -> None:
        self.runner.run(self.storage.close())
        self.runner.close()

    def change(
        self,
        named: Sequence[RawId] | None,
        decide: Callable[[Lobby, Sequence[Place]], LobbyChange],
        model: Callable[[], object],
    ) -> None:
        """Both change, or both raise the same."""
        self.model.settle()
        errors: list[type[OpenRoomsError] | None] = []
        for work in (model, lambda: self.runner.run(self.storage.change_lobby(self.call, named, decide))):
            try:
                work()
                errors.append(None)
            except OpenRoomsError as error:
                errors.append(type(error))
        assert errors[0] is errors[1]

    @rule(raw_id=people)
    def ask(self, raw_id: RawId) -> None:
        self.change([raw_id], asking(raw_id, self.model.now), lambda: self.model.ask(raw_id))

    @rule(raw_id=people)
    def admit(self, raw_id: RawId) -> None:
        if self.model.stands(raw_id) is not None:
            now = self.model.now
            self.change(
                [raw_id], lambda lobby, places: waiting.admit(lobby, places, now), lambda: self.model.admit(raw_id)
            )

    @rule()
    def admit_all(self) -> None:
        now = self.model.now
        self.change(
            None,
            lambda lobby, places: waiting.admit(lobby, places, now),
            lambda: [self.model.admit(raw_id) for raw_id in list(self.model.waiting)],
        )

    @rule(raw_id=people)
    def decline(self, raw_id: RawId) -> None:
        now = self.model.now
        self.change(
            [raw_id],
            lambda lobby, places: waiting.decline(lobby, places[0] if places else None, "No.", now),
            lambda: self.model.decline(raw_id),
        )

    @rule(raw_id=people)
    def keep_out(self, raw_id: RawId) -> None:
        now = self.model.now
        self.change(
            [raw_id],
            lambda lobby, places: waiting.keep_out(lobby, places[0] if places else None, raw_id, now),
            lambda: self.model.keep_out(raw_id),
        )

    @rule()
    def end(self) -> None:
        self.change((), lambda lobby, _: waiting.end_call(lobby), self.model.end)

    @rule(raw_id=people)
    def be_in_the_call(self, raw_id: RawId) -> None:
        """Somebody whom the rules admit is seen in the call, also after they were cut."""
        now = self.model.now
        self.model.settle()
        if self.model.stands(raw_id) is PlaceState.ADMITTED:
            self.change(
                [raw_id],
                lambda lobby, places: waiting.note_presence(lobby, {raw_id: ATTENDEE}, places, now),
                lambda: setattr(self.model, "seen_at", now),
            )

    @rule(raw_id=people)
    def leave_the_roster(self, raw_id: RawId) -> None:
        async def leave() -> None:
            for change in (RosterChange(remove=(raw_id,)), RosterChange(put=(Participant(raw_id, ATTENDEE),))):
                await self.storage.change_roster(
                    self.call.resource, self.call.room, [raw_id], lambda _, change=change: change
                )

        self.runner.run(leave())
        self.model.remove(raw_id)

    @rule(seconds=st.sampled_from([1, 20, 299, 300]))
    def wait(self, seconds: int) -> None:
        # Those who wait do so with a stream, which holds their places.
        now = self.model.now = after(self.model.now, seconds * SECOND)
        held = [(self.call, raw_id) for raw_id in PEOPLE]
        self.runner.run(self.storage.hold_places(held, after(now, MINUTE)))

    @invariant()
    def everyone_stands_where_the_model_says(self) -> None:
        self.model.settle()
        for raw_id in PEOPLE:
            standing = self.runner.run(self.storage.get_standing(self.call.resource, self.call.room, raw_id))
            kept = waiting.decision(standing.place, standing.lobby, self.model.now)
            assert kept is self.model.stands(raw_id)
            is_in = waiting.refusal(ATTENDEES, ATTENDEE, standing.lobby, standing.place, self.model.now) is None
            assert is_in == (raw_id in self.model.admitted)

    @invariant()
    def those_who_wait_are_listed_in_their_order(self) -> None:
        at_door = self.runner.run(self.storage.list_at_door(self.call, PlaceState.WAITING, self.model.now, 10))
        expected = sorted(self.model.waiting, key=lambda raw_id: (self.model.waiting[raw_id], raw_id))
        assert [one.place.raw_id for one in at_door] == expected


def test_the_door_behaves_as_the_model(database: Any) -> None:
    run_state_machine_as_test(
        lambda: DoorMachine(database.open),
        settings=settings(max_examples=20, stateful_step_count=30, deadline=None),
    )
