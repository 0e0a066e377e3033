"""Enforcement: who may stay in a running call."""

from collections.abc import Iterable
from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain.calls import (
    GRANTS,
    CallId,
    CallNotice,
    Grants,
    Kind,
    Presence,
    Source,
    Track,
    capabilities,
    exceeds,
    is_mislabelled,
    notice_of,
    person,
)
from openrooms.domain.enforcement import (
    Action,
    Announce,
    ChangeRole,
    CloseCall,
    Disconnect,
    PhoneSeat,
    Rename,
    Seat,
    TakeDown,
    decide,
)
from openrooms.domain.errors import OpenRoomsError
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.joining import Standing, admit
from openrooms.domain.moments import Moment
from openrooms.domain.names import NAMELESS, DisplayName, NameSource
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import RawId
from openrooms.domain.telephones import (
    PHONE_GRANTS,
    DialOut,
    LegId,
    Limits,
    Outcome,
    PhoneNumber,
    begin,
    check_stays,
    end,
    leg_identity,
)
from openrooms.domain.visits import VisitOptions

RESOURCE = ResourceId("6f0f4f4e-0000-4000-8000-000000000001")
ADA, EVE = (RawId(f"8:acs:{RESOURCE}_00000000-0000-4000-8000-00000000000{digit}") for digit in "ae")
NINE, TEN, ELEVEN = Moment(9_000), Moment(10_000), Moment(11_000)
STANDUP = Room(RoomId("99400000000000001"), Moment(0), NINE, TEN)
CALL = CallId(RESOURCE, STANDUP.id)
ATTENDEE, PRESENTER, CONSUMER = ParticipantRole.ATTENDEE, ParticipantRole.PRESENTER, ParticipantRole.CONSUMER
MICROPHONE = Track("TR_1", Source.MICROPHONE, Kind.AUDIO)
MISLABELLED = Track("TR_2", Source.MICROPHONE, Kind.VIDEO)
SOURCELESS = Track("TR_3", None, Kind.AUDIO)


ADA_USER = User(ADA, Moment(0))


def seat(
    identity: str = ADA,
    role: ParticipantRole | None = ATTENDEE,
    has: ParticipantRole = ATTENDEE,
    tracks: tuple[Track, ...] = (MICROPHONE,),
    counted: int | None = 0,
    user: User | None = ADA_USER,
) -> Seat:
    return Seat(Presence(CALL, identity, has, GRANTS[has], counted, tracks), Standing(STANDUP, role, user))


@pytest.mark.parametrize(
    ("now", "present", "expected"),
    [
        pytest.param(NINE, seat(), [], id="invited and in time"),
        pytest.param(TEN, seat(), [CloseCall(CALL)], id="the window has closed"),
        pytest.param(Moment(NINE - 1), seat(), [CloseCall(CALL)], id="the window was moved into the future"),
        pytest.param(NINE, seat(role=None), [Disconnect(CALL, ADA, "You are not on the roster of this room.")]),
        pytest.param(
            NINE,
            seat(identity=f"{ADA}#x", role=None),
            [Disconnect(CALL, f"{ADA}#x", "You are not on the roster of this room.")],
            id="a second connection follows the same rules",
        ),
        pytest.param(NINE, seat(role=CONSUMER), [ChangeRole(CALL, ADA, CONSUMER)], id="role lowered"),
        pytest.param(NINE, seat(role=PRESENTER), [ChangeRole(CALL, ADA, PRESENTER)], id="role raised"),
        pytest.param(
            NINE,
            seat(role=ParticipantRole.COLLABORATOR, has=PRESENTER),
            [ChangeRole(CALL, ADA, ParticipantRole.COLLABORATOR)],
            id="a new role with the same grants",
        ),
        pytest.param(
            NINE,
            seat(counted=None),
            [Disconnect(CALL, ADA, "The token was revoked; ask for a new one.")],
            id="joined with a token that this service did not issue",
        ),
        pytest.param(
            NINE,
            seat(user=User(ADA, Moment(0), 1)),
            [Disconnect(CALL, ADA, "The token was revoked; ask for a new one.")],
            id="tokens revoked",
        ),
        pytest.param(
            NINE,
            seat(user=User(ADA, Moment(0), 1, NINE)),
            [Disconnect(CALL, ADA, "This user was deleted.")],
            id="user deleted",
        ),
        pytest.param(
            NINE, seat(tracks=(MICROPHONE, MISLABELLED)), [TakeDown(CALL, ADA, ATTENDEE, ("TR_2",))], id="mislabelled"
        ),
        pytest.param(NINE, seat(tracks=(SOURCELESS,)), [TakeDown(CALL, ADA, ATTENDEE, ("TR_3",))], id="no source"),
    ],
)
def test_decide(now, present, expected):
    assert list(decide({CALL: STANDUP}, {CALL: notice_of(STANDUP)}, [present], now)) == expected


LEG = LegId("0123456789abcdef" * 2)
OPEN_TO_PHONES = msgspec.structs.replace(STANDUP, pstn_dial_out_enabled=True)
DIALLED = begin(LEG, CALL, PhoneNumber("+15551234567"), ADA, "process", TEN, Limits(), NINE)
ELSEWHERE = msgspec.structs.replace(DIALLED, call=CallId(RESOURCE, RoomId("99400000000000002")))
PHONE = leg_identity(LEG)
UNEXPLAINED = "No dial-out of this room has called this telephone, or it has ended."
OFF = "This room does not allow dialling out; update it with pstnDialOutEnabled: true."


def phone_seat(dial_out: DialOut | None = DIALLED, grants: Grants = PHONE_GRANTS, identity: str = PHONE) -> PhoneSeat:
    return PhoneSeat(Presence(CALL, identity, None, grants, None, (MICROPHONE,)), dial_out)


@pytest.mark.parametrize(
    ("now", "room", "phone", "expected"),
    [
        pytest.param(NINE, OPEN_TO_PHONES, phone_seat(), [], id="dialled and in time"),
        pytest.param(TEN, OPEN_TO_PHONES, phone_seat(), [CloseCall(CALL)], id="the window has closed"),
        pytest.param(NINE, None, phone_seat(), [CloseCall(CALL)], id="the room was deleted"),
        pytest.param(NINE, STANDUP, phone_seat(), [Disconnect(CALL, PHONE, OFF)], id="the flag was turned off"),
        pytest.param(
            NINE, OPEN_TO_PHONES, phone_seat(None), [Disconnect(CALL, PHONE, UNEXPLAINED)], id="nothing explains it"
        ),
        pytest.param(
            NINE,
            OPEN_TO_PHONES,
            phone_seat(None, identity="4:+15551234567"),
            [Disconnect(CALL, "4:+15551234567", UNEXPLAINED)],
            id="a telephone of somebody else's",
        ),
        pytest.param(
            NINE,
            OPEN_TO_PHONES,
            phone_seat(end(DIALLED, Outcome.REMOVED, NINE)),
            [Disconnect(CALL, PHONE, UNEXPLAINED)],
            id="its dial-out has ended",
        ),
        pytest.param(
            NINE,
            OPEN_TO_PHONES,
            phone_seat(ELSEWHERE),
            [Disconnect(CALL, PHONE, UNEXPLAINED)],
            id="dialled into another room",
        ),
        pytest.param(
            NINE,
            OPEN_TO_PHONES,
            phone_seat(grants=GRANTS[ATTENDEE]),
            [Disconnect(CALL, PHONE, "A telephone may only speak and listen.")],
            id="with the grants of a person",
        ),
    ],
)
def test_decide_about_a_telephone(now, room, phone, expected):
    assert list(decide({CALL: room}, {CALL: room and notice_of(room)}, [phone], now)) == expected


@given(
    st.sampled_from([None, DIALLED, ELSEWHERE, end(DIALLED, Outcome.BUSY, NINE)]),
    st.sampled_from([None, STANDUP, OPEN_TO_PHONES]),
    st.integers(8_000, 12_000).map(Moment),
)
def test_a_telephone_stays_only_if_the_room_could_call_it(dial_out, room, now):
    """Enforcement and the owner of the leg apply the same rule."""
    stays = list(decide({CALL: room}, {CALL: room and notice_of(room)}, [phone_seat(dial_out)], now)) == []
    if dial_out is not ELSEWHERE:
        try:
            check_stays(dial_out, room, now)
        except OpenRoomsError:
            assert not stays
        else:
            assert stays
    assert not stays or (room is OPEN_TO_PHONES and NINE <= now < TEN and dial_out is DIALLED)


TITLED = msgspec.structs.replace(STANDUP, options=VisitOptions("Stand-up", extend_by=15, extended=5))


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        pytest.param(CallNotice("Stand-up", NINE, TEN, 10), [], id="as the room is"),
        pytest.param(None, [Announce(CALL, CallNotice("Stand-up", NINE, TEN, 10))], id="nothing said yet"),
        pytest.param(notice_of(STANDUP), [Announce(CALL, notice_of(TITLED))], id="the title changed"),
        pytest.param(
            CallNotice("Stand-up", NINE, ELEVEN, 10), [Announce(CALL, notice_of(TITLED))], id="the window moved"
        ),
    ],
)
def test_a_call_says_what_its_room_is(notice, expected):
    assert list(decide({CALL: TITLED}, {CALL: notice}, [], NINE)) == expected
    assert list(decide({CALL: TITLED}, {CALL: notice}, [], TEN)) == [CloseCall(CALL)]


BY_ORGANISER, TYPED = DisplayName("Dr Ada", NameSource.ORGANISER), DisplayName("Ada", NameSource.TYPED)


@pytest.mark.parametrize(
    ("shown", "by_organiser", "expected"),
    [
        pytest.param(NAMELESS, "", NAMELESS, id="nobody gave a name"),
        pytest.param(TYPED, "", TYPED, id="a typed name stays"),
        pytest.param(TYPED, "Dr Ada", BY_ORGANISER, id="the organiser's name wins"),
        pytest.param(DisplayName("Dr Ada", NameSource.TYPED), "Dr Ada", BY_ORGANISER, id="also over the same name"),
        pytest.param(BY_ORGANISER, "Dr Ada", BY_ORGANISER, id="the organiser's name stays"),
        pytest.param(DisplayName("Eve", NameSource.ORGANISER), "Dr Ada", BY_ORGANISER, id="a name was corrected"),
        pytest.param(BY_ORGANISER, "", NAMELESS, id="a name was withdrawn"),
        pytest.param(DisplayName("Ada"), "", TYPED, id="admitted by an older version"),
        pytest.param(DisplayName("Presenter"), "", NAMELESS, id="with a name that passes for a role"),
    ],
)
def test_the_name_that_is_shown(shown, by_organiser, expected):
    presence = msgspec.structs.replace(seat().presence, name=shown)
    named = Seat(presence, msgspec.structs.replace(seat().standing, display_name=by_organiser))
    actions = list(decide({CALL: STANDUP}, {CALL: notice_of(STANDUP)}, [named], NINE))
    assert actions == ([] if shown == expected else [Rename(CALL, ADA, expected)])


def test_an_empty_call_without_a_room_is_closed():
    assert list(decide({CALL: None}, {CALL: None}, [], NINE)) == [CloseCall(CALL)]


names = st.builds(DisplayName, st.sampled_from(["", "Ada", "Presenter"]), st.sampled_from([None, *NameSource]))
tracks = st.builds(Track, st.text(max_size=3), st.sampled_from([None, *Source]), st.sampled_from(Kind))
grants = st.sampled_from(list(GRANTS.values())) | st.builds(
    Grants, st.frozensets(st.sampled_from(Source)), st.booleans(), st.booleans(), st.booleans()
)
users = st.none() | st.builds(
    User, st.just(ADA), st.just(Moment(0)), st.integers(0, 2), st.sampled_from([None, Moment(1)])
)
calls = st.sampled_from([CallId(RESOURCE, RoomId(f"9940000000000000{digit}")) for digit in range(3)])
moments = st.integers(8_000, 12_000).map(Moment)
seats = st.builds(
    Seat,
    st.builds(
        Presence,
        calls,
        st.sampled_from([ADA, EVE, f"{ADA}#x"]),
        st.sampled_from([None, *ParticipantRole]),
        grants,
        st.none() | st.integers(0, 2),
        st.lists(tracks, max_size=2).map(tuple),
        names,
    ),
    st.builds(
        Standing, st.none(), st.sampled_from([None, *ParticipantRole]), users, st.sampled_from(["", "Dr Ada", "Ada"])
    ),
)
Notices = dict[CallId, CallNotice | None]


@st.composite
def situations(draw: st.DrawFn) -> tuple[dict[CallId, Room | None], Notices, list[Seat]]:
    people = draw(st.lists(seats, max_size=6, unique_by=lambda one: (one.presence.call, one.presence.identity)))
    named = {one.presence.call for one in people} | set(draw(st.lists(calls)))
    rooms = {
        call: draw(st.sampled_from([None, STANDUP, msgspec.structs.replace(STANDUP, valid_until=ELEVEN), TITLED]))
        for call in named
    }
    notices: Notices = {call: draw(st.sampled_from([None, notice_of(STANDUP), notice_of(TITLED)])) for call in named}
    seated = [
        Seat(one.presence, msgspec.structs.replace(one.standing, room=rooms[one.presence.call])) for one in people
    ]
    return rooms, notices, seated


def after(
    rooms: dict[CallId, Room | None], notices: Notices, people: Iterable[Seat], actions: Iterable[Action]
) -> tuple[dict[CallId, Room | None], Notices, list[Seat]]:
    """Return what the media engine reports after these actions."""
    left = {(one.presence.call, one.presence.identity): one for one in people}
    running, said = dict(rooms), dict(notices)
    for action in actions:
        if isinstance(action, CloseCall):
            del running[action.call]
            left = {key: one for key, one in left.items() if key[0] != action.call}
            continue
        if isinstance(action, Announce):
            said[action.call] = action.notice
            continue
        key = (action.call, action.identity)
        old = left.pop(key)
        if isinstance(action, ChangeRole):
            changed = msgspec.structs.replace(old.presence, role=action.role, grants=GRANTS[action.role])
        elif isinstance(action, TakeDown):
            changed = msgspec.structs.replace(old.presence, tracks=())
        elif isinstance(action, Rename):
            changed = msgspec.structs.replace(old.presence, name=action.name)
        else:
            continue
        left[key] = Seat(changed, old.standing)
    return running, said, list(left.values())


@given(situations(), moments)
def test_enforcing_once_is_enough(situation, now):
    """Once its actions are applied, there is nothing left to do."""
    rooms, notices, people = situation
    running, said, left = after(rooms, notices, people, list(decide(rooms, notices, people, now)))
    assert list(decide(running, said, left, now)) == []


@given(situations(), moments)
def test_only_people_who_could_join_stay(situation, now):
    """Those who stay have exactly the grants of their role."""
    rooms, notices, people = situation
    _, _, left = after(rooms, notices, people, list(decide(rooms, notices, people, now)))

    def may_join(seat: Seat) -> bool:
        try:
            admit(seat.standing, seat.presence.revocations, now)
        except OpenRoomsError:
            return False
        return True

    stay = {(one.presence.call, one.presence.identity) for one in people if may_join(one)}
    assert {(one.presence.call, one.presence.identity) for one in left} == stay
    for kept in left:
        assert kept.standing.role is not None
        assert kept.presence.grants == GRANTS[kept.standing.role]
        assert not any(map(is_mislabelled, kept.presence.tracks))
        assert kept.presence.name.text in {"", "Ada", kept.standing.display_name}


@given(situations(), moments)
def test_decisions_are_independent(situation, now):
    """The actions for one participant do not depend on the others in the call."""
    rooms, notices, people = situation
    together = set(decide(rooms, notices, people, now))
    alone = set(decide(rooms, notices, [], now)).union(*(decide(rooms, notices, [one], now) for one in people))
    assert together == alone


@pytest.mark.parametrize(
    ("identity", "expected"), [(ADA, ADA), (f"{ADA}#x", ADA), (f"{ADA}#x#y", ADA), ("#", ""), ("", "")]
)
def test_a_second_connection_is_the_same_person(identity, expected):
    assert person(identity) == expected


@pytest.mark.parametrize(("source", "kind"), list(product(Source, Kind)))
def test_a_track_of_another_kind_is_mislabelled(source, kind):
    is_audio = source in {Source.MICROPHONE, Source.SCREEN_SHARE_AUDIO}
    assert is_mislabelled(Track("TR_1", source, kind)) is (is_audio is (kind is Kind.VIDEO))


ORDER = [CONSUMER, ATTENDEE, ParticipantRole.COLLABORATOR, PRESENTER]


@pytest.mark.parametrize(("has", "allowed"), list(product(ORDER, ORDER)))
def test_exceeding_follows_the_sources(has, allowed):
    assert exceeds(GRANTS[has], GRANTS[allowed]) is (not GRANTS[has].sources <= GRANTS[allowed].sources)


@given(grants)
def test_power_exceeds_every_role(role_grants):
    powerful = msgspec.structs.replace(role_grants, power=True)
    assert all(exceeds(powerful, allowed) for allowed in GRANTS.values())


@pytest.mark.parametrize(
    ("role", "able"),
    [
        (
            PRESENTER,
            {
                "turnVideoOn",
                "unmuteMic",
                "shareScreen",
                "muteOthers",
                "removeParticipant",
                "hangUpForEveryOne",
                "addPhoneNumber",
            },
        ),
        (ParticipantRole.COLLABORATOR, {"turnVideoOn", "unmuteMic", "shareScreen"}),
        (ATTENDEE, {"turnVideoOn", "unmuteMic"}),
        (CONSUMER, set()),
    ],
)
def test_the_capabilities_of_each_role(role, able):
    assert {name for name, present in capabilities(role, dial_out=True).items() if present} == able
    assert not capabilities(role, dial_out=False)["addPhoneNumber"]
