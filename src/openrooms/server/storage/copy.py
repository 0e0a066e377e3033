"""Copies everything from one database to another, of either engine.

Rows are copied in the order of their keys, one chunk in each transaction. With each chunk, the target notes its
progress in a separate table, where an interrupted copy continues. At the end both databases are read again; the notes
are removed only if every table has the same number of rows and the same checksum, which does not depend on the order of
rows.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import apsw
import asyncpg

from openrooms.server.core.ports import CannotOpenStorage
from openrooms.server.storage.migrations import MIGRATIONS
from openrooms.server.storage.pgserver import SCHEMES, Server
from openrooms.server.storage.postgres import prepare
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.server.storage.statements import queries

_CHUNK = 2000
_LOOKS, _PAUSE_SECONDS = 20, 0.1
"""How often, and after which pauses, a database is looked at that a service seems to use."""
_NOTE = "copying"
_LEFT_OUT = frozenset({"migrations", "leases"})
"""Tables that belong to the running deployment, not to its data."""

_COUNT_SERVICES = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'openrooms' AND datname = current_database()"
)

_NUMBER_ON = (
    "SELECT setval(pg_get_serial_sequence('events', 'position'), last) "
    "FROM (SELECT max(position) AS last FROM (SELECT position FROM events "
    "UNION ALL SELECT sequence FROM event_marks WHERE room_id = '') AS kept) AS kept WHERE last IS NOT NULL"
)

Row = tuple[Any, ...]
Progress = Callable[[str, int, int], None]
"""Called with a table's name, the number of its copied rows and the number of all its rows."""


class CannotCopy(Exception):
    """The copy cannot be made or is not right; `str()` is one line that says why and the way out."""


class Table(NamedTuple):
    """A table with its columns and those of its key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    booleans: frozenset[str]

    def key_of(self, row: Row) -> Row:
        """Return the row's key."""
        return tuple(row[self.columns.index(name)] for name in self.key)

    def page(self, marks: Sequence[str], *, first: bool) -> str:
        """Return the query for a page of rows in the order of their keys, from the first or after a key."""
        columns, key = ", ".join(self.columns), ", ".join(self.key)
        after = "" if first else f"WHERE ({key}) > ({', '.join(marks)})"
        return f"SELECT {columns} FROM {self.name} {after} ORDER BY {key} LIMIT {_CHUNK}"


class Side(Protocol):
    """One of the two databases; each call keeps its rows in one transaction."""

    async def read(self, table: Table, after: Row) -> Sequence[Row]:
        """Return the next rows after a key, or the first ones after `()`; none at the end."""

    async def count(self, table: str) -> int:
        """Return how many rows the table has."""

    async def keep(self, table: Table, rows: Sequence[Row], note: str) -> None:
        """Keep new rows, and note the progress."""

    async def notes(self) -> dict[str, str] | None:
        """Return the noted progress of each table; `None` if no copy has begun."""

    async def begin(self) -> None:
        """Note that a copy has begun."""

    async def finish(self) -> None:
        """Remove the notes."""


async def copy(source_url: str, target_url: str, progress: Progress) -> int:
    """Copy everything, or continue a copy; return the number of rows. Raise `CannotCopy` or `CannotOpenStorage`."""
    if source_url == target_url:
        raise CannotCopy("source and target are the same database")
    async with _side(source_url, migrate=False) as source, _side(target_url, migrate=True) as target:
        notes = await target.notes()
        if notes is None:
            await _check_empty(target, target_url)
            await target.begin()
        total = 0
        for table in tables():
            total += await _copy_table(table, source, target, (notes or {}).get(table.name), progress)
        for table in tables():
            await _verify(table, source, target)
        await target.finish()
        return total


@cache
def tables() -> tuple[Table, ...]:
    """Return the tables that the migrations make, as SQLite describes them."""
    memory = apsw.Connection(":memory:")
    memory.execute(queries.create_migrations.text)
    for migration in MIGRATIONS:
        memory.execute(migration.script)
    names = memory.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
    return tuple(_described(memory, str(name)) for (name,) in names if name not in _LEFT_OUT)


def _described(memory: apsw.Connection, name: str) -> Table:
    rows: list[Any] = memory.execute("SELECT name, pk, type FROM pragma_table_info(?)", (name,)).fetchall()
    key = sorted((place, column) for column, place, _ in rows if place)
    return Table(
        name,
        columns=tuple(column for column, _, _ in rows),
        key=tuple(column for _, column in key),
        booleans=frozenset(column for column, _, kind in rows if kind == "BOOLEAN"),
    )


async def _check_empty(target: Side, url: str) -> None:
    for table in tables():
        if await target.count(table.name):
            raise CannotCopy(f"{Server(url).name if _is_postgres(url) else url} is not empty: name a new database")


async def _copy_table(table: Table, source: Side, target: Side, note: str | None, progress: Progress) -> int:
    expected, done = await source.count(table.name), await target.count(table.name)
    after: Row = tuple(json.loads(note, object_hook=_bytes)) if note else ()
    while rows := await source.read(table, after):
        after = table.key_of(rows[-1])
        await target.keep(table, rows, json.dumps(after, default=_hex))
        done += len(rows)
        progress(table.name, done, max(expected, done))
    progress(table.name, done, done)
    return done


async def _verify(table: Table, source: Side, target: Side) -> None:
    there, here = await _checksum(table, source), await _checksum(table, target)
    if there != here:
        raise CannotCopy(
            f"{table.name} differ: {there[0]} rows at the source, {here[0]} at the target. Something still writes: "
            "stop every service, empty the target and copy again"
        )


async def _checksum(table: Table, side: Side) -> tuple[int, int]:
    count, total = 0, 0
    after: Row = ()
    while rows := await side.read(table, after):
        after = table.key_of(rows[-1])
        count += len(rows)
        total += sum(int.from_bytes(hashlib.sha256(repr(_plain(row)).encode()).digest()) for row in rows)
    return count, total % 2**256


def _hex(cell: bytes) -> dict[str, str]:
    """Return a cell of bytes as a note has it."""
    return {"hex": cell.hex()}


def _bytes(noted: dict[str, str]) -> bytes:
    return bytes.fromhex(noted["hex"])


def _plain(row: Row) -> Row:
    """Return the row with booleans as numbers, as SQLite has them."""
    return tuple(int(cell) if isinstance(cell, bool) else cell for cell in row)


def _is_postgres(url: str) -> bool:
    return url.partition(":")[0] in SCHEMES


@asynccontextmanager
async def _side(url: str, *, migrate: bool) -> AsyncIterator[Side]:
    scheme, _, path = url.partition(":")
    if _is_postgres(url):
        async with _postgres(url, migrate) as side:
            yield side
    elif scheme == "sqlite" and path:
        async with _sqlite(Path(path), migrate) as side:
            yield side
    else:
        raise CannotOpenStorage(f"{scheme}: is not a database: give sqlite:PATH or postgresql://USER@HOST/DATABASE")


@asynccontextmanager
async def _postgres(url: str, migrate: bool) -> AsyncIterator[Side]:
    server = Server(url, application="openrooms copy")
    driver = await prepare(server, migrate)
    try:
        services = await _count_services(driver)
        if services:
            raise CannotCopy(f"{server.name} is in use by a service ({services} connections): stop it first")
        yield _PostgresSide(driver)
    finally:
        await driver.close()


async def _count_services(driver: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Return how many connections services have; those of one that has just stopped end a moment later."""
    found = 0
    for _ in range(_LOOKS):
        found = int(await driver.fetchval(_COUNT_SERVICES))
        if not found:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
    return found


@asynccontextmanager
async def _sqlite(path: Path, migrate: bool) -> AsyncIterator[Side]:
    if not migrate:
        _check_there(path)
    # While it is open, no service can use the file.
    guard = await SqliteStorage.open(path, migrate=migrate)
    connection = apsw.Connection(str(path))
    try:
        yield _SqliteSide(connection)
    finally:
        connection.close()
        await guard.close()


def _check_there(path: Path) -> None:
    if not path.exists():
        raise CannotOpenStorage(f"there is no file {path}")


class _SqliteSide:
    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        connection.pragma("synchronous", "full")

    async def read(self, table: Table, after: Row) -> Sequence[Row]:
        return self._connection.execute(table.page("?" * len(after), first=not after), after).fetchall()

    async def count(self, table: str) -> int:
        return int(self._connection.execute(f"SELECT count(*) FROM {table}").get)

    async def keep(self, table: Table, rows: Sequence[Row], note: str) -> None:
        places = ", ".join("?" * len(table.columns))
        with self._connection:
            self._connection.executemany(
                f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})",
                rows,
            )
            self._connection.execute(
                f"INSERT INTO {_NOTE} VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET after = ?2",
                (table.name, note),
            )

    async def notes(self) -> dict[str, str] | None:
        if not self._connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (_NOTE,)).fetchall():
            return None
        return {str(name): str(after) for name, after in self._connection.execute(f"SELECT name, after FROM {_NOTE}")}

    async def begin(self) -> None:
        self._connection.execute(f"CREATE TABLE {_NOTE} (name TEXT PRIMARY KEY, after TEXT)")

    async def finish(self) -> None:
        self._connection.execute(f"DROP TABLE {_NOTE}")


class _PostgresSide:
    def __init__(self, driver: asyncpg.Connection) -> None:
        self._driver = driver

    async def read(self, table: Table, after: Row) -> Sequence[Row]:
        marks = [f"${place}" for place in range(1, len(after) + 1)]
        return [tuple(row) for row in await self._driver.fetch(table.page(marks, first=not after), *after)]

    async def count(self, table: str) -> int:
        return int(await self._driver.fetchval(f"SELECT count(*) FROM {table}"))

    async def keep(self, table: Table, rows: Sequence[Row], note: str) -> None:
        async with self._driver.transaction():
            await self._driver.copy_records_to_table(
                table.name, columns=table.columns, records=[_typed(table, row) for row in rows]
            )
            await self._driver.execute(
                f"INSERT INTO {_NOTE} VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET after = $2",
                table.name,
                note,
            )

    async def notes(self) -> dict[str, str] | None:
        if not await self._driver.fetchval("SELECT to_regclass($1) IS NOT NULL", _NOTE):
            return None
        return {row["name"]: row["after"] for row in await self._driver.fetch(f"SELECT * FROM {_NOTE}")}

    async def begin(self) -> None:
        await self._driver.execute(f"CREATE TABLE {_NOTE} (name TEXT PRIMARY KEY, after TEXT)")

    async def finish(self) -> None:
        await self._driver.execute(f"DROP TABLE {_NOTE}")
        # Later events are numbered after the copied ones.
        await self._driver.execute(_NUMBER_ON)
        await self._driver.execute("ANALYZE")


def _typed(table: Table, row: Row) -> Row:
    return tuple(
        bool(cell) if column in table.booleans else cell for column, cell in zip(table.columns, row, strict=True)
    )
