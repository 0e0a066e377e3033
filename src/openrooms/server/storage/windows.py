"""The events of one room whose window begins or ends, each once: as time passes, or by a change of the window."""

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.domain.rooms import Room, is_open
from openrooms.server.storage.outbox import Outbox
from openrooms.server.storage.statements import Steps, queries
from openrooms.wire import happenings

EDGES = "edges of windows"


def told_until() -> Steps[Moment | None]:
    """Return until when the beginnings and ends of windows have events; `None` in a new database."""
    for (moment,) in (yield queries.get_lease_end(name=EDGES)):
        return Moment(moment)
    return None


def tell(outbox: Outbox, resource: ResourceId, room: Room, since: Moment, until: Moment) -> Steps[int]:
    """Add the events of a locked room's window that began or ended after a moment and until another; return how many.

    A begin that was already past when it was set has none here: whoever set it has added one.
    """
    count = 0
    if since < room.valid_from <= until:
        [(set_at,)] = yield queries.get_begin_set_at(resource=resource, id=room.id)
        if room.valid_from > set_at:
            yield from outbox.note(resource, room.id, room.created_at, [happenings.room_opened(room)], room.valid_from)
            count += 1
    if since < room.valid_until <= until:
        yield from outbox.note(resource, room.id, room.created_at, [happenings.room_closed(room)], room.valid_until)
        count += 1
    return count


def tell_before_change(outbox: Outbox, resource: ResourceId, room: Room, now: Moment) -> Steps[None]:
    """Add the events of a locked room's window that are due, because it is about to be changed."""
    if now < room.valid_until and (now < room.valid_from or room.valid_from <= room.created_at):
        # It has not begun, or it was created open.
        return
    since = yield from told_until()
    if since is not None:
        yield from tell(outbox, resource, room, since, now)


def tell_change(outbox: Outbox, resource: ResourceId, room: Room, changed: Room, now: Moment) -> Steps[None]:
    """Add the event of a change that opens the room."""
    if is_open(changed, now) and not is_open(room, now):
        yield from outbox.note(resource, room.id, room.created_at, [happenings.room_opened(changed)], now)
