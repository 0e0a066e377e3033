"""Refused joins, as they are recorded: which rule refused whom."""

from collections.abc import Mapping

import msgspec

from openrooms.domain import errors
from openrooms.domain.errors import OpenRoomsError
from openrooms.domain.joining import CALL_HAS_ROOM
from openrooms.domain.moments import MINUTE, SECOND
from openrooms.domain.roster import RawId

WRITTEN_EVERY = 10 * SECOND
"""How often a process writes the same refusal of the same person; it counts those in between."""

TOLD_EVERY = 10 * MINUTE
"""How often there is an event about the same refusal of the same person."""

MOST_A_MINUTE = 60
"""The most refusals of one room that a process writes in a minute."""

_RULES: Mapping[type[OpenRoomsError], str] = {
    errors.RoleLowered: "role",
    errors.TokenRefused: "userIsActive",
    errors.NotInvited: "onRoster",
    errors.OutsideWindow: "insideWindow",
    errors.KeptOut: "letIn",
    errors.Declined: "letIn",
    errors.CallFull: CALL_HAS_ROOM,
    errors.ScopeRefused: "scope",
    errors.OtherRoom: "otherRoom",
}


class Refusal(msgspec.Struct, frozen=True):
    """The refusal of one person: the rule, as `GET .../why` names it, and the code, sub-code and message of the answer.

    These rules are not among those of `why`, which is about a new token: `scope`, `otherRoom` and `role`.
    """

    raw_id: RawId
    rule: str
    code: str
    sub_code: int | None = None
    message: str = ""


def rule_of(error: OpenRoomsError) -> str | None:
    """Return the rule that refused somebody; `None` if they were not refused as a person."""
    return next((_RULES[kind] for kind in type(error).__mro__ if kind in _RULES), None)
