"""Events that no change causes: the samples of a development service."""

from openrooms.domain.errors import RoomNotFound
from openrooms.domain.events import EventKey, Happening
from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import RoomId
from openrooms.server.storage.outbox import Outbox
from openrooms.server.storage.sql import read_room
from openrooms.server.storage.statements import Steps, queries


def add_event(outbox: Outbox, resource: ResourceId, room_id: RoomId, happening: Happening) -> Steps[EventKey]:
    rows = yield queries.lock_room(resource=resource, id=room_id)
    if not rows:
        raise RoomNotFound
    return (yield from outbox.note(resource, room_id, read_room(*rows[0]).created_at, [happening]))
