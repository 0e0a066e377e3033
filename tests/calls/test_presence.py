"""Recording who is in calls: by looking at a simulated engine, over processes that are killed at any moment."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.patience import patient

from openrooms.domain.calls import CallId, notice_of
from openrooms.domain.errors import MediaUnavailable
from openrooms.domain.events import BEGINNING, Event
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import HOUR, SECOND, Moment, after
from openrooms.domain.names import NAMELESS
from openrooms.domain.presence import Ending, Joined, Left, stay_of
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId, room_id
from openrooms.domain.roster import Participant, RawId
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.core.ports import Resource
from openrooms.server.core.presence import Presences
from openrooms.server.media.simulated import Connection, SimulatedMedia
from openrooms.server.storage.outbox import Outbox
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.wire import events

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
START = Moment(17_564_273_885_964_328)


class World:
    """A database, a simulated engine, a clock, and processes that look."""

    def __init__(self, storage: SqliteStorage) -> None:
        self.now = START
        self.storage = storage
        self.engine = SimulatedMedia(lambda: self.now)
        self.process()

    def process(self) -> None:
        """Replace the process by a new one, which knows nothing."""
        self.presences = Presences(self.storage, self.engine, lambda: self.now)
        self.enforcer = Enforcer(self.storage, self.engine, lambda: self.now, history=self.presences)

    def pass_time(self, seconds: float) -> None:
        self.now = after(self.now, round(seconds * SECOND))

    async def call(self, number: int, people: int) -> CallId:
        room = Room(room_id(number), START, START, after(START, 100 * HOUR))
        roster = [Participant(person(one), ParticipantRole.ATTENDEE) for one in range(people)]
        await self.storage.create_room(CONTOSO, room, roster, None)
        call = CallId(CONTOSO, room.id)
        await self.engine.open_call(call, notice_of(room))
        return call

    def enter(self, call: CallId, number: int) -> Connection:
        token = self.engine.passes.issue(call, person(number), ParticipantRole.ATTENDEE, 0, NAMELESS)
        return self.engine.connect(token)

    async def look(self) -> None:
        """Make a full pass, and wait until what it has found is kept."""
        await self.enforcer.enforce_once()
        await asyncio.gather(*self.presences._tasks)

    async def told(self) -> list[Event]:
        page = await self.storage.list_events(CONTOSO, BEGINNING, 1000)
        return [event for event in page.events if event.type.startswith("Microsoft.")]


def person(number: int) -> RawId:
    return RawId(f"8:acs:{CONTOSO}_{number:08x}-0000-4000-8000-000000000000")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    storage = await SqliteStorage.open(tmp_path / "rooms.db", outbox=Outbox(lambda: START))
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    for number in range(4):
        await storage.create_user(CONTOSO, User(person(number), START))
    yield World(storage)
    await storage.close()


def summary(told: list[Event]) -> list[tuple[str, float]]:
    return [(event.type.rpartition("Call")[2], (event.happened_at - START) / SECOND) for event in told]


async def test_looking_finds_who_came_and_went(world: World) -> None:
    call = await world.call(1, 2)
    await world.look()
    assert await world.told() == []
    world.pass_time(1)
    ada = world.enter(call, 0)
    world.pass_time(1)
    await world.look()
    world.pass_time(7)
    await world.look()
    ada.leave()
    world.pass_time(0.5)
    await world.look()
    # Somebody who comes back before the engine ends the call is in the same call.
    world.enter(call, 1)
    await world.look()
    world.pass_time(3)
    await world.look()
    await world.engine.close_call(call)
    world.pass_time(1)
    await world.look()
    assert summary(await world.told()) == [
        ("Started", 1),
        ("ParticipantAdded", 1),
        ("ParticipantRemoved", 9),
        ("ParticipantAdded", 9.5),
        ("ParticipantRemoved", 12.5),
        ("Ended", 12.5),
    ]


async def test_after_a_crash_the_time_that_is_known_counts(world: World) -> None:
    """The new process knows what the old one had kept a few seconds before it died."""
    call = await world.call(1, 2)
    ada = world.enter(call, 0)
    await world.look()
    world.pass_time(6)
    await world.look()
    await world.look()
    world.process()
    world.pass_time(100)
    ada.leave()
    world.pass_time(100)
    await world.look()
    assert summary(await world.told())[2:] == [("ParticipantRemoved", 6)]


async def test_an_engine_that_does_not_answer_says_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await world.call(1, 1)
    world.enter(call, 0)
    await world.look()

    async def fail(*_: object) -> object:
        raise MediaUnavailable

    async def fail_each(calls: list[CallId]) -> list[MediaUnavailable]:
        return [MediaUnavailable() for _ in calls]

    with monkeypatch.context() as away:
        away.setattr(world.engine, "list_presences_of", fail_each)
        await world.look()
        away.setattr(world.engine, "list_calls", fail)
        with pytest.raises(MediaUnavailable):
            await world.look()
    await world.look()
    assert len(await world.told()) == 2


@pytest.mark.parametrize("seed", range(5))
async def test_kills_and_lost_notices_change_nothing(world: World, seed: int) -> None:
    """People come and go in several calls, at random; notices get lost or doubled, and the process dies now and then.

    Every stay that lasted long enough to be seen is told once, those of each room in the order of their sequences.
    """
    chance = random.Random(seed)
    calls = [await world.call(number, 4) for number in range(3)]
    connections: dict[tuple[CallId, int], Connection] = {}
    happened: list[tuple[str, RoomId, RawId]] = []

    async def notice(connection: Connection, kind: type[Joined] | type[Left]) -> None:
        present = connection.presence
        running = (await world.engine.list_calls([present.call])).get(present.call)
        if running is None or chance.random() < 0.5:
            return
        stay = stay_of(present)
        stay = stay if kind is Joined else stay.ended(world.now, Ending.LEFT)
        for _ in range(chance.choice([1, 2])):
            await world.presences.observe(present.call, kind(running.session, stay))

    for _ in range(80):
        call, number = chance.choice(calls), chance.randrange(4)
        world.pass_time(1)
        if (call, number) in connections:
            connection = connections.pop((call, number))
            connection.leave()
            happened.append(("Removed", call.room, person(number)))
            await notice(connection, Left)
        else:
            connections[call, number] = world.enter(call, number)
            happened.append(("Added", call.room, person(number)))
            await notice(connections[call, number], Joined)
        if chance.random() < 0.2:
            # It dies while it looks: what was not kept yet is found by the next one.
            looking = asyncio.create_task(world.enforcer.enforce_once())
            for _ in range(chance.randrange(6)):
                await asyncio.sleep(0)
            looking.cancel()
            await asyncio.gather(looking, *world.presences._tasks, return_exceptions=True)
            world.process()
        await asyncio.wait_for(world.look(), patient(10))
    found = await world.told()
    seen = [
        (event.type.rpartition("Participant")[2], event.room_id, event.subject.rpartition("/")[2])
        for event in found
        if "Participant" in event.type
    ]
    for call in calls:
        assert [one for one in seen if one[1] == call.room] == [one for one in happened if one[1] == call.room]
        of_call = [event for event in found if event.room_id == call.room]
        assert [event.sequence for event in of_call] == [*range(2, 2 + len(of_call))]
        assert [event.type for event in of_call].count(events.CALL_STARTED.name) <= 1
