"""What the processes of a deployment tell each other: whose room or tokens changed.

The process that made a change looks at the call by itself. Another one only has to if somebody's signalling goes
through it, who may still be connecting and so be seen by nobody else.
"""

from openrooms.domain.calls import CallId
from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import RawId
from openrooms.server.core.connections import Connections
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.core.ports import Storage

_ROOM = "room"
_USER = "user"


class Propagation:
    """Has changes enforced here, and by every process that they may concern."""

    def __init__(self, storage: Storage, enforcer: Enforcer, connections: Connections) -> None:
        self._storage = storage
        self._enforcer = enforcer
        self._connections = connections
        storage.listen(self._hear)

    def room_changed(self, resource: ResourceId, room: RoomId) -> None:
        """Enforce a changed room or roster."""
        self._enforcer.room_changed(resource, room)
        self._storage.tell(f"{_ROOM} {resource} {room}")

    def user_changed(self, resource: ResourceId, raw_id: RawId) -> None:
        """Enforce that somebody's tokens died."""
        self._enforcer.user_changed(resource, raw_id)
        self._storage.tell(f"{_USER} {resource} {raw_id}")

    def _hear(self, news: str) -> None:
        kind, _, rest = news.partition(" ")
        resource, _, who = rest.partition(" ")
        if kind == _ROOM and CallId(ResourceId(resource), RoomId(who)) in self._connections:
            self._enforcer.room_changed(ResourceId(resource), RoomId(who))
        elif kind == _USER and len(self._connections):
            self._enforcer.user_changed(ResourceId(resource), RawId(who))
