"""What only SQLite does: one service for a file, full disks, kill -9, shared commits, the write-ahead log, plans."""

import asyncio
import json
import os
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import apsw
import msgspec
import pytest

from openrooms.domain.errors import RoomNotFound, StorageFull, Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import DAY, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId, room_id
from openrooms.domain.roster import Participant, RawId, RosterChange
from openrooms.server.core.ports import CannotOpenStorage, Once, RoomKey, RosterKey
from openrooms.server.storage import sqlite
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.server.storage.statements import Statement, queries

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
NOW = Moment(17_564_273_885_964_328)


def a_room(number: int) -> Room:
    return Room(room_id(number), Moment(NOW + number), NOW, Moment(NOW + DAY))


def people(count: int) -> tuple[Participant, ...]:
    return tuple(
        Participant(RawId(f"8:acs:{CONTOSO}_{number:08x}-0000-4000-8000-000000000000"), ParticipantRole.ATTENDEE)
        for number in range(count)
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rooms.db"


@pytest.fixture
async def storage(path: Path) -> AsyncIterator[SqliteStorage]:
    async with opened(path) as storage:
        yield storage


@asynccontextmanager
async def opened(path: Path, *, migrate: bool = True, exclusive: bool = True) -> AsyncIterator[SqliteStorage]:
    storage = await SqliteStorage.open(path, migrate=migrate, exclusive=exclusive)
    try:
        yield storage
    finally:
        await storage.close()


def write_no_database(path: Path) -> None:
    path.write_text("not a database, but long enough to be taken for one" * 20)


def database_size(path: Path) -> int:
    return path.stat().st_size


def log_size(path: Path) -> int:
    return Path(f"{path}-wal").stat().st_size


@contextmanager
def every_connection(prepare: Callable[[apsw.Connection], None]) -> Iterator[None]:
    """Call `prepare` with each connection that is made meanwhile."""
    apsw.connection_hooks.append(prepare)
    try:
        yield
    finally:
        apsw.connection_hooks.remove(prepare)


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Let every write of this process beyond a length fail, as a broken disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestOpening:
    async def test_a_second_service_on_the_file_is_refused(self, storage: SqliteStorage, path: Path) -> None:
        with pytest.raises(CannotOpenStorage, match=r"rooms\.db is in use by another openrooms service"):
            await SqliteStorage.open(path)

    async def test_the_file_is_free_again_after_closing(self, path: Path) -> None:
        for _ in range(2):
            async with opened(path) as storage:
                await storage.check()

    async def test_an_administrator_works_beside_the_service(self, storage: SqliteStorage, path: Path) -> None:
        async with opened(path, exclusive=False) as administrator:
            await asyncio.gather(
                *(
                    writer.create_room(CONTOSO, a_room(2 * number + odd), (), None)
                    for number in range(50)
                    for odd, writer in enumerate((storage, administrator))
                )
            )
        page = await storage.list_rooms(CONTOSO, None, 200)
        assert len(msgspec.json.decode(f"[{page.documents}]")) == 100

    async def test_only_the_owner_can_read_the_files(self, storage: SqliteStorage, path: Path) -> None:
        await storage.check()
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == dict.fromkeys(["rooms.db", "rooms.db-wal", "rooms.db-shm", "rooms.db.lock"], 0o600)

    async def test_a_version_behind_asks_to_migrate(self, path: Path) -> None:
        with pytest.raises(CannotOpenStorage, match="run `openrooms migrate`"):
            await SqliteStorage.open(path, migrate=False)
        async with opened(path), opened(path, migrate=False, exclusive=False) as storage:
            await storage.check()

    @pytest.mark.parametrize("place", ["text", "text/rooms.db", "folder"])
    async def test_what_cannot_be_a_database_is_named(self, tmp_path: Path, place: str) -> None:
        write_no_database(tmp_path / "text")
        (tmp_path / "folder").mkdir()
        with pytest.raises(CannotOpenStorage, match=f"{place} cannot be opened as a database"):
            await SqliteStorage.open(tmp_path / place)

    async def test_a_refused_file_is_not_kept_locked(self, path: Path) -> None:
        write_no_database(path)
        with pytest.raises(CannotOpenStorage, match="cannot be opened"):
            await SqliteStorage.open(path)
        path.unlink()  # noqa: ASYNC240 - a test's own file
        async with opened(path) as storage:
            await storage.check()


@asynccontextmanager
async def counted(path: Path) -> AsyncIterator[tuple[SqliteStorage, list[int]]]:
    """Open the storage, with a list that grows with each commit."""
    commits: list[int] = []

    def count(connection: apsw.Connection) -> None:
        connection.set_commit_hook(lambda: commits.append(1) or 0)

    with every_connection(count):
        storage = await SqliteStorage.open(path)
    commits.clear()
    try:
        yield storage, commits
    finally:
        await storage.close()


class TestCommits:
    async def test_writes_that_wait_share_a_commit(self, path: Path) -> None:
        async with counted(path) as (storage, commits):
            await asyncio.gather(*(storage.create_room(CONTOSO, a_room(number), (), None) for number in range(400)))
            assert 1 <= len(commits) <= 40

    async def test_writes_that_follow_each_other_closely_share_a_commit(self, path: Path) -> None:
        async with counted(path) as (storage, commits):
            creates: list[asyncio.Future[object]] = []
            limit = time.monotonic() + 20
            while len(creates) < 100 or not creates[0].done():
                assert time.monotonic() < limit, "the first waits for all that come after it"
                creates.append(asyncio.ensure_future(storage.create_room(CONTOSO, a_room(len(creates)), (), None)))
                await asyncio.sleep(0)
                # The writer's thread could have committed by now.
                time.sleep(0.002)  # noqa: ASYNC251
            await asyncio.gather(*creates)
            assert 1 <= len(commits) <= len(creates) // 32 + 1

    async def test_a_write_is_read_at_once_during_many_reads(self, storage: SqliteStorage) -> None:
        first = a_room(0)
        await storage.create_room(CONTOSO, first, (), None)

        async def read() -> None:
            while True:
                await storage.get_room(CONTOSO, first.id)
                await asyncio.sleep(0)

        readers = [asyncio.ensure_future(read()) for _ in range(5)]
        for number in range(1, 200):
            room = a_room(number)
            await storage.create_room(CONTOSO, room, (), None)
            assert await storage.get_room(CONTOSO, room.id) == room
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)

    async def test_a_full_disk_refuses_writes_answers_reads_and_heals(self, path: Path) -> None:
        connections: list[apsw.Connection] = []
        with every_connection(connections.append):
            storage = await SqliteStorage.open(path)
        kept = a_room(0)
        await storage.create_room(CONTOSO, kept, people(3), None)
        for connection in connections:
            with suppress(apsw.ConnectionClosedError):
                connection.pragma("max_page_count", 1)
        with pytest.raises(StorageFull):
            await storage.create_room(CONTOSO, a_room(1), people(500), None)
        named = [participant.raw_id for participant in people(500)]
        with pytest.raises(StorageFull):
            await storage.change_roster(CONTOSO, kept.id, named, lambda _: RosterChange(put=people(500)))
        assert await storage.get_room(CONTOSO, kept.id) == kept
        assert len((await storage.list_roster(CONTOSO, kept.id, None, 100)).participants) == 3
        for connection in connections:
            with suppress(apsw.ConnectionClosedError):
                connection.pragma("max_page_count", 1_000_000)
        await storage.create_room(CONTOSO, a_room(1), people(500), None)
        await storage.close()

    async def test_a_broken_disk_is_unavailable_until_it_works_again(self, storage: SqliteStorage, path: Path) -> None:
        kept = a_room(0)
        await storage.create_room(CONTOSO, kept, (), None)
        with no_file_longer_than(log_size(path)):
            outcomes = await asyncio.gather(
                *(storage.create_room(CONTOSO, a_room(number), people(100), None) for number in range(1, 9)),
                storage.check(),
                return_exceptions=True,
            )
            assert {type(outcome) for outcome in outcomes} == {Unavailable}
            assert await storage.get_room(CONTOSO, kept.id) == kept
        await storage.check()
        for number in range(1, 9):
            await storage.create_room(CONTOSO, a_room(number), people(100), None)

    async def test_a_failed_rollback_affects_only_its_batch(self, path: Path) -> None:
        failing = [True]

        def trace(_cursor: apsw.Cursor, sql: str, _values: object) -> bool:
            # A statement that is not let through raises within the writer.
            return not (failing and sql.startswith("ROLLBACK"))

        with every_connection(lambda connection: setattr(connection, "exec_trace", trace)):
            async with opened(path) as storage:
                await storage.create_room(CONTOSO, a_room(0), (), None)
                # The second one has kept its request id when it finds the room taken, so that the batch is rolled back.
                creates = [storage.create_room(CONTOSO, a_room(n), (), Once(str(n), b"")) for n in (1, 0)]
                async with asyncio.timeout(10):
                    outcomes = await asyncio.gather(*creates, return_exceptions=True)
                    assert {type(outcome) for outcome in outcomes} == {Unavailable}
                    failing.clear()
                    await storage.create_room(CONTOSO, a_room(1), (), Once("1", b""))

    async def test_no_request_waits_for_an_ended_writer(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        async with opened(path) as storage:

            def fail(_: object) -> None:
                raise RuntimeError("a fault for the test")

            monkeypatch.setattr(storage._writer, "_commit", fail)
            async with asyncio.timeout(10):
                creates = [storage.create_room(CONTOSO, a_room(number), (), None) for number in range(100)]
                outcomes = await asyncio.gather(*creates, return_exceptions=True)
                assert {type(outcome) for outcome in outcomes} == {Unavailable}
                with pytest.raises(RuntimeError, match="a fault for the test"):
                    await storage.wait_until_broken()
                with pytest.raises(Unavailable):
                    await storage.create_room(CONTOSO, a_room(1), (), None)

    async def test_a_closed_storage_is_unavailable(self, storage: SqliteStorage) -> None:
        await storage.close()
        with pytest.raises(Unavailable):
            await storage.check()
        with pytest.raises(Unavailable):
            await storage.get_room(CONTOSO, RoomId("99400000000000000"))

    async def test_the_log_stays_short_under_steady_writes_and_reads(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite, "_LOG_PAGES", 100)
        async with opened(path) as storage:
            for start in range(0, 4000, 40):
                rooms = [a_room(number) for number in range(start, start + 40)]
                await asyncio.gather(*(storage.create_room(CONTOSO, room, people(2), None) for room in rooms))
                await asyncio.gather(*(storage.get_room(CONTOSO, room.id) for room in rooms))
            assert log_size(path) < database_size(path) / 2


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Path]:
    """Give a folder on a separate file system with so much space."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a small file system")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


async def change_roles(storage: SqliteStorage, room: RoomId, participants: tuple[Participant, ...], times: int) -> None:
    """Give people another role so many times; what stays as it is would not be written."""
    for number in range(times):
        role = (ParticipantRole.PRESENTER, ParticipantRole.CONSUMER)[number % 2]
        change = RosterChange(put=tuple(Participant(participant.raw_id, role) for participant in participants))
        named = [participant.raw_id for participant in participants]
        await storage.change_roster(CONTOSO, room, named, lambda _, change=change: change)


class TestSmallDisk:
    async def test_the_log_does_not_fill_a_disk_that_its_copy_fits_on(self, tmp_path: Path) -> None:
        """Eight times as much goes through the log as the disk holds, and two thirds of the disk is free at the end."""
        with small_disk(tmp_path / "disk", 12) as disk:
            async with opened(disk / "rooms.db") as storage:
                room = a_room(0)
                await storage.create_room(CONTOSO, room, people(100), None)
                await change_roles(storage, room.id, people(100), 1500)
                assert shutil.disk_usage(disk).free > 8 * 2**20

    @pytest.mark.parametrize("late", [0, 0.1], ids=["in time", "late"])
    async def test_a_disk_is_used_completely(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: float
    ) -> None:
        """Even if the thread that copies the log gets its turn late, as on a busy machine."""
        copy = sqlite._Checkpointer._copy_most

        def copy_late(checkpointer: sqlite._Checkpointer) -> None:
            time.sleep(late)
            copy(checkpointer)

        monkeypatch.setattr(sqlite._Checkpointer, "_copy_most", copy_late)
        with small_disk(tmp_path / "disk", 12) as disk:
            async with opened(disk / "rooms.db") as storage:

                async def fill() -> None:
                    for number in range(1_000_000):
                        await storage.create_room(CONTOSO, a_room(number), people(20), None)

                with pytest.raises(StorageFull):
                    await fill()
                assert database_size(disk / "rooms.db") > 8 * 2**20

    async def test_the_log_makes_room_on_a_disk_that_others_have_filled(self, tmp_path: Path) -> None:
        room = a_room(0)
        with small_disk(tmp_path / "disk", 12) as disk:
            async with opened(disk / "rooms.db") as storage:
                await storage.create_room(CONTOSO, room, people(100), None)
            async with opened(disk / "rooms.db") as storage:
                await change_roles(storage, room.id, people(100), 10)
                with suppress(OSError), (disk / "others").open("wb", buffering=0) as others:
                    while True:
                        others.write(bytes(4096))
                await change_roles(storage, room.id, people(1), 200)


_WRITER = """
import asyncio, json, sys
from pathlib import Path
from openrooms.domain.rooms import Room, room_id
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.roster import Participant
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.wire.models import render_room

path, resource, start = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

async def main():
    storage = await SqliteStorage.open(path)

    async def create(worker):
        for number in range(start + worker, sys.maxsize, 16):
            room = Room(room_id(number), number, number, number + 1)
            roster = [Participant(f"8:acs:{number}_{place}", ParticipantRole.PRESENTER) for place in range(3)]
            document = (await storage.create_room(resource, room, roster, None)).document
            print(document, flush=True)

    await asyncio.gather(*(create(worker) for worker in range(16)))

asyncio.run(main())
"""


def write_until_killed(path: Path, start: int) -> list[str]:
    """The documents of rooms that another process had been told are kept."""
    command = [sys.executable, "-c", _WRITER, str(path), CONTOSO, str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        answered = [next(writer.stdout) for _ in range(300)]
        writer.send_signal(signal.SIGKILL)
        return [line.strip() for line in (*answered, *writer.stdout) if line.endswith("\n")]


async def test_kill_loses_no_answered_write(path: Path) -> None:
    answered = [document for again in range(3) for document in write_until_killed(path, again * 1_000_000)]
    async with opened(path) as storage:
        for document in answered:
            room = RoomId(json.loads(document)["id"])
            assert await storage.get_room_document(CONTOSO, room) == document
        page = await storage.list_rooms(CONTOSO, None, sys.maxsize - 1)
        for room in json.loads(f"[{page.documents}]"):
            assert len((await storage.list_roster(CONTOSO, room["id"], None, 10)).participants) == 3
        assert len(answered) >= 900


# Indexes of the rows that last, or of those that have yet to be done, which are few.
_PARTIAL = re.compile(r"INDEX (\w+_lasting|calls_with_people|places_waiting|rooms_without_words|dial_outs_live) ")
_WHOLE_RESOURCE = {
    # The first or last in the order of an index.
    *("add_event", "add_first_event", "get_last_event", "list_oldest_events", "find_room", "find_user"),
    # At most a few hundred.
    *("list_operator_tokens", "purge_operator_tokens", "list_key_uses", "count_subscriptions", "list_subscriptions"),
    # Those that have not ended.
    "list_erasures",
    # Of a resource that may call only so many telephones a day.
    "measure_dial_outs",
}
_SMALL = {"resources", "signing_keys", "leases", "migrations"}
_TABLE = re.compile(r"(?:FROM|JOIN|UPDATE|INTO) (\w+)")


@pytest.mark.parametrize(
    "statement",
    [statement for statement in queries if set(_TABLE.findall(statement.text)) - _SMALL],
    ids=lambda statement: statement.name,
)
async def test_no_statement_reads_a_table_completely(storage: SqliteStorage, path: Path, statement: Statement) -> None:
    connection = apsw.Connection(str(path))
    text = f"EXPLAIN QUERY PLAN {statement.text.removesuffix('FOR UPDATE')}"
    plan = [row[3] for row in connection.execute(text, dict.fromkeys(statement.parameters, 0))]
    connection.close()
    # A row of no table, for the standing's joins to hang on; rows of subqueries, which were searched for.
    searched = ("page", "ends", "counted", "people", "invited", "waited", "called", "in_use")
    found = {"SCAN CONSTANT ROW", "SCAN asked", *(f"SCAN {rows}" for rows in searched)}
    assert [line for line in plan if line.startswith("SCAN") and line not in found] == []
    assert [line for line in plan if "AUTOMATIC" in line] == []
    # Those that remove or export a resource read all of it; the others by design, in order, or few rows.
    reads_all = statement.name.startswith(("remove_", "list_all_")) or statement.name in _WHOLE_RESOURCE
    whole = [line for line in plan if line.endswith("(resource=?)") and not _PARTIAL.search(line)]
    assert reads_all or whole == []
    # A roster is at most 10,000 long and lies together, and an export of a development service reads everything;
    # everything else comes in the order of an index.
    # So few people wait for a call, so few links of a participant work, and so short is a page of rooms to sweep, that
    # sorting them costs nothing.
    sorted_here = statement.name in {
        *("list_roster", "list_all_participants", "count_people_at_door", "list_links"),
        *("list_first_participants", "list_names", "list_rooms_in_use", "list_subscriptions"),
        # So few rooms open or close within seconds.
        *("list_opened", "list_closed"),
    }
    assert sorted_here or [line for line in plan if "TEMP B-TREE" in line] == []


async def test_every_index_is_read(storage: SqliteStorage, path: Path) -> None:
    """An index that no statement reads only makes writes slower."""
    connection = apsw.Connection(str(path))
    made = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql <> ''")}
    for statement in queries:
        text = f"EXPLAIN QUERY PLAN {statement.text.removesuffix('FOR UPDATE')}"
        for *_, line in connection.execute(text, dict.fromkeys(statement.parameters, 0)):
            made.difference_update(re.findall(r"INDEX (\w+)", str(line)))
    connection.close()
    # PostgreSQL counts and lists deliveries by these; SQLite does so by the primary key.
    assert made == {"deliveries_waiting", "dead_letters"}


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        (queries.list_rooms_of_span, "(valid_from,id)>(?,?) AND valid_from<?"),
        (queries.list_rooms_of_span_back, "valid_from>? AND (valid_from,id)<(?,?)"),
    ],
    ids=["oldest first", "newest first"],
)
async def test_a_list_begins_at_its_place_in_each_span(
    storage: SqliteStorage, path: Path, statement: Statement, place: str
) -> None:
    connection = apsw.Connection(str(path))
    [(*_, plan)] = connection.execute(
        f"EXPLAIN QUERY PLAN {statement.text}", dict.fromkeys(statement.parameters, 0)
    ).fetchall()
    connection.close()
    assert plan == f"SEARCH rooms USING INDEX rooms_by_time (resource=? AND <expr>=? AND {place})"


async def test_no_read_is_compiled_again_for_other_values(path: Path) -> None:
    compiled: list[int] = []

    def note(action: int, *_: str | None) -> int:
        compiled.append(action)
        return apsw.SQLITE_OK

    def watch(connection: apsw.Connection) -> None:
        # SQLite asks for permission while it compiles a statement, and at no other time.
        connection.authorizer = note

    with every_connection(watch):
        storage = await SqliteStorage.open(path)
    try:
        reads = [
            lambda number: storage.get_standing(CONTOSO, room_id(number), f"8:acs:{number}"),
            lambda number: storage.list_rooms(CONTOSO, RoomKey(Moment(number), room_id(number)), 10 + number),
            lambda number: storage.list_roster(CONTOSO, room_id(number), RosterKey(number), 10 + number),
        ]
        for read in reads:
            for number in range(3):
                with suppress(RoomNotFound):
                    await read(number)
                if number == 0:
                    compiled.clear()
            assert compiled == []
    finally:
        await storage.close()
