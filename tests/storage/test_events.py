"""The outbox: each change leaves its events in its own transaction, and a reader misses none of them."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from msgspec.structs import replace
from tests.storage.conftest import Database
from tests.storage.contents import CONTOSO, NOW, a_room, person
from tests.storage.plans import explain
from tests.support.patience import patient
from tests.support.postgres import Cluster

from openrooms._clock import real_time
from openrooms.domain.errors import EventNotFound, RoomNotFound
from openrooms.domain.events import BEGINNING, EVERYTHING, Event, EventFilter, EventKey, Happening
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import DAY, SECOND, Moment, after
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import Participant, RosterChange
from openrooms.domain.visits import VisitOptions
from openrooms.server.core.ports import EVENTS_ADDED, EventPage, Resource, ResourceContents, RoomIdTaken, Storage
from openrooms.server.storage.outbox import Outbox
from openrooms.server.storage.postgres import PostgresStorage
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.server.storage.statements import queries
from openrooms.wire import happenings

FABRIKAM = ResourceId("fabrikam")
PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE
ROOM = a_room(1)


def longer(room: Room) -> Room:
    return replace(room, valid_until=after(room.valid_until, SECOND))


async def read(storage: Storage, only: EventFilter = EVERYTHING) -> list[Event]:
    """Return all events, read in small pages."""
    events: list[Event] = []
    page = EventPage((), BEGINNING, has_more=True)
    while page.has_more:
        page = await storage.list_events(CONTOSO, page.last, 3, only)
        events += page.events
    return events


def told(events: list[Event]) -> list[str]:
    return [event.type.removeprefix("openrooms.") for event in events]


async def test_an_event_without_a_change_is_one_of_its_room(storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, (), None)
    key = await storage.add_event(CONTOSO, ROOM.id, Happening("openrooms.waiting", '{"sample":true}'))
    event = await storage.get_event(CONTOSO, key)
    assert (event.sequence, event.type, event.data) == (2, "openrooms.waiting", '{"sample":true}')
    assert await read(storage, EventFilter(ROOM.id)) == await read(storage)
    with pytest.raises(RoomNotFound):
        await storage.add_event(CONTOSO, a_room(2).id, Happening("openrooms.waiting", "{}"))


async def test_each_change_leaves_its_events(storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, [Participant(person(1), ATTENDEE)], None)
    await storage.change_room(CONTOSO, ROOM.id, longer)
    await storage.change_room(CONTOSO, ROOM.id, lambda room: room)
    roster = RosterChange(put=(Participant(person(1), PRESENTER), Participant(person(2), ATTENDEE)))
    await storage.change_roster(CONTOSO, ROOM.id, [person(1), person(2)], lambda _view: roster)
    options = VisitOptions("Visit")
    await storage.change_visit(
        CONTOSO, ROOM.id, {person(1): "Ada"}, lambda room, _present: replace(room, options=options)
    )
    await storage.delete_room(CONTOSO, ROOM.id, NOW)
    await storage.delete_room(CONTOSO, ROOM.id, NOW)
    events = await read(storage)
    assert told(events) == [
        "room.created",
        "room.updated",
        "roster.changed",
        "role.changed",
        "room.updated",
        "roster.changed",
        "room.deleted",
    ]
    assert [event.sequence for event in events] == [*range(1, 8)]
    assert events[0].happened_at == ROOM.created_at
    assert json.loads(events[4].data)["title"] == "Visit"
    assert await storage.last_event(CONTOSO) == events[-1].key
    assert await storage.get_event(CONTOSO, events[2].key) == events[2]


async def test_a_change_that_fails_leaves_none(storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, (), None)

    def refuse(_room: Room) -> Room:
        raise RoomNotFound

    with pytest.raises(RoomNotFound):
        await storage.change_room(CONTOSO, ROOM.id, refuse)
    assert told(await read(storage)) == ["room.created"]


async def test_a_change_whose_event_cannot_be_added_is_not_made(
    storage: Storage, neighbour: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are one transaction, so a process that is killed between them cannot leave one without the other."""

    def fail(*_: object) -> Iterator[Happening]:
        raise ZeroDivisionError
        yield

    await storage.create_room(CONTOSO, ROOM, [Participant(person(1), ATTENDEE)], None)
    before = await neighbour.get_visit(CONTOSO, ROOM.id, None, 10)
    roster = RosterChange(put=(Participant(person(1), PRESENTER),))
    for change in ("room_changed", "roster_changed", "names_changed"):
        monkeypatch.setattr(happenings, change, fail)
    for changing in (
        storage.change_room(CONTOSO, ROOM.id, longer),
        storage.change_roster(CONTOSO, ROOM.id, [person(1)], lambda _view: roster),
        storage.change_visit(CONTOSO, ROOM.id, {person(1): "Ada"}, lambda room, _present: room),
    ):
        with pytest.raises(ZeroDivisionError):
            await changing
    assert await neighbour.get_visit(CONTOSO, ROOM.id, None, 10) == before
    assert told(await read(neighbour)) == ["room.created"]


async def test_a_room_that_comes_again_goes_on_counting(storage: Storage) -> None:
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    await storage.create_room(CONTOSO, ROOM, (), None)
    before = await read(storage)
    await storage.purge(after(ROOM.valid_until, DAY), NOW, 10)
    await storage.create_room(CONTOSO, longer(ROOM), (), None)
    events = await read(storage)
    assert [event.sequence for event in events] == [1, 2]
    assert events[:1] == before
    assert events[1].data != events[0].data


async def test_a_room_whose_id_is_taken_leaves_no_event(storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, (), None)
    await storage.create_room(CONTOSO, a_room(2), (), None)
    await storage.delete_room(CONTOSO, a_room(2).id, NOW)
    before = await read(storage)
    for taken in (ROOM, a_room(2)):
        for room in (taken, replace(taken, created_at=after(taken.created_at, SECOND))):
            with pytest.raises(RoomIdTaken):
                await storage.create_room(CONTOSO, room, (), None)
    assert await read(storage) == before


async def test_events_are_read_by_room_and_type(storage: Storage) -> None:
    for number in (1, 2, 3):
        await storage.create_room(CONTOSO, a_room(number), (), None)
        await storage.change_room(CONTOSO, a_room(number).id, longer)
    await storage.create_room(FABRIKAM, a_room(1), (), None)
    of_room = await read(storage, EventFilter(a_room(2).id))
    assert told(of_room) == ["room.created", "room.updated"]
    updates = await read(storage, EventFilter(types=frozenset({"openrooms.room.updated"})))
    assert [event.room_id for event in updates] == [a_room(number).id for number in (1, 2, 3)]
    # A reader of one room may go on after any event.
    everything = await read(storage)
    page = await storage.list_events(CONTOSO, everything[2].key, 10, EventFilter(a_room(2).id))
    assert page.events == (everything[3],)
    page = await storage.list_events(CONTOSO, everything[4].key, 10, EventFilter(a_room(2).id))
    assert (page.events, page.has_more) == ((), False)


async def read_back(storage: Storage, only: EventFilter = EVERYTHING) -> list[Event]:
    """Return all events, read backwards in small pages."""
    events: list[Event] = []
    page = await storage.list_events_before(CONTOSO, None, 3, only)
    events += page.events
    while page.has_more:
        page = await storage.list_events_before(CONTOSO, page.oldest, 3, only)
        events += page.events
    return events


async def test_events_are_read_backwards(storage: Storage) -> None:
    """In the opposite order, also of one room and of some types; and a follower goes on after the newest one."""
    assert (await storage.list_events_before(CONTOSO, None, 3)).newest == BEGINNING
    for number in (1, 2, 3):
        await storage.create_room(CONTOSO, a_room(number), (), None)
    for _ in range(4):
        for number in (3, 1, 2):
            await storage.change_room(CONTOSO, a_room(number).id, longer)
    await storage.create_room(FABRIKAM, a_room(1), (), None)
    updates = frozenset({"openrooms.room.updated"})
    for only in (EVERYTHING, EventFilter(a_room(2).id), EventFilter(types=updates), EventFilter(a_room(2).id, updates)):
        assert await read_back(storage, only) == (await read(storage, only))[::-1]
    everything = await read(storage)
    # A reader of one room may begin at any event.
    page = await storage.list_events_before(CONTOSO, everything[5].key, 10, EventFilter(a_room(3).id))
    assert page.events == (everything[3], everything[2])
    page = await storage.list_events_before(CONTOSO, None, 1, EventFilter(types=frozenset({"openrooms.room.created"})))
    assert (page.newest, page.events) == (everything[-1].key, (everything[2],))
    await storage.change_room(CONTOSO, a_room(1).id, longer)
    assert [event.sequence for event in (await storage.list_events(CONTOSO, page.newest, 9)).events] == [6]
    with pytest.raises(EventNotFound):
        await storage.list_events_before(CONTOSO, EventKey(everything[0].position, Moment(1)), 10)


async def test_an_event_that_never_was_is_unknown(storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, (), None)
    [event] = await read(storage)
    for key in (EventKey(event.position, Moment(1)), EventKey(event.position + 1, event.happened_at)):
        with pytest.raises(EventNotFound):
            await storage.list_events(CONTOSO, key, 10)
        with pytest.raises(EventNotFound):
            await storage.get_event(CONTOSO, key)


async def test_numbers_go_on_after_old_events_were_removed(storage: Storage, neighbour: Storage) -> None:
    """Also those of a room that was deleted since, and of a quiet resource of which no event is left."""
    for number in (1, 2):
        await storage.create_room(CONTOSO, a_room(number), (), None)
        await storage.change_room(CONTOSO, a_room(number).id, longer)
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    before = await read(storage)
    assert await storage.purge_events(after(NOW, 1), 3) == 0
    assert await storage.purge_events(after(real_time(), DAY), 3) == 3
    assert await read(storage) == before[3:]
    assert await storage.purge_events(after(real_time(), DAY), 3) == 1
    await neighbour.change_room(CONTOSO, a_room(1).id, longer)
    await neighbour.delete_room(CONTOSO, a_room(2).id, NOW)
    # Readers who had read the removed events go on.
    page = await neighbour.list_events(CONTOSO, before[-1].key, 10)
    assert [(event.room_id, event.sequence) for event in page.events] == [(a_room(1).id, 3), (a_room(2).id, 3)]


async def test_positions_go_on_when_a_resource_begins_anew(storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, (), None)
    last = await storage.last_event(CONTOSO)
    await storage.replace_contents(CONTOSO, ResourceContents())
    assert await read(storage) == []
    await storage.create_room(CONTOSO, ROOM, (), None)
    page = await storage.list_events(CONTOSO, last, 10)
    assert [event.sequence for event in page.events] == [1]


async def test_every_process_hears_of_new_events(storage: Storage, neighbour: Storage) -> None:
    heard: list[str] = []
    neighbour.listen(heard.append)
    if isinstance(storage, SqliteStorage):
        # Its only process is this one.
        storage.listen(heard.append)
    await storage.create_room(CONTOSO, ROOM, (), None)
    async with asyncio.timeout(patient(10)):
        number = 2
        while f"{EVENTS_ADDED} {CONTOSO}" not in heard:
            await storage.create_room(CONTOSO, a_room(number), (), None)
            number += 1
            await asyncio.sleep(0.1)


async def test_events_can_be_off(tmp_path, postgres_cluster: Cluster) -> None:
    url = postgres_cluster.create_database()
    for storage in (await SqliteStorage.open(tmp_path / "rooms.db"), await PostgresStorage.open(url)):
        await storage.create_room(CONTOSO, ROOM, (), None)
        assert await read(storage) == []
        await storage.close()
    postgres_cluster.drop_database(url)


async def test_a_follower_sees_every_event_of_many_writers(storage: Storage, neighbour: Storage) -> None:
    """Each exactly once, those of each room in their order."""
    rooms = [a_room(number) for number in range(20)]
    for room in rooms:
        await storage.create_room(CONTOSO, room, (), None)
    writers = (storage, neighbour) if isinstance(storage, PostgresStorage) else (storage,)
    changes = [(random.choice(writers), random.choice(rooms)) for _ in range(400)]

    async def write(part: int) -> None:
        for writer, room in changes[part::8]:
            await writer.change_room(CONTOSO, room.id, longer)

    seen: list[Event] = []

    async def follow() -> None:
        last = BEGINNING
        while len(seen) < len(rooms) + len(changes):
            page = await neighbour.list_events(CONTOSO, last, 7)
            seen.extend(page.events)
            last = page.last
            # SQLite reads without waiting.
            await asyncio.sleep(0)

    async with asyncio.timeout(patient(30)), asyncio.TaskGroup() as group:
        group.create_task(follow())
        for part in range(8):
            group.create_task(write(part))
    assert len({event.key for event in seen}) == len(seen) == len(rooms) + len(changes)
    for room in rooms:
        count = 1 + sum(changed is room for _, changed in changes)
        assert [event.sequence for event in seen if event.room_id == room.id] == [*range(1, count + 1)]


async def test_reading_a_room_uses_its_index(database: Database, storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, (), None)
    values = {"resource": CONTOSO, "room_created_at": ROOM.created_at, "room_id": ROOM.id, "sequence": 3, "limit": 100}
    for statement in (queries.list_events_of_room, queries.list_events_of_room_before):
        assert "events_of_room" in await explain(storage, statement, values)


async def test_reading_backwards_needs_no_sorting(database: Database, storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, (), None)
    plan = await explain(storage, queries.list_events_before, {"resource": CONTOSO, "position": 3, "limit": 100})
    assert "Index Scan Backward using events_pkey" in plan or "SEARCH events USING PRIMARY KEY" in plan


# Only PostgreSQL has several transactions at once.


@pytest.fixture
async def opened(url: str) -> AsyncIterator[PostgresStorage]:
    storage = await PostgresStorage.open(url, outbox=Outbox(real_time))
    yield storage
    await storage.close()


ADD = (
    "INSERT INTO events (resource, room_created_at, room_id, sequence, happened_at, type, subject, data) "
    "VALUES ($1, $3, $2, 1, $3, 'openrooms.room.created', '', '{}')"
)


async def test_a_reader_waits_for_a_lower_position(opened: PostgresStorage, url: str) -> None:
    """A transaction that has taken a position and commits last is not skipped, and one that fails stops nobody."""
    slow = await asyncpg.connect(url)
    try:
        for ends in ("COMMIT", "ROLLBACK"):
            start = await opened.last_event(CONTOSO)
            late, fast = RoomId(f"99400000000000{ends[:3]}"), a_room(len(ends))
            await slow.execute("BEGIN")
            await slow.execute("INSERT INTO tombstones (resource, id, deleted_at) VALUES ($1, $2, 0)", CONTOSO, late)
            await slow.execute(ADD, CONTOSO, late, NOW)
            await opened.create_room(CONTOSO, fast, (), None)
            page = await opened.list_events(CONTOSO, start, 10)
            assert page.events == ()
            # The events of one room do not wait for others.
            page = await opened.list_events(CONTOSO, start, 10, EventFilter(fast.id))
            assert [event.room_id for event in page.events] == [fast.id]
            await slow.execute(ends)
            events = (await opened.list_events(CONTOSO, start, 10)).events
            assert [event.room_id for event in events] == ([late, fast.id] if ends == "COMMIT" else [fast.id])
    finally:
        await slow.close()


async def test_an_event_takes_its_position_after_the_transaction_id(opened: PostgresStorage, url: str) -> None:
    """Readers wait for transactions that had an id before."""
    driver = await asyncpg.connect(url)
    try:
        await driver.execute("""
            CREATE SEQUENCE positions;
            CREATE FUNCTION next_position() RETURNS BIGINT LANGUAGE sql VOLATILE AS $$
                SELECT CASE WHEN pg_current_xact_id_if_assigned() IS NOT NULL THEN nextval('positions') END
            $$;
            ALTER TABLE events ALTER position DROP IDENTITY, ALTER position SET DEFAULT next_position();
        """)
        with pytest.raises(asyncpg.NotNullViolationError):
            await driver.execute(ADD, CONTOSO, ROOM.id, NOW)
    finally:
        await driver.close()
    await opened.create_room(CONTOSO, ROOM, (), None)
    await opened.change_room(CONTOSO, ROOM.id, longer)
    await opened.delete_room(CONTOSO, ROOM.id, NOW)
    assert [event.position for event in await read(opened)] == [1, 2, 3]
