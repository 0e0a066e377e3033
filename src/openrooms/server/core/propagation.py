"""Tells the other processes of a deployment that a room, its waiting room, or the tokens of a user changed.

The process that made a change checks the call. Another process must check it only if signalling of that call passes
through it, because a client that is still connecting there is not yet known to LiveKit. The people who follow a room's
events are told in every process.
"""

from openrooms.domain.calls import CallId
from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import RawId
from openrooms.server.core.connections import Connections
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.core.followers import Followers
from openrooms.server.core.ports import Notifications

_ROOM = "room"
_USER = "user"
_DOOR = "door"


class Propagation:
    """Enforces changes in this process, and in every other process that may be concerned."""

    def __init__(
        self, storage: Notifications, enforcer: Enforcer, connections: Connections, followers: Followers
    ) -> None:
        self._storage = storage
        self._followers = followers
        self._enforcer = enforcer
        self._connections = connections
        storage.listen(self._receive)

    def room_changed(self, resource: ResourceId, room: RoomId) -> None:
        """Enforce a changed room or roster."""
        self._enforcer.room_changed(resource, room)
        self._followers.check(CallId(resource, room))
        self._storage.notify(f"{_ROOM} {resource} {room}")

    def user_changed(self, resource: ResourceId, raw_id: RawId) -> None:
        """Enforce that a user's tokens became invalid."""
        self._enforcer.user_changed(resource, raw_id)
        self._followers.check_user(resource, raw_id)
        self._storage.notify(f"{_USER} {resource} {raw_id}")

    def door_changed(self, call: CallId) -> None:
        """Tell, and enforce, what was decided about people at the door of a call."""
        self._enforcer.check_call(call)
        self._followers.check(call)
        self._storage.notify(f"{_DOOR} {call.resource} {call.room}")

    def _receive(self, notification: str) -> None:
        kind, _, rest = notification.partition(" ")
        resource, _, changed = rest.partition(" ")
        if kind in (_ROOM, _DOOR):
            call = CallId(ResourceId(resource), RoomId(changed))
            self._followers.check(call)
            if call in self._connections:
                self._enforcer.check_call(call)
        elif kind == _USER:
            self._followers.check_user(ResourceId(resource), RawId(changed))
            if len(self._connections):
                self._enforcer.user_changed(ResourceId(resource), RawId(changed))
