"""The delivery of events: how many a second one endpoint gets, and what endpoints that are away cost the others.

python -m bench.delivery [--rounds N] [--events N]

A number of events waits for new subscriptions, which begin with the first of them. The service has one core, and the
program with the endpoints the other. SQLite, with fsync on. An event counts once the endpoint's program has read it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.support.ports import free_port, wait_for_port

from bench import report
from bench.load import LOAD_CORE
from bench.service import Bench, Service, roster, started

LEAST_A_SECOND = 500
MOST_FOR_THE_OTHERS = 1.1
_TAKING = 7
_LIMIT_SECONDS = 120.0


class Endpoints:
    """The program with the endpoints."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def seconds(self, names: Sequence[str], events: int) -> float:
        """Wait until each of them has got so many events; return the time from the first to the last one."""
        limit = time.monotonic() + _LIMIT_SECONDS
        while True:
            counts = self._counts()
            if all(counts.get(name, [0])[0] >= events for name in names):
                return max(counts[name][2] for name in names) - min(counts[name][1] for name in names)
            if time.monotonic() > limit:
                raise TimeoutError(f"not everything was delivered: {counts}")
            time.sleep(0.1)

    def _counts(self) -> dict[str, list[float]]:
        with urlopen(f"{self.url}/counts") as answer:
            found: dict[str, list[float]] = json.load(answer)
            return found


class Waiting:
    """A service with events that wait for subscriptions."""

    def __init__(self, service: Service, at: Endpoints, events: int) -> None:
        self._service = service
        self._at = at
        self._events = events
        self._round = 0
        self._after = service.rest.call("GET", "/openrooms/events?after=latest").json["last"]
        for _ in range(events):
            service.rest.call("POST", "/rooms", {"participants": roster(range(2), "Presenter")})

    def deliver(self, taking: int, *others: str) -> float:
        """Subscribe so many endpoints, and others; return the seconds until those that take events have got all."""
        self._round += 1
        names = [f"{self._round}-{number}" for number in range(taking)]
        made = [self._subscribe(path) for path in (*others, *(f"take/{name}" for name in names))]
        seconds = self._at.seconds(names, self._events)
        for subscription in made:
            self._service.rest.call("DELETE", f"/openrooms/subscriptions/{subscription}")
        return seconds

    def _subscribe(self, path: str) -> str:
        body = {"url": path if "//" in path else f"{self._at.url}/{path}", "after": self._after}
        answer = self._service.rest.call("POST", "/openrooms/subscriptions", body)
        return str(answer.json["id"])


@contextmanager
def endpoints() -> Iterator[Endpoints]:
    """Run the endpoints on the core of the load."""
    port = free_port()
    command = ["taskset", "-c", str(LOAD_CORE), sys.executable, "-m", "bench.endpoint", str(port)]
    with subprocess.Popen(command) as process:
        try:
            wait_for_port(port)
            yield Endpoints(port)
        finally:
            process.kill()


def measure(bench: Bench, events: int) -> None:
    """Measure one endpoint, and then seven alone and beside three that are away."""
    away = ("hang", "busy", f"http://127.0.0.1:{free_port()}/refuses")
    with endpoints() as at, started(bench.folder / "delivery", 0, OPENROOMS_HOOKS_TO_PRIVATE_ADDRESSES="1") as service:
        waiting = Waiting(service, at, events)
        rate = events / statistics.median(waiting.deliver(1) for _ in range(bench.rounds))
        bench.note(f"events a second to one endpoint / {LEAST_A_SECOND}", f"{rate:,.0f}/s", rate / LEAST_A_SECOND, 1)
        rounds = bench.in_turn(lambda: waiting.deliver(_TAKING), lambda: waiting.deliver(_TAKING, *away))
    alone, beside = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    detail = f"{beside:.2f} of {alone:.2f} s; {events * _TAKING / beside:,.0f} of {events * _TAKING / alone:,.0f}/s"
    ratio = statistics.median(ours / theirs for theirs, ours in rounds)
    bench.note(
        f"time for {_TAKING} endpoints beside 3 that are away / alone", detail, ratio, MOST_FOR_THE_OTHERS, at_most=True
    )


def main() -> None:
    """Measure, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--events", type=int, default=1500)
    options = parser.parse_args()
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="openrooms-bench-") as name:
        bench = Bench(Path(name), options.rounds, 1)
        measure(bench, options.events)
    text = report.table(("ratio", "of", "measured", "bar", ""), bench.rows)
    report.write(
        "Delivery of events",
        f"`python -m bench.delivery`, {options.rounds} rounds, medians of them and of their ratios; "
        f"{options.events:,} events of as many rooms wait for new subscriptions. Of the three endpoints that are away, "
        f"one does not answer, one answers 503, and one refuses connections. The service has one core, and the program "
        f"with the endpoints the other; SQLite, with fsync on. The machine's load average was {busy:.1f} at the start; "
        f"above 0.5, other work disturbed the run. {report.machine()}.\n\n{text}",
    )
    print(text)


if __name__ == "__main__":
    main()
