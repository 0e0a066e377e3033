"""The subscriptions that the settings declare: made, changed and disabled at the start of each process."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import structlog

from openrooms.domain.errors import EndpointRefused, TooManySubscriptions
from openrooms.domain.identities import ResourceId
from openrooms.domain.subscriptions import Declaration, Subscription, is_declared
from openrooms.server.core.ports import Clock, Resource, SubscriptionStore
from openrooms.server.core.subscriptions import Subscriptions

_log = structlog.get_logger("openrooms.events")


class DeclaredStore(SubscriptionStore, Protocol):
    """The subscriptions of all resources."""

    async def list_resources(self) -> Sequence[Resource]:
        """Return all resources."""


class DeclaredSubscriptions:
    """Has subscriptions as the settings declare them, by their names.

    Each step can be repeated, and processes that start at once do the same.
    """

    def __init__(
        self,
        storage: DeclaredStore,
        subscriptions: Subscriptions,
        clock: Clock,
        wanted: Mapping[ResourceId, Sequence[Declaration]],
    ) -> None:
        self._storage = storage
        self._subscriptions = subscriptions
        self._clock = clock
        self._wanted = wanted
        self._refused: list[Subscription] = []

    async def apply(self) -> None:
        """Make and change the subscriptions that are declared, and disable those that were and are not any more.

        Those whose endpoint refuses the handshake are left to `retry`.
        """
        for resource in [each.id for each in await self._storage.list_resources()]:
            wanted = [one.subscription(resource, self._clock()) for one in self._wanted.get(resource, ())]
            # An endpoint that does not answer holds up no other one.
            are_put = await asyncio.gather(*map(self._is_put, wanted))
            self._refused += [subscription for subscription, is_put in zip(wanted, are_put, strict=True) if not is_put]
            await self._disable_others(resource, {subscription.id for subscription in wanted})

    async def retry(self) -> None:
        """Ask the endpoints again that have refused."""
        self._refused = [subscription for subscription in self._refused if not await self._is_put(subscription)]

    async def _disable_others(self, resource: ResourceId, wanted: Collection[str]) -> None:
        for kept in await self._storage.list_subscriptions(resource, counted=False):
            subscription = kept.subscription
            if is_declared(subscription.id) and subscription.id not in wanted and subscription.is_enabled:
                await self._subscriptions.disable(resource, subscription.id)
                _log.info("a subscription is disabled: the settings do not name it", subscription=subscription.id)

    async def _is_put(self, subscription: Subscription) -> bool:
        try:
            await self._subscriptions.put(subscription)
        except (EndpointRefused, TooManySubscriptions) as error:
            _log.warning("an endpoint gets no events yet", subscription=subscription.id, reason=str(error))
            return False
        return True
