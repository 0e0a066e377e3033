"""The operation that makes sample events, which are recorded, read and delivered like all others."""

import contextlib
from http import HTTPStatus

from openrooms.domain.errors import InvalidRequest, RoomNotFound
from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import Room, RoomChange, RoomId, parse_room_id
from openrooms.server.core.ports import Clock, Storage
from openrooms.server.core.rooms import Rooms
from openrooms.server.development.answers import HEADERS
from openrooms.server.development.samples import Scene, sample
from openrooms.server.web.messages import Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.development import TriggerBody
from openrooms.wire.events import TYPES, render
from openrooms.wire.models import strict_decoder

_read_trigger = strict_decoder(TriggerBody)


class SampleHandlers:
    """Makes sample events of a room, or of one that is made for them."""

    def __init__(self, storage: Storage, rooms: Rooms, clock: Clock) -> None:
        self._storage = storage
        self._rooms = rooms
        self._clock = clock
        self._made: dict[ResourceId, RoomId] = {}

    def routes(self) -> list[Route]:
        """Return the route of sample events."""
        return [Route(operations.TRIGGER_EVENT, self.trigger)]

    async def trigger(self, request: Request) -> Response:
        body = _read_trigger(request.body or b"{}")
        kind = TYPES.get(body.type)
        if kind is None:
            raise InvalidRequest(f"There is no type of events {body.type!r}.")
        resource = request.caller.resource
        room = await self._room(resource, body.room)
        made = sample(kind, Scene(resource, room, self._clock()))
        key = await self._storage.add_event(resource, room.id, made)
        event = await self._storage.get_event(resource, key)
        return Response(HTTPStatus.CREATED, render(event), HEADERS)

    async def _room(self, resource: ResourceId, room_id: str) -> Room:
        """Return the room, or without an id that of samples, which is made if it is not there."""
        if room_id:
            return await self._storage.get_room(resource, parse_room_id(room_id))
        if resource in self._made:
            with contextlib.suppress(RoomNotFound):
                return await self._storage.get_room(resource, self._made[resource])
        self._made[resource] = (await self._rooms.create(resource, RoomChange(), {})).id
        return await self._storage.get_room(resource, self._made[resource])
