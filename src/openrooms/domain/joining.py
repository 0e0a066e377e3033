"""The rules of joining a call; joining, each reconnect and enforcement apply the same ones."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import cast

import msgspec

from openrooms.domain import telephones, waiting
from openrooms.domain.calls import Presence, person
from openrooms.domain.errors import (
    Declined,
    InvitationWithdrawn,
    MustWait,
    NoSuchRoom,
    NotInvited,
    OpenRoomsError,
    OtherRoom,
    OutsideWindow,
    ScopeRefused,
    TokenRefused,
)
from openrooms.domain.identities import TokenClaims, User
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, is_open
from openrooms.domain.roster import RawId
from openrooms.domain.scopes import JOINING_SCOPES
from openrooms.domain.waiting import NO_LOBBY, Lobby, Place


class Standing(msgspec.Struct, frozen=True):
    """What the rules need: the room if it exists, the role if invited, the user if this resource has them.

    `display_name` is the name that the organiser gave the participant (`""`: none). `is_withdrawn` is whether the
    caller's token came from an invitation that does not hold any more. `lobby` and `place` are those of the waiting
    room.
    """

    room: Room | None
    role: ParticipantRole | None
    user: User | None
    display_name: str = ""
    is_withdrawn: bool = False
    lobby: Lobby = NO_LOBBY
    place: Place | None = None


class Verdict(msgspec.Struct, frozen=True):
    """The outcome of one rule; `refusal` is `None` if the rule admits."""

    rule: str
    refusal: OpenRoomsError | None


Rule = Callable[[Standing, Moment], OpenRoomsError | None]


def _user_is_active(standing: Standing, _now: Moment) -> OpenRoomsError | None:
    user = standing.user
    if user is None:
        return TokenRefused(
            "This identity is not a user of this resource, so it cannot have a token here. If it was made elsewhere, "
            "adopt it: openrooms users adopt RAW_ID"
        )
    return None if user.deleted_at is None else TokenRefused("This user was deleted.")


def _room_exists(standing: Standing, _now: Moment) -> OpenRoomsError | None:
    return NoSuchRoom() if standing.room is None else None


def _is_on_roster(standing: Standing, _now: Moment) -> OpenRoomsError | None:
    return NotInvited() if standing.role is None else None


def _is_inside_window(standing: Standing, now: Moment) -> OpenRoomsError | None:
    room = standing.room
    if room is None or is_open(room, now):
        return None
    return OutsideWindow(room.valid_from, room.valid_until, early=now < room.valid_from)


def _is_let_in(standing: Standing, now: Moment) -> OpenRoomsError | None:
    room, role = standing.room, standing.role
    if room is None or role is None:
        return None
    return waiting.refusal(room.options, role, standing.lobby, standing.place, now)


# The caller learns only the first rule that refuses, so the order keeps the window from people who are not invited.
RULES: Mapping[str, Rule] = {
    "userIsActive": _user_is_active,
    "roomExists": _room_exists,
    "onRoster": _is_on_roster,
    "insideWindow": _is_inside_window,
    "letIn": _is_let_in,
}
CALL_HAS_ROOM = "callHasRoom"
"""The name of the last rule, which needs the media engine."""


def verdicts(standing: Standing, now: Moment) -> Iterator[Verdict]:
    """Yield the outcome of each rule; if there is no such room, skip the rules about it."""
    for name, rule in RULES.items():
        refusal = rule(standing, now)
        yield Verdict(name, refusal)
        if isinstance(refusal, NoSuchRoom):
            return


def admit(standing: Standing, revocations: int | None, now: Moment) -> tuple[Room, ParticipantRole]:
    """Return the room and the role to join in; `revocations` is the count in the user's token.

    Raise `TokenRefused`, `NoSuchRoom`, `NotInvited`, `OutsideWindow`, `KeptOut`, `Declined` or `MustWait`.
    """
    _check_current(standing, revocations)
    for rule in RULES.values():
        refusal = rule(standing, now)
        if refusal is not None:
            raise refusal
    # The rules have just checked that neither is None; a type checker cannot see that.
    return cast("Room", standing.room), cast("ParticipantRole", standing.role)


def check_invited(standing: Standing, now: Moment) -> None:
    """Raise what `admit` raises, except for the window: a participant may look at a call outside of it."""
    if standing.is_withdrawn:
        raise InvitationWithdrawn
    for verdict in verdicts(standing, now):
        if verdict.refusal is not None and not isinstance(verdict.refusal, OutsideWindow):
            raise verdict.refusal


def in_call(standing: Standing, roles: Sequence[ParticipantRole | None], now: Moment) -> Standing:
    """Return the standing as it is if people with these roles are in the call `now`."""
    return msgspec.structs.replace(standing, lobby=waiting.observed(standing.lobby, roles, now))


def beside(standing: Standing, raw_id: RawId, presences: Iterable[Presence], now: Moment) -> Standing:
    """Return the standing of somebody as it is if these presences are in the call `now`.

    Their own presence, of this or another connection, does not make a Presenter wait for themselves. A telephone does
    not keep a call going, or one that only rings would bring the admissions to an earlier call back to life.
    """
    roles = [None if person(one.identity) == raw_id else one.role for one in telephones.people(presences)]
    return in_call(standing, roles, now)


def check_may_test(standing: Standing, revocations: int | None, now: Moment) -> None:
    """Raise what `admit` raises, except that a participant may test their connection before they may come in.

    The room need not be open yet, and a person who has to wait, or was declined, may test too.
    """
    _check_current(standing, revocations)
    for verdict in verdicts(standing, now):
        refusal = verdict.refusal
        if refusal is not None and not _allows_a_test(refusal, now):
            raise refusal


def _allows_a_test(refusal: OpenRoomsError, now: Moment) -> bool:
    """Return whether the refusal only means that the participant may not come in yet."""
    if isinstance(refusal, OutsideWindow):
        return now < refusal.valid_from
    return isinstance(refusal, MustWait | Declined)


def check_scope(claims: TokenClaims) -> None:
    """Raise `ScopeRefused` unless the token has a scope for calls."""
    if JOINING_SCOPES.isdisjoint(claims.acsScope.split(",")):
        raise ScopeRefused(claims.acsScope)


def check_room(claims: TokenClaims, room_id: str | None) -> None:
    """Raise `OtherRoom` if the token came from an invitation to another room, or if the operation names no room."""
    if claims.roomId and claims.roomId != room_id:
        raise OtherRoom


def _check_current(standing: Standing, revocations: int | None) -> None:
    if standing.is_withdrawn:
        raise InvitationWithdrawn
    user = standing.user
    # Deleting also revokes the tokens; for a deleted user, a rule gives the better reason.
    if user is not None and user.deleted_at is None and revocations != user.revocations:
        raise TokenRefused("The token was revoked; ask for a new one.")
