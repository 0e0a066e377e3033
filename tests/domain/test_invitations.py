"""The rules of invitations: which ones work, in which browser, and what a new one ends."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from openrooms.domain import invitations
from openrooms.domain.errors import (
    BrowserNotConfirmed,
    InvalidRequest,
    InvitationBound,
    InvitationUnknown,
    InvitationWithdrawn,
    RoomNotFound,
    VisitCancelled,
)
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.invitations import MOST_LINKS, Browser, Invitation, InvitationId, Invited
from openrooms.domain.joining import Standing
from openrooms.domain.moments import HOUR, MINUTE, Moment, after, whole_seconds
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import RawId

RESOURCE = ResourceId("6f0f4f4e-0000-4000-8000-000000000001")
ADA = RawId(f"8:acs:{RESOURCE}_00000000-0000-4000-8000-00000000000a")
NOW = Moment(17_564_273_885_964_328)
ROOM = Room(RoomId("99400000000000001"), NOW, after(NOW, HOUR), after(NOW, 2 * HOUR))
USER = User(ADA, NOW, revocations=2)
STANDING = Standing(ROOM, ParticipantRole.ATTENDEE, USER)
SECRET = invitations.secret_text(bytes(range(16)))
INVITATION = Invitation(InvitationId("i"), ROOM.id, ADA, invitations.secret_hash(SECRET), 2, NOW)
BOUND = replace(INVITATION, bind_to_first_browser=True)

secrets = st.binary(min_size=16, max_size=16).map(invitations.secret_text)


@given(secrets)
def test_a_secret_has_22_characters_and_ends_in_a_letter(secret):
    assert re.fullmatch(r"[A-Za-z0-9_-]{21}[AQgw]", secret)
    assert len(invitations.secret_hash(secret)) == 32


@given(secrets, secrets)
def test_different_secrets_have_different_hashes(one, other):
    assert (invitations.secret_hash(one) == invitations.secret_hash(other)) == (one == other)


@given(
    st.text() | secrets.flatmap(lambda secret: st.sampled_from([secret[:-1], f"{secret} ", f"{secret}A", secret + "="]))
)
def test_any_other_text_is_not_a_secret(text):
    with pytest.raises(InvitationUnknown):
        invitations.secret_hash(text)


def test_an_invitation_hides_its_secret():
    assert "secret" not in repr(INVITATION)
    assert "key" not in repr(Browser("key", confirms=True))


@pytest.mark.parametrize(
    ("standing", "refusal"),
    [
        pytest.param(replace(STANDING, room=None), RoomNotFound, id="no room"),
        pytest.param(replace(STANDING, role=None), InvalidRequest, id="not on the roster"),
        pytest.param(replace(STANDING, user=None), InvalidRequest, id="not a user"),
        pytest.param(replace(STANDING, user=replace(USER, deleted_at=NOW)), InvalidRequest, id="a deleted user"),
    ],
)
def test_only_participants_who_are_users_are_invited(standing, refusal):
    with pytest.raises(refusal):
        invitations.issue(standing, INVITATION)


def test_an_invitation_begins_with_the_count_of_its_user():
    assert invitations.issue(STANDING, replace(INVITATION, revocations=0)) == INVITATION


@given(st.integers(0, 2 * MOST_LINKS), st.booleans())
def test_a_new_link_ends_the_others_or_the_oldest(count, keep_others):
    links = [replace(INVITATION, id=InvitationId(str(number))) for number in range(count)]
    ended = invitations.superseded(links, keep_others=keep_others)
    assert list(ended) == (links[: max(0, count + 1 - MOST_LINKS)] if keep_others else links)


@pytest.mark.parametrize(
    ("invitation", "standing", "refusal"),
    [
        pytest.param(replace(INVITATION, is_revoked=True), STANDING, InvitationWithdrawn, id="revoked"),
        pytest.param(INVITATION, replace(STANDING, room=None, role=None), VisitCancelled, id="the room was deleted"),
        pytest.param(
            replace(INVITATION, is_revoked=True),
            replace(STANDING, room=None, role=None),
            InvitationWithdrawn,
            id="revoked before the room was deleted",
        ),
        pytest.param(INVITATION, replace(STANDING, role=None), InvitationWithdrawn, id="removed from the roster"),
        pytest.param(INVITATION, replace(STANDING, user=None), InvitationWithdrawn, id="no user"),
        pytest.param(
            INVITATION, replace(STANDING, user=replace(USER, revocations=3)), InvitationWithdrawn, id="tokens revoked"
        ),
    ],
)
def test_an_invitation_that_ended_says_why(invitation, standing, refusal):
    with pytest.raises(refusal):
        invitations.check(Invited(invitation, standing, 0))


@pytest.mark.parametrize("moment", [ROOM.created_at, ROOM.valid_from, ROOM.valid_until])
def test_the_window_does_not_end_an_invitation(moment):
    assert invitations.check(Invited(INVITATION, STANDING, 0)) == (ROOM, ParticipantRole.ATTENDEE, USER)
    claims = invitations.token_claims(RESOURCE, INVITATION, USER, moment)
    assert (claims.roomId, claims.inv, claims.rev) == (ROOM.id, INVITATION.id, 2)
    assert claims.exp - whole_seconds(moment) == HOUR // 10_000_000


def test_a_use_is_noted_at_most_once_a_minute():
    anybody = Browser("new", confirms=False)
    used = invitations.used(INVITATION, anybody, NOW)
    assert used == replace(INVITATION, last_used_at=NOW)
    assert invitations.used(used, anybody, after(NOW, MINUTE - 1)) == used
    assert invitations.used(used, anybody, after(NOW, MINUTE)).last_used_at == after(NOW, MINUTE)


def test_binding_needs_a_confirmation():
    with pytest.raises(BrowserNotConfirmed):
        invitations.used(BOUND, Browser("new", confirms=False), NOW)


@given(key=st.text() | st.just("first"), confirms=st.booleans())
def test_only_the_first_browser_uses_a_bound_link(key, confirms):
    first = invitations.used(BOUND, Browser("first", confirms=True), NOW)
    assert first.bound_at == NOW
    browser = Browser(key, confirms)
    if key == "first":
        assert invitations.used(first, browser, after(NOW, HOUR)).browser_hash == first.browser_hash
    else:
        with pytest.raises(InvitationBound):
            invitations.used(first, browser, NOW)


def test_a_revoked_link_cannot_be_used():
    with pytest.raises(InvitationWithdrawn):
        invitations.used(invitations.revoked(INVITATION), Browser("new", confirms=True), NOW)
