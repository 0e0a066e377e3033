"""Purging expired data from a real SQLite database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from tests.support.application import RESOURCE, Clock

from openrooms.domain.calls import CallId
from openrooms.domain.errors import InvitationUnknown, Unavailable
from openrooms.domain.invitations import Invitation, InvitationId
from openrooms.domain.moments import DAY, HOUR, Moment
from openrooms.domain.rooms import Room, room_id
from openrooms.domain.roster import RawId
from openrooms.server.core.ports import Resource
from openrooms.server.core.purge import Purge
from openrooms.server.storage.sqlite import SqliteStorage

EXPIRED = 300


def left(number: int) -> Invitation:
    """Return an invitation to a room that is gone."""
    name = f"{number:016x}"
    return Invitation(InvitationId(name), room_id(EXPIRED + number), RawId(""), name.encode(), 0, Moment(0))


RETENTION = 30 * DAY


class Steps(SqliteStorage):
    """A storage that records which process runs each step of a purge, and how many rows it may remove."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.steps: list[str] = []
        self.rows: list[int] = []

    def seen_from(self, name: str, beside: Callable[[], Awaitable[object]] | None = None) -> "ProcessView":
        return ProcessView(self, name, beside)


class ProcessView:
    """The storage as one process sees it; `beside` runs before each step of its purge."""

    def __init__(self, storage: Steps, name: str, beside: Callable[[], Awaitable[object]] | None) -> None:
        self._storage = storage
        self._name = name
        self._beside = beside

    def __getattr__(self, name: str):
        return getattr(self._storage, name)

    async def purge(self, *arguments) -> int:
        self._storage.steps.append(self._name)
        self._storage.rows.append(arguments[-1])
        if self._beside is not None:
            await self._beside()
        return await self._storage.purge(*arguments)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def storage(tmp_path, clock: Clock) -> AsyncIterator[Steps]:
    opened = await Steps.open(tmp_path / "rooms.db")
    await opened.add_resource(Resource(RESOURCE, None, "a2V5", "a2V5"))
    old = clock.now - RETENTION - DAY
    await create(opened, [Room(room_id(n), Moment(old), Moment(old), Moment(old + HOUR)) for n in range(EXPIRED)])
    yield opened
    await opened.close()


async def create(storage: Steps, rooms: Sequence[Room]) -> None:
    await asyncio.gather(*(storage.create_room(RESOURCE, room, (), None) for room in rooms))


async def test_purge_removes_only_expired_rooms(storage, clock):
    kept = Room(room_id(EXPIRED), clock.now, clock.now, Moment(clock.now + HOUR))
    await create(storage, [kept])
    assert await Purge(storage, clock, RETENTION).run() == EXPIRED
    assert await storage.get_room(RESOURCE, kept.id) == kept
    clock.advance(days=30, minutes=61)
    assert await Purge(storage, clock, retention=40 * DAY).run() == 0


async def test_one_of_many_processes_purges(storage, clock):
    purges = [Purge(storage.seen_from(f"process {number}"), clock, RETENTION) for number in range(4)]
    assert sorted(await asyncio.gather(*(purge.run() for purge in purges))) == [0, 0, 0, EXPIRED]
    assert len(set(storage.steps)) == 1
    assert len(storage.steps) > 2, "in steps"


async def test_another_process_continues_after_a_failure(storage, clock):
    async def die() -> None:
        raise Unavailable

    first, second = (
        Purge(storage.seen_from("first", die), clock, RETENTION),
        Purge(storage.seen_from("second"), clock, RETENTION),
    )
    with pytest.raises(Unavailable):
        await first.run()
    assert await second.run() == 0
    clock.advance(minutes=1)
    assert await second.run() == EXPIRED


async def test_leftovers_are_searched_for_once_a_day_in_steps(storage, clock):
    for number in range(450):
        await storage.add_invitation(RESOURCE, left(number), lambda _standing, _links, n=number: (left(n), ()))
    searched: list[CallId | None] = []
    remove_leftovers = storage.remove_leftovers

    async def noting(after_: CallId | None, limit: int) -> CallId | None:
        searched.append(after_)
        return await remove_leftovers(after_, limit)

    storage.remove_leftovers = noting
    purge = Purge(storage, clock, RETENTION, timer=lambda: 0.0)
    for _ in range(2):
        await purge.run()
    assert searched == [None, *(CallId(RESOURCE, left(number).room_id) for number in range(49, 450, 50))]
    for number in (0, 449):
        with pytest.raises(InvitationUnknown):
            await storage.find_invited(RESOURCE, left(number).secret_hash)
    searched.clear()
    clock.advance(days=1)
    await purge.run()
    assert searched == [None]


async def test_long_purge_keeps_its_lease(storage, clock):
    second = Purge(storage.seen_from("second"), clock, RETENTION)

    async def time_passes() -> None:
        clock.advance(seconds=29)
        assert await second.run() == 0

    first = Purge(storage.seen_from("first", time_passes), clock, RETENTION)
    assert await first.run() == EXPIRED
    assert set(storage.steps) == {"first"}
    assert len(storage.steps) > 3, "longer than the lease"


async def test_steps_are_smaller_while_they_take_long(storage, clock):
    seconds = 0.0

    async def take() -> None:
        nonlocal seconds
        seconds += 0.05 if len(storage.rows) <= 4 else 0.001

    purge = Purge(storage.seen_from("busy", take), clock, RETENTION, timer=lambda: seconds)
    assert await purge.run() == EXPIRED
    assert storage.rows[:9] == [50, 25, 12, 6, 4, 8, 16, 32, 50]
