"""The events of rooms whose windows begin and end: nobody changes anything then, so the time is looked at."""

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.domain.rooms import RoomId
from openrooms.server.storage.outbox import Outbox
from openrooms.server.storage.sql import read_room
from openrooms.server.storage.statements import Steps, queries
from openrooms.server.storage.windows import EDGES, tell, told_until


def list_edges(until: Moment) -> Steps[tuple[Moment, int]]:
    """Return from when on edges are not told yet, and how many there are until a moment."""
    since = yield from told_until()
    if since is None:
        return until, 0
    count = 0
    for resource, *_ in (yield queries.list_resources()):
        window = {"resource": resource, "since": since, "until": until}
        count += len((yield queries.list_opened(**window))) + len((yield queries.list_closed(**window)))
    return since, count


def begin_edges(since: Moment) -> Steps[None]:
    """Have edges count since a moment."""
    yield queries.hold_lease(name=EDGES, holder=EDGES, now=since, until=since)


def tell_edges(outbox: Outbox, until: Moment) -> Steps[int]:
    """Add an event for each window that began or ended until a moment, and was not told; return how many."""
    # A second process waits here, and finds everything told.
    yield queries.take_turn(name=f"turn of {EDGES}")
    last = yield from told_until()
    since, count = until if last is None else last, 0
    for resource, *_ in (yield queries.list_resources()):
        window = {"resource": resource, "since": since, "until": until}
        opened = {room_id for (room_id,) in (yield queries.list_opened(**window))}
        closed = {room_id for (room_id,) in (yield queries.list_closed(**window))}
        # In the order of their keys, as all processes lock them, to prevent deadlocks.
        for room_id in sorted(opened | closed):
            count += yield from _tell(outbox, resource, room_id, since, until)
    if until > since or last is None:
        yield queries.hold_lease(name=EDGES, holder=EDGES, now=until, until=until)
    return count


def _tell(outbox: Outbox, resource: ResourceId, room_id: RoomId, since: Moment, until: Moment) -> Steps[int]:
    rows = yield queries.lock_room(resource=resource, id=room_id)
    # It may have been moved since it was listed.
    return (yield from tell(outbox, resource, read_room(*rows[0]), since, until)) if rows else 0
