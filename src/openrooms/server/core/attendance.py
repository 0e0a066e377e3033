"""The use case of attendance: reading who was in the calls of rooms, and who was refused."""

from typing import Protocol

from openrooms.domain.errors import InvalidRequest
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Span
from openrooms.domain.rooms import parse_room_id
from openrooms.server.core.ports import PresenceStore, RefusalKey, RefusalPage, RefusalStore, StayKey, StayPage

PAGE = 100


class AttendanceStore(PresenceStore, RefusalStore, Protocol):
    """What is known of those who were in calls, or tried to be."""


class Attendance:
    """Reads what `presence` and `refusals` keep."""

    def __init__(self, storage: AttendanceStore) -> None:
        self._storage = storage

    async def list(self, resource: ResourceId, room_id: str, after: StayKey | None) -> StayPage:
        """Return the page after a stay of those in a room's calls; raise `InvalidRoomId` or `RoomNotFound`."""
        return await self._storage.list_stays(resource, parse_room_id(room_id), after, PAGE)

    async def list_refusals(self, resource: ResourceId, room_id: str, after: RefusalKey | None) -> RefusalPage:
        """Return the page after a refusal of those from a room's calls; raise `InvalidRoomId` or `RoomNotFound`."""
        return await self._storage.list_refusals(resource, parse_room_id(room_id), after, PAGE)

    async def list_all(self, resource: ResourceId, span: Span, after: StayKey | None) -> StayPage:
        """Return the page after a stay of those that began in a span; raise `InvalidRequest` for an empty one."""
        return await self._storage.list_all_stays(resource, _checked(span), after, PAGE)

    async def list_all_refusals(self, resource: ResourceId, span: Span, after: RefusalKey | None) -> RefusalPage:
        """Return the page after a refusal of those that came last in a span; raise as `list_all`."""
        return await self._storage.list_all_refusals(resource, _checked(span), after, PAGE)


def _checked(span: Span) -> Span:
    if span.since >= span.until:
        raise InvalidRequest("until must be later than from.")
    return span
