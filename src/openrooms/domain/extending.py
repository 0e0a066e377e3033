"""Extending a room from its call.

A request names the end that its caller saw, and asks for minutes after it. So a repeated request, a double click and
two Presenters who press at the same moment add the minutes once, whichever process is asked.
"""

import msgspec

from openrooms.domain import rooms
from openrooms.domain.errors import EndMoved, InvalidRequest, NotExtendable
from openrooms.domain.moments import MINUTE, SECOND, Moment, after
from openrooms.domain.rooms import Room, RoomChange

STEPS = (5, 10, 15)
"""The minutes that Presenters can add at once."""

LONGEST = 1440
"""The most minutes that the operator can add at once."""

# Clients keep times in milliseconds or microseconds.
_SAME = SECOND


class Extension(msgspec.Struct, frozen=True):
    """A request to add minutes to a room that ends at `seen`; `limited` to what the organiser allows Presenters."""

    minutes: int
    seen: Moment
    limited: bool


def check_minutes(minutes: int, limited: bool) -> None:
    """Raise `InvalidRequest` unless so many minutes can be added at once, by Presenters if `limited`."""
    if limited and minutes not in STEPS:
        raise InvalidRequest(f"The minutes must be one of {', '.join(map(str, STEPS))}.")
    if not 1 <= minutes <= LONGEST:
        raise InvalidRequest(f"The minutes must be between 1 and {LONGEST}.")


def extended(room: Room, extension: Extension, now: Moment) -> Room:
    """Return the room with its new end; return it unchanged if it lasts at least as long already.

    A room that has ended opens again at `now`. Raise `EndMoved` if the room's end is no longer the one that the
    caller saw, `NotExtendable`, or `InvalidWindow` if the room would last too long.
    """
    added = extension.minutes * MINUTE
    if room.valid_until > after(extension.seen, added) - _SAME:
        return room
    if abs(room.valid_until - extension.seen) >= _SAME:
        raise EndMoved(room.valid_from, room.valid_until)
    options = room.options
    if extension.limited:
        if extension.minutes > options.minutes_left:
            raise NotExtendable(options.minutes_left)
        options = msgspec.structs.replace(options, extended=options.extended + extension.minutes)
    end = after(max(room.valid_until, now), added)
    change = RoomChange(room.valid_from, end)
    rooms.check_change(change, now)
    options = msgspec.structs.replace(options, added=options.added + round((end - room.valid_until) / MINUTE))
    return msgspec.structs.replace(rooms.changed(room, change), options=options)
