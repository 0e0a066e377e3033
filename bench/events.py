"""What events cost: a create with and without its event, and reading the events of one room among many.

python -m bench.events [--rounds N] [--seconds N] [--events N]

Both databases, with fsync on. A create is measured in three ways: how long one client waits for it; how many the
service makes in a second for 64 connections; and, because times and rates change by more than an event costs, the
processor time of the service, with PostgreSQL also of the database's processes.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import NamedTuple

import apsw
import psutil
from tests.support.postgres import Cluster
from tests.support.service import openrooms

from bench import report
from bench.load import cpu_seconds, settle, wrk
from bench.service import Bench, Service, started
from openrooms.domain.events import BEGINNING, EventFilter
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, Moment
from openrooms.domain.rooms import ROOM_IDS, Room, room_id
from openrooms.server.core.ports import Storage
from openrooms.server.storage.postgres import PostgresStorage
from openrooms.server.storage.sqlite import SqliteStorage

MOST_FOR_A_CREATE = 1.10
MOST_FOR_A_ROOM_MS = 5.0
RESOURCE = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
_CREATE = "create, 2 participants"
_DATA = '{"room":{"id":"99400000000000000"}}'
_OF_ROOM = 20
_ROOMS_AT_ONCE = 5000
_FIRST_DIGITS = "994"
_SPREAD = 7_368_787_219_317
_READS = 500
Cpu = Callable[[], float]


class _Create(NamedTuple):
    """A create: processor time in µs, and the median wait of one client in ms; and creates a second."""

    cost: float
    per_second: float
    alone: float


def compare_creates(bench: Bench, cluster: Cluster) -> None:
    """Compare a create with an event and without."""
    _compare(bench, "SQLite", lambda: 0.0)
    _compare(bench, "PostgreSQL", lambda: _cpu_of_cluster(cluster), cluster)


def _compare(bench: Bench, engine: str, cpu: Cpu, cluster: Cluster | None = None) -> None:
    with _service(bench, engine, "off", cluster) as without, _service(bench, engine, "on", cluster) as with_event:
        rounds = bench.in_turn(lambda: _create(bench, without, cpu), lambda: _create(bench, with_event, cpu))
    plain, more = (
        _Create(*map(statistics.median, zip(*creates, strict=True))) for creates in zip(*rounds, strict=True)
    )
    for name, detail, ratios in (
        ("processor time", f"{more.cost:.0f} / {plain.cost:.0f} µs", [b.cost / a.cost for a, b in rounds]),
        ("time, one client", f"{more.alone:.2f} / {plain.alone:.2f} ms", [b.alone / a.alone for a, b in rounds]),
        (
            "time, 64 connections",
            f"{more.per_second:.0f} / {plain.per_second:.0f} a second",
            [a.per_second / b.per_second for a, b in rounds],
        ),
    ):
        low, ratio, high = statistics.quantiles(ratios, n=4)
        title = f"create with / without its event, {name}, {engine}"
        bench.note(title, f"{detail}; {low:.2f} to {high:.2f}", ratio, MOST_FOR_A_CREATE, at_most=True)


@contextmanager
def _service(bench: Bench, engine: str, events: str, cluster: Cluster | None) -> Iterator[Service]:
    variables = {"OPENROOMS_EVENTS": events}
    if cluster is not None:
        variables["OPENROOMS_DATABASE"] = url = cluster.create_database()
        openrooms("migrate", "--database", url)
    with started(bench.folder / f"{engine}-{events}", 0, **variables) as service:
        yield service


def _create(bench: Bench, service: Service, cpu: Cpu) -> _Create:
    requests = service.operations()[_CREATE]
    before = cpu_seconds(service.pid) + cpu()
    load = bench.load(service.address, requests)
    seconds = cpu_seconds(service.pid) + cpu() - before
    settle()
    alone = wrk(service.address, requests, bench.folder, connections=1, seconds=bench.seconds)
    return _Create(seconds / load.count * 1e6, load.per_second, alone.p50 * 1000)


def _cpu_of_cluster(cluster: Cluster) -> float:
    server = psutil.Process(cluster.pid)
    own = server.cpu_times()
    # Processes that have ended are in the times of the server's children.
    total = own.user + own.system + own.children_user + own.children_system
    for process in server.children():
        times = process.cpu_times()
        total += times.user + times.system
    return total


async def read_rooms(bench: Bench, engine: str, storage: Storage, rooms: Sequence[Room], count: int) -> None:
    """Measure reading all events of one room of many."""
    for room in rooms:
        await storage.create_room(RESOURCE, room, (), None)
    times = []
    for number in range(_READS):
        room = rooms[number % len(rooms)]
        began = time.perf_counter()
        page = await storage.list_events(RESOURCE, BEGINNING, 100, EventFilter(room.id))
        times.append((time.perf_counter() - began) * 1000)
        assert len(page.events) == _OF_ROOM
        # The reads of one turn of the loop share a snapshot, and opening it is a part of what is measured.
        await asyncio.sleep(0)
    await storage.close()
    slow = sorted(times)[int(_READS * 0.99)]
    detail = f"{statistics.median(times):.2f} ms at 50 %"
    name = f"events of a room among {count:,}, ms, 99 %, {engine}"
    bench.note(name, detail, slow, MOST_FOR_A_ROOM_MS, at_most=True)


def fill_sqlite(path: Path, count: int) -> Sequence[Room]:
    """Add events directly to the database; return some of their rooms.

    The events of rooms that are used at the same time lie between each other.
    """
    connection = apsw.Connection(str(path))
    connection.pragma("synchronous", "off")
    for first in range(0, count // _OF_ROOM, _ROOMS_AT_ONCE):
        rooms = [_room(number) for number in range(first, first + _ROOMS_AT_ONCE)]
        turns = enumerate(product(range(1, _OF_ROOM + 1), rooms), first * _OF_ROOM + 1)
        with connection:
            connection.executemany(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, 'openrooms.room.updated', '', ?)",
                (
                    (RESOURCE, position, room.created_at, room.id, sequence, room.created_at, _DATA)
                    for position, (sequence, room) in turns
                ),
            )
    connection.close()
    return _some_rooms(count)


def fill_postgres(cluster: Cluster, name: str, count: int) -> Sequence[Room]:
    """Do the same in PostgreSQL, and let it write everything to disk."""
    for first in range(0, count // _OF_ROOM, _ROOMS_AT_ONCE):
        cluster.sql(
            f"""
            INSERT INTO events (resource, room_created_at, room_id, sequence, happened_at, type, subject, data)
            SELECT '{RESOURCE}', number * {SECOND}, '{_FIRST_DIGITS}' || lpad(
                (number * {_SPREAD} % {ROOM_IDS})::text, {len(room_id(0)) - len(_FIRST_DIGITS)}, '0'
            ), sequence, number * {SECOND}, 'openrooms.room.updated', '', '{_DATA}'
            FROM generate_series(1, {_OF_ROOM}) AS sequence,
                generate_series({first}::bigint, {first + _ROOMS_AT_ONCE - 1}) AS number
            """,
            name,
        )
    cluster.sql("VACUUM ANALYZE events", name)
    cluster.sql("CHECKPOINT")
    return _some_rooms(count)


def _room(number: int) -> Room:
    """Return a room; ids are spread, as random ones are."""
    created_at = Moment(number * SECOND)
    return Room(room_id(number * _SPREAD % ROOM_IDS), created_at, created_at, Moment(2**60))


def _some_rooms(count: int) -> Sequence[Room]:
    return [_room(number) for number in range(0, count // _OF_ROOM, max(count // _OF_ROOM // _READS, 1))]


async def compare_reads(bench: Bench, cluster: Cluster, count: int) -> None:
    """Measure both databases."""
    path = bench.folder / "events.db"
    await (await SqliteStorage.open(path)).close()
    rooms = fill_sqlite(path, count)
    await read_rooms(bench, "SQLite", await SqliteStorage.open(path), rooms, count)
    path.unlink()
    url = cluster.create_database()
    await (await PostgresStorage.open(url)).close()
    rooms = fill_postgres(cluster, url.rpartition("/")[2], count)
    await read_rooms(bench, "PostgreSQL", await PostgresStorage.open(url, migrate=False), rooms, count)


def main() -> None:
    """Measure, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--events", type=int, default=10_000_000, help="kept events; 0: do not measure reading them")
    options = parser.parse_args()
    busy = os.getloadavg()[0]
    with Cluster() as cluster, tempfile.TemporaryDirectory(prefix="openrooms-bench-") as name:
        bench = Bench(Path(name), options.rounds, options.seconds)
        compare_creates(bench, cluster)
        if options.events:
            asyncio.run(compare_reads(bench, cluster, options.events))
    text = report.table(("ratio", "of", "measured", "bar", ""), bench.rows)
    report.write(
        "Events",
        f"`python -m bench.events`, {options.rounds} rounds of {options.seconds:g} s in turn, medians of them and of "
        f"their ratios, with the quartiles of these; fsync is on. The processor time of a create is that of the "
        f"service, with PostgreSQL also that of the database; no requests are logged, which would hide the event. "
        f"{_READS} reads of rooms with {_OF_ROOM} events each. The machine's load average was {busy:.1f} at the start; "
        f"above 0.5, other work disturbed the run. {report.machine()}.\n\n{text}",
    )
    print(text)


if __name__ == "__main__":
    main()
