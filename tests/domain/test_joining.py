"""Who may join when, and what the others are told."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain.errors import NoSuchRoom, NotInvited, OutsideWindow, ScopeRefused, TokenRefused
from openrooms.domain.identities import ResourceId, TokenClaims, User, claims, parse_scopes
from openrooms.domain.joining import CALL_HAS_ROOM, RULES, Invitation, admit, check_scope, verdicts
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import RawId

RESOURCE = ResourceId("6f0f4f4e-0000-4000-8000-000000000001")
ADA = RawId(f"8:acs:{RESOURCE}_00000000-0000-4000-8000-00000000000a")
NINE, TEN, ELEVEN = Moment(9_000), Moment(10_000), Moment(11_000)
ROOM = Room(RoomId("99400000000000001"), Moment(0), NINE, TEN)
USER = User(ADA, Moment(0), revocations=2)
INVITED = Invitation(ROOM, ParticipantRole.ATTENDEE, USER)


def invitation(**changes: object) -> Invitation:
    known = {"room": ROOM, "role": ParticipantRole.ATTENDEE, "user": USER} | changes
    return Invitation(**known)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ParticipantRole)
def test_the_invited_join_inside_the_window_in_their_role(role):
    assert admit(invitation(role=role), 2, NINE) == (ROOM, role)


@pytest.mark.parametrize(
    ("invited", "revocations", "now", "refusal"),
    [
        pytest.param(INVITED, 2, Moment(NINE - 1), OutsideWindow, id="one step too early"),
        pytest.param(INVITED, 2, TEN, OutsideWindow, id="valid_until itself is too late"),
        pytest.param(invitation(role=None), 2, NINE, NotInvited, id="not on the roster"),
        pytest.param(invitation(role=None), 2, ELEVEN, NotInvited, id="strangers do not learn of the window"),
        pytest.param(invitation(room=None, role=None), 2, NINE, NoSuchRoom, id="the room is gone"),
        pytest.param(INVITED, 1, NINE, TokenRefused, id="the token was revoked"),
        pytest.param(INVITED, None, NINE, TokenRefused, id="a token that does not say what it counted"),
        pytest.param(invitation(user=None), 2, NINE, TokenRefused, id="no user of ours"),
        pytest.param(invitation(user=User(ADA, Moment(0), 3, NINE)), 3, NINE, TokenRefused, id="the user was deleted"),
        pytest.param(invitation(room=None, user=None), 2, NINE, TokenRefused, id="bad tokens learn nothing of rooms"),
    ],
)
def test_everybody_else_is_told_why_not(invited, revocations, now, refusal):
    with pytest.raises(refusal):
        admit(invited, revocations, now)


def test_too_early_says_when_the_room_opens():
    with pytest.raises(OutsideWindow, match="not open yet") as refused:
        admit(INVITED, 2, Moment(0))
    assert (refused.value.valid_from, refused.value.valid_until) == (NINE, TEN)


def test_a_deleted_user_is_told_so_and_not_that_a_token_was_revoked():
    with pytest.raises(TokenRefused, match="deleted"):
        admit(invitation(user=User(ADA, Moment(0), 3, NINE)), 2, NINE)


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


def test_every_rule_is_asked_unless_there_is_no_room():
    assert [verdict.rule for verdict in verdicts(INVITED, ELEVEN)] == list(RULES)
    assert [verdict.rule for verdict in verdicts(invitation(room=None), NINE)] == ["userIsActive", "roomExists"]


@given(
    st.sampled_from([None, ROOM]),
    st.sampled_from([None, *ParticipantRole]),
    st.sampled_from([None, USER, User(ADA, Moment(0), 2, NINE)]),
    st.integers(0, 20_000).map(Moment),
)
def test_admitting_agrees_with_the_verdicts(room, role, user, now):
    """Who is admitted broke no rule; who is refused is told of the first that they broke."""
    asked = Invitation(room, role, user)
    refusals = [verdict.refusal for verdict in verdicts(asked, now) if verdict.refusal is not None]
    if refusals:
        with pytest.raises(type(refusals[0]), match=str(refusals[0])):
            admit(asked, 2, now)
    else:
        assert admit(asked, 2, now) == (room, role)


def test_the_console_has_words_for_every_rule() -> None:
    console = Path(__file__).parents[2] / "web" / "src" / "console" / "RoomView.tsx"
    worded = set(re.findall(r'^  (\w+): "', console.read_text(encoding="utf-8"), re.MULTILINE))
    assert {*RULES, CALL_HAS_ROOM} <= worded
