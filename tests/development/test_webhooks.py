"""Events and subscriptions of a development service: they go by the moved clock, and endpoints that are away."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from tests.support.patience import patient
from tests.support.receiver import Receiver
from tests.support.receiver import receiver as receiving
from tests.support.rest import Rest
from tests.support.service import dev as dev_process

from openrooms import RoomsClient
from openrooms.testing import DevService, RoomsClock, RoomsService

SUBSCRIPTIONS = "/openrooms/subscriptions"
SECRET = "whsec_c2VjcmV0IG9mIDI0IGJ5dGVzIGF0IGxlYXN0"
Events = Callable[[], list[tuple[str, str]]]


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds; the endpoint answers meanwhile."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline + patient(10)
        await asyncio.sleep(0.01)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as endpoint:
        yield endpoint


@pytest.fixture
def rest(rooms_service: RoomsService) -> Iterator[Rest]:
    with closing(Rest(rooms_service.endpoint, rooms_service.connection_string)) as client:
        yield client


@pytest.fixture
def feed(rest: Rest) -> Events:
    """A function that returns the room and the type of each event that the service has kept."""

    def read() -> list[tuple[str, str]]:
        events = rest.call("GET", "/openrooms/events?limit=1000", version="").json["value"]
        return [(event["data"]["room"]["id"], event["type"].rpartition(".")[2]) for event in events]

    return read


def subscribe(rest: Rest, url: str, **values: object) -> Mapping[str, Any]:
    answer = rest.call("POST", SUBSCRIPTIONS, {"url": url, **values}, version="")
    assert answer.status == 201, answer.body
    kept: Mapping[str, Any] = answer.json
    return kept


def only_subscription(rest: Rest) -> Mapping[str, Any]:
    (listed,) = rest.call("GET", SUBSCRIPTIONS, version="").json["value"]
    kept: Mapping[str, Any] = listed
    return kept


def test_a_move_tells_of_rooms_that_opened_and_closed(
    rooms_client: RoomsClient, rooms_clock: RoomsClock, feed: Events
) -> None:
    opens = rooms_clock.now() + timedelta(hours=1)
    room = rooms_client.create_room(valid_from=opens, valid_until=opens + timedelta(hours=1)).id
    rooms_clock.advance(minutes=30)
    assert feed() == [(room, "created")]
    rooms_clock.advance(hours=2)
    assert feed() == [(room, "created"), (room, "opened"), (room, "closed")]


def test_a_clock_that_was_moved_back_passes_windows_again(
    rooms_client: RoomsClient, rooms_clock: RoomsClock, feed: Events
) -> None:
    opens = rooms_clock.now() + timedelta(hours=1)
    room = rooms_client.create_room(valid_from=opens, valid_until=opens + timedelta(days=9)).id
    for _ in range(2):
        rooms_clock.advance(hours=2)
        rooms_clock.advance(hours=-2)
    assert feed() == [(room, "created"), (room, "opened"), (room, "opened")]


async def test_an_endpoint_gets_its_events_when_the_clock_moves(
    dev: DevService, rest: Rest, rooms_client: RoomsClient, receiver: Receiver
) -> None:
    fault = dev.add_fault(away="webhook", times=2)
    subscribe(rest, receiver.url)
    room = rooms_client.create_room().id
    await until(lambda: only_subscription(rest)["state"] == "away")
    assert only_subscription(rest)["error"] == f"cannot be reached: fault {fault.id} was injected"
    assert receiver.events == []
    await until(lambda: dev.advance_clock(seconds=11) and receiver.events)
    assert [event["data"]["room"]["id"] for event in receiver.events] == [room]
    (kept,) = dev.list_faults()
    assert (kept.away, kept.injected, kept.matched) == ("webhook", 2, 3)


async def test_a_fault_lasts_for_a_while_of_the_clock(
    dev: DevService, rest: Rest, rooms_client: RoomsClient, receiver: Receiver
) -> None:
    dev.add_fault(away="webhook", lasts=3600)
    dev.add_fault(operation="list_rooms", status=404, lasts=60)
    subscribe(rest, receiver.url)
    rooms_client.create_room()
    await until(lambda: only_subscription(rest)["state"] == "away")
    with pytest.raises(HttpResponseError):
        list(rooms_client.list_rooms())
    dev.advance_clock(hours=1)
    await until(lambda: bool(receiver.events))
    assert len(list(rooms_client.list_rooms())) == 1


async def test_an_endpoint_away_for_a_day_has_dead_letters(
    dev: DevService, rest: Rest, rooms_client: RoomsClient, receiver: Receiver
) -> None:
    dev.add_fault(away="webhook")
    subscribe(rest, receiver.url)
    rooms_client.create_room()
    await until(lambda: only_subscription(rest)["state"] == "away")
    dev.advance_clock(hours=25)
    await until(lambda: only_subscription(rest)["deadLetters"] == 1)
    dev.clear_faults()
    path = f"{SUBSCRIPTIONS}/{only_subscription(rest)['id']}/deadLetters:resend"
    assert rest.call("POST", path, version="").status == 200
    await until(lambda: dev.advance_clock(seconds=11) and receiver.events)


async def test_conditions_select_endpoints_and_rooms(
    dev: DevService, rest: Rest, rooms_client: RoomsClient, receiver: Receiver
) -> None:
    first, second = rooms_client.create_room().id, rooms_client.create_room().id
    elsewhere = dev.add_fault(away="webhook", endpoint="elsewhere.example")
    of_room = dev.add_fault(f"away=webhook; room={first}; endpoint=/hook")
    subscribe(rest, receiver.url)
    rooms_client.delete_room(second)
    await until(lambda: bool(receiver.events))
    rooms_client.delete_room(first)
    await until(lambda: only_subscription(rest)["state"] == "away")
    assert [event["data"]["room"]["id"] for event in receiver.events] == [second]
    counts = {fault.id: (fault.matched, fault.injected) for fault in dev.list_faults()}
    assert counts == {elsewhere.id: (0, 0), of_room.id: (1, 1)}


def test_a_handshake_fails_while_the_endpoint_is_away(dev: DevService, rest: Rest) -> None:
    fault = dev.add_fault(away="webhook")
    body = {"url": "http://127.0.0.1:9/hook", "validation": "cloudEvents"}
    answer = rest.call("POST", SUBSCRIPTIONS, body, version="")
    assert answer.status == 400
    assert f"fault {fault.id} was injected" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("away=webhook operation=create_room", "takes endpoint, not operation"),
        ("away=webhook userAgent=x", "takes endpoint, not operation"),
        ("away=webhook delay=2", "the only effect"),
        ("status=503 endpoint=/hook", "goes with away=webhook"),
        ("status=503 lasts=0", "lasts is above 0"),
    ],
)
def test_what_makes_no_sense_is_refused(dev: DevService, fault: str, message: str) -> None:
    with pytest.raises(HttpResponseError, match=message):
        dev.add_fault(fault)


def test_a_header_takes_no_endpoint_away(rest: Rest) -> None:
    answer = rest.call("GET", "/rooms", **{"x-openrooms-fault": "away=webhook"})
    assert answer.status == 400
    assert "add it as a fault" in answer.json["error"]["message"]


async def test_the_state_has_subscriptions_but_no_history(
    dev: DevService, rest: Rest, rooms_client: RoomsClient, receiver: Receiver, feed: Events
) -> None:
    made = subscribe(rest, receiver.url, types=["openrooms.room.deleted"])
    room = rooms_client.create_room().id
    saved = dev.export_state()
    assert json.loads(saved)["subscriptions"][0]["secret"] == made["secret"]
    dev.reset_state()
    assert rest.call("GET", SUBSCRIPTIONS, version="").json["value"] == []
    dev.import_state(saved)
    assert only_subscription(rest)["id"] == made["id"]
    assert feed() == []
    rooms_client.delete_room(room)
    await until(lambda: bool(receiver.events))
    assert [event["type"] for event in receiver.events] == ["openrooms.room.deleted"]
    assert dev.export_state() != saved


@pytest.mark.parametrize(
    "wrong", [{"url": "ftp://x"}, {"secret": "short"}, {"types": ["nothing"]}, {"id": ""}, {"createdAt": "then"}]
)
def test_a_bad_subscription_changes_nothing(dev: DevService, rest: Rest, wrong: Mapping[str, object]) -> None:
    subscribe(rest, "http://127.0.0.1:9/hook")
    document = json.loads(dev.export_state())
    (good,) = document["subscriptions"]
    with pytest.raises(HttpResponseError) as raised:
        dev.import_state(json.dumps({"subscriptions": [good, {**good, "id": "another", **wrong}]}).encode())
    assert raised.value.response.json()["error"]["details"][0]["target"] == "$.subscriptions[1]"
    assert only_subscription(rest)["id"] == good["id"]


def test_subscriptions_of_the_settings_stay(tmp_path: Path) -> None:
    with dev_process(tmp_path, "--subscription", f"name=app,url=http://127.0.0.1:9/hook,secret={SECRET}") as service:
        string = f"endpoint={service.http};{service.connectionString.partition(';')[2]}"
        with (
            DevService.from_connection_string(string, use_env_settings=False) as dev,
            closing(Rest(service.http, string)) as rest,
        ):
            declared = only_subscription(rest)["id"]
            saved = dev.export_state()
            assert json.loads(saved)["subscriptions"] == []
            dev.reset_state()
            assert only_subscription(rest)["id"] == declared
            dev.import_state(saved)
            assert only_subscription(rest)["id"] == declared
