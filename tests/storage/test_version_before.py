"""The version before visits, by its own statements: its data are migrated, and it works beside today's schema."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import pytest
from tests.storage import contents
from tests.storage.conftest import Database
from tests.storage.contents import CONTOSO, NOW, a_room, person

from openrooms.domain import waiting
from openrooms.domain.calls import CallId
from openrooms.domain.errors import InvitationUnknown
from openrooms.domain.invitations import Invitation, InvitationId
from openrooms.domain.moments import DAY, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room
from openrooms.domain.visits import NO_OPTIONS
from openrooms.domain.waiting import NO_LOBBY, Place, PlaceState
from openrooms.server.core.ports import Storage
from openrooms.server.storage import batches, migrations, sqlite
from openrooms.server.storage.sql import _dial_out_row, _room_columns, _user_columns
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.server.storage.statements import Queries, Statement, Steps
from openrooms.wire import models

VERSION = 7
before = Queries((Path(__file__).parent / f"version_{VERSION}.sql").read_text(encoding="utf-8"))
"""All statements of the version before."""
ADA, BO, CY = map(person, range(3))


@pytest.fixture
def old_code(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Make the storages that are opened now those of the version before; they run its statements."""
    for statement in before:
        monkeypatch.setitem(sqlite._PREPARED, statement, sqlite._prepared(statement))
        monkeypatch.setitem(batches.TEXTS, statement, batches._with_marks(statement))
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:VERSION])
        patched.setattr(migrations, "LATEST", VERSION)
        yield patched


def fill() -> Steps[None]:
    """Write what `contents.fill_without_visits` does."""
    resource, key, token, assignment = contents.RESOURCE, contents.KEY, contents.TOKEN, contents.ASSIGNMENT
    yield before.add_resource(
        id=CONTOSO, host=resource.host, primary_key=resource.primary_key, secondary_key=resource.secondary_key
    )
    yield before.put_signing_key(id=key.id, private_pem=key.private_pem, created_at=key.created_at)
    yield before.add_operator_token(
        id=token.id,
        resource=CONTOSO,
        role=token.role.value,
        created_at=token.created_at,
        expires_at=token.expires_at,
        key_ids=" ".join(token.key_ids),
        revoked_at=None,
    )
    yield before.add_user.each(*[_user_columns(CONTOSO, user) for user in contents.USERS])
    yield before.add_teams_assignment(
        resource=CONTOSO,
        tenant_id=assignment.tenant_id,
        object_id=assignment.object_id,
        principal_type=assignment.principal_type,
        client_ids=" ".join(assignment.client_ids or ()),
    )
    for number in range(contents.ROOMS):
        yield from create(a_room(number), *(one.raw_id for one in contents.ROSTER), repeat=number)
    yield before.add_dial_out(**_dial_out_row(contents.DIAL_OUT))
    yield from delete(a_room(0))


def create(room: Room, *presenters: str, repeat: int | None = None) -> Steps[None]:
    document = models.render_room(room)
    if repeat is not None:
        once = contents.once(repeat)
        yield before.keep_repeat(
            resource=CONTOSO,
            request_id=once.request_id,
            fingerprint=once.fingerprint,
            document=document,
            kept_at=room.created_at,
        )
    yield before.add_room(**_room_columns(CONTOSO, room, document))
    yield before.add_participant.each(*[added(room, raw_id, n) for n, raw_id in enumerate(presenters, 1)])


def added(room: Room, raw_id: str, position: int) -> dict[str, object]:
    return {**place(room, raw_id), "position": position, "role": ParticipantRole.PRESENTER}


def place(room: Room, raw_id: str) -> dict[str, object]:
    return {"resource": CONTOSO, "created_at": room.created_at, "room_id": room.id, "raw_id": raw_id}


def delete(room: Room) -> Steps[None]:
    [(created_at,)] = yield before.remove_room(resource=CONTOSO, id=room.id)
    yield before.remove_roster(resource=CONTOSO, created_at=created_at, room_id=room.id)
    yield before.add_tombstone(resource=CONTOSO, id=room.id, deleted_at=NOW)


def purge(now: Moment) -> Steps[None]:
    """Remove every expired room and tombstone."""
    for (room_id,) in (yield before.list_expired_rooms(resource=CONTOSO, before=now, limit=100)):
        for (created_at,) in (yield before.remove_expired_room(resource=CONTOSO, id=room_id, before=now)):
            yield before.remove_roster(resource=CONTOSO, created_at=created_at, room_id=room_id)
    yield before.purge_tombstones(resource=CONTOSO, before=now, limit=100)


async def test_its_data_are_those_of_today(database: Database, old_code: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old: Any = await database.open()
    await old._write(fill)
    await old.close()
    old_code.undo()
    migrated, today = await database.open(), await SqliteStorage.open(tmp_path / "today.db")
    await contents.fill_without_visits(today)
    found, expected = [await contents.contents_without_events(each) for each in (migrated, today)]
    assert found == expected
    # They are good for everything that is new.
    room = a_room(1)
    assert (await migrated.get_room(CONTOSO, room.id)).options == NO_OPTIONS
    await migrated.change_visit(CONTOSO, room.id, {ADA: "Dr Ada"}, contents.with_options)
    await visit(migrated, room)
    standing = await migrated.get_standing(CONTOSO, room.id, ADA)
    assert standing.room is not None
    assert (standing.room.options.title, standing.display_name) == ("Check-up", "Dr Ada")
    assert standing.place is not None
    for each in (migrated, today):
        await each.close()


def invitation(room: Room, raw_id: str = ADA) -> Invitation:
    name = f"{room.id}{raw_id[-29:-27]}"[-16:]
    return Invitation(InvitationId(name), room.id, raw_id, name.encode(), 0, NOW)  # type: ignore[arg-type]


async def visit(storage: Storage, room: Room) -> None:
    """Invite somebody to the room, and admit them."""
    await storage.add_invitation(CONTOSO, invitation(room), lambda _standing, _links: (invitation(room), ()))
    waiter = Place(ADA, PlaceState.WAITING, NOW)
    await storage.change_lobby(CallId(CONTOSO, room.id), [ADA], lambda lobby, _: waiting.admit(lobby, [waiter], NOW))


@pytest.fixture
async def neighbours(database: Database, old_code: pytest.MonkeyPatch) -> Any:
    """Return storages of today's code and of the version before, over today's schema."""
    old_code.undo()
    today = await database.open()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:VERSION])
        patched.setattr(migrations, "LATEST", VERSION)
        old = await database.open()
    await today.add_resource(contents.RESOURCE)
    yield today, old
    for each in (today, old):
        await each.close()


async def test_it_works_beside_today(neighbours: Any) -> None:
    today, old = neighbours
    room, its_own = a_room(1), a_room(2)
    await today.create_room(CONTOSO, room, contents.ROSTER, None)
    await today.change_visit(CONTOSO, room.id, {ADA: "Dr Ada"}, contents.with_options)
    await visit(today, room)
    later = Room(room.id, room.created_at, room.valid_from, Moment(NOW + 2 * DAY))

    def change() -> Steps[None]:
        columns = _room_columns(CONTOSO, later, models.render_room(later))
        yield before.lock_room(resource=CONTOSO, id=room.id)
        yield before.put_room(**{name: columns[name] for name in before.put_room.parameters})
        yield before.change_role(**place(room, BO), role=ParticipantRole.CONSUMER)
        yield before.remove_participant(**place(room, CY))
        yield before.add_participant(**added(room, person(3), 4))

    await old._write(change)
    await old._write(create, its_own, ADA)
    kept, page = await today.get_visit(CONTOSO, room.id, None, 10)
    assert (kept.valid_until, kept.options.title) == (later.valid_until, "Check-up")
    assert [(one.raw_id, one.display_name) for one in page.participants] == [(ADA, "Dr Ada"), (BO, ""), (person(3), "")]
    assert (await today.get_visit(CONTOSO, its_own.id, None, 10))[0] == its_own

    def read() -> Steps[Any]:
        return (yield before.get_room(resource=CONTOSO, id=room.id))

    assert [tuple(row) for row in await old._read(read)] == [(room.id, NOW + 1, NOW, later.valid_until, False)]


async def test_what_it_leaves_of_rooms_is_removed(neighbours: Any) -> None:
    today, old = neighbours
    deleted, expired, kept = (a_room(number) for number in range(1, 4))
    for room in (deleted, expired, kept):
        await today.create_room(CONTOSO, room, contents.ROSTER, None)
        await visit(today, room)
    await today.change_room(CONTOSO, kept.id, lambda room: Room(room.id, room.created_at, NOW, Moment(NOW + 9 * DAY)))
    await old._write(delete, deleted)
    # Its link can still say that the visit was cancelled.
    assert (await today.find_invited(CONTOSO, invitation(deleted).secret_hash)).standing.room is None
    assert await today.remove_leftovers(None, 100) is None
    assert (await today.find_invited(CONTOSO, invitation(deleted).secret_hash)).invitation == invitation(deleted)
    # It also purges, without a look at what it does not know.
    await old._write(purge, Moment(NOW + 2 * DAY))
    after: CallId | None = None
    steps = 0
    while steps == 0 or after is not None:
        after = await today.remove_leftovers(after, 1)
        steps += 1
    assert steps == 4
    for room in (deleted, expired):
        with pytest.raises(InvitationUnknown):
            await today.find_invited(CONTOSO, invitation(room).secret_hash)
        await today.create_room(CONTOSO, room, contents.ROSTER, None)
        standing = await today.get_standing(CONTOSO, room.id, ADA)
        assert (standing.lobby, standing.place) == (NO_LOBBY, None)
    assert (await today.get_standing(CONTOSO, kept.id, ADA)).place is not None
    assert (await today.find_invited(CONTOSO, invitation(kept).secret_hash)).standing.room is not None


async def test_todays_schema_has_all_that_its_statements_name(database: Database) -> None:
    await (await database.open()).close()
    if database.url.startswith("sqlite:"):
        connection = apsw.Connection(database.url.removeprefix("sqlite:"))
        for statement in before:
            connection.execute(f"EXPLAIN {_plain(statement)}", dict.fromkeys(statement.parameters))
        connection.close()
        return
    server = await asyncpg.connect(database.url)
    for statement in before:
        await server.prepare(statement.numbered("$"))
    await server.close()


def _plain(statement: Statement) -> str:
    return statement.text.removesuffix("FOR UPDATE")
