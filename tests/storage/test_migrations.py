"""Migrations of the data of older versions, and which code works with which schema, on both engines."""

import pytest
from tests.storage.conftest import Database

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import DAY, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import Participant, RawId
from openrooms.server.core.ports import CannotOpenStorage
from openrooms.server.storage import migrations
from openrooms.server.storage.migrations import Migration
from openrooms.server.storage.statements import Steps, queries

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
NOW = Moment(17_564_273_885_964_328)
PRESENTER, ATTENDEE, CONSUMER = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER


def spelled(number: int) -> RawId:
    return RawId(f"8:acs:{CONTOSO}_abcdef{number:02x}-0000-4000-8000-00000000000a")


def shouted(number: int) -> RawId:
    return RawId(f"8:acs:{spelled(number)[6:].upper()}")


def mixed(number: int) -> RawId:
    return RawId(spelled(number).replace("abc", "aBc"))


def keep_roster(room: Room, roster: list[Participant]) -> Steps[None]:
    """Keep a roster as the version before did; the room itself had other columns."""
    place = {"resource": CONTOSO, "created_at": room.created_at, "room_id": room.id}
    yield queries.add_participant.each(
        *[{**place, "raw_id": one.raw_id, "position": n, "role": one.role} for n, one in enumerate(roster, 1)]
    )


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        pytest.param([(spelled(1), PRESENTER)], [(spelled(1), PRESENTER)], id="the usual spelling"),
        pytest.param(
            [(shouted(1), PRESENTER), (mixed(2), CONSUMER), (spelled(3), ATTENDEE)],
            [(spelled(1), PRESENTER), (spelled(2), CONSUMER), (spelled(3), ATTENDEE)],
            id="other spellings keep their places",
        ),
        pytest.param(
            [(spelled(1), ATTENDEE), (spelled(2), CONSUMER), (shouted(1), PRESENTER)],
            [(spelled(1), PRESENTER), (spelled(2), CONSUMER)],
            id="the last spelling gives the role",
        ),
        pytest.param(
            [(shouted(1), ATTENDEE), (spelled(2), CONSUMER), (spelled(1), PRESENTER)],
            [(spelled(2), CONSUMER), (spelled(1), PRESENTER)],
            id="the last spelling is the usual one",
        ),
        pytest.param(
            [(shouted(1), ATTENDEE), (mixed(1), PRESENTER)], [(spelled(1), PRESENTER)], id="two that are both unusual"
        ),
        pytest.param(
            [(shouted(1), ATTENDEE), (spelled(1), CONSUMER), (mixed(1), PRESENTER)],
            [(spelled(1), PRESENTER)],
            id="three spellings",
        ),
    ],
)
async def test_raw_ids_get_one_spelling(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    kept: list[tuple[RawId, ParticipantRole]],
    found: list[tuple[RawId, ParticipantRole]],
) -> None:
    rooms = [Room(RoomId(f"9940000000000000{number}"), NOW, NOW, Moment(NOW + DAY)) for number in range(2)]
    version = next(one.number for one in migrations.MIGRATIONS if one.name.endswith("raw_ids_in_lower_case")) - 1
    with monkeypatch.context() as version_before:
        version_before.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:version])
        version_before.setattr(migrations, "LATEST", version)
        before = await database.open()
        for room in rooms:
            await before._write(keep_roster, room, [Participant(*one) for one in kept])
        await before.close()
    after = await database.open()
    try:
        for room in rooms:
            await after.create_room(CONTOSO, room, (), None)
            page = await after.list_roster(CONTOSO, room.id, None, 10)
            assert [(one.raw_id, one.role) for one in page.participants] == found
    finally:
        await after.close()


async def migrate(database: Database, monkeypatch: pytest.MonkeyPatch, *newer: Migration) -> None:
    """Migrate the database as a version of openrooms with these further migrations does."""
    with monkeypatch.context() as version_after:
        version_after.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, *newer))
        version_after.setattr(migrations, "LATEST", migrations.LATEST + len(newer))
        await (await database.open()).close()


def later(count: int, needs: int = 0) -> Migration:
    script = f"CREATE TABLE added_{count} (id TEXT NOT NULL PRIMARY KEY)"
    return Migration(migrations.LATEST + count, f"add_{count}", script, needs)


async def test_older_code_works_beside_newer_migrations(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any number of later migrations may have run, as long as none needs later code."""
    await migrate(database, monkeypatch, *map(later, range(1, 5)), later(5, needs=migrations.LATEST), later(6))
    storage = await database.open()
    await storage.check()
    await storage.close()


async def test_older_code_refuses_a_schema_that_needs_newer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(database, monkeypatch, later(1), later(2, needs=migrations.LATEST + 1), later(3))
    message = (
        rf"needs one that knows version {migrations.LATEST + 1}; this one knows up to {migrations.LATEST}: install"
    )
    with pytest.raises(CannotOpenStorage, match=message):
        await database.open()


def test_a_script_says_which_code_it_needs() -> None:
    assert migrations._read("0007_drop_titles.sql", "-- Why.\n-- needs: 6\nDROP TABLE t") == Migration(
        7, "0007_drop_titles", "-- Why.\n-- needs: 6\nDROP TABLE t", needs=6
    )


@pytest.mark.parametrize("migration", migrations.MIGRATIONS, ids=lambda migration: migration.name)
def test_the_version_before_is_never_locked_out(migration: Migration) -> None:
    assert migration.needs < migration.number
