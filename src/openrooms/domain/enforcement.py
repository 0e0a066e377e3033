"""Who may stay in a running call, and what to do about the rest.

A token cannot be taken back from who holds it, and events get lost. So the rules are not asked when something happens
but of what is there: `decide` compares the presences that the media engine reports with what joining would say now.
The same rules admit and evict, so nobody is put out who could come straight back, and nobody stays who could not.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from openrooms.domain.calls import GRANTS, CallId, Presence, is_lie
from openrooms.domain.errors import OpenRoomsError
from openrooms.domain.joining import Invitation, admit
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, is_open


class Seat(msgspec.Struct, frozen=True):
    """Somebody in a call, and what is known of them."""

    presence: Presence
    invitation: Invitation


class CloseCall(msgspec.Struct, frozen=True):
    """End the call for all: its room is closed or gone."""

    call: CallId


class Disconnect(msgspec.Struct, frozen=True):
    """Put one connection out of the call; `reason` is for the log."""

    call: CallId
    identity: str
    reason: str


class ChangeRole(msgspec.Struct, frozen=True):
    """Give one connection the grants of its person's role, no more and no less."""

    call: CallId
    identity: str
    role: ParticipantRole


class TakeDown(msgspec.Struct, frozen=True):
    """Unpublish the tracks of one connection that are not what they claim to be."""

    call: CallId
    identity: str
    role: ParticipantRole
    tracks: tuple[str, ...]


Action = CloseCall | Disconnect | ChangeRole | TakeDown


def decide(rooms: Mapping[CallId, Room | None], seats: Iterable[Seat], now: Moment) -> Iterator[Action]:
    """Yield what makes the running calls what they should be `now`; nothing if they are.

    `rooms` has every running call with its room (`None`: there is no such room any more), `seats` everybody in them.
    """
    closed = {call for call, room in rooms.items() if room is None or not is_open(room, now)}
    for call in closed:
        yield CloseCall(call)
    for seat in seats:
        if seat.presence.call not in closed:
            yield from _decide_seat(seat, now)


def _decide_seat(seat: Seat, now: Moment) -> Iterator[Action]:
    presence = seat.presence
    try:
        _, role = admit(seat.invitation, presence.revocations, now)
    except OpenRoomsError as refusal:
        yield Disconnect(presence.call, presence.identity, str(refusal))
        return
    if presence.role is not role or presence.grants != GRANTS[role]:
        yield ChangeRole(presence.call, presence.identity, role)
    lies = tuple(track.id for track in presence.tracks if is_lie(track))
    if lies:
        yield TakeDown(presence.call, presence.identity, role, lies)
