"""The events of rooms whose windows begin and end: nobody changes anything then, so the time is looked at."""

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.domain.rooms import Room, RoomId
from openrooms.server.storage.outbox import Outbox
from openrooms.server.storage.sql import read_room
from openrooms.server.storage.statements import Steps, queries
from openrooms.wire import happenings

_EDGES = "edges of windows"


def list_edges(until: Moment) -> Steps[tuple[Moment, int]]:
    """Return from when on edges are not told yet, and how many there are until a moment."""
    rows = yield queries.get_lease_end(name=_EDGES)
    if not rows:
        return until, 0
    since, count = Moment(rows[0][0]), 0
    for resource, *_ in (yield queries.list_resources()):
        window = {"resource": resource, "since": since, "until": until}
        count += len((yield queries.list_opened(**window))) + len((yield queries.list_closed(**window)))
    return since, count


def begin_edges(since: Moment) -> Steps[None]:
    """Have edges count since a moment."""
    yield queries.hold_lease(name=_EDGES, holder=_EDGES, now=since, until=since)


def tell_edges(outbox: Outbox, until: Moment) -> Steps[int]:
    """Add an event for each window that began or ended until a moment, and was not told; return how many."""
    # A second process waits here, and finds everything told.
    yield queries.take_turn(name=f"turn of {_EDGES}")
    rows = yield queries.get_lease_end(name=_EDGES)
    since = Moment(rows[0][0]) if rows else until
    count = 0
    for resource, *_ in (yield queries.list_resources()):
        window = {"resource": resource, "since": since, "until": until}
        opened = {room_id for (room_id,) in (yield queries.list_opened(**window))}
        closed = {room_id for (room_id,) in (yield queries.list_closed(**window))}
        # In the order of their keys, as all processes lock them, to prevent deadlocks.
        for room_id in sorted(opened | closed):
            count += yield from _tell(outbox, resource, room_id, since, until)
    if until > since or not rows:
        yield queries.hold_lease(name=_EDGES, holder=_EDGES, now=until, until=until)
    return count


def _tell(outbox: Outbox, resource: ResourceId, room_id: RoomId, since: Moment, until: Moment) -> Steps[int]:
    rows = yield queries.lock_room(resource=resource, id=room_id)
    if not rows:
        return 0
    # It may have been moved since it was listed.
    room: Room = read_room(*rows[0])
    count = 0
    if since < room.valid_from <= until and room.valid_from > room.created_at:
        yield from outbox.note(resource, room_id, room.created_at, [happenings.room_opened(room)], room.valid_from)
        count += 1
    if since < room.valid_until <= until:
        yield from outbox.note(resource, room_id, room.created_at, [happenings.room_closed(room)], room.valid_until)
        count += 1
    return count
