"""Users of a resource: their raw ids, and the tokens that authenticate them."""

from collections.abc import Iterable
from typing import NewType
from uuid import UUID

import msgspec

from openrooms.domain.errors import IdentityNotOwned, InvalidArgument, InvalidRequest
from openrooms.domain.moments import MINUTE, SECOND, Moment, after, whole_seconds
from openrooms.domain.roster import RawId, canonical, is_acs_user
from openrooms.domain.scopes import SCOPES, CommunicationTokenScope

ResourceId = NewType("ResourceId", str)
"""A resource's immutable id, a lower-case GUID, as in the raw ids of its users."""

LONGEST_TOKEN_MINUTES = 1440
"""How long a token lives unless its request says less."""
ADOPTION_LIMIT = 1000
"""The most users that one request may adopt."""
# docs/evidence.md#users
_TOKEN_MINUTES = range(60, LONGEST_TOKEN_MINUTES + 1)
_LONGEST_CUSTOM_ID = 256
# Azure's tokens have this number beside the readable scope: docs/evidence.md#tokens.
_SCP = 1792


class User(msgspec.Struct, frozen=True):
    """A user as kept.

    `revocations` counts how often the user's tokens were revoked. A token carries the count of its time and is invalid
    when the count has grown; a time would not distinguish two tokens of the same second. `custom_id` is the operator's
    name for the user, unique in the resource. `last_token_issued_at` is kept only on request, and is `None` otherwise.
    """

    raw_id: RawId
    created_at: Moment
    revocations: int = 0
    deleted_at: Moment | None = None
    custom_id: str | None = None
    last_token_issued_at: Moment | None = None


class TokenClaims(msgspec.Struct, frozen=True, omit_defaults=True):
    """The claims of an identity token, in the order of Azure's tokens.

    The token of an invitation has two more: `roomId`, the only room that it is good for, and `inv`, the invitation.
    """

    skypeid: str
    scp: int
    csi: str
    exp: int
    acsScope: str  # noqa: N815 - the claim's name
    resourceId: str  # noqa: N815 - the claim's name
    iat: int
    rev: int
    roomId: str = ""  # noqa: N815 - the claim's name
    inv: str = ""


def raw_id(resource_id: ResourceId, now: Moment, random_bits: int) -> RawId:
    """Return a new user's raw id; its second GUID is time-ordered.

    `random_bits` is a number below 2**80.
    """
    milliseconds = now * 1000 // SECOND
    return RawId(f"8:acs:{resource_id}_{UUID(int=(milliseconds << 80 | random_bits) & (1 << 128) - 1)}")


def owner(user: str) -> str:
    """Return the id of the resource in a raw id, or "" if there is none."""
    return user.removeprefix("8:acs:").partition("_")[0] if user.startswith("8:acs:") else ""


def adopt(raw_ids: Iterable[str], now: Moment) -> tuple[User, ...]:
    """Return users with raw ids that another service made; raise `InvalidRequest` that names a bad raw id."""
    adopted = tuple(dict.fromkeys(map(canonical, raw_ids)))
    for raw_id in adopted:
        if not is_acs_user(raw_id):
            raise InvalidRequest(f"{raw_id} is not the raw ID of a user, such as 8:acs:RESOURCE_USER with two GUIDs.")
    if not 0 < len(adopted) <= ADOPTION_LIMIT:
        raise InvalidRequest(f"Name 1 to {ADOPTION_LIMIT} raw IDs to adopt, not {len(adopted)}.")
    return tuple([User(raw_id, now) for raw_id in adopted])


def check_adopted(user: User) -> None:
    """Raise `InvalidRequest` for a deleted user of this resource, because their tokens must stay invalid."""
    if user.deleted_at is not None:
        raise InvalidRequest(f"{user.raw_id} was deleted, and a deleted user stays deleted: create another one.")


def parse_scopes(texts: Iterable[str]) -> tuple[CommunicationTokenScope, ...]:
    """Return the scopes without repetitions; raise `InvalidArgument` if there is none or one is unknown."""
    scopes = []
    for text in dict.fromkeys(texts):
        scope = SCOPES.get(text)
        if scope is None:
            raise InvalidArgument("Scopes", f"Invalid scopes - Scope '{text}' is not one of {', '.join(SCOPES)}.")
        scopes.append(scope)
    if not scopes:
        raise InvalidArgument("Scopes", "Scopes: The Scopes field is required.", missing=True)
    return tuple(scopes)


def check_token_minutes(minutes: int) -> int:
    """Return the lifetime; raise `InvalidArgument` unless it is 60 to 1440 minutes."""
    if minutes not in _TOKEN_MINUTES:
        raise InvalidArgument(
            "ExpiresInMinutes",
            f"ExpiresInMinutes value {minutes} is invalid. Value must be within the "
            f"[{_TOKEN_MINUTES.start}, {_TOKEN_MINUTES.stop - 1}] interval.",
        )
    return minutes


def check_custom_id(text: str | None) -> str | None:
    """Return the custom id; raise `InvalidArgument` unless it has 1 to 256 characters and no NUL."""
    if text is not None and not (0 < len(text) <= _LONGEST_CUSTOM_ID and "\0" not in text):
        raise InvalidArgument("CustomId", f"CustomId must have 1 to {_LONGEST_CUSTOM_ID} characters, none of them NUL.")
    return text


def check_active(user: User) -> None:
    """Raise `IdentityNotOwned` for a deleted user."""
    if user.deleted_at is not None:
        raise IdentityNotOwned


def note_token(user: User, now: Moment) -> User:
    """Return the user with a token issued `now`; raise `IdentityNotOwned` for a deleted user."""
    check_active(user)
    return msgspec.structs.replace(user, last_token_issued_at=now)


def token_expiry(now: Moment, minutes: int) -> Moment:
    """Return when a token issued `now` expires: whole minutes later, to the 100 ns."""
    return after(now, minutes * MINUTE)


def claims(
    resource_id: ResourceId, user: User, scopes: Iterable[CommunicationTokenScope], now: Moment, expires: Moment
) -> TokenClaims:
    """Return the claims of a token issued `now`; raise `IdentityNotOwned` for a deleted user.

    Every value is ASCII without `>`, `?` and `~`. Some official SDKs decode the payload with the standard base64
    alphabet, and only these characters can need the URL-safe one: docs/evidence.md#tokens.
    """
    check_active(user)
    issued = whole_seconds(now)
    return TokenClaims(
        skypeid=user.raw_id.removeprefix("8:"),
        scp=_SCP,
        csi=str(issued),
        exp=whole_seconds(expires),
        acsScope=",".join(scopes),
        resourceId=resource_id,
        iat=issued,
        rev=user.revocations,
    )


def is_valid(token: TokenClaims, user: User, now: Moment) -> bool:
    """Return whether the user's token, whose signature was verified, is still valid.

    A token that is older than its user is that of an erased user, whose id was adopted again.
    """
    is_of_user = user.deleted_at is None and token.rev == user.revocations
    return is_of_user and token.iat >= whole_seconds(user.created_at) and whole_seconds(now) < token.exp


def revoke(user: User) -> User:
    """Return the user with all earlier tokens revoked; raise `IdentityNotOwned` for a deleted user."""
    check_active(user)
    return msgspec.structs.replace(user, revocations=user.revocations + 1)


def delete(user: User, now: Moment) -> User:
    """Return the deleted user, whose tokens are all revoked; deleting again changes nothing.

    Another user can then have the custom id.
    """
    if user.deleted_at is not None:
        return user
    return User(user.raw_id, user.created_at, user.revocations + 1, now)
