"""What a room has besides Azure's: its options and the names of its participants, for both engines."""

import asyncio
from collections.abc import Callable, Collection

import pytest
from msgspec.structs import replace
from tests.storage.conftest import Database
from tests.storage.contents import CONTOSO, NOW, a_room, person

from openrooms.domain.errors import InvalidRequest, RoomNotFound
from openrooms.domain.extending import Extension, extended
from openrooms.domain.identities import User
from openrooms.domain.moments import DAY, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomChange, RoomId, changed
from openrooms.domain.roster import Participant, RosterChange
from openrooms.domain.visits import NO_OPTIONS, StartsWith, VisitOptions, WaitingRoom
from openrooms.server.core.ports import Resource, ResourceContents, RosterPage, StandingKey, Storage
from openrooms.server.storage import batches, migrations, sqlite
from openrooms.server.storage.statements import Statement, Steps, queries
from openrooms.wire.models import render_room

PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE
OPTIONS = VisitOptions("Ada's visit", WaitingRoom.ATTENDEES, StartsWith.PRESENTER, 30, 5, 10)
ROOM = a_room(1)
PLAIN = (Participant(person(1), PRESENTER), Participant(person(2), ATTENDEE))
NAMED = (Participant(person(1), PRESENTER, "Dr Ada"), Participant(person(2), ATTENDEE, "Bo"))
PLANNED = Room(ROOM.id, ROOM.created_at, ROOM.valid_from, ROOM.valid_until, options=OPTIONS)


def setting(options: VisitOptions) -> Callable[[Room, Collection[str]], Room]:
    return lambda room, _present: Room(room.id, room.created_at, room.valid_from, room.valid_until, options=options)


async def roster_of(storage: Storage, room_id: RoomId = ROOM.id) -> tuple[Participant, ...]:
    return (await storage.list_roster(CONTOSO, room_id, None, 10)).participants


async def test_a_room_begins_without_options_and_names(storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, PLAIN, None)
    room, page = await storage.get_visit(CONTOSO, ROOM.id, None, 10)
    assert (room.options, page.participants) == (NO_OPTIONS, PLAIN)
    with pytest.raises(RoomNotFound):
        await storage.get_visit(CONTOSO, a_room(9).id, None, 10)


async def test_a_room_can_be_made_with_options_and_names(storage: Storage) -> None:
    created = await storage.create_room(CONTOSO, PLANNED, NAMED, None)
    assert created.document == render_room(PLANNED)
    room, page = await storage.get_visit(CONTOSO, ROOM.id, None, 10)
    assert (room.options, page.participants) == (OPTIONS, NAMED)
    assert (await storage.get_room(CONTOSO, ROOM.id)).options == OPTIONS


async def test_options_and_names_are_kept(storage: Storage, neighbour: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, PLAIN, None)
    document = await storage.get_room_document(CONTOSO, ROOM.id)
    await storage.change_visit(CONTOSO, ROOM.id, {person(1): "Dr Ada", person(2): "Bo"}, setting(OPTIONS))
    room, page = await neighbour.get_visit(CONTOSO, ROOM.id, None, 10)
    assert (room.options, page.participants) == (OPTIONS, NAMED)
    # What Azure's operations answer is as it was.
    assert await storage.get_room_document(CONTOSO, ROOM.id) == document
    await storage.change_visit(CONTOSO, ROOM.id, {person(1): ""}, setting(NO_OPTIONS))
    room, page = await neighbour.get_visit(CONTOSO, ROOM.id, None, 10)
    assert (room.options, page.participants) == (NO_OPTIONS, (PLAIN[0], NAMED[1]))


async def test_a_refused_change_keeps_nothing(storage: Storage) -> None:
    await storage.create_room(CONTOSO, PLANNED, NAMED, None)

    def refuse(room: Room, present: Collection[str]) -> Room:
        assert (room.options, set(present)) == (OPTIONS, {person(1)})
        raise InvalidRequest("not like this")

    with pytest.raises(InvalidRequest):
        await storage.change_visit(CONTOSO, ROOM.id, {person(1): "Eve", person(7): "Nobody"}, refuse)
    with pytest.raises(RoomNotFound):
        await storage.change_visit(CONTOSO, a_room(9).id, {}, refuse)
    assert (await storage.get_visit(CONTOSO, ROOM.id, None, 10))[1].participants == NAMED


async def test_a_page_of_a_visit_continues_the_one_before(storage: Storage) -> None:
    await storage.create_room(CONTOSO, PLANNED, NAMED, None)
    room, first = await storage.get_visit(CONTOSO, ROOM.id, None, 1)
    assert (first.participants, first.next is None) == (NAMED[:1], False)
    assert await storage.get_visit(CONTOSO, ROOM.id, first.next, 1) == (room, RosterPage(NAMED[1:], None))


async def test_an_update_of_the_room_keeps_its_options(storage: Storage) -> None:
    """A new window is the plan, to which no minutes were added yet."""
    await storage.create_room(CONTOSO, PLANNED, NAMED, None)
    until = Moment(NOW + 2 * DAY)
    await storage.change_room(CONTOSO, ROOM.id, lambda room: changed(room, RoomChange(NOW, until)))
    room = await storage.get_room(CONTOSO, ROOM.id)
    assert (room.valid_until, room.options) == (until, replace(OPTIONS, added=0))


async def test_a_change_of_roles_keeps_the_names(storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, NAMED, None)
    put = RosterChange(put=(Participant(person(2), PRESENTER), Participant(person(3), ATTENDEE)))
    await storage.change_roster(CONTOSO, ROOM.id, [person(2), person(3)], lambda _view: put)
    assert await roster_of(storage) == (
        NAMED[0],
        Participant(person(2), PRESENTER, "Bo"),
        Participant(person(3), ATTENDEE),
    )


async def test_whoever_is_removed_loses_the_name(storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, NAMED, None)
    await storage.change_roster(CONTOSO, ROOM.id, [person(2)], lambda _view: RosterChange(remove=(person(2),)))
    await storage.change_roster(CONTOSO, ROOM.id, [person(2)], lambda _view: RosterChange(put=PLAIN[1:]))
    assert await roster_of(storage) == (NAMED[0], PLAIN[1])
    await storage.delete_room(CONTOSO, ROOM.id, NOW)
    await storage.create_room(CONTOSO, a_room(2), PLAIN, None)
    assert await roster_of(storage, a_room(2).id) == PLAIN


async def test_a_standing_has_the_options_and_the_name(storage: Storage) -> None:
    await storage.create_room(CONTOSO, PLANNED, (NAMED[0], PLAIN[1]), None)
    await storage.create_user(CONTOSO, User(person(1), NOW))
    keys = [StandingKey(CONTOSO, ROOM.id, person(number)) for number in (1, 2, 3)]
    named, nameless, stranger = await storage.get_standings(keys)
    assert named == await storage.get_standing(*keys[0])
    assert named.room == nameless.room == stranger.room == PLANNED
    assert [standing.display_name for standing in (named, nameless, stranger)] == ["Dr Ada", "", ""]


async def test_concurrent_changes_lose_nothing(storage: Storage, neighbour: Storage) -> None:
    """Each adds a minute to what the one before has kept."""
    await storage.create_room(CONTOSO, ROOM, PLAIN, None)

    def add(room: Room, _present: Collection[str]) -> Room:
        options = VisitOptions(extend_by=room.options.extend_by + 1)
        return Room(room.id, room.created_at, room.valid_from, room.valid_until, options=options)

    await asyncio.gather(
        *(side.change_visit(CONTOSO, ROOM.id, {}, add) for side in (storage, neighbour) for _ in range(20))
    )
    assert (await storage.get_room(CONTOSO, ROOM.id)).options.extend_by == 40


async def test_a_window_is_kept_with_its_options(storage: Storage, neighbour: Storage) -> None:
    """Two processes extend the room at once, for callers who saw the same end: it happens once."""
    limited = Room(ROOM.id, ROOM.created_at, ROOM.valid_from, ROOM.valid_until, options=VisitOptions(extend_by=60))
    await storage.create_room(CONTOSO, limited, PLAIN, None)
    extension = Extension(15, ROOM.valid_until, limited=True)

    def extend(room: Room, _present: Collection[str]) -> Room:
        return extended(room, extension, NOW)

    rooms = await asyncio.gather(
        *(side.change_visit(CONTOSO, ROOM.id, {}, extend) for side in (storage, neighbour) for _ in range(10))
    )
    expected = extended(limited, extension, NOW)
    assert {room.valid_until for room in rooms} == {expected.valid_until}
    assert await storage.get_room(CONTOSO, ROOM.id) == expected
    assert await storage.get_room_document(CONTOSO, ROOM.id) == render_room(expected)


async def test_the_contents_of_a_resource_include_them(storage: Storage) -> None:
    await storage.create_room(CONTOSO, PLANNED, NAMED, None)
    contents = await storage.get_contents(CONTOSO)
    assert (contents.rooms[0].room, contents.rooms[0].roster) == (PLANNED, NAMED)
    await storage.replace_contents(CONTOSO, ResourceContents())
    await storage.replace_contents(CONTOSO, contents)
    assert await storage.get_contents(CONTOSO) == contents


_ADD_ROOM = Statement(
    "add_room",
    """
    INSERT INTO rooms (resource, id, created_at, valid_from, valid_until, pstn_dial_out_enabled, document,
        document_form)
    VALUES (:resource, :id, :created_at, :valid_from, :valid_until, :pstn_dial_out_enabled, :document, :document_form)
    """,
)


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have both engines know the statement with which the version before added rooms."""
    monkeypatch.setitem(sqlite._PREPARED, _ADD_ROOM, sqlite._prepared(_ADD_ROOM))
    monkeypatch.setitem(batches.TEXTS, _ADD_ROOM, batches._with_marks(_ADD_ROOM))  # type: ignore[arg-type]


def keep_as_before(room: Room) -> Steps[None]:
    """Keep a room and a roster as the version before did."""
    yield _ADD_ROOM(
        **{name: getattr(room, name) for name in ("id", "created_at", "valid_from", "valid_until")},
        resource=CONTOSO,
        pstn_dial_out_enabled=False,
        document=render_room(room),
        document_form=1,
    )
    place = {"resource": CONTOSO, "created_at": room.created_at, "room_id": room.id}
    for position, participant in enumerate(PLAIN, 1):
        yield queries.add_participant(**place, raw_id=participant.raw_id, position=position, role=participant.role)


@pytest.mark.usefixtures("before")
async def test_rooms_of_the_version_before(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """They have no options and names, also those that an old process makes after the migration."""
    plain = Room(ROOM.id, ROOM.created_at, ROOM.valid_from, ROOM.valid_until)
    with monkeypatch.context() as version_before:
        version = next(one.number for one in migrations.MIGRATIONS if one.name.endswith("_visits")) - 1
        version_before.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:version])
        version_before.setattr(migrations, "LATEST", version)
        old = await database.open()
        await old._write(keep_as_before, plain)  # type: ignore[attr-defined]
        await old.close()
    after = await database.open()
    try:
        later = Room(a_room(2).id, a_room(2).created_at, ROOM.valid_from, ROOM.valid_until)
        await after._write(keep_as_before, later)  # type: ignore[attr-defined]
        for room in (plain, later):
            kept, page = await after.get_visit(CONTOSO, room.id, None, 10)
            assert (kept, page.participants) == (room, PLAIN)
        await after.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5Mg=="))
        assert [await after.index_rooms(2), await after.index_rooms(2)] == [2, 0]
        for room in (plain, later):
            await after.change_visit(CONTOSO, room.id, {person(1): "Dr Ada"}, setting(OPTIONS))
            assert (await after.get_standing(CONTOSO, room.id, person(1))).display_name == "Dr Ada"
    finally:
        await after.close()
