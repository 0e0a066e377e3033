"""Adopting rooms over HTTP: the handler decodes, calls the use case and encodes."""

import msgspec

from openrooms.server.core.adoption import Adoption
from openrooms.server.web.messages import OK, UNCACHED_JSON, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.adoption import AdoptedRoomModel, RoomAdoptionBody, adopted_room, adopted_roster
from openrooms.wire.models import strict_decoder

_read = strict_decoder(RoomAdoptionBody)
_encode = msgspec.json.Encoder().encode


class AdoptionHandlers:
    """The operation that adopts rooms."""

    def __init__(self, adoption: Adoption) -> None:
        self._adoption = adoption

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route(operations.ADOPT_ROOM, self.adopt)]

    async def adopt(self, request: Request) -> Response:
        body = _read(request.body or b"{}")
        # The audit trail names the room even if it is refused.
        request.room = body.id
        room = adopted_room(body)
        is_new = await self._adoption.adopt(request.caller.resource, room, adopted_roster(body))
        return Response(OK, _encode(AdoptedRoomModel(room.id, is_new)), UNCACHED_JSON)
