"""What the client costs beside azure-communication-rooms, as ratios within one run.

python -m bench.client [--rounds N] [--calls N]

Both talk to the same service over TLS, each measurement in a process of its own, the two in turn. A ratio is that of
the two measurements of a round, which the machine's other work disturbs alike; what is written is the median of the
rounds. The section of docs/benchmarks.md is written anew.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from bench import report
from openrooms._version import __version__

OFFICIAL, OURS = "azure.communication.rooms", "openrooms"
PAGE = 100
TASKS = 16
_WARM_UP = 20
_STARTS = 5
"""How often a round measures what is over in a moment."""


class Bar(NamedTuple):
    """A line of the table: what is measured, in which unit, and which part of the official client's cost it may be."""

    name: str
    what: str
    unit: str
    most: float


BARS = [
    Bar("get", "`get_room`, CPU a call", "µs", 1 / 3),
    Bar("create", "`create_room`, CPU a call", "µs", 1 / 2.5),
    Bar("page", f"`list_rooms`, CPU a page of {PAGE}", "µs", 1 / 2.5),
    Bar("tasks", f"`get_room` async, {TASKS} tasks, CPU a call", "µs", 1 / 2.5),
    Bar("import", "import and make a client, CPU", "ms", 0.75),
    Bar("script", "a whole script that gets one room, CPU", "ms", 1 / 2),
    Bar("script wall", "the same, elapsed", "ms", 1 / 2),
    Bar("memory", "resident memory after 1,000 calls", "MiB", 3 / 4),
]

_SCRIPTS = {
    "import": (
        "import os, time; began = time.process_time(); from {package} import RoomsClient\n"
        "client = RoomsClient.from_connection_string(os.environ['BENCH_CONNECTION_STRING'])\n"
        "print((time.process_time() - began) * 1e3)\n"
    ),
    "script": (
        "import os; from {package} import RoomsClient\n"
        "with RoomsClient.from_connection_string(os.environ['BENCH_CONNECTION_STRING']) as client:\n"
        "    print(client.get_room(os.environ['BENCH_ROOM']).id)\n"
    ),
    "memory": (
        "import os; from {package} import RoomsClient\n"
        "with RoomsClient.from_connection_string(os.environ['BENCH_CONNECTION_STRING']) as client:\n"
        "    for _ in range(1000):\n"
        "        client.get_room(os.environ['BENCH_ROOM'])\n"
        "    with open('/proc/self/status') as status:\n"
        "        print(next(int(line.split()[1]) / 1024 for line in status if line.startswith('VmRSS:')))\n"
    ),
}
"""What is measured with nothing else in the process."""


Measured = dict[str, dict[str, float]]
"""A round: the cost of each thing to each client, by the names of both."""


def main() -> None:
    """Measure, print the section and write it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--calls", type=int, default=1000)
    options.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child:
        print(json.dumps(_child(*chosen.child, chosen.calls)))
        return
    text = _table(_measure(chosen.rounds, chosen.calls))
    report.write(
        "Client",
        f"`python -m bench.client`, {chosen.rounds} rounds of {chosen.calls:,} calls, the two clients in turn, medians "
        f"of the rounds and of their ratios; openrooms {__version__} beside azure-communication-rooms 1.2.0 on the "
        f"same service over TLS; {os.cpu_count()} cores, which the service shares. {report.machine()}.\n\n{text}",
    )
    print(text)


def _measure(rounds: int, calls: int) -> list[Measured]:
    from tests.support.service import dev

    from openrooms import RoomsClient

    with tempfile.TemporaryDirectory() as folder, dev(Path(folder)) as service:
        # Installed packages are compiled, so this one has to be too.
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {
            **kept,
            "BENCH_CONNECTION_STRING": service.connectionString,
            "REQUESTS_CA_BUNDLE": service.ca,
            "SSL_CERT_FILE": service.ca,
        }
        with RoomsClient.from_connection_string(service.connectionString, connection_verify=service.ca) as client:
            ids = [client.create_room().id for _ in range(2 * PAGE)]
        environment["BENCH_ROOM"] = ids[0]
        for package in (OFFICIAL, OURS):
            _start(package, "script", environment)
        return [_round(number, calls, environment) for number in range(rounds)]


def _round(number: int, calls: int, environment: dict[str, str]) -> Measured:
    packages = (OFFICIAL, OURS) if number % 2 else (OURS, OFFICIAL)
    measured: Measured = {}
    for name in ("get", "create", "page", "tasks"):
        measured[name] = {package: _run(package, name, calls, environment) for package in packages}
    for name in _SCRIPTS:
        times = 1 if name == "memory" else _STARTS
        starts = [(package, _start(package, name, environment)) for _ in range(times) for package in packages]
        for what in starts[0][1]:
            measured[what] = {
                package: statistics.median(cost[what] for other, cost in starts if other == package)
                for package in packages
            }
    return measured


def _run(package: str, name: str, calls: int, environment: dict[str, str]) -> float:
    command = [sys.executable, "-m", "bench.client", "--calls", str(calls), "--child", package, name]
    return float(_output(command, environment))


def _start(package: str, name: str, environment: dict[str, str]) -> dict[str, float]:
    """Return what a script says that it costs, or the milliseconds of its whole process."""
    command = [sys.executable, "-c", _SCRIPTS[name].format(package=package)]
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    said = _output(command, environment)
    if name != "script":
        return {name: float(said)}
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"script": cpu * 1e3, "script wall": wall * 1e3}


def _output(command: list[str], environment: dict[str, str]) -> str:
    """Return what a program prints; what the official client warns of at each create is not shown."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def _child(package: str, name: str, calls: int) -> float:
    """Measure one thing in this process."""
    text, room = os.environ["BENCH_CONNECTION_STRING"], os.environ["BENCH_ROOM"]
    if name == "tasks":
        return asyncio.run(_tasks(_client(f"{package}.aio", text), room, calls))
    client = _client(package, text)
    call: dict[str, Callable[[], Any]] = {
        "get": lambda: client.get_room(room),
        "create": lambda: client.create_room(),
        "page": lambda: list(next(client.list_rooms().by_page())),
    }
    for _ in range(_WARM_UP):
        call[name]()
    times = calls // 10 if name == "page" else calls
    return _cpu(lambda: [call[name]() for _ in range(times)]) / times


def _client(package: str, text: str) -> Any:
    module = __import__(package, fromlist=["RoomsClient"])
    return module.RoomsClient.from_connection_string(text)


async def _tasks(client: Any, room: str, calls: int) -> float:
    async def work(times: int) -> None:
        for _ in range(times):
            await client.get_room(room)

    async with client:
        await asyncio.gather(*[work(2) for _ in range(TASKS)])
        began = time.process_time()
        await asyncio.gather(*[work(calls // TASKS) for _ in range(TASKS)])
        return (time.process_time() - began) / (calls // TASKS * TASKS) * 1e6


def _cpu(work: Callable[[], object]) -> float:
    """Return the microseconds of CPU that the work took."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1e6


def _table(rounds: list[Measured]) -> str:
    rows = []
    for bar in BARS:
        costs = [measured[bar.name] for measured in rounds]
        theirs, ours = (statistics.median(cost[package] for cost in costs) for package in (OFFICIAL, OURS))
        ratio = statistics.median(cost[OURS] / cost[OFFICIAL] for cost in costs)
        met = "met" if ratio <= bar.most else "not met"
        shown = (f"{theirs:,.0f} {bar.unit}", f"{ours:,.0f} {bar.unit}", f"{ratio:.2f}", f"≤ {bar.most:.2f}", met)
        rows.append((bar.what, *shown))
    return report.table(("", "official", "openrooms", "ratio", "bar", ""), rows)


if __name__ == "__main__":
    main()
