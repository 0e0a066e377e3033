"""What events cost: a create with and without its event, and reading the events of one room among many.

python -m bench.events [--events 10000000]
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import apsw

from bench.service import Bench, Sample, Service, started
from openrooms.domain.events import BEGINNING, EventFilter
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, Moment
from openrooms.domain.rooms import ROOM_IDS, Room, room_id
from openrooms.server.storage.sqlite import SqliteStorage

MOST_FOR_A_CREATE = 1.10
MOST_FOR_A_ROOM_MS = 5.0
_CREATE = "create, 2 participants"
_OF_ROOM = 20
_AT_ONCE = 100_000
_READS = 200


def compare_creates(bench: Bench) -> None:
    """Compare the processor time of a create with an event and without."""
    with (
        started(bench.folder / "without", 0, OPENROOMS_EVENTS="off") as without,
        started(bench.folder / "with", 0) as with_events,
    ):

        def sample(service: Service) -> Sample:
            return bench.sample(service.pid, service.address, service.operations()[_CREATE])

        rounds = bench.in_turn(lambda: sample(without), lambda: sample(with_events))
    costs = [(theirs.cost, ours.cost) for theirs, ours in rounds]
    ratio = statistics.median(ours / theirs for theirs, ours in costs)
    plain, with_event = (statistics.median(cost) for cost in zip(*costs, strict=True))
    bench.note(
        "create with / without its event", f"{with_event:.0f} / {plain:.0f} µs", ratio, MOST_FOR_A_CREATE, at_most=True
    )


async def read_rooms(bench: Bench, count: int) -> None:
    """Measure reading all events of one room of many."""
    path = bench.folder / "events.db"
    storage = await SqliteStorage.open(path)
    resource = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
    rooms = fill(path, resource, count)
    for room in rooms:
        await storage.create_room(resource, room, (), None)
    times = []
    for _ in range(_READS):
        room = Random(len(times)).choice(rooms)
        began = time.perf_counter()
        page = await storage.list_events(resource, BEGINNING, 100, EventFilter(room.id))
        times.append((time.perf_counter() - began) * 1000)
        assert len(page.events) == _OF_ROOM
        # The reads of one turn of the loop share a snapshot, and opening it is a part of what is measured.
        await asyncio.sleep(0)
    await storage.close()
    slow = sorted(times)[int(_READS * 0.99)]
    bench.note(
        f"events of a room among {count:,}, ms, 99 %",
        f"{statistics.median(times):.2f} ms at 50 %",
        slow,
        MOST_FOR_A_ROOM_MS,
        at_most=True,
    )


def fill(path: Path, resource: ResourceId, count: int) -> Sequence[Room]:
    """Add events directly to the database; return some of their rooms."""
    connection, random, kept = apsw.Connection(str(path)), Random(3), []
    data = '{"room":{"id":"99400000000000000"}}'
    position = 0
    statement = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, 'openrooms.room.updated', '', ?)"
    while position < count:
        rows = []
        ids = [room_id(random.randrange(ROOM_IDS)) for _ in range(_AT_ONCE // _OF_ROOM)]
        rooms = [(room, position * SECOND + number) for number, room in enumerate(ids)]
        # The events of rooms that are used at the same time lie between each other.
        for sequence in range(1, _OF_ROOM + 1):
            for room, created_at in rooms:
                position += 1
                rows.append((resource, position, created_at, room, sequence, created_at, data))
        with connection:
            connection.executemany(statement, rows)
        kept += [Room(room, Moment(created_at), Moment(created_at), Moment(2**60)) for room, created_at in rooms[:3]]
    connection.close()
    return kept


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--events", type=int, default=10_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        bench = Bench(Path(folder), options.rounds, options.seconds)
        compare_creates(bench)
        if options.events:
            asyncio.run(read_rooms(bench, options.events))


if __name__ == "__main__":
    main()
