"""How soon telephones are called and hung up, and what they cost: a real LiveKit and service, and SIPp as telephones.

python -m bench.telephones

It writes its section of docs/benchmarks.md.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psutil
import uvloop
from livekit import rtc
from tests.calls.stage import Person, Stage, stage
from tests.phone.scene import TALKING, Scene, scene_at, with_trunk
from tests.phone.sipp import TALKS, Sipp, sipp

from bench.calls import JOINS_PER_SECOND, join_steadily
from bench.load import cpu_seconds, memory
from bench.report import machine, table, write

CALLS = 50
"""As many as the service lets one resource begin within a minute, but for those whose cost is measured."""
LEGS = 5
COST_SECONDS = 12.0
_TALK_SECONDS = 0.5
_REST_SECONDS = 0.3
_SETTLE_SECONDS = 2.0
_MICROPHONE = rtc.TrackSource.SOURCE_MICROPHONE

Row = tuple[str, str, str]


class Talk(NamedTuple):
    """A person who talks in a room."""

    scene: Scene
    person: Person


async def measure(folder: Path) -> list[Row]:
    """Call telephones one after the other, then several at once; return the rows of the table."""
    async with (
        sipp(folder, TALKS) as phone,
        stage(folder, webhooks=False, limits=False, options=with_trunk(phone)) as on,
    ):
        return [*await _speed(on, phone), *await _cost(on)]


async def _speed(on: Stage, phone: Sipp) -> list[Row]:
    scene = await scene_at(on)
    dialled, hung_up = [], []
    for _ in range(CALLS):
        dialled.append(time.time())
        await _dial(scene)
        await asyncio.sleep(_TALK_SECONDS)
        hung_up.append(time.time())
        await on.ask("POST", f"/openrooms/rooms/{scene.room}/call/participants/{scene.phone(TALKING)}:remove")
        await asyncio.sleep(_REST_SECONDS)
    invites, byes = _after(phone, "INVITE", dialled), _after(phone, "BYE", hung_up)
    return [
        (
            "from the request to the INVITE at the telephone",
            _spread(invites),
            _bar("p95 below 300 ms", _percentile(invites, 95) < 0.3),
        ),
        (
            "from the request to hang up to the BYE at the telephone",
            _spread(byes),
            _bar("p95 below 100 ms", _percentile(byes, 95) < 0.1),
        ),
    ]


async def _cost(on: Stage) -> list[Row]:
    line = _line_of(on.service_pid)
    talks = [await _talk(on) for _ in range(LEGS)]
    without_legs, _ = await join_steadily(on)
    await _answer(talks[0].scene)
    first = memory(line)
    single = await _share(line)
    for talk in talks[1:]:
        await _answer(talk.scene)
    several = await _share(line)
    more = (memory(line) - first) / (LEGS - 1)
    with_legs, _ = await join_steadily(on)
    await asyncio.gather(*(talk.person.leave() for talk in talks))
    legs_alone, _ = await join_steadily(on)
    join = f"join, {JOINS_PER_SECOND} a second, beside"
    return [
        (
            "CPU of a leg, while a person talks and the telephone echoes",
            f"{single:.0%} of a core",
            _bar("at most 20 %", single <= 0.2),
        ),
        (f"CPU of {LEGS} legs in {LEGS} rooms", f"{several:.0%} of a core", ""),
        ("memory of the line with a leg", f"{first / 1e6:.1f} MB", ""),
        ("memory of each further leg", f"{more / 1e6:.1f} MB", _bar("at most 15 MB", more <= 15e6)),
        (f"{join} {LEGS} people who talk", _spread(without_legs), ""),
        (
            f"{join} {LEGS} people who talk with {LEGS} telephones",
            _spread(with_legs),
            _bar("p99 below 5 ms", _percentile(with_legs, 99) < 0.005),
        ),
        (f"{join} {LEGS} telephones", _spread(legs_alone), _bar("p99 below 5 ms", _percentile(legs_alone, 99) < 0.005)),
    ]


async def _talk(on: Stage) -> Talk:
    """Return a person who talks in a room of their own."""
    scene = await scene_at(on)
    person = await on.person(scene.room, scene.presenter)
    await person.publish(_MICROPHONE, video=False)
    return Talk(scene, person)


async def _answer(scene: Scene) -> None:
    """Call a telephone into the room, and wait until it has settled there."""
    await _dial(scene)
    await scene.reaches(TALKING, "inCall")
    await asyncio.sleep(_SETTLE_SECONDS)


async def _dial(scene: Scene) -> None:
    # The operator may begin more dial-outs within a minute than a person.
    await scene.stage.ask("POST", f"/openrooms/rooms/{scene.room}/call:dialOut", {"phoneNumber": TALKING})


async def _share(pid: int) -> float:
    """Return the share of a core that a process takes."""
    before = cpu_seconds(pid)
    await asyncio.sleep(COST_SECONDS)
    return (cpu_seconds(pid) - before) / COST_SECONDS


def _line_of(service: int) -> int:
    [line] = [
        child.pid for child in psutil.Process(service).children() if "openrooms.server.phone.child" in child.cmdline()
    ]
    return line


def _after(phone: Sipp, method: str, moments: Sequence[float]) -> list[float]:
    return [message.time - moment for message, moment in zip(phone.received(method), moments, strict=True)]


def _percentile(took: Sequence[float], percent: int) -> float:
    return statistics.quantiles(took, n=100, method="inclusive")[percent - 1]


def _spread(took: Sequence[float]) -> str:
    figures = {f"p{percent}": _percentile(took, percent) for percent in (50, 95, 99)} | {"longest": max(took)}
    return ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in figures.items()) + f" (n={len(took)})"


def _bar(text: str, met: bool) -> str:
    return f"{text}: {'met' if met else 'not met'}"


async def main() -> None:
    """Measure, print the table and write it to the page."""
    with tempfile.TemporaryDirectory() as folder:
        rows = await measure(Path(folder))
    text = table(("what", "measured", "bar"), rows)
    sys.stdout.write(f"{text}\n")
    where = (
        f"People, telephones, LiveKit and the service share {os.cpu_count()} cores; the people are in the process that "
        "measures."
    )
    write("Telephones", f"`python -m bench.telephones`; {machine()}.\n\n{where}\n\n{text}")


if __name__ == "__main__":
    uvloop.run(main())
