"""The list of visits, for operators."""

import asyncio
import time
from collections.abc import Sequence

import msgspec

from openrooms.domain import waiting
from openrooms.domain.identities import ResourceId
from openrooms.domain.listing import RoomFilter, RoomState, VisitKey, state_of
from openrooms.domain.moments import Moment
from openrooms.domain.rooms import RoomId
from openrooms.server.core.ports import Clock, ListingStore, VisitSummary

_STEP = 50
# Other writes wait while a step runs, so pauses follow.
_PAUSE_FACTOR = 2
_SHORTEST_PAUSE_SECONDS = 0.02

PAGE = 100


class ListedVisit(msgspec.Struct, frozen=True):
    """A room in the list, its state, and how many people wait for its call."""

    summary: VisitSummary
    state: RoomState
    waiting: int


class ListedPage(msgspec.Struct, frozen=True):
    """A page of the list, the time of its states, and where the next page begins."""

    visits: list[ListedVisit]
    now: Moment
    next: VisitKey | None


class Listing:
    """Lists the rooms of a resource. People who wait hold their places by `held_clock`."""

    def __init__(self, storage: ListingStore, clock: Clock, held_clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._held_clock = held_clock

    async def list(self, resource: ResourceId, wanted: RoomFilter, start: VisitKey | None) -> ListedPage:
        """Return the page of the list after `start`."""
        now = self._clock()
        page = await self._storage.list_visits(resource, wanted, start, now, self._held_clock(), PAGE)
        return ListedPage([_listed(summary, now) for summary in page.visits], now, page.next)

    async def get(self, resource: ResourceId, rooms: Sequence[RoomId]) -> Sequence[ListedVisit]:
        """Return those of the rooms that exist, as the list has them."""
        now = self._clock()
        summaries = await self._storage.get_summaries(resource, rooms, now, self._held_clock())
        return [_listed(summary, now) for summary in summaries]


class Indexing:
    """Lets searches find rooms whose titles and names no process of this version has read.

    These are rooms from before a migration, or that a process of the version before made. Several processes may do so
    at once.
    """

    def __init__(self, storage: ListingStore) -> None:
        self._storage = storage

    async def run(self) -> None:
        """Read all such rooms, in small steps with pauses."""
        while True:
            started = time.monotonic()
            if await self._storage.index_rooms(_STEP) < _STEP:
                return
            took = time.monotonic() - started
            await asyncio.sleep(max(_SHORTEST_PAUSE_SECONDS, _PAUSE_FACTOR * took))


def _listed(summary: VisitSummary, now: Moment) -> ListedVisit:
    room = summary.room
    return ListedVisit(summary, state_of(room, now), waiting.count(room.options, summary.waiting, summary.lobby, now))
