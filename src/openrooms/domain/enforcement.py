"""Decides who may stay in a running call, what to do about everyone else, and what the call says of its room.

A media token stays valid after a removal, and events may be lost. So `decide` does not react to events: it compares
the presences that the media engine reports with what joining would answer now. Joining and enforcement use the same
rules, so nobody is disconnected who could join again at once, and nobody stays who could not join. A telephone stays
while the room could still call it and its dial-out goes on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from openrooms.domain import names
from openrooms.domain.calls import (
    GRANTS,
    CallId,
    CallNotice,
    Presence,
    WaitingNotice,
    exceeds,
    is_mislabelled,
    notice_of,
    person,
)
from openrooms.domain.errors import NotAllowed, OpenRoomsError
from openrooms.domain.joining import Standing, admit, in_call
from openrooms.domain.moments import Moment
from openrooms.domain.names import NAMELESS, DisplayName, NameSource
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, is_open
from openrooms.domain.roster import RawId
from openrooms.domain.telephones import PHONE_GRANTS, DialOut, LegState, check_stays
from openrooms.domain.waiting import PlaceState


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


class Rename(msgspec.Struct, frozen=True):
    """Show another name for one connection."""

    call: CallId
    identity: str
    name: DisplayName


class Announce(msgspec.Struct, frozen=True):
    """Tell everyone in the call what its room has become."""

    call: CallId
    notice: CallNotice


Action = CloseCall | Disconnect | ChangeRole | TakeDown | Rename | Announce


def decide(
    rooms: Mapping[CallId, Room | None],
    notices: Mapping[CallId, CallNotice | None],
    seats: Iterable[Seat | PhoneSeat],
    now: Moment,
    waiting: Mapping[CallId, WaitingNotice] = {},
) -> Iterator[Action]:
    """Yield the actions that bring the running calls in line with their rooms `now`; nothing if they are in line.

    `rooms` has each running call with its room (`None`: the room does not exist), `notices` what the calls say of them
    (`None`: nothing yet), `seats` everyone in these calls, and `waiting` how many people wait for them.
    """
    closed: set[CallId] = set()
    for call, room in rooms.items():
        if room is None or not is_open(room, now):
            closed.add(call)
            yield CloseCall(call)
        elif notices[call] != (notice := notice_of(room, waiting.get(call))):
            yield Announce(call, notice)
    seats = list(seats)
    people = [seat for seat in seats if isinstance(seat, Seat)]
    crowds = _crowds(people)
    for seat in seats:
        call = seat.presence.call
        if call in closed:
            continue
        if isinstance(seat, PhoneSeat):
            yield from _decide_phone(seat, rooms[call], now)
        else:
            yield from _decide_seat(seat, crowds[call], now)


def staying(seats: Iterable[Seat], now: Moment) -> dict[CallId, dict[RawId, Standing]]:
    """Return the people in each call who may stay in it, with their standing."""
    seats = list(seats)
    crowds = _crowds(seats)
    found: dict[CallId, dict[RawId, Standing]] = {}
    for seat in seats:
        call = seat.presence.call
        try:
            _admit(seat, crowds[call], now)
        except OpenRoomsError:
            continue
        found.setdefault(call, {})[person(seat.presence.identity)] = seat.standing
    return found


def headcounts(calls: Iterable[CallId], seats: Iterable[Seat | PhoneSeat]) -> dict[CallId, int]:
    """Return how many people and answered telephones are in each of the calls."""
    people: dict[CallId, set[str]] = {call: set() for call in calls}
    for seat in seats:
        if isinstance(seat, Seat) or (seat.dial_out is not None and seat.dial_out.state is LegState.IN_CALL):
            people[seat.presence.call].add(person(seat.presence.identity))
    return {call: len(there) for call, there in people.items()}


class _Crowd:
    """The roles of the people in one call, and of those of them who were admitted to it."""

    def __init__(self) -> None:
        self.roles: list[ParticipantRole | None] = []
        self.admitted: list[ParticipantRole | None] = [None]


def _crowds(seats: Sequence[Seat]) -> dict[CallId, _Crowd]:
    crowds: dict[CallId, _Crowd] = {}
    for seat in seats:
        crowd = crowds.setdefault(seat.presence.call, _Crowd())
        crowd.roles.append(seat.standing.role)
        place = seat.standing.place
        if place is not None and place.state is PlaceState.ADMITTED:
            crowd.admitted.append(seat.standing.role)
    return crowds


def _admit(seat: Seat, crowd: _Crowd, now: Moment) -> ParticipantRole:
    """Return the role of somebody who is in the call; raise what joining raises.

    The call goes on, since somebody is in it, even if nobody could see that for a while. A Presenter is compared with
    those who were admitted: the first one of a call is not there to admit themselves.
    """
    standing = seat.standing
    roles = crowd.admitted if standing.role is ParticipantRole.PRESENTER else crowd.roles
    _, role = admit(in_call(standing, roles, now), seat.presence.revocations, now)
    return role


def _decide_seat(seat: Seat, crowd: _Crowd, now: Moment) -> Iterator[Action]:
    presence = seat.presence
    try:
        role = _admit(seat, crowd, now)
    except OpenRoomsError as refusal:
        yield Disconnect(presence.call, presence.identity, str(refusal))
        return
    if presence.role is not role or presence.grants != GRANTS[role]:
        yield ChangeRole(presence.call, presence.identity, role)
    name = _name(presence.name, seat.standing.display_name)
    if presence.name != name:
        yield Rename(presence.call, presence.identity, name)
    mislabelled = tuple(track.id for track in presence.tracks if is_mislabelled(track))
    if mislabelled:
        yield TakeDown(presence.call, presence.identity, role, mislabelled)


def _name(present: DisplayName, by_organiser: str) -> DisplayName:
    """Return the name to show, when this one is shown at present."""
    if by_organiser:
        return DisplayName(by_organiser, NameSource.ORGANISER)
    match present.source:
        case NameSource.TYPED:
            return present
        case NameSource.ORGANISER:
            # The organiser has withdrawn the name.
            return NAMELESS
        case None:
            # A process of an older version admitted them with the name that they typed.
            return names.shown("", present.text)


def _decide_phone(seat: PhoneSeat, room: Room | None, now: Moment) -> Iterator[Action]:
    presence, dial_out = seat.presence, seat.dial_out
    explains = dial_out is not None and dial_out.call == presence.call
    try:
        check_stays(dial_out if explains else None, room, now)
        if exceeds(presence.grants, PHONE_GRANTS):
            raise NotAllowed("A telephone may only speak and listen.")
    except OpenRoomsError as refusal:
        yield Disconnect(presence.call, presence.identity, str(refusal))
