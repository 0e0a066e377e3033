"""Subscriptions and their deliveries in both databases."""

import pytest
from msgspec.structs import replace
from tests.storage.contents import CONTOSO, NOW, a_room

from openrooms.domain.errors import SubscriptionNotFound, TooManySubscriptions
from openrooms.domain.events import EventFilter, EventKey
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import DAY, Moment, after
from openrooms.domain.rooms import RoomId
from openrooms.domain.subscriptions import MOST_SUBSCRIPTIONS, Delivery, Progress, Subscription, Validation
from openrooms.server.core.ports import KeptSubscription, Resource, Storage
from openrooms.server.core.purge import Purge

ROOM = RoomId("99475330965778483")
ONE = Subscription(
    CONTOSO,
    "one",
    NOW,
    "https://app.example/hook",
    "c2VjcmV0",
    EventFilter(ROOM, frozenset({"openrooms.waiting", "openrooms.admitted"})),
    Validation.CLOUD_EVENTS,
)
FRESH = Progress(EventKey(7, NOW))


def delivery(position: int, died_at: Moment | None = None) -> Delivery:
    return Delivery(EventKey(position, NOW), ROOM, NOW, 3, after(NOW, DAY), "answered 500", died_at)


@pytest.fixture
async def filled(storage: Storage) -> Storage:
    await storage.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5Mg=="))
    await storage.add_subscription(ONE, FRESH)
    return storage


async def test_a_subscription_is_kept_as_it_is(filled: Storage) -> None:
    assert await filled.get_subscription(CONTOSO, "one") == KeptSubscription(ONE, FRESH)
    other = replace(ONE, id="two", events=EventFilter(), is_enabled=False, created_at=after(NOW, 1))
    await filled.add_subscription(other, Progress())
    assert [kept.subscription for kept in await filled.list_subscriptions(CONTOSO)] == [ONE, other]
    assert not await filled.list_subscriptions(ResourceId("fabrikam"))


async def test_a_change_has_the_endpoint_tried_at_once(filled: Storage) -> None:
    away = replace(FRESH, failures=4, next_at=after(NOW, DAY), error="answered 503")
    assert await filled.save_deliveries(ONE, FRESH.cursor, away, [], [])
    await filled.change_subscription(CONTOSO, "one", lambda kept: replace(kept, url="https://new.example/"))
    kept = await filled.get_subscription(CONTOSO, "one")
    assert kept.subscription == replace(ONE, url="https://new.example/")
    assert kept.progress == replace(FRESH, error="answered 503")


async def test_deliveries_wait_until_they_are_done_or_dead(filled: Storage) -> None:
    moved = replace(FRESH, cursor=EventKey(12, NOW), delivered=5, delivered_at=NOW)
    assert await filled.save_deliveries(ONE, FRESH.cursor, moved, [delivery(8), delivery(9), delivery(10)], [])
    assert await filled.list_waiting(ONE) == [delivery(8), delivery(9), delivery(10)]
    assert await filled.save_deliveries(ONE, moved.cursor, moved, [delivery(9, NOW)], [EventKey(8, NOW)])
    assert await filled.list_waiting(ONE) == [delivery(10)]
    assert await filled.list_dead_letters(CONTOSO, "one", 0, 10) == [delivery(9, NOW)]
    assert await filled.get_subscription(CONTOSO, "one") == KeptSubscription(ONE, moved, waiting=1, dead=1)


async def test_a_process_that_lost_its_turn_changes_nothing(filled: Storage) -> None:
    moved = replace(FRESH, cursor=EventKey(12, NOW))
    assert await filled.save_deliveries(ONE, FRESH.cursor, moved, [], [])
    assert not await filled.save_deliveries(ONE, FRESH.cursor, FRESH, [delivery(8)], [])
    assert await filled.get_subscription(CONTOSO, "one") == KeptSubscription(ONE, moved)


async def test_dead_letters_are_revived_in_pieces(filled: Storage) -> None:
    await filled.save_deliveries(ONE, FRESH.cursor, FRESH, [delivery(number, NOW) for number in (1, 2, 3)], [])
    assert await filled.revive_dead_letters(CONTOSO, "one", 0, 2, after(NOW, DAY)) == 2
    revived = await filled.list_waiting(ONE)
    assert [(one.key.position, one.attempts, one.since) for one in revived] == [
        (1, 0, after(NOW, DAY)),
        (2, 0, after(NOW, DAY)),
    ]
    assert await filled.revive_dead_letters(CONTOSO, "one", 2, 2, NOW) == 3
    assert await filled.revive_dead_letters(CONTOSO, "one", 3, 2, NOW) is None


async def test_old_dead_letters_are_purged(filled: Storage) -> None:
    letters = [delivery(1, NOW), delivery(2, after(NOW, DAY)), delivery(3)]
    await filled.save_deliveries(ONE, FRESH.cursor, FRESH, letters, [])
    assert await filled.purge_dead_letters(NOW, 10) == 0
    assert await filled.purge_dead_letters(after(NOW, 1), 10) == 1
    assert await filled.list_dead_letters(CONTOSO, "one", 0, 10) == [letters[1]]
    assert await filled.list_waiting(ONE) == [letters[2]]


async def test_dead_letters_are_kept_as_long_as_events(filled: Storage) -> None:
    """Also those of a subscription that nobody delivers."""
    letters = [delivery(1, NOW), delivery(2, after(NOW, DAY))]
    await filled.save_deliveries(ONE, FRESH.cursor, FRESH, letters, [])
    await filled.change_subscription(CONTOSO, "one", lambda kept: replace(kept, is_enabled=False))
    await Purge(filled, lambda: after(NOW, 30 * DAY + 1), 30 * DAY).run(pauses=False)
    assert await filled.list_dead_letters(CONTOSO, "one", 0, 10) == [letters[1]]


async def test_removing_one_leaves_nothing_of_it(filled: Storage) -> None:
    await filled.save_deliveries(ONE, FRESH.cursor, FRESH, [delivery(1), delivery(2, NOW)], [])
    await filled.remove_subscription(CONTOSO, "one")
    for work in (
        filled.get_subscription(CONTOSO, "one"),
        filled.remove_subscription(CONTOSO, "one"),
        filled.list_dead_letters(CONTOSO, "one", 0, 10),
        filled.revive_dead_letters(CONTOSO, "one", 0, 10, NOW),
        filled.change_subscription(CONTOSO, "one", lambda kept: kept),
        filled.deliver_again(CONTOSO, "one", delivery(1)),
    ):
        with pytest.raises(SubscriptionNotFound):
            await work
    assert not await filled.save_deliveries(ONE, FRESH.cursor, FRESH, [delivery(3)], [])
    assert not await filled.list_waiting(ONE)


async def test_a_resource_has_a_limited_number(filled: Storage) -> None:
    for number in range(MOST_SUBSCRIPTIONS - 1):
        await filled.add_subscription(replace(ONE, id=f"more {number}"), Progress())
    with pytest.raises(TooManySubscriptions):
        await filled.add_subscription(replace(ONE, id="too many"), Progress())


async def test_events_are_read_by_their_keys(filled: Storage) -> None:
    for number in range(3):
        await filled.create_room(CONTOSO, a_room(number), (), None)
    events = (await filled.list_events(CONTOSO, EventKey(), 10)).events
    asked_for = [events[2].key, events[0].key, EventKey(events[1].key.position, Moment(1)), EventKey(10_000, NOW)]
    assert list((await filled.get_events(CONTOSO, asked_for)).values()) == [events[2], events[0]]


async def test_an_event_before_the_cursor_is_delivered_again(filled: Storage) -> None:
    await filled.save_deliveries(ONE, FRESH.cursor, FRESH, [delivery(1, NOW)], [])
    again = [Delivery(EventKey(position, NOW), ROOM, NOW, next_at=NOW) for position in (1, 7, 8)]
    for resent in (*again, again[0]):
        await filled.deliver_again(CONTOSO, "one", resent)
    assert await filled.list_waiting(ONE) == again[:2]
    assert not await filled.list_dead_letters(CONTOSO, "one", 0, 10)
