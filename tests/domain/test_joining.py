"""The rules of joining, and the reason that each refusal gives."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain.errors import KeptOut, NoSuchRoom, NotInvited, OutsideWindow, ScopeRefused, TokenRefused
from openrooms.domain.identities import ResourceId, TokenClaims, User, claims, parse_scopes
from openrooms.domain.joining import CALL_HAS_ROOM, RULES, Standing, admit, check_may_test, check_scope, verdicts
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import RawId
from openrooms.domain.visits import VisitOptions, WaitingRoom
from openrooms.domain.waiting import Lobby, Place, PlaceState

RESOURCE = ResourceId("6f0f4f4e-0000-4000-8000-000000000001")
ADA = RawId(f"8:acs:{RESOURCE}_00000000-0000-4000-8000-00000000000a")
NINE, TEN, ELEVEN = Moment(9_000), Moment(10_000), Moment(11_000)
ROOM = Room(RoomId("99400000000000001"), Moment(0), NINE, TEN)
USER = User(ADA, Moment(0), revocations=2)
INVITED = Standing(ROOM, ParticipantRole.ATTENDEE, USER)


def standing(**changes: object) -> Standing:
    fields = {"room": ROOM, "role": ParticipantRole.ATTENDEE, "user": USER} | changes
    return Standing(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ParticipantRole)
def test_participants_join_inside_the_window(role):
    assert admit(standing(role=role), 2, NINE) == (ROOM, role)


@pytest.mark.parametrize(
    ("invited", "revocations", "now", "refusal"),
    [
        pytest.param(INVITED, 2, Moment(NINE - 1), OutsideWindow, id="one step too early"),
        pytest.param(INVITED, 2, TEN, OutsideWindow, id="valid_until itself is too late"),
        pytest.param(standing(role=None), 2, NINE, NotInvited, id="not on the roster"),
        pytest.param(standing(role=None), 2, ELEVEN, NotInvited, id="someone not invited does not learn the window"),
        pytest.param(standing(room=None, role=None), 2, NINE, NoSuchRoom, id="no such room"),
        pytest.param(INVITED, 1, NINE, TokenRefused, id="the token was revoked"),
        pytest.param(INVITED, None, NINE, TokenRefused, id="a token without a count of revocations"),
        pytest.param(standing(user=None), 2, NINE, TokenRefused, id="not a user of this resource"),
        pytest.param(standing(user=User(ADA, Moment(0), 3, NINE)), 3, NINE, TokenRefused, id="the user was deleted"),
        pytest.param(
            standing(room=None, user=None),
            2,
            NINE,
            TokenRefused,
            id="a bad token does not learn whether the room exists",
        ),
    ],
)
def test_a_refusal_gives_its_reason(invited, revocations, now, refusal):
    with pytest.raises(refusal):
        admit(invited, revocations, now)


def test_outside_the_window_names_the_window():
    with pytest.raises(OutsideWindow, match="not open yet") as refused:
        admit(INVITED, 2, Moment(0))
    assert (refused.value.valid_from, refused.value.valid_until) == (NINE, TEN)


def test_deletion_is_named_rather_than_revocation():
    with pytest.raises(TokenRefused, match="deleted"):
        admit(standing(user=User(ADA, Moment(0), 3, NINE)), 2, NINE)


@pytest.mark.parametrize(
    ("scopes", "joins"),
    [
        (["voip"], True),
        (["voip.join"], True),
        (["chat", "voip"], True),
        (["chat"], False),
        (["chat.join", "chat.join.limited"], False),
    ],
)
def test_only_tokens_for_calls_join(scopes, joins):
    token: TokenClaims = claims(RESOURCE, USER, parse_scopes(scopes), NINE, TEN)
    if joins:
        check_scope(token)
    else:
        with pytest.raises(ScopeRefused, match=scopes[0]):
            check_scope(token)


WAITING = Room(ROOM.id, Moment(0), NINE, TEN, options=VisitOptions(waiting_room=WaitingRoom.ATTENDEES))


@pytest.mark.parametrize("now", [Moment(0), NINE], ids=["early", "open"])
@pytest.mark.parametrize("state", [None, PlaceState.WAITING, PlaceState.DECLINED])
def test_those_who_wait_may_test_their_connection(state, now):
    place = None if state is None else Place(ADA, state, NINE, declines=1)
    check_may_test(standing(room=WAITING, lobby=Lobby(now, now), place=place), 2, now)


@pytest.mark.parametrize(
    ("invited", "now", "refusal"),
    [
        pytest.param(standing(room=WAITING), TEN, OutsideWindow, id="the room has closed"),
        pytest.param(standing(room=WAITING, role=None), NINE, NotInvited, id="not on the roster"),
        pytest.param(
            standing(room=WAITING, lobby=Lobby(NINE, NINE), place=Place(ADA, PlaceState.KEPT_OUT, NINE)),
            NINE,
            KeptOut,
            id="kept out",
        ),
    ],
)
def test_a_test_of_the_connection_is_refused(invited, now, refusal):
    with pytest.raises(refusal):
        check_may_test(invited, 2, now)


def test_without_a_room_its_rules_are_skipped():
    assert [verdict.rule for verdict in verdicts(INVITED, ELEVEN)] == list(RULES)
    assert [verdict.rule for verdict in verdicts(standing(room=None), NINE)] == ["userIsActive", "roomExists"]


@given(
    st.sampled_from([None, ROOM]),
    st.sampled_from([None, *ParticipantRole]),
    st.sampled_from([None, USER, User(ADA, Moment(0), 2, NINE)]),
    st.integers(0, 20_000).map(Moment),
)
def test_admitting_agrees_with_the_verdicts(room, role, user, now):
    """`admit` raises the first refusal, or none if no rule refuses."""
    standing = Standing(room, role, user)
    refusals = [verdict.refusal for verdict in verdicts(standing, now) if verdict.refusal is not None]
    if refusals:
        with pytest.raises(type(refusals[0]), match=str(refusals[0])):
            admit(standing, 2, now)
    else:
        assert admit(standing, 2, now) == (room, role)


def test_the_console_describes_every_rule() -> None:
    console = Path(__file__).parents[2] / "web" / "src" / "console" / "room" / "rules.ts"
    described = set(re.findall(r"^  (\w+): \{", console.read_text(encoding="utf-8"), re.MULTILINE))
    assert {*RULES, CALL_HAS_ROOM} <= described
