"""Followers: the people at the door of a call who are told what has changed, and what that costs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from tests.calls.stage import KEY, eventually

from openrooms._clock import real_time as now
from openrooms.domain.calls import CallId
from openrooms.domain.doors import DoorState
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.joining import Standing
from openrooms.domain.moments import HOUR, after
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, room_id
from openrooms.domain.roster import Participant, RawId
from openrooms.domain.visits import VisitOptions, WaitingRoom
from openrooms.server.core.followers import MOST_STREAMS, Follower, Followers, View
from openrooms.server.core.ports import Resource, StandingKey
from openrooms.server.core.waiting import WaitingRooms
from openrooms.server.storage.sqlite import SqliteStorage

RESOURCE = ResourceId("6f0f4f4e-0000-4000-8000-000000000007")
CALL = CallId(RESOURCE, room_id(1))
PEOPLE = [RawId(f"8:acs:{RESOURCE}_{number:08x}-0000-4000-8000-000000000000") for number in range(60)]
BO = PEOPLE[0]


class Door:
    """Everybody at the door of one call, in one process, and whose standings were read for it."""

    def __init__(self, storage: SqliteStorage) -> None:
        self.read: list[str] = []
        self._get_standings = storage.get_standings
        storage.get_standings = self.get_standings  # type: ignore[method-assign]
        self.followers = Followers(storage, now, now)
        self.waiting = WaitingRooms(storage, None, now, now)
        self.waiting.nudge = lambda call, reach: self.followers.check(call, reach.people)
        self.told: dict[str, list[View]] = {raw_id: [] for raw_id in PEOPLE}
        self.ended: list[Follower] = []

    async def get_standings(self, keys: Sequence[StandingKey]) -> Sequence[Standing]:
        self.read += [key.raw_id for key in keys]
        return await self._get_standings(keys)

    async def follow(self, raw_id: RawId) -> Follower:
        key = StandingKey(RESOURCE, CALL.room, raw_id)
        follower = Follower(key, 0, after(now(), HOUR), self.told[raw_id].append, lambda: self.ended.append(follower))
        await self.followers.follow(follower)
        return follower

    def states(self, raw_id: str) -> list[DoorState]:
        return [view.door.state for view in self.told[raw_id]]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    storage = await SqliteStorage.open(tmp_path / "rooms.db", migrate=True, exclusive=True)
    await storage.add_resource(Resource(RESOURCE, None, KEY.reveal(), KEY.reveal()))
    options = VisitOptions(waiting_room=WaitingRoom.ATTENDEES)
    room = Room(CALL.room, now(), now(), after(now(), HOUR), options=options)
    roster = [Participant(raw_id, ParticipantRole.ATTENDEE) for raw_id in PEOPLE]
    await storage.create_room(RESOURCE, room, roster, None)
    for raw_id in PEOPLE:
        await storage.create_user(RESOURCE, User(raw_id, now()))
    yield Door(storage)
    await storage.close()


async def test_a_knock_costs_the_same_however_many_people_wait(door: Door):
    for raw_id in PEOPLE:
        await door.follow(raw_id)
        await door.waiting.ask(CALL, raw_id, "")
    await eventually(lambda: all(door.states(raw_id)[-1] is DoorState.WAITING for raw_id in PEOPLE))
    assert len(door.read) <= 3 * len(PEOPLE)
    door.read.clear()
    for number in range(20):
        await door.waiting.ask(CALL, BO, f"Bo {number}")
        # Longer than changes are gathered.
        await asyncio.sleep(0.02)
    assert set(door.read) == {BO}


async def test_what_concerns_everyone_is_told_to_everyone(door: Door):
    for raw_id in PEOPLE:
        await door.follow(raw_id)
        await door.waiting.ask(CALL, raw_id, "")
    await door.waiting.admit(CALL, BO)
    await eventually(lambda: door.states(BO)[-1] is DoorState.ADMITTED)
    assert await door.waiting.admit_all(CALL) == len(PEOPLE) - 1
    await eventually(lambda: all(door.states(raw_id)[-1] is DoorState.ADMITTED for raw_id in PEOPLE))
    await door.waiting.end_call(CALL)
    await eventually(lambda: all(door.states(raw_id)[-1] is DoorState.ASKING for raw_id in PEOPLE))


async def test_every_stream_of_a_person_is_told_and_the_oldest_ends(door: Door):
    streams = [await door.follow(BO) for _ in range(MOST_STREAMS + 1)]
    assert door.ended == [streams[0]]
    await door.followers.leave(streams[0])
    door.told[BO].clear()
    await door.waiting.ask(CALL, BO, "")
    await eventually(lambda: len(door.told[BO]) == MOST_STREAMS)
    for stream in streams[1:]:
        await door.followers.leave(stream)
    [figure, _] = door.followers.figures()
    assert figure.value == 0
