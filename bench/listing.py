"""The list of visits among very many rooms, as ratios to one among few, and what its indexes add to a write.

python -m bench.listing [--few N] [--many N] [--rounds N] [--no-postgres]

The storage answers without HTTP, so that the ratios are those of the databases. Each round asks both in turn; the table
has the medians. The rooms are half an hour long and spread over 200 days; each has a title, two named participants, one
of whom is one of 50 doctors, and four words. A write's cost is the processor time of this process.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

import apsw
from tests.support.postgres import Cluster

from bench import report
from openrooms._clock import real_time
from openrooms.domain import words
from openrooms.domain.identities import ResourceId
from openrooms.domain.listing import RoomFilter, RoomState
from openrooms.domain.moments import DAY, MINUTE, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import ROOM_IDS, Room, room_id
from openrooms.domain.roster import Participant, RawId
from openrooms.domain.visits import VisitOptions
from openrooms.server.core.listing import PAGE
from openrooms.server.core.ports import Storage
from openrooms.server.storage.postgres import PostgresStorage
from openrooms.server.storage.sqlite import SqliteStorage

BAR = 0.5
"""The least ratio of speed: an index that is 100 times as large is a level deeper, and fewer pages are cached."""

BENCH = ResourceId("bench")
_DAYS = 200
_CALLS = 20
_CREATES = 2000
_SQLITE = "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})"
_POSTGRES = "WITH numbers (n) AS (SELECT generate_series(0, {last}::bigint))"
_FILL = (
    """
    INSERT INTO rooms (resource, id, created_at, valid_from, valid_until, pstn_dial_out_enabled, document,
        document_form, title, words)
    {numbers}
    SELECT 'bench', CAST(99400000000000000 + n AS TEXT), {start} + n, {start} + n * {gap},
        {start} + n * {gap} + {length}, false, '{document}', 2, 'Check-up',
        'check doctor' || (n % 50) || ' patient' || n || 'x up' FROM numbers
    """,
    """
    INSERT INTO rosters (resource, room_created_at, room_id, raw_id, position, role, display_name)
    {numbers}
    SELECT 'bench', {start} + n, CAST(99400000000000000 + n AS TEXT), 'p' || place, place, 'Attendee',
        CASE place WHEN 1 THEN 'Doctor' || (n % 50) ELSE 'Patient' || n || 'x' END
    FROM numbers, (SELECT 1 AS place UNION ALL SELECT 2) AS places
    """,
    """
    INSERT INTO room_words (resource, word, room_id)
    {numbers}
    SELECT 'bench', CAST(word AS {bytes}), CAST(99400000000000000 + n AS TEXT)
    FROM (
        SELECT n, 'check' AS word FROM numbers UNION ALL SELECT n, 'up' FROM numbers
        UNION ALL SELECT n, 'doctor' || (n % 50) FROM numbers
        UNION ALL SELECT n, 'patient' || n || 'x' FROM numbers
    ) AS pairs
    """,
)


def statements(rooms: int, numbers: str, of_bytes: str) -> list[str]:
    """Return the statements that add so many rooms."""
    values = {
        "start": real_time() - _DAYS * DAY // 2,
        "gap": _DAYS * DAY // rooms,
        "length": 30 * MINUTE,
        "document": "x" * 200,
        "bytes": of_bytes,
        "numbers": numbers.format(last=rooms - 1),
    }
    return [text.format(**values) for text in _FILL]


async def sqlite(path: Path, rooms: int) -> Storage:
    """Return the storage of a new file with so many rooms."""
    await (await SqliteStorage.open(path)).close()
    connection = apsw.Connection(str(path))
    connection.execute("BEGIN")
    for statement in statements(rooms, _SQLITE, "BLOB"):
        connection.execute(statement)
    connection.execute("COMMIT; ANALYZE")
    connection.close()
    return await SqliteStorage.open(path)


async def postgres(cluster: Cluster, rooms: int) -> Storage:
    """Return the storage of a new database with so many rooms."""
    url = cluster.create_database()
    await (await PostgresStorage.open(url)).close()
    for statement in statements(rooms, _POSTGRES, "BYTEA"):
        await asyncio.to_thread(cluster.sql, statement, url.rpartition("/")[2])
    await asyncio.to_thread(cluster.sql, "VACUUM ANALYZE", url.rpartition("/")[2])
    return await PostgresStorage.open(url)


def filters() -> dict[str, RoomFilter]:
    """Return what is asked for; each fills a page of both databases, but for the search of one patient."""
    now = real_time()
    return {
        "a week from now on": RoomFilter(begin=now, end=Moment(now + 7 * DAY)),
        "upcoming": RoomFilter(RoomState.UPCOMING),
        "ended, in the past month": RoomFilter(RoomState.ENDED, Moment(now - 30 * DAY)),
        "search for one patient": RoomFilter(terms=words.terms("patient4321x")),
        "search for a word of all": RoomFilter(terms=words.terms("check")),
        "search for a doctor, 1 of 50, from now on": RoomFilter(begin=now, terms=words.terms("doctor17")),
    }


async def seconds(storage: Storage, wanted: RoomFilter) -> float:
    """Return the time of a page."""
    now = real_time()
    started = time.perf_counter()
    for _ in range(_CALLS):
        await storage.list_visits(BENCH, wanted, None, now, now, PAGE)
    return (time.perf_counter() - started) / _CALLS


async def compare(name: str, few: Storage, many: Storage, rounds: int) -> list[tuple[str, ...]]:
    """Return a row for each filter."""
    rows = []
    for page, wanted in filters().items():
        times = [(await seconds(few, wanted), await seconds(many, wanted)) for _ in range(rounds)]
        ratio = statistics.median(a / b for a, b in times)
        small, large = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
        verdict = "met" if ratio >= BAR else "not met"
        row = (f"{name}: {page}", f"{large:.2f} ms, {small:.2f} with few", f"{ratio:.2f}", f"≥ {BAR}", verdict)
        print(*row, sep="  ", flush=True)
        rows.append(row)
    return rows


async def cost(create: Callable[[Room], Awaitable[object]], title: str) -> float:
    """Return the processor time of a create in µs."""
    random, now = Random(time.perf_counter_ns()), real_time()
    rooms = [
        Room(room_id(random.randrange(ROOM_IDS)), now, now, Moment(now + DAY), options=VisitOptions(title))
        for _ in range(_CREATES)
    ]
    started = time.process_time()
    await asyncio.gather(*map(create, rooms))
    return (time.process_time() - started) / _CREATES * 1e6


async def writes(folder: Path, rounds: int) -> list[tuple[str, ...]]:
    """Return a row for what the indexes add to creating rooms in SQLite."""

    def plain(storage: Storage) -> Callable[[Room], Awaitable[object]]:
        roster = [Participant(RawId(f"8:acs:{n}"), ParticipantRole.ATTENDEE) for n in range(2)]
        return lambda room: storage.create_room(BENCH, room, roster, None)

    def named(storage: Storage) -> Callable[[Room], Awaitable[object]]:
        names = ("Dr Ada Okafor", "Bo Chen")
        roster = [Participant(RawId(f"8:acs:{n}"), ParticipantRole.ATTENDEE, name) for n, name in enumerate(names)]
        return lambda room: storage.create_room(BENCH, room, roster, None)

    with_index = await sqlite(folder / "with.db", 10_000)
    await (await sqlite(folder / "without.db", 10_000)).close()
    connection = apsw.Connection(str(folder / "without.db"))
    connection.execute("DROP INDEX rooms_by_time; DROP INDEX rooms_without_words")
    connection.close()
    without = await SqliteStorage.open(folder / "without.db")
    for storage in (without, with_index):
        # The first creates are slower.
        await cost(plain(storage), "")
    times = [
        (await cost(plain(without), ""), await cost(plain(with_index), ""), await cost(named(with_index), "Follow-up"))
        for _ in range(rounds)
    ]
    await with_index.close()
    await without.close()
    bare, indexed, visit = (statistics.median(column) for column in zip(*times, strict=True))
    index, naming = (statistics.median(ratios) for ratios in zip(*[(a / b, b / c) for a, b, c in times], strict=True))
    plain_rooms = "SQLite: create a plain room, without the list's indexes / with them"
    visits = "SQLite: create a plain room / with a title, two names and their words"
    return [
        (plain_rooms, f"{bare:.0f} / {indexed:.0f} µs", f"{index:.2f}", "", ""),
        (visits, f"{indexed:.0f} / {visit:.0f} µs", f"{naming:.2f}", "", ""),
    ]


async def measure(arguments: argparse.Namespace) -> Sequence[tuple[str, ...]]:
    """Return the rows of the table."""
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pairs = [("SQLite", [await sqlite(folder / f"{n}.db", n) for n in (arguments.few, arguments.many)])]
        if not arguments.no_postgres:
            cluster = stack.enter_context(Cluster())
            pairs.append(("PostgreSQL", [await postgres(cluster, n) for n in (arguments.few, arguments.many)]))
        for name, (few, many) in pairs:
            rows += await compare(name, few, many, arguments.rounds)
            await few.close()
            await many.close()
        return [*rows, *await writes(folder, arguments.rounds)]


def main() -> None:
    """Measure, print and write the section."""
    options = argparse.ArgumentParser()
    options.add_argument("--few", type=int, default=10_000)
    options.add_argument("--many", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--no-postgres", action="store_true")
    arguments = options.parse_args()
    rows = asyncio.run(measure(arguments))
    text = (
        f"`python -m bench.listing`, {arguments.rounds} rounds, medians; pages of at most {PAGE} rooms among "
        f"{arguments.many:,} and among {arguments.few:,}, without HTTP. A ratio is the speed with many rooms for that "
        f"with few, or the processor time of one create for that of the other. {report.machine()}.\n\n"
        + report.table(("what", "time of a page, or of a create", "ratio", "bar", ""), rows)
    )
    report.write("List of visits", text)
    print(text)


if __name__ == "__main__":
    main()
