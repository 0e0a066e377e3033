"""A whole visit on two processes, one of which is killed in the middle: the other one carries everybody through it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.calls.stage import Events, Person, Refused, Stage, User, eventually, two_stages
from tests.calls.test_enforced import left_at, within
from tests.calls.test_invitations import exchange
from tests.calls.test_metrics import read
from tests.calls.test_visits import extend, notice
from tests.calls.test_waiting import Visit, doors, stays_out
from tests.support.postgres import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMES = ("Dr Okafor", "Ada", "Bo", "Cy", "Di", "Eli")
SHUT = {"gate": {403}, "authority": {403}}


class Story:
    """The visit as it goes on: its people, their links and tokens, and who is in the call."""

    def __init__(self, visit: dict[str, Any]) -> None:
        self.visit = visit
        self.room: str = visit["id"]
        self.links = {one["displayName"]: one["invitation"] for one in visit["participants"]}
        self.raw_ids = {one["displayName"]: one["rawId"] for one in visit["participants"]}
        self.users: dict[str, User] = {}
        self.events: dict[str, Events] = {}
        self.people: dict[str, Person] = {}

    async def open_links(self, *stages: Stage) -> None:
        """Exchange everyone's link, at the processes in turn."""
        for number, (name, link) in enumerate(self.links.items()):
            exchanged = await exchange(stages[number % len(stages)], link)
            self.users[name] = User(self.raw_ids[name], exchanged["token"])

    def at(self, stage: Stage) -> Visit:
        return Visit(stage, self.room, self.users["Dr Okafor"], [])

    async def waits(self, stage: Stage, name: str) -> None:
        """Let somebody ask to come in, and follow what they are told; they hear it from this process."""
        assert (await stage.join(self.room, self.users[name].token, name))["state"] == "waiting"
        await self.follows(stage, name)
        await self.events[name].until("waiting")

    async def follows(self, stage: Stage, name: str) -> None:
        before = self.events.get(name)
        if before is not None:
            await before.close()
        self.events[name] = stage.events(self.room, self.users[name].token, before.last_id if before else "")

    async def comes(self, stage: Stage, name: str) -> Person:
        """Let somebody into the call, through this process."""
        before = self.people.pop(name, None)
        if before is not None:
            # It would come back and take the place of the new one as soon as its process answers again.
            await before.leave()
        person = self.people[name] = await stage.person(self.room, self.users[name], name)
        person.tokens += before.tokens if before is not None else []
        return person

    async def finds_every_door_shut(self, stage: Stage, name: str, join: object) -> None:
        """Try every door with everything that somebody ever had."""
        at = self.at(stage)
        assert await doors(at, self.users[name], self.people[name]) == {"join": join, **SHUT}, name
        await stays_out(at, self.users[name], self.people[name])

    async def close(self) -> None:
        for events in self.events.values():
            await events.close()
        for person in self.people.values():
            await person.leave()


@asynccontextmanager
async def planned(stage: Stage) -> AsyncIterator[Story]:
    """Plan a visit that opens in two seconds."""
    opens = datetime.now(UTC) + timedelta(seconds=2)
    roles = ("Presenter", *["Attendee"] * 5)
    body = {
        "title": "Check-up",
        "validFrom": opens.isoformat(),
        "validUntil": (opens + timedelta(hours=1)).isoformat(),
        "waitingRoom": "attendees",
        "extendBy": 15,
        "participants": [{"displayName": name, "role": role} for name, role in zip(NAMES, roles, strict=True)],
    }
    story = Story(await stage.ask("POST", "/openrooms/visits", body))
    try:
        yield story
    finally:
        await story.close()


async def refusal(request: Any) -> dict[str, Any]:
    with pytest.raises(Refused) as refused:
        await request
    return refused.value.error


async def leads(stage: Stage) -> bool:
    return bool((await read(stage))["leader"])


@pytest.mark.parametrize("killed", ["leader", "follower"])
async def test_a_whole_visit(tmp_path: Path, postgres_cluster: Cluster, killed: str) -> None:
    async with two_stages(tmp_path, postgres_cluster.create_database(), limits=False) as stages:
        await eventually(lambda: leads(stages[0]))
        dies, lives = stages if killed == "leader" else stages[::-1]
        async with planned(lives) as story:
            await story.open_links(dies, lives)
            await early(story, dies, lives)
            await admitted_and_declined(story, dies, lives)
            await dies.kill_service()
            await carried_on(story, lives)
            await removed(story, lives)
            await dies.start_service()
            await moved(story, dies, lives)
            await ended(story, dies, lives)


async def early(story: Story, dies: Stage, lives: Stage) -> None:
    """Those who come early are told the window, and may ask to come in as soon as the room opens."""
    for stage, name in ((dies, "Ada"), (lives, "Bo")):
        assert (await refusal(stage.join(story.room, story.users[name].token)))["subCode"] == 5829
        await story.follows(stage, name)
        assert (await story.events[name].until("closed"))["subCode"] == 5829
    opens = datetime.fromisoformat(story.visit["validFrom"]).timestamp()
    for name in ("Ada", "Bo"):
        await story.events[name].until("asking")
        assert -0.1 < story.events[name].times[-1] - opens < within()


def count_waiting(person: Person) -> int:
    """Return how many people wait, as the metadata of the call says."""
    waiting = notice(person).waiting
    return waiting.count if waiting is not None else 0


async def admitted_and_declined(story: Story, dies: Stage, lives: Stage) -> None:
    """People wait at either process, and hear within a second what a Presenter at the other one decides."""
    for stage, name in ((dies, "Ada"), (lives, "Bo"), (dies, "Cy"), (lives, "Di")):
        await story.waits(stage, name)
    doctor = await story.comes(dies, "Dr Okafor")
    for name in ("Ada", "Bo", "Cy", "Di"):
        await eventually(lambda name=name: story.events[name].seen[-1][1].get("awaits") == "admission")
    await eventually(lambda: count_waiting(doctor) == 4, within())
    await story.at(lives).decide(story.users["Ada"], "admit")
    await story.events["Ada"].until("admitted", within())
    await story.comes(lives, "Ada")
    await story.at(dies).decide(story.users["Bo"], "decline", {"reason": "Tomorrow, please."})
    assert (await story.events["Bo"].until("declined", within()))["reason"] == "Tomorrow, please."
    assert (await refusal(lives.join(story.room, story.users["Bo"].token)))["code"] == "Declined"


async def carried_on(story: Story, lives: Stage) -> None:
    """Whoever was at the process that died goes to the other one, and nobody's place or admission is lost."""
    assert not story.people["Ada"].left.done()
    doctor = await story.comes(lives, "Dr Okafor")
    # Cy's stream goes on where it was.
    before = story.events["Cy"].last_id
    await story.follows(lives, "Cy")
    now = await lives.ask_as(story.users["Cy"].token, "GET", f"/openrooms/rooms/{story.room}/me/events")
    assert (now["id"], now["events"][-1]["type"]) == (before, "waiting")
    # Eli is late.
    await story.waits(lives, "Eli")
    assert await story.at(lives).ask(story.users["Dr Okafor"], ":admitAll") == {"admitted": 3}
    for name in ("Cy", "Di", "Eli"):
        await story.events[name].until("admitted", within())
        await story.comes(lives, name)
    await eventually(lambda: count_waiting(doctor) == 0, within())
    await eventually(lambda: len(doctor.room.remote_participants) == 4)


async def removed(story: Story, lives: Stage) -> None:
    """Removing somebody lets them come again; keeping out and the end of an invitation shut every door."""
    at, doctor = story.at(lives), story.users["Dr Okafor"]
    await at.decide(story.users["Cy"], "remove")
    await left_at(story.people["Cy"])
    await story.comes(lives, "Cy")
    await at.ask(doctor, f"/participants/{story.raw_ids['Di']}:remove", {"keepOut": True})
    await left_at(story.people["Di"], within())
    await story.events["Di"].until("removed", within())
    await story.finds_every_door_shut(lives, "Di", "KeptOut")
    await lives.ask("DELETE", f"/openrooms/rooms/{story.room}/invitations/{story.links['Ada']['id']}")
    await left_at(story.people["Ada"], within())
    answers = await doors(at, story.users["Ada"], story.people["Ada"])
    assert answers["join"] not in ("in", "waiting")
    assert answers["gate"] <= {401, 403} >= answers["authority"]
    await stays_out(at, story.users["Ada"], story.people["Ada"])
    with pytest.raises(Refused):
        await exchange(lives, story.links["Ada"])


async def moved(story: Story, dies: Stage, lives: Stage) -> None:
    """The end moves to and fro, and the room opens again after it."""
    doctor = await story.comes(dies, "Dr Okafor")
    until = (await lives.ask("GET", f"/openrooms/rooms/{story.room}"))["validUntil"]
    longer = await extend(dies, story.room, 10, until, story.users["Dr Okafor"])
    for person in (doctor, story.people["Eli"]):
        await eventually(lambda person=person: notice(person).minutes_left == 5, within())
    assert datetime.fromisoformat(longer["validUntil"]) - datetime.fromisoformat(until) == timedelta(minutes=10)
    ends = (await dies.move(story.room, opens=-60, lasts=2.5)).timestamp()
    for name in ("Dr Okafor", "Cy", "Eli"):
        assert 0 <= await left_at(story.people[name]) - ends < within()
        assert (await refusal(lives.join(story.room, story.users[name].token)))["subCode"] == 5829
    await lives.move(story.room, opens=-60, lasts=600)
    await story.events["Eli"].until("admitted", within())


async def ended(story: Story, dies: Stage, lives: Stage) -> None:
    """The call goes on for everyone who was in it, until it is ended; then no admission holds any more."""
    await story.comes(lives, "Dr Okafor")
    await story.comes(dies, "Eli")
    await story.finds_every_door_shut(lives, "Di", "KeptOut")
    await story.at(dies).ask(story.users["Dr Okafor"], ":end")
    ends = time.time()
    for name in ("Dr Okafor", "Eli"):
        assert await left_at(story.people[name]) - ends < within()
    for name in ("Cy", "Di", "Eli"):
        await story.finds_every_door_shut(lives, name, "waiting")
