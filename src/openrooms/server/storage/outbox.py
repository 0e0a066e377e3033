"""The events in the database: adding them in the transaction of a change, reading and removing them."""

from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Any

from openrooms.domain.errors import EventNotFound
from openrooms.domain.events import BEGINNING, Event, EventFilter, EventKey, Happening
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.domain.rooms import RoomId
from openrooms.server.core.ports import Clock, EarlierEvents, EventPage
from openrooms.server.storage.statements import Rows, Steps, queries

LAST_POSITION = LAST_SEQUENCE = 2**63 - 1
_SCANNED = 1000
"""The most events that one read looks at."""


class Outbox:
    """Adds events to a transaction; without a `clock`, events are off."""

    def __init__(self, clock: Clock | None) -> None:
        self.clock = clock

    @property
    def is_on(self) -> bool:
        """Whether events are kept."""
        return self.clock is not None

    def now(self) -> Moment | None:
        """Return the moment by the clock of the events; `None` if events are off."""
        return None if self.clock is None else self.clock()

    def add_room(self, row: Mapping[str, Any], happening: Happening) -> Steps[bool]:
        """Add a room, whose columns `row` has, and its first event; return `False` if its id is taken."""
        if not (yield queries.add_room(**row)):
            return False
        if self.is_on and not (yield queries.add_first_event(**_first_event(row, happening))):
            yield from self.note_again(row, happening)
        return True

    def note_again(self, row: Mapping[str, Any], happening: Happening) -> Steps[None]:
        """Add the event of a new room if there are still events of a removed one with its id and time of creation."""
        created_at = row["created_at"]
        yield from self.note(row["resource"], row["id"], created_at, [happening], created_at)

    def note(
        self,
        resource: ResourceId,
        room_id: RoomId,
        room_created_at: Moment,
        happenings: Iterable[Happening],
        happened_at: Moment | None = None,
    ) -> Steps[EventKey]:
        """Add the events of a change of a room, in their order; return the key of the last one.

        The operation has written or locked something before, because a reader in PostgreSQL waits for transactions
        that had an id before they added an event.
        """
        last = BEGINNING
        if self.clock is None:
            return last
        for happening in happenings:
            moment = self.clock() if happened_at is None else happened_at
            row = {
                "resource": resource,
                "room_created_at": room_created_at,
                "room_id": room_id,
                "happened_at": moment,
                "type": happening.type,
                "subject": happening.subject,
                "data": happening.data,
            }
            # Another transaction may just have taken the number, if neither of them holds the room's lock.
            while not (added := (yield queries.add_event(**row))):
                pass
            last = EventKey(added[0][0], moment)
        return last


NO_OUTBOX = Outbox(None)
"""Adds no events."""


def _first_event(row: Mapping[str, Any], happening: Happening) -> Mapping[str, object]:
    return {
        "resource": row["resource"],
        "room_created_at": row["created_at"],
        "room_id": row["id"],
        "happened_at": row["created_at"],
        "type": happening.type,
        "subject": happening.subject,
        "data": happening.data,
    }


def room_creation(resource: ResourceId, room_id: RoomId) -> Steps[Moment | None]:
    """Return when a room was created, also one that was deleted; `None` if nothing is kept of it any more."""
    for (created_at,) in (yield queries.get_room_creation(resource=resource, room_id=room_id)):
        return Moment(created_at)
    return None


def list_events(resource: ResourceId, after: EventKey, up_to: int, limit: int, only: EventFilter) -> Steps[EventPage]:
    if after.position:
        yield from _check_known(resource, after)
    scanned = _SCANNED if only.types else limit
    if only.room_id is None:
        rows = yield queries.list_events(resource=resource, position=after.position, up_to=up_to, limit=scanned)
    else:
        rows = yield from _list_of_room(resource, after, only.room_id, scanned)
    events, last, has_more = _matching(resource, rows, scanned, limit, only)
    return EventPage(events, last or after, has_more)


def list_events_before(
    resource: ResourceId, before: EventKey | None, up_to: int, limit: int, only: EventFilter
) -> Steps[EarlierEvents]:
    if before is not None and before.position:
        yield from _check_known(resource, before)
    scanned = _SCANNED if only.types else limit
    if only.room_id is None:
        position = up_to if before is None else before.position - 1
        rows = yield queries.list_events_before(resource=resource, position=position, limit=scanned)
    else:
        rows = yield from _list_of_room_before(resource, before, only.room_id, scanned)
    events, oldest, has_more = _matching(resource, rows, scanned, limit, only)
    newest = read_event(resource, *rows[0]).key if rows else before or BEGINNING
    return EarlierEvents(events, newest, oldest or newest, has_more)


def _matching(
    resource: ResourceId, rows: Rows, scanned: int, limit: int, only: EventFilter
) -> tuple[tuple[Event, ...], EventKey | None, bool]:
    """Return the first events that somebody reads, the key of the last one looked at, and whether there may be more."""
    page: list[Event] = []
    last: EventKey | None = None
    for row in rows:
        event = read_event(resource, *row)
        last = event.key
        if only.matches(event):
            page.append(event)
            if len(page) == limit:
                break
    has_more = last is not None and (len(rows) == scanned or last.position != rows[-1][0])
    return tuple(page), last, has_more


def get_event(resource: ResourceId, key: EventKey) -> Steps[Event]:
    for row in (yield queries.get_event(resource=resource, position=key.position)):
        event = read_event(resource, *row)
        if event.key == key:
            return event
    raise EventNotFound


def last_event(resource: ResourceId) -> Steps[EventKey]:
    for row in (yield queries.get_last_event(resource=resource)):
        return EventKey(*row)
    return BEGINNING


def purge_events(happened_before: Moment, limit: int) -> Steps[int]:
    gone = 0
    for resource, *_ in (yield queries.list_resources()):
        rows = yield queries.list_oldest_events(resource=resource, limit=limit - gone)
        old = list(takewhile(lambda row: row[3] < happened_before, rows))
        if old:
            # In the order of their keys, as all processes lock them, to prevent deadlocks.
            marks = {"": old[-1][0], **{room_id: sequence for _, room_id, sequence, _ in old}}
            yield queries.mark_events.each(
                *[
                    {"resource": resource, "room_id": room_id, "sequence": sequence}
                    for room_id, sequence in sorted(marks.items())
                ]
            )
            yield queries.remove_events(resource=resource, position=old[-1][0])
            gone += len(old)
    return gone


def remove_all_events(resource: ResourceId) -> Steps[None]:
    """Remove the events; positions go on, so that a reader who has read up to one misses nothing later."""
    for position, _ in (yield queries.get_last_event(resource=resource)):
        yield queries.remove_events(resource=resource, position=position)
        yield queries.remove_event_marks(resource=resource)
        yield queries.mark_events(resource=resource, room_id="", sequence=position)


def _check_known(resource: ResourceId, key: EventKey) -> Steps[None]:
    """Raise `EventNotFound` for the key of an event that the database never had; it may have been removed."""
    rows = yield queries.get_event(resource=resource, position=key.position)
    if rows and rows[0][3] == key.happened_at:
        return
    last = yield from last_event(resource)
    if rows or key.position > last.position:
        raise EventNotFound


def _list_of_room(resource: ResourceId, after: EventKey, room_id: RoomId, limit: int) -> Steps[Rows]:
    created_at = yield from room_creation(resource, room_id)
    if created_at is None:
        return ()
    room = {"resource": resource, "room_created_at": created_at, "room_id": room_id}
    sequence = yield from _sequence(room, after)
    return (yield queries.list_events_of_room(**room, sequence=sequence, limit=limit))


def _list_of_room_before(resource: ResourceId, before: EventKey | None, room_id: RoomId, limit: int) -> Steps[Rows]:
    created_at = yield from room_creation(resource, room_id)
    if created_at is None:
        return ()
    room = {"resource": resource, "room_created_at": created_at, "room_id": room_id}
    sequence = LAST_SEQUENCE if before is None else (yield from _sequence_before(room, before))
    return (yield queries.list_events_of_room_before(**room, sequence=sequence, limit=limit))


def _sequence(room: Mapping[str, object], after: EventKey) -> Steps[int]:
    """Return the room's sequence at a position."""
    if not after.position:
        return 0
    for row in (yield queries.get_event(resource=room["resource"], position=after.position)):
        if row[1] == room["room_id"]:
            return int(row[2])
    [(sequence,)] = yield queries.get_sequence_at(**room, position=after.position)
    return int(sequence)


def _sequence_before(room: Mapping[str, object], before: EventKey) -> Steps[int]:
    """Return the room's sequence just before a position."""
    for row in (yield queries.get_event(resource=room["resource"], position=before.position)):
        if row[1] == room["room_id"]:
            return int(row[2]) - 1
    [(sequence,)] = yield queries.get_sequence_at(**room, position=before.position)
    return int(sequence)


def read_event(
    resource: ResourceId, position: int, room_id: RoomId, sequence: int, happened_at: Moment, *rest: Any
) -> Event:
    """Return the event in a row of the statements that read events."""
    return Event(resource, position, room_id, sequence, happened_at, *rest)
