"""Tells the other processes of a deployment that a room, its waiting room, or the tokens of a user changed.

The process that made a change checks the call. Another process must check it only if signalling of that call passes
through it, because a client that is still connecting there is not yet known to LiveKit. The people who follow a room's
events, and the operators who watch the list of visits, are told in every process.
"""

import asyncio
from typing import Protocol

from openrooms.domain.calls import CallId
from openrooms.domain.doors import Reach
from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import RawId
from openrooms.server.core.connections import Connections
from openrooms.server.core.followers import Followers
from openrooms.server.core.ports import RECONNECTED, Notifications
from openrooms.server.core.watchers import Watchers

_ROOM = "room"
_USER = "user"
_DOOR = "door"
_KNOCK = "knock"
_LISTED = "listed"
_MANY = "*"
# Many rooms may be created in a second, which nobody but watchers need to know.
_GATHER_SECONDS = 0.1
_MOST_NAMED = 40
_MOST_PEOPLE = 10


class Enforcing(Protocol):
    """Enforces changes in this process."""

    def room_changed(self, resource: ResourceId, room: RoomId) -> None:
        """Check the call of a changed room."""

    def user_changed(self, resource: ResourceId, raw_id: RawId) -> None:
        """Check the running calls to which the user is invited."""

    def check_call(self, call: CallId) -> None:
        """Check the call now, and again in a moment."""

    def count_again(self, call: CallId) -> None:
        """Announce soon how many people wait for the call."""


class Propagation:
    """Enforces changes in this process, and in every other process that may be concerned."""

    def __init__(
        self,
        storage: Notifications,
        enforcer: Enforcing,
        connections: Connections,
        followers: Followers,
        watchers: Watchers,
    ) -> None:
        self._storage = storage
        self._followers = followers
        self._watchers = watchers
        self._enforcer = enforcer
        self._connections = connections
        self._listed: dict[ResourceId, dict[RoomId, None]] = {}
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

    def door_changed(self, call: CallId, reach: Reach) -> None:
        """Tell those whom a change of a waiting room concerns, and enforce it."""
        if reach.concerns_call:
            self._enforcer.check_call(call)
        else:
            self._enforcer.count_again(call)
        self._followers.check(call, reach.people)
        # A notification has room for a few names; without names it concerns everyone at the door.
        people = reach.people if reach.people is not None and len(reach.people) <= _MOST_PEOPLE else ()
        kind = _DOOR if reach.concerns_call else _KNOCK
        self._storage.notify(" ".join([kind, call.resource, call.room, *people]))

    def room_listed(self, resource: ResourceId, room: RoomId) -> None:
        """Tell those who watch the list that it has something new of the room."""
        if not self._listed:
            asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._flush)
        self._listed.setdefault(resource, {})[room] = None

    def people_counted(self, call: CallId) -> None:
        """Tell those who watch the list how many people are in a call."""
        self.room_listed(call.resource, call.room)

    def _flush(self) -> None:
        listed, self._listed = self._listed, {}
        for resource, rooms in listed.items():
            named = " ".join(rooms) if len(rooms) <= _MOST_NAMED else _MANY
            self._storage.notify(f"{_LISTED} {resource} {named}")

    def _receive(self, notification: str) -> None:
        kind, _, rest = notification.partition(" ")
        resource, _, changed = rest.partition(" ")
        if kind in (_ROOM, _DOOR, _KNOCK):
            room, _, people = changed.partition(" ")
            call = CallId(ResourceId(resource), RoomId(room))
            self._followers.check(call, [RawId(raw_id) for raw_id in people.split()] or None)
            self._watchers.check(call)
            if kind != _KNOCK and call in self._connections:
                self._enforcer.check_call(call)
        elif kind == _USER:
            self._followers.check_user(ResourceId(resource), RawId(changed))
            if len(self._connections):
                self._enforcer.user_changed(ResourceId(resource), RawId(changed))
        elif kind == _LISTED and changed == _MANY:
            self._watchers.reload(ResourceId(resource))
        elif kind == _LISTED:
            for room in changed.split():
                self._watchers.check(CallId(ResourceId(resource), RoomId(room)))
        elif kind == RECONNECTED:
            self._followers.check_all()
            self._watchers.reload()
