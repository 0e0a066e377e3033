"""Batches of operations to PostgreSQL: each connection carries many operations at once.

Operations wait in a queue until a connection is free. The connection takes all that begin with the same statement and
runs them *in step*: the first statements of all of them are one message to the server, then the second ones, and so on,
within one transaction. So a hundred creates cost the round trips and the sync of one; the busier the connections, the
larger the batches. An operation that finds a free connection starts at once.

Operations on the same key run one after the other, in rounds within the transaction, so that each sees the result of
the one before. Keys are locked in sorted order, so that batches, including those of other processes, never deadlock. If
one operation spoils the transaction (it raises after having written, or the server refuses its data), everything is
rolled back and each operation runs in its own transaction.

When a connection is lost, operations that it had not yet committed run again on the next one. If it was lost during a
commit, nobody knows whether the writes were kept: their requests are answered `Unavailable`, and a client that sends a
repeatable request again finds out.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

import asyncpg
from asyncpg import exceptions

from openrooms.domain.errors import StorageFull, Unavailable
from openrooms.server.storage.statements import Rows, Statement, Steps, postgres_queries, queries

T = TypeVar("T")

Connect = Callable[[], Awaitable["Connection"]]
"""Opens a connection; raises `OSError`, `TimeoutError` or an error of the driver."""

_log = logging.getLogger(__name__)

_MOST_AT_ONCE = 100
_MOST_WAITING = 5000
_MOST_TRIES = 4
_GRACE_SECONDS = 1.0
"""How long operations wait for a database that is away: a restart goes unnoticed, an outage fills no queue."""
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0
_GOODBYE_SECONDS = 1.0

_LOST = (
    OSError,  # includes TimeoutError: a server that does not answer is as good as gone
    exceptions.InterfaceError,
    exceptions.PostgresConnectionError,
    # When an operator intervenes, only a cancelled statement leaves the connection open.
    exceptions.AdminShutdownError,
    exceptions.CrashShutdownError,
    exceptions.CannotConnectNowError,
    exceptions.DatabaseDroppedError,
    exceptions.IdleSessionTimeoutError,
    exceptions.ReadOnlySQLTransactionError,  # the primary has become a standby
    exceptions.IdleInTransactionSessionTimeoutError,
    exceptions.InvalidCachedStatementError,  # a migration has changed the table; a new connection reads it again
)
_AGAIN = (exceptions.SerializationError, exceptions.DeadlockDetectedError)


def _with_marks(statement: Statement) -> str:
    """Return the statement as PostgreSQL takes it; if it returns rows, the last parameter stands in front of each.

    Each operation of a batch passes its own place there, so that its rows can be told from those of the others.
    """
    text = statement.numbered("$")
    if not statement.returns_rows:
        return text
    mark = f"${len(statement.parameters) + 1}::bigint"
    if statement.is_read:
        return f"WITH answer AS ({text}) SELECT {mark}, answer.* FROM answer"  # noqa: S608 - it is from queries.sql
    # PostgreSQL would keep the rows of a nested change before it returns them.
    changes, _, columns = text.rpartition("RETURNING ")
    return f"{changes}RETURNING {mark}, {columns}"


_OWN = {statement.name: statement for statement in postgres_queries}

TEXTS: Mapping[Statement, str] = {
    statement: _with_marks(_OWN.get(statement.name, statement)) for statement in (*queries, *postgres_queries)
}


class Connection:
    """A connection to PostgreSQL, and the statements that open a transaction on it.

    `shared`: a pooler gives the server's connection to another client after each transaction, so that everything has to
    happen within one.
    """

    def __init__(self, driver: asyncpg.Connection, begin: str, shared: bool, slow_seconds: float) -> None:
        self.driver = driver
        self.begin = begin
        self.shared = shared
        self.sleeper: asyncio.Future[None] | None = None
        self._slow_seconds = slow_seconds
        driver.add_termination_listener(self._wake)

    @property
    def is_open(self) -> bool:
        return not self.driver.is_closed()

    async def run(self, statement: Statement, arguments: Sequence[Sequence[object]]) -> Rows:
        """Run the statement once for each of the arguments; return the rows of all of them."""
        text = TEXTS[statement]
        started = time.monotonic()
        try:
            if statement.returns_rows:
                return cast("Rows", await self.driver.fetchmany(text, arguments))
            await self.driver.executemany(text, arguments)
            return ()
        finally:
            seconds = time.monotonic() - started
            if seconds > self._slow_seconds:
                _log.warning("slow query: %s for %d took %.0f ms", statement.name, len(arguments), seconds * 1000)

    async def close(self) -> None:
        """Close the connection with the protocol's goodbye."""
        await self.driver.close(timeout=_GOODBYE_SECONDS)

    @property
    def is_idle(self) -> bool:
        """True if no transaction is open on it."""
        return not self.driver.is_in_transaction()

    def terminate(self) -> None:
        """Drop the connection without a protocol goodbye; the server may not be listening."""
        self.driver.terminate()

    def _wake(self, _: object) -> None:
        if self.sleeper is not None:
            _wake(self.sleeper)


class Job(Generic[T]):
    """A running operation, and the future that gets its result.

    `outcome` is what the operation returned or raised, once it has ended.
    """

    def __init__(self, start: Callable[[], Steps[T]], answer: "asyncio.Future[T]") -> None:
        self._start = start
        self.answer = answer
        self.tries = 0
        self.begin()

    def begin(self) -> None:
        """Start again at the first step."""
        self._steps = self._start()
        self.statement: Statement | None
        self.statement, self._parameters, self._runs = next(self._steps)
        self.name = self.statement.name
        self.rows: list[Sequence[Any]] = []
        self.wrote = False
        self.outcome: tuple[T | None, Exception | None] = (None, None)

    def advance(self) -> None:
        """Send the rows of the current step, and go on to the next step or the end."""
        rows, self.rows = self.rows, []
        try:
            self.statement, self._parameters, self._runs = self._steps.send(rows)
        except StopIteration as end:
            self.statement, self.outcome = None, (end.value, None)
        except Exception as error:
            self.statement, self.outcome = None, (None, error)

    @property
    def key(self) -> tuple[Any, ...]:
        """The values of the key that the first statement locks; `()` if it declares none."""
        if self.statement is None or self._parameters is None:
            return ()
        return tuple([self._parameters[name] for name in self.statement.key])

    def arguments(self) -> Iterator[tuple[object, ...]]:
        """Yield the arguments of each run of the current step, in the order of the statement's parameters."""
        names = () if self.statement is None else self.statement.parameters
        for values in (self._parameters or {},) if self._runs is None else self._runs:
            yield tuple([_storable(values[name]) for name in names])

    @property
    def is_spoilt(self) -> bool:
        """True if the operation failed after it wrote, so that its transaction has to be rolled back."""
        return self.wrote and self.outcome[1] is not None

    def settle(self) -> None:
        """Answer with the outcome."""
        result, error = self.outcome
        if error is not None:
            self.fail(error)
        elif not self.answer.done():
            self.answer.set_result(cast("T", result))

    def fail(self, error: Exception) -> None:
        """Answer with an error."""
        if not self.answer.done():
            self.answer.set_exception(error)


class Batches:
    """A queue of operations and the connections that run them in batches; lost connections are opened again.

    With `transactions`, operations may write. `batch` is the largest number of operations that share a transaction.
    """

    def __init__(self, connect: Connect, count: int, *, transactions: bool, batch: int = _MOST_AT_ONCE) -> None:
        self._connect = connect
        self.count = count
        self._transactions = transactions
        self._batch = batch
        self._loop = asyncio.get_running_loop()
        self._queues: dict[Statement, deque[Job[Any]]] = {}
        self._idle: deque[asyncio.Future[None]] = deque()
        self._away_since: float | None = None
        self._closing = False
        self.connected = 0
        self.waiting = 0
        self.batches = 0
        self.operations = 0
        self.repeats = 0
        self.tasks = [asyncio.create_task(self._keep_connection()) for _ in range(count)]

    async def run(self, start: Callable[[], Steps[T]], patience: float) -> T:
        """Return the operation's result; raise what it raises, or `Unavailable` after at most `patience` seconds."""
        if self._closing or self.waiting >= _MOST_WAITING or self._is_away():
            raise Unavailable
        answer: asyncio.Future[T] = self._loop.create_future()
        self._enqueue(Job(start, answer))
        alarm = self._loop.call_later(patience, _give_up, answer)
        try:
            return await answer
        finally:
            alarm.cancel()

    async def close(self, seconds: float) -> None:
        """Finish accepted operations, for at most `seconds`, and close the connections."""
        self._closing = True
        for sleeper in self._idle:
            _wake(sleeper)
        _, late = await asyncio.wait(self.tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for queue in self._queues.values():
            _refuse(queue, Unavailable())

    def _is_away(self) -> bool:
        return self._away_since is not None and time.monotonic() - self._away_since > _GRACE_SECONDS

    def _enqueue(self, job: Job[Any]) -> None:
        assert job.statement is not None  # noqa: S101 - it has just begun
        self._queues.setdefault(job.statement, deque()).append(job)
        self.waiting += 1
        self._wake_one()

    def _wake_one(self) -> None:
        while self._idle:
            if _wake(self._idle.popleft()):
                return

    # One connection

    async def _keep_connection(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._closing:
            try:
                connection = await self._connect()
            except Exception as error:
                self._note_absence(error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                continue
            pause = _FIRST_PAUSE_SECONDS
            self._note_presence()
            try:
                await self._carry(connection)
            except Exception as error:
                _log.warning("a connection to the database was lost: %s", describe(error))
            finally:
                self.connected -= 1
                connection.terminate()

    async def _carry(self, connection: Connection) -> None:
        while (batch := await self._take(connection)) is not None:
            if batch:
                await self._run_batch(connection, batch)
        await connection.close()

    async def _take(self, connection: Connection) -> list[Job[Any]] | None:
        """Wait for operations and return the next ones to run together; `None` when closing."""
        while connection.is_open and not self._queues and not self._closing:
            connection.sleeper = self._loop.create_future()
            self._idle.append(connection.sleeper)
            await connection.sleeper
        if not connection.is_open:
            self._wake_one()
            raise ConnectionResetError("the server closed it")
        return self._next_batch() if self._queues else None

    def _next_batch(self) -> list[Job[Any]]:
        statement, queue = next(iter(self._queues.items()))
        del self._queues[statement]
        taken = [queue.popleft() for _ in range(min(len(queue), self._batch))]
        if queue:
            self._queues[statement] = queue
            self._wake_one()
        self.waiting -= len(taken)
        batch = [job for job in taken if not job.answer.done()]
        self.batches += 1
        self.operations += len(batch)
        return batch

    async def _run_batch(self, connection: Connection, batch: Sequence[Job[Any]]) -> None:
        """Run the batch and answer its requests; raise one of `_LOST` if the connection cannot be used again."""
        await self._run_and_answer(connection, batch)
        # An open transaction would take the next batch with it: fail it, or roll it back.
        if not connection.is_idle:
            raise ConnectionResetError("a transaction on it could not be ended")

    async def _run_and_answer(self, connection: Connection, batch: Sequence[Job[Any]]) -> None:
        try:
            await self._attempt(connection, batch)
        except _CommitUnknown as unknown:
            _refuse(batch, Unavailable())
            raise ConnectionResetError("while it committed") from unknown
        except exceptions.QueryCanceledError as error:
            _log.warning("the database gave up on %s: %s", batch[0].name, describe(error))
            _refuse(batch, Unavailable())
        except _LOST:
            self._put_back(batch)
            raise
        except _AGAIN:
            self._put_back(batch)
        except asyncio.CancelledError:
            _refuse(batch, Unavailable())
            raise
        except Exception as error:
            if len(batch) == 1:
                batch[0].fail(_translated(error, batch[0].name))
            else:
                await self._run_singly(connection, batch)
        else:
            for job in batch:
                job.settle()

    async def _run_singly(self, connection: Connection, batch: Sequence[Job[Any]]) -> None:
        left = deque(job for job in batch if not job.answer.done())
        try:
            while left:
                left[0].begin()
                await self._run_batch(connection, [left[0]])
                left.popleft()
        except _LOST:
            left.popleft()
            self._put_back(left)
            raise

    async def _attempt(self, connection: Connection, batch: Sequence[Job[Any]]) -> None:
        if not (self._transactions or connection.shared):
            await _run_in_step(connection, batch)
            return
        await connection.driver.execute(connection.begin)
        try:
            for part in _rounds(batch) if self._transactions else [batch]:
                await _run_in_step(connection, part)
            _check_unspoilt(batch)
        except _LOST:
            raise
        except Exception:
            await connection.driver.execute("ROLLBACK")
            raise
        await _commit(connection)

    def _put_back(self, batch: Iterable[Job[Any]]) -> None:
        """Queue the operations again, unless they have been tried often enough."""
        for job in batch:
            job.tries += 1
            if job.tries >= _MOST_TRIES:
                job.fail(Unavailable())
            elif not job.answer.done():
                self.repeats += 1
                job.begin()
                self._enqueue(job)

    def _note_absence(self, error: Exception) -> None:
        if self.connected == 0 and self._away_since is None:
            self._away_since = time.monotonic()
            _log.error("the database cannot be reached: %s", describe(error))

    def _note_presence(self) -> None:
        self.connected += 1
        if self._away_since is not None:
            _log.warning("the database is back after %.1f s", time.monotonic() - self._away_since)
            self._away_since = None


class _CommitUnknown(Exception):
    """The connection was lost during a commit."""


class _Spoilt(Exception):
    """An operation failed after it had written; its error is the cause."""


async def _commit(connection: Connection) -> None:
    try:
        status = await connection.driver.execute("COMMIT")
    except _LOST as error:
        raise _CommitUnknown from error
    if status != "COMMIT":
        raise ConnectionResetError(f"the server answered COMMIT with {status}")


async def _run_in_step(connection: Connection, batch: Sequence[Job[Any]]) -> None:
    going = batch
    while going:
        for statement, jobs in _by_statement(going).items():
            await _fetch(connection, statement, jobs)
        for job in going:
            job.advance()
        going = [job for job in going if job.statement is not None]


def _rounds(batch: Iterable[Job[Any]]) -> Iterator[list[Job[Any]]]:
    """Yield the batch in rounds to run one after the other; each has every key at most once, in sorted order."""
    by_key: dict[tuple[Any, ...], deque[Job[Any]]] = {}
    for job in batch:
        by_key.setdefault(job.key, deque()).append(job)
    while by_key:
        yield [by_key[key].popleft() for key in sorted(by_key)]
        by_key = {key: jobs for key, jobs in by_key.items() if jobs}


def _by_statement(jobs: Iterable[Job[Any]]) -> dict[Statement, list[Job[Any]]]:
    groups: dict[Statement, list[Job[Any]]] = {}
    for job in jobs:
        if job.statement is not None:
            groups.setdefault(job.statement, []).append(job)
    return groups


async def _fetch(connection: Connection, statement: Statement, jobs: Sequence[Job[Any]]) -> None:
    """Run the current step of each job and keep its rows."""
    returns_rows = statement.returns_rows
    arguments = [
        (*cells, number) if returns_rows else cells for number, job in enumerate(jobs) for cells in job.arguments()
    ]
    if not arguments:
        return
    for number, *cells in await connection.run(statement, arguments):
        jobs[number].rows.append(tuple(cells))
    for job in jobs:
        job.wrote |= not statement.is_read and bool(job.rows or not returns_rows)


def _storable(value: object) -> object:
    """Return a text that PostgreSQL takes: NUL and lone surrogates are replaced, and match no kept text."""
    if not isinstance(value, str) or (value.isascii() and "\0" not in value):
        return value
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _check_unspoilt(batch: Sequence[Job[Any]]) -> None:
    for job in batch:
        if job.is_spoilt:
            raise _Spoilt from job.outcome[1]


def _refuse(batch: Iterable[Job[Any]], error: Exception) -> None:
    for job in batch:
        job.fail(error)


def _wake(sleeper: "asyncio.Future[None]") -> bool:
    if sleeper.done():
        return False
    sleeper.set_result(None)
    return True


def _give_up(answer: "asyncio.Future[Any]") -> None:
    if not answer.done():
        answer.set_exception(Unavailable())


def _translated(error: Exception, name: str) -> Exception:
    """Return the error for the caller of an operation that failed alone."""
    if isinstance(error, _Spoilt) and isinstance(error.__cause__, Exception):
        return error.__cause__
    if isinstance(error, exceptions.DiskFullError):
        return StorageFull()
    _log.error("%s failed: %s", name, describe(error))
    return Unavailable()


def describe(error: BaseException) -> str:
    """Return one line for the log that says what happened."""
    return f"{type(error).__name__}: {error}".partition("\n")[0].rstrip(": ")
