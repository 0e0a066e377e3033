"""The events clients: the requests, the models of the answers, and following through lost connections."""

import inspect
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError
from tests.client.faces import AsyncFace, SyncFace
from tests.client.stub import KEY, Stub, answer, reset

import openrooms.events.aio
from openrooms.events import DeadLetter, Event, EventsClient, Subscription, SubscriptionState, Validation
from openrooms.events._calls import pause

ROOM = "99475330965778483"
NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)
SECRET = "whsec_c2VjcmV0IG9mIDI0IGJ5dGVzIGF0IGxlYXN0"
TARGET = "/openrooms/subscriptions"
SUBSCRIPTION: dict[str, Any] = {
    "id": "5b0d",
    "url": "https://app.example/hook",
    "state": "away",
    "createdAt": "2026-01-01T09:00:00+00:00",
    "validation": "cloudEvents",
    "delivered": 7,
    "waiting": 2,
    "deadLetters": 1,
    "lagSeconds": 90.5,
    "types": ["openrooms.waiting"],
    "room": ROOM,
    "deliveredAt": "2026-01-01T09:01:00+00:00",
    "error": "answered 503",
    "nextAttemptAt": "2026-01-01T09:02:00+00:00",
}


def event(number: int) -> dict[str, Any]:
    return {
        "id": str(number),
        "source": "/resources/r",
        "type": "openrooms.room.created",
        "time": "2026-01-01T09:00:00.1234567Z",
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "roomsequence": number,
        "subject": f"rooms/{ROOM}",
        "data": {"room": {"id": ROOM}},
    }


def page(*numbers: int, last: int | None = None, **more: Any) -> Any:
    body = {"value": [event(number) for number in numbers], "last": str(last or numbers[-1]), **more}
    return answer(200, json.dumps(body).encode())


@pytest.fixture
def events(face: SyncFace | AsyncFace, stub: Stub) -> Any:
    """An events client of the stub, which does not repeat requests by itself."""
    return face.events(stub.url, KEY, retries=0)


def test_kept_events_are_listed_in_pages(events, stub):
    stub.steps(page(1, nextLink=f"{stub.url}/openrooms/events?after=1"), page(2))
    first, second = events.list_events(types=["openrooms.room.created", "openrooms.waiting"], room_id=ROOM)
    assert first == Event(
        "1",
        "openrooms.room.created",
        "/resources/r",
        f"rooms/{ROOM}",
        NINE.replace(microsecond=123_456),
        1,
        {"room": {"id": ROOM}},
        event(1),
    )
    assert first.envelope == event(1)
    assert (first.room_id, second.id) == (ROOM, "2")
    assert stub.targets() == [
        f"GET /openrooms/events?type=openrooms.room.created&type=openrooms.waiting&room={ROOM}",
        "GET /openrooms/events?after=1",
    ]
    with pytest.raises(TypeError, match="must be a list"):
        events.list_events(types="openrooms.waiting")


def test_the_newest_can_come_first(events, stub):
    stub.steps(page(2, nextLink=f"{stub.url}/openrooms/events?before=2"), page(1))
    assert [found.id for found in events.list_events(room_id=ROOM, newest_first=True)] == ["2", "1"]
    assert stub.targets() == [
        f"GET /openrooms/events?before=latest&room={ROOM}",
        "GET /openrooms/events?before=2",
    ]


def test_the_last_event(events, stub):
    stub.steps(page(7))
    assert events.get_last_event_id() == "7"
    assert stub.targets() == ["GET /openrooms/events?after=latest&limit=1&wait=0"]


def test_following_goes_on_after_lost_connections(face, stub, monkeypatch):
    naps: list[float] = []
    reports: list[Any] = []
    monkeypatch.setattr("openrooms.events._calls.pause", lambda failures: naps.append(pause(failures)) or 0.0)
    events = face.events(stub.url, KEY, retries=0)
    stub.steps(page(1, 2), reset, answer(503), page(last=5), answer(429), page(6))
    follower = events.follow_events(types=["openrooms.room.created"], on_connection=reports.append)
    assert follower.last is None
    assert [next(follower).id for _ in range(3)] == ["1", "2", "6"]
    assert [target.partition("?")[2] for target in stub.targets()] == [
        f"after={after}&type=openrooms.room.created&limit=100&wait=10" for after in ("latest", 2, 2, 2, 5, 5)
    ]
    assert naps == [0.5, 1.0, 0.5]
    assert [error is None for error in reports] == [False, True, False, True]
    assert follower.last == "6"
    follower.close()
    assert list(follower) == []


def test_an_event_that_was_not_taken_is_given_again(events, stub):
    stub.steps(page(1, 2, 3))
    follower = events.follow_events(after="0")
    next(follower)
    assert follower.last == "1"


def test_following_ends_at_its_time_limit(events, stub, monkeypatch):
    now = [0.0]
    module = "_follower" if type(events).__module__ == "openrooms.events._client" else "_follower_async"
    monkeypatch.setattr(f"openrooms.events.{module}.monotonic", lambda: now[0])
    follower = events.follow_events(after="0", seconds=4.2)
    stub.steps(page(1, 2))
    assert next(follower).id == "1"
    now[0] = 4.2
    assert [event.id for event in follower] == ["2"]
    assert stub.targets() == ["GET /openrooms/events?after=0&limit=100&wait=5"]


@pytest.mark.parametrize("steps", [[answer(404)], [page(1), answer(404)], [answer(400)]], ids=len)
def test_following_raises_what_does_not_pass(events, stub, steps):
    stub.steps(*steps)
    with pytest.raises(HttpResponseError):
        list(events.follow_events())


def test_following_a_service_that_is_not_there(face):
    with pytest.raises(ServiceRequestError):
        next(face.events("http://127.0.0.1:9", KEY, retries=0).follow_events(after="1"))


def test_the_secret_is_shown_once_and_nowhere_else(face, stub, caplog):
    caplog.set_level(logging.DEBUG)
    events = face.events(stub.url, KEY, logging_enable=True)
    stub.steps(answer(201, json.dumps(SUBSCRIPTION | {"secret": SECRET}).encode()))
    made = events.create_subscription(
        "https://app.example/hook",
        types=["openrooms.waiting"],
        room_id=ROOM,
        secret=SECRET,
        validation=Validation.CLOUD_EVENTS,
        after="3",
    )
    assert made.secret == SECRET
    assert SECRET not in repr(made) + caplog.text
    assert made == Subscription(
        "5b0d",
        "https://app.example/hook",
        SubscriptionState.AWAY,
        NINE,
        ("openrooms.waiting",),
        ROOM,
        Validation.CLOUD_EVENTS,
        7,
        2,
        1,
        timedelta(seconds=90.5),
        NINE.replace(minute=1),
        "answered 503",
        NINE.replace(minute=2),
        SECRET,
    )
    [request] = stub.requests
    assert (request.method, request.target) == ("POST", TARGET)
    assert json.loads(request.body) == {
        "url": "https://app.example/hook",
        "types": ["openrooms.waiting"],
        "room": ROOM,
        "secret": SECRET,
        "validation": "cloudEvents",
        "after": "3",
    }


def test_subscriptions_are_listed_changed_and_deleted(events, stub):
    quiet = {
        name: value
        for name, value in SUBSCRIPTION.items()
        if name not in ("types", "room", "deliveredAt", "error", "nextAttemptAt")
    } | {"state": "later"}
    changed = answer(200, json.dumps(quiet).encode())
    stub.steps(answer(200, json.dumps({"value": [quiet]}).encode()), *[changed] * 4, answer(204))
    [listed] = events.list_subscriptions()
    assert (listed.state, listed.types, listed.room_id, listed.delivered_at) == ("later", (), None, None)
    assert events.get_subscription("5b0d") == listed
    events.update_subscription("5b0d")
    events.update_subscription("5b0d", types=[], room_id="")
    events.update_subscription(
        "5b0d", url="https://b.example/", types=["t"], room_id=ROOM, secret=SECRET, validation="none", is_enabled=False
    )
    events.delete_subscription("5b0d")
    assert stub.targets() == [
        f"GET {TARGET}",
        f"GET {TARGET}/5b0d",
        *[f"PATCH {TARGET}/5b0d"] * 3,
        f"DELETE {TARGET}/5b0d",
    ]
    assert [json.loads(request.body) for request in stub.requests[2:5]] == [
        {},
        {"types": None, "room": None},
        {
            "url": "https://b.example/",
            "types": ["t"],
            "room": ROOM,
            "secret": SECRET,
            "validation": "none",
            "enabled": False,
        },
    ]


def test_dead_letters_are_listed_and_sent_again(events, stub):
    time = "2026-01-01T09:00:00+00:00"
    about = {"id": "3", "type": "openrooms.waiting", "time": time, "room": ROOM}
    letter = {**about, "since": time, "attempts": 28, "error": "answered 500"}
    link = f"{stub.url}{TARGET}/5b0d/deadLetters?nextLink=x"
    pages = ({"value": [letter], "nextLink": link}, {"value": [letter]})
    stub.steps(*[answer(200, json.dumps(body).encode()) for body in (*pages, {}, {})])
    expected = DeadLetter("3", "openrooms.waiting", NINE, ROOM, NINE, 28, "answered 500")
    assert list(events.list_dead_letters("5b0d")) == [expected] * 2
    assert events.resend_dead_letters("5b0d") is None
    assert events.resend_dead_letter("5b0d", "3") is None
    assert stub.targets()[2:] == [
        f"POST {TARGET}/5b0d/deadLetters:resend",
        f"POST {TARGET}/5b0d/deadLetters/3:resend",
    ]


def test_a_kept_event_is_sent_again(events, stub):
    stub.steps(*[answer(200, b'{"subscriptions":["5b0d"]}')] * 2, answer(404))
    assert events.resend_event("3") == ["5b0d"]
    assert events.resend_event("3", subscription_id="5b0d") == ["5b0d"]
    with pytest.raises(ResourceNotFoundError):
        events.resend_event("4")
    assert stub.targets() == [
        "POST /openrooms/events/3:resend",
        "POST /openrooms/events/3:resend",
        "POST /openrooms/events/4:resend",
    ]
    assert [json.loads(request.body) for request in stub.requests[:2]] == [{}, {"subscription": "5b0d"}]


def test_both_clients_have_the_same_calls():
    def calls(client: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(member).parameters)
            for name, member in vars(client).items()
            if inspect.isfunction(member)
        }

    assert calls(EventsClient) == calls(openrooms.events.aio.EventsClient)
