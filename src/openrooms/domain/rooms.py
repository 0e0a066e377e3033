"""Rooms: their id, the window in which they can be joined, and what may change."""

from typing import NewType

import msgspec

from openrooms.domain.errors import InvalidRoomId, InvalidWindow, Problem
from openrooms.domain.moments import DAY, MINUTE, Moment, after
from openrooms.domain.visits import NO_OPTIONS, VisitOptions

RoomId = NewType("RoomId", str)

LONGEST_WINDOW = 180 * DAY
# docs/evidence.md#room-ids
_ID_LENGTHS = range(16, 19)
_ID_PREFIX = "994"
_ID_RANDOM_DIGITS = 14
ROOM_IDS = 10**_ID_RANDOM_DIGITS
"""How many room ids there are: `room_id` takes a number below this."""

# docs/evidence.md#windows
FROM_TOO_LATE = Problem("ValidFrom", "Value is incorrect or more than 180 days in the future.")
_UNTIL_PAST = Problem("ValidUntil", "The time range end is in the past.")
BAD_RANGE = Problem("ValidUntil", "The time range is incorrect, or larger than 180 days.")
_ONLY_ONE = Problem("", "validFrom and validUntil should be set together.")


class Window(msgspec.Struct, frozen=True):
    """When a room can be joined: from `valid_from` until just before `valid_until`."""

    valid_from: Moment
    valid_until: Moment


class Room(msgspec.Struct, frozen=True):
    """A room as it is kept."""

    id: RoomId
    created_at: Moment
    valid_from: Moment
    valid_until: Moment
    pstn_dial_out_enabled: bool = False
    options: VisitOptions = NO_OPTIONS


class RoomChange(msgspec.Struct, frozen=True):
    """The fields of an update; `None` leaves a field unchanged."""

    valid_from: Moment | None = None
    valid_until: Moment | None = None
    pstn_dial_out_enabled: bool | None = None


def room_id(number: int) -> RoomId:
    """Return the room id of a random number below `ROOM_IDS`: 17 digits that begin with 994, as Azure's do."""
    return RoomId(_ID_PREFIX + str(number).zfill(_ID_RANDOM_DIGITS))


def parse_room_id(text: str) -> RoomId:
    """Return the id; raise `InvalidRoomId` if the text cannot be a room id."""
    if len(text) not in _ID_LENGTHS:
        raise InvalidRoomId("Invalid room ID length.")
    if not (text.isascii() and text.isdigit()):
        raise InvalidRoomId
    return RoomId(text)


def new_window(change: RoomChange, now: Moment) -> Window:
    """Return the window of a room created `now`; raise `InvalidWindow`.

    An absent `valid_until` means 180 days from now, even if `valid_from` is given: docs/evidence.md#windows.
    """
    valid_from = now if change.valid_from is None else change.valid_from
    _check_window(valid_from, change.valid_until, now)
    return Window(valid_from, after(now, LONGEST_WINDOW) if change.valid_until is None else change.valid_until)


def new_room(number: int, change: RoomChange, now: Moment) -> Room:
    """Return a room created `now`, with the id of a random number below `ROOM_IDS`; raise `InvalidWindow`."""
    window = new_window(change, now)
    return Room(room_id(number), now, window.valid_from, window.valid_until, bool(change.pstn_dial_out_enabled))


def check_change(change: RoomChange, now: Moment) -> None:
    """Raise `InvalidWindow` if an update at `now` breaks a rule about windows."""
    if change.valid_from is None and change.valid_until is None:
        return
    if change.valid_from is None or change.valid_until is None:
        raise InvalidWindow(_ONLY_ONE)
    _check_window(change.valid_from, change.valid_until, now)


def changed(room: Room, change: RoomChange) -> Room:
    """Return the room with the fields of the checked change replaced; a new window is the plan from now on."""
    options = room.options
    if change.valid_until is not None and options.added:
        options = msgspec.structs.replace(options, added=0)
    return Room(
        room.id,
        room.created_at,
        room.valid_from if change.valid_from is None else change.valid_from,
        room.valid_until if change.valid_until is None else change.valid_until,
        room.pstn_dial_out_enabled if change.pstn_dial_out_enabled is None else change.pstn_dial_out_enabled,
        options,
    )


def is_open(room: Room, now: Moment) -> bool:
    """Return whether the room can be joined `now`."""
    # Half-open, so back-to-back rooms never overlap.
    return room.valid_from <= now < room.valid_until


def planned_until(room: Room) -> Moment:
    """Return the end of the room as it was planned, before minutes were added."""
    return after(room.valid_until, -room.options.added * MINUTE)


def _check_window(valid_from: Moment, valid_until: Moment | None, now: Moment) -> None:
    problems = []
    if valid_from > now + LONGEST_WINDOW:
        problems.append(FROM_TOO_LATE)
    if valid_until is not None:
        if valid_until < now:
            problems.append(_UNTIL_PAST)
        elif not 0 < valid_until - valid_from <= LONGEST_WINDOW:
            problems.append(BAD_RANGE)
    if problems:
        raise InvalidWindow(*problems)
