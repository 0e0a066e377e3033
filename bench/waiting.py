"""What a thousand people who wait for one call cost, and how soon all of them are told that they were admitted."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from tests.calls.stage import Stage, stage

from bench.load import cpu_seconds, memory

PEOPLE = 1000
ROUNDS = 5
IDLE_SECONDS = 30
_AT_ONCE = 50
_SETTLE_SECONDS = 3.0
_LIMIT_SECONDS = 60.0


class Crowd:
    """The people at the door, and what each of them was told last."""

    def __init__(self) -> None:
        self._last: dict[Stream, str] = {}
        self._counts = Counter[str]()
        self._awaited = ""
        self._reached: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def told(self, stream: "Stream", event: str) -> None:
        """Note what somebody was told."""
        self._counts[self._last.get(stream, "")] -= 1
        self._counts[event] += 1
        self._last[stream] = event
        if event == self._awaited and self._counts[event] == PEOPLE and not self._reached.done():
            self._reached.set_result(time.perf_counter())

    def all_are(self, event: str) -> Awaitable[float]:
        """Return when the last of them was told this; call it before the cause."""
        self._awaited = event
        self._reached = asyncio.get_running_loop().create_future()
        if self._counts[event] == PEOPLE:
            self._reached.set_result(time.perf_counter())
        return asyncio.wait_for(self._reached, _LIMIT_SECONDS)


class Stream(asyncio.Protocol):
    """One person's stream of events, read with as little work as possible, because the reader shares the machine."""

    def __init__(self, crowd: Crowd, target: str, token: str) -> None:
        self._crowd = crowd
        fields = (
            f"GET {target} HTTP/1.1",
            "Host: 127.0.0.1",
            "Accept: text/event-stream",
            f"Authorization: Bearer {token}",
        )
        self._request = "\r\n".join([*fields, "", ""]).encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        _, found, rest = data.rpartition(b"event: ")
        if found:
            self._crowd.told(self, rest.partition(b"\n")[0].decode())


async def waiting(folder: Path, say: Callable[[str], None]) -> None:
    """Let people wait, and admit all of them, again and again."""
    async with stage(folder, webhooks=False) as on:
        room, tokens = await _people(on)
        alone = await _idle(on)
        resident = memory(on.service_pid)
        crowd = Crowd()
        loop = asyncio.get_running_loop()
        target = f"/openrooms/rooms/{room}/me/events"
        streams = await _each(
            lambda token: loop.create_connection(lambda: Stream(crowd, target, token), "127.0.0.1", on.port), tokens
        )
        knocking = await _knock(on, crowd, room, tokens)
        held = (memory(on.service_pid) - resident) / PEOPLE
        idle = await _idle(on)
        say(
            f"waiting, {PEOPLE} people on one process while nothing happens: {idle:.2%} of a core, {alone:.2%} without "
            f"them; {held / 1024:.0f} KiB each; {knocking / PEOPLE * 1000:.2f} ms CPU to knock"
        )
        await _admit_again_and_again(on, crowd, room, tokens, say)
        for transport, _ in streams:
            transport.close()


async def _people(on: Stage) -> tuple[str, list[str]]:
    """Return a room with a waiting room, and the token of each of its people."""
    users = await _each(lambda _: on.user(), range(PEOPLE))
    room = await on.room({user.raw_id: "Attendee" for user in users})
    await on.options(room, waitingRoom="attendees")
    return room, [user.token for user in users]


async def _idle(on: Stage) -> float:
    """Return the share of a core that the service uses."""
    await asyncio.sleep(_SETTLE_SECONDS)
    before = cpu_seconds(on.service_pid)
    await asyncio.sleep(IDLE_SECONDS)
    return (cpu_seconds(on.service_pid) - before) / IDLE_SECONDS


async def _knock(on: Stage, crowd: Crowd, room: str, tokens: Sequence[str]) -> float:
    """Let everyone ask to come in; return the seconds of the service's CPU until all of them wait."""
    before = cpu_seconds(on.service_pid)
    waiting_at = crowd.all_are("waiting")
    await _each(lambda token: on.join(room, token), tokens)
    await waiting_at
    return cpu_seconds(on.service_pid) - before


async def _admit_again_and_again(
    on: Stage, crowd: Crowd, room: str, tokens: Sequence[str], say: Callable[[str], None]
) -> None:
    answers, ends, spent = [], [], []
    call = f"/openrooms/rooms/{room}/call"
    for number in range(ROUNDS + 1):
        await asyncio.sleep(_SETTLE_SECONDS)
        admitted_at = crowd.all_are("admitted")
        cpu, began = cpu_seconds(on.service_pid), time.perf_counter()
        assert (await on.ask("POST", f"{call}:admitAll"))["admitted"] == PEOPLE
        answer = time.perf_counter() - began
        last = await admitted_at - began
        # The first round fills the caches of statements.
        if number:
            answers.append(answer)
            ends.append(last)
            spent.append(cpu_seconds(on.service_pid) - cpu)
        asking_at = crowd.all_are("asking")
        await on.ask("POST", f"{call}:end")
        await asking_at
        await _knock(on, crowd, room, tokens)
    say(
        f"waiting, admit all {PEOPLE}: answered in {_median(answers)}, the last one told after {_median(ends)}, "
        f"longest {max(ends) * 1000:.0f} ms; {_median(spent)} CPU of the service (n={ROUNDS})"
    )


def _median(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} ms"


async def _each(work: Callable[[Any], Awaitable[Any]], items: Sequence[Any] | range) -> list[Any]:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Any) -> Any:
        async with slots:
            return await work(item)

    return await asyncio.gather(*map(one, items))
