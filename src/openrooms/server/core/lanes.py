"""The delivery of one subscription: what to send now, and what becomes of it."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog
from msgspec.structs import replace

from openrooms.domain import subscriptions
from openrooms.domain.errors import EventNotFound
from openrooms.domain.events import BEGINNING, Event, EventKey, event_id
from openrooms.domain.moments import SECOND, Moment
from openrooms.domain.rooms import RoomId
from openrooms.domain.subscriptions import Answer, Delivery, Progress, Subscription
from openrooms.server.core.feed import EventFeed
from openrooms.server.core.ports import Clock, Courier, EventPage, EventStore, SubscriptionStore
from openrooms.wire import hooks
from openrooms.wire.events import render

_log = structlog.get_logger("openrooms.events")

_LOOK_SECONDS = 5.0
"""How often a lane reads what waits and looks for what is due: notifications may be lost, and clocks may be moved."""
_PAGE = 100
_AT_ONCE = 8
"""The most rooms whose events are sent to one endpoint at the same time."""
_MOST_WAITING = 1000
"""With so many deliveries that wait, no more events are read for the endpoint."""


class LaneStore(SubscriptionStore, EventStore, Protocol):
    """What a lane reads and keeps."""


class _Round:
    """What came of one round: the deliveries that are done, failed, or were not tried."""

    def __init__(self) -> None:
        self.done: list[EventKey] = []
        self.failed: list[tuple[Delivery, Answer]] = []
        self.untried: list[Delivery] = []
        self.sent = 0
        self.stopped_by: Answer | None = None
        """The answer after which nothing more is sent now."""


class Lane:
    """Delivers one subscription and counts the results.

    What waits is also kept in memory, because only one process delivers. Any process may have an event sent again, so
    it is read every few seconds.
    """

    def __init__(
        self,
        storage: LaneStore,
        feed: EventFeed,
        courier: Courier,
        clock: Clock,
        subscription: Subscription,
        counts: Counter[str],
    ) -> None:
        self._storage = storage
        self._feed = feed
        self._courier = courier
        self._clock = clock
        self._subscription = subscription
        self._counts = counts
        self._progress = Progress()
        self._waiting: dict[EventKey, Delivery] = {}
        self._look_at = float("-inf")
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def run(self, progress: Progress) -> None:
        """Deliver until the endpoint is gone or another process delivers it; raise `Unavailable`."""
        self._progress = progress
        while True:
            # Taken before reading, so that an event that comes meanwhile ends the pause.
            news = self._feed.news(self._subscription.resource)
            if time.monotonic() >= self._look_at:
                await self._look()
            if self._progress.failures and self._clock() < self._progress.next_at:
                await self._pause(news, self._progress.next_at)
                continue
            page = await self._read()
            chains = self._chains(page)
            if not chains and page.last == self._progress.cursor:
                await self._pause(news, subscriptions.next_due(self._waiting.values()))
                continue
            if not await self._deliver(chains, page):
                return

    async def _look(self) -> None:
        """Read which deliveries wait."""
        self._look_at = time.monotonic() + _LOOK_SECONDS
        waiting = await self._storage.list_waiting(self._subscription)
        self._waiting = {delivery.key: delivery for delivery in waiting}

    async def _pause(self, news: asyncio.Future[None], due: Moment | None) -> None:
        """Wait for news, for what is due, or until it is time to look again."""
        seconds = self._look_at - time.monotonic()
        if due is not None:
            seconds = min(seconds, (due - self._clock()) / SECOND)
        await asyncio.wait([news], timeout=max(seconds, 0.0))

    async def _read(self) -> EventPage:
        """Return the next events, unless too many deliveries wait already."""
        cursor = self._progress.cursor
        if len(self._waiting) >= _MOST_WAITING or (self._progress.failures and self._waiting):
            return EventPage((), cursor)
        limit = 1 if self._progress.failures else _PAGE
        try:
            return await self._storage.list_events(
                self._subscription.resource, cursor, limit, self._subscription.events
            )
        except EventNotFound:
            # The database was restored from a backup; events from then on have other ids.
            _log.warning("a subscription goes on with the oldest event", subscription=self._subscription.id)
            return await self._storage.list_events(
                self._subscription.resource, BEGINNING, limit, self._subscription.events
            )

    def _chains(self, page: EventPage) -> list[list[Delivery]]:
        """Return what to send now, each room's deliveries in their order; the rest of the page waits."""
        now = self._clock()
        chains: dict[RoomId, list[Delivery]] = {
            chain[0].room_id: chain for chain in subscriptions.due(self._waiting.values(), now)
        }
        blocked = {delivery.room_id for delivery in self._waiting.values()} - chains.keys()
        for event in page.events:
            delivery = Delivery(event.key, event.room_id, now)
            if event.room_id in blocked:
                self._waiting[event.key] = delivery
            else:
                chains.setdefault(event.room_id, []).append(delivery)
        # An endpoint that was away shows with one room that it is back.
        return list(chains.values())[: 1 if self._progress.failures else None]

    async def _deliver(self, chains: Sequence[Sequence[Delivery]], page: EventPage) -> bool:
        """Send the chains and keep what came of it; return whether to go on."""
        events: dict[EventKey, Event] = {event.key: event for event in page.events}
        if missing := [one.key for chain in chains for one in chain if one.key not in events]:
            events.update(await self._storage.get_events(self._subscription.resource, missing))
        done = _Round()
        await asyncio.gather(*(self._send_chain(chain, events, done) for chain in chains))
        return await self._keep(done, page)

    async def _send_chain(self, chain: Sequence[Delivery], events: Mapping[EventKey, Event], done: _Round) -> None:
        for place, delivery in enumerate(chain):
            event = events.get(delivery.key)
            if event is None:
                # It is past its retention.
                done.done.append(delivery.key)
                continue
            async with self._places:
                answer = None if done.stopped_by else await self._send(event)
            if answer is None or not answer.is_success:
                if answer is not None:
                    done.failed.append((delivery, answer))
                    if answer.is_away or answer.is_gone:
                        done.stopped_by = answer
                done.untried.extend(chain[place if answer is None else place + 1 :])
                return
            done.done.append(delivery.key)
            done.sent += 1

    async def _send(self, event: Event) -> Answer:
        body = render(event)
        # Receivers refuse old times, so this is the real one, even if a clock was moved.
        headers = hooks.signed_headers(self._subscription.secret, event_id(event.key), int(time.time()), body)
        return (await self._courier.send("POST", self._subscription.url, headers, body)).answer

    async def _keep(self, done: _Round, page: EventPage) -> bool:
        now = self._clock()
        removed = [key for key in done.done if self._waiting.pop(key, None)]
        failed = [subscriptions.failed(delivery, answer, now) for delivery, answer in done.failed]
        self._waiting.update((delivery.key, delivery) for delivery in (*done.untried, *failed))
        dead = subscriptions.given_up(self._waiting.values(), now)
        for key in dead:
            del self._waiting[key]
        touched = {event.key for event in page.events} | {one.key for one in (*done.untried, *failed)}
        changed = [*(self._waiting[key] for key in sorted(touched & self._waiting.keys())), *dead.values()]
        self._counts.update(delivered=done.sent, failed=len(failed), dead=len(dead))
        was, self._progress = self._progress.cursor, self._moved(done, page, now)
        kept = await self._storage.save_deliveries(self._subscription, was, self._progress, changed, removed)
        if done.stopped_by is not None and done.stopped_by.is_gone:
            await self._storage.change_subscription(
                self._subscription.resource, self._subscription.id, lambda kept: replace(kept, is_enabled=False)
            )
            return False
        return kept

    def _moved(self, done: _Round, page: EventPage, now: Moment) -> Progress:
        progress = replace(
            self._progress,
            cursor=page.last,
            delivered=self._progress.delivered + done.sent,
            delivered_at=now if done.sent else self._progress.delivered_at,
        )
        if done.stopped_by is not None:
            return subscriptions.went_away(progress, done.stopped_by, now)
        if done.failed:
            error = done.failed[-1][1].error
        else:
            error = self._progress.error if self._waiting and not done.sent else ""
        return replace(progress, failures=0, next_at=Moment(0), error=error)
