"""Reading events over HTTP: pages, filters, waiting, and who may."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest
from tests.support.application import RESOURCE, World

from openrooms.domain.events import BEGINNING, EventFilter, event_id
from openrooms.server.core.feed import EventFeed
from openrooms.server.web import feed

TARGET = "/openrooms/events"


async def ask(world: World, query: str = "", **headers: str) -> dict:
    answer = await world.call("GET", f"{TARGET}?{query}" if query else TARGET, None, headers, version=None)
    assert answer.status == 200, answer.body
    return answer.json


async def refusal(world: World, query: str) -> tuple[int, str]:
    answer = await world.call("GET", f"{TARGET}?{query}", version=None)
    return answer.status, answer.error["message"]


async def test_events_come_in_pages(world: World) -> None:
    assert await ask(world) == {"value": [], "last": event_id(BEGINNING)}
    rooms = [(await world.create({}))["id"] for _ in range(5)]
    first = await ask(world, "limit=2")
    assert [event["subject"] for event in first["value"]] == [f"rooms/{room}" for room in rooms[:2]]
    assert first["last"] == first["value"][-1]["id"]
    link = urlsplit(first["nextLink"])
    rest = await ask(world, link.query.replace("limit=2", "limit=9"))
    assert [event["data"]["room"]["id"] for event in rest["value"]] == rooms[2:]
    assert "nextLink" not in rest
    assert await ask(world, f"after={rest['last']}") == {"value": [], "last": rest["last"]}
    assert (await ask(world, "after=latest"))["last"] == rest["last"]


async def test_events_come_backwards(world: World) -> None:
    """The newest first; what happens meanwhile changes no page, and is followed after `last`."""
    assert await ask(world, "before=latest") == {"value": [], "last": event_id(BEGINNING)}
    rooms = [(await world.create({}))["id"] for _ in range(5)]
    first = await ask(world, "before=latest&limit=2")
    newer = (await world.create({}))["id"]
    rest = await ask(world, urlsplit(first["nextLink"]).query.replace("limit=2", "limit=9"))
    assert [event["data"]["room"]["id"] for event in first["value"] + rest["value"]] == rooms[::-1]
    assert "nextLink" not in rest
    [event] = (await ask(world, f"after={first['last']}"))["value"]
    assert event["data"]["room"]["id"] == newer
    of_room = await ask(world, f"before=latest&room={rooms[1]}&type=openrooms.room.created")
    assert [event["subject"] for event in of_room["value"]] == [f"rooms/{rooms[1]}"]


async def test_events_of_a_room_and_of_types(world: World) -> None:
    rooms = [(await world.create({}))["id"] for _ in range(3)]
    await world.call("DELETE", f"/rooms/{rooms[1]}")
    of_room = await ask(world, f"room={rooms[1]}")
    assert [event["roomsequence"] for event in of_room["value"]] == [1, 2]
    deleted = await ask(world, "type=openrooms.room.deleted&type=openrooms.room.updated")
    assert [event["subject"] for event in deleted["value"]] == [f"rooms/{rooms[1]}"]


async def test_one_event(world: World) -> None:
    await world.create({})
    [event] = (await ask(world))["value"]
    answer = await world.call("GET", f"{TARGET}/{event['id']}", version=None)
    assert (answer.status, answer.json) == (200, event)
    for unknown in ("7", event_id(BEGINNING)):
        assert (await world.call("GET", f"{TARGET}/{unknown}", version=None)).status == 404


async def test_a_reader_can_wait(world: World) -> None:
    waiting = asyncio.create_task(ask(world, "wait=20&type=openrooms.room.deleted"))
    room = (await world.create({}))["id"]
    await asyncio.sleep(0)
    assert not waiting.done()
    await world.call("DELETE", f"/rooms/{room}")
    page = await asyncio.wait_for(waiting, 10)
    assert [event["type"] for event in page["value"]] == ["openrooms.room.deleted"]


async def test_a_stream_begins_with_what_there_is(world: World) -> None:
    """In process an answer is sent whole; it has the events from the last one that the client has read."""
    await world.create({})
    first = await ask(world)
    await world.create({})
    headers = {"accept": "text/event-stream", "last-event-id": first["last"]}
    answer = await world.call("GET", TARGET, None, headers, version=None)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    _id, kind, data, *_ = answer.body.decode().split("\n")
    assert kind == "event: openrooms.room.created"
    assert json.loads(data.removeprefix("data: "))["roomsequence"] == 1


class Client:
    """A client that reads a stream and never leaves, as the exchange and the connection of a request."""

    is_gone = is_last = is_write_paused = False

    def __init__(self) -> None:
        self.connection = self
        self.sent = b""

    def limit_silence(self, _seconds: float) -> None:
        pass

    def begin_answer(self, _exchange: object, _status: int, _fields: bytes, *, has_length: bool) -> bool:
        return not has_length

    def write(self, data: bytes) -> None:
        self.sent += data

    def end_answer(self, _exchange: object) -> None:
        pass

    async def until_over(self) -> None:
        await asyncio.Event().wait()


async def test_a_stream_ends_for_the_operator_to_be_checked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token or a session may have been revoked since it began; the client comes back by itself."""
    monkeypatch.setattr(feed, "LONGEST_SECONDS", 0.05)
    client = Client()
    stream = feed.FeedStream(EventFeed(world.storage), RESOURCE, EventFilter(), BEGINNING)
    await asyncio.wait_for(stream(client, 200, b"", b""), 10)
    assert client.is_last
    assert client.sent.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("after=7", 400, "after must be the id of an event, or `latest`."),
        ("after=03e669d3-1b5e-8828-8000-000000000005", 404, "There is no event with this ID here. To read from"),
        ("before=7", 400, "before must be the id of an event, or `latest`."),
        ("before=03e669d3-1b5e-8828-8000-000000000005", 404, "There is no event with this ID here. To read from"),
        ("before=latest&after=latest", 400, "before reads backwards, so it cannot be used with after, wait"),
        ("before=latest&wait=3", 400, "before reads backwards, so it cannot be used with after, wait"),
        ("room=7", 400, "Invalid room ID length."),
        ("type=openrooms.party", 400, "There is no type of events 'openrooms.party'."),
        ("limit=0", 400, "limit must be a whole number from 1 to 1000."),
        ("limit=1001", 400, "limit must be a whole number from 1 to 1000."),
        ("limit=ten", 400, "limit must be a whole number from 1 to 1000."),
        ("wait=26", 400, "wait must be whole seconds, up to 25."),
        ("wait=-1", 400, "wait must be whole seconds, up to 25."),
    ],
)
async def test_bad_queries_are_explained(world: World, query: str, status: int, message: str) -> None:
    assert (await refusal(world, query))[0] == status
    assert (await refusal(world, query))[1].startswith(message)


async def test_only_operators_read_events(world: World) -> None:
    await world.create({})
    made = await world.call("POST", "/identities", {"createTokenWithScopes": ["voip"]}, version="2023-10-01")
    token = made.json["accessToken"]["token"]
    for authorization in ("", f"Bearer {token}", "Bearer a.b.c"):
        answer = await world.send("GET", TARGET, headers={"authorization": authorization} if authorization else {})
        assert answer.status == 401
        assert b"rooms/" not in answer.body
