"""A copy is complete, between any two engines, however often it was interrupted."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from tests.storage.contents import CONTOSO, ROOMS, a_room, contents_of, fill, opened
from tests.support.postgres import Cluster

from openrooms.server.core.ports import CannotOpenStorage
from openrooms.server.storage import copy as copying
from openrooms.server.storage.copy import CannotCopy, copy


def nobody(_table: str, _done: int, _total: int) -> None:
    """Ignore the progress."""


@pytest.fixture
def postgres(postgres_cluster: Cluster) -> Iterator[str]:
    url = postgres_cluster.create_database()
    yield url
    postgres_cluster.drop_database(url)


@pytest.fixture
async def filled(tmp_path: Path) -> str:
    """An SQLite database with something in every table."""
    url = f"sqlite:{tmp_path / 'filled.db'}"
    storage = await opened(url)
    await fill(storage)
    await storage.close()
    return url


async def test_a_copy_there_and_back_is_complete(filled: str, postgres: str, tmp_path: Path) -> None:
    back = f"sqlite:{tmp_path / 'back.db'}"
    seen: dict[str, tuple[int, int]] = {}
    rows = await copy(filled, postgres, lambda table, done, total: seen.update({table: (done, total)}))
    assert await copy(postgres, back, nobody) == rows
    assert seen["rosters"] == (3 * (ROOMS - 1), 3 * (ROOMS - 1))
    before = await contents_of(filled)
    assert await contents_of(postgres) == before
    assert await contents_of(back) == before
    for copied in (postgres, back):
        await check_numbers_go_on(copied)


async def check_numbers_go_on(url: str) -> None:
    """Later events come after the copied ones, for readers who have read those."""
    storage = await opened(url)
    last = await storage.last_event(CONTOSO)
    await storage.create_room(CONTOSO, a_room(2000), (), None)
    assert [event.room_id for event in (await storage.list_events(CONTOSO, last, 10)).events] == [a_room(2000).id]
    await storage.close()


async def test_every_table_is_copied(filled: str, postgres: str, postgres_cluster: Cluster) -> None:
    await copy(filled, postgres, nobody)
    for table in copying.tables():
        assert postgres_cluster.sql(f"SELECT count(*) FROM {table.name}", postgres.rpartition("/")[2]) != "0", (
            table.name
        )


@pytest.mark.parametrize("direction", ["to postgres", "to sqlite"])
async def test_an_interrupted_copy_goes_on(
    filled: str, postgres: str, tmp_path: Path, direction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_CHUNK", 7)
    source, target = filled, postgres
    if direction == "to sqlite":
        await copy(filled, postgres, nobody)
        source, target = postgres, f"sqlite:{tmp_path / 'target.db'}"
    interruptions = 0
    while True:
        calls = 0

        def interrupt(_table: str, _done: int, _total: int) -> None:
            nonlocal calls
            calls += 1
            if calls == 9:
                raise KeyboardInterrupt

        try:
            await copy(source, target, interrupt if interruptions < 5 else nobody)
        except KeyboardInterrupt:
            interruptions += 1
        else:
            break
    assert interruptions == 5
    assert await contents_of(target) == await contents_of(filled)


async def test_a_difference_is_found(filled: str, postgres: str, tmp_path: Path) -> None:
    def tamper(table: str, _done: int, _total: int) -> None:
        if table == "users":
            with apsw.Connection(filled.removeprefix("sqlite:")) as source:
                source.execute("UPDATE rosters SET role = 'Consumer' WHERE position = 1")

    with pytest.raises(CannotCopy, match=r"rosters differ: .* stop every service"):
        await copy(filled, postgres, tamper)


class TestRefused:
    async def test_a_target_that_has_something(self, filled: str, postgres: str) -> None:
        await copy(filled, postgres, nobody)
        with pytest.raises(CannotCopy, match="is not empty"):
            await copy(filled, postgres, nobody)

    async def test_a_database_in_use(self, filled: str, postgres: str, tmp_path: Path) -> None:
        service = await opened(postgres)
        with pytest.raises(CannotCopy, match="in use by a service"):
            await copy(filled, postgres, nobody)
        await service.close()
        service = await opened(filled)
        with pytest.raises(CannotOpenStorage, match="in use by another"):
            await copy(filled, f"sqlite:{tmp_path / 'x.db'}", nobody)
        await service.close()

    @pytest.mark.parametrize(
        ("source", "says"),
        [
            ("sqlite:{folder}/missing.db", "there is no file"),
            ("mysql://x/y", "is not a database"),
            ("sqlite:{folder}/target.db", "same database"),
        ],
    )
    async def test_a_bad_source(self, tmp_path: Path, source: str, says: str) -> None:
        with pytest.raises((CannotCopy, CannotOpenStorage), match=says):
            await copy(source.format(folder=tmp_path), f"sqlite:{tmp_path}/target.db", nobody)
