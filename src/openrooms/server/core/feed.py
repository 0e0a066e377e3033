"""The feed of events: reads them for everyone who follows a resource, as soon as there are new ones."""

import asyncio
from typing import Protocol

from msgspec.structs import replace

from openrooms.domain.errors import InvalidRequest
from openrooms.domain.events import EVERYTHING, Event, EventFilter, EventKey
from openrooms.domain.identities import ResourceId
from openrooms.server.core.ports import EVENTS_ADDED, EarlierEvents, EventPage, EventStore, Notifications

PAGE = 100
"""The events of a page, unless the reader asks for another number."""

MOST = 1000
"""The most events of a page."""

LONGEST_WAIT_SECONDS = 25.0
"""The longest time that a reader can wait for events; a request has to be answered within 30 seconds."""

LOOK_SECONDS = 2.0
"""How often those who wait look for events, because notifications may be lost."""

_DIGITS = 4
_MOST_READS = 20
"""The most reads for one page; a reader who gets an empty page goes on."""


class FollowedStore(EventStore, Notifications, Protocol):
    """The stored events, and the notifications of new ones."""


class EventFeed:
    """Reads events, and waits for new ones."""

    def __init__(self, storage: FollowedStore) -> None:
        self._storage = storage
        self._news: dict[ResourceId, asyncio.Future[None]] = {}
        storage.listen(self._hear)

    async def read(
        self, resource: ResourceId, after: EventKey, limit: int, only: EventFilter = EVERYTHING, wait: float = 0.0
    ) -> EventPage:
        """Return events after a key; if there are none, those that come within `wait` seconds.

        An empty page may also mean that the reader passed over many events; they go on after its `last`. Raise
        `EventNotFound` for a key that no event ever had, or `Unavailable`.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        for _ in range(_MOST_READS):
            # Taken before reading, so that an event that comes meanwhile ends the wait.
            news = self.news(resource)
            page = await self._storage.list_events(resource, after, limit, only)
            remaining = until - loop.time()
            if page.events or (not page.has_more and remaining <= 0):
                break
            after = page.last
            # Others get their turn while a reader passes over many events of other types.
            await asyncio.wait([news], timeout=0 if page.has_more else min(remaining, LOOK_SECONDS))
        return page

    async def read_back(
        self, resource: ResourceId, before: EventKey | None, limit: int, only: EventFilter = EVERYTHING
    ) -> EarlierEvents:
        """Return events before a key (`None`: the last ones), the newest first.

        An empty page may mean that many events were passed over; the reader goes on before its `oldest`. Raise
        `EventNotFound` for a key that no event ever had.
        """
        newest: EventKey | None = None
        for _ in range(_MOST_READS):
            page = await self._storage.list_events_before(resource, before, limit, only)
            newest = newest or page.newest
            if page.events or not page.has_more:
                break
            before = page.oldest
            await asyncio.sleep(0)
        return replace(page, newest=newest)

    async def get(self, resource: ResourceId, key: EventKey) -> Event:
        """Return one event; raise `EventNotFound`."""
        return await self._storage.get_event(resource, key)

    async def last(self, resource: ResourceId) -> EventKey:
        """Return the key of the newest event."""
        return await self._storage.last_event(resource)

    def news(self, resource: ResourceId) -> "asyncio.Future[None]":
        """Return a future that is done once there may be new events; do not cancel it, because others share it."""
        found = self._news.get(resource)
        if found is None:
            found = self._news[resource] = asyncio.get_running_loop().create_future()
        return found

    def look_again(self) -> None:
        """Have everybody who waits look, because a moved clock may have made something due."""
        for resource in list(self._news):
            self._wake(resource)

    def _hear(self, notification: str) -> None:
        kind, _, resource = notification.partition(" ")
        if kind == EVENTS_ADDED:
            self._wake(ResourceId(resource))

    def _wake(self, resource: ResourceId) -> None:
        news = self._news.pop(resource, None)
        if news is not None and not news.done():
            news.set_result(None)


def page_size(text: str | None) -> int:
    """Return the number of events that a reader asks for; raise `InvalidRequest`."""
    if text is None:
        return PAGE
    if not (_is_number(text) and 1 <= int(text) <= MOST):
        raise InvalidRequest(f"limit must be a whole number from 1 to {MOST}.")
    return int(text)


def wait_seconds(text: str | None) -> float:
    """Return how long a reader waits; raise `InvalidRequest`."""
    if text is None:
        return 0.0
    if not (_is_number(text) and int(text) <= LONGEST_WAIT_SECONDS):
        raise InvalidRequest(f"wait must be whole seconds, up to {LONGEST_WAIT_SECONDS:.0f}.")
    return float(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS
