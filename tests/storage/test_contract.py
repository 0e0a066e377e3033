"""The contract of the stores, for both engines."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext, suppress
from functools import partial
from itertools import count

import msgspec
import pytest

from openrooms.domain import telephones
from openrooms.domain.calls import CallId
from openrooms.domain.errors import AssignmentNotFound, IdentityNotOwned, InvalidRequest, RepeatMismatch, RoomNotFound
from openrooms.domain.identities import ResourceId, User, check_adopted, delete, revoke
from openrooms.domain.moments import DAY, HOUR, MINUTE, Moment
from openrooms.domain.operators import OperatorRole, OperatorToken
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId, room_id
from openrooms.domain.roster import Participant, RawId, RosterChange, RosterView
from openrooms.domain.sessions import Session, exchange
from openrooms.domain.subscriptions import Progress, Subscription
from openrooms.domain.teams import PrincipalType, TeamsAssignment
from openrooms.domain.telephones import DialOut, LegId, Outcome, PhoneNumber, Traffic
from openrooms.server.core.ports import (
    CreatedRoom,
    HostTaken,
    KeptRoom,
    Once,
    OperatorTokenNotFound,
    Resource,
    ResourceContents,
    ResourceInUse,
    ResourceNotFound,
    RoomIdTaken,
    SigningKey,
    StandingKey,
    Storage,
)
from openrooms.wire import models
from openrooms.wire.models import render_room

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
FABRIKAM = ResourceId("6f0a3b52-77f0-4a4e-9d0f-0e1d1c9b8a01")
NOW = Moment(17_564_273_885_964_328)
UNKNOWN = RoomId("99400000000000000")

PRESENTER, ATTENDEE, CONSUMER = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER

_numbers = count(1)


def a_room(created_at: int = NOW, valid_until: int = NOW + DAY) -> Room:
    return Room(room_id(next(_numbers)), Moment(created_at), Moment(created_at), Moment(valid_until))


def person(number: int) -> RawId:
    return RawId(f"8:acs:{CONTOSO}_{number:08x}-0000-4000-8000-000000000000")


def people(numbers: Iterable[int], role: ParticipantRole = ATTENDEE) -> tuple[Participant, ...]:
    return tuple(Participant(person(number), role) for number in numbers)


def putting(*participants: Participant) -> Callable[[RosterView], RosterChange]:
    return lambda roster: RosterChange(put=participants)


def refusing(_: object) -> RosterChange:
    raise InvalidRequest("not like this")


async def new_room(storage: Storage, *roster: Participant, resource: ResourceId = CONTOSO) -> RoomId:
    room = a_room()
    await storage.create_room(resource, room, roster, None)
    return room.id


async def roster_of(storage: Storage, room: RoomId, page: int = 1000) -> list[Participant]:
    participants, after = [], None
    while True:
        answer = await storage.list_roster(CONTOSO, room, after, page)
        participants += answer.participants
        if answer.next is None:
            return participants
        after = answer.next


async def listed(storage: Storage, page: int = 1000, resource: ResourceId = CONTOSO) -> list[str]:
    """The ids of all rooms in the order of the list, page by page."""
    ids: list[str] = []
    after = None
    while True:
        answer = await storage.list_rooms(resource, after, page)
        ids += [room["id"] for room in msgspec.json.decode(f"[{answer.documents}]")]
        if answer.next is None:
            return ids
        after = answer.next


class TestRooms:
    async def test_a_created_room_is_read_as_it_was_given(self, storage: Storage) -> None:
        room = Room(RoomId("99475330965778483"), NOW, Moment(NOW - 7), Moment(NOW + 1), pstn_dial_out_enabled=True)
        assert await storage.create_room(CONTOSO, room, (), None) == CreatedRoom(room.id, render_room(room))
        assert await storage.get_room(CONTOSO, room.id) == room
        assert await storage.get_room_document(CONTOSO, room.id) == render_room(room)

    async def test_moments_are_kept_over_the_whole_range_of_the_wire(self, storage: Storage) -> None:
        earliest, latest = Moment(-621_355_968_000_000_000), Moment(2_534_023_007_999_999_999)
        room = Room(UNKNOWN, earliest, earliest, latest)
        await storage.create_room(CONTOSO, room, (), None)
        assert await storage.get_room(CONTOSO, room.id) == room

    async def test_a_room_is_unknown_to_other_resources(self, storage: Storage) -> None:
        room = await new_room(storage)
        with pytest.raises(RoomNotFound):
            await storage.get_room(FABRIKAM, room)
        with pytest.raises(RoomNotFound):
            await storage.get_room_document(FABRIKAM, room)
        with pytest.raises(RoomNotFound):
            await storage.list_roster(FABRIKAM, room, None, 10)
        with pytest.raises(RoomNotFound):
            await storage.change_roster(FABRIKAM, room, [], putting(*people([1])))
        with pytest.raises(RoomNotFound):
            await storage.change_room(FABRIKAM, room, lambda room: room)
        with pytest.raises(RoomNotFound):
            await storage.delete_room(FABRIKAM, room, NOW)
        assert await listed(storage, resource=FABRIKAM) == []
        assert await roster_of(storage, room) == []

    async def test_a_taken_id_is_refused_and_the_room_that_has_it_stays(self, storage: Storage) -> None:
        first = a_room()
        await storage.create_room(CONTOSO, first, people([1]), None)
        with pytest.raises(RoomIdTaken):
            await storage.create_room(CONTOSO, msgspec.structs.replace(first, created_at=NOW + 1), people([2]), None)
        assert await storage.get_room(CONTOSO, first.id) == first
        assert await roster_of(storage, first.id) == list(people([1]))

    async def test_a_deleted_rooms_id_is_not_given_again(self, storage: Storage) -> None:
        room = a_room()
        await storage.create_room(CONTOSO, room, (), None)
        await storage.delete_room(CONTOSO, room.id, NOW)
        with pytest.raises(RoomIdTaken):
            await storage.create_room(CONTOSO, room, (), None)

    async def test_a_change_is_kept_with_its_document(self, storage: Storage) -> None:
        room = a_room()
        await storage.create_room(CONTOSO, room, people([1]), None)
        later = msgspec.structs.replace(room, valid_from=NOW + 5, valid_until=NOW + 2 * DAY, pstn_dial_out_enabled=True)
        assert await storage.change_room(CONTOSO, room.id, lambda _: later) == render_room(later)
        assert await storage.get_room(CONTOSO, room.id) == later
        assert await storage.get_room_document(CONTOSO, room.id) == render_room(later)
        assert await roster_of(storage, room.id) == list(people([1]))

    async def test_a_change_decides_on_the_room_as_kept(self, storage: Storage) -> None:
        room = a_room()
        await storage.create_room(CONTOSO, room, (), None)
        seen: list[Room] = []

        def keep(room: Room) -> Room:
            seen.append(room)
            return room

        assert await storage.change_room(CONTOSO, room.id, keep) == render_room(room)
        assert seen[-1] == room

    async def test_a_refused_change_changes_nothing(self, storage: Storage) -> None:
        room = a_room()
        await storage.create_room(CONTOSO, room, (), None)

        def refuse(_: Room) -> Room:
            raise InvalidRequest("not like this")

        with pytest.raises(InvalidRequest, match="not like this"):
            await storage.change_room(CONTOSO, room.id, refuse)
        assert await storage.get_room(CONTOSO, room.id) == room

    async def test_changing_an_unknown_room_asks_for_no_decision(self, storage: Storage) -> None:
        with pytest.raises(RoomNotFound):
            await storage.change_room(CONTOSO, UNKNOWN, lambda _: pytest.fail("was asked"))

    async def test_concurrent_changes_build_on_each_other(self, storage: Storage, neighbour: Storage) -> None:
        room = a_room()
        await storage.create_room(CONTOSO, room, (), None)

        def longer(room: Room) -> Room:
            return msgspec.structs.replace(room, valid_until=room.valid_until + 1)

        await asyncio.gather(
            *(writer.change_room(CONTOSO, room.id, longer) for writer in (storage, neighbour) for _ in range(20))
        )
        assert (await storage.get_room(CONTOSO, room.id)).valid_until == room.valid_until + 40


class TestDeletion:
    async def test_a_deleted_room_is_gone_with_its_roster(self, storage: Storage) -> None:
        room = await new_room(storage, *people(range(5)))
        await storage.delete_room(CONTOSO, room, NOW)
        with pytest.raises(RoomNotFound):
            await storage.get_room(CONTOSO, room)
        with pytest.raises(RoomNotFound):
            await storage.list_roster(CONTOSO, room, None, 10)
        assert (await storage.get_standing(CONTOSO, room, person(1))).role is None
        assert await listed(storage) == []

    async def test_deleting_again_succeeds(self, storage: Storage) -> None:
        room = await new_room(storage)
        await storage.delete_room(CONTOSO, room, NOW)
        await storage.delete_room(CONTOSO, room, Moment(NOW + 1))

    async def test_an_unknown_room_cannot_be_deleted(self, storage: Storage) -> None:
        with pytest.raises(RoomNotFound):
            await storage.delete_room(CONTOSO, UNKNOWN, NOW)

    async def test_a_tombstone_belongs_to_one_resource(self, storage: Storage) -> None:
        room = await new_room(storage)
        await storage.delete_room(CONTOSO, room, NOW)
        with pytest.raises(RoomNotFound):
            await storage.delete_room(FABRIKAM, room, NOW)

    async def test_concurrent_deletes_of_one_room_all_succeed(self, storage: Storage, neighbour: Storage) -> None:
        room = await new_room(storage, *people(range(3)))
        await asyncio.gather(
            *(writer.delete_room(CONTOSO, room, NOW) for writer in (storage, neighbour) for _ in range(5))
        )


class TestList:
    async def test_rooms_come_newest_first_and_by_id_within_a_moment(self, storage: Storage) -> None:
        rooms = [a_room(NOW + offset) for offset in (0, 5, 5, 5, -3, 9)]
        for room in rooms:
            await storage.create_room(CONTOSO, room, (), None)
        by_key = sorted(rooms, key=lambda room: (room.created_at, room.id), reverse=True)
        assert await listed(storage) == [room.id for room in by_key]

    @pytest.mark.parametrize("page", [1, 2, 3, 7, 8])
    async def test_pages_join_to_the_whole_list(self, storage: Storage, page: int) -> None:
        ids = [await new_room(storage) for _ in range(7)]
        assert await listed(storage, page) == sorted(ids, reverse=True)

    async def test_a_full_last_page_has_no_next(self, storage: Storage) -> None:
        for _ in range(4):
            await new_room(storage)
        assert (await storage.list_rooms(CONTOSO, None, 4)).next is None
        assert (await storage.list_rooms(CONTOSO, None, 3)).next is not None

    async def test_no_rooms_are_an_empty_page(self, storage: Storage) -> None:
        page = await storage.list_rooms(CONTOSO, None, 10)
        assert (page.documents, page.next) == ("", None)

    async def test_documents_are_joined_by_commas_as_kept(self, storage: Storage) -> None:
        older, newer = a_room(NOW), a_room(NOW + 1)
        for room in (older, newer):
            await storage.create_room(CONTOSO, room, (), None)
        page = await storage.list_rooms(CONTOSO, None, 10)
        assert page.documents == f"{render_room(newer)},{render_room(older)}"

    async def test_pages_list_unchanged_entries_once_during_changes(self, storage: Storage) -> None:
        ids = [await new_room(storage) for _ in range(9)]
        first = await storage.list_rooms(CONTOSO, None, 3)
        assert first.next is not None
        # The key's own room may go: it is a place, not a room.
        await storage.delete_room(CONTOSO, first.next.id, NOW)
        await storage.delete_room(CONTOSO, ids[3], NOW)
        await storage.create_room(CONTOSO, a_room(NOW + HOUR), (), None)
        rest = await storage.list_rooms(CONTOSO, first.next, 100)
        found = [room["id"] for room in msgspec.json.decode(f"[{first.documents},{rest.documents}]")]
        assert found == [room for room in reversed(ids) if room != ids[3]]
        assert rest.next is None


class TestRepeats:
    ONCE = Once("7f8b", b"what was asked")

    async def test_a_repeated_create_returns_the_first_answer(self, storage: Storage) -> None:
        room = a_room()
        await storage.create_room(CONTOSO, room, people([1]), self.ONCE)
        assert await storage.create_room(CONTOSO, a_room(), people([1]), self.ONCE) == CreatedRoom(
            room.id, render_room(room)
        )
        assert await listed(storage) == [room.id]

    async def test_the_first_answer_outlives_changes_and_the_room(self, storage: Storage) -> None:
        room = a_room()
        await storage.create_room(CONTOSO, room, (), self.ONCE)
        await storage.change_room(
            CONTOSO, room.id, lambda room: msgspec.structs.replace(room, pstn_dial_out_enabled=True)
        )
        assert await storage.create_room(CONTOSO, a_room(), (), self.ONCE) == CreatedRoom(room.id, render_room(room))
        await storage.delete_room(CONTOSO, room.id, NOW)
        assert await storage.create_room(CONTOSO, a_room(), (), self.ONCE) == CreatedRoom(room.id, render_room(room))

    async def test_a_request_id_with_another_request_is_refused(self, storage: Storage) -> None:
        room = a_room()
        await storage.create_room(CONTOSO, room, (), self.ONCE)
        with pytest.raises(RepeatMismatch):
            await storage.create_room(CONTOSO, a_room(), (), Once("7f8b", b"something else"))
        assert await listed(storage) == [room.id]

    async def test_a_create_that_failed_leaves_its_request_id_free(self, storage: Storage) -> None:
        taken = a_room()
        await storage.create_room(CONTOSO, taken, (), None)
        with pytest.raises(RoomIdTaken):
            await storage.create_room(CONTOSO, taken, (), self.ONCE)
        room = a_room()
        assert await storage.create_room(CONTOSO, room, (), self.ONCE) == CreatedRoom(room.id, render_room(room))

    async def test_request_ids_of_other_resources_do_not_matter(self, storage: Storage) -> None:
        await storage.create_room(CONTOSO, a_room(), (), self.ONCE)
        room = a_room()
        assert (await storage.create_room(FABRIKAM, room, (), self.ONCE)).id == room.id

    async def test_concurrent_repeats_make_one_room(self, storage: Storage, neighbour: Storage) -> None:
        answers = await asyncio.gather(
            *(
                writer.create_room(CONTOSO, a_room(), people([1]), self.ONCE)
                for writer in (storage, neighbour)
                for _ in range(8)
            )
        )
        assert len({(answer.id, answer.document) for answer in answers}) == 1
        assert len(await listed(storage)) == 1


class TestRosters:
    async def test_the_roster_keeps_the_order_given(self, storage: Storage) -> None:
        roster = people([5, 1, 9, 3], PRESENTER)
        room = await new_room(storage, *roster)
        assert await roster_of(storage, room) == list(roster)

    @pytest.mark.parametrize("page", [1, 2, 6, 7, 8])
    async def test_pages_join_to_the_whole_roster(self, storage: Storage, page: int) -> None:
        roster = people([5, 1, 9, 3, 2, 8, 7])
        room = await new_room(storage, *roster)
        assert await roster_of(storage, room, page) == list(roster)

    async def test_an_unknown_room_has_no_roster(self, storage: Storage) -> None:
        with pytest.raises(RoomNotFound):
            await storage.list_roster(CONTOSO, UNKNOWN, None, 10)
        with pytest.raises(RoomNotFound):
            await storage.change_roster(CONTOSO, UNKNOWN, [], lambda _: pytest.fail("was asked"))

    async def test_a_decision_sees_the_size_and_only_named_participants(self, storage: Storage) -> None:
        room = await new_room(storage, *people([1, 2], PRESENTER), *people([3]))
        seen: list[RosterView] = []

        def look(roster: RosterView) -> RosterChange:
            seen.append(roster)
            return RosterChange()

        await storage.change_roster(CONTOSO, room, [person(2), person(3), person(7)], look)
        assert seen[-1] == RosterView(3, {person(2): PRESENTER, person(3): ATTENDEE})

    async def test_new_participants_follow_in_order(self, storage: Storage) -> None:
        room = await new_room(storage, *people([1, 2, 3]))
        change = RosterChange(put=(*people([9, 2], PRESENTER), *people([4])), remove=(person(1),))
        named = [person(number) for number in (9, 2, 4, 1)]
        await storage.change_roster(CONTOSO, room, named, lambda _: change)
        assert await roster_of(storage, room) == [
            *people([2], PRESENTER),
            *people([3]),
            *people([9], PRESENTER),
            *people([4]),
        ]

    async def test_a_participant_added_again_is_last(self, storage: Storage) -> None:
        room = await new_room(storage, *people([1, 2, 3]))
        await storage.change_roster(CONTOSO, room, [person(1)], lambda _: RosterChange(remove=(person(1),)))
        await storage.change_roster(CONTOSO, room, [person(1)], putting(*people([1])))
        assert await roster_of(storage, room) == list(people([2, 3, 1]))

    async def test_a_roster_can_be_emptied_and_filled_again(self, storage: Storage) -> None:
        room = await new_room(storage, *people([1]))
        await storage.change_roster(CONTOSO, room, [person(1)], lambda _: RosterChange(remove=(person(1),)))
        assert await roster_of(storage, room) == []
        await storage.change_roster(CONTOSO, room, [person(2)], putting(*people([2])))
        assert await roster_of(storage, room) == list(people([2]))

    async def test_a_refused_change_changes_nothing(self, storage: Storage) -> None:
        room = await new_room(storage, *people([1]))
        with pytest.raises(InvalidRequest, match="not like this"):
            await storage.change_roster(CONTOSO, room, [person(2)], refusing)
        assert await roster_of(storage, room) == list(people([1]))

    async def test_pages_list_unchanged_entries_once_during_changes(self, storage: Storage) -> None:
        room = await new_room(storage, *people(range(6)))
        first = await storage.list_roster(CONTOSO, room, None, 2)
        leaving = RosterChange(put=people([8]), remove=(person(1), person(3)))
        await storage.change_roster(CONTOSO, room, [person(1), person(3), person(8)], lambda _: leaving)
        rest = await storage.list_roster(CONTOSO, room, first.next, 10)
        assert [*first.participants, *rest.participants] == list(people([0, 1, 2, 4, 5, 8]))

    async def test_the_end_of_a_roster_that_shrank_is_an_empty_page(self, storage: Storage) -> None:
        room = await new_room(storage, *people([1, 2]))
        first = await storage.list_roster(CONTOSO, room, None, 1)
        await storage.change_roster(CONTOSO, room, [person(2)], lambda _: RosterChange(remove=(person(2),)))
        rest = await storage.list_roster(CONTOSO, room, first.next, 10)
        assert (rest.participants, rest.next) == ((), None)

    async def test_concurrent_changes_of_one_roster_are_all_kept(self, storage: Storage, neighbour: Storage) -> None:
        room = await new_room(storage)
        await asyncio.gather(
            *(
                (storage, neighbour)[number % 2].change_roster(
                    CONTOSO, room, [person(number)], putting(*people([number]))
                )
                for number in range(40)
            )
        )
        roster = await roster_of(storage, room)
        assert sorted(roster, key=lambda one: one.raw_id) == list(people(range(40)))

    async def test_a_limit_holds_against_concurrent_changes(self, storage: Storage, neighbour: Storage) -> None:
        room = await new_room(storage)

        def up_to_five(number: int) -> Callable[[RosterView], RosterChange]:
            return lambda roster: RosterChange(put=people([number])) if roster.size < 5 else RosterChange()

        await asyncio.gather(
            *(
                (storage, neighbour)[number % 2].change_roster(CONTOSO, room, [person(number)], up_to_five(number))
                for number in range(20)
            )
        )
        assert len(await roster_of(storage, room)) == 5

    async def test_a_large_roster_is_kept_whole(self, storage: Storage) -> None:
        room = await new_room(storage, *people(range(3000)))
        change = RosterChange(put=people(range(2000, 4000), CONSUMER), remove=tuple(map(person, range(1000))))
        await storage.change_roster(CONTOSO, room, [person(number) for number in range(4000)], lambda _: change)
        expected = [*people(range(1000, 2000)), *people(range(2000, 4000), CONSUMER)]
        assert await roster_of(storage, room, 700) == expected


class TestWritesTogether:
    async def test_a_failed_write_does_not_affect_its_batch(self, storage: Storage) -> None:
        rooms = [await new_room(storage) for _ in range(30)]
        changes = [putting(*people([1])) if number % 3 else refusing for number in range(30)]
        outcomes = await asyncio.gather(
            *(storage.change_roster(CONTOSO, *args) for args in zip(rooms, [[person(1)]] * 30, changes, strict=True)),
            return_exceptions=True,
        )
        assert [isinstance(outcome, InvalidRequest) for outcome in outcomes] == [
            number % 3 == 0 for number in range(30)
        ]
        for number, room in enumerate(rooms):
            assert bool(await roster_of(storage, room)) == bool(number % 3)

    async def test_an_error_in_a_decision_is_raised_and_nothing_kept(self, storage: Storage) -> None:
        room = await new_room(storage, *people([1]))

        def broken(_: RosterView) -> RosterChange:
            raise ZeroDivisionError

        outcome, _ = await asyncio.gather(
            storage.change_roster(CONTOSO, room, [], broken),
            storage.change_roster(CONTOSO, room, [person(2)], putting(*people([2]))),
            return_exceptions=True,
        )
        assert isinstance(outcome, ZeroDivisionError)
        assert await roster_of(storage, room) == list(people([1, 2]))

    async def test_a_read_sees_every_answered_write(self, storage: Storage, neighbour: Storage) -> None:
        for _ in range(20):
            room = await new_room(storage)
            assert await neighbour.get_room(CONTOSO, room)

    async def test_a_cancelled_write_is_whole_or_absent(self, storage: Storage) -> None:
        rooms = [a_room() for _ in range(40)]
        writes = [asyncio.ensure_future(storage.create_room(CONTOSO, room, people(range(4)), None)) for room in rooms]
        await asyncio.sleep(0)
        for write in writes[::2]:
            write.cancel()
        await asyncio.gather(*writes, return_exceptions=True)
        # A write behind them, so that those accepted are through.
        await new_room(storage)
        for number, room in enumerate(rooms):
            with suppress(RoomNotFound) if number % 2 == 0 else nullcontext():
                assert await roster_of(storage, room.id) == list(people(range(4)))

    async def test_closing_finishes_what_was_accepted(self, storage: Storage, neighbour: Storage) -> None:
        rooms = [a_room() for _ in range(50)]
        writes = [asyncio.ensure_future(storage.create_room(CONTOSO, room, (), None)) for room in rooms]
        await asyncio.sleep(0)
        await storage.close()
        await asyncio.gather(*writes)
        assert len(await listed(neighbour)) == 50


class TestUsers:
    async def test_a_user_is_read_as_created(self, storage: Storage) -> None:
        user = User(person(1), NOW)
        await storage.create_user(CONTOSO, user)
        assert await storage.get_user(CONTOSO, user.raw_id) == user

    async def test_other_raw_ids_are_not_owned(self, storage: Storage) -> None:
        await storage.create_user(CONTOSO, User(person(1), NOW))
        with pytest.raises(IdentityNotOwned):
            await storage.get_user(CONTOSO, person(2))
        with pytest.raises(IdentityNotOwned):
            await storage.get_user(FABRIKAM, person(1))
        with pytest.raises(IdentityNotOwned):
            await storage.change_user(FABRIKAM, person(1), revoke)

    async def test_a_deleted_user_is_still_read(self, storage: Storage) -> None:
        await storage.create_user(CONTOSO, User(person(1), NOW))
        changed = await storage.change_user(CONTOSO, person(1), lambda user: delete(user, NOW))
        assert changed == User(person(1), NOW, 1, NOW)
        assert await storage.get_user(CONTOSO, person(1)) == changed

    async def test_concurrent_revocations_are_all_counted(self, storage: Storage, neighbour: Storage) -> None:
        await storage.create_user(CONTOSO, User(person(1), NOW))
        await asyncio.gather(
            *(writer.change_user(CONTOSO, person(1), revoke) for writer in (storage, neighbour) for _ in range(10))
        )
        assert (await storage.get_user(CONTOSO, person(1))).revocations == 20


class TestCustomIds:
    async def test_the_second_create_returns_the_first_user(self, storage: Storage, neighbour: Storage) -> None:
        first = User(person(1), NOW, custom_id="ada", last_token_issued_at=NOW)
        assert await storage.create_user(CONTOSO, first) == first
        assert await neighbour.create_user(CONTOSO, User(person(2), NOW, custom_id="ada")) == first
        assert await storage.get_user(CONTOSO, first.raw_id) == first
        with pytest.raises(IdentityNotOwned):
            await storage.get_user(CONTOSO, person(2))

    async def test_a_custom_id_belongs_to_one_resource_and_has_case(self, storage: Storage) -> None:
        users = [
            User(person(number), NOW, custom_id=text) for number, text in enumerate(["ada", "Ada", " ada", "\u00e9"])
        ]
        assert [await storage.create_user(CONTOSO, user) for user in users] == users
        assert await storage.create_user(FABRIKAM, users[0]) == users[0]

    async def test_many_at_once_make_one_user(self, storage: Storage, neighbour: Storage) -> None:
        users = [User(person(number), NOW, custom_id=f"user {number % 3}") for number in range(60)]
        made = await asyncio.gather(
            *((storage, neighbour)[number % 2].create_user(CONTOSO, user) for number, user in enumerate(users))
        )
        assert len({user.raw_id for user in made}) == 3
        assert [user.custom_id for user in made] == [user.custom_id for user in users]

    async def test_the_custom_id_of_a_deleted_user_is_free(self, storage: Storage) -> None:
        await storage.create_user(CONTOSO, User(person(1), NOW, custom_id="ada", last_token_issued_at=NOW))
        await storage.change_user(CONTOSO, person(1), lambda user: delete(user, NOW))
        assert await storage.get_user(CONTOSO, person(1)) == User(person(1), NOW, 1, NOW)
        second = User(person(2), NOW, custom_id="ada")
        assert await storage.create_user(CONTOSO, second) == second

    async def test_custom_id_of_a_deleted_user_is_free(self, storage: Storage) -> None:
        """The previous version left the custom id in the row of a deleted user."""
        await storage.create_user(CONTOSO, User(person(1), NOW, 1, NOW, custom_id="ada"))
        second = User(person(2), NOW, custom_id="ada")
        assert await storage.create_user(CONTOSO, second) == second
        assert await storage.create_user(CONTOSO, User(person(3), NOW, custom_id="ada")) == second


class TestAdoption:
    async def test_only_new_users_are_kept(self, storage: Storage) -> None:
        await storage.create_user(CONTOSO, User(person(1), NOW, 3))
        await storage.adopt_users(CONTOSO, [User(person(number), Moment(NOW + 1)) for number in (2, 1)], lambda _: None)
        assert await storage.get_user(CONTOSO, person(1)) == User(person(1), NOW, 3)
        assert await storage.get_user(CONTOSO, person(2)) == User(person(2), Moment(NOW + 1))
        with pytest.raises(IdentityNotOwned):
            await storage.get_user(FABRIKAM, person(2))

    async def test_no_user_is_kept_if_one_is_refused(self, storage: Storage) -> None:
        await storage.create_user(CONTOSO, User(person(2), NOW, 1, NOW))
        with pytest.raises(InvalidRequest):
            await storage.adopt_users(CONTOSO, [User(person(number), NOW) for number in range(4)], check_adopted)
        with pytest.raises(IdentityNotOwned):
            await storage.get_user(CONTOSO, person(1))

    async def test_many_at_once_in_any_order(self, storage: Storage, neighbour: Storage) -> None:
        users = [User(person(number), NOW) for number in range(30)]
        await asyncio.gather(
            *(
                writer.adopt_users(CONTOSO, order, check_adopted)
                for writer in (storage, neighbour)
                for order in (users, users[::-1])
                for _ in range(5)
            )
        )
        assert [await storage.get_user(CONTOSO, user.raw_id) for user in users] == users


class TestAdoptedRooms:
    async def test_of_many_at_once_one_is_new_and_the_others_see_it(self, storage: Storage, neighbour: Storage) -> None:
        room, roster = a_room(), people(range(5))
        users = [User(participant.raw_id, NOW) for participant in roster]
        seen: list[Room] = []

        def check(kept: Room, kept_roster: Sequence[Participant]) -> None:
            seen.append(kept)
            assert set(kept_roster) == set(roster)

        are_new = await asyncio.gather(
            *(
                writer.adopt_room(CONTOSO, room, roster, users, check_adopted, check)
                for writer in (storage, neighbour) * 5
            )
        )
        assert sorted(are_new) == [False] * 9 + [True]
        assert set(seen) == {room}
        assert [await storage.get_user(CONTOSO, user.raw_id) for user in users] == users

    async def test_refused_room_leaves_no_users(self, storage: Storage) -> None:
        room = await new_room(storage)
        with pytest.raises(InvalidRequest):
            await storage.adopt_room(
                CONTOSO,
                msgspec.structs.replace(a_room(), id=room),
                people([1]),
                [User(person(1), NOW)],
                check_adopted,
                lambda _room, roster: refusing(roster),
            )
        with pytest.raises(IdentityNotOwned):
            await storage.get_user(CONTOSO, person(1))

    async def test_id_of_a_deleted_room_is_taken(self, storage: Storage) -> None:
        room = await new_room(storage)
        await storage.delete_room(CONTOSO, room, NOW)
        with pytest.raises(RoomIdTaken):
            await storage.adopt_room(
                CONTOSO, msgspec.structs.replace(a_room(), id=room), (), (), check_adopted, lambda *_: None
            )


class TestTeamsAssignments:
    FIRST = TeamsAssignment("tenant", "object", PrincipalType.USER, ("one", "two"))

    @pytest.mark.parametrize("clients", [None, (), ("one",)])
    async def test_an_assignment_is_read_as_kept(self, storage: Storage, clients: tuple[str, ...] | None) -> None:
        kept = TeamsAssignment("tenant", "object", PrincipalType.RESOURCE_ACCOUNT, clients)
        assert await storage.put_teams_assignment(CONTOSO, kept) is True
        assert await storage.get_teams_assignment(CONTOSO, "tenant", "object") == kept

    async def test_a_second_assignment_replaces_the_first(self, storage: Storage, neighbour: Storage) -> None:
        second = TeamsAssignment("tenant", "object", PrincipalType.RESOURCE_ACCOUNT)
        assert await storage.put_teams_assignment(CONTOSO, self.FIRST) is True
        assert await neighbour.put_teams_assignment(CONTOSO, second) is False
        assert await storage.get_teams_assignment(CONTOSO, "tenant", "object") == second

    async def test_one_of_many_concurrent_assignments_is_new(self, storage: Storage, neighbour: Storage) -> None:
        writers = [storage, neighbour] * 10
        made = await asyncio.gather(*(one.put_teams_assignment(CONTOSO, self.FIRST) for one in writers))
        assert made.count(True) == 1

    async def test_an_unknown_assignment_is_not_found(self, storage: Storage) -> None:
        await storage.put_teams_assignment(CONTOSO, self.FIRST)
        await storage.remove_teams_assignment(CONTOSO, "tenant", "other")
        for key in ((CONTOSO, "tenant", "other"), (CONTOSO, "other", "object"), (FABRIKAM, "tenant", "object")):
            with pytest.raises(AssignmentNotFound):
                await storage.get_teams_assignment(*key)
        for _ in range(2):
            await storage.remove_teams_assignment(CONTOSO, "tenant", "object")
            with pytest.raises(AssignmentNotFound):
                await storage.get_teams_assignment(CONTOSO, "tenant", "object")

    async def test_assignments_are_removed_with_their_resource(self, storage: Storage) -> None:
        await storage.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5Mg=="))
        await storage.put_teams_assignment(CONTOSO, self.FIRST)
        await storage.remove_resource(CONTOSO)
        with pytest.raises(AssignmentNotFound):
            await storage.get_teams_assignment(CONTOSO, "tenant", "object")


class TestStandings:
    async def test_an_standing_has_room_role_and_user(self, storage: Storage) -> None:
        room, user = a_room(), User(person(1), NOW, 3)
        await storage.create_room(CONTOSO, room, people([1], PRESENTER), None)
        await storage.create_user(CONTOSO, user)
        standing = await storage.get_standing(CONTOSO, room.id, person(1))
        assert (standing.room, standing.role, standing.user) == (room, PRESENTER, user)

    async def test_missing_parts_of_an_standing_are_none(self, storage: Storage) -> None:
        room = await new_room(storage, *people([1]))
        await storage.create_user(CONTOSO, User(person(2), NOW))
        invited = await storage.get_standing(CONTOSO, room, person(1))
        assert (invited.role, invited.user) == (ATTENDEE, None)
        owned = await storage.get_standing(CONTOSO, room, person(2))
        assert (owned.role, owned.user) == (None, User(person(2), NOW))
        nowhere = await storage.get_standing(CONTOSO, UNKNOWN, person(1))
        assert (nowhere.room, nowhere.role, nowhere.user) == (None, None, None)
        elsewhere = await storage.get_standing(FABRIKAM, room, person(2))
        assert (elsewhere.room, elsewhere.role, elsewhere.user) == (None, None, None)

    async def test_standings_come_in_the_order_asked(self, storage: Storage) -> None:
        rooms = [await new_room(storage, *people([number], CONSUMER)) for number in range(5)]
        keys = [StandingKey(CONTOSO, room, person(number)) for number, room in enumerate(rooms)]
        keys += [StandingKey(CONTOSO, UNKNOWN, person(0)), keys[2], StandingKey(FABRIKAM, rooms[0], person(0))]
        expected = [await storage.get_standing(*one) for one in keys]
        assert await storage.get_standings(keys) == expected
        assert [standing.role for standing in expected] == [CONSUMER] * 5 + [None, CONSUMER, None]

    async def test_no_standings_can_be_asked_for(self, storage: Storage) -> None:
        assert not await storage.get_standings([])


class TestResources:
    @staticmethod
    def resource(name: ResourceId, host: str | None, key: str = "a2V5") -> Resource:
        return Resource(name, host, key, "c2Vjb25k")

    async def test_resources_are_listed_by_id_with_their_present_keys(self, storage: Storage) -> None:
        await storage.add_resource(self.resource(FABRIKAM, "fabrikam.example"))
        await storage.add_resource(self.resource(CONTOSO, None))
        newer = self.resource(FABRIKAM, "fabrikam.example", "bmV3ZXI=")
        assert await storage.change_resource(FABRIKAM, lambda _: newer) == newer
        assert await storage.list_resources() == [self.resource(CONTOSO, None), newer]

    async def test_changes_at_once_keep_each_other(self, storage: Storage, neighbour: Storage) -> None:
        """Each decides over what the other has kept, so replacing one key does not bring the other old key back."""
        await storage.add_resource(self.resource(CONTOSO, None))
        for number in range(20):
            primary, secondary = f"primary-{number}", f"secondary-{number}"
            await asyncio.gather(
                storage.change_resource(CONTOSO, partial(msgspec.structs.replace, primary_key=primary)),
                neighbour.change_resource(CONTOSO, partial(msgspec.structs.replace, secondary_key=secondary)),
            )
            assert await storage.list_resources() == [Resource(CONTOSO, None, primary, secondary)]

    async def test_a_refused_change_leaves_the_resource_alone(self, storage: Storage) -> None:
        await storage.add_resource(self.resource(CONTOSO, None))
        await storage.add_resource(self.resource(FABRIKAM, "fabrikam.example"))
        with pytest.raises(InvalidRequest):
            await storage.change_resource(FABRIKAM, refusing)
        with pytest.raises(HostTaken):
            await storage.change_resource(FABRIKAM, partial(msgspec.structs.replace, host=None))
        with pytest.raises(ResourceNotFound):
            await storage.change_resource(ResourceId("nobody"), lambda kept: kept)
        assert await storage.list_resources() == [
            self.resource(CONTOSO, None),
            self.resource(FABRIKAM, "fabrikam.example"),
        ]

    @pytest.mark.parametrize("host", ["rooms.example", None])
    async def test_a_host_belongs_to_one_resource(self, storage: Storage, host: str | None) -> None:
        await storage.add_resource(self.resource(CONTOSO, host))
        with pytest.raises(HostTaken):
            await storage.add_resource(self.resource(FABRIKAM, host))
        assert await storage.list_resources() == [self.resource(CONTOSO, host)]

    async def test_two_that_want_a_host_at_once_do_not_both_get_it(self, storage: Storage, neighbour: Storage) -> None:
        outcomes = await asyncio.gather(
            storage.add_resource(self.resource(CONTOSO, None)),
            neighbour.add_resource(self.resource(FABRIKAM, None)),
            return_exceptions=True,
        )
        assert [outcome for outcome in outcomes if outcome is not None] == [outcomes[0] or outcomes[1]]
        assert isinstance(outcomes[0] or outcomes[1], HostTaken)

    async def test_a_host_can_move_on(self, storage: Storage) -> None:
        await storage.add_resource(self.resource(CONTOSO, "rooms.example"))
        await storage.change_resource(CONTOSO, partial(msgspec.structs.replace, host="contoso.example"))
        await storage.add_resource(self.resource(FABRIKAM, "rooms.example"))
        assert [resource.host for resource in await storage.list_resources()] == ["contoso.example", "rooms.example"]

    async def test_an_unused_resource_can_be_removed(self, storage: Storage) -> None:
        await storage.add_resource(self.resource(CONTOSO, None))
        room = await new_room(storage)
        await storage.create_user(CONTOSO, User(person(1), NOW))
        with pytest.raises(ResourceInUse):
            await storage.remove_resource(CONTOSO)
        await storage.delete_room(CONTOSO, room, NOW)
        with pytest.raises(ResourceInUse):
            await storage.remove_resource(CONTOSO)
        await storage.change_user(CONTOSO, person(1), lambda user: delete(user, NOW))
        await storage.remove_resource(CONTOSO)
        assert await storage.list_resources() == []

    async def test_an_unknown_resource_cannot_be_removed(self, storage: Storage) -> None:
        with pytest.raises(ResourceNotFound):
            await storage.remove_resource(CONTOSO)

    async def test_signing_keys_come_newest_first(self, storage: Storage) -> None:
        keys = [SigningKey(f"key-{at}", "pem", Moment(NOW + at)) for at in (1, 3, 2)]
        for key in keys:
            await storage.put_signing_key(key)
        assert await storage.list_signing_keys() == [keys[1], keys[2], keys[0]]

    async def test_starting_at_once_leaves_one_signing_key(self, storage: Storage, neighbour: Storage) -> None:
        await asyncio.gather(
            *(
                (storage, neighbour)[number % 2].put_signing_key(
                    SigningKey(f"key-{number}", "pem", NOW), only_if_none=True
                )
                for number in range(6)
            )
        )
        assert len(await storage.list_signing_keys()) == 1

    async def test_the_newest_signing_key_is_never_forgotten(self, storage: Storage) -> None:
        keys = [SigningKey(f"key-{at}", "pem", Moment(NOW + at)) for at in (1, 2, 3)]
        for key in keys:
            await storage.put_signing_key(key)
        await storage.remove_signing_keys(Moment(NOW + 2))
        assert await storage.list_signing_keys() == [keys[2], keys[1]]
        await storage.remove_signing_keys(Moment(NOW + DAY))
        assert await storage.list_signing_keys() == [keys[2]]

    async def test_secrets_hide_themselves(self, storage: Storage) -> None:
        await storage.add_resource(self.resource(CONTOSO, None, "c2VjcmV0"))
        await storage.put_signing_key(SigningKey("key", "c2VjcmV0", NOW))
        assert "c2VjcmV0" not in repr([await storage.list_resources(), await storage.list_signing_keys()])


class TestSessions:
    SESSION = Session("session", (CONTOSO, FABRIKAM), "Ada", NOW, Moment(NOW + HOUR), b"link")

    @staticmethod
    def tokens(session: Session) -> list[OperatorToken]:
        return [
            OperatorToken(session.id, resource, OperatorRole.READER, NOW, session.expires_at, ("one",), subject="ada")
            for resource in session.resources
        ]

    async def add(self, storage: Storage, session: Session = SESSION) -> None:
        await storage.add_session(session, self.tokens(session))

    async def test_a_session_is_found_by_its_link_and_its_secret(self, storage: Storage, neighbour: Storage) -> None:
        await self.add(storage)
        assert await neighbour.find_link(b"link") == self.SESSION
        assert await storage.find_session(b"link") is None
        begun = await storage.change_session("session", lambda kept: exchange(kept, b"secret", NOW))
        assert begun is not None
        assert begun.used_at == NOW
        assert await neighbour.find_session(b"secret") == begun
        assert [await storage.get_operator_token(one.resource, one.id) for one in self.tokens(begun)] == self.tokens(
            begun
        )

    async def test_of_several_browsers_one_exchanges_a_link(self, storage: Storage, neighbour: Storage) -> None:
        await self.add(storage)
        outcomes = await asyncio.gather(
            *(
                store.change_session("session", lambda kept, n=n: exchange(kept, bytes([n]), NOW))
                for n, store in enumerate([storage, neighbour] * 4)
            ),
            return_exceptions=True,
        )
        begun = [one for one in outcomes if isinstance(one, Session)]
        assert len(begun) == 1
        assert await storage.find_link(b"link") == begun[0]

    async def test_removing_it_revokes_its_tokens(self, storage: Storage) -> None:
        await self.add(storage)
        await storage.remove_session(self.SESSION, NOW)
        assert await storage.find_link(b"link") is None
        assert await storage.change_session("session", lambda kept: kept) is None
        for token in self.tokens(self.SESSION):
            kept = await storage.get_operator_token(token.resource, token.id)
            assert kept is not None
            assert kept.revoked_at == NOW

    async def test_expired_ones_are_forgotten_when_one_is_added(self, storage: Storage) -> None:
        await self.add(storage)
        later = msgspec.structs.replace(
            self.SESSION, id="later", created_at=Moment(NOW + HOUR), expires_at=Moment(NOW + DAY), link_hash=b"other"
        )
        await self.add(storage, later)
        assert await storage.find_link(b"link") is None
        assert await storage.find_link(b"other") == later


class TestOperatorTokens:
    @staticmethod
    def token(name: str, minutes: int = 15, resource: ResourceId = CONTOSO) -> OperatorToken:
        expires = Moment(NOW + minutes * MINUTE)
        return OperatorToken(name, resource, OperatorRole.READER, NOW, expires, ("one", "two"))

    async def test_a_token_is_found_by_resource_and_id(self, storage: Storage, neighbour: Storage) -> None:
        await storage.add_operator_token(self.token("a"))
        assert await neighbour.get_operator_token(CONTOSO, "a") == self.token("a")
        assert await storage.get_operator_token(FABRIKAM, "a") is None
        assert await storage.get_operator_token(CONTOSO, "b") is None

    async def test_those_that_have_not_expired_are_listed_by_age(self, storage: Storage) -> None:
        older = msgspec.structs.replace(self.token("z"), created_at=Moment(NOW - MINUTE))
        for token in (self.token("a"), self.token("short", minutes=1), older, self.token("other", resource=FABRIKAM)):
            await storage.add_operator_token(token)
        assert await storage.list_operator_tokens(CONTOSO, Moment(NOW + MINUTE)) == [older, self.token("a")]

    async def test_expired_ones_are_forgotten_when_one_is_added(self, storage: Storage) -> None:
        await storage.add_operator_token(self.token("short", minutes=1))
        later = msgspec.structs.replace(self.token("a"), created_at=Moment(NOW + MINUTE))
        await storage.add_operator_token(later)
        assert await storage.get_operator_token(CONTOSO, "short") is None

    async def test_the_first_revocation_counts(self, storage: Storage) -> None:
        await storage.add_operator_token(self.token("a"))
        for moment in (NOW, Moment(NOW + MINUTE)):
            await storage.revoke_operator_token(CONTOSO, "a", moment)
        assert await storage.get_operator_token(CONTOSO, "a") == msgspec.structs.replace(
            self.token("a"), revoked_at=NOW
        )

    async def test_only_the_resources_own_can_be_revoked(self, storage: Storage) -> None:
        await storage.add_operator_token(self.token("a"))
        with pytest.raises(OperatorTokenNotFound):
            await storage.revoke_operator_token(FABRIKAM, "a", NOW)
        assert await storage.get_operator_token(CONTOSO, "a") == self.token("a")

    async def test_they_go_with_their_resource(self, storage: Storage) -> None:
        await storage.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5"))
        await storage.add_operator_token(self.token("a"))
        await storage.remove_resource(CONTOSO)
        assert await storage.get_operator_token(CONTOSO, "a") is None


class TestLeases:
    async def test_a_lease_has_one_holder_until_it_ends(self, storage: Storage, neighbour: Storage) -> None:
        assert await storage.hold_lease("leader", "one", NOW, Moment(NOW + 10))
        assert not await neighbour.hold_lease("leader", "two", Moment(NOW + 9), Moment(NOW + 20))
        assert await storage.hold_lease("leader", "one", Moment(NOW + 9), Moment(NOW + 20))
        assert not await neighbour.hold_lease("leader", "two", Moment(NOW + 19), Moment(NOW + 30))
        assert await neighbour.hold_lease("leader", "two", Moment(NOW + 20), Moment(NOW + 30))
        assert not await storage.hold_lease("leader", "one", Moment(NOW + 21), Moment(NOW + 30))

    async def test_leases_of_other_names_do_not_matter(self, storage: Storage) -> None:
        assert await storage.hold_lease("leader", "one", NOW, Moment(NOW + 10))
        assert await storage.hold_lease("purge", "two", NOW, Moment(NOW + 10))

    async def test_of_many_at_once_one_gets_it(self, storage: Storage, neighbour: Storage) -> None:
        got = await asyncio.gather(
            *(
                writer.hold_lease("leader", f"{writer}-{number}", NOW, Moment(NOW + 10))
                for writer in (storage, neighbour)
                for number in range(5)
            )
        )
        assert sum(got) == 1


def dialled(
    room: RoomId, number: int = 1, asked_by: str = "", now: Moment = NOW, resource: ResourceId = CONTOSO
) -> DialOut:
    return telephones.begin(
        LegId(f"{next(_numbers):032x}"),
        CallId(resource, room),
        PhoneNumber(f"+1555000{number:04}"),
        asked_by,
        "process",
        Moment(now + MINUTE),
        telephones.Limits(),
        now,
    )


async def dial(storage: Storage, dial_out: DialOut) -> Traffic:
    """Keep a dial-out, and return the traffic before it."""
    seen: list[Traffic] = []

    def decide(room: Room, traffic: Traffic) -> DialOut:
        assert room.id == dial_out.call.room
        seen.append(traffic)
        return dial_out

    assert await storage.add_dial_out(dial_out.call, dial_out.asked_by, NOW, decide) == dial_out
    return seen[-1]


async def hang_up(storage: Storage, dial_out: DialOut, now: Moment = NOW) -> DialOut | None:
    return await storage.change_dial_out(
        dial_out.call.resource, dial_out.id, lambda kept: telephones.end(kept, Outcome.BUSY, now, 486)
    )


class TestDialOuts:
    @pytest.fixture(autouse=True)
    async def resources(self, storage: Storage) -> None:
        await storage.add_resource(Resource(CONTOSO, None, "", ""))
        await storage.add_resource(Resource(FABRIKAM, "fabrikam.example", "", ""))

    async def test_what_was_kept_is_read(self, storage: Storage) -> None:
        room = await new_room(storage)
        first, second = dialled(room, 1), dialled(room, 2, person(1), Moment(NOW + 1))
        for dial_out in (first, second):
            await dial(storage, dial_out)
        ended = telephones.end(first, Outcome.BUSY, Moment(NOW + 2), 486)
        assert await hang_up(storage, first, Moment(NOW + 2)) == ended
        # Those that have not ended come first.
        assert await storage.list_dial_outs(first.call, 10) == [second, ended]
        assert await storage.list_dial_outs(first.call, 1) == [second]
        assert await storage.list_dial_outs(CallId(FABRIKAM, room), 10) == []
        keys = [(CONTOSO, first.id), (FABRIKAM, second.id), (CONTOSO, LegId("0" * 32))]
        assert await storage.get_dial_outs(keys) == {first.id: ended}

    async def test_the_traffic_of_a_new_one(self, storage: Storage) -> None:
        room, other = await new_room(storage), await new_room(storage)
        await storage.create_room(FABRIKAM, abroad := a_room(), (), None)
        later = Moment(NOW + 1)
        await dial(storage, dialled(other, 1, person(1), NOW))
        await dial(storage, dialled(other, 2, person(1), later))
        await dial(storage, dialled(abroad.id, 3, person(1), later, FABRIKAM))
        await dial(storage, dialled(room, 4, person(2), later))
        gone = dialled(room, 5, person(2), later)
        await dial(storage, gone)
        await hang_up(storage, gone)
        assert await dial(storage, dialled(room, 6, person(2), later)) == Traffic(frozenset({"+15550000004"}), 3, 3, 2)

    async def test_a_refused_one_is_not_kept(self, storage: Storage) -> None:
        room = await new_room(storage)

        def refuse(_room: Room, _traffic: Traffic) -> DialOut:
            raise InvalidRequest("not like this")

        with pytest.raises(InvalidRequest):
            await storage.add_dial_out(CallId(CONTOSO, room), "", NOW, refuse)
        with pytest.raises(RoomNotFound):
            await storage.add_dial_out(CallId(CONTOSO, UNKNOWN), "", NOW, refuse)
        assert await storage.list_dial_outs(CallId(CONTOSO, room), 10) == []

    async def test_a_limit_holds_for_many_at_once(self, storage: Storage, neighbour: Storage) -> None:
        room = await new_room(storage)

        async def dial_if_few(store: Storage, number: int) -> None:
            def decide(_room: Room, traffic: Traffic) -> DialOut:
                if len(traffic.numbers) >= 3:
                    raise InvalidRequest("too many")
                return dialled(room, number)

            with suppress(InvalidRequest):
                await store.add_dial_out(CallId(CONTOSO, room), "", NOW, decide)

        await asyncio.gather(*(dial_if_few((storage, neighbour)[number % 2], number) for number in range(12)))
        assert len(await storage.list_dial_outs(CallId(CONTOSO, room), 20)) == 3

    async def test_an_unknown_one_is_not_changed(self, storage: Storage) -> None:
        assert await hang_up(storage, dialled(UNKNOWN)) is None

    async def test_lost_ones_are_found(self, storage: Storage) -> None:
        room = await new_room(storage)
        held, lost, ended = dialled(room, 1, now=Moment(NOW + 1)), dialled(room, 2), dialled(room, 3)
        for dial_out in (held, lost, ended):
            await dial(storage, dial_out)
        await hang_up(storage, ended)
        assert await storage.list_lost_dial_outs(lost.held_until, 10) == [(CONTOSO, lost.id)]
        assert await storage.list_lost_dial_outs(Moment(lost.held_until - 1), 10) == []
        assert len(await storage.list_lost_dial_outs(held.held_until, 1)) == 1

    async def test_only_those_that_ended_are_purged(self, storage: Storage) -> None:
        room = await new_room(storage)
        dial_outs = [dialled(room, number) for number in range(4)]
        for number, dial_out in enumerate(dial_outs):
            await dial(storage, dial_out)
            if number:
                await hang_up(storage, dial_out, Moment(NOW + number))
        assert await storage.purge_dial_outs(Moment(NOW + 3), 1) == 1
        assert await storage.purge_dial_outs(Moment(NOW + 3), 10) == 1
        assert {kept.id for kept in await storage.list_dial_outs(dial_outs[0].call, 10)} == {
            dial_outs[0].id,
            dial_outs[3].id,
        }

    async def test_they_go_with_their_resource(self, storage: Storage) -> None:
        room = await new_room(storage)
        gone = dialled(room)
        await dial(storage, gone)
        await storage.delete_room(CONTOSO, room, NOW)
        await storage.remove_resource(CONTOSO)
        assert await storage.list_dial_outs(gone.call, 10) == []


class TestPurge:
    @pytest.fixture(autouse=True)
    async def resources(self, storage: Storage) -> Sequence[Resource]:
        await storage.add_resource(Resource(CONTOSO, None, "", ""))
        await storage.add_resource(Resource(FABRIKAM, "fabrikam.example", "", ""))
        return await storage.list_resources()

    async def test_rooms_go_at_the_moment_given(self, storage: Storage) -> None:
        before, at = a_room(valid_until=NOW - 1), a_room(valid_until=NOW)
        for room in (before, at):
            await storage.create_room(CONTOSO, room, people([1]), None)
        assert await storage.purge(NOW, NOW, 100) == 2
        assert await listed(storage) == [at.id]
        with pytest.raises(RoomNotFound):
            await storage.list_roster(CONTOSO, before.id, None, 10)
        assert await roster_of(storage, at.id) == list(people([1]))

    async def test_a_tombstone_is_forgotten(self, storage: Storage) -> None:
        room = await new_room(storage)
        await storage.delete_room(CONTOSO, room, NOW)
        assert await storage.purge(NOW, NOW, 100) == 0
        await storage.delete_room(CONTOSO, room, NOW)
        assert await storage.purge(Moment(NOW + 1), NOW, 100) == 1
        with pytest.raises(RoomNotFound):
            await storage.delete_room(CONTOSO, room, NOW)

    async def test_a_kept_create_is_forgotten(self, storage: Storage) -> None:
        once = Once("7f8b", b"what was asked")
        await storage.create_room(CONTOSO, a_room(), (), once)
        assert await storage.purge(NOW, NOW, 100) == 0
        assert await storage.purge(NOW, Moment(NOW + 1), 100) == 1
        room = a_room()
        assert (await storage.create_room(CONTOSO, room, (), once)).id == room.id

    async def test_all_resources_are_purged_in_bounded_steps(self, storage: Storage) -> None:
        for resource in (CONTOSO, FABRIKAM):
            for _ in range(10):
                await storage.create_room(resource, a_room(valid_until=NOW - 1), people(range(3)), None)
        gone = [await storage.purge(NOW, NOW, 25) for _ in range(4)]
        # Whole rooms of four rows each, so a step may end three rows late.
        assert gone == [28, 28, 24, 0]
        assert await listed(storage) == await listed(storage, resource=FABRIKAM) == []

    async def test_a_room_given_a_new_window_stays(self, storage: Storage) -> None:
        room = a_room(valid_until=NOW - 1)
        await storage.create_room(CONTOSO, room, people([1]), None)
        await storage.change_room(
            CONTOSO, room.id, lambda room: msgspec.structs.replace(room, valid_until=Moment(NOW + 5))
        )
        assert await storage.purge(NOW, NOW, 100) == 0
        assert await roster_of(storage, room.id) == list(people([1]))


async def test_a_working_storage_passes_its_check(storage: Storage) -> None:
    await storage.check()


async def test_what_was_kept_is_there_after_opening_again(storage: Storage, neighbour: Storage) -> None:
    room = await new_room(storage, *people([1, 2]))
    await storage.close()
    assert await roster_of(neighbour, room) == list(people([1, 2]))


async def test_closing_twice_is_harmless(storage: Storage) -> None:
    await storage.close()
    await storage.close()


async def test_notifications_are_heard_where_they_were_sent(storage: Storage) -> None:
    heard: list[str] = []
    storage.listen(heard.append)
    storage.notify("a room changed")
    storage.notify("another one")
    assert heard == ["a room changed", "another one"]


def titled(room: Room) -> str:
    """Return a document as a later version of openrooms could render it."""
    return render_room(room).replace('"createdAt"', '"title":"","createdAt"')


class TestForms:
    """A document that an older version has rendered is rendered again when it is read."""

    @pytest.fixture
    def upgrade(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
        def upgraded() -> None:
            monkeypatch.setattr(models, "ROOM_FORM", models.ROOM_FORM + 1)
            monkeypatch.setattr(models, "render_room", titled)

        return upgraded

    async def test_an_older_form_is_rendered_again(self, storage: Storage, upgrade: Callable[[], None]) -> None:
        room = a_room()
        await storage.create_room(CONTOSO, room, people([1]), None)
        upgrade()
        assert await storage.get_room_document(CONTOSO, room.id) == titled(room)
        with pytest.raises(RoomNotFound):
            await storage.get_room_document(FABRIKAM, room.id)

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 9])
    async def test_pages_have_one_form(self, storage: Storage, upgrade: Callable[[], None], limit: int) -> None:
        rooms = [a_room(NOW + number // 2) for number in range(8)]
        for room in rooms[:5]:
            await storage.create_room(CONTOSO, room, (), None)
        upgrade()
        for room in rooms[5:]:
            await storage.create_room(CONTOSO, room, (), None)
        documents, after = [], None
        while True:
            page = await storage.list_rooms(CONTOSO, after, limit)
            documents.append(page.documents)
            after = page.next
            if after is None:
                break
        expected = sorted(rooms, key=lambda room: (room.created_at, room.id), reverse=True)
        assert ",".join(documents) == ",".join(map(titled, expected))
        assert len(documents) == -(-8 // limit)

    async def test_a_change_keeps_the_new_form(self, storage: Storage, upgrade: Callable[[], None]) -> None:
        room = a_room()
        await storage.create_room(CONTOSO, room, (), None)
        with pytest.MonkeyPatch.context() as newer:
            newer.setattr(models, "ROOM_FORM", models.ROOM_FORM + 1)
            newer.setattr(models, "render_room", titled)
            later = msgspec.structs.replace(room, valid_until=Moment(NOW + 2 * DAY))
            assert await storage.change_room(CONTOSO, room.id, lambda _: later) == titled(later)
        # A process of the version before returns it as it is, and renders its own form when it changes the room.
        assert await storage.get_room_document(CONTOSO, room.id) == titled(later)
        assert (await storage.list_rooms(CONTOSO, None, 5)).documents == titled(later)
        assert await storage.change_room(CONTOSO, room.id, lambda _: room) == render_room(room)
        upgrade()
        assert await storage.get_room_document(CONTOSO, room.id) == titled(room)

    async def test_a_repeated_create_gets_its_first_answer(self, storage: Storage, upgrade: Callable[[], None]) -> None:
        room, once = a_room(), Once("7f8b", b"what was asked")
        await storage.create_room(CONTOSO, room, (), once)
        upgrade()
        assert await storage.create_room(CONTOSO, a_room(), (), once) == CreatedRoom(room.id, render_room(room))


# The contents of a resource


async def test_contents_are_replaced_as_a_whole(storage: Storage):
    other = await new_room(storage, *people([1]), resource=FABRIKAM)
    old = await new_room(storage, *people([1, 2]))
    await storage.create_user(CONTOSO, User(person(1), NOW, custom_id="ada"))
    assignment = TeamsAssignment("tenant", "object", PrincipalType.USER, ("one", "two"))
    await storage.put_teams_assignment(CONTOSO, assignment)
    subscription = Subscription(CONTOSO, "one", NOW, "https://a.example/hook", "secret")
    await storage.add_subscription(subscription, Progress())
    contents = await storage.get_contents(CONTOSO)
    assert contents.subscriptions == (subscription,)
    assert [kept.room.id for kept in contents.rooms] == [old]
    assert contents.rooms[0].roster == people([1, 2])
    assert contents.users == (User(person(1), NOW, custom_id="ada"),)
    assert contents.assignments == (assignment,)
    await storage.replace_contents(CONTOSO, ResourceContents())
    assert await storage.get_contents(CONTOSO) == ResourceContents()
    with pytest.raises(RoomNotFound):
        await storage.get_room(CONTOSO, old)
    await storage.replace_contents(CONTOSO, contents)
    assert await storage.get_contents(CONTOSO) == contents
    (kept,) = await storage.list_subscriptions(CONTOSO)
    assert kept.progress.cursor == await storage.last_event(CONTOSO)
    assert await roster_of(storage, old) == list(people([1, 2]))
    assert await storage.get_room(FABRIKAM, other)


async def test_contents_that_contradict_themselves_change_nothing(storage: Storage):
    room = await new_room(storage)
    kept = KeptRoom(a_room(), ())
    with pytest.raises(RoomIdTaken):
        await storage.replace_contents(CONTOSO, ResourceContents(rooms=(kept, kept)))
    assert await storage.get_room(CONTOSO, room)


async def test_deleted_room_may_come_back_with_contents(storage: Storage):
    """A tombstone belongs to the contents that are replaced."""
    room = await new_room(storage)
    contents = await storage.get_contents(CONTOSO)
    await storage.delete_room(CONTOSO, room, NOW)
    await storage.replace_contents(CONTOSO, contents)
    assert await storage.get_room(CONTOSO, room)
