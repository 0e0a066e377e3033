"""What the client costs beside azure-communication-rooms, as ratios within one run.

python -m bench.client [--rounds N] [--calls N]

Each client is installed into an environment made for it, with nothing else, as a user would have it: from a wheel, its
requirements at the same versions, all of it compiled. (The official one has aiohttp beside it, which its async client
needs.) Both talk to the same service over TLS, each measurement in a new process, the two in turn. A ratio is
that of the two measurements of a round, which the machine's other work disturbs alike; what is written is the median of
the rounds. The section of docs/benchmarks.md is written anew.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import report
from bench.client_calls import TASKS
from openrooms._version import __version__

OFFICIAL, OURS = "azure.communication.rooms", "openrooms"
OFFICIAL_REQUIREMENTS = ("azure-communication-rooms==1.2.0", "aiohttp")
PAGE = 100
_ROOT = Path(__file__).parents[1]
_CALLS = Path(__file__).with_name("client_calls.py")
_STARTS = 5
"""How often a round measures short operations."""


class Bar(NamedTuple):
    """A row of the table: the measured operation, its unit, and the allowed share of the official client's cost."""

    name: str
    what: str
    unit: str
    most: float


BARS = [
    Bar("get", "`get_room`, CPU a call", "µs", 0.25),
    Bar("create", "`create_room`, CPU a call", "µs", 0.4),
    Bar("page", f"`list_rooms`, CPU a page of {PAGE}", "µs", 0.4),
    Bar("tasks", f"`get_room` async, {TASKS} tasks, CPU a call", "µs", 0.4),
    Bar("import", "import and make a client, CPU", "ms", 0.6),
    Bar("script", "a whole script that gets one room, CPU", "ms", 0.5),
    Bar("script wall", "the same, elapsed", "ms", 0.5),
    Bar("memory", "resident memory after 1,000 calls", "MiB", 0.75),
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
"""The operations that are each measured in a new process."""


Measured = dict[str, dict[str, float]]
"""A round: the cost of each operation for each client, by both names."""


def main() -> None:
    """Measure, print the section and write it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--calls", type=int, default=1000)
    arguments = options.parse_args()
    with clients() as both:
        text = _table([_round(number, both, arguments.calls) for number in range(arguments.rounds)])
    report.write(
        "Client",
        f"`python -m bench.client`, {arguments.rounds} rounds of {arguments.calls:,} calls, the two clients in turn, "
        f"medians of the rounds and of their ratios; openrooms {__version__} and azure-communication-rooms 1.2.0, each "
        f"in an environment with nothing else, compiled, on the same service over TLS; {os.cpu_count()} cores, which "
        f"the service shares. {report.machine()}.\n\n{text}",
    )
    print(text)


class Clients:
    """Both clients, each in its own environment, and a service with two pages of rooms."""

    def __init__(self, pythons: dict[str, Path], variables: dict[str, str]) -> None:
        self._pythons = pythons
        self._variables = variables

    def output(self, package: str, *arguments: str) -> str:
        """Run a program in the client's environment; return its output without warnings."""
        return _output([str(self._pythons[package]), "-P", *arguments], {**os.environ, **self._variables})

    def cost(self, package: str, *arguments: str) -> tuple[float, float]:
        """Return the milliseconds of such a program: CPU time and elapsed time."""
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        self.output(package, *arguments)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3, wall * 1e3

    def call(self, package: str, name: str, calls: int) -> float:
        """Return the microseconds of CPU of a call."""
        return float(self.output(package, str(_CALLS), package, name, str(calls)))

    def start(self, package: str, name: str) -> dict[str, float]:
        """Return the cost that a script reports, or the cost of its whole process."""
        program = ("-c", _SCRIPTS[name].format(package=package))
        if name != "script":
            return {name: float(self.output(package, *program))}
        cpu, wall = self.cost(package, *program)
        return {"script": cpu, "script wall": wall}


@contextmanager
def clients(*libraries: str) -> Iterator[Clients]:
    """Install both clients, ours together with these libraries, and start a service."""
    from tests.support.service import dev

    from openrooms import RoomsClient

    with tempfile.TemporaryDirectory() as temporary, dev(Path(temporary) / "service") as service:
        pythons = _install(Path(temporary), libraries)
        with RoomsClient.from_connection_string(service.connectionString, connection_verify=service.ca) as client:
            ids = [client.create_room().id for _ in range(2 * PAGE)]
        made = Clients(
            pythons,
            {
                "BENCH_CONNECTION_STRING": service.connectionString,
                "BENCH_ROOM": ids[0],
                "REQUESTS_CA_BUNDLE": service.ca,
                "SSL_CERT_FILE": service.ca,
            },
        )
        for package in pythons:
            made.start(package, "script")
        yield made


def _install(folder: Path, libraries: Sequence[str]) -> dict[str, Path]:
    """Make an environment for each client and return their interpreters, by package."""
    _uv("build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder / "wheel", _ROOT)
    [wheel] = (folder / "wheel").glob("*.whl")
    pythons = {}
    for package, requirements in ((OFFICIAL, OFFICIAL_REQUIREMENTS), (OURS, (wheel, *libraries))):
        python = pythons[package] = folder / package / "bin" / "python"
        _uv("venv", "--python", sys.executable, folder / package)
        versions = ("--constraints", _ROOT / "requirements" / "dev.txt")
        _uv("pip", "install", "--compile-bytecode", "--python", python, *versions, *requirements)
    return pythons


def _uv(*arguments: object) -> None:
    uv = Path(sys.executable).with_name("uv")
    _output([str(uv), "--quiet", *map(str, arguments)], dict(os.environ))


def _output(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def _round(number: int, both: Clients, calls: int) -> Measured:
    packages = (OFFICIAL, OURS) if number % 2 else (OURS, OFFICIAL)
    measured: Measured = {}
    for name in ("get", "create", "page", "tasks"):
        measured[name] = {package: both.call(package, name, calls) for package in packages}
    for name in _SCRIPTS:
        times = 1 if name == "memory" else _STARTS
        starts = [(package, both.start(package, name)) for _ in range(times) for package in packages]
        for metric in starts[0][1]:
            measured[metric] = {
                package: statistics.median(cost[metric] for other, cost in starts if other == package)
                for package in packages
            }
    return measured


def _table(rounds: list[Measured]) -> str:
    rows = []
    for bar in BARS:
        costs = [measured[bar.name] for measured in rounds]
        theirs, ours = (statistics.median(cost[package] for cost in costs) for package in (OFFICIAL, OURS))
        ratio = statistics.median(cost[OURS] / cost[OFFICIAL] for cost in costs)
        met = "met" if ratio <= bar.most else "not met"
        cells = (f"{theirs:,.0f} {bar.unit}", f"{ours:,.0f} {bar.unit}", f"{ratio:.2f}", f"≤ {bar.most:.2f}", met)
        rows.append((bar.what, *cells))
    return report.table(("", "official", "openrooms", "ratio", "bar", ""), rows)


if __name__ == "__main__":
    main()
