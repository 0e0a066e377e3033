"""What the audit trail costs a request: in the database, in a file, and in both.

python -m bench.audit [--rounds N] [--seconds N]

Each round asks a service without the trail and, in turn, one for each place of it; the table has the medians of the
server's processor time for a request, and of their ratios. A service has one core and wrk the other; all write to
SQLite with fsync on. Reads are not recorded, so the ratios of a GET show how much is chance.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import report
from bench.load import cpu_seconds
from bench.service import Bench, Service, started

_OPERATIONS = ("GET a room", "create, 2 participants", "PATCH 3 participants")
_BAR = 1.25
_NOWHERE = ""
_KEPT_SECONDS = 1.2
"""How long a service takes at most to keep the events of a round: they are gathered for half a second."""


def start(stack: ExitStack, folder: Path) -> dict[str, Service]:
    """Start a service for each place of the trail, and one without it."""
    database = {"OPENROOMS_AUDIT_DAYS": "30"}
    file = {"OPENROOMS_AUDIT_LOG": str(folder / "audit.jsonl")}
    places: Mapping[str, Mapping[str, Any]] = {
        _NOWHERE: {},
        "in the database": database,
        "in a file": file,
        "in both": database | file,
    }
    return {
        place: stack.enter_context(started(folder / str(number), 0, **variables))
        for number, (place, variables) in enumerate(places.items())
    }


def cost(bench: Bench, service: Service, operation: str) -> float:
    """Return the processor time of a request in µs, until its event is in the database."""
    before = cpu_seconds(service.pid)
    load = bench.load(service.address, service.operations()[operation])
    time.sleep(_KEPT_SECONDS)
    return (cpu_seconds(service.pid) - before) / load.count * 1e6


def compare(bench: Bench, services: dict[str, Service], operation: str) -> None:
    """Add a row for each place."""
    costs: dict[str, list[float]] = {place: [] for place in services}
    for number in range(bench.rounds):
        for place in reversed(services) if number % 2 else services:
            costs[place].append(cost(bench, services[place], operation))
    without = costs.pop(_NOWHERE)
    for place, having in costs.items():
        ratio = statistics.median(b / a for a, b in zip(without, having, strict=True))
        detail = f"{statistics.median(having):.0f} / {statistics.median(without):.0f} µs"
        if operation == _OPERATIONS[0]:
            bench.note_unjudged(f"{operation}, {place}", detail, ratio)
        else:
            bench.note(f"{operation}, {place}", detail, ratio, _BAR, at_most=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1)
    options = parser.parse_args(arguments)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="openrooms-bench-") as name, ExitStack() as stack:
        bench = Bench(Path(name), options.rounds, options.seconds)
        services = start(stack, Path(name))
        for operation in _OPERATIONS:
            compare(bench, services, operation)
    text = report.table(("request, and the trail", "with / without it", "ratio", "bar", ""), bench.rows)
    report.write(
        "Audit trail",
        f"`python -m bench.audit`, {options.rounds} rounds of {options.seconds:g} s in turn, medians of them and of "
        "their ratios: the service's processor time for a request, over SQLite with fsync on. Reads are not recorded, "
        "so the ratios of a GET show how much is chance. "
        f"The machine's load average was {busy:.1f} at the start; above 0.5, other work disturbed the run. "
        f"{report.machine()}.\n\n{text}",
    )
    print(text)


if __name__ == "__main__":
    main()
