"""Events: what happened in a resource, in the order in which readers follow it.

An event has a *position* in its resource and a *sequence* in its room. Positions grow and may leave numbers out;
sequences count from 1 without gaps. The id of an event has its time and its position, so that it stays the same however
often the event is sent, and so that a database that was restored to an earlier state gives no id a second time.
"""

import re
from typing import NamedTuple
from uuid import UUID

import msgspec

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.domain.rooms import RoomId

_TIME_BITS = 60
_LOW_TIME_BITS = 12
_PLACE_BITS = 62
# RFC 9562, section 5.8: version 8 is for ids with a meaning of our own, variant 2 stands before the last 62 bits.
_VERSION, _VARIANT = 8, 2
_ID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class EventKey(NamedTuple):
    """The place of an event among those of its resource, and the time at which it happened."""

    position: int = 0
    happened_at: Moment = Moment(0)


BEGINNING = EventKey()
"""The key before all events."""


class Happening(msgspec.Struct, frozen=True):
    """An event that has no place yet: its type, its data as JSON, and its subject (`""`: the room)."""

    type: str
    data: str
    subject: str = ""


class Event(msgspec.Struct, frozen=True):
    """An event as it is kept."""

    resource: ResourceId
    position: int
    room_id: RoomId
    sequence: int
    happened_at: Moment
    type: str
    subject: str
    data: str

    @property
    def key(self) -> EventKey:
        """The place and time of the event."""
        return EventKey(self.position, self.happened_at)


class EventFilter(msgspec.Struct, frozen=True):
    """Which events somebody reads: of one room (`None`: of all), and of some types (none named: of all)."""

    room_id: RoomId | None = None
    types: frozenset[str] = frozenset()

    def matches(self, event: Event) -> bool:
        """Return whether somebody reads the event."""
        return self.room_id in (None, event.room_id) and (not self.types or event.type in self.types)


EVERYTHING = EventFilter()
"""All events."""


def event_id(key: EventKey) -> str:
    """Return the id of an event: a UUID of version 8, because Event Grid's ids are UUIDs."""
    time, position = key.happened_at & (1 << _TIME_BITS) - 1, key.position & (1 << _PLACE_BITS) - 1
    high = time >> _LOW_TIME_BITS << 16 | _VERSION << _LOW_TIME_BITS | time & (1 << _LOW_TIME_BITS) - 1
    return str(UUID(int=high << 64 | _VARIANT << _PLACE_BITS | position))


def parse_event_id(text: str) -> EventKey:
    """Return the key in an id; raise `ValueError` unless it has the form of an event's id."""
    if not _ID.fullmatch(text):
        raise ValueError(f"{text!r} is not the id of an event")
    number = UUID(text)
    high = number.int >> 64
    time = high >> 16 << _LOW_TIME_BITS | high & (1 << _LOW_TIME_BITS) - 1
    return EventKey(number.int & (1 << _PLACE_BITS) - 1, Moment(time))
