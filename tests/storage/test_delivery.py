"""Delivering what other processes have sent again, in both databases."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from msgspec.structs import replace
from tests.storage.contents import CONTOSO, a_room
from tests.support.patience import eventually
from tests.support.receiver import Receiver, receiver

from openrooms._clock import real_time
from openrooms.domain.events import BEGINNING, Event, event_id
from openrooms.domain.subscriptions import Delivery, Progress, Subscription
from openrooms.server.core import lanes
from openrooms.server.core.courier import HttpCourier
from openrooms.server.core.feed import EventFeed
from openrooms.server.core.lanes import Lane
from openrooms.server.core.ports import Resource, Storage
from openrooms.server.core.subscriptions import Subscriptions

SECRET = "c2VjcmV0IG9mIDI0IGJ5dGVzIGF0IGxlYXN0"


@pytest.fixture
async def endpoint() -> AsyncIterator[Receiver]:
    async with receiver() as running:
        yield running


@pytest.fixture
async def courier() -> AsyncIterator[HttpCourier]:
    courier = HttpCourier(to_private=True)
    yield courier
    await courier.aclose()


@pytest.fixture
async def events(storage: Storage) -> list[Event]:
    """Three events of one room."""
    await storage.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5Mg=="))
    await storage.create_room(CONTOSO, a_room(1), (), None)
    for _ in range(2):
        await storage.change_room(CONTOSO, a_room(1).id, lambda room: replace(room, valid_until=room.valid_until + 1))
    return list((await storage.list_events(CONTOSO, BEGINNING, 10)).events)


async def all_dead(again: Subscriptions, _event: Event) -> None:
    await again.resend_all(CONTOSO, "one")


async def one_dead(again: Subscriptions, event: Event) -> None:
    await again.resend(CONTOSO, "one", event.key)


async def any_event(again: Subscriptions, event: Event) -> None:
    await again.resend_event(CONTOSO, event.key)


@pytest.mark.parametrize("send_again", [all_dead, one_dead, any_event])
async def test_an_event_is_sent_again_although_nobody_tells_the_sender(
    storage: Storage,
    neighbour: Storage,
    endpoint: Receiver,
    courier: HttpCourier,
    events: list[Event],
    send_again: Callable[[Subscriptions, Event], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(neighbour, "notify", lambda _notification: None)
    first, _, last = events
    subscription = Subscription(CONTOSO, "one", real_time(), endpoint.url, SECRET)
    before_last = Progress(events[1].key)
    await storage.add_subscription(subscription, before_last)
    dead = Delivery(first.key, first.room_id, real_time(), died_at=real_time())
    await storage.save_deliveries(subscription, before_last.cursor, before_last, [dead], [])

    lane = Lane(storage, EventFeed(storage), courier, real_time, subscription, Counter())
    running = asyncio.create_task(lane.run(before_last))
    await eventually(lambda: endpoint.ids == [event_id(last.key)])
    again = Subscriptions(neighbour, real_time, courier, "rooms.example", to_private=True)
    await send_again(again, first)
    await eventually(lambda: endpoint.ids == [event_id(last.key), event_id(first.key)])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
