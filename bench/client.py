"""What the client costs beside azure-communication-rooms, as ratios within one run.

python -m bench.client [--rounds N] [--calls N]

Both talk to the same service over TLS, each measurement in a process of its own, the two in turn. The section of
docs/benchmarks.md is written anew.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from openrooms._version import __version__

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"
TITLE = "## Client"
OFFICIAL, OURS = "azure.communication.rooms", "openrooms"
PAGE = 100
TASKS = 16
_WARM_UP = 20


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
}
"""What is measured with nothing else in the process."""


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
    section = _section(_measure(chosen.rounds, chosen.calls), chosen.rounds, chosen.calls)
    print(section)
    _write(section)


def _measure(rounds: int, calls: int) -> dict[tuple[str, str], float]:
    from tests.support.service import dev

    from openrooms import RoomsClient

    found: dict[tuple[str, str], list[float]] = {}
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
        for number in range(rounds):
            for package in (OFFICIAL, OURS) if number % 2 else (OURS, OFFICIAL):
                for name, values in _round(package, calls, environment).items():
                    found.setdefault((package, name), []).append(values)
    return {key: statistics.median(values) for key, values in found.items()}


def _round(package: str, calls: int, environment: dict[str, str]) -> dict[str, float]:
    measured: dict[str, float] = {}
    for name in ("get", "create", "page", "tasks", "import", "memory", "script"):
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "bench.client", "--calls", str(calls), "--child", package, name]
        if name in _SCRIPTS:
            command = [sys.executable, "-c", _SCRIPTS[name].format(package=package)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
        if name == "script":
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            measured |= {"script": cpu * 1e3, "script wall": (time.perf_counter() - began) * 1e3}
        else:
            measured[name] = json.loads(done.stdout)
    return measured


def _child(package: str, name: str, calls: int) -> float:
    """Measure one thing in this process."""
    text, room = os.environ["BENCH_CONNECTION_STRING"], os.environ["BENCH_ROOM"]
    if name == "tasks":
        return asyncio.run(_tasks(_client(f"{package}.aio", text), room, calls))
    client = _client(package, text)
    if name == "memory":
        for _ in range(1000):
            client.get_room(room)
        return _resident()
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


def _resident() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise OSError("/proc does not say how much memory is resident")


def _section(measured: dict[tuple[str, str], float], rounds: int, calls: int) -> str:
    cores = os.cpu_count()
    lines = [
        TITLE,
        "",
        f"`python -m bench.client`, {rounds} rounds of {calls:,} calls, the two clients in turn, medians; openrooms "
        f"{__version__} beside azure-communication-rooms 1.2.0 on the same service over TLS; {cores} cores "
        f"({platform.machine()}, Python {platform.python_version()}), which the service shares.",
        "",
        "| | official | openrooms | ratio | bar | |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for bar in BARS:
        theirs, ours = measured[OFFICIAL, bar.name], measured[OURS, bar.name]
        met = "met" if ours / theirs <= bar.most else "not met"
        lines.append(
            f"| {bar.what} | {theirs:,.0f} {bar.unit} | {ours:,.0f} {bar.unit} | {ours / theirs:.2f} "
            f"| ≤ {bar.most:.2f} | {met} |"
        )
    return "\n".join(lines) + "\n"


def _write(section: str) -> None:
    """Replace our section of the report, or add it."""
    report = REPORT.read_text(encoding="utf-8") if REPORT.exists() else "# Benchmarks\n"
    before, _, rest = report.partition(TITLE + "\n")
    _, heading, after = rest.partition("\n## ")
    REPORT.write_text(before.rstrip() + "\n\n" + section + (heading + after if heading else ""), encoding="utf-8")


if __name__ == "__main__":
    main()
