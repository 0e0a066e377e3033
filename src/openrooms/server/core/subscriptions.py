"""Subscriptions to events: making and changing them, the handshakes of their endpoints, and their dead letters."""

import base64
import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from msgspec.structs import replace

from openrooms.domain.errors import EndpointRefused, EventNotFound, InvalidRequest, SubscriptionNotFound
from openrooms.domain.events import EVERYTHING, EventFilter, EventKey, event_id
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, Moment
from openrooms.domain.subscriptions import (
    Delivery,
    Progress,
    Subscription,
    Validation,
    check_url,
)
from openrooms.server.core.ports import (
    SUBSCRIPTIONS_CHANGED,
    Clock,
    Courier,
    EventStore,
    KeptSubscription,
    Notifications,
    SubscriptionStore,
)
from openrooms.wire import hooks
from openrooms.wire.events import source, utc

PAGE = 100
_SECRET_BYTES = 32
_REVIVED_AT_ONCE = 500


class SubscribedStore(SubscriptionStore, EventStore, Notifications, Protocol):
    """The subscriptions, the events, and how the process that delivers them learns of changes."""


class NewSubscription(msgspec.Struct, frozen=True):
    """A subscription to make; without a `secret`, one is made. It begins after `begins_after` (`None`: now)."""

    url: str
    events: EventFilter = EVERYTHING
    secret: str | None = None
    validation: Validation = Validation.NONE
    begins_after: EventKey | None = None

    def __repr__(self) -> str:
        return f"NewSubscription(url={self.url!r})"


class ListedSubscription(msgspec.Struct, frozen=True):
    """A subscription as it is now, and since when its next event waits (`None`: nothing waits)."""

    kept: KeptSubscription
    behind_since: Moment | None


class DeadLetter(msgspec.Struct, frozen=True):
    """A delivery that was given up, and the type of its event: `""` if the event is no longer kept."""

    delivery: Delivery
    type: str


class Subscriptions:
    """The use cases of subscriptions; `host` is the name that handshakes give, and `to_private` also allows http."""

    def __init__(
        self, storage: SubscribedStore, clock: Clock, courier: Courier, host: str, *, to_private: bool
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._courier = courier
        self._host = host
        self._to_private = to_private

    async def create(self, resource: ResourceId, new: NewSubscription) -> KeptSubscription:
        """Keep a subscription after the handshake.

        Raise `InvalidRequest`, `EndpointRefused`, `EventNotFound` or `TooManySubscriptions`.
        """
        check_url(new.url, plain=self._to_private)
        if new.begins_after is None:
            begins_after = await self._storage.last_event(resource)
        else:
            # This finds an id that this database never gave out.
            await self._storage.list_events(resource, new.begins_after, 1)
            begins_after = new.begins_after
        subscription = Subscription(
            resource,
            secrets.token_hex(8),
            self._clock(),
            new.url,
            new.secret or base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii"),
            new.events,
            new.validation,
        )
        await self._shake_hands(subscription)
        progress = Progress(begins_after)
        await self._storage.add_subscription(subscription, progress)
        self._notify(resource, subscription.id)
        return KeptSubscription(subscription, progress)

    async def list(self, resource: ResourceId) -> Sequence[ListedSubscription]:
        """Return all subscriptions of a resource, the oldest first."""
        return [await self._listed(kept) for kept in await self._storage.list_subscriptions(resource)]

    async def get(self, resource: ResourceId, subscription_id: str) -> ListedSubscription:
        """Return one; raise `SubscriptionNotFound`."""
        return await self._listed(await self._storage.get_subscription(resource, subscription_id))

    async def change(
        self, resource: ResourceId, subscription_id: str, decide: Callable[[Subscription], Subscription]
    ) -> ListedSubscription:
        """Keep what `decide` makes of the subscription; an endpoint that changed has to shake hands.

        Raise `SubscriptionNotFound`, `InvalidRequest` or `EndpointRefused`.
        """
        kept = (await self._storage.get_subscription(resource, subscription_id)).subscription
        changed = decide(kept)
        check_url(changed.url, plain=self._to_private)
        if (changed.url, changed.validation) != (kept.url, kept.validation):
            await self._shake_hands(changed)
        await self._storage.change_subscription(resource, subscription_id, decide)
        self._notify(resource, subscription_id)
        return await self.get(resource, subscription_id)

    async def put(self, wanted: Subscription) -> None:
        """Keep a subscription under its id as it is wanted; a new one begins with the events from now on.

        An endpoint that is new or changed has to shake hands. Raise `EndpointRefused` or `TooManySubscriptions`.
        """
        resource = wanted.resource
        try:
            kept = (await self._storage.get_subscription(resource, wanted.id)).subscription
        except SubscriptionNotFound:
            await self._shake_hands(wanted)
            await self._storage.add_subscription(wanted, Progress(await self._storage.last_event(resource)))
        else:
            if kept == replace(wanted, created_at=kept.created_at):
                return
            if (wanted.url, wanted.validation) != (kept.url, kept.validation):
                await self._shake_hands(wanted)
            await self._storage.change_subscription(
                resource, wanted.id, lambda kept: replace(wanted, created_at=kept.created_at)
            )
        self._notify(resource, wanted.id)

    async def disable(self, resource: ResourceId, subscription_id: str) -> None:
        """Deliver nothing more, whatever its URL is; raise `SubscriptionNotFound`."""
        await self._storage.change_subscription(resource, subscription_id, lambda kept: replace(kept, is_enabled=False))
        self._notify(resource, subscription_id)

    async def remove(self, resource: ResourceId, subscription_id: str) -> None:
        """Remove the subscription and what it still had to deliver; raise `SubscriptionNotFound`."""
        await self._storage.remove_subscription(resource, subscription_id)
        self._notify(resource, subscription_id)

    async def dead_letters(self, resource: ResourceId, subscription_id: str, after: int) -> Sequence[DeadLetter]:
        """Return a page of dead letters after a position, and one more if there are more."""
        found = await self._storage.list_dead_letters(resource, subscription_id, after, PAGE + 1)
        events = await self._storage.get_events(resource, [delivery.key for delivery in found])
        return [DeadLetter(delivery, events[delivery.key].type if delivery.key in events else "") for delivery in found]

    async def resend_all(self, resource: ResourceId, subscription_id: str) -> None:
        """Have all dead letters sent again; raise `SubscriptionNotFound`."""
        last: int | None = 0
        while last is not None:
            last = await self._storage.revive_dead_letters(
                resource, subscription_id, last, _REVIVED_AT_ONCE, self._clock()
            )
        self._notify(resource, subscription_id)

    async def resend(self, resource: ResourceId, subscription_id: str, key: EventKey) -> None:
        """Have one dead letter sent again; raise `SubscriptionNotFound` or `EventNotFound`."""
        before = key.position - 1
        found = await self._storage.list_dead_letters(resource, subscription_id, before, 1)
        if not found or found[0].key != key:
            raise EventNotFound("The subscription has no dead letter with this event's ID.")
        await self._storage.revive_dead_letters(resource, subscription_id, before, 1, self._clock())
        self._notify(resource, subscription_id)

    async def resend_event(
        self, resource: ResourceId, key: EventKey, subscription_id: str | None = None
    ) -> Sequence[str]:
        """Have a kept event delivered again to the subscription, or to all enabled ones that get it; return their ids.

        Raise `EventNotFound`, `SubscriptionNotFound`, or `InvalidRequest` if the subscription does not get the event.
        """
        try:
            event = await self._storage.get_event(resource, key)
        except EventNotFound as error:
            raise EventNotFound("No event with this ID is kept here.") from error
        if subscription_id is None:
            listed = await self._storage.list_subscriptions(resource, counted=False)
            found = [kept.subscription for kept in listed if kept.subscription.gets(event)]
        else:
            found = [(await self._storage.get_subscription(resource, subscription_id)).subscription]
            if not found[0].events.matches(event):
                raise InvalidRequest(
                    f"Subscription {subscription_id} does not get this event: change its types or its room first."
                )
        now = self._clock()
        for subscription in found:
            delivery = Delivery(key, event.room_id, now, next_at=now)
            await self._storage.deliver_again(resource, subscription.id, delivery)
            self._notify(resource, subscription.id)
        return [subscription.id for subscription in found]

    async def _listed(self, kept: KeptSubscription) -> ListedSubscription:
        waiting = await self._storage.list_waiting(kept.subscription) if kept.waiting else ()
        if waiting:
            return ListedSubscription(kept, waiting[0].key.happened_at)
        page = await self._storage.list_events(
            kept.subscription.resource, kept.progress.cursor, 1, kept.subscription.events
        )
        return ListedSubscription(kept, page.events[0].happened_at if page.events else None)

    async def _shake_hands(self, subscription: Subscription) -> None:
        """Ask the endpoint whether it wants the events; raise `EndpointRefused`."""
        if subscription.validation is Validation.CLOUD_EVENTS:
            reply = await self._courier.send("OPTIONS", subscription.url, {hooks.ORIGIN: self._host})
            if reply.answer.is_success and hooks.allows(self._host, reply.headers):
                return
            wanted = f"OPTIONS with {hooks.ALLOWED_ORIGIN}: {self._host} (or *)"
        elif subscription.validation is Validation.EVENT_GRID:
            code, now = secrets.token_urlsafe(24), self._clock()
            headers, body = hooks.validation_event(
                source(subscription.resource), event_id(EventKey(0, now)), utc(now), code
            )
            reply = await self._courier.send("POST", subscription.url, headers, body)
            if reply.answer.is_success and secrets.compare_digest(
                hooks.validation_response(reply.body).encode(), code.encode()
            ):
                return
            wanted = "Event Grid's validation event with its code as validationResponse"
        else:
            return
        answered = reply.answer.reason or f"answered {reply.answer.status}"
        raise EndpointRefused(f"The endpoint has to answer {wanted}; it {answered}.")

    def _notify(self, resource: ResourceId, subscription_id: str) -> None:
        self._storage.notify(f"{SUBSCRIPTIONS_CHANGED} {resource} {subscription_id}")


def lag_seconds(listed: ListedSubscription, now: Moment) -> float:
    """Return for how long the next event has been waiting."""
    return 0.0 if listed.behind_since is None else max(0.0, (now - listed.behind_since) / SECOND)
