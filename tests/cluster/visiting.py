"""Clients that change rooms and come and go in their calls, while anything may fail, and a reader that follows."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate
from typing import Any, Protocol

from tests.cluster.event_model import ADDED, CALLS, REMOVED, Event, RoomModel
from tests.cluster.workload import Client
from tests.support.patience import patient

from openrooms._clock import real_time
from openrooms.domain.moments import DAY, SECOND, after
from openrooms.wire.dates import format_moment

_ROLES = ("Presenter", "Attendee", "Consumer", None)
_CHANGES = 12
_PAUSE_SECONDS = 0.1
_TOLD_SECONDS = 40.0
_WAIT_SECONDS = 2


class Guest(Protocol):
    """Somebody in a call."""

    def is_inside(self) -> bool:
        """Return whether they are in the call now."""

    async def leave(self) -> None:
        """Leave the call."""


class Stage(Protocol):
    """Where calls take place."""

    async def come(self, room: str, raw_id: str) -> Guest | None:
        """Have somebody join; return `None` if it did not succeed."""


class Patient:
    """A client that repeats each request until it is answered, as a program with retries does."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Return the document of an answer of success; any other answer fails the test."""
        while (answer := await self.client.ask(method, path, body, **headers)) is None:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(_PAUSE_SECONDS)
        status, document = answer
        assert status < 300, (method, path, status, document)
        return document

    async def events(self, room: str = "") -> list[Event]:
        """Return all events, or those of one room."""
        path: str | None = f"/openrooms/events?limit=1000{f'&room={room}' if room else ''}"
        found: list[Event] = []
        while path is not None:
            page = await self.ask("GET", path)
            found += page["value"]
            link = page.get("nextLink")
            path = None if link is None else "/" + link.partition("://")[2].partition("/")[2]
        return found

    async def stays(self, room: str) -> list[Mapping[str, Any]]:
        """Return the attendance of a room that had few stays."""
        page = await self.ask("GET", f"/openrooms/rooms/{room}/attendance")
        assert "nextLink" not in page
        stays: list[Mapping[str, Any]] = page["value"]
        return stays


class Follower:
    """Reads all events as they come; `added` counts who came, by room and raw id."""

    def __init__(self, patient_client: Patient) -> None:
        self._client = patient_client
        self.events: list[Event] = []
        self.added: Counter[tuple[str, str]] = Counter()

    async def follow(self) -> None:
        """Read until cancelled."""
        after = ""
        while True:
            page = await self._client.ask("GET", f"/openrooms/events?wait={_WAIT_SECONDS}{after}")
            self.events += page["value"]
            after = f"&after={page['last']}"
            for event in page["value"]:
                if event["type"] == ADDED:
                    self.added[event["data"]["room"]["id"], _raw_id(event)] += 1


class Visits:
    """Rooms that are made, used and deleted, each by one task; `rooms` has the models of all of them."""

    def __init__(self, client: Patient, follower: Follower, stage: Stage, users: list[str], seed: str) -> None:
        self._client = client
        self._follower = follower
        self._stage = stage
        self._users = users
        self._seed = seed
        self.rooms: list[RoomModel] = []
        self.confirmed = 0

    async def run(self, number: int, stop: asyncio.Event) -> None:
        """Use one room after the other until `stop` is set."""
        chance = random.Random(f"{self._seed} {number}")
        while not stop.is_set():
            room = await self._create(chance)
            inside: dict[str, Guest] = {}
            for _ in range(_CHANGES):
                if stop.is_set():
                    break
                await self._step(room, inside, chance)
            await asyncio.gather(*(guest.leave() for guest in inside.values()))
            if chance.random() < 0.5:
                await self._client.ask("DELETE", f"/rooms/{room.id}")
                room.deleted()

    async def end_calls(self) -> None:
        """End all calls, so that nobody waits for LiveKit to do it."""
        for room in self.rooms:
            if room.expected[-1][0] != "room.deleted":
                await self._client.ask("POST", f"/openrooms/rooms/{room.id}/call:end")

    async def _create(self, chance: random.Random) -> RoomModel:
        roster = dict.fromkeys(self._users, "Presenter")
        now = real_time()
        body = {
            "validFrom": format_moment(after(now, -SECOND)),
            "validUntil": format_moment(after(now, DAY)),
            "participants": {raw_id: {"role": role} for raw_id, role in roster.items()},
        }
        number = f"{chance.getrandbits(128):032x}"
        once = {"Repeatability-Request-ID": number, "Repeatability-First-Sent": formatdate(usegmt=True)}
        room = RoomModel(await self._client.ask("POST", "/rooms", body, **once), roster)
        self.rooms.append(room)
        return room

    async def _step(self, room: RoomModel, inside: dict[str, Guest], chance: random.Random) -> None:
        raw_id = chance.choice(self._users)
        kind = chance.random()
        if kind < 0.2:
            body = {"validFrom": room.valid_from, "validUntil": format_moment(after(real_time(), DAY))}
            room.updated(await self._client.ask("PATCH", f"/rooms/{room.id}", body))
        elif kind < 0.4:
            roles = {_stranger(chance.randrange(4)): chance.choice(_ROLES) for _ in range(3)}
            body = {"participants": {one: role and {"role": role} for one, role in roles.items()}}
            await self._client.ask("PATCH", f"/rooms/{room.id}/participants", body)
            room.changed(roles)
        elif raw_id in inside:
            await inside.pop(raw_id).leave()
        else:
            await self._come(room, raw_id, inside, chance)

    async def _come(self, room: RoomModel, raw_id: str, inside: dict[str, Guest], chance: random.Random) -> None:
        before = self._follower.added[room.id, raw_id]
        guest = await self._stage.come(room.id, raw_id)
        if guest is None:
            return
        inside[raw_id] = guest
        if chance.random() < 0.7:
            # Whoever stays in the call is told, however many things failed meanwhile.
            async with asyncio.timeout(patient(_TOLD_SECONDS)):
                while guest.is_inside() and self._follower.added[room.id, raw_id] == before:  # noqa: ASYNC110
                    await asyncio.sleep(_PAUSE_SECONDS)
            self.confirmed += self._follower.added[room.id, raw_id] > before


async def until(holds: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(patient(seconds)):
        while not await holds():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(_PAUSE_SECONDS)


async def is_empty(client: Patient) -> bool:
    """Return whether everybody who was told to have come was told to have gone, and every call to be over."""
    kinds = Counter(event["type"] for event in await client.events() if event["type"].startswith(CALLS))
    return kinds[ADDED] == kinds[REMOVED] and kinds[f"{CALLS}Started"] == kinds[f"{CALLS}Ended"]


def _stranger(number: int) -> str:
    return f"8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_{number:08x}-0000-4000-8000-000000000000"


def _raw_id(event: Event) -> str:
    return str(event["data"]["user"]["communicationIdentifier"]["rawId"])
