"""The rules of users and their tokens."""

import base64
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain.errors import IdentityNotOwned, InvalidArgument
from openrooms.domain.identities import (
    ResourceId,
    User,
    check_token_minutes,
    claims,
    delete,
    is_valid,
    owner,
    parse_scopes,
    raw_id,
    revoke,
    token_expiry,
)
from openrooms.domain.moments import HOUR, SECOND, Moment
from openrooms.domain.roster import RawId, is_acs_user
from openrooms.domain.scopes import CommunicationTokenScope

RESOURCE = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
NOW = Moment(17_564_273_885_964_328)
USER = User(RawId(f"8:acs:{RESOURCE}_00000029-931c-aa89-e84c-09bd456064be"), NOW)

noises = st.integers(0, 2**80 - 1)
moments = st.integers(NOW - 10**9 * SECOND, NOW + 10**9 * SECOND).map(Moment)
scopes = st.lists(st.sampled_from(CommunicationTokenScope), min_size=1, unique=True)


@given(moments, noises)
def test_a_new_raw_id_belongs_to_its_resource(now: Moment, noise: int) -> None:
    made = raw_id(RESOURCE, now, noise)
    assert is_acs_user(made)
    assert owner(made) == RESOURCE
    assert made == made.lower()


@given(moments, noises, noises)
def test_raw_ids_are_ordered_by_time(now: Moment, noise: int, later_noise: int) -> None:
    later = Moment(now + SECOND)
    assert raw_id(RESOURCE, now, noise) < raw_id(RESOURCE, later, later_noise)


@given(moments, noises)
def test_a_raw_id_has_all_the_random_bits(now: Moment, noise: int) -> None:
    guid = UUID(raw_id(RESOURCE, now, noise).rpartition("_")[2])
    assert guid.int & (1 << 80) - 1 == noise


@pytest.mark.parametrize("text", ["", "4:+15550100", f"8:orgid:{RESOURCE}", "8:gcch-acs:x_y", RESOURCE])
def test_ids_of_other_kinds_belong_to_no_resource(text: str) -> None:
    assert owner(text) == ""


def test_repeated_scopes_count_once() -> None:
    assert parse_scopes(["voip", "chat", "voip"]) == (CommunicationTokenScope.VOIP, CommunicationTokenScope.CHAT)


@pytest.mark.parametrize("texts", [["Voip"], ["voip", "admin"], [""]])
def test_an_unknown_scope_is_refused_by_name(texts: list[str]) -> None:
    with pytest.raises(InvalidArgument, match=f"'{texts[-1]}' is not one of chat, voip") as refusal:
        parse_scopes(texts)
    assert (refusal.value.target, refusal.value.missing) == ("Scopes", False)


def test_an_empty_list_of_scopes_is_missing() -> None:
    with pytest.raises(InvalidArgument, match=r"^Scopes: The Scopes field is required\.$") as refusal:
        parse_scopes([])
    assert (refusal.value.target, refusal.value.missing) == ("Scopes", True)


@pytest.mark.parametrize("minutes", [60, 61, 1440])
def test_lifetimes_of_an_hour_to_a_day(minutes: int) -> None:
    assert check_token_minutes(minutes) == minutes


@pytest.mark.parametrize("minutes", [59, 1441, 0, -60, 2**70])
def test_other_lifetimes_are_refused(minutes: int) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        check_token_minutes(minutes)
    assert str(refusal.value) == (
        f"ExpiresInMinutes value {minutes} is invalid. Value must be within the [60, 1440] interval."
    )
    assert refusal.value.target == "ExpiresInMinutes"


def test_claims_are_those_of_azure() -> None:
    token = claims(
        RESOURCE, USER, [CommunicationTokenScope.CHAT, CommunicationTokenScope.VOIP], NOW, token_expiry(NOW, 60)
    )
    assert msgspec.to_builtins(token) == {
        "skypeid": USER.raw_id.removeprefix("8:"),
        "scp": 1792,
        "csi": str(NOW // SECOND),
        "exp": NOW // SECOND + 3600,
        "acsScope": "chat,voip",
        "resourceId": RESOURCE,
        "iat": NOW // SECOND,
        "rev": 0,
    }


@given(moments, noises, scopes, st.integers(60, 1440), st.integers(0, 10**6))
def test_claims_decode_with_the_standard_base64_alphabet(
    now: Moment, noise: int, scopes: list[CommunicationTokenScope], minutes: int, revocations: int
) -> None:
    """Some official SDKs decode with it only, so the payload has neither `-` nor `_`."""
    user = User(raw_id(RESOURCE, now, noise), now, revocations)
    payload = msgspec.json.encode(claims(RESOURCE, user, scopes, now, token_expiry(now, minutes)))
    assert payload.isascii()
    assert not {"-", "_"} & set(base64.urlsafe_b64encode(payload).decode())


def test_a_deleted_user_gets_no_claims() -> None:
    with pytest.raises(IdentityNotOwned):
        claims(RESOURCE, delete(USER, NOW), [CommunicationTokenScope.VOIP], NOW, NOW)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        pytest.param(0, True, id="immediately"),
        pytest.param(HOUR - SECOND, True, id="a second before it expires"),
        pytest.param(HOUR, False, id="as it expires"),
        pytest.param(HOUR + SECOND, False, id="after"),
    ],
)
def test_a_token_is_valid_until_it_expires(later: int, expected: bool) -> None:
    token = claims(RESOURCE, USER, [CommunicationTokenScope.VOIP], NOW, token_expiry(NOW, 60))
    assert is_valid(token, USER, Moment(NOW + later)) is expected


@given(scopes, st.integers(0, 5))
def test_a_revocation_tells_tokens_of_one_moment_apart(scopes: list[CommunicationTokenScope], before: int) -> None:
    user = User(USER.raw_id, NOW, before)
    old = claims(RESOURCE, user, scopes, NOW, token_expiry(NOW, 60))
    revoked = revoke(user)
    new = claims(RESOURCE, revoked, scopes, NOW, token_expiry(NOW, 60))
    assert not is_valid(old, revoked, NOW)
    assert is_valid(new, revoked, NOW)
    assert is_valid(old, user, NOW)


def test_deleting_revokes_the_tokens() -> None:
    token = claims(RESOURCE, USER, [CommunicationTokenScope.VOIP], NOW, token_expiry(NOW, 60))
    assert not is_valid(token, delete(USER, NOW), NOW)


def test_deleting_again_changes_nothing() -> None:
    deleted = delete(USER, NOW)
    assert delete(deleted, Moment(NOW + HOUR)) == deleted == User(USER.raw_id, NOW, 1, NOW)
