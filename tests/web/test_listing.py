"""The list of visits over HTTP."""

from typing import Any
from urllib.parse import quote

import pytest
from tests.support.application import World, local

from openrooms.domain.moments import DAY, HOUR, MINUTE
from openrooms.server.core import listing
from openrooms.wire.dates import format_moment

TARGET = "/openrooms/rooms"


async def plan(world: World, title: str, begins: int, length: int = 30 * MINUTE, *names: str) -> str:
    """Plan a visit that begins so much later than now, and return its id."""
    start = world.clock.now + begins
    body = {
        "title": title,
        "validFrom": format_moment(start),
        "validUntil": format_moment(start + length),
        "participants": [{"displayName": name} for name in names or ("Pat",)],
    }
    answer = await world.call("POST", "/openrooms/visits", body, version=None)
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


async def listed(world: World, query: str = "") -> Any:
    answer = await world.call("GET", f"{TARGET}{query}", version=None)
    assert answer.status == 200, answer.body
    return answer.json


async def titles(world: World, query: str = "") -> list[str]:
    return [visit["title"] for visit in (await listed(world, query))["value"]]


@pytest.fixture
async def day(world: World) -> World:
    """A service with a day of visits."""
    await plan(world, "Later", HOUR, 30 * MINUTE, "Bo Chen")
    await plan(world, "Now", 0, HOUR, "Dr Ada", "Zoë Müller")
    await plan(world, "Always", -DAY, 100 * DAY)
    await plan(world, "Tomorrow", DAY, HOUR, "Dr Ada")
    world.clock.advance(minutes=30)
    return world


async def test_a_room_in_the_list(world: World) -> None:
    room_id = await plan(world, "Check-up", -MINUTE, HOUR, "Dr Ada", "Bo")
    visit = (await world.call("GET", f"{TARGET}/{room_id}", version=None)).json
    room = (await world.call("GET", f"/rooms/{room_id}")).json
    page = await listed(world)
    assert page == {
        "value": [{**room, **visit, "state": "open", "participantCount": 2, "waitingCount": 0, "inCallCount": 0}],
        "now": format_moment(world.clock.now),
    }


async def test_rooms_come_in_the_order_of_their_time(day: World) -> None:
    assert await titles(day) == ["Always", "Now", "Later", "Tomorrow"]
    assert [visit["state"] for visit in (await listed(day))["value"]] == ["open", "open", "upcoming", "upcoming"]


async def test_filters(day: World) -> None:
    assert await titles(day, "?state=open") == ["Always", "Now"]
    assert await titles(day, "?state=upcoming") == ["Later", "Tomorrow"]
    assert await titles(day, "?state=ended") == []
    tomorrow = quote(format_moment(day.clock.now + 12 * HOUR))
    assert await titles(day, f"?from={tomorrow}") == ["Always", "Tomorrow"]
    assert await titles(day, f"?until={tomorrow}") == ["Always", "Now", "Later"]
    assert await titles(day, "?q=ada") == ["Now", "Tomorrow"]
    assert await titles(day, f"?q=zoe+mull&state=open&until={tomorrow}") == ["Now"]
    assert await titles(day, "?order=newestFirst") == ["Tomorrow", "Later", "Now", "Always"]
    assert await titles(day, "?order=oldestFirst&state=open") == ["Always", "Now"]
    assert await titles(day, "?q=+-+") == ["Always", "Now", "Later", "Tomorrow"]


async def test_pages_keep_the_filter(day: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)
    first = await listed(day, "?q=ada&from=2020-01-01T00:00:00%2B01:00")
    assert [visit["title"] for visit in first["value"]] == ["Now"]
    second = await day.call("GET", local(first["nextLink"]), version=None)
    assert [visit["title"] for visit in second.json["value"]] == ["Tomorrow"]
    assert "nextLink" not in second.json


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("state=closed", "state must be one of upcoming, open, ended, inCall, waiting."),
        ("order=random", "order must be one of oldestFirst, newestFirst."),
        ("from=yesterday", "from: "),
        ("from=2026-01-02&until=2026-01-02", "until must be later than from."),
        ("q=a+b+c+d+e+f+g+h+i", "q has more than 8 words."),
        ("nextLink=x", "The continuation token is not valid"),
        ("nextLink=cgAAAAAAAAAAOTk0NzUzMzA5NjU3Nzg0ODM", "The continuation token is not valid"),
    ],
)
async def test_a_wrong_filter_is_explained(world: World, query: str, message: str) -> None:
    answer = await world.call("GET", f"{TARGET}?{query}", version=None)
    assert answer.status == 400
    assert message in answer.error["message"]


async def test_only_the_operator_may_list(world: World) -> None:
    assert (await world.send("GET", TARGET, b"", {"host": "rooms.example"})).status == 401
