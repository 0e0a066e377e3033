"""What the pytest plugin costs: a service for a test, joining a simulated call, moving the clock, faults, and tests in
parallel.

python -m bench.testing [--rounds N] [--no-report]

Each figure is the median of the rounds; every round starts new processes. The figures of joining, of moving the clock
and of later services are themselves medians of many.

Faults: the processor time of the service's thread for reading a room, with an empty list of faults, divided by that of
a service in the same process from which the code of faults was removed. They alternate every 20 requests. A third
service, also without that code, shows how much of the ratio is chance.

Tests in parallel: 32 that make 40 rooms with three users in a call each, which takes half a second, and 32 that make
one such room, run by pytest-xdist with as many workers as there are processors. The time includes the start of pytest
and of the workers, with the plugins of openrooms and xdist alone: each worker imports every plugin that is installed,
and some take seconds. Beside it stands what as many processes of plain arithmetic gain on the same machine in the same
moment, since its processors may have other work.

The section of docs/benchmarks.md is written anew, unless `--no-report` is given.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import report

TESTS = 32
_FULL, _SHORT = 40, 1
"""The numbers of rooms that a test makes."""
_PROCESSORS = os.cpu_count() or 1
_PROGRAM = """
import json, time
began = time.perf_counter()
from datetime import timedelta
from functools import partial
from openrooms.testing import RoomsBench

def timed(act, times=1):
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[len(taken) // 2] * 1000

def once():
    with RoomsBench():
        once.ready = time.perf_counter()

def start():
    began = time.perf_counter()
    once()
    return once.ready - began

once()
first = (once.ready - began) * 1000
later = sorted(start() for _ in range(20))[10] * 1000
with RoomsBench() as bench:
    users = [bench.user() for _ in range(3)]
    calls = [bench.call(bench.rooms_client.create_room(participants=users)) for _ in range(70)]
    joins = [partial(call.join, user) for call in calls for user in users]
    join = timed(lambda: joins.pop(0)(), 210)
with RoomsBench() as bench:
    ada = bench.user("Ada")
    for _ in range(900):
        bench.rooms_client.create_room(participants=[ada])
    now = bench.clock.now()
    window = {"valid_from": now, "valid_until": now + timedelta(hours=1)}
    rooms = [bench.rooms_client.create_room(**window, participants=[ada]) for _ in range(100)]
    for each in rooms:
        bench.call(each).join(ada)
    advance = timed(lambda: bench.clock.advance(minutes=1), 20)
    assert all(bench.call(each).raw_ids == {ada.raw_id} for each in rooms)
    end = timed(lambda: bench.clock.advance(hours=1))
    assert not any(bench.call(each).participants for each in rooms)
print(json.dumps({"first": first, "later": later, "join": join, "advance": advance, "end": end}))
"""
_FAULTS = """
import json, statistics, time
from contextlib import ExitStack
from unittest.mock import patch
from openrooms.server.development.service import Development
from openrooms.testing import RoomsBench

def unchanged(self, part):
    return part

def without_faults():
    # A service takes its parts when it starts.
    with patch.multiple(Development, storage=unchanged, engine=unchanged, wrap=unchanged):
        return stack.enter_context(RoomsBench())

def cost(bench, room):
    before = bench.running.do(time.thread_time)
    for _ in range(20):
        bench.rooms_client.get_room(room)
    return bench.running.do(time.thread_time) - before

with ExitStack() as stack:
    benches = [without_faults(), stack.enter_context(RoomsBench()), without_faults()]
    rooms = [bench.rooms_client.create_room().id for bench in benches]
    costs = [[], [], []]
    for number in range(600):
        for place in range(3):
            each = (place + number) % 3
            costs[each].append(cost(benches[each], rooms[each]))
    without, having, again = costs
    ratio = lambda of: statistics.median(a / b for a, b in zip(of, without))
    print(json.dumps({"faults": ratio(having), "chance": ratio(again)}))
"""
_SUITE = """
import pytest

@pytest.mark.parametrize("number", range(TESTS))
def test_visits(rooms_client, rooms_clock, rooms_user, rooms_call, number):
    for _ in range(ROOMS):
        users = [rooms_user() for _ in range(3)]
        visit = rooms_client.create_room(participants=users)
        call = rooms_call(visit)
        for user in users:
            call.join(user)
        call.wait_for(*users)
        call.end()
        call.wait_for()
    rooms_clock.advance(days=1)
"""
LEAST_SPEEDUP = 1.6
MOST_FOR_FAULTS = 1.02
BARS: Mapping[str, tuple[str, str, float | None]] = {
    "first": ("the first service of a process, with the imports", "ms", 1500),
    "later": ("a service for a test after the first", "ms", 10),
    "join": ("`rooms_call(room).join(user)`", "ms", 2),
    "advance": ("`rooms_clock.advance` with 1,000 rooms and 100 calls", "ms", 20),
    "end": ("the same, when all 100 calls end", "ms", None),
    "faults": ("processor time of `get_room` with an empty list of faults / without faults", "times", MOST_FOR_FAULTS),
    "chance": ("the same, without faults / without faults", "times", None),
    "serial": (f"{TESTS} tests of {_FULL} rooms, one after another", "s", None),
    "parallel": (f"{TESTS} tests of {_FULL} rooms, one after another / in parallel", "times", None),
    "cost": ("the same, processor time in parallel / one after another", "times", None),
    "arithmetic": ("plain arithmetic, one after another / in parallel", "times", None),
    "short serial": (f"{TESTS} tests of one room, one after another", "s", None),
    "short parallel": (f"{TESTS} tests of one room, one after another / in parallel", "times", None),
}


def measured() -> dict[str, float]:
    """Return the figures of one round."""
    full, arithmetic, short = _run_both(_FULL), _arithmetic(_PROCESSORS), _run_both(_SHORT)
    return {
        **_printed(_PROGRAM),
        **_printed(_FAULTS),
        "serial": full.serial.seconds,
        "parallel": full.speedup,
        "cost": full.parallel.processor_seconds / full.serial.processor_seconds,
        "arithmetic": arithmetic,
        "short serial": short.serial.seconds,
        "short parallel": short.speedup,
    }


def _printed(program: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


class Run(NamedTuple):
    """How long the tests took, and how much processor time they and their workers used."""

    seconds: float
    processor_seconds: float


class Runs(NamedTuple):
    """The same tests, one after another and in parallel."""

    serial: Run
    parallel: Run

    @property
    def speedup(self) -> float:
        """How many times as fast they were in parallel."""
        return self.serial.seconds / self.parallel.seconds


def _arithmetic(processes: int) -> float:
    """Return how much faster this machine now does the work of several processes beside each other."""
    command = [sys.executable, "-c", "sum(number * number % 7 for number in range(10_000_000))"]
    began = time.perf_counter()
    for _ in range(processes):
        subprocess.run(command, check=True)
    alone = time.perf_counter() - began
    for process in [subprocess.Popen(command) for _ in range(processes)]:
        process.wait()
    return alone / (time.perf_counter() - began - alone)


def _run_both(rooms: int) -> Runs:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_visits.py").write_text(f"TESTS, ROOMS = {TESTS}, {rooms}\n{_SUITE}")
        return Runs(_run(folder, 0), _run(folder, _PROCESSORS))


def _run(folder: str, workers: int) -> Run:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "openrooms.testing.plugin",
        "-p",
        "xdist",
        "-n",
        str(workers),
        folder,
    ]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    began, used = time.perf_counter(), _processor_seconds()
    subprocess.run(command, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    return Run(time.perf_counter() - began, _processor_seconds() - used)


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def rows(rounds: Sequence[Mapping[str, float]]) -> list[tuple[str, str, str]]:
    """Return the table: each measurement, its median and its bar."""
    found = []
    for name, (text, unit, most) in BARS.items():
        value = statistics.median(figures[name] for figures in rounds)
        bar = f"at least {LEAST_SPEEDUP}" if name == "parallel" else "" if most is None else f"at most {most:,}"
        found.append((text, f"{value:.{2 if unit == 'times' else 1}f} {unit}", bar))
    return found


def main() -> None:
    """Measure, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-report", action="store_true")
    options = parser.parse_args()
    busy = os.getloadavg()[0]
    rounds = [measured() for _ in range(options.rounds)]
    text = report.table(("what", "median", "bar"), rows(rounds))
    note = (
        f"`python -m bench.testing`, {len(rounds)} rounds, {_PROCESSORS} processors. The machine's load average was "
        f"{busy:.1f} at the start; above 0.5, other work disturbed the run. {report.machine()}."
    )
    print(f"{note}\n\n{text}")
    if not options.no_report:
        report.write("Testing", f"{note}\n\n{text}")


if __name__ == "__main__":
    main()
