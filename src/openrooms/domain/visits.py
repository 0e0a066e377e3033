"""The options of a room for visits: its title, who must wait, who begins, and by how long it may be extended."""

from collections.abc import Collection, Mapping
from enum import StrEnum

import msgspec

from openrooms.domain import names
from openrooms.domain.errors import InvalidRequest
from openrooms.domain.roster import RawId, canonical

LONGEST_ALLOWANCE = 24 * 60
"""The most minutes that an organiser can allow Presenters to add."""


class WaitingRoom(StrEnum):
    """The participants who wait until a Presenter or the operator admits them."""

    OFF = "off"
    ATTENDEES = "attendees"
    EVERYONE = "everyone"


class StartsWith(StrEnum):
    """The participants with whom a call may begin."""

    ANYONE = "anyone"
    PRESENTER = "presenter"


class VisitOptions(msgspec.Struct, frozen=True):
    """The options of a room: `extend_by` are the minutes that Presenters may add in all, `extended` those added.

    `added` are the minutes by which the room ends later than it was planned, whoever added them.
    """

    title: str = ""
    waiting_room: WaitingRoom = WaitingRoom.OFF
    starts_with: StartsWith = StartsWith.ANYONE
    extend_by: int = 0
    extended: int = 0
    added: int = 0

    @property
    def minutes_left(self) -> int:
        """The minutes that Presenters may still add."""
        return max(0, self.extend_by - self.extended)


WAITING_ROOMS: Mapping[str, WaitingRoom] = {option.value: option for option in WaitingRoom}
STARTS: Mapping[str, StartsWith] = {option.value: option for option in StartsWith}
"""Each option by its text; looking one up is faster than calling its class."""

NO_OPTIONS = VisitOptions()
"""The options of a room for which nobody has set any."""


class VisitChange(msgspec.Struct, frozen=True):
    """The checked fields of an update; `None` leaves an option unchanged, and an empty name removes a name."""

    title: str | None = None
    waiting_room: WaitingRoom | None = None
    starts_with: StartsWith | None = None
    extend_by: int | None = None
    names: Mapping[RawId, str] = {}


def change(
    title: str | None,
    waiting_room: WaitingRoom | None,
    starts_with: StartsWith | None,
    extend_by: int | None,
    named: Mapping[str, str],
) -> VisitChange:
    """Return the change to these options and names; raise `InvalidRequest`.

    If a raw id is there in several spellings, the last one counts.
    """
    if extend_by is not None and not 0 <= extend_by <= LONGEST_ALLOWANCE:
        raise InvalidRequest(f"extendBy must be between 0 and {LONGEST_ALLOWANCE} minutes.")
    return VisitChange(
        None if title is None else names.title(title),
        waiting_room,
        starts_with,
        extend_by,
        {canonical(raw_id): names.organiser_name(name) for raw_id, name in named.items()},
    )


def changed(options: VisitOptions, change: VisitChange) -> VisitOptions:
    """Return the options with those of the change."""
    return VisitOptions(
        options.title if change.title is None else change.title,
        options.waiting_room if change.waiting_room is None else change.waiting_room,
        options.starts_with if change.starts_with is None else change.starts_with,
        options.extend_by if change.extend_by is None else change.extend_by,
        options.extended,
        options.added,
    )


def check_named(named: Collection[str], present: Collection[str]) -> None:
    """Raise `InvalidRequest` that names the first participant of the change who is not on the roster."""
    for raw_id in named:
        if raw_id not in present:
            raise InvalidRequest(f"{raw_id} is not on the roster of this room; add them first.")
