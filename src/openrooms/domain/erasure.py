"""Erasing a person: what is kept about them goes, or stays under an id that belongs to nobody.

Deleting a user removes their names, and puts an anonymous id in the place of theirs wherever only counts and times
matter. A *complete* erasure also removes the user and their places on rosters.
"""

import re
from collections.abc import Iterable, Mapping, Set
from enum import StrEnum
from typing import Any

import msgspec

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, Moment, after
from openrooms.domain.roster import RawId

SETTLED_AFTER = 2 * SECOND
"""How long somebody whose user was deleted may still be in a call, and what the media engine tells of them late."""

_RAW_ID = re.compile(r"(?:8|28):[\w:.+-]+|4:\+?\w+", re.ASCII)
_OWN_TEXTS = ("displayName", "reason")
_NUMBER = "phoneNumber"
_PHONE = "4:"


class RecordKind(StrEnum):
    """What is kept about people, in the order in which it is erased and exported.

    Events come last, because erasing the others may leave events.
    """

    USERS = "users"
    PARTICIPANTS = "participants"
    INVITATIONS = "invitations"
    WAITING = "waiting"
    CALLS_STARTED = "callsStarted"
    STAYS = "stays"
    REFUSALS = "refusals"
    DIAL_OUTS = "dialOuts"
    AUDIT = "audit"
    EVENTS = "events"


KINDS: Mapping[str, RecordKind] = {kind.value: kind for kind in RecordKind}
"""Every kind by its name."""

SWEPT = tuple(
    [kind for kind in RecordKind if kind not in (RecordKind.USERS, RecordKind.PARTICIPANTS, RecordKind.AUDIT)]
)
"""The kinds of which records are erased one by one.

The user and the places on rosters are removed as in any other change. The audit trail stays until its time is over: it
is the evidence of what was done.
"""


class Erasure(msgspec.Struct, frozen=True):
    """The erasure of a person that has begun; `anonymous_id` takes the place of their raw id."""

    raw_id: RawId
    anonymous_id: RawId
    asked_at: Moment
    is_complete: bool

    def is_due(self, now: Moment) -> bool:
        """Return whether nothing more is written about the person by itself."""
        return now >= after(self.asked_at, SETTLED_AFTER)


Erased = Mapping[str, str]
"""The anonymous id of each person who is erased, by their raw id."""


def begin(resource: ResourceId, raw_id: RawId, random_bits: int, now: Moment, *, is_complete: bool) -> Erasure:
    """Return the erasure of a person."""
    return Erasure(raw_id, anonymous_id(resource, f"{random_bits:020x}"), now, is_complete)


def anonymous_id(resource: ResourceId, text: str) -> RawId:
    """Return a raw id in the form of a user's that no user has."""
    return RawId(f"8:acs:{resource}_erased-{text}")


def is_mentioned(text: str, people: Set[str]) -> bool:
    """Return whether a text has the raw id, or the telephone number, of one of the people."""
    return not people.isdisjoint(_RAW_ID.findall(text)) or any(
        person.startswith(_PHONE) and person.removeprefix(_PHONE) in text for person in people
    )


def without_ids(text: str, erased: Erased) -> str:
    """Return the text with anonymous ids."""
    return _RAW_ID.sub(lambda found: erased.get(found[0], found[0]), text)


def without_people(data: Any, erased: Erased) -> Any:
    """Return a value of JSON with anonymous ids, and without the names, numbers and texts about these people."""
    if isinstance(data, dict):
        own = _OWN_TEXTS if not set(_people_of(data)).isdisjoint(erased) else ()
        return {
            key: ""
            if _is_erased_number(key, value, erased) or (key in own and value)
            else without_people(value, erased)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [without_people(value, erased) for value in data]
    return without_ids(data, erased) if isinstance(data, str) else data


def _people_of(data: dict[str, Any]) -> Iterable[str]:
    """Yield the raw ids of the person whom an object is about."""
    match data:
        case {"rawId": str(raw_id)} | {"user": {"communicationIdentifier": {"rawId": str(raw_id)}}}:
            yield raw_id


def _is_erased_number(key: str, value: Any, erased: Erased) -> bool:
    return key == _NUMBER and f"{_PHONE}{value}" in erased
