"""Looking users up, their rooms, and the uses of access keys, on both engines."""

from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import DAY, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, room_id
from openrooms.domain.roster import Participant, RawId
from openrooms.server.core.ports import Storage

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
FABRIKAM = ResourceId("6f0a3b52-77f0-4a4e-9d0f-0e1d1c9b8a01")
NOW = Moment(17_564_273_885_964_328)


def person(number: int, resource: ResourceId = CONTOSO) -> RawId:
    return RawId(f"8:acs:{resource}_{number:08x}-0000-4000-8000-000000000000")


async def test_users_are_listed_page_by_page(storage: Storage) -> None:
    for number in (3, 1, 2, 5, 4):
        await storage.create_user(CONTOSO, User(person(number), NOW, deleted_at=NOW if number == 2 else None))
    await storage.create_user(FABRIKAM, User(person(6, FABRIKAM), NOW))
    first = await storage.list_users(CONTOSO, None, 3)
    second = await storage.list_users(CONTOSO, first.next, 3)
    assert [user.raw_id for user in first.users + second.users] == [person(number) for number in (5, 4, 3, 2, 1)]
    assert (first.next, second.next) == (person(3), None)


async def test_a_user_is_found_by_raw_id_or_custom_id(storage: Storage) -> None:
    ada = await storage.create_user(CONTOSO, User(person(1), NOW, custom_id="ada"))
    assert await storage.find_users(CONTOSO, person(1)) == [ada]
    assert await storage.find_users(CONTOSO, "ada") == [ada]
    assert await storage.find_users(CONTOSO, "nobody") == []
    assert await storage.find_users(FABRIKAM, "ada") == []


async def test_the_rooms_of_a_user_come_newest_first(storage: Storage) -> None:
    rooms = [Room(room_id(number), Moment(NOW + number), NOW, Moment(NOW + DAY)) for number in range(5)]
    for number, room in enumerate(rooms):
        roster = [Participant(person(1), ParticipantRole.PRESENTER, "Dr Ada")] if number != 2 else []
        await storage.create_room(CONTOSO, room, [*roster, Participant(person(2), ParticipantRole.ATTENDEE)], None)
    first = await storage.list_rooms_of_user(CONTOSO, person(1), None, 3)
    second = await storage.list_rooms_of_user(CONTOSO, person(1), first.next, 3)
    assert [one.room for one in first.rooms + second.rooms] == [rooms[number] for number in (4, 3, 1, 0)]
    assert {one.participant for one in first.rooms} == {Participant(person(1), ParticipantRole.PRESENTER, "Dr Ada")}
    assert second.next is None


async def test_the_last_use_of_a_key_counts(storage: Storage, neighbour: Storage) -> None:
    await storage.put_key_uses([(CONTOSO, "a"), (CONTOSO, "b")], NOW)
    await neighbour.put_key_uses([(CONTOSO, "b"), (FABRIKAM, "c")], Moment(NOW + 1))
    assert await storage.list_key_uses(CONTOSO) == {"a": NOW, "b": NOW + 1}
