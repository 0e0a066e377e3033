"""The engines under test: each is a database that can be opened several times at once, as several processes do."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.postgres import Cluster

from openrooms._clock import MovableClock
from openrooms.server.core.ports import Storage
from openrooms.server.storage.outbox import Outbox
from openrooms.server.storage.postgres import PostgresStorage
from openrooms.server.storage.sqlite import SqliteStorage


class Database(NamedTuple):
    """An empty database; `open` returns one more storage over it, for the running loop."""

    open: Callable[[], Awaitable[Storage]]
    url: str


@pytest.fixture
def clock() -> MovableClock:
    """The clock of the events."""
    return MovableClock()


@pytest.fixture
def sqlite(tmp_path: Path, clock: MovableClock) -> Database:
    path = tmp_path / "rooms.db"
    return Database(lambda: SqliteStorage.open(path, exclusive=False, outbox=Outbox(clock)), f"sqlite:{path}")


@pytest.fixture
def url(postgres_cluster: Cluster) -> Iterator[str]:
    """An empty database of PostgreSQL."""
    made = postgres_cluster.create_database()
    yield made
    postgres_cluster.drop_database(made)


@pytest.fixture
def postgres(url: str, clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database whose statements may take long, since the machine is busy; `test_postgres.py` tests their limits."""
    monkeypatch.setattr("openrooms.server.storage.postgres._PATIENCE_SECONDS", 30.0)
    return Database(lambda: PostgresStorage.open(url, outbox=Outbox(clock)), url)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    return request.getfixturevalue(request.param)


@pytest.fixture
async def storage(database: Database) -> AsyncIterator[Storage]:
    opened = await database.open()
    yield opened
    await opened.close()


@pytest.fixture
async def neighbour(database: Database, storage: Storage) -> AsyncIterator[Storage]:
    """Another process's storage over the same database."""
    opened = await database.open()
    yield opened
    await opened.close()
