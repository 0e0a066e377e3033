"""The handshakes by which an endpoint shows that it wants the events."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from tests.storage.contents import CONTOSO
from tests.support.ports import free_port

from openrooms._clock import real_time
from openrooms.domain.errors import EndpointRefused
from openrooms.domain.subscriptions import Validation
from openrooms.server.core.courier import HttpCourier
from openrooms.server.core.ports import Resource
from openrooms.server.core.subscriptions import NewSubscription, Subscriptions
from openrooms.server.storage.sqlite import SqliteStorage

ORIGIN = "rooms.example"


@asynccontextmanager
async def endpoint(answer: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    port = free_port()
    application = web.Application()
    application.router.add_route("*", "/", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}/"
    await runner.cleanup()


@pytest.fixture
async def subscriptions(tmp_path: Path) -> AsyncIterator[Subscriptions]:
    storage = await SqliteStorage.open(tmp_path / "rooms.db")
    await storage.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5Mg=="))
    courier = HttpCourier(to_private=True)
    yield Subscriptions(storage, real_time, courier, ORIGIN, to_private=True)
    await courier.aclose()
    await storage.close()


async def cloud_events_receiver(request: web.Request) -> web.Response:
    """Answer as https://learn.microsoft.com/azure/event-grid/end-point-validation-cloud-events-schema says."""
    assert request.method == "OPTIONS"
    return web.Response(headers={"WebHook-Allowed-Origin": request.headers["WebHook-Request-Origin"]})


async def event_grid_receiver(request: web.Request) -> web.Response:
    """Answer as https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema says."""
    [event] = await request.json()
    assert request.headers["aeg-event-type"] == "SubscriptionValidation"
    assert event["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent"
    return web.json_response({"validationResponse": event["data"]["validationCode"]})


async def any_origin(_request: web.Request) -> web.Response:
    return web.Response(headers={"WebHook-Allowed-Origin": "*"})


async def another_origin(_request: web.Request) -> web.Response:
    return web.Response(headers={"WebHook-Allowed-Origin": "other.example"})


async def an_echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read(), content_type="application/json")


async def a_failure(_request: web.Request) -> web.Response:
    return web.Response(status=500, headers={"WebHook-Allowed-Origin": "*"}, text=json.dumps({}))


@pytest.mark.parametrize(
    ("validation", "answer"),
    [
        (Validation.CLOUD_EVENTS, cloud_events_receiver),
        (Validation.CLOUD_EVENTS, any_origin),
        (Validation.EVENT_GRID, event_grid_receiver),
        (Validation.NONE, a_failure),
    ],
)
async def test_an_endpoint_that_wants_events(subscriptions, validation, answer) -> None:
    async with endpoint(answer) as url:
        kept = await subscriptions.create(CONTOSO, NewSubscription(url, validation=validation))
    assert [one.kept.subscription for one in await subscriptions.list(CONTOSO)] == [kept.subscription]


@pytest.mark.parametrize(
    ("validation", "answer", "problem"),
    [
        (Validation.CLOUD_EVENTS, another_origin, f"{ORIGIN}.*it answered 200"),
        (Validation.CLOUD_EVENTS, an_echo, "it answered 200"),
        (Validation.CLOUD_EVENTS, a_failure, "it answered 500"),
        (Validation.EVENT_GRID, an_echo, "validationResponse"),
        (Validation.EVENT_GRID, any_origin, "validationResponse"),
    ],
)
async def test_an_endpoint_that_does_not(subscriptions, validation, answer, problem) -> None:
    async with endpoint(answer) as url:
        with pytest.raises(EndpointRefused, match=problem):
            await subscriptions.create(CONTOSO, NewSubscription(url, validation=validation))
    assert not await subscriptions.list(CONTOSO)
