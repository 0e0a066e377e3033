"""Storage in an SQLite file.

One thread writes: it takes the waiting writes of all requests, keeps each whole or not at all, commits them together
and answers them in one wake-up of the loop. While one batch syncs, the next one gathers, so the slower the disk, the
more writes share a sync. Reads are a few microseconds of prepared statements, so they run on the loop, on a separate
connection: a switch to a thread would cost ten times the read. A second thread copies the write-ahead log into the
database during the commits; the writer pauses only while the last part is copied. The less space the disk has left, the
earlier the log is copied, and the writer waits for a copy that is late, so that the log never fills a disk on which the
copy would fit.
"""

import asyncio
import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from operator import itemgetter
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple, ParamSpec, TypeAlias, TypeVar

import apsw

from openrooms.domain.errors import StorageFull, Unavailable
from openrooms.server.core.ports import CannotOpenStorage
from openrooms.server.storage import migrations
from openrooms.server.storage.engine import SqlStorage
from openrooms.server.storage.outbox import NO_OUTBOX, Outbox
from openrooms.server.storage.sealing import Sealer
from openrooms.server.storage.statements import Statement, Steps, queries

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger(__name__)

_BUSY_MILLISECONDS = 5000
_PATIENCE_MILLISECONDS = 100
_CACHE_KIB = 2048
_LOG_PAGES = 16_000
"""A write-ahead log of this length is copied into the database, where there is enough space."""
_FEWEST_LOG_PAGES = 64
_LOG_SHARE = 4
"""A log longer than the free space divided by this is copied."""
_LONG_LOG_SHARE = 2
"""If a log is longer than the free space divided by this, the writer waits until it is copied."""
_COPY_SECONDS = 5.0
_FEW_PAGES = 500
_MOST_COPIES = 4
_LOG_BYTES = 64 * 2**20
"""The size to which the file of the write-ahead log shrinks when it starts over."""
_ENOUGH_AT_ONCE = 128
"""This many writes are committed at once, even while more arrive."""
_MOST_AT_ONCE = 500
_ANSWERS_AT_ONCE = 16
_OF_MANY_ROWS = ("audit_events", "call_sessions", "calls", "dial_outs", "invitations", "stays")
"""Tables that lead with the resource, whose planner needs to be told."""
_MANY_ROWS, _FEW_ROWS, _ROWS_OF_ROOM = 1_000_000, 100, 10


class _Prepared(NamedTuple):
    """A statement as apsw takes it; binding values by position costs a third of binding them by name.

    A statement that `counts` returns a row of 1 for each row that it changed. SQLite knows their number without
    `RETURNING`, for which it would build a table.
    """

    text: str
    values: Callable[[Mapping[str, object]], tuple[object, ...]]
    counts: bool


def _prepared(statement: Statement) -> _Prepared:
    names = statement.parameters
    text = statement.numbered("?").removesuffix("FOR UPDATE").rstrip()
    plain = text.removesuffix("RETURNING 1").rstrip()
    return _Prepared(
        " ".join(plain.split()),
        itemgetter(*names) if len(names) > 1 else lambda given: tuple([given[name] for name in names]),
        counts=plain != text,
    )


_ONE_CHANGED: Final = ((1,),)
_PREPARED: Final = {statement: _prepared(statement) for statement in queries}


# Plain tuples, because making a named tuple takes as long as binding a statement.
_Write: TypeAlias = tuple[Callable[..., Steps[Any]], tuple[Any, ...], dict[str, Any], "asyncio.Future[Any]"]
"""An operation, its arguments, and the future that gets the result."""
_Outcome: TypeAlias = tuple["asyncio.Future[Any]", object, BaseException | None]
"""The future of a write, and its result or error."""


class SqliteStorage(SqlStorage):
    """Rooms and identities in one SQLite file; for one event loop."""

    def __init__(self, path: Path, lock: int | None, sealer: Sealer, outbox: Outbox) -> None:
        super().__init__(sealer, outbox)
        self._lock = lock
        self._loop = asyncio.get_running_loop()
        self._reader = _connect(path)
        self._reader.pragma("query_only", True)
        self._cursor = self._reader.cursor()
        self._in_snapshot = False
        self._gathered: list[_Write] = []
        self._closed = self._refuses = False
        self._broken: asyncio.Future[BaseException] = self._loop.create_future()
        self._writer = _Writer(path, self._loop, self._give_up, self._note_broken)

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        migrate: bool = True,
        exclusive: bool = True,
        sealer: Sealer | None = None,
        outbox: Outbox | None = None,
    ) -> "SqliteStorage":
        """Open the file, and create it if it is missing and may be migrated; raise `CannotOpenStorage`.

        A service opens it `exclusive`, so that no other service uses the same file. Without it, the storage works while
        a service runs, as an administrator's command does. Without an `outbox`, events are off.
        """
        with _opening(path):
            _make_folder(path, migrate)
            lock = _take_lock(path) if exclusive else None
            try:
                _prepare(path, migrate)
                return cls(path, lock, sealer or Sealer(), outbox or NO_OUTBOX)
            except BaseException:
                _give_back(lock)
                raise

    async def _read(self, operation: Callable[P, Steps[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            if not self._in_snapshot:
                self._begin_snapshot()
            return _run(self._cursor, operation(*args, **kwargs))
        except apsw.Error as error:
            _log.warning("a read failed: %s", error)
            raise _translated(error) from error

    async def _write(self, operation: Callable[P, Steps[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._refuses:
            raise Unavailable
        answer: asyncio.Future[T] = self._loop.create_future()
        if not self._gathered:
            self._loop.call_soon(self._gather, 0)
        self._gathered.append((operation, args, kwargs, answer))
        return await answer

    async def wait_until_broken(self) -> None:
        raise await asyncio.shield(self._broken)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = self._refuses = True
        self._hand_over()
        await asyncio.to_thread(self._writer.close)
        self._end_snapshot()
        self._reader.close()
        _give_back(self._lock)

    def _gather(self, before: int) -> None:
        # While each turn of the loop brings more writes, they wait for each other: waking the writer and syncing cost
        # as much as a dozen writes.
        count = len(self._gathered)
        if before < count < _ENOUGH_AT_ONCE:
            self._loop.call_soon(self._gather, count)
        else:
            self._hand_over()

    def _hand_over(self) -> None:
        gathered, self._gathered = self._gathered, []
        if gathered:
            self._writer.waiting.put(gathered)

    def _note_broken(self, reason: BaseException) -> None:
        if not self._broken.done():
            self._broken.set_result(reason)

    def _give_up(self, reason: BaseException, batch: list[_Write]) -> None:
        """Refuse the writes that the thread has not finished, and every later write."""
        self._refuses = True
        self._note_broken(reason)
        self._hand_over()
        for *_, answer in chain(batch, self._writer.left()):
            if not answer.done():
                answer.set_exception(Unavailable())

    def _begin_snapshot(self) -> None:
        # Opening and ending a snapshot is most of a read's cost, so the reads in one turn of the loop share a snapshot.
        # It is never older than an answered write: its end is queued before anything that a later commit can queue.
        self._cursor.execute("BEGIN")
        self._in_snapshot = True
        self._loop.call_soon(self._end_snapshot)

    def _end_snapshot(self) -> None:
        if self._in_snapshot:
            self._in_snapshot = False
            if self._reader.in_transaction:
                self._cursor.execute("COMMIT")


class _Writer:
    """The thread that writes; it owns the thread that copies the log into the database."""

    def __init__(
        self,
        path: Path,
        loop: asyncio.AbstractEventLoop,
        give_up: Callable[[BaseException, list[_Write]], None],
        note_broken: Callable[[BaseException], None],
    ) -> None:
        self.waiting: SimpleQueue[list[_Write] | None] = SimpleQueue()
        self._path = path
        self._loop = loop
        self._give_up = give_up
        self._failing = False
        self._gate = threading.Lock()
        self._checkpointer = _Checkpointer(
            path, self._gate, lambda error: loop.call_soon_threadsafe(note_broken, error)
        )
        self._open()
        self._thread = threading.Thread(target=self._work, name="openrooms-writer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish the waiting writes and close."""
        self.waiting.put(None)
        self._thread.join()
        self._checkpointer.close()
        self._connection.close()

    def left(self) -> Iterator[_Write]:
        """Yield the writes that are still waiting after the thread has ended."""
        with suppress(Empty):
            while True:
                yield from self.waiting.get_nowait() or ()

    def _open(self) -> None:
        self._connection = _connect(self._path)
        self._cursor = self._connection.cursor()
        self._connection.set_wal_hook(self._checkpointer.log_grew)

    def _work(self) -> None:
        batch: list[_Write] = []
        try:
            while (first := self.waiting.get()) is not None:
                batch, last = self._gather(first)
                self._checkpointer.wait_if_late()
                with self._gate:
                    outcomes = self._commit(batch)
                self._loop.call_soon_threadsafe(_answer, self._loop, outcomes)
                if last:
                    break
        except BaseException as error:
            self._loop.call_soon_threadsafe(self._give_up, error, batch)

    def _gather(self, first: list[_Write]) -> tuple[list[_Write], bool]:
        """Return the waiting writes, and whether the storage is closing."""
        batch = first
        try:
            while len(batch) < _MOST_AT_ONCE:
                writes = self.waiting.get_nowait()
                if writes is None:
                    return batch, True
                batch += writes
        except Empty:
            pass
        return batch, False

    def _commit(self, batch: list[_Write]) -> list[_Outcome]:
        try:
            outcomes = self._keep_all(batch)
        except Exception as error:
            self._start_over()
            self._note_health(error)
            refusal = _translated(error)
            return [(answer, None, refusal) for *_, answer in batch]
        self._note_health(None)
        return outcomes

    def _note_health(self, error: Exception | None) -> None:
        # Logged once: a full disk fails every batch, and a line for each would flood the log.
        if error is not None and not self._failing:
            _log.error("writes are refused: %s", error)
        elif error is None and self._failing:
            _log.warning("writes are kept again")
        self._failing = error is not None

    def _keep_all(self, batch: list[_Write]) -> list[_Outcome]:
        # Savepoints are a tenth of a write's cost and rarely needed, so the batch is first tried without them.
        try:
            return self._keep(batch, self._attempt_alone)
        except _HalfDone:
            self._roll_back()
        except apsw.FullError:
            self._roll_back()
            self._shorten_log()
        return self._keep(batch, self._attempt)

    def _shorten_log(self) -> None:
        # The log itself may fill the disk, for example when another program has used the remaining space.
        with suppress(apsw.Error):
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def _keep(self, batch: list[_Write], attempt: Callable[[_Write], _Outcome]) -> list[_Outcome]:
        execute = self._cursor.execute
        execute("BEGIN IMMEDIATE")
        outcomes = [attempt(write) for write in batch if not write[-1].cancelled()]
        execute("COMMIT")
        return outcomes

    def _start_over(self) -> None:
        """Leave no transaction open: roll back, or open a new connection if even that fails."""
        try:
            self._roll_back()
        except apsw.Error as error:
            _log.error("the connection that writes is opened again: %s", error)
            self._connection.close(True)
            # If this also fails, the next batch fails on the closed connection and gets here again.
            with suppress(apsw.Error):
                self._open()

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._cursor.execute("ROLLBACK")

    def _attempt_alone(self, write: _Write) -> _Outcome:
        """Run one write without a savepoint; raise `_HalfDone` if it fails after it changed something."""
        operation, args, kwargs, answer = write
        changes = self._connection.total_changes()
        try:
            return answer, _run(self._cursor, operation(*args, **kwargs)), None
        except Exception as error:
            # Some failures, such as a full disk, may end the whole transaction.
            if isinstance(error, apsw.FullError) or not self._connection.in_transaction:
                raise
            if self._connection.total_changes() != changes:
                raise _HalfDone from error
            return self._refuse(answer, error)

    def _attempt(self, write: _Write) -> _Outcome:
        """Run one write within a savepoint, so that a failure leaves nothing of it."""
        operation, args, kwargs, answer = write
        execute = self._cursor.execute
        execute("SAVEPOINT attempt")
        try:
            result = _run(self._cursor, operation(*args, **kwargs))
        except Exception as error:
            if not self._connection.in_transaction:
                raise
            execute("ROLLBACK TO attempt")
            execute("RELEASE attempt")
            return self._refuse(answer, error)
        execute("RELEASE attempt")
        return answer, result, None

    def _refuse(self, answer: "asyncio.Future[Any]", error: Exception) -> _Outcome:
        if isinstance(error, apsw.Error):
            self._note_health(error)
        return answer, None, _translated(error)


class _HalfDone(Exception):
    """A write failed after it had changed something."""


def _answer(loop: asyncio.AbstractEventLoop, outcomes: list[_Outcome]) -> None:
    for answer, result, error in outcomes[:_ANSWERS_AT_ONCE]:
        # The request may have been cancelled meanwhile.
        if answer.done():
            continue
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)
    # Each answer is work for the loop, so reads get their turn in between.
    if rest := outcomes[_ANSWERS_AT_ONCE:]:
        loop.call_soon(_answer, loop, rest)


class _Checkpointer:
    """The thread that copies the write-ahead log into the database."""

    def __init__(self, path: Path, gate: threading.Lock, note_broken: Callable[[BaseException], object]) -> None:
        self._note_broken = note_broken
        self._connection = _connect(path)
        # The writer waits during this time; reads finish within a turn of the loop.
        self._connection.set_busy_timeout(_PATIENCE_MILLISECONDS)
        self._gate = gate
        self._folder = path.parent
        self._page_bytes: int = self._connection.pragma("page_size")
        self._due = threading.Event()
        self._is_in_time = threading.Event()
        self._is_in_time.set()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="openrooms-checkpointer", daemon=True)
        self._thread.start()

    def log_grew(self, connection: apsw.Connection, name: str, pages: int) -> int:
        """Note the length of the log after a commit."""
        is_short = pages >= _FEWEST_LOG_PAGES and self._is_short_of_space(pages, _LOG_SHARE)
        if is_short and self._is_short_of_space(pages, _LONG_LOG_SHARE):
            self._is_in_time.clear()
        if is_short or pages >= _LOG_PAGES:
            self._due.set()
        return apsw.SQLITE_OK

    def wait_if_late(self) -> None:
        """Wait, for a while, if there is hardly enough space left for the copy of the log."""
        self._is_in_time.wait(_COPY_SECONDS)

    def close(self) -> None:
        self._closing = True
        self._due.set()
        self._thread.join()
        self._connection.close()

    def _work(self) -> None:
        try:
            self._copy_when_due()
        except BaseException as error:
            self._note_broken(error)

    def _copy_when_due(self) -> None:
        while self._due.wait() and not self._closing:
            self._due.clear()
            try:
                self._copy_most()
                # Under steady writes a copy never catches up by itself, and the log would grow forever.
                with self._gate:
                    # Where space is short, the log is truncated; elsewhere its file is reused at its size.
                    short = self._is_short_of_space(_LOG_PAGES, _LOG_SHARE)
                    mode = apsw.SQLITE_CHECKPOINT_TRUNCATE if short else apsw.SQLITE_CHECKPOINT_RESTART
                    self._connection.wal_checkpoint(mode=mode)
            except apsw.Error as error:
                _log.warning("the write-ahead log was not copied into the database: %s", error)
            finally:
                # Even after a failure, so that the writer finds out itself whether it can go on.
                self._is_in_time.set()

    def _is_short_of_space(self, pages: int, share: int) -> bool:
        """Return whether a log of this many pages takes more than its share of the free space."""
        disk = os.statvfs(self._folder)
        return pages * self._page_bytes > disk.f_bavail * disk.f_frsize // share

    def _copy_most(self) -> None:
        for _ in range(_MOST_COPIES):
            length, copied = self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            if length - copied < _FEW_PAGES:
                break


def _run(cursor: apsw.Cursor, steps: Steps[T]) -> T:
    try:
        statement, parameters, runs = next(steps)
        while True:
            text, values, counts = _PREPARED[statement]
            if parameters is not None:
                cursor.execute(text, values(parameters))
            elif runs:
                cursor.executemany(text, map(values, runs))
            rows = _ONE_CHANGED * cursor.connection.changes() if counts else cursor.fetchall()
            statement, parameters, runs = steps.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result


def _connect(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(_BUSY_MILLISECONDS)
    # Otherwise a statement whose plan could depend on a value, such as a join, is compiled again for each value.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.pragma("cache_size", -_CACHE_KIB)
    connection.pragma("journal_size_limit", _LOG_BYTES)
    connection.wal_autocheckpoint(0)
    return connection


def _make_folder(path: Path, migrate: bool) -> None:
    # A folder that was mistyped must not get a database.
    if not migrate and not path.exists():
        raise CannotOpenStorage(f"there is no database in {path.parent}: {migrations.MIGRATE}, to create it")
    path.parent.mkdir(parents=True, exist_ok=True)


def _prepare(path: Path, migrate: bool) -> None:
    # The file contains keys, so only its owner may read it; SQLite gives the log the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = _connect(path)
    try:
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        version = _run(cursor, migrations.begin())
        if not migrate:
            migrations.check_migrated(version)
        for migration in migrations.pending(version):
            cursor.execute(migration.script).fetchall()
            _run(cursor, migrations.note(migration))
        if migrate:
            _describe_indexes(cursor)
        cursor.execute("COMMIT")
    finally:
        connection.close()


def _describe_indexes(cursor: apsw.Cursor) -> None:
    """Tell SQLite's planner that a resource has very many rows, which a new database does not show.

    It would otherwise read all of a resource by the table's key, where an index has the few rows of a room, or those
    that last. https://www.sqlite.org/fileformat2.html#the_sqlite_stat1_table
    """
    # This makes the table of statistics; those of all tables would take long in a large database.
    cursor.execute("ANALYZE migrations")
    for table in _OF_MANY_ROWS:
        cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl = ?", (table,))
        for _, index, _, origin, is_partial in cursor.execute(f"PRAGMA index_list({table})").fetchall():
            columns = cursor.execute(f"PRAGMA index_info({index})").fetchall()
            rows = _FEW_ROWS if is_partial else _MANY_ROWS
            rest = [1 if is_partial else _ROWS_OF_ROOM] * (len(columns) - 1)
            figures = " ".join(map(str, (rows, rows, *rest)))
            name = table if origin == "pk" else index
            cursor.execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", (table, name, figures))


def _take_lock(path: Path) -> int:
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise CannotOpenStorage(
            f"{path} is in use by another openrooms service: stop that one, or name another file"
        ) from error
    return lock


def _give_back(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        yield
    except (apsw.Error, OSError) as error:
        raise CannotOpenStorage(f"{path} cannot be opened as a database: {error}") from error


def _translated(error: Exception) -> Exception:
    if isinstance(error, apsw.FullError):
        return StorageFull()
    if isinstance(error, apsw.Error):
        return Unavailable()
    return error
