"""The events of calls in a real LiveKit: what is kept equals what happened, whatever is killed meanwhile."""

import asyncio
import random
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.calls.stage import Person, Stage, User, eventually, stage, two_stages
from tests.support.postgres import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADDED, REMOVED = "CallParticipantAdded", "CallParticipantRemoved"
NOBODY: Counter[str] = Counter()
Told = list[dict[str, Any]]


async def told(stage: Stage, room: str) -> Told:
    """Return the events of the room's calls, in the order of their sequences."""
    page = await stage.ask("GET", f"/openrooms/events?room={room}&limit=1000")
    assert [event["roomsequence"] for event in page["value"]] == [*range(1, len(page["value"]) + 1)]
    return [event for event in page["value"] if event["type"].startswith("Microsoft.")]


def kinds(events: Told) -> list[str]:
    return [event["type"].rpartition(".")[2] for event in events]


def of_person(events: Told, user: User) -> list[str]:
    """Return who came and went, of one person."""
    return [
        event["type"].rpartition("Participant")[2]
        for event in events
        if event["data"].get("user", {}).get("communicationIdentifier", {}).get("rawId") == user.raw_id
    ]


async def until_told(stage: Stage, room: str, names: list[str], seconds: float = 10) -> Told:
    """Wait until the room's calls have exactly these events."""

    async def holds() -> bool:
        return kinds(await told(stage, room)) == names

    await eventually(holds, seconds)
    return await told(stage, room)


def seconds_between(first: dict[str, Any], second: dict[str, Any]) -> float:
    times = [datetime.fromisoformat(event["time"]) for event in (first, second)]
    return (times[1] - times[0]).total_seconds()


async def test_a_call_is_told_as_it_happens(own: Stage) -> None:
    ada, bo = [await own.user() for _ in range(2)]
    room = await own.room({ada.raw_id: "Presenter", bo.raw_id: "Attendee"})
    phone = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Mobile/15E148"}
    first = await own.person(room, ada, "Dr Ada", **phone)
    await until_told(own, room, ["CallStarted", ADDED])
    second = await own.person(room, bo)
    await until_told(own, room, ["CallStarted", ADDED, ADDED])
    await asyncio.sleep(1)
    await second.leave()
    await until_told(own, room, ["CallStarted", ADDED, ADDED, REMOVED])
    await own.ask_as(ada.token, "POST", f"/openrooms/rooms/{room}/call:end")
    events = await until_told(own, room, ["CallStarted", ADDED, ADDED, REMOVED, REMOVED, "CallEnded"])
    await first.leave()
    assert 0.9 <= seconds_between(events[2], events[3]) < 5
    ended = events[-1]["data"]
    assert ended["durationOfCall"] == pytest.approx(seconds_between(events[0], events[-1]))
    assert ended["startedBy"] == events[1]["data"]["user"]
    assert ended["startedBy"]["role"] == "Presenter"
    assert events[1]["data"]["displayName"] == "Dr Ada"
    assert [event["data"].get("userAgent") for event in events[1:5]] == ["phone", None, None, "phone"]
    stays = (await own.ask("GET", f"/openrooms/rooms/{room}/attendance"))["value"]
    assert [stay.get("device") for stay in stays] == ["phone", None]
    assert len({event["data"]["serverCallId"] for event in events}) == 1
    assert len({event["id"] for event in events}) == len(events)


async def check(stage: Stage, room: str, users: list[User], joins: Counter[str] = NOBODY) -> None:
    """Check the whole history of a room in which nobody is any more, and where people joined at least so often."""
    await stage.ask("POST", f"/openrooms/rooms/{room}/call:end")

    async def is_over() -> bool:
        names = Counter(kinds(await told(stage, room)))
        return names[ADDED] == names[REMOVED] and names["CallStarted"] == names["CallEnded"]

    await eventually(is_over, 60)
    events = await told(stage, room)
    for user in users:
        # Somebody whose connection was cut may have come back by themselves, as the SDK does.
        steps = of_person(events, user)
        assert steps == ["Added", "Removed"] * (len(steps) // 2)
        assert len(steps) // 2 >= joins[user.raw_id]
    for name in (ADDED, REMOVED):
        ids = [event["data"]["participantId"] for event in events if event["type"].endswith(name)]
        assert len(set(ids)) == len(ids)
    calls = [event["data"]["serverCallId"] for event in events if event["type"].endswith("CallStarted")]
    assert len(set(calls)) == len(calls)
    assert {event["data"]["serverCallId"] for event in events} == set(calls)


async def come_and_go(stages: list[Stage], room: str, users: list[User], seed: int, kill: Any) -> Counter[str]:
    """Let people come and go through any of the services, and kill something now and then; return who joined."""
    chance = random.Random(seed)
    inside: dict[str, Person] = {}
    joins: Counter[str] = Counter()
    for _ in range(9):
        user = chance.choice(users)
        if user.raw_id in inside:
            await inside.pop(user.raw_id).leave()
        else:
            inside[user.raw_id] = await chance.choice(stages).person(room, user)
            joins[user.raw_id] += 1
            # Until LiveKit says that the connection is there, it was none.
            await eventually(lambda person=inside[user.raw_id]: person.room.isconnected(), 10)
        if chance.random() < 0.4:
            await kill(chance)
            # A killed LiveKit ends every connection.
            for raw_id, person in [*inside.items()]:
                if not person.room.isconnected():
                    await inside.pop(raw_id).leave()
    for person in inside.values():
        await person.leave()
    return joins


@pytest.mark.parametrize("webhooks", [True, False], ids=["with webhooks", "by looking alone"])
async def test_killing_the_service_loses_and_doubles_nothing(tmp_path: Path, webhooks: bool) -> None:
    async with stage(tmp_path, webhooks=webhooks, limits=False) as own:
        users = [await own.user() for _ in range(3)]
        room = await own.room({user.raw_id: "Attendee" for user in users})

        async def kill(chance: random.Random) -> None:
            await asyncio.sleep(chance.random())
            await own.kill_service()
            await own.start_service()

        joins = await come_and_go([own], room, users, 1, kill)
        # Who came and went between two looks was not seen.
        await check(own, room, users, joins if webhooks else NOBODY)


async def test_killing_livekit_ends_its_calls(own: Stage) -> None:
    """Everybody was there until LiveKit died, and the next call is another one."""
    user = await own.user()
    room = await own.room({user.raw_id: "Presenter"})
    person = await own.person(room, user)
    await until_told(own, room, ["CallStarted", ADDED])
    await asyncio.sleep(1.5)
    await own.kill_livekit()
    await person.leave()
    await own.start_livekit()
    ended = ["CallStarted", ADDED, REMOVED, "CallEnded"]
    events = await until_told(own, room, ended, 30)
    assert 0.5 <= seconds_between(events[1], events[2]) < 6
    again = await own.person(room, user)
    await until_told(own, room, [*ended, "CallStarted", ADDED])
    await own.ask("POST", f"/openrooms/rooms/{room}/call:end")
    await again.leave()
    await until_told(own, room, [*ended, "CallStarted", ADDED, REMOVED, "CallEnded"])


async def test_two_services_tell_one_history(tmp_path: Path, postgres_cluster: Cluster) -> None:
    """Each of them is killed while people come and go, the leader too."""
    async with two_stages(tmp_path, postgres_cluster.create_database(), limits=False) as both:
        users = [await both[0].user() for _ in range(3)]
        room = await both[0].room({user.raw_id: "Attendee" for user in users})

        async def kill(chance: random.Random) -> None:
            victim = chance.choice(both)
            await asyncio.sleep(chance.random())
            await victim.kill_service()
            await victim.start_service()

        joins = await come_and_go([*both], room, users, 2, kill)
        for process in both:
            await check(process, room, users)
        assert joins
