"""Delivers events to the endpoints of subscriptions: one process of a deployment, which holds a lease.

Each subscription has a task of its own, so a slow endpoint holds up nobody else. A task sends a page of events, rooms
beside each other and the events of a room one after another, and then keeps in one transaction how far it is. A process
that is killed before that sends the page again: events are delivered at least once.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Protocol

import structlog

from openrooms.domain.errors import SubscriptionNotFound, Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, after
from openrooms.domain.subscriptions import Subscription
from openrooms.server.core.feed import EventFeed
from openrooms.server.core.lanes import Lane
from openrooms.server.core.ports import (
    RECONNECTED,
    SUBSCRIPTIONS_CHANGED,
    Clock,
    Courier,
    EventStore,
    Figure,
    Leases,
    Notifications,
    Resource,
    SubscriptionStore,
)

_log = structlog.get_logger("openrooms.events")

_LEASE = "delivery"
_LEASE_TIME = 10 * SECOND
_TICK_SECONDS = 2.0
_LOOK_SECONDS = 10.0
"""How often subscriptions are read, because notifications may be lost."""
_FAILED_SECONDS = 5.0
_UNAVAILABLE_SECONDS = 1.0

Key = tuple[ResourceId, str]


class DeliveryStore(SubscriptionStore, EventStore, Leases, Notifications, Protocol):
    """What is delivered, and the lease of the process that does it."""

    async def list_resources(self) -> Sequence[Resource]:
        """Return all resources."""


class Deliverer:
    """Delivers events while it holds the lease.

    `clock` is that of the events. Leases go by `lease_clock`, because other processes must agree on their time.
    """

    def __init__(
        self,
        storage: DeliveryStore,
        feed: EventFeed,
        courier: Courier,
        clock: Clock,
        lease_clock: Clock,
    ) -> None:
        self._storage = storage
        self._feed = feed
        self._courier = courier
        self._clock = clock
        self._lease_clock = lease_clock
        self._holder = token_hex(8)
        self._holds_lease = False
        self._wanted: Mapping[Key, Subscription] = {}
        self._look_at = float("-inf")
        self._tasks: dict[Key, tuple[Subscription, asyncio.Task[None]]] = {}
        self._changed = asyncio.Event()
        self._restarted: set[tuple[ResourceId, str]] = set()
        self._counts: Counter[str] = Counter(delivered=0, failed=0, dead=0)
        storage.listen(self._hear)

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                try:
                    await self._tick()
                except Unavailable as error:
                    # The lease cannot be kept either, and another process may have it.
                    self._holds_lease, self._look_at = False, float("-inf")
                    await self._stop_all()
                    _log.warning("events cannot be delivered now", reason=str(error))
                await self._pause()
        finally:
            await self._stop_all()
            await self._give_up_lease()

    def figures(self) -> Sequence[Figure]:
        """Return what this process delivered, for metrics."""
        help_text = "Deliveries of events to endpoints, by result: dead ones were given up."
        results = [
            Figure("deliveries", help_text, count, is_total=True, labels={"result": result})
            for result, count in self._counts.items()
        ]
        running = Figure("subscriptions", "Subscriptions that this process delivers.", len(self._tasks))
        return [*results, running]

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_TICK_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            pass
        self._changed.clear()

    async def _tick(self) -> None:
        """Have exactly the enabled subscriptions delivered, if this process is the one that delivers."""
        restarted, self._restarted = self._restarted, set()
        # Others only need to know that there is something to deliver.
        if self._holds_lease or not self._wanted:
            # A task also ends when its subscription was disabled.
            has_ended = any(task.done() for _, task in self._tasks.values())
            if has_ended or time.monotonic() >= self._look_at:
                await self._look()
        was_holding, self._holds_lease = self._holds_lease, bool(self._wanted) and await self._hold_lease()
        if not self._holds_lease:
            await self._stop_all()
            return
        if not was_holding:
            await self._look()
        for key, (subscription, task) in list(self._tasks.items()):
            is_restarted = key in restarted or (key[0], "") in restarted
            if self._wanted.get(key) != subscription or is_restarted or task.done():
                await self._stop(key)
        for key, subscription in self._wanted.items():
            if key not in self._tasks:
                task = asyncio.create_task(self._deliver(subscription))
                self._tasks[key] = (subscription, task)

    async def _look(self) -> None:
        """Read the enabled subscriptions of all resources."""
        self._look_at = time.monotonic() + _LOOK_SECONDS
        found: dict[Key, Subscription] = {}
        for resource in await self._storage.list_resources():
            for kept in await self._storage.list_subscriptions(resource.id, counted=False):
                if kept.subscription.is_enabled:
                    found[resource.id, kept.subscription.id] = kept.subscription
        self._wanted = found

    async def _hold_lease(self) -> bool:
        now = self._lease_clock()
        return await self._storage.hold_lease(_LEASE, self._holder, now, after(now, _LEASE_TIME))

    async def _give_up_lease(self) -> None:
        now = self._lease_clock()
        # Otherwise it ends by itself within seconds.
        with contextlib.suppress(Unavailable):
            await self._storage.hold_lease(_LEASE, self._holder, now, now)

    async def _stop(self, key: Key) -> None:
        _, task = self._tasks.pop(key)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _stop_all(self) -> None:
        for key in list(self._tasks):
            await self._stop(key)

    def _hear(self, notification: str) -> None:
        kind, _, changed = notification.partition(" ")
        if kind == SUBSCRIPTIONS_CHANGED:
            resource, _, subscription_id = changed.partition(" ")
            self._restarted.add((ResourceId(resource), subscription_id))
        if kind in (SUBSCRIPTIONS_CHANGED, RECONNECTED):
            self._look_at = float("-inf")
            self._changed.set()

    async def _deliver(self, subscription: Subscription) -> None:
        """Deliver one subscription until it is removed, disabled, or taken over."""
        while True:
            try:
                kept = await self._storage.get_subscription(subscription.resource, subscription.id)
                lane = Lane(self._storage, self._feed, self._courier, self._clock, subscription, self._counts)
                await lane.run(kept.progress)
                return
            except SubscriptionNotFound:
                return
            except Unavailable:
                await asyncio.sleep(_UNAVAILABLE_SECONDS)
            except Exception:
                _log.exception("a subscription cannot be delivered", subscription=subscription.id)
                await asyncio.sleep(_FAILED_SECONDS)
