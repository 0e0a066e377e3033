"""The client's cost with a library for HTTP instead of its own code, compared with azure-communication-rooms.

python -m bench.transports [--rounds N] [--calls N]

Each is measured as in `bench.client`; the libraries' transports are in `library_transports.py`. What is printed stands
in docs/design/README.md.
"""

import argparse
import statistics
from pathlib import Path

from bench import report
from bench.client import OFFICIAL, OURS, Clients, clients
from bench.library_transports import TRANSPORTS

LIBRARIES = ("aiohttp", "anyio", "httpcore")
_STARTS = 5
_FILE = Path(__file__).with_name("library_transports.py")
_SCRIPT = f"import sys; sys.path.append({str(_FILE.parent)!r}); import library_transports as it; it.script({{name!r}})"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--calls", type=int, default=400)
    arguments = options.parse_args()
    with clients(*LIBRARIES) as both:
        rounds = [_round(both, arguments.calls) for _ in range(arguments.rounds)]
    rows = []
    for name in TRANSPORTS:
        cells = [name]
        for metric in ("call", "script"):
            costs = [measured[name, metric] for measured in rounds if (name, metric) in measured]
            cells.append(f"{statistics.median(costs):.2f}" if costs else "")
        rows.append(cells)
    print(report.table(("transport", "CPU a `get_room` / official", "a script that gets one room / official"), rows))


def _round(both: Clients, calls: int) -> dict[tuple[str, str], float]:
    official = {name: both.call(OFFICIAL, name, calls) for name in ("get", "tasks")}
    start = min(both.start(OFFICIAL, "script")["script"] for _ in range(_STARTS))
    measured = {}
    for name in TRANSPORTS:
        is_async = name.endswith("async")
        cost = float(both.output(OURS, str(_FILE), name, str(calls)))
        measured[name, "call"] = cost / official["tasks" if is_async else "get"]
        if not is_async:
            program = ("-c", _SCRIPT.format(name=name))
            measured[name, "script"] = min(both.cost(OURS, *program)[0] for _ in range(_STARTS)) / start
    return measured


if __name__ == "__main__":
    main()
