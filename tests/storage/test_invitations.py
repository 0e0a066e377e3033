"""The contract of the stores of invitations and of whole visits, for both engines."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import count

import pytest
from msgspec.structs import replace

from openrooms.domain import invitations, planning
from openrooms.domain.errors import (
    InvalidRequest,
    InvitationBound,
    InvitationNotFound,
    InvitationUnknown,
    RepeatMismatch,
    RoomNotFound,
)
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.invitations import Browser, Invitation, InvitationId
from openrooms.domain.joining import Standing
from openrooms.domain.moments import DAY, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId, room_id
from openrooms.domain.roster import Participant, RawId, RosterChange
from openrooms.domain.visits import VisitOptions
from openrooms.server.core.ports import Once, Resource, RoomIdTaken, StandingKey, Storage

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
FABRIKAM = ResourceId("6f0a3b52-77f0-4a4e-9d0f-0e1d1c9b8a01")
NOW = Moment(17_564_273_885_964_328)
ATTENDEE = ParticipantRole.ATTENDEE

_numbers = count(1)


def a_room() -> Room:
    return Room(room_id(next(_numbers)), NOW, NOW, Moment(NOW + DAY))


def person(number: int) -> RawId:
    return RawId(f"8:acs:{CONTOSO}_{number:08x}-0000-4000-8000-000000000000")


def an_invitation(room: RoomId, raw_id: RawId) -> Invitation:
    number = next(_numbers)
    return Invitation(InvitationId(f"{number:016x}"), room, raw_id, number.to_bytes(32), 0, NOW)


async def room_with(storage: Storage, *people: RawId) -> RoomId:
    room = a_room()
    for raw_id in people:
        await storage.adopt_users(CONTOSO, [User(raw_id, NOW)], lambda _: None)
    await storage.create_room(CONTOSO, room, [Participant(raw_id, ATTENDEE) for raw_id in people], None)
    return room.id


async def invite(storage: Storage, room: RoomId, raw_id: RawId, *, keep_others: bool = True) -> Invitation:
    def decide(standing: Standing, links: Sequence[Invitation]) -> tuple[Invitation, Sequence[Invitation]]:
        ended = invitations.superseded(links, keep_others=keep_others)
        return invitations.issue(standing, invitation), list(map(invitations.revoked, ended))

    invitation = an_invitation(room, raw_id)
    return await storage.add_invitation(CONTOSO, invitation, decide)


async def listed(storage: Storage, room: RoomId, page: int = 100) -> list[Invitation]:
    found, after = [], None
    while True:
        answer = await storage.list_invitations(CONTOSO, room, after, page)
        found += answer.invitations
        after = answer.next
        if after is None:
            return found


async def is_withdrawn(storage: Storage, invitation: Invitation, /, **changes: str) -> bool:
    key = StandingKey(CONTOSO, invitation.room_id, invitation.raw_id, invitation.id)._replace(**changes)
    [standing] = await storage.get_standings([key])
    assert standing == await storage.get_standing(*key)
    return standing.is_withdrawn


async def test_an_invitation_is_found_by_its_secret(storage):
    room = await room_with(storage, person(1))
    invitation = await invite(storage, room, person(1))
    found = await storage.find_invited(CONTOSO, invitation.secret_hash)
    assert found == await storage.get_invited(CONTOSO, room, invitation.id)
    assert found.invitation == invitation
    assert found.standing == await storage.get_standing(CONTOSO, room, person(1), invitation.id)
    with pytest.raises(InvitationUnknown):
        await storage.find_invited(FABRIKAM, invitation.secret_hash)
    for wrong in ((CONTOSO, room, "other"), (CONTOSO, RoomId("99400000000000000"), invitation.id)):
        with pytest.raises(InvitationNotFound):
            await storage.get_invited(*wrong)


async def test_moves_count_from_zero_and_outlive_an_import(storage):
    await storage.adopt_users(CONTOSO, [User(person(1), NOW)], lambda _: None)
    room = replace(a_room(), options=VisitOptions("Follow-up"))
    await storage.create_room(CONTOSO, room, [Participant(person(1), ATTENDEE)], None)
    invitation = await invite(storage, room.id, person(1))
    assert (await storage.find_invited(CONTOSO, invitation.secret_hash)).moves == 0
    titled = replace(room, options=VisitOptions("Check-up"))
    for changed in (replace(titled, valid_until=Moment(NOW + 2 * DAY)), titled):
        await storage.change_visit(CONTOSO, room.id, {}, lambda _room, _present, changed=changed: changed)
    assert (await storage.find_invited(CONTOSO, invitation.secret_hash)).moves == 3
    await storage.replace_contents(CONTOSO, await storage.get_contents(CONTOSO))
    assert (await storage.find_invited(CONTOSO, invitation.secret_hash)).moves == 3


async def test_an_invitation_holds_for_its_room_and_participant(storage):
    room = await room_with(storage, person(1), person(2))
    other = await room_with(storage, person(1))
    invitation = await invite(storage, room, person(1))
    assert not await is_withdrawn(storage, invitation)
    assert not await is_withdrawn(storage, invitation, invitation="")
    assert await is_withdrawn(storage, invitation, room_id=other)
    assert await is_withdrawn(storage, invitation, raw_id=person(2))
    assert await is_withdrawn(storage, invitation, resource=FABRIKAM)
    assert await is_withdrawn(storage, invitation, invitation="other")


async def test_a_new_invitation_ends_the_others_of_its_participant(storage):
    room = await room_with(storage, person(1), person(2))
    first, second = await invite(storage, room, person(1)), await invite(storage, room, person(1))
    of_another = await invite(storage, room, person(2))
    assert await listed(storage, room) == [first, second, of_another]
    third = await invite(storage, room, person(1), keep_others=False)
    assert await listed(storage, room) == [third, of_another]
    assert [await is_withdrawn(storage, each) for each in (first, second, third, of_another)] == [1, 1, 0, 0]
    assert (await storage.find_invited(CONTOSO, first.secret_hash)).invitation.is_revoked


async def test_nothing_is_kept_of_a_refused_invitation(storage):
    room = await room_with(storage, person(1))
    for place, raw_id, refusal in (
        (room, person(9), InvalidRequest),
        (RoomId("99400000000000000"), person(1), RoomNotFound),
    ):
        with pytest.raises(refusal):
            await invite(storage, place, raw_id)
    assert not await listed(storage, room)
    with pytest.raises(RoomNotFound):
        await listed(storage, RoomId("99400000000000000"))


async def test_the_list_goes_on_where_a_page_ended(storage):
    room = await room_with(storage, *map(person, range(3)))
    made = [await invite(storage, room, person(number % 3)) for number in range(7)]
    found = await listed(storage, room, 2)
    assert found == sorted(made, key=lambda invitation: (invitation.raw_id, invitation.id))
    await storage.change_invitation(CONTOSO, found[1].id, invitations.revoked)
    assert (await storage.list_invitations(CONTOSO, room, found[1].id, 1)).invitations == (found[2],)
    with pytest.raises(InvitationNotFound):
        await storage.list_invitations(CONTOSO, room, InvitationId("other"), 2)


async def test_invitations_end_with_the_roster_entry(storage):
    """They do not come back with the participant."""
    room = await room_with(storage, person(1), person(2))
    gone, kept = await invite(storage, room, person(1)), await invite(storage, room, person(2))
    await storage.change_roster(CONTOSO, room, [person(1)], lambda _: RosterChange(remove=(person(1),)))
    put = (Participant(person(1), ATTENDEE),)
    await storage.change_roster(CONTOSO, room, [person(1)], lambda _: RosterChange(put=put))
    assert (await is_withdrawn(storage, gone), await is_withdrawn(storage, kept)) == (True, False)
    assert await listed(storage, room) == [kept]


async def test_a_changed_role_leaves_invitations_alone(storage):
    room = await room_with(storage, person(1))
    invitation = await invite(storage, room, person(1))
    put = (Participant(person(1), ParticipantRole.PRESENTER),)
    await storage.change_roster(CONTOSO, room, [person(1)], lambda _: RosterChange(put=put))
    assert not await is_withdrawn(storage, invitation)


async def test_only_one_of_two_browsers_binds_an_invitation(storage, neighbour):
    room = await room_with(storage, person(1))
    for attempt in range(5):
        bound = replace(an_invitation(room, person(1)), bind_to_first_browser=True)
        await storage.add_invitation(CONTOSO, bound, lambda _, __, bound=bound: (bound, ()))
        keys = [f"{attempt}-{number}" for number in range(8)]
        outcomes = await asyncio.gather(
            *(
                store.change_invitation(
                    CONTOSO,
                    bound.id,
                    lambda kept, key=key: invitations.used(kept, Browser(key, confirms=True), NOW),
                )
                for key, store in zip(keys, [storage, neighbour] * 4, strict=True)
            ),
            return_exceptions=True,
        )
        [winner] = [one for one in outcomes if isinstance(one, Invitation)]
        assert [type(one) for one in outcomes].count(InvitationBound) == 7
        assert (await storage.find_invited(CONTOSO, bound.secret_hash)).invitation == winner


async def test_moves_count_changes_of_the_window_and_the_title(storage):
    room = await room_with(storage, person(1))
    invitation = await invite(storage, room, person(1))

    async def moves() -> int:
        return (await storage.find_invited(CONTOSO, invitation.secret_hash)).moves

    assert await moves() == 0
    await storage.change_room(CONTOSO, room, lambda kept: replace(kept, pstn_dial_out_enabled=True))
    assert await moves() == 0
    await storage.change_room(CONTOSO, room, lambda kept: replace(kept, valid_until=Moment(kept.valid_until + 1)))
    assert await moves() == 1
    for title, extend_by, expected in (("One", 0, 2), ("One", 5, 2), ("Two", 5, 3)):
        options = VisitOptions(title, extend_by=extend_by)
        await storage.change_visit(CONTOSO, room, {}, lambda kept, _, options=options: replace(kept, options=options))
        assert await moves() == expected


async def test_invitations_go_with_the_room_or_its_tombstone(storage):
    await storage.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5Mg=="))
    deleted, expired, kept = [await room_with(storage, person(1)) for _ in range(3)]
    made = [await invite(storage, room, person(1)) for room in (deleted, expired, kept)]
    await storage.delete_room(CONTOSO, deleted, NOW)
    assert (await storage.find_invited(CONTOSO, made[0].secret_hash)).standing.room is None
    await storage.change_room(CONTOSO, kept, lambda room: replace(room, valid_until=Moment(NOW + 9 * DAY)))
    while await storage.purge(Moment(NOW + 5 * DAY), NOW, 50) == 50:
        pass
    for gone in made[:2]:
        with pytest.raises(InvitationUnknown):
            await storage.find_invited(CONTOSO, gone.secret_hash)
    assert await listed(storage, kept) == [made[2]]


# Whole visits


class Plan:
    """A visit of one new user and one who exists."""

    def __init__(self, *extra: RawId) -> None:
        self.room = replace(a_room(), options=VisitOptions("Follow-up", extend_by=15))
        self.user = User(person(1000 + next(_numbers)), NOW)
        people = (self.user.raw_id, person(1), *extra)
        self.roster = [Participant(raw_id, ATTENDEE, f"Name {number}") for number, raw_id in enumerate(people)]
        self.invitations = [an_invitation(self.room.id, raw_id) for raw_id in people]

    async def keep(self, storage: Storage, once: Once | None = None, answer: str = "answer") -> str:
        def invite(users: Mapping[RawId, User]) -> Sequence[Invitation]:
            return planning.complete(self.invitations, users)

        return await storage.plan_visit(CONTOSO, self.room, self.roster, [self.user], invite, once, answer)


async def test_a_visit_is_kept_whole(storage):
    await storage.adopt_users(CONTOSO, [User(person(1), NOW, revocations=4)], lambda _: None)
    plan = Plan()
    assert await plan.keep(storage) == "answer"
    assert await storage.get_room(CONTOSO, plan.room.id) == plan.room
    assert list((await storage.list_roster(CONTOSO, plan.room.id, None, 10)).participants) == plan.roster
    assert await storage.get_user(CONTOSO, plan.user.raw_id) == plan.user
    kept = [(await storage.find_invited(CONTOSO, one.secret_hash)).invitation for one in plan.invitations]
    assert kept == [plan.invitations[0], replace(plan.invitations[1], revocations=4)]


async def test_nothing_is_kept_of_a_refused_visit(storage):
    await storage.adopt_users(CONTOSO, [User(person(1), NOW)], lambda _: None)
    plan, once = Plan(person(999)), Once("refused", b"1")
    with pytest.raises(InvalidRequest, match="is not a user"):
        await plan.keep(storage, once)
    with pytest.raises(RoomNotFound):
        await storage.get_room(CONTOSO, plan.room.id)
    with pytest.raises(InvitationUnknown):
        await storage.find_invited(CONTOSO, plan.invitations[0].secret_hash)
    assert await Plan().keep(storage, once, "second") == "second"


async def test_a_repeat_gets_the_first_answer(storage, neighbour):
    await storage.adopt_users(CONTOSO, [User(person(1), NOW)], lambda _: None)
    once = Once("request", b"1")
    plans = [Plan() for _ in range(8)]
    answers = await asyncio.gather(
        *(plan.keep((storage, neighbour)[place % 2], once, str(place)) for place, plan in enumerate(plans))
    )
    [first] = set(answers)
    for place, plan in enumerate(plans):
        found = (await storage.list_rooms(CONTOSO, None, 100)).documents.count(plan.room.id)
        assert found == (str(place) == first)
    with pytest.raises(RepeatMismatch):
        await Plan().keep(storage, Once("request", b"2"))


async def test_a_taken_room_id_keeps_nothing(storage):
    await storage.adopt_users(CONTOSO, [User(person(1), NOW)], lambda _: None)
    first, second = Plan(), Plan()
    await first.keep(storage)
    second.room = first.room
    with pytest.raises(RoomIdTaken):
        await second.keep(storage, Once("taken", b"1"))
    assert await Plan().keep(storage, Once("taken", b"1"), "second") == "second"
