"""The subscriptions that the settings declare, in both databases, also when many processes start at once."""

import asyncio

import pytest
from msgspec.structs import replace
from tests.storage.contents import CONTOSO, NOW, a_room

from openrooms.domain.errors import EndpointRefused
from openrooms.domain.events import EventFilter
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, after
from openrooms.domain.subscriptions import Answer, Declaration, Subscription, Validation
from openrooms.server.core.declared import DeclaredSubscriptions
from openrooms.server.core.ports import SUBSCRIPTIONS_CHANGED, Reply, Resource, Storage
from openrooms.server.core.subscriptions import NewSubscription, Subscriptions

FABRIKAM = ResourceId("fabrikam")
BILLING = Declaration("billing", "https://app.example/billing", "c2VjcmV0")
ALERTS = Declaration(
    "alerts", "https://app.example/alerts", "c2VjcmV0", EventFilter(types=frozenset({"openrooms.join.refused"}))
)
GRID = Declaration("grid", "https://app.example/grid", "c2VjcmV0", validation=Validation.CLOUD_EVENTS)


class Endpoint:
    """An endpoint that answers handshakes as a test says."""

    def __init__(self) -> None:
        self.status = 200
        self.handshakes = 0

    async def send(self, *_: object) -> Reply:
        self.handshakes += 1
        return Reply(Answer(self.status), {"webhook-allowed-origin": "*"})


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


def declared(
    storage: Storage, endpoint: Endpoint, *wanted: Declaration, resource: ResourceId = CONTOSO
) -> DeclaredSubscriptions:
    """Return what one process does at its start."""
    subscriptions = Subscriptions(storage, lambda: NOW, endpoint, "rooms.example", to_private=False)
    return DeclaredSubscriptions(storage, subscriptions, lambda: after(NOW, SECOND), {resource: wanted})


async def kept(storage: Storage, resource: ResourceId = CONTOSO) -> dict[str, Subscription]:
    found = await storage.list_subscriptions(resource)
    return {one.subscription.id: one.subscription for one in found}


@pytest.fixture
async def filled(storage: Storage) -> Storage:
    await storage.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5Mg=="))
    await storage.add_resource(Resource(FABRIKAM, "fabrikam.example", "a2V5", "a2V5Mg=="))
    await storage.create_room(CONTOSO, a_room(1), (), None)
    return storage


async def test_many_processes_that_start_at_once_make_each_once(filled: Storage, endpoint: Endpoint) -> None:
    await asyncio.gather(*(declared(filled, endpoint, BILLING, ALERTS).apply() for _ in range(12)))
    found = await kept(filled)
    assert found == {one.id: one.subscription(CONTOSO, after(NOW, SECOND)) for one in (BILLING, ALERTS)}
    # They begin with the events from now on.
    last = await filled.last_event(CONTOSO)
    assert {one.progress.cursor for one in await filled.list_subscriptions(CONTOSO)} == {last}


async def test_a_start_changes_what_differs_and_nothing_else(filled: Storage, endpoint: Endpoint) -> None:
    await declared(filled, endpoint, BILLING, ALERTS).apply()
    await filled.create_room(CONTOSO, a_room(2), (), None)
    before = await filled.list_subscriptions(CONTOSO)
    changed = replace(BILLING, secret="b3RoZXI=", url="https://new.example/")
    await declared(filled, endpoint, changed, ALERTS).apply()
    after_start = await filled.list_subscriptions(CONTOSO)
    assert [one.progress.cursor for one in after_start] == [one.progress.cursor for one in before]
    assert (await kept(filled))[BILLING.id] == changed.subscription(CONTOSO, after(NOW, SECOND))
    assert (await kept(filled))[ALERTS.id] == ALERTS.subscription(CONTOSO, after(NOW, SECOND))


async def test_one_that_is_no_longer_named_is_disabled(filled: Storage, endpoint: Endpoint) -> None:
    subscriptions = Subscriptions(filled, lambda: NOW, endpoint, "rooms.example", to_private=False)
    own = (await subscriptions.create(CONTOSO, NewSubscription("https://app.example/own"))).subscription
    await declared(filled, endpoint, BILLING, ALERTS).apply()
    heard: list[str] = []
    filled.listen(heard.append)
    await declared(filled, endpoint, ALERTS).apply()
    # So that the process that delivers stops at once.
    assert f"{SUBSCRIPTIONS_CHANGED} {CONTOSO} {BILLING.id}" in heard
    enabled = {name: subscription.is_enabled for name, subscription in (await kept(filled)).items()}
    assert enabled == {own.id: True, BILLING.id: False, ALERTS.id: True}
    await declared(filled, endpoint, BILLING, resource=FABRIKAM).apply()
    assert not (await kept(filled))[ALERTS.id].is_enabled
    await declared(filled, endpoint, BILLING).apply()
    assert (await kept(filled))[BILLING.id].is_enabled
    assert not (await kept(filled, FABRIKAM))[BILLING.id].is_enabled


async def test_an_endpoint_that_refuses_is_asked_again(filled: Storage, endpoint: Endpoint) -> None:
    endpoint.status = 503
    process = declared(filled, endpoint, GRID, BILLING)
    await process.apply()
    assert (await kept(filled)).keys() == {BILLING.id}
    await process.retry()
    endpoint.status = 200
    await process.retry()
    assert (await kept(filled)).keys() == {BILLING.id, GRID.id}
    assert endpoint.handshakes == 3
    # Those who have shaken hands are not asked at each start.
    await declared(filled, endpoint, GRID, BILLING).apply()
    await process.retry()
    assert endpoint.handshakes == 3


async def test_a_refused_change_leaves_what_was(filled: Storage, endpoint: Endpoint) -> None:
    await declared(filled, endpoint, GRID).apply()
    endpoint.status = 410
    moved = replace(GRID, url="https://new.example/")
    await declared(filled, endpoint, moved).apply()
    assert (await kept(filled))[GRID.id].url == GRID.url
    subscriptions = Subscriptions(filled, lambda: NOW, endpoint, "rooms.example", to_private=False)
    with pytest.raises(EndpointRefused):
        await subscriptions.put(moved.subscription(CONTOSO, NOW))
