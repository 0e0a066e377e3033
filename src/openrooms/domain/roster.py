"""The roster of a room: its participants and their roles."""

import re
from collections.abc import Iterable, Mapping
from typing import NewType

import msgspec

from openrooms.domain.errors import InvalidIdentifier, InvalidRole, Problem, RosterTooLarge
from openrooms.domain.roles import ROLES, ParticipantRole

RawId = NewType("RawId", str)

_GUID = "-".join(f"[0-9A-Fa-f]{{{digits}}}" for digits in (8, 4, 4, 4, 12))
# docs/evidence.md#rosters
_ACS_USER = re.compile(rf"8:(?:acs|gcch-acs|dod-acs|spool):{_GUID}_{_GUID}")

_BAD_ROLE = f"Invalid participant role. The valid roles are: {', '.join(ParticipantRole)}."


class Participant(msgspec.Struct, frozen=True):
    """A user invited to a room, with a role, and with the name that the organiser gave them (`""`: none)."""

    raw_id: RawId
    role: ParticipantRole
    display_name: str = ""


class RosterView(msgspec.Struct, frozen=True):
    """What a change reads of a roster: its size, and the roles of the named users who are on it.

    If all named users are on it, nobody can be added, and `size` counts only them.
    """

    size: int
    present: Mapping[str, ParticipantRole]


class RosterChange(msgspec.Struct, frozen=True):
    """What to write: participants to put, in order, and raw ids to remove."""

    put: tuple[Participant, ...] = ()
    remove: tuple[RawId, ...] = ()


def is_acs_user(text: str) -> bool:
    """Return whether the text is the raw id of an ACS user, the only kind of identity that a roster accepts."""
    return _ACS_USER.fullmatch(text) is not None


def canonical(text: str) -> RawId:
    """Return the canonical spelling of a raw id, with hexadecimal digits in lower case.

    A text that is not the raw id of an ACS user is returned unchanged.
    """
    return RawId(text.lower() if is_acs_user(text) else text)


def parse_roles(named: Mapping[str, str | None]) -> dict[str, ParticipantRole]:
    """Return each raw id's role, by default `Attendee`; raise `InvalidRole` that names every bad role."""
    roles: dict[str, ParticipantRole] = {}
    problems: list[Problem] = []
    for raw_id, text in named.items():
        role = ParticipantRole.ATTENDEE if text is None else ROLES.get(text)
        if role is None:
            problems.append(Problem(f"$.participants.{raw_id}.role", _BAD_ROLE))
        else:
            roles[raw_id] = role
    if problems:
        raise InvalidRole(*problems)
    return roles


def new_roster(roles: Mapping[str, ParticipantRole], limit: int) -> tuple[Participant, ...]:
    """Return the roster of a new room in the order given; raise `InvalidIdentifier` or `RosterTooLarge`.

    If a raw id is there in several spellings, the last one counts.
    """
    if not all(map(is_acs_user, roles)):
        raise InvalidIdentifier
    invited = {raw_id.lower(): role for raw_id, role in roles.items()}
    if len(invited) > limit:
        raise RosterTooLarge(limit)
    return tuple([Participant(RawId(raw_id), role) for raw_id, role in invited.items()])


def change_roster(named: Mapping[str, ParticipantRole | None], roster: RosterView, limit: int) -> RosterChange:
    """Return what to write so that each named (canonical) raw id has its role, or is removed (`None`).

    All or nothing: raise `InvalidIdentifier`, which names the first bad raw id, even one to remove, or
    `RosterTooLarge`. Only differences from the roster are written, so a repeated change writes nothing.
    """
    _check_supported(named)
    put = tuple(
        Participant(RawId(raw_id), role)
        for raw_id, role in named.items()
        if role is not None and roster.present.get(raw_id) is not role
    )
    remove = tuple(RawId(raw_id) for raw_id, role in named.items() if role is None and raw_id in roster.present)
    added = sum(participant.raw_id not in roster.present for participant in put)
    if added and roster.size + added - len(remove) > limit:
        raise RosterTooLarge(limit)
    return RosterChange(put, remove)


def changes_roles(change: RosterChange, roster: RosterView) -> bool:
    """Return whether somebody who is on the roster gets another role."""
    return any(participant.raw_id in roster.present for participant in change.put)


def _check_supported(raw_ids: Iterable[str]) -> None:
    for raw_id in raw_ids:
        if not is_acs_user(raw_id):
            raise InvalidIdentifier(f"Communication identifier {raw_id} is not supported.")
