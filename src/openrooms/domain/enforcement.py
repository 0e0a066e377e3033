"""Decides who may stay in a running call, and what to do about everyone else.

A media token stays valid after a removal, and events may be lost. So `decide` does not react to events: it compares
the presences that the media engine reports with what joining would answer now. Joining and enforcement use the same
rules, so nobody is disconnected who could join again at once, and nobody stays who could not join. A telephone stays
while the room could still call it and its dial-out goes on.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from openrooms.domain.calls import GRANTS, CallId, Presence, exceeds, is_mislabelled
from openrooms.domain.errors import NotAllowed, OpenRoomsError
from openrooms.domain.joining import Standing, admit
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, is_open
from openrooms.domain.telephones import PHONE_GRANTS, DialOut, check_stays


class Seat(msgspec.Struct, frozen=True):
    """A presence, with the standing that decides whether it may stay."""

    presence: Presence
    standing: Standing


class PhoneSeat(msgspec.Struct, frozen=True):
    """A telephone's presence, with the dial-out that explains it (`None`: nothing does)."""

    presence: Presence
    dial_out: DialOut | None


class CloseCall(msgspec.Struct, frozen=True):
    """End the call for everyone, because its room is closed or deleted."""

    call: CallId


class Disconnect(msgspec.Struct, frozen=True):
    """Remove one connection from the call; `reason` is for the log."""

    call: CallId
    identity: str
    reason: str


class ChangeRole(msgspec.Struct, frozen=True):
    """Give one connection exactly the grants of its participant's role."""

    call: CallId
    identity: str
    role: ParticipantRole


class TakeDown(msgspec.Struct, frozen=True):
    """Unpublish the mislabelled tracks of one connection."""

    call: CallId
    identity: str
    role: ParticipantRole
    tracks: tuple[str, ...]


Action = CloseCall | Disconnect | ChangeRole | TakeDown


def decide(rooms: Mapping[CallId, Room | None], seats: Iterable[Seat | PhoneSeat], now: Moment) -> Iterator[Action]:
    """Yield the actions that bring the running calls in line with their rooms `now`; nothing if they are in line.

    `rooms` has each running call with its room (`None`: the room does not exist), and `seats` everyone in these calls.
    """
    closed = {call for call, room in rooms.items() if room is None or not is_open(room, now)}
    for call in closed:
        yield CloseCall(call)
    for seat in seats:
        call = seat.presence.call
        if call in closed:
            continue
        if isinstance(seat, PhoneSeat):
            yield from _decide_phone(seat, rooms[call], now)
        else:
            yield from _decide_seat(seat, now)


def _decide_seat(seat: Seat, now: Moment) -> Iterator[Action]:
    presence = seat.presence
    try:
        _, role = admit(seat.standing, presence.revocations, now)
    except OpenRoomsError as refusal:
        yield Disconnect(presence.call, presence.identity, str(refusal))
        return
    if presence.role is not role or presence.grants != GRANTS[role]:
        yield ChangeRole(presence.call, presence.identity, role)
    mislabelled = tuple(track.id for track in presence.tracks if is_mislabelled(track))
    if mislabelled:
        yield TakeDown(presence.call, presence.identity, role, mislabelled)


def _decide_phone(seat: PhoneSeat, room: Room | None, now: Moment) -> Iterator[Action]:
    presence, dial_out = seat.presence, seat.dial_out
    explains = dial_out is not None and dial_out.call == presence.call
    try:
        check_stays(dial_out if explains else None, room, now)
        if exceeds(presence.grants, PHONE_GRANTS):
            raise NotAllowed("A telephone may only speak and listen.")
    except OpenRoomsError as refusal:
        yield Disconnect(presence.call, presence.identity, str(refusal))
