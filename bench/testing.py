"""What the pytest plugin costs: a service for a test, joining a simulated call, moving the clock, tests in parallel.

python -m bench.testing [--rounds N]

Each figure is the median of the rounds; every round starts a new process. The tests in parallel are 32 that make
40 rooms with three users in a call each, which takes half a second, run by pytest-xdist with as many workers as there
are processors. The time includes the start of pytest and of the workers, with the plugins of openrooms and xdist alone:
each worker imports every plugin that is installed, and some take seconds. Beside it stands what as many processes of
plain arithmetic gain on the same machine in the same moment, since its processors may have other work.
The section of docs/benchmarks.md is written anew.
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
_ROOMS = 40
_PROGRAM = """
import json, time
began = time.perf_counter()
from openrooms import RoomParticipant
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
    ada = bench.user("Ada")
    room = bench.rooms_client.create_room(participants=[ada])
    call = bench.call(room)
    join = timed(lambda: call.join(ada), 200)
    rooms = [bench.rooms_client.create_room(participants=[ada]) for _ in range(1000)]
    for each in rooms[:100]:
        bench.call(each).join(ada)
    advance = timed(lambda: bench.clock.advance(minutes=1), 20)
    end = timed(lambda: bench.clock.advance(days=181))
    assert bench.call(rooms[0]).participants == ()
print(json.dumps({"first": first, "later": later, "join": join, "advance": advance, "end": end}))
"""
_SUITE = f"""
import pytest

@pytest.mark.parametrize("number", range({TESTS}))
def test_visits(rooms_client, rooms_clock, rooms_user, rooms_call, number):
    for _ in range({_ROOMS}):
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
BARS = {
    "first": ("the first service of a process, with the imports", "ms", 1500),
    "later": ("a service for a test after the first", "ms", 10),
    "join": ("`rooms_call(room).join(user)`", "ms", 2),
    "advance": ("`rooms_clock.advance` with 1,000 rooms and 100 calls", "ms", 20),
    "end": ("the same, when all 100 calls end", "ms", None),
    "serial": (f"{TESTS} tests, one after another", "s", None),
    "parallel": (f"{TESTS} tests, one after another / in parallel", "times", None),
    "cost": ("the same, processor time in parallel / one after another", "times", None),
    "arithmetic": ("the same with plain arithmetic", "times", None),
}
LEAST_SPEEDUP = 1.6


def measured() -> dict[str, float]:
    """Return the figures of one round."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM], check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_visits.py").write_text(_SUITE)
        serial, parallel = (_run(folder, workers) for workers in (0, os.cpu_count() or 1))
    return {
        **figures,
        "serial": serial.seconds,
        "parallel": serial.seconds / parallel.seconds,
        "cost": parallel.processor_seconds / serial.processor_seconds,
        "arithmetic": _arithmetic(os.cpu_count() or 1),
    }


class Run(NamedTuple):
    """How long the tests took, and how much processor time they and their workers used."""

    seconds: float
    processor_seconds: float


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
        found.append((text, f"{value:.1f} {unit}", bar))
    return found


def main() -> None:
    """Measure, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = [measured() for _ in range(parser.parse_args().rounds)]
    text = report.table(("what", "median", "bar"), rows(rounds))
    print(text)
    note = f"`python -m bench.testing`, {len(rounds)} rounds, {os.cpu_count()} processors. {report.machine()}."
    report.write("Testing", f"{note}\n\n{text}")


if __name__ == "__main__":
    main()
