"""Adopting a room that another service made: it keeps its ID, its times, its roster and its options.

A repeated request changes nothing, so that an interrupted import can be started again.
"""

from collections.abc import Sequence

import msgspec

from openrooms.domain import rooms
from openrooms.domain.errors import InvalidIdentifier, InvalidRequest, InvalidWindow, RoomExists, RosterTooLarge
from openrooms.domain.identities import User
from openrooms.domain.moments import MINUTE, Moment
from openrooms.domain.names import organiser_name
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room
from openrooms.domain.roster import Participant, canonical, is_acs_user

# The clocks of two services differ a little.
_SKEW = 15 * MINUTE


class AdoptedRoom(msgspec.Struct, frozen=True):
    """A room of another service with its roster, and the users to create for it."""

    room: Room
    roster: tuple[Participant, ...]
    users: tuple[User, ...]


def participant(raw_id: str, role: ParticipantRole, display_name: str) -> Participant:
    """Return a checked participant; raise `InvalidIdentifier`, or `InvalidRequest` for a name."""
    if not is_acs_user(raw_id):
        raise InvalidIdentifier(f"Communication identifier {raw_id} is not supported.")
    return Participant(canonical(raw_id), role, organiser_name(display_name))


def adopt(room: Room, roster: Sequence[Participant], roster_limit: int, now: Moment) -> AdoptedRoom:
    """Return the checked room. Its window may be over.

    Raise `InvalidRequest` for a time of creation in the future or a participant who is named twice, `InvalidWindow`,
    or `RosterTooLarge`.
    """
    if room.created_at > now + _SKEW:
        raise InvalidRequest("createdAt is in the future.")
    if not 0 < room.valid_until - room.valid_from <= rooms.LONGEST_WINDOW:
        raise InvalidWindow(rooms.BAD_RANGE)
    if room.valid_from > now + rooms.LONGEST_WINDOW:
        raise InvalidWindow(rooms.FROM_TOO_LATE)
    if len(roster) > roster_limit:
        raise RosterTooLarge(roster_limit)
    if len({participant.raw_id for participant in roster}) < len(roster):
        raise InvalidRequest("A participant is named twice; name each once.")
    return AdoptedRoom(room, tuple(roster), tuple(User(participant.raw_id, now) for participant in roster))


def check_same(adopted: AdoptedRoom, kept: Room, roster: Sequence[Participant]) -> None:
    """Raise `RoomExists` unless the room with this ID is the one to adopt, with the same roster in any order."""
    if kept != adopted.room or set(roster) != set(adopted.roster) or len(roster) != len(adopted.roster):
        raise RoomExists(kept.id)
