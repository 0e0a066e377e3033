"""A copy has everything, from either engine to either, however often it was interrupted."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from tests.support.postgres import Cluster

from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import DAY, Moment
from openrooms.domain.rooms import Room, room_id
from openrooms.domain.roster import Participant, ParticipantRole, RawId
from openrooms.server.ports import CannotOpenStorage, Once, Resource, SigningKey, Storage
from openrooms.server.storage import copy as copying
from openrooms.server.storage.copy import CannotCopy, copy
from openrooms.server.storage.postgres import PostgresStorage
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.wire.models import render_room

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
NOW = Moment(17_564_273_885_964_328)
ROOMS = 60


def a_room(number: int) -> Room:
    return Room(
        room_id(number * 7919), Moment(NOW + number), NOW, Moment(NOW + DAY), pstn_dial_out_enabled=number % 2 == 0
    )


def person(number: int) -> RawId:
    return RawId(f"8:acs:{CONTOSO}_{number:08x}-0000-4000-8000-000000000000")


async def fill(storage: Storage) -> None:
    await storage.put_resource(Resource(CONTOSO, "contoso.example", "a2V5", "a2V5Mg=="))
    await storage.put_signing_key(SigningKey("key", "-----BEGIN", NOW))
    for number in range(3):
        await storage.create_user(CONTOSO, User(person(number), NOW, deleted_at=NOW if number else None))
    roster = [Participant(person(number), ParticipantRole.PRESENTER) for number in range(3)]
    await asyncio.gather(
        *(
            storage.create_room(CONTOSO, a_room(number), roster, Once(str(number), bytes([number])))
            for number in range(ROOMS)
        )
    )
    await storage.delete_room(CONTOSO, a_room(0).id, NOW)


async def contents(storage: Storage) -> list[object]:
    return [
        await storage.list_resources(),
        await storage.list_signing_keys(),
        (await storage.list_rooms(CONTOSO, None, 1000)).documents,
        [await storage.get_room(CONTOSO, a_room(number).id) for number in range(1, ROOMS)],
        [await storage.list_roster(CONTOSO, a_room(number).id, None, 10) for number in range(1, ROOMS)],
        [await storage.get_user(CONTOSO, person(number)) for number in range(3)],
        # Repeating a create answers with the first room, and a deleted room stays deleted.
        await storage.create_room(CONTOSO, a_room(999), (), Once("7", bytes([7]))),
        await storage.delete_room(CONTOSO, a_room(0).id, NOW),
    ]


async def opened(url: str) -> Storage:
    if url.startswith("sqlite:"):
        return await SqliteStorage.open(Path(url.removeprefix("sqlite:")), render_room)
    return await PostgresStorage.open(url, render_room)


async def contents_of(url: str) -> list[object]:
    storage = await opened(url)
    try:
        return await contents(storage)
    finally:
        await storage.close()


def nobody(_table: str, _done: int, _total: int) -> None:
    """Progress for nobody."""


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


async def test_there_and_back_nothing_is_lost(filled: str, postgres: str, tmp_path: Path) -> None:
    back = f"sqlite:{tmp_path / 'back.db'}"
    seen: dict[str, tuple[int, int]] = {}
    rows = await copy(filled, postgres, lambda table, done, total: seen.update({table: (done, total)}))
    assert await copy(postgres, back, nobody) == rows
    assert seen["rosters"] == (3 * (ROOMS - 1), 3 * (ROOMS - 1))
    before = await contents_of(filled)
    assert await contents_of(postgres) == before
    assert await contents_of(back) == before


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
            ("mysql://x/y", "is no database"),
            ("sqlite:{folder}/target.db", "same database"),
        ],
    )
    async def test_a_bad_source(self, tmp_path: Path, source: str, says: str) -> None:
        with pytest.raises((CannotCopy, CannotOpenStorage), match=says):
            await copy(source.format(folder=tmp_path), f"sqlite:{tmp_path}/target.db", nobody)
