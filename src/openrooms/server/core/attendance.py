"""The use case of attendance: reading who was in the calls of a room."""

from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import parse_room_id
from openrooms.server.core.ports import PresenceStore, StayKey, StayPage

PAGE = 100


class Attendance:
    """Reads the history that `presence` keeps."""

    def __init__(self, storage: PresenceStore) -> None:
        self._storage = storage

    async def list(self, resource: ResourceId, room_id: str, after: StayKey | None) -> StayPage:
        """Return the page after a stay of those in a room's calls; raise `InvalidRoomId` or `RoomNotFound`."""
        return await self._storage.list_stays(resource, parse_room_id(room_id), after, PAGE)
