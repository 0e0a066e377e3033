"""The operations of subscriptions and of the deliveries that wait, as steps; see `statements.Steps`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from openrooms.domain.errors import SubscriptionNotFound, TooManySubscriptions
from openrooms.domain.events import Event, EventFilter, EventKey
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.domain.rooms import RoomId
from openrooms.domain.subscriptions import (
    MOST_SUBSCRIPTIONS,
    Delivery,
    Progress,
    Subscription,
    Validation,
    revived,
)
from openrooms.server.core.ports import KeptSubscription
from openrooms.server.storage.outbox import read_event
from openrooms.server.storage.statements import Steps, queries

_COUNTED = 10_000
_MOST_WAITING = 5_000


def add_subscription(subscription: Subscription, progress: Progress) -> Steps[None]:
    [(count,)] = yield queries.count_subscriptions(resource=subscription.resource)
    if count >= MOST_SUBSCRIPTIONS:
        raise TooManySubscriptions
    yield queries.add_subscription(
        **_row(subscription), created_at=subscription.created_at, **_cursor(progress), **_state(progress)
    )


def list_subscriptions(resource: ResourceId, counted: bool) -> Steps[Sequence[KeptSubscription]]:
    most = _COUNTED if counted else 0
    return [_kept(*row) for row in (yield queries.list_subscriptions(resource=resource, most=most))]


def get_subscription(resource: ResourceId, subscription_id: str) -> Steps[KeptSubscription]:
    for row in (yield queries.get_subscription(resource=resource, id=subscription_id, most=_COUNTED)):
        return _kept(*row)
    raise SubscriptionNotFound


def change_subscription(
    resource: ResourceId, subscription_id: str, decide: Callable[[Subscription], Subscription]
) -> Steps[None]:
    rows = yield queries.lock_subscription(resource=resource, id=subscription_id)
    if not rows:
        raise SubscriptionNotFound
    yield queries.put_subscription(
        **_row(decide(_kept(*rows[0]).subscription)), failures=0, next_at=0, error=_kept(*rows[0]).progress.error
    )


def remove_subscription(resource: ResourceId, subscription_id: str) -> Steps[None]:
    if not (yield queries.remove_subscription(resource=resource, id=subscription_id)):
        raise SubscriptionNotFound
    yield queries.remove_deliveries(resource=resource, subscription=subscription_id)


def list_waiting(subscription: Subscription) -> Steps[Sequence[Delivery]]:
    rows = yield queries.list_waiting_deliveries(**_key(subscription), limit=_MOST_WAITING)
    return [_delivery(*row) for row in rows]


def list_dead_letters(resource: ResourceId, subscription_id: str, after: int, limit: int) -> Steps[Sequence[Delivery]]:
    yield from get_subscription(resource, subscription_id)
    rows = yield queries.list_dead_letters(resource=resource, subscription=subscription_id, position=after, limit=limit)
    return [_delivery(*row) for row in rows]


def revive_dead_letters(
    resource: ResourceId, subscription_id: str, after: int, limit: int, now: Moment
) -> Steps[int | None]:
    rows = yield queries.lock_subscription(resource=resource, id=subscription_id)
    if not rows:
        raise SubscriptionNotFound
    subscription = _kept(*rows[0]).subscription
    dead = yield queries.list_dead_letters(**_key(subscription), position=after, limit=limit)
    if not dead:
        return None
    yield from _put(subscription, [revived(_delivery(*row), now) for row in dead])
    return int(dead[-1][0])


def deliver_again(resource: ResourceId, subscription_id: str, delivery: Delivery) -> Steps[None]:
    rows = yield queries.lock_subscription(resource=resource, id=subscription_id)
    if not rows:
        raise SubscriptionNotFound
    kept = _kept(*rows[0])
    # Events after the cursor come by themselves, in the order of their room.
    if delivery.key.position <= kept.progress.cursor.position:
        yield from _put(kept.subscription, [delivery])


def save_deliveries(
    subscription: Subscription,
    was: EventKey,
    progress: Progress,
    waiting: Sequence[Delivery],
    done: Sequence[EventKey],
) -> Steps[bool]:
    rows = yield queries.lock_subscription(resource=subscription.resource, id=subscription.id)
    if not rows or _kept(*rows[0]).progress.cursor != was:
        return False
    yield queries.put_progress(
        resource=subscription.resource, id=subscription.id, **_cursor(progress), **_state(progress)
    )
    yield from _put(subscription, waiting)
    if done:
        yield queries.remove_delivery.each(*[{**_key(subscription), "position": key.position} for key in done])
    return True


def purge_dead_letters(before: Moment, limit: int) -> Steps[int]:
    gone = 0
    for resource, *_ in (yield queries.list_resources()):
        for kept in (yield from list_subscriptions(resource, counted=False)):
            if gone < limit:
                gone += yield from _purge_dead_letters_of(kept.subscription, before, limit - gone)
    return gone


def _purge_dead_letters_of(subscription: Subscription, before: Moment, limit: int) -> Steps[int]:
    # Others change deliveries only while they hold the subscription.
    yield queries.lock_subscription(resource=subscription.resource, id=subscription.id)
    return len((yield queries.purge_dead_letters(**_key(subscription), before=before, limit=limit)))


def get_events(resource: ResourceId, keys: Sequence[EventKey]) -> Steps[Mapping[EventKey, Event]]:
    rows = yield queries.get_event.each(*[{"resource": resource, "position": key.position} for key in keys])
    found = {event.key: event for event in (read_event(resource, *row) for row in rows)}
    return {key: found[key] for key in keys if key in found}


def reseal(reseal_secret: Callable[[Subscription], str]) -> Steps[int]:
    changed = 0
    for resource, *_ in (yield queries.list_resources()):
        for kept in (yield from list_subscriptions(resource, counted=False)):
            subscription = kept.subscription
            secret = reseal_secret(subscription)
            if secret != subscription.secret:
                yield queries.reseal_subscription(resource=resource, id=subscription.id, secret=secret)
                changed += 1
    return changed


def _put(subscription: Subscription, deliveries: Sequence[Delivery]) -> Steps[None]:
    if not deliveries:
        return
    yield queries.put_delivery.each(
        *[
            {
                **_key(subscription),
                "position": one.key.position,
                "happened_at": one.key.happened_at,
                "room_id": one.room_id,
                "since": one.since,
                "attempts": one.attempts,
                "next_at": one.next_at,
                "error": one.error,
                "died_at": one.died_at,
            }
            for one in deliveries
        ]
    )


def _key(subscription: Subscription) -> dict[str, object]:
    return {"resource": subscription.resource, "subscription": subscription.id}


def _row(subscription: Subscription) -> dict[str, object]:
    events = subscription.events
    return {
        "resource": subscription.resource,
        "id": subscription.id,
        "url": subscription.url,
        "secret": subscription.secret,
        "room_id": events.room_id or "",
        "types": " ".join(sorted(events.types)),
        "validation": str(subscription.validation),
        "is_enabled": subscription.is_enabled,
    }


def _cursor(progress: Progress) -> dict[str, object]:
    return {"position": progress.cursor.position, "happened_at": progress.cursor.happened_at}


def _state(progress: Progress) -> dict[str, object]:
    state = msgspec.structs.asdict(progress)
    del state["cursor"]
    return state


def _kept(
    resource: ResourceId,
    subscription_id: str,
    created_at: Moment,
    url: str,
    secret: str,
    room_id: str,
    types: str,
    validation: str,
    is_enabled: object,
    position: int,
    happened_at: Moment,
    *state: Any,
) -> KeptSubscription:
    events = EventFilter(RoomId(room_id) if room_id else None, frozenset(types.split()))
    subscription = Subscription(
        resource, subscription_id, created_at, url, secret, events, Validation(validation), bool(is_enabled)
    )
    progress = Progress(EventKey(position, happened_at), *state[:5])
    return KeptSubscription(subscription, progress, *state[5:])


def _delivery(position: int, happened_at: Moment, room_id: RoomId, *rest: Any) -> Delivery:
    return Delivery(EventKey(position, happened_at), room_id, *rest)
