"""Subscriptions over HTTP: making, reading, changing and deleting them, and their dead letters."""

import base64

import pytest
from tests.support.application import RESOURCE, Answer, World, local

from openrooms.domain.events import EventKey, event_id
from openrooms.domain.moments import DAY, after
from openrooms.domain.rooms import RoomId
from openrooms.domain.subscriptions import Delivery

TARGET = "/openrooms/subscriptions"
URL = "https://app.example/hooks/rooms"


async def ask(world: World, method: str, path: str = "", body: object = None) -> Answer:
    return await world.call(method, TARGET + path, body, version=None)


async def made(world: World, **fields: object) -> dict:
    answer = await ask(world, "POST", "", {"url": URL, **fields})
    assert answer.status == 201, answer.body
    return answer.json


async def test_only_the_first_answer_has_the_secret(world: World) -> None:
    issued = await made(world, types=["openrooms.waiting"])
    secret = issued.pop("secret")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert issued["types"] == ["openrooms.waiting"]
    assert issued["state"] == "delivering"
    for path in ("", f"/{issued['id']}"):
        answer = await ask(world, "GET", path)
        assert secret not in answer.body.decode()
    assert answer.json == issued
    assert (await ask(world, "GET")).json == {"value": [issued]}


async def test_a_secret_of_the_caller_is_taken(world: World) -> None:
    secret = "whsec_" + base64.b64encode(b"x" * 24).decode()
    assert (await made(world, secret=secret))["secret"] == secret


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"url": "http://app.example/"}, "https"),
        ({"types": ["openrooms.nothing"]}, "openrooms.nothing"),
        ({"room": "1"}, "room"),
        ({"secret": "short"}, "whsec_"),
        ({"after": "yesterday"}, "after"),
        ({"validation": "always"}, "validation"),
        ({"unknown": 1}, "unknown"),
        ({"validation": "cloudEvents"}, "OPTIONS"),
    ],
)
async def test_what_is_refused(world: World, fields: dict, problem: str) -> None:
    answer = await ask(world, "POST", "", {"url": URL, **fields})
    assert answer.status == 400
    assert problem in answer.body.decode()
    assert (await ask(world, "GET")).json == {"value": []}


async def test_an_id_that_was_never_given_out_is_no_place_to_begin(world: World) -> None:
    answer = await ask(world, "POST", "", {"url": URL, "after": event_id(EventKey(99, world.clock.now))})
    assert answer.status == 404


async def test_a_change_leaves_the_rest(world: World) -> None:
    room = (await world.create({}))["id"]
    subscription = await made(world, types=["openrooms.waiting"], room=room)
    path = f"/{subscription['id']}"
    assert (await ask(world, "PATCH", path, {"enabled": False})).json["state"] == "disabled"
    changed = (await ask(world, "PATCH", path, {"types": None, "enabled": True})).json
    assert "types" not in changed
    assert (changed["room"], changed["state"], changed["url"]) == (room, "delivering", URL)
    assert "room" not in (await ask(world, "PATCH", path, {"room": None})).json
    refused = await ask(world, "PATCH", path, {"url": "http://app.example"})
    assert (refused.status, (await ask(world, "GET", path)).json["url"]) == (400, URL)


async def test_what_has_not_been_delivered_shows_as_lag(world: World) -> None:
    subscription = await made(world)
    await world.create({})
    world.clock.advance(minutes=2)
    assert (await ask(world, "GET", f"/{subscription['id']}")).json["lagSeconds"] == 120.0


async def test_a_deleted_one_is_gone(world: World) -> None:
    path = f"/{(await made(world))['id']}"
    assert (await ask(world, "DELETE", path)).status == 204
    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/deadLetters"), ("POST", "/deadLetters:resend")):
        assert (await ask(world, method, path + rest)).status == 404
    assert (await ask(world, "PATCH", path, {"enabled": True})).status == 404


async def test_dead_letters_are_listed_in_pages_and_sent_again(world: World) -> None:
    subscription = await made(world)
    kept = await world.storage.get_subscription(RESOURCE, subscription["id"])
    now = world.clock.now
    await world.create({})
    [event] = (await world.storage.list_events(RESOURCE, EventKey(), 10)).events
    gone = (EventKey(number, now) for number in range(2, 151))
    letters = [
        Delivery(key, RoomId("99475330965778483"), now, 28, now, "answered 500", after(now, DAY))
        for key in (event.key, *gone)
    ]
    await world.storage.save_deliveries(kept.subscription, kept.progress.cursor, kept.progress, letters, [])
    path = f"/{subscription['id']}/deadLetters"
    first = (await ask(world, "GET", path)).json
    assert first["value"][0] == {
        "id": event_id(letters[0].key),
        "type": "openrooms.room.created",
        "time": "2025-08-29T00:29:48+00:00",
        "room": "99475330965778483",
        "since": "2025-08-29T00:29:48+00:00",
        "attempts": 28,
        "error": "answered 500",
    }
    assert first["value"][1]["type"] == "", "it is past its retention"
    second = (await world.call("GET", local(first["nextLink"]), version=None)).json
    assert [len(page["value"]) for page in (first, second)] == [100, 50]
    assert "nextLink" not in second
    assert (await ask(world, "POST", f"{path}/{event_id(letters[4].key)}:resend")).status == 200
    assert (await ask(world, "POST", f"{path}/{event_id(letters[4].key)}:resend")).status == 404
    assert (await ask(world, "POST", f"{path}/nothing:resend")).status == 404
    state = (await ask(world, "GET", f"/{subscription['id']}")).json
    assert (state["waiting"], state["deadLetters"]) == (1, 149)
    assert (await ask(world, "POST", f"{path}:resend")).status == 200
    state = (await ask(world, "GET", f"/{subscription['id']}")).json
    assert (state["waiting"], state["deadLetters"]) == (150, 0)


async def resend(world: World, event: EventKey, body: object = None) -> Answer:
    return await world.call("POST", f"/openrooms/events/{event_id(event)}:resend", body, version=None)


async def test_a_kept_event_is_delivered_again_to_those_that_get_it(world: World) -> None:
    room = (await world.create({}))["id"]
    [event] = (await world.storage.list_events(RESOURCE, EventKey(), 10)).events
    everything, of_room, others, disabled = [
        (await made(world, **fields))["id"] for fields in ({}, {"room": room}, {"types": ["openrooms.waiting"]}, {})
    ]
    await ask(world, "PATCH", f"/{disabled}", {"enabled": False})
    for _ in range(2):
        resent = (await resend(world, event.key)).json["subscriptions"]
        assert sorted(resent) == sorted([everything, of_room])
    assert (await resend(world, event.key, {"subscription": disabled})).json == {"subscriptions": [disabled]}
    listed = (await ask(world, "GET")).json["value"]
    assert {one["id"]: one["waiting"] for one in listed} == {everything: 1, of_room: 1, others: 0, disabled: 1}
    refused = await resend(world, event.key, {"subscription": others})
    assert (refused.status, "does not get this event" in refused.body.decode()) == (400, True)
    assert (await resend(world, event.key, {"subscription": "nothing"})).status == 404
    missing = await resend(world, EventKey(99, world.clock.now))
    assert (missing.status, "is kept" in missing.body.decode()) == (404, True)
