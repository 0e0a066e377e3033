"""Storage in PostgreSQL, shared by any number of processes on any number of machines.

Reads and writes have separate connections, so that a write that waits for a lock delays no read. Reads go to the
primary, so every process sees each write that has been answered.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import ParamSpec, Self, TypeVar

import asyncpg

from openrooms.server.core.ports import CannotOpenStorage, Figure
from openrooms.server.storage import migrations, sql
from openrooms.server.storage.batches import Batches, describe
from openrooms.server.storage.engine import SqlStorage
from openrooms.server.storage.notifications import Notifications
from openrooms.server.storage.pgserver import Server
from openrooms.server.storage.sealing import Sealer
from openrooms.server.storage.statements import Steps

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_CONNECTIONS = 8
FEWEST_CONNECTIONS = 3
DEFAULT_BATCH = 100

_PATIENCE_SECONDS = 1.7
"""Requests are answered within two seconds, whatever the database does."""
_PURGE_SECONDS = 30.0
_CLOSE_SECONDS = 5.0
_MIGRATION_LOCK = 0x6F70656E726F6F6D
_MIGRATION_TRIES = 5
_ONLY_SQLITE = " WITHOUT ROWID"


class PostgresStorage(SqlStorage):
    """Rooms and identities in a PostgreSQL database; for one event loop."""

    def __init__(self, server: Server, connections: int, batch: int, sealer: Sealer) -> None:
        super().__init__(sealer)
        readers = (connections - 1) // 2
        self._readers = Batches(server.connect, readers, transactions=False, batch=batch)
        self._writers = Batches(server.connect, connections - 1 - readers, transactions=True, batch=batch)
        self._notifications = Notifications(server, super().notify)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        migrate: bool = True,
        connections: int = DEFAULT_CONNECTIONS,
        batch: int = DEFAULT_BATCH,
        sealer: Sealer | None = None,
    ) -> Self:
        """Open the database of a URL in the form of libpq, which may have several addresses; raise `CannotOpenStorage`.

        `connections` is the number for this process, `batch` the largest number of operations in a transaction.
        """
        if connections < FEWEST_CONNECTIONS:
            raise CannotOpenStorage(f"{connections} connections are too few: give at least {FEWEST_CONNECTIONS}")
        server = Server(url)
        driver = await prepare(server, migrate)
        await driver.close()
        return cls(server, connections, batch, sealer or Sealer())

    async def _read(self, operation: Callable[P, Steps[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._readers.run(partial(operation, *args, **kwargs), _PATIENCE_SECONDS)

    async def _write(self, operation: Callable[P, Steps[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        patience = _PURGE_SECONDS if operation is sql.purge else _PATIENCE_SECONDS
        return await self._writers.run(partial(operation, *args, **kwargs), patience)

    def notify(self, notification: str) -> None:
        super().notify(notification)
        self._notifications.send(notification)

    def figures(self) -> Sequence[Figure]:
        queues = (self._readers, self._writers)
        return (
            Figure("connections", "Connections to the database that are up.", sum(queue.connected for queue in queues)),
            Figure("connections_wanted", "Connections that should be up.", sum(queue.count for queue in queues)),
            Figure(
                "operations_waiting", "Operations that wait for a connection.", sum(queue.waiting for queue in queues)
            ),
            Figure(
                "operations", "Operations that were sent.", sum(queue.operations for queue in queues), is_total=True
            ),
            Figure("batches", "Batches that they were sent in.", sum(queue.batches for queue in queues), is_total=True),
            Figure(
                "repeats",
                "Operations sent again after a conflict or a lost connection.",
                sum(queue.repeats for queue in queues),
                is_total=True,
            ),
        )

    async def wait_until_broken(self) -> None:
        tasks = [*self._readers.tasks, *self._writers.tasks, *self._notifications.tasks]
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()

    async def close(self) -> None:
        await self._writers.close(_CLOSE_SECONDS)
        await self._readers.close(_CLOSE_SECONDS)
        await self._notifications.close()


async def prepare(server: Server, migrate: bool) -> asyncpg.Connection:
    """Return a first connection to the server, whose schema has a version that this code can work with.

    Raise `CannotOpenStorage`.
    """
    with _opening(server):
        driver = await server.open()
        try:
            await (_migrate if migrate else _check)(driver)
        except BaseException:
            driver.terminate()
            raise
        return driver


async def _check(driver: asyncpg.Connection) -> None:
    # A service need not be allowed to create tables.
    if not await driver.fetchval("SELECT to_regclass('migrations') IS NOT NULL"):
        migrations.check_migrated(0)
    migrations.check_migrated(await _run(driver, migrations.schema_version()))


async def _migrate(driver: asyncpg.Connection) -> None:
    for tries in range(1, _MIGRATION_TRIES + 1):
        try:
            await _migrate_once(driver)
        except asyncpg.LockNotAvailableError:
            if tries == _MIGRATION_TRIES:
                raise
        else:
            return


async def _migrate_once(driver: asyncpg.Connection) -> None:
    """Bring the schema to the latest version in one transaction; a second process finds it done."""
    async with driver.transaction(isolation="read_committed"):
        await driver.execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
        await driver.execute(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        # A change of a table waits for its users and makes later ones wait: better to give up and try again.
        await driver.execute("SET LOCAL lock_timeout = '1s'")
        for migration in migrations.pending(await _run(driver, migrations.begin())):
            await driver.execute(migration.script.replace(_ONLY_SQLITE, ""))
            await _run(driver, migrations.note(migration))


async def _run(driver: asyncpg.Connection, steps: Steps[T]) -> T:
    """Run an operation by itself, outside of any batch; no step of it may have several runs."""
    try:
        statement, parameters, _ = next(steps)
        while True:
            values = [(parameters or {})[name] for name in statement.parameters]
            statement, parameters, _ = steps.send(await driver.fetch(statement.numbered("$"), *values))
    except StopIteration as end:
        result: T = end.value
        return result


@contextmanager
def _opening(server: Server) -> Iterator[None]:
    try:
        yield
    except asyncpg.InvalidCatalogNameError as error:
        raise CannotOpenStorage(f"{server.name}: {error}; create it with createdb") from error
    except asyncpg.InsufficientPrivilegeError as error:
        raise CannotOpenStorage(
            f"{server.name}: {error}; grant it, or run `openrooms migrate` as the owner of the tables"
        ) from error
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CannotOpenStorage(f"{server.name} cannot be opened as a database: {describe(error)}") from error
