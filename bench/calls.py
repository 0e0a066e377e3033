"""How fast calls are decided, enforced and relayed: a real LiveKit and service on this machine.

python -m bench.calls [--write] [joins] [exchanges] [passes] [gate] [waiting]

Without names it runs all of them. What was measured goes to its section of docs/benchmarks.md: with `--write`, and
always without names. There, each benchmark keeps its figures until it is measured again.
"""

import argparse
import asyncio
import gc
import logging
import os
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from secrets import randbelow
from typing import Any

import structlog
import uvloop
from livekit.protocol import rtc as signals
from tests.calls.stage import KEY, LIVEKIT_KEY, LIVEKIT_SECRET, Stage, stage
from websockets.asyncio.client import ClientConnection, connect

from bench.load import cpu_seconds, memory
from bench.report import PAGE, machine, write
from bench.waiting import waiting
from openrooms._clock import real_time as now
from openrooms.domain.calls import CallId, WaitingNotice, notice_of
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import HOUR, after
from openrooms.domain.names import DisplayName, NameSource
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, room_id
from openrooms.domain.roster import Participant, RawId
from openrooms.domain.visits import VisitOptions, WaitingRoom
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.core.ports import Resource
from openrooms.server.media.livekit import LiveKit
from openrooms.server.storage.sqlite import SqliteStorage

JOINS_PER_SECOND = 100
JOIN_SECONDS = 10
CALLS = 1000
IDLE_ROOMS = 20_000
PASSES = 50
PINGS = 300
IDLE_PEOPLE = 100
IDLE_SECONDS = 20
_PING_SECONDS = 5.0
_PASS_PAUSE = 0.05
_GROUP = re.compile(r"^\*(\w+)\* on (.*):\n\n((?:- .*\n?)+)", re.MULTILINE)
_said: list[str] = []
_RESOURCE = ResourceId("6f0f4f4e-0000-4000-8000-000000000001")
_PERSON = RawId(f"8:acs:{_RESOURCE}_00000000-0000-4000-8000-00000000000a")
_ATTENDEES = WaitingRoom.ATTENDEES
# Nobody has to admit a Collaborator.
_ROLE = ParticipantRole.COLLABORATOR
_NAME = DisplayName("Dr Ada Okafor", NameSource.ORGANISER)


async def joins(folder: Path) -> None:
    """Ask to join at a steady rate, independently of the answers."""
    async with stage(folder, webhooks=False) as on:
        await _join(on)


async def _join(on: Stage) -> None:
    took, spent = await join_steadily(on)
    _print(f"join, {JOINS_PER_SECOND} a second", took, f"{spent * 1000:.2f} ms CPU of the service each")


async def join_steadily(on: Stage) -> tuple[list[float], float]:
    """Return how long each join took, and the seconds of the service's CPU for each."""
    users = [await on.user() for _ in range(20)]
    room = await on.room({user.raw_id: "Attendee" for user in users})
    for user in users:
        await on.join(room, user.token)
    return await _steadily(on, lambda number: on.join(room, users[number % len(users)].token))


async def exchanges(folder: Path) -> None:
    """Exchange invitations at a steady rate: each for the first time, which is also kept, then again; and join."""
    async with stage(folder, webhooks=False) as on:
        secrets = [secret for _ in range(20) for secret in await _secrets(on, 50)]
        _, joining = await join_steadily(on)

        async def exchange(number: int) -> None:
            await on.ask_as("", "POST", "/openrooms/invitations:exchange", {"secret": secrets[number]})

        for title in ("for the first time", "again"):
            took, spent = await _steadily(on, exchange)
            note = f"{spent * 1000:.2f} ms CPU of the service each, {spent / joining:.2f} joins"
            _print(f"exchange of an invitation {title}, {JOINS_PER_SECOND} a second", took, note)


async def _secrets(on: Stage, people: int) -> list[str]:
    """Return the secrets of a visit's invitations."""
    visit = await on.ask("POST", "/openrooms/visits", {"participants": [{}] * people})
    return [person["invitation"]["url"].partition("#")[2] for person in visit["participants"]]


async def _steadily(on: Stage, work: Callable[[int], Awaitable[object]]) -> tuple[list[float], float]:
    """Do the numbered work at a steady rate; return how long each took, and the service's seconds of CPU for each."""
    took: list[float] = []

    async def one(number: int) -> None:
        began = time.perf_counter()
        await work(number)
        took.append(time.perf_counter() - began)

    began = time.perf_counter()
    cpu = cpu_seconds(on.service_pid)
    tasks = []
    for number in range(JOINS_PER_SECOND * JOIN_SECONDS):
        await asyncio.sleep(max(0.0, began + number / JOINS_PER_SECOND - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number)))
    await asyncio.gather(*tasks)
    return took, (cpu_seconds(on.service_pid) - cpu) / len(took)


async def passes(folder: Path) -> None:
    """Compare running calls with their rooms and waiting rooms, with one person in each call, beside many rooms that
    have none and beside none: the two in turn, so that what else the machine does hits both."""
    on = Stage(folder, webhooks=False)
    await on.start_livekit()
    engine = LiveKit(on.livekit_url, LIVEKIT_KEY, LIVEKIT_SECRET)
    start = now()
    until = after(start, HOUR)
    rooms = [
        Room(room_id(number), start, start, until, options=VisitOptions(f"Check-up {number}", _ATTENDEES, extend_by=15))
        for number in range(CALLS + IDLE_ROOMS)
    ]
    nobody = WaitingNotice(0, 0)
    calls = [CallId(_RESOURCE, room.id) for room in rooms[:CALLS]]
    async with (
        _enforced(folder / "alone.db", engine, rooms[:CALLS]) as alone,
        _enforced(folder / "beside.db", engine, rooms) as beside,
    ):
        titles = {alone: "no other rooms", beside: f"{IDLE_ROOMS} rooms without a call"}
        await _each(lambda room: engine.open_call(CallId(_RESOURCE, room.id), notice_of(room, nobody)), rooms[:CALLS])
        # As in the service.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        await _time_passes(titles, on.livekit_pid, people=0)
        async with _everybody(engine, calls):
            await _time_passes(titles, on.livekit_pid, people=CALLS)
    await engine.close()
    await on.close()


async def _time_passes(titles: Mapping[Enforcer, str], livekit: int, people: int) -> None:
    took: dict[Enforcer, list[float]] = {enforcer: [] for enforcer in titles}
    ours, theirs = Counter[Enforcer](), Counter[Enforcer]()
    for number in range(PASSES + 1):
        for enforcer in titles:
            await asyncio.sleep(_PASS_PAUSE)
            before, before_theirs, began = time.process_time(), cpu_seconds(livekit), time.perf_counter()
            seen = await enforcer.enforce_once()
            elapsed = time.perf_counter() - began
            assert (seen.calls, seen.presences, seen.actions) == (CALLS, people, ())
            # The first pass opens the connections.
            if number:
                took[enforcer].append(elapsed)
                ours[enforcer] += time.process_time() - before
                theirs[enforcer] += cpu_seconds(livekit) - before_theirs
    for enforcer, title in titles.items():
        shares = [_milliseconds(spent[enforcer] / PASSES) for spent in (ours, theirs)]
        spent = f"CPU {shares[0]} of the service, {shares[1]} of LiveKit"
        _print(f"full pass, {CALLS} calls, {people} people, {title}", took[enforcer], spent)


@asynccontextmanager
async def _enforced(path: Path, engine: LiveKit, rooms: Sequence[Room]) -> AsyncIterator[Enforcer]:
    storage = await SqliteStorage.open(path, migrate=True, exclusive=True)
    try:
        await storage.add_resource(Resource(_RESOURCE, None, KEY.reveal(), KEY.reveal()))
        await storage.create_user(_RESOURCE, User(_PERSON, now()))
        invited = [Participant(_PERSON, _ROLE, _NAME.text)]
        await _each(lambda room: storage.create_room(_RESOURCE, room, invited, None), rooms)
        yield Enforcer(storage, engine, now)
    finally:
        await storage.close()


@asynccontextmanager
async def _everybody(engine: LiveKit, calls: Sequence[CallId]) -> AsyncIterator[None]:
    """Connect one person to each call, from another process, so that their traffic is not the enforcer's."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __spec__.name, "--hold", engine.signalling_url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    tokens = [engine.passes.issue(call, _PERSON, _ROLE, 0, _NAME) for call in calls]
    process.stdin.write("\n".join([*tokens, "\n"]).encode())
    try:
        assert await process.stdout.readline(), "the people did not come"
        yield
    finally:
        process.kill()
        await process.wait()


async def _hold(address: str) -> None:
    """Connect with each token from standard input, up to an empty line, and stay connected."""
    tokens = list(iter(sys.stdin.readline, "\n"))
    async with AsyncExitStack() as stack:
        await _each(lambda token: stack.enter_async_context(_person(address, token.strip())), tokens)
        print("connected", flush=True)
        await asyncio.Event().wait()


async def gate(folder: Path) -> None:
    """Ping LiveKit through the gate and directly, and measure the cost of idle people."""
    async with stage(folder, webhooks=False) as on:
        await _relay(on)


async def _relay(on: Stage) -> None:
    users = [await on.user() for _ in range(IDLE_PEOPLE)]
    room = await on.room({user.raw_id: "Attendee" for user in users})
    tokens = [(await on.join(room, user.token))["mediaToken"] for user in users]
    through, beside = f"ws://127.0.0.1:{on.port}/livekit", on.livekit_url.replace("http", "ws")
    # The first connection goes through the gate, which creates LiveKit's room.
    for title, address in (("through the gate", through), ("beside the gate", beside)):
        async with _person(address, tokens[0]) as socket:
            took = []
            for _ in range(PINGS):
                began = time.perf_counter()
                await _ping(socket)
                took.append(time.perf_counter() - began)
                await asyncio.sleep(0.005)
        _print(f"signalling there and back, {title}", took)
    before, resident = cpu_seconds(on.service_pid), memory(on.service_pid)
    await asyncio.sleep(IDLE_SECONDS)
    alone = cpu_seconds(on.service_pid) - before
    async with AsyncExitStack() as stack:
        before = cpu_seconds(on.service_pid)
        sockets = [await stack.enter_async_context(_person(through, token)) for token in tokens]
        joined = (cpu_seconds(on.service_pid) - before) / IDLE_PEOPLE
        held = (memory(on.service_pid) - resident) / IDLE_PEOPLE
        before = cpu_seconds(on.service_pid)
        pinging = [asyncio.create_task(_keep_pinging(socket)) for socket in sockets]
        await asyncio.sleep(IDLE_SECONDS)
        for task in pinging:
            task.cancel()
        idle = (cpu_seconds(on.service_pid) - before - alone) / IDLE_SECONDS / IDLE_PEOPLE
    _say(
        f"gate, {IDLE_PEOPLE} people: {joined * 1000:.2f} ms CPU a connect; an idle person {idle * 1000:.3f} ms CPU "
        f"a second, {held / 1024:.0f} KiB; the service alone {alone / IDLE_SECONDS * 1000:.2f} ms a second, "
        f"{resident / 1e6:.1f} MB"
    )


@asynccontextmanager
async def _person(address: str, token: str) -> AsyncIterator[ClientConnection]:
    async with connect(f"{address}/rtc?protocol=15&sdk=js&access_token={token}", ping_interval=None) as socket:
        await socket.recv()
        yield socket


async def _ping(socket: ClientConnection) -> None:
    await socket.send(signals.SignalRequest(ping_req=signals.Ping(timestamp=1)).SerializeToString())
    while not signals.SignalResponse.FromString(_bytes(await socket.recv())).HasField("pong_resp"):
        pass


async def _keep_pinging(socket: ClientConnection) -> None:
    await asyncio.sleep(randbelow(5000) / 1000)
    while True:
        await _ping(socket)
        await asyncio.sleep(_PING_SECONDS)


async def _each(work: Callable[[Any], Awaitable[Any]], items: Sequence[Any] | range) -> list[Any]:
    slots = asyncio.Semaphore(50)

    async def one(item: Any) -> Any:
        async with slots:
            return await work(item)

    return await asyncio.gather(*map(one, items))


def _bytes(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message


def _print(title: str, took: list[float], note: str = "") -> None:
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    p50, p90, p99, longest = map(_milliseconds, (cuts[49], cuts[89], cuts[98], max(took)))
    figures = f"p50 {p50}, p90 {p90}, p99 {p99}, longest {longest}"
    _say(f"{title}: {figures}{'; ' if note else ''}{note} (n={len(took)})")


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    _said.append(line)


def _group(name: str) -> str:
    """Return the figures of the benchmark that has just run, for the page."""
    lines = [f"*{name}* on {machine()}:", "", *(f"- {line}" for line in _said)]
    _said.clear()
    return "\n".join(lines)


def _section(measured: Mapping[str, str]) -> str:
    """Return the section, with the figures of the page for benchmarks that were not measured now."""
    section = PAGE.read_text(encoding="utf-8").partition("\n## Calls\n")[2].partition("\n## ")[0]
    groups = {found[1]: found[0].strip() for found in _GROUP.finditer(section)} | measured
    wanted = (
        "The bars: p99 of a join below 5 ms at 100 joins a second; the CPU of at most 2 joins for exchanging an "
        "invitation; a pass over 1,000 calls below 100 ms, with any number of other rooms; less than 1 ms added to a "
        "signalling message; less than 0.2 ms CPU a second for an idle person; 1,000 people who wait on one process "
        "cost below 2 % of a core while nothing happens, and all of them are told within 1 s that they were admitted."
    )
    how = f"`python -m bench.calls`, a real LiveKit beside the service on {os.cpu_count()} cores."
    return "\n\n".join([how, wanted, *(groups[name] for name in _BENCHMARKS if name in groups)])


_BENCHMARKS: Mapping[str, Callable[[Path], Awaitable[None]]] = {
    "joins": joins,
    "exchanges": exchanges,
    "passes": passes,
    "gate": gate,
    "waiting": lambda folder: waiting(folder, _say),
}


async def main(names: Sequence[str], *, writes: bool) -> None:
    """Run the chosen benchmarks, each printing its lines."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    measured: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in names or _BENCHMARKS:
            own = Path(folder) / name
            own.mkdir()
            await _BENCHMARKS[name](own)
            measured[name] = _group(name)
    if writes or not names:
        write("Calls", _section(measured))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", metavar="|".join(_BENCHMARKS))
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/benchmarks.md")
    parser.add_argument("--hold", metavar="URL", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    uvloop.run(_hold(arguments.hold) if arguments.hold else main(arguments.what, writes=arguments.write))
