"""What a migration makes of the data that the version before has kept, on both engines."""

import pytest
from tests.storage.conftest import Database

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import DAY, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import Participant, RawId
from openrooms.server.storage import migrations

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
NOW = Moment(17_564_273_885_964_328)
PRESENTER, ATTENDEE, CONSUMER = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER


def spelled(number: int) -> RawId:
    return RawId(f"8:acs:{CONTOSO}_abcdef{number:02x}-0000-4000-8000-00000000000a")


def shouted(number: int) -> RawId:
    return RawId(f"8:acs:{spelled(number)[6:].upper()}")


def mixed(number: int) -> RawId:
    return RawId(spelled(number).replace("abc", "aBc"))


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
    ids = [RoomId(f"9940000000000000{number}") for number in range(2)]
    known = next(one.number for one in migrations.MIGRATIONS if one.name.endswith("raw_ids_in_lower_case")) - 1
    with monkeypatch.context() as version_before:
        version_before.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:known])
        version_before.setattr(migrations, "LATEST", known)
        before = await database.open()
        for room_id in ids:
            room = Room(room_id, NOW, NOW, Moment(NOW + DAY))
            await before.create_room(CONTOSO, room, [Participant(*one) for one in kept], None)
        await before.close()
    after = await database.open()
    try:
        for room_id in ids:
            page = await after.list_roster(CONTOSO, room_id, None, 10)
            assert [(one.raw_id, one.role) for one in page.participants] == found
    finally:
        await after.close()
