"""Invitations: links that admit one participant to one room, and the rules of exchanging one for a token.

A link ends in a secret, of which only the hash is kept. The secret is 128 random bits as 22 characters of base64url;
their last one is always one of the letters A, Q, g and w, so that no mail program takes it for punctuation.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from hmac import compare_digest
from typing import NewType

import msgspec

from openrooms.domain.errors import (
    BrowserNotConfirmed,
    InvalidRequest,
    InvitationBound,
    InvitationUnknown,
    InvitationWithdrawn,
    RoomNotFound,
    VisitCancelled,
)
from openrooms.domain.identities import ResourceId, TokenClaims, User, claims
from openrooms.domain.joining import Standing
from openrooms.domain.moments import HOUR, MINUTE, Moment, after
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import RawId
from openrooms.domain.scopes import CommunicationTokenScope

InvitationId = NewType("InvitationId", str)

SECRET_BYTES = 16
TOKEN_LIFETIME = HOUR
"""How long the token lives for which an invitation is exchanged; the call page exchanges it again in time."""
MOST_LINKS = 10
"""How many invitations of one participant can work at once."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]", re.ASCII)
# Each exchange would otherwise cost a write.
_NOTED_AGAIN_AFTER = MINUTE


class Invitation(msgspec.Struct, frozen=True):
    """An invitation as kept.

    `revocations` is the user's count when it was made: revoking the user's tokens ends it. With
    `bind_to_first_browser`, only the browser that used it first can use it again; `browser_hash` is of that browser's
    key. `last_used_at` is at most a minute old when it is used.
    """

    id: InvitationId
    room_id: RoomId
    raw_id: RawId
    secret_hash: bytes
    revocations: int
    created_at: Moment
    is_revoked: bool = False
    bind_to_first_browser: bool = False
    browser_hash: bytes | None = None
    bound_at: Moment | None = None
    last_used_at: Moment | None = None

    def __repr__(self) -> str:
        return f"Invitation(id={self.id!r}, room_id={self.room_id!r}, raw_id={self.raw_id!r})"


class Invited(msgspec.Struct, frozen=True):
    """An invitation, and the standing of its participant, read at one moment.

    `moves` counts how often the room's window or title changed.
    """

    invitation: Invitation
    standing: Standing
    moves: int


class Browser(msgspec.Struct, frozen=True):
    """The browser that exchanges an invitation.

    `key` is the one that it presents, or a new one. A person has to confirm that the invitation is bound to it, because
    mail filters also open links.
    """

    key: str
    confirms: bool

    def __repr__(self) -> str:
        return f"Browser(confirms={self.confirms})"


def secret_text(data: bytes) -> str:
    """Return 16 random bytes as the secret of a link."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def secret_hash(secret: str) -> bytes:
    """Return the hash under which a secret is kept; raise `InvitationUnknown` if the text cannot be one."""
    if _SECRET.fullmatch(secret) is None:
        raise InvitationUnknown
    # The secret is random, so a fast hash is enough, and finding the hash takes the same time for every wrong secret.
    return hashlib.sha256(secret.encode("ascii")).digest()


def issue(standing: Standing, invitation: Invitation) -> Invitation:
    """Return the new invitation of a participant; raise `RoomNotFound`, or `InvalidRequest` if it would not work."""
    if standing.room is None:
        raise RoomNotFound
    if standing.role is None:
        raise InvalidRequest(f"{invitation.raw_id} is not on the roster of this room; add them first.")
    user = standing.user
    if user is None or user.deleted_at is not None:
        raise InvalidRequest(
            f"{invitation.raw_id} is not a user of this resource; create or adopt the user, and add them to the room."
        )
    return msgspec.structs.replace(invitation, revocations=user.revocations)


def superseded(links: Sequence[Invitation], *, keep_others: bool) -> Sequence[Invitation]:
    """Return those of a participant's working invitations, oldest first, that a new one ends."""
    return links[: max(0, len(links) + 1 - MOST_LINKS)] if keep_others else links


def check(invited: Invited) -> tuple[Room, ParticipantRole, User]:
    """Return what the invitation leads to; raise `InvitationWithdrawn` or `VisitCancelled` if it no longer works.

    The window is not checked, so that the page can tell when the room opens.
    """
    invitation, standing = invited.invitation, invited.standing
    if invitation.is_revoked:
        raise InvitationWithdrawn
    if standing.room is None:
        raise VisitCancelled
    user = standing.user
    if standing.role is None or user is None or user.revocations != invitation.revocations:
        raise InvitationWithdrawn
    return standing.room, standing.role, user


def used(invitation: Invitation, browser: Browser, now: Moment) -> Invitation:
    """Return the invitation after an exchange by the browser.

    Raise `InvitationWithdrawn`, or `InvitationBound` and `BrowserNotConfirmed` if it is bound to the first browser.
    """
    if invitation.is_revoked:
        raise InvitationWithdrawn
    used = invitation if _is_noted(invitation, now) else msgspec.structs.replace(invitation, last_used_at=now)
    if not invitation.bind_to_first_browser:
        return used
    if invitation.browser_hash is not None:
        if not compare_digest(invitation.browser_hash, _browser_hash(invitation.id, browser.key)):
            raise InvitationBound
        return used
    if not browser.confirms:
        raise BrowserNotConfirmed
    return msgspec.structs.replace(used, browser_hash=_browser_hash(invitation.id, browser.key), bound_at=now)


def token_claims(resource: ResourceId, invitation: Invitation, user: User, now: Moment) -> TokenClaims:
    """Return the claims of a token that is good for the invitation's room alone, issued `now`."""
    expires = after(now, TOKEN_LIFETIME)
    plain = claims(resource, user, (CommunicationTokenScope.VOIP_JOIN,), now, expires)
    return msgspec.structs.replace(plain, roomId=invitation.room_id, inv=invitation.id)


def revoked(invitation: Invitation) -> Invitation:
    """Return the invitation, which no longer works."""
    return msgspec.structs.replace(invitation, is_revoked=True)


def _is_noted(invitation: Invitation, now: Moment) -> bool:
    return invitation.last_used_at is not None and now < after(invitation.last_used_at, _NOTED_AGAIN_AFTER)


def _browser_hash(invitation_id: InvitationId, key: str) -> bytes:
    return hashlib.sha256(f"{invitation_id}:{key}".encode()).digest()
