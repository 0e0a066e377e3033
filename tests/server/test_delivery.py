"""Delivering events to a real endpoint: order, retries, dead letters, and a process that takes over."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from azure.core.messaging import CloudEvent
from azure.eventgrid import SystemEventNames
from msgspec.structs import replace
from standardwebhooks.webhooks import Webhook
from tests.storage.contents import CONTOSO, a_room
from tests.support.patience import patient
from tests.support.receiver import Receiver, receiver

from openrooms._clock import MovableClock, real_time
from openrooms.domain.events import BEGINNING, EventKey, event_id, parse_event_id
from openrooms.domain.moments import DAY, SECOND, after
from openrooms.domain.rooms import Room
from openrooms.domain.subscriptions import Progress, Subscription
from openrooms.server.core.courier import HttpCourier
from openrooms.server.core.delivery import Deliverer
from openrooms.server.core.feed import EventFeed
from openrooms.server.core.ports import SUBSCRIPTIONS_CHANGED, Resource
from openrooms.server.core.subscriptions import Subscriptions
from openrooms.server.storage.outbox import Outbox
from openrooms.server.storage.sqlite import SqliteStorage

SECRET = "c2VjcmV0IG9mIDI0IGJ5dGVzIGF0IGxlYXN0"


class Bench:
    """A database, an endpoint, and processes that deliver."""

    def __init__(self, storage: SqliteStorage, endpoint: Receiver, clock: MovableClock) -> None:
        self.storage = storage
        self.endpoint = endpoint
        self.clock = clock
        self.deliverers: list[Deliverer] = []
        self.subscription = Subscription(CONTOSO, "one", clock(), endpoint.url, SECRET)

    async def change(self, *rooms: int) -> list[str]:
        """Change each room once; return the ids of these events."""
        before = await self.storage.last_event(CONTOSO)
        for number in rooms:
            await self.storage.change_room(CONTOSO, a_room(number).id, longer)
        page = await self.storage.list_events(CONTOSO, before, 1000)
        return [event_id(event.key) for event in page.events]

    async def state(self) -> tuple[int, int]:
        """Return how many deliveries wait, and how many are dead letters."""
        kept = await self.storage.get_subscription(CONTOSO, "one")
        return kept.waiting, kept.dead

    async def is_in_state(self, waiting: int, dead: int) -> bool:
        return await self.state() == (waiting, dead)

    async def is_disabled(self) -> bool:
        return not (await self.storage.get_subscription(CONTOSO, "one")).subscription.is_enabled

    def look(self) -> None:
        """Have everything that is due by the moved clock tried."""
        self.storage.notify(f"{SUBSCRIPTIONS_CHANGED} {CONTOSO}")

    @contextlib.asynccontextmanager
    async def delivering(self) -> AsyncIterator[Deliverer]:
        courier = HttpCourier(to_private=True)
        deliverer = Deliverer(self.storage, EventFeed(self.storage), courier, self.clock, real_time)
        task = asyncio.create_task(deliverer.run())
        try:
            yield deliverer
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await courier.aclose()


def longer(room: Room) -> Room:
    return replace(room, valid_until=after(room.valid_until, SECOND))


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(patient(0.01))
    raise AssertionError("it does not come about")


async def until_async(holds: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(1000):
        if await holds():
            return
        await asyncio.sleep(patient(0.01))
    raise AssertionError("it does not come about")


async def has_delivered(bench: Bench, subscription: Subscription) -> bool:
    return (await bench.storage.get_subscription(CONTOSO, subscription.id)).progress.delivered == 1


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock = MovableClock()
    storage = await SqliteStorage.open(tmp_path / "rooms.db", outbox=Outbox(clock))
    await storage.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5Mg=="))
    for number in range(4):
        await storage.create_room(CONTOSO, a_room(number), (), None)
    async with receiver() as endpoint:
        made = Bench(storage, endpoint, clock)
        await storage.add_subscription(made.subscription, Progress(await storage.last_event(CONTOSO)))
        yield made
    await storage.close()


async def test_events_come_in_the_order_of_their_room(bench: Bench) -> None:
    async with bench.delivering():
        ids = await bench.change(*(number % 4 for number in range(100)))
        await until(lambda: len(bench.endpoint.events) == len(ids))
    assert sorted(bench.endpoint.ids) == sorted(ids)
    for number in range(4):
        numbers = [event["roomsequence"] for event in bench.endpoint.events if a_room(number).id in event["subject"]]
        assert numbers == sorted(numbers)
    assert await bench.state() == (0, 0)


async def test_published_libraries_take_what_comes(bench: Bench) -> None:
    async with bench.delivering():
        await bench.change(1)
        await until(lambda: len(bench.endpoint.messages) == 1)
    headers, body = bench.endpoint.messages[0]
    assert headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    assert Webhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()}) == json.loads(body)
    event = CloudEvent.from_json(body.decode())
    assert (event.type, event.id, event.specversion) == ("openrooms.room.updated", headers["webhook-id"], "1.0")
    assert event.data["room"]["id"] == a_room(1).id
    assert "Microsoft.Communication.CallStarted" in set(SystemEventNames)


async def test_a_kept_event_is_sent_again(bench: Bench) -> None:
    courier = HttpCourier(to_private=True)
    subscriptions = Subscriptions(bench.storage, bench.clock, courier, "rooms.example", to_private=True)
    async with bench.delivering():
        first, _ = await bench.change(1, 1)
        await until(lambda: len(bench.endpoint.events) == 2)
        await subscriptions.resend_event(CONTOSO, parse_event_id(first))
        await until(lambda: len(bench.endpoint.events) == 3)
    assert bench.endpoint.events[2] == bench.endpoint.events[0]
    assert await bench.state() == (0, 0)
    await courier.aclose()


async def test_an_endpoint_that_was_away_gets_everything(bench: Bench) -> None:
    bench.endpoint.reply = lambda _event: 503
    async with bench.delivering():
        ids = await bench.change(*(number % 4 for number in range(150)))
        await until(lambda: bench.endpoint.tried >= 1)
        tried = bench.endpoint.tried
        assert tried <= 8, "it is not asked again and again"
        bench.endpoint.reply = lambda _event: 200
        bench.clock.advance(5 * SECOND)
        bench.look()
        await until(lambda: len(bench.endpoint.events) == len(ids))
    assert sorted(set(bench.endpoint.ids)) == sorted(ids)
    assert await bench.state() == (0, 0)


async def test_a_refused_event_holds_up_its_room_only(bench: Bench) -> None:
    refused = a_room(2).id
    bench.endpoint.reply = lambda event: 400 if refused in event["subject"] else 200
    async with bench.delivering():
        ids = await bench.change(1, 2, 2, 3, 1)
        await until(lambda: len(bench.endpoint.events) == 3)
        bench.endpoint.reply = lambda _event: 200
        _, _, later = await bench.change(3, 1, 2)
        await until(lambda: len(bench.endpoint.events) == 5)
        await until_async(lambda: bench.is_in_state(3, 0))
        bench.clock.advance(5 * SECOND)
        bench.look()
        await until(lambda: len(bench.endpoint.events) == 8)
    assert bench.endpoint.ids[-3:] == [*ids[1:3], later], "in their order"
    assert await bench.state() == (0, 0)


async def test_what_is_refused_for_a_day_can_be_sent_again(bench: Bench) -> None:
    bench.endpoint.reply = lambda _event: 500
    async with bench.delivering():
        ids = await bench.change(1, 1)
        await until(lambda: bench.endpoint.tried == 1)
        bench.clock.advance(DAY)
        bench.look()
        await until_async(lambda: bench.is_in_state(0, 2))
        bench.endpoint.reply = lambda _event: 200
        await bench.storage.revive_dead_letters(CONTOSO, "one", 0, 10, bench.clock())
        bench.look()
        await until(lambda: bench.endpoint.ids == ids)
    assert await bench.state() == (0, 0)


async def test_an_endpoint_that_is_gone_is_left_alone(bench: Bench) -> None:
    bench.endpoint.reply = lambda _event: 410
    async with bench.delivering():
        await bench.change(1)
        await until(lambda: bench.endpoint.tried == 1)
        await until_async(bench.is_disabled)
        await bench.change(2)
        bench.look()
        await asyncio.sleep(0.1)
    assert bench.endpoint.tried == 1


async def test_a_process_that_keeps_no_progress_sends_again(bench: Bench) -> None:
    async def fail(*_arguments: object) -> bool:
        raise asyncio.CancelledError

    keep = bench.storage.save_deliveries
    bench.storage.save_deliveries = fail  # type: ignore[method-assign]
    async with bench.delivering():
        ids = await bench.change(1, 2)
        await until(lambda: len(bench.endpoint.events) >= 2)
    bench.storage.save_deliveries = keep  # type: ignore[method-assign]
    bench.endpoint.events.clear()
    async with bench.delivering():
        await until(lambda: len(bench.endpoint.events) == 2)
    assert sorted(bench.endpoint.ids) == sorted(ids)


async def test_one_of_two_processes_delivers_and_the_other_takes_over(bench: Bench) -> None:
    async with bench.delivering() as second:
        async with bench.delivering() as first:
            ids = await bench.change(1, 2, 3)
            await until(lambda: len(bench.endpoint.events) == 3)
            busy = [one for one in (first, second) if any(figure.value for figure in one.figures()[-1:])]
            assert len(busy) == 1
        ids += await bench.change(1)
        bench.look()
        await until(lambda: len(bench.endpoint.events) == 4)
    assert sorted(bench.endpoint.ids) == sorted(ids), "and nothing twice"


async def test_a_slow_endpoint_holds_up_no_other(bench: Bench) -> None:
    hanging, over = asyncio.Event(), asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        hanging.set()
        await over.wait()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    slow = replace(bench.subscription, id="slow", url=f"http://127.0.0.1:{port}/")
    await bench.storage.add_subscription(slow, Progress(await bench.storage.last_event(CONTOSO)))
    async with bench.delivering():
        ids = await bench.change(1, 2, 3)
        await until(hanging.is_set)
        await until(lambda: len(bench.endpoint.events) == 3)
    over.set()
    server.close()
    await server.wait_closed()
    assert sorted(bench.endpoint.ids) == sorted(ids)


async def test_a_change_of_one_subscription_interrupts_no_other(bench: Bench) -> None:
    requests, over = asyncio.Queue[None](), asyncio.Event()

    async def answer_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            requests.put_nowait(None)
            await over.wait()
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    server = await asyncio.start_server(answer_late, "127.0.0.1", 0)
    slow = replace(bench.subscription, id="slow", url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await bench.storage.add_subscription(slow, Progress(await bench.storage.last_event(CONTOSO)))
    async with bench.delivering():
        ids = await bench.change(1)
        await requests.get()
        await until(lambda: bench.endpoint.ids == ids)
        await bench.storage.add_subscription(replace(bench.subscription, id="another"), Progress())
        bench.storage.notify(f"{SUBSCRIPTIONS_CHANGED} {CONTOSO} another")
        await until(lambda: len(bench.endpoint.ids) > 1)
        over.set()
        await until_async(lambda: has_delivered(bench, slow))
    server.close()
    assert requests.empty()


async def test_a_database_from_a_backup_is_read_from_the_start(bench: Bench) -> None:
    kept = await bench.storage.get_subscription(CONTOSO, "one")
    lost = Progress(EventKey(10_000, kept.progress.cursor.happened_at))
    assert await bench.storage.save_deliveries(bench.subscription, kept.progress.cursor, lost, [], [])
    async with bench.delivering():
        everything = (await bench.storage.list_events(CONTOSO, BEGINNING, 100)).events
        await until(lambda: len(bench.endpoint.events) == len(everything))
