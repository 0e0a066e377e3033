"""May this person join now, and stay: each rule once, asked at the door, at every reconnect and while a call runs."""

from collections.abc import Callable, Iterator, Mapping
from typing import cast

import msgspec

from openrooms.domain.errors import NoSuchRoom, NotInvited, OpenRoomsError, OutsideWindow, ScopeRefused, TokenRefused
from openrooms.domain.identities import JOINING_SCOPES, TokenClaims, User
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, is_open


class Invitation(msgspec.Struct, frozen=True):
    """What joining and staying depend on: the room if it exists, the role if invited, the user if ours."""

    room: Room | None
    role: ParticipantRole | None
    user: User | None


class Verdict(msgspec.Struct, frozen=True):
    """A rule that was asked, and the refusal it gave, if any."""

    rule: str
    refusal: OpenRoomsError | None


Rule = Callable[[Invitation, Moment], OpenRoomsError | None]


def _user_is_active(invitation: Invitation, _now: Moment) -> OpenRoomsError | None:
    user = invitation.user
    if user is None:
        return TokenRefused(
            "This identity is not a user of this resource, so it cannot have a token here. If it was made elsewhere, "
            "adopt it: openrooms users adopt RAW_ID"
        )
    return None if user.deleted_at is None else TokenRefused("This user was deleted.")


def _room_exists(invitation: Invitation, _now: Moment) -> OpenRoomsError | None:
    return NoSuchRoom() if invitation.room is None else None


def _is_on_roster(invitation: Invitation, _now: Moment) -> OpenRoomsError | None:
    return NotInvited() if invitation.role is None else None


def _is_inside_window(invitation: Invitation, now: Moment) -> OpenRoomsError | None:
    room = invitation.room
    if room is None or is_open(room, now):
        return None
    return OutsideWindow(room.valid_from, room.valid_until, early=now < room.valid_from)


# In the order asked, which decides what somebody is told who breaks several: strangers learn nothing of the window.
RULES: Mapping[str, Rule] = {
    "userIsActive": _user_is_active,
    "roomExists": _room_exists,
    "onRoster": _is_on_roster,
    "insideWindow": _is_inside_window,
}
CALL_HAS_ROOM = "callHasRoom"
"""The last rule, which only the media engine can answer."""


def verdicts(invitation: Invitation, now: Moment) -> Iterator[Verdict]:
    """Yield what each rule says; those about a room that does not exist are not asked."""
    for name, rule in RULES.items():
        refusal = rule(invitation, now)
        yield Verdict(name, refusal)
        if isinstance(refusal, NoSuchRoom):
            return


def admit(invitation: Invitation, revocations: int | None, now: Moment) -> tuple[Room, ParticipantRole]:
    """Return the room and the role of somebody whose token counted so many revocations.

    Raise `TokenRefused`, `NoSuchRoom`, `NotInvited` or `OutsideWindow`.
    """
    _check_current(invitation.user, revocations)
    for rule in RULES.values():
        refusal = rule(invitation, now)
        if refusal is not None:
            raise refusal
    # The rules have just asked that neither is None, which a type checker cannot see.
    return cast("Room", invitation.room), cast("ParticipantRole", invitation.role)


def check_invited(invitation: Invitation, now: Moment) -> None:
    """Raise what `admit` would, except that the window does not matter: to see a call, not to join it."""
    for verdict in verdicts(invitation, now):
        if verdict.refusal is not None and not isinstance(verdict.refusal, OutsideWindow):
            raise verdict.refusal


def check_scope(claims: TokenClaims) -> None:
    """Raise `ScopeRefused` unless the token is good for calls."""
    if JOINING_SCOPES.isdisjoint(claims.acsScope.split(",")):
        raise ScopeRefused(claims.acsScope)


def _check_current(user: User | None, revocations: int | None) -> None:
    # A deleted user's tokens count as revoked, too; the rules then say which it was.
    if user is not None and user.deleted_at is None and revocations != user.revocations:
        raise TokenRefused("The token was revoked; ask for a new one.")
