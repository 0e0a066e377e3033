"""Clients that use rooms together and record their requests and answers."""

import asyncio
import email.utils
import itertools
import random
import time
import uuid
from collections import Counter
from collections.abc import Hashable
from typing import Any

import aiohttp
import msgspec
from tests.cluster.linearizability import UNKNOWN, Operation
from tests.cluster.room_model import DONE, MISSING, RoomState

from openrooms.domain.moments import DAY, MINUTE, SECOND, Moment
from openrooms.wire.dates import format_moment, parse_moment
from openrooms.wire.signing import AUTHORIZATION_PREFIX, AccessKey, content_hash, string_to_sign

_VERSION = "api-version=2025-03-13"
_ROLES = ("Presenter", "Attendee", "Consumer", None)
_OPERATIONS_PER_ROOM = 60
_MOST_UNKNOWN = 6
_CLIENT_SECONDS = 20.0
_UNANSWERED = (aiohttp.ClientError, ConnectionError, asyncio.IncompleteReadError)


class Refusal(AssertionError):
    """An answer that no client may receive."""


class Client:
    """Signs and sends requests, and counts the outcomes."""

    def __init__(self, port: int, access_key: str, session: aiohttp.ClientSession) -> None:
        self._host = f"127.0.0.1:{port}"
        self._key = AccessKey(access_key)
        self._session = session
        self.outcomes: Counter[str] = Counter()
        self.slowest_refusal = 0.0

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any] | None:
        """Return status and document, or `None` if the request may or may not have happened; raise `Refusal`.

        A closed connection and a 503 with `Retry-After` are such unknown outcomes.
        """
        content = b"" if body is None else msgspec.json.encode(body)
        target = path if "?" in path else f"{path}?{_VERSION}"
        date, digest = email.utils.formatdate(usegmt=True), content_hash(content)
        signature = self._key.sign(string_to_sign(method, target, date, self._host, digest))
        signed = {
            "x-ms-date": date,
            "x-ms-content-sha256": digest,
            "Authorization": AUTHORIZATION_PREFIX + signature,
            "Content-Type": "application/merge-patch+json" if method == "PATCH" else "application/json",
        }
        started = time.monotonic()
        try:
            async with self._session.request(
                method, f"http://{self._host}{target}", data=content, headers=signed | headers
            ) as response:
                document = await response.read()
        except _UNANSWERED:
            self.outcomes["closed"] += 1
            return None
        self.outcomes[str(response.status)] += 1
        if response.status == 503 and "Retry-After" in response.headers:
            self.slowest_refusal = max(self.slowest_refusal, time.monotonic() - started)
            return None
        if response.status >= 500:
            raise Refusal(f"{method} {path}: {response.status} {document[:300]!r}")
        return response.status, msgspec.json.decode(document) if document else None


class SharedRoom:
    """A room that several clients use at once, and its history."""

    def __init__(self, room_id: str, marker: Moment, valid_until: Moment, roster: dict[str, str]) -> None:
        self.id = room_id
        self.marker = marker
        self.first = RoomState(valid_until, frozenset(roster.items()))
        self.history: list[Operation] = []
        self.is_deleted = False

    @property
    def is_used_up(self) -> bool:
        """Whether its history is long enough; many unknown answers would make the check slow."""
        lost = sum(operation.answer == UNKNOWN for operation in self.history)
        return self.is_deleted or len(self.history) >= _OPERATIONS_PER_ROOM or lost >= _MOST_UNKNOWN


class Workload:
    """Groups of clients, each with one room at a time; `rooms` has every room that a create returned."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._numbers = itertools.count(1)
        self._base = Moment(time.time_ns() // 100 - MINUTE)
        self.rooms: list[SharedRoom] = []
        self.created: dict[Moment, set[str]] = {}
        """The ids in the answers of each create, by its unique `validFrom`."""

    async def run_group(self, clients: int, stop: asyncio.Event) -> None:
        """Create a room, use it together until it is used up, and repeat, until `stop` is set."""
        while not stop.is_set():
            room = await self._create(stop)
            if room is None:
                return
            async with asyncio.TaskGroup() as group:
                for _ in range(clients):
                    group.create_task(self._use(room, stop))

    async def check_at_the_end(self) -> None:
        """Read every room once more when nothing fails any longer."""
        for room in self.rooms:
            for name in ("get", "list"):
                await self._do_until_answered(room, name)

    async def _do_until_answered(self, room: SharedRoom, name: str) -> None:
        async with asyncio.timeout(_CLIENT_SECONDS):
            while await self._do(room, name, None) == UNKNOWN:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.05)

    async def _create(self, stop: asyncio.Event) -> SharedRoom | None:
        marker = Moment(self._base + next(self._numbers))
        until = Moment(marker + DAY)
        roster = {self._person(number): "Presenter" for number in range(3)}
        body = {
            "validFrom": format_moment(marker),
            "validUntil": format_moment(until),
            "participants": {raw_id: {"role": role} for raw_id, role in roster.items()},
        }
        repeatable = {
            "Repeatability-Request-ID": str(uuid.uuid4()),
            "Repeatability-First-Sent": email.utils.formatdate(usegmt=True),
        }
        ids = self.created[marker] = set()
        while not ids and not stop.is_set():
            # Two at once, like a client behind a load balancer that retries too early.
            answers = await asyncio.gather(*(self._client.ask("POST", "/rooms", body, **repeatable) for _ in range(2)))
            for status, document in filter(None, answers):
                assert status == 201, document
                ids.add(document["id"])
        if not ids:
            return None
        room = SharedRoom(min(ids), marker, until, roster)
        self.rooms.append(room)
        return room

    async def _use(self, room: SharedRoom, stop: asyncio.Event) -> None:
        while not (room.is_used_up or stop.is_set()):
            chance = random.random()
            if chance < 0.35:
                await self._do(room, "get", None)
            elif chance < 0.5:
                await self._do(room, "list", None)
            elif chance < 0.7:
                await self._do(room, "update", Moment(room.marker + DAY + next(self._numbers) * SECOND // 1000))
            elif chance < 0.99:
                named = random.sample(range(6), random.randint(1, 3))
                await self._do(room, "roster", tuple((self._person(number), random.choice(_ROLES)) for number in named))
            else:
                room.is_deleted = True
                await self._do(room, "delete", None)

    async def _do(self, room: SharedRoom, name: str, argument: Hashable) -> Hashable:
        sent = time.monotonic()
        answer = await getattr(self, f"_{name}")(room, argument)
        if answer == UNKNOWN and name in ("get", "list"):
            return answer
        room.history.append(Operation(sent, time.monotonic(), name, argument, answer))
        return answer

    async def _get(self, room: SharedRoom, _: None) -> Hashable:
        answer = await self._client.ask("GET", f"/rooms/{room.id}")
        return _read(answer, lambda document: parse_moment(document["validUntil"]))

    async def _list(self, room: SharedRoom, _: None) -> Hashable:
        answer = await self._client.ask("GET", f"/rooms/{room.id}/participants")
        return _read(answer, lambda document: frozenset((item["rawId"], item["role"]) for item in document["value"]))

    async def _update(self, room: SharedRoom, until: Moment) -> Hashable:
        body = {"validFrom": format_moment(room.marker), "validUntil": format_moment(until)}
        answer = await self._client.ask("PATCH", f"/rooms/{room.id}", body)
        return _read(answer, lambda document: parse_moment(document["validUntil"]))

    async def _roster(self, room: SharedRoom, named: tuple[tuple[str, str | None], ...]) -> Hashable:
        body = {"participants": {raw_id: None if role is None else {"role": role} for raw_id, role in named}}
        return _read(await self._client.ask("PATCH", f"/rooms/{room.id}/participants", body), lambda _: DONE)

    async def _delete(self, room: SharedRoom, _: None) -> Hashable:
        return _read(await self._client.ask("DELETE", f"/rooms/{room.id}"), lambda _: DONE)

    def _person(self, number: int) -> str:
        return f"8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_{number:08x}-0000-4000-8000-000000000000"


def _read(answer: tuple[int, Any] | None, value_of: Any) -> Hashable:
    if answer is None:
        return UNKNOWN
    status, document = answer
    if status == 404:
        return MISSING
    assert status < 300, answer
    value: Hashable = value_of(document)
    return value
