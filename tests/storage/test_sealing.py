"""Keys at rest: encrypted in the database, plain through the port, and bound to their place."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest
from tests.support.postgres import Cluster

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.server.core.administration import KeyName, new_key, regenerate_key
from openrooms.server.core.ports import CannotOpenStorage, Resource, SigningKey, Storage
from openrooms.server.storage.postgres import PostgresStorage
from openrooms.server.storage.sealing import Sealer, SealingKey
from openrooms.server.storage.sqlite import SqliteStorage

CONTOSO, FABRIKAM = ResourceId("contoso"), ResourceId("fabrikam")
PEM = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
ONE, TWO = SealingKey(new_key()), SealingKey(new_key())
RESOURCE = Resource(CONTOSO, None, "cHJpbWFyeQ==", "c2Vjb25kYXJ5")
OTHER = Resource(FABRIKAM, "fabrikam.example", "Zmlyc3Q=", "b3RoZXI=")
SIGNING_KEY = SigningKey("key", PEM, Moment(1))


class Database:
    """A database that can be opened with different keys, and looked into without any."""

    def __init__(
        self, open_with: Callable[[Sealer], Awaitable[Storage]], read: Callable[[str], list[list[str]]]
    ) -> None:
        self._open = open_with
        self.read = read

    @asynccontextmanager
    async def opened(self, key: SealingKey | None = None, old: SealingKey | None = None) -> AsyncIterator[Storage]:
        storage = await self._open(Sealer(key, old))
        try:
            yield storage
        finally:
            await storage.close()

    def kept(self) -> list[str]:
        """Return every key as it is in the database."""
        resources = self.read("SELECT primary_key, secondary_key FROM resources ORDER BY id")
        return [text for row in (*resources, *self.read("SELECT private_pem FROM signing_keys")) for text in row]


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    path = tmp_path / "rooms.db"

    def read(query: str) -> list[list[str]]:
        return [list(row) for row in apsw.Connection(str(path)).execute(query)]

    return Database(lambda sealer: SqliteStorage.open(path, exclusive=False, sealer=sealer), read)


@pytest.fixture
def postgres(postgres_cluster: Cluster) -> Iterator[Database]:
    url = postgres_cluster.create_database()
    name = url.rpartition("/")[2]

    def read(query: str) -> list[list[str]]:
        return [line.split("|") for line in postgres_cluster.sql(query, name).splitlines() if line]

    yield Database(lambda sealer: PostgresStorage.open(url, sealer=sealer), read)
    postgres_cluster.drop_database(url)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    return request.getfixturevalue(request.param)


async def fill(storage: Storage) -> None:
    await storage.add_resource(RESOURCE)
    await storage.add_resource(OTHER)
    await storage.put_signing_key(SIGNING_KEY)


async def contents(storage: Storage) -> list[object]:
    return [*await storage.list_resources(), *await storage.list_signing_keys()]


async def test_keys_are_sealed_in_the_database(database: Database) -> None:
    async with database.opened(ONE) as storage:
        await fill(storage)
        assert await contents(storage) == [RESOURCE, OTHER, SIGNING_KEY]
    kept = database.kept()
    assert len(kept) == 5
    assert all(text.startswith(f"sealed:1:{ONE.id}:") for text in kept)
    assert len(set(kept)) == 5


async def test_regenerated_key_is_sealed(database: Database) -> None:
    async with database.opened(ONE) as storage:
        await fill(storage)
        before = database.kept()
        await storage.change_resource(CONTOSO, lambda kept: kept)
        assert database.kept() == before
        changed = await regenerate_key(storage, CONTOSO, KeyName.PRIMARY)
        assert (await storage.list_resources())[0] == changed
        assert changed.secondary_key == RESOURCE.secondary_key
    assert all(text.startswith("sealed:1:") for text in database.kept())


@pytest.mark.parametrize(
    ("first", "then", "old"),
    [
        pytest.param(None, ONE, None, id="encrypt"),
        pytest.param(ONE, TWO, ONE, id="replace"),
        pytest.param(ONE, None, ONE, id="decrypt"),
        pytest.param(ONE, ONE, None, id="nothing to do"),
    ],
)
async def test_resealing(
    database: Database, first: SealingKey | None, then: SealingKey | None, old: SealingKey | None
) -> None:
    async with database.opened(first) as storage:
        await fill(storage)
    async with database.opened(then, old) as storage:
        assert await contents(storage) == [RESOURCE, OTHER, SIGNING_KEY]
        assert await storage.reseal_keys() == (0 if first is then else 5)
        assert await storage.reseal_keys() == 0
    async with database.opened(then) as storage:
        assert await contents(storage) == [RESOURCE, OTHER, SIGNING_KEY]
    assert {text.startswith(f"sealed:1:{then.id}:" if then else "sealed:") for text in database.kept()} == {
        then is not None
    }


async def test_two_keys_are_read_while_one_is_replaced(database: Database) -> None:
    async with database.opened(ONE) as old, database.opened(TWO, ONE) as new:
        await old.add_resource(RESOURCE)
        await new.add_resource(OTHER)
        assert await new.list_resources() == [RESOURCE, OTHER]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        pytest.param(None, f"encrypted, with the key {ONE.id}: give the file of that key", id="no key"),
        pytest.param(TWO, f"encrypted with the key {ONE.id}, and the file holds {TWO.id}", id="another key"),
    ],
)
async def test_a_wrong_key_is_named(database: Database, key: SealingKey | None, said: str) -> None:
    async with database.opened(ONE) as storage:
        await fill(storage)
    before = database.kept()
    async with database.opened(key) as storage:
        for action in (storage.list_resources, storage.list_signing_keys, storage.reseal_keys):
            with pytest.raises(CannotOpenStorage, match=said):
                await action()
    assert database.kept() == before


async def test_a_sealed_key_is_valid_only_in_its_place(sqlite: Database) -> None:
    """Write access to the database is not enough to give one tenant the key of another, or to change a key."""
    sealer = Sealer(ONE)
    sealed = sealer.seal("a2V5", "resources/contoso/primary_key")
    assert sealer.open(sealed, "resources/contoso/primary_key") == "a2V5"
    start, _, text = sealed.rpartition(":")
    flipped = base64.b64encode(bytes([base64.b64decode(text)[0] ^ 1, *base64.b64decode(text)[1:]])).decode()
    for kept, place in (
        (sealed, "resources/fabrikam/primary_key"),
        (sealed, "resources/contoso/secondary_key"),
        (f"{start}:{flipped}", "resources/contoso/primary_key"),
        (f"{start}:", "resources/contoso/primary_key"),
        (f"{start}:!", "resources/contoso/primary_key"),
    ):
        with pytest.raises(CannotOpenStorage, match="cannot be decrypted"):
            sealer.open(kept, place)


@pytest.mark.parametrize("text", ["", "c2hvcnQ=", "not base64!", base64.b64encode(bytes(31)).decode()])
def test_a_malformed_or_short_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not base64|has fewer than 32 bytes"):
        SealingKey(text)


def test_keys_do_not_show_in_repr() -> None:
    secret = new_key()
    assert secret not in repr(SealingKey(secret))
    assert SealingKey(secret).id == SealingKey(secret).id
