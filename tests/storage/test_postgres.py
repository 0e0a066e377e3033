"""What only PostgreSQL does: many processes, lost connections, poolers, failover, plans."""

import asyncio
import datetime as dt
import json
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.support.patience import patient
from tests.support.pgbouncer import pgbouncer
from tests.support.postgres import Cluster
from tests.support.proxy import Proxy

from openrooms.domain.calls import CallId
from openrooms.domain.errors import IdentityNotOwned, RoomNotFound, Unavailable
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import DAY, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId, room_id
from openrooms.domain.roster import Participant, RawId, RosterChange
from openrooms.domain.waiting import LobbyChange, Place, PlaceState
from openrooms.server.core.ports import RECONNECTED, CannotOpenStorage, Once, Resource, Storage
from openrooms.server.process.tls import Authority
from openrooms.server.storage import migrations, pgserver
from openrooms.server.storage.batches import TEXTS, Connection
from openrooms.server.storage.migrations import Migration
from openrooms.server.storage.pgserver import Server
from openrooms.server.storage.postgres import PostgresStorage
from openrooms.server.storage.statements import Statement, queries

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
NOW = Moment(17_564_273_885_964_328)


_TABLES = ("rooms", "room_words", "rosters", "tombstones", "repeats", "users", "teams_assignments")
_GROWING = re.compile(rf"(FROM|JOIN|UPDATE) ({'|'.join(_TABLES)})\b")
_VALUES = {
    **dict.fromkeys(("created_at", "valid_from", "valid_until", "before", "deleted_at"), "400"),
    **dict.fromkeys(("limit", "position", "revocations", "most"), "20"),
    **dict.fromkeys(("ends_after", "ends_by"), "400"),
    "span": "0",
    "pstn_dial_out_enabled": "true",
}
_MANY_ROWS = """
    INSERT INTO rooms
    SELECT 'contoso', '994' || lpad(n::text, 14, '0'), n, n, n, false, repeat('x', 200)
    FROM generate_series(1, 20000) AS n;
    INSERT INTO rosters
    SELECT 'contoso', n, '994' || lpad(n::text, 14, '0'), 'person' || m, m, 'Attendee'
    FROM generate_series(1, 20000) AS n, generate_series(1, 3) AS m;
    INSERT INTO tombstones SELECT 'contoso', '995' || n, n FROM generate_series(1, 20000) AS n;
    INSERT INTO repeats SELECT 'contoso', n::text, '', repeat('x', 200), n FROM generate_series(1, 20000) AS n;
    INSERT INTO users SELECT 'contoso', n::text, n, 0, NULL FROM generate_series(1, 20000) AS n;
    INSERT INTO teams_assignments SELECT 'contoso', 'tenant', n::text, 'user' FROM generate_series(1, 20000) AS n;
    INSERT INTO rooms SELECT 'fabrikam', id, created_at, valid_from, valid_until, false, document FROM rooms LIMIT 5;
    INSERT INTO room_words
    SELECT 'contoso', ('word' || n)::bytea, '994' || lpad(n::text, 14, '0') FROM generate_series(1, 20000) AS n;
    ANALYZE
"""


def a_room(number: int) -> Room:
    return Room(room_id(number), Moment(NOW + number), NOW, Moment(NOW + DAY))


def person(number: int) -> RawId:
    return RawId(f"8:acs:{CONTOSO}_{number:08x}-0000-4000-8000-000000000000")


def longer(room: Room) -> Room:
    return Room(room.id, room.created_at, room.valid_from, Moment(room.valid_until + 1))


async def fill(storage: Storage, count: int) -> list[RoomId]:
    rooms = [a_room(number) for number in range(count)]
    await asyncio.gather(*(storage.create_room(CONTOSO, room, (), None) for room in rooms))
    return [room.id for room in rooms]


async def until(works: Callable[[], Awaitable[object]], seconds: float = 15) -> None:
    """Retry until the storage is available; raise `TimeoutError`."""
    async with asyncio.timeout(patient(seconds)):
        while True:
            try:
                await works()
            except Unavailable:
                await asyncio.sleep(0.05)
            else:
                return


async def timed(work: Awaitable[object]) -> float:
    """Return the seconds after which the work was refused."""
    started = time.monotonic()
    with pytest.raises(Unavailable):
        await work
    return time.monotonic() - started


@asynccontextmanager
async def opened(url: str, **options: int) -> AsyncIterator[PostgresStorage]:
    storage = await PostgresStorage.open(url, **options)
    yield storage
    await storage.close()


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A cluster that the test may stop."""
    with Cluster() as cluster:
        yield cluster


class TestTogether:
    async def test_batches_of_many_processes_do_not_deadlock(self, url: str, postgres_cluster: Cluster) -> None:
        async with opened(url) as first, opened(url) as second:
            rooms = await fill(first, 40)
            tasks: list[Awaitable[object]] = []
            for round_ in range(10):
                for storage in (first, second):
                    for room in random.sample(rooms, 30):
                        change = RosterChange((Participant(person(round_), ParticipantRole.CONSUMER),))
                        tasks.append(storage.change_room(CONTOSO, room, longer))
                        tasks.append(
                            storage.change_roster(CONTOSO, room, [person(round_)], lambda _, change=change: change)
                        )
            await asyncio.gather(*tasks)
            kept = [await second.get_room(CONTOSO, room) for room in rooms]
        assert sum(room.valid_until - NOW - DAY for room in kept) == 10 * 2 * 30
        name = url.rpartition("/")[2]
        assert postgres_cluster.sql(f"SELECT deadlocks FROM pg_stat_database WHERE datname = '{name}'") == "0"

    async def test_a_failure_after_a_write_does_not_affect_its_batch(self, url: str) -> None:
        async with opened(url, connections=3) as storage:
            taken = a_room(1)
            await storage.create_room(CONTOSO, taken, (), None)
            creates = [
                storage.create_room(CONTOSO, taken if number == 5 else a_room(number), (), Once(f"id {number}", b"x"))
                for number in range(2, 12)
            ]
            results = await asyncio.gather(*creates, return_exceptions=True)
            assert [type(result).__name__ for result in results].count("RoomIdTaken") == 1
            # What it had written before is gone, too: the same request id may make a room now.
            assert (await storage.create_room(CONTOSO, a_room(5), (), Once("id 5", b"x"))).id == a_room(5).id
            assert len((await storage.list_rooms(CONTOSO, None, 100)).documents.split("},{")) == 11

    async def test_notifications_reach_other_processes(self, url: str) -> None:
        async with opened(url) as first, opened(url) as second:
            heard: asyncio.Queue[str] = asyncio.Queue()
            second.listen(heard.put_nowait)

            async def told() -> str:
                while True:
                    first.notify("room 1")
                    try:
                        heard_now = await asyncio.wait_for(heard.get(), 0.2)
                    except TimeoutError:
                        continue
                    # A process hears that its connection begins.
                    if heard_now != RECONNECTED:
                        return heard_now

            async with asyncio.timeout(10):
                assert await told() == "room 1"
            first.notify("room 2")
            async with asyncio.timeout(10):
                while await heard.get() != "room 2":
                    pass

    async def test_a_process_takes_no_more_connections_than_it_may(self, url: str, postgres_cluster: Cluster) -> None:
        async with opened(url, connections=5) as storage:
            await fill(storage, 300)
            name = url.rpartition("/")[2]
            count = postgres_cluster.sql(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'")
        assert int(count) <= 5

    @pytest.mark.parametrize("part", ["_readers", "_writers", "_notifications"])
    async def test_a_task_that_ends_unexpectedly_is_reported(self, url: str, part: str) -> None:
        async with opened(url) as storage:
            broken = asyncio.create_task(storage.wait_until_broken())
            await storage.check()
            assert not broken.done()
            getattr(storage, part).tasks[0].cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(broken, 10)

    async def test_too_few_connections_are_refused(self, url: str) -> None:
        with pytest.raises(CannotOpenStorage, match="at least 3"):
            await PostgresStorage.open(url, connections=2)


class TestHostileText:
    @pytest.mark.parametrize("text", ["a\0b", "\ud800", "8:acs:\udfff\0"])
    async def test_text_that_the_database_cannot_hold_is_not_found(self, url: str, text: str) -> None:
        async with opened(url) as storage:
            with pytest.raises(IdentityNotOwned):
                await storage.get_user(CONTOSO, text)
            with pytest.raises(RoomNotFound):
                await storage.get_room(CONTOSO, RoomId(text))
            with pytest.raises(RoomNotFound):
                await storage.delete_room(CONTOSO, RoomId(text), NOW)

    async def test_such_text_does_not_affect_its_batch(self, url: str) -> None:
        async with opened(url, connections=3) as storage:
            users = [User(person(number), NOW) for number in range(20)]
            await asyncio.gather(*(storage.create_user(CONTOSO, user) for user in users))
            raw_ids = [user.raw_id for user in users] + ["\0", "\ud800"]
            answers = await asyncio.gather(
                *(storage.get_user(CONTOSO, raw_id) for raw_id in raw_ids), return_exceptions=True
            )
        assert answers[:20] == users
        assert [type(answer) for answer in answers[20:]] == [IdentityNotOwned] * 2


class TestAway:
    async def test_requests_wait_less_than_two_seconds_and_recover(self, own_cluster: Cluster) -> None:
        async with opened(own_cluster.create_database()) as storage:
            [room] = await fill(storage, 1)
            await asyncio.to_thread(own_cluster.crash)
            waits = [
                await timed(storage.get_room(CONTOSO, room)),
                await timed(storage.change_room(CONTOSO, room, longer)),
                await timed(storage.check()),
            ]
            assert max(waits) < 2
            # By now it is known to be away, so nothing piles up.
            assert await timed(storage.get_room(CONTOSO, room)) < 0.1
            await asyncio.to_thread(own_cluster.start)
            await until(lambda: storage.change_room(CONTOSO, room, longer))
            await storage.check()
            # Connections that read come back by themselves, too.
            await until(lambda: storage.get_room(CONTOSO, room))
            assert (await storage.get_room(CONTOSO, room)).valid_until > NOW + DAY

    async def test_a_silent_server_is_waited_for_as_long(self, url: str, postgres_cluster: Cluster) -> None:
        async with Proxy(postgres_cluster.port) as proxy:
            name = url.rpartition("/")[2]
            async with opened(postgres_cluster.url(name, proxy.port)) as storage:
                [room] = await fill(storage, 1)
                proxy.freeze()
                refused = [timed(storage.get_room(CONTOSO, room)), timed(storage.change_room(CONTOSO, room, longer))]
                assert max(await asyncio.gather(*refused)) < 2
                proxy.thaw()
                await until(lambda: storage.change_room(CONTOSO, room, longer))

    async def test_a_connection_that_cannot_be_set_up_is_not_left_open(self, url: str) -> None:
        server = Server(url, "set up in vain")
        first = await server.open()
        server._settings["no_such_setting"] = "1"
        with pytest.raises(asyncpg.UndefinedObjectError):
            await server.connect()

        async def only_the_first_is_there() -> None:
            count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'set up in vain'"
            if await first.fetchval(count) != 1:
                raise Unavailable

        await until(only_the_first_is_there)
        await first.close()

    async def test_lost_connections_lose_no_answered_write(self, url: str, postgres_cluster: Cluster) -> None:
        async with Proxy(postgres_cluster.port) as proxy:
            name = url.rpartition("/")[2]
            async with opened(postgres_cluster.url(name, proxy.port)) as storage:
                acknowledged = set()

                async def create(number: int) -> None:
                    try:
                        await storage.create_room(CONTOSO, a_room(number), (), Once(str(number), b""))
                    except Unavailable:
                        return
                    acknowledged.add(a_room(number).id)

                for cut in range(10):
                    tasks = [asyncio.create_task(create(100 * cut + number)) for number in range(100)]
                    await asyncio.sleep(random.uniform(0, 0.02))
                    proxy.cut()
                    await asyncio.gather(*tasks)
            async with opened(url) as storage:
                for room in acknowledged:
                    await storage.get_room_document(CONTOSO, room)
        assert len(acknowledged) > 500

    async def test_another_address_takes_over(self, own_cluster: Cluster) -> None:
        name = own_cluster.create_database().rpartition("/")[2]
        with own_cluster.standby() as standby:
            url = f"postgresql://postgres@127.0.0.1:{own_cluster.port},127.0.0.1:{standby.port}/{name}"
            async with opened(url) as storage:
                [room] = await fill(storage, 1)
                await asyncio.to_thread(standby.catch_up_with, own_cluster)
                await asyncio.to_thread(own_cluster.crash)
                await asyncio.to_thread(standby.promote)
                await until(lambda: storage.change_room(CONTOSO, room, longer))
                # Other connections read, which may take longer to find it.
                await until(lambda: storage.get_room(CONTOSO, room))
                assert (await storage.get_room(CONTOSO, room)).valid_until == NOW + DAY + 1


class TestLocks:
    async def test_a_held_lock_delays_no_other_request(self, url: str, caplog: pytest.LogCaptureFixture) -> None:
        async with opened(url, connections=3) as storage:
            rooms = await fill(storage, 10)
            stranger = await asyncpg.connect(url)
            await stranger.execute("BEGIN")
            await stranger.execute(f"SELECT 1 FROM rooms WHERE id = '{rooms[3]}' FOR UPDATE")
            started = time.monotonic()
            answers = await asyncio.gather(
                *(storage.change_room(CONTOSO, room, longer) for room in rooms), return_exceptions=True
            )
            assert time.monotonic() - started < patient(2)
            assert isinstance(answers[3], Unavailable)
            await stranger.execute("ROLLBACK")
            await stranger.close()
            await until(lambda: storage.change_room(CONTOSO, rooms[3], longer))
        assert any("slow query: lock_room" in record.message for record in caplog.records)

    async def test_a_removal_locks_places_in_the_order_of_their_keys(self, url: str) -> None:
        """Otherwise it could wait for a process that holds places, which waits for it."""
        first, last = people = person(1), person(2)
        async with opened(url) as storage, asyncio.TaskGroup() as tasks:
            [room] = await fill(storage, 1)
            places = tuple(Place(raw_id, PlaceState.WAITING, NOW) for raw_id in people)
            await storage.change_lobby(CallId(CONTOSO, room), people, lambda lobby, _: LobbyChange(lobby, places))
            leaving = RosterChange(remove=(last, first))
            async with locked(url, f"places WHERE raw_id = '{first}'") as watcher:
                tasks.create_task(storage.change_roster(CONTOSO, room, leaving.remove, lambda _view: leaving))
                async with asyncio.timeout(patient(10)):
                    while not await watcher.fetchval(f"SELECT count(*) {_WAITING}"):  # noqa: ASYNC110 - only the server knows
                        await asyncio.sleep(0.01)
                # The last place is still free.
                await watcher.execute(f"SELECT 1 FROM places WHERE raw_id = '{last}' FOR UPDATE NOWAIT")

    async def test_a_process_stopped_in_a_transaction_loses_its_locks(self, url: str) -> None:
        async with opened(url) as storage:
            connection = await storage._writers._connect()
            assert await connection.driver.fetchval("SHOW idle_in_transaction_session_timeout") == "5s"
            await connection.close()


_WAITING = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@asynccontextmanager
async def locked(url: str, rows: str) -> AsyncIterator[asyncpg.Connection]:
    """Hold a lock on rows, and yield a connection that shows who waits for it."""
    stranger, watcher = await asyncpg.connect(url), await asyncpg.connect(url)
    await stranger.execute("BEGIN")
    await stranger.execute(f"SELECT 1 FROM {rows} FOR UPDATE")
    try:
        yield watcher
    finally:
        await stranger.close()
        await watcher.close()


class TestCancelled:
    """Statements that the server or its administrator cancels."""

    async def _works_at_once(self, storage: PostgresStorage, start: int) -> None:
        async with asyncio.timeout(5):
            for number in range(start, start + 20):
                await storage.create_room(CONTOSO, a_room(number), (), None)
                await storage.get_room(CONTOSO, a_room(number).id)

    async def test_connection_is_usable_after_a_timeout(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(pgserver._SETTINGS, "statement_timeout", "200")
        async with opened(url, connections=3) as storage:
            [room] = await fill(storage, 1)
            async with locked(url, f"rooms WHERE id = '{room}'"):
                assert await timed(storage.change_room(CONTOSO, room, longer)) < 1.5
                await self._works_at_once(storage, 1)

    @pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend"])
    async def test_connections_are_usable_after_a_cancel(self, url: str, how: str) -> None:
        async with opened(url, connections=3) as storage:
            [room] = await fill(storage, 1)
            async with locked(url, f"rooms WHERE id = '{room}'") as watcher:
                change = asyncio.create_task(timed(storage.change_room(CONTOSO, room, longer)))

                async def end_it() -> None:
                    if await watcher.fetchval(f"SELECT count({how}(pid)) {_WAITING}") == 0:
                        raise Unavailable

                await until(end_it)
                await change
            await self._works_at_once(storage, 1)

    async def test_repeated_cancellation_spoils_no_connection(self, url: str) -> None:
        """A cancellation may reach any statement, even the one that ends a transaction."""
        acknowledged: list[RoomId] = []
        async with opened(url, connections=5) as storage:
            administrator = await asyncpg.connect(url)
            others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            numbers = iter(range(1_000_000))
            end = time.monotonic() + 3

            async def create() -> None:
                while time.monotonic() < end:
                    room = a_room(next(numbers))
                    with suppress(Unavailable):
                        await storage.create_room(CONTOSO, room, (), None)
                        acknowledged.append(room.id)

            creating = [asyncio.create_task(create()) for _ in range(32)]
            while time.monotonic() < end:
                await administrator.execute(f"SELECT pg_cancel_backend(pid) {others}")
                await asyncio.sleep(0.002)
            await asyncio.gather(*creating)
            await administrator.close()
            await self._works_at_once(storage, 1_000_000)
            for room in acknowledged:
                await storage.get_room(CONTOSO, room)

    async def test_connection_in_a_transaction_is_not_reused(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        connect = Server.connect

        async def connect_badly(server: Server) -> Connection:
            connection = await connect(server)
            connection.driver = _NeverRollsBack(connection.driver)
            return connection

        monkeypatch.setattr(Server, "connect", connect_badly)
        async with opened(url, connections=3) as storage:
            await fill(storage, 1)
            # It has kept its request id when it finds that the room is taken.
            with pytest.raises(Unavailable):
                await storage.create_room(CONTOSO, a_room(0), (), Once("first", b"x"))
            assert (await storage.create_room(CONTOSO, a_room(1), (), Once("first", b"x"))).id == a_room(1).id


class _NeverRollsBack:
    def __init__(self, driver: asyncpg.Connection) -> None:
        self._driver = driver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    async def execute(self, text: str) -> str:
        if text == "ROLLBACK":
            raise asyncpg.QueryCanceledError("for the test")
        return await self._driver.execute(text)


class TestPurge:
    async def test_nobody_waits_for_a_large_purge(self, url: str, postgres_cluster: Cluster) -> None:
        async with opened(url) as storage:
            name = url.rpartition("/")[2]
            await storage.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5"))
            rooms = await fill(storage, 10)
            postgres_cluster.sql(
                f"""
                INSERT INTO rooms SELECT '{CONTOSO}', '995' || n, n, n, n, false, '' FROM generate_series(1, 3000) AS n;
                INSERT INTO rosters SELECT '{CONTOSO}', n, '995' || n, 'ada', 1, '' FROM generate_series(1, 3000) AS n
                """,
                name,
            )
            purging = asyncio.create_task(purge_everything(storage))
            slowest = 0.0
            while not purging.done():
                started = time.monotonic()
                await asyncio.gather(*(storage.change_room(CONTOSO, room, longer) for room in rooms))
                await asyncio.gather(*(storage.get_room(CONTOSO, room) for room in rooms))
                slowest = max(slowest, time.monotonic() - started)
            assert await purging == 6000
            assert slowest < 1
            assert len((await storage.list_rooms(CONTOSO, None, 100)).documents.split("},{")) == len(rooms)


async def purge_everything(storage: Storage) -> int:
    total = 0
    while gone := await storage.purge(Moment(10_000), Moment(10_000), 500):
        total += gone
    return total


class TestPooler:
    async def test_everything_works_behind_pgbouncer_in_transaction_mode(
        self, url: str, postgres_cluster: Cluster, caplog: pytest.LogCaptureFixture
    ) -> None:
        name = url.rpartition("/")[2]
        with pgbouncer(postgres_cluster.port) as port:
            pooled = postgres_cluster.url(name, port)
            async with opened(pooled) as first, opened(pooled) as second:
                rooms = await fill(first, 50)
                changes = [storage.change_room(CONTOSO, room, longer) for storage in (first, second) for room in rooms]
                await asyncio.gather(*changes, *(second.get_room(CONTOSO, room) for room in rooms))
                assert {(await first.get_room(CONTOSO, room)).valid_until for room in rooms} == {NOW + DAY + 2}
                await asyncio.gather(*(second.delete_room(CONTOSO, room, NOW) for room in rooms))
                with pytest.raises(RoomNotFound):
                    await first.get_room(CONTOSO, rooms[0])
        assert "behind a pooler" in caplog.text


class TestTls:
    async def test_the_server_is_verified(self, tmp_path: Path, own_cluster: Cluster) -> None:
        now = dt.datetime.now(dt.UTC)
        own_cluster.use_tls(Authority(tmp_path).issue(now))
        url = own_cluster.create_database()
        async with opened(f"{url}?sslmode=verify-full&sslrootcert={tmp_path}/ca.pem") as storage:
            await fill(storage, 3)
            encrypted = own_cluster.sql(
                "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                " WHERE application_name = 'openrooms'"
            )
            assert encrypted == "t"
        Authority(tmp_path / "other").issue(now)
        with pytest.raises(CannotOpenStorage, match="certificate"):
            await PostgresStorage.open(f"{url}?sslmode=verify-full&sslrootcert={tmp_path}/other/ca.pem")


class TestOpening:
    async def test_commits_reach_the_disk_whatever_the_servers_settings(
        self, url: str, postgres_cluster: Cluster
    ) -> None:
        name = url.rpartition("/")[2]
        postgres_cluster.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
        async with opened(url) as storage:
            connection = await storage._writers._connect()
            assert await connection.driver.fetchval("SHOW synchronous_commit") == "on"
            await connection.close()

    @pytest.mark.parametrize(
        ("broken", "says"),
        [
            pytest.param("postgresql://postgres:secret@127.0.0.1:1/x", "127.0.0.1:1/x cannot be opened", id="nobody"),
            pytest.param("postgresql://postgres@127.0.0.1:{port}/nothing", "create it with createdb", id="no database"),
            pytest.param("postgresql://ada@127.0.0.1:{port}/postgres", 'role "ada" does not exist', id="no role"),
            pytest.param("postgresql://x@127.0.0.1:{port}/postgres?sslmode=no", "sslmode", id="a bad option"),
            pytest.param("mysql://x@127.0.0.1/x", "must look like postgresql://", id="another database"),
        ],
    )
    async def test_an_error_is_one_line_without_the_password(
        self, postgres_cluster: Cluster, broken: str, says: str
    ) -> None:
        with pytest.raises(CannotOpenStorage, match=says) as refused:
            await PostgresStorage.open(broken.format(port=postgres_cluster.port))
        assert "\n" not in str(refused.value)
        assert "secret" not in str(refused.value)

    async def test_a_service_asks_for_the_migration(self, url: str) -> None:
        with pytest.raises(CannotOpenStorage, match="run `openrooms migrate`"):
            await PostgresStorage.open(url, migrate=False)

    async def test_a_service_needs_no_right_to_create(self, url: str, postgres_cluster: Cluster) -> None:
        async with opened(url):
            pass
        name = url.rpartition("/")[2]
        postgres_cluster.sql(
            "CREATE ROLE lesser LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO lesser",
            name,
        )
        try:
            storage = await PostgresStorage.open(url.replace("postgres@", "lesser@"), migrate=False)
            await fill(storage, 2)
            await storage.check()
            await storage.close()
        finally:
            postgres_cluster.sql("DROP OWNED BY lesser; DROP ROLE lesser", name)

    async def test_many_migrate_at_once(self, url: str) -> None:
        storages = await asyncio.gather(*(PostgresStorage.open(url) for _ in range(5)))
        for storage in storages:
            await storage.close()

    async def test_the_version_before_works_during_and_after_a_migration(
        self, url: str, postgres_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with opened(url) as before:
            rooms = await fill(before, 20)
            done = asyncio.Event()

            async def go_on() -> int:
                rounds = 0
                while not done.is_set():
                    await asyncio.gather(*(before.change_room(CONTOSO, room, longer) for room in rooms))
                    rounds += 1
                return rounds

            working = asyncio.create_task(go_on())
            step = """
                ALTER TABLE rooms ADD COLUMN colour TEXT NOT NULL DEFAULT '';
                CREATE INDEX colours ON rooms (resource, colour)
            """
            next_one = Migration(migrations.LATEST + 1, "add_colours", step)
            with monkeypatch.context() as newer:
                newer.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, next_one))
                newer.setattr(migrations, "LATEST", next_one.number)
                async with opened(url):
                    pass
            done.set()
            rounds = await working
            assert rounds > 0
            await asyncio.gather(*(before.change_roster(CONTOSO, room, [], lambda _: RosterChange()) for room in rooms))
            assert {(await before.get_room(CONTOSO, room)).valid_until for room in rooms} == {NOW + DAY + rounds}
        async with opened(url, connections=3) as restarted:
            await restarted.check()


class TestPlans:
    """Every statement uses an index, however large the tables are."""

    @pytest.fixture(scope="class")
    @classmethod
    def large(cls, postgres_cluster: Cluster) -> Iterator[str]:
        url = postgres_cluster.create_database()
        name = url.rpartition("/")[2]
        postgres_cluster.sql(queries.create_migrations.text, name)
        for migration in migrations.MIGRATIONS:
            postgres_cluster.sql(migration.script.replace(" WITHOUT ROWID", ""), name)
        postgres_cluster.sql(_MANY_ROWS, name)
        yield name
        postgres_cluster.drop_database(url)

    @pytest.mark.parametrize("statement", [one for one in TEXTS if _GROWING.search(one.text)], ids=lambda one: one.name)
    def test_no_growing_table_is_read_completely(
        self, large: str, postgres_cluster: Cluster, statement: Statement
    ) -> None:
        for node in _plan(postgres_cluster, large, statement):
            if node.get("Relation Name") in _TABLES and "Scan" in node["Node Type"]:
                assert node["Node Type"] != "Seq Scan", node
                assert "Index Cond" in node or "Recheck Cond" in node, node

    @pytest.mark.parametrize(
        "values",
        [
            pytest.param({}, id="a page"),
            # The planner must not expect that few of the rooms meet the conditions, and then read and sort all.
            pytest.param(
                {
                    **dict.fromkeys(("valid_from", "ends_after"), f"'{-(2**62)}'"),
                    **dict.fromkeys(("before", "ends_by"), f"'{2**62}'"),
                    "id": "''",
                    "limit": "1000",
                },
                id="a search without a time",
            ),
        ],
    )
    @pytest.mark.parametrize(("back", "way"), [("", ">"), ("_back", "<")], ids=["oldest first", "newest first"])
    def test_a_list_begins_at_its_place_in_each_span(
        self, large: str, postgres_cluster: Cluster, values: dict[str, str], back: str, way: str
    ) -> None:
        if back and values:
            values = values | {"valid_from": f"'{2**62}'", "first": f"'{-(2**62)}'"}
        nodes = _plan(postgres_cluster, large, getattr(queries, f"list_rooms_of_span{back}"), values)
        [scan] = [node for node in nodes if "Index Name" in node]
        assert (scan["Node Type"], scan["Index Name"]) == ("Index Scan", "rooms_by_time")
        assert f"ROW(valid_from, id) {way}" in scan["Index Cond"]
        assert not any("Sort" in node["Node Type"] for node in nodes)


def _plan(
    cluster: Cluster, database: str, statement: Statement, others: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Return the nodes of the statement's plan, with `others` in place of the usual values."""
    # Removing a resource asks for nothing else, and is only for one that is (nearly) empty.
    resource = "'fabrikam'" if statement.parameters == ("resource",) else "'contoso'"
    values = _VALUES | {"resource": resource}
    if statement.name == "find_rooms_by_word":
        values |= {"first": "'word40'", "before": "'word41'"}
    values |= others or {}
    parameters = [values.get(name, "'99400000000000400'") for name in statement.parameters]
    parameters += ["1"] * statement.returns_rows
    plan = cluster.sql(
        f"SET plan_cache_mode = force_custom_plan; PREPARE asked AS {TEXTS[statement]};"
        f"EXPLAIN (FORMAT JSON) EXECUTE asked({', '.join(parameters)})",
        database,
    )
    return list(_nodes(json.loads(plan)[0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)
