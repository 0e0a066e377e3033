"""The service's performance, as ratios to the cheapest possible answer and to the alternatives.

python -m bench.service [--rounds N] [--seconds N] [--rooms N] [--no-peers]
python -m bench.service --only TEXT [--rounds N] [--seconds N]

Servers run on one core and wrk on the other. Runs that are compared alternate for several rounds; the tables have the
medians. The cost of a request is the server's processor time, because rates change by a factor of two within a minute
on a machine with other work. *F* is a raw ASGI "hello" on uvicorn with httptools and uvloop, for the same requests.
The service writes what it answers to disk: SQLite with `synchronous=FULL`, with fsync on.
"""

import argparse
import asyncio
import contextlib
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

import msgspec
from tests.support.application import user
from tests.support.ports import free_port
from tests.support.rest import Rest, signed
from tests.support.service import Process, openrooms, running

from bench import peers, report
from bench.load import Load, Request, cpu_seconds, memory, pinned, server, settle, wrk
from openrooms._clock import real_time as now
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import DAY, SECOND, Moment
from openrooms.domain.rooms import ROOM_IDS, Room, room_id
from openrooms.server.core.rates import Rates
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.wire.signing import AccessKey

READERS, WRITERS = 16, 64
SMALL, LARGE = 10_000, 1_000_000
SLOW_SYNC = 0.004
ROOMS, IDENTITY = "2025-03-13", "2023-10-01"
_SHIM = Path(__file__).parent / "slow_sync.c"
_FILL_AT_ONCE = 500
_FEW_CALLS = 5
_LONG_AGO = 300 * DAY
"""Longer ago than a room's window and retention together."""


T = TypeVar("T")


class Service:
    """A service with `rooms` rooms, and signed requests to it."""

    def __init__(self, process: Process, rooms: int) -> None:
        self.process = process
        self.address = process.http
        self.host = self.address.removeprefix("http://")
        self.key = AccessKey(process.connectionString.partition("accesskey=")[2])
        self.rest = Rest(process.http, process.connectionString)
        self.random = Random(1)
        self.rooms = [self._new_room() for _ in range(32)]
        self.user = str(self.rest.call("POST", "/identities", version=IDENTITY).json["identity"]["id"])
        self.held = rooms

    @property
    def pid(self) -> int:
        """The process id of the service."""
        return self.process.popen.pid

    def _new_room(self) -> str:
        return str(self.rest.call("POST", "/rooms", {"participants": roster(range(2), "Presenter")}).json["id"])

    def request(self, method: str, target: str, body: object = None, version: str = ROOMS) -> Request:
        """Return a signed request, valid for 15 minutes."""
        raw = b"" if body is None else msgspec.json.encode(body)
        target = f"{target}?api-version={version}"
        headers = signed(method, target, raw, self.host, self.key)
        if raw:
            headers["Content-Type"] = "application/json"
        return Request(method, target, headers, raw)

    def operations(self) -> dict[str, Sequence[Request]]:
        """Return the requests of each operation, which are sent one after the other."""
        get = [self.request("GET", f"/rooms/{room}") for room in self.rooms]
        # Roles alternate, so that every PATCH changes all three participants.
        patch = [
            self.request("PATCH", f"/rooms/{room}/participants", {"participants": roster(range(2, 5), role)})
            for role in ("Consumer", "Presenter")
            for room in self.rooms
        ]
        create = [self.request("POST", "/rooms", {"participants": roster(range(2), "Presenter")})]
        token = [self.request("POST", f"/identities/{self.user}/:issueAccessToken", {"scopes": ["voip"]}, IDENTITY)]
        return {
            "GET a room": get,
            "create, 2 participants": create,
            "PATCH 3 participants": patch,
            "list, page of 100": [self.request("GET", "/rooms")],
            "issue a token": token,
        }


def roster(numbers: range, role: str) -> dict[str, dict[str, str]]:
    return {user(number): {"role": role} for number in numbers}


BARS = {
    "GET a room": 0.75,
    "create, 2 participants": 0.42,
    "PATCH 3 participants": 0.42,
    "list, page of 100": 0.30,
    "issue a token": 0.28,
}
SIZE_BARS = {
    "GET a room": 0.90,
    "list, page of 100": 0.90,
    "create, 2 participants": 0.90,
    "PATCH 3 participants": 0.60,
}
LIVEKIT_BAR = 1
AZURITE_BARS = {"GET": 6, "create": 7}
_OURS = {"GET": "GET a room", "create": "create, 2 participants"}
Row = tuple[str, str, str, str, str]


class Sample(NamedTuple):
    """Requests a second, and the server's processor time for each request in µs."""

    per_second: float
    cost: float


class Bench:
    """One run of the benchmark: its options and the rows of its table."""

    def __init__(self, folder: Path, rounds: int, seconds: float) -> None:
        self.folder = folder
        self.rounds = rounds
        self.seconds = seconds
        self.rows: list[Row] = []

    def note(self, name: str, detail: str, measured: float, bar: float, *, at_most: bool = False) -> None:
        """Add a row."""
        met = measured <= bar if at_most else measured >= bar
        sign = "≤" if at_most else "≥"
        row = (name, detail, f"{measured:,.2f}", f"{sign} {bar:g}", "met" if met else "not met")
        print(*row, sep="  ", flush=True)
        self.rows.append(row)

    def load(self, address: str, requests: Sequence[Request], seconds: float | None = None) -> Load:
        writes = requests[0].method != "GET" and not requests[0].target.startswith("/identities")
        settle()
        return wrk(
            address,
            requests,
            self.folder,
            connections=WRITERS if writes else READERS,
            seconds=seconds or self.seconds,
        )

    def note_unjudged(self, name: str, detail: str, measured: float) -> None:
        """Add a row that has no bar."""
        row = (name, detail, f"{measured:,.2f}", "", "")
        print(*row, sep="  ", flush=True)
        self.rows.append(row)

    def in_turn(self, theirs: Callable[[], T], ours: Callable[[], T]) -> list[tuple[T, T]]:
        """Return the results of both in each round.

        The machine's speed changes within minutes, but hardly within a round. The one that runs first alternates.
        """
        rounds: list[tuple[T, T]] = []
        for number in range(self.rounds):
            if number % 2:
                second, first = ours(), theirs()
            else:
                first, second = theirs(), ours()
            rounds.append((first, second))
        return rounds

    def sample(self, pid: int, address: str, requests: Sequence[Request]) -> Sample:
        """Return the processor time of a round of requests."""
        before = cpu_seconds(pid)
        load = self.load(address, requests)
        return Sample(load.per_second, (cpu_seconds(pid) - before) / load.count * 1e6)

    def sample_calls(self, pid: int, call: Callable[[], None]) -> Sample:
        """Return the processor time of a few calls, for operations that are too slow for a round of wrk."""
        before, began = cpu_seconds(pid), time.monotonic()
        for _ in range(_FEW_CALLS):
            call()
        return Sample(_FEW_CALLS / (time.monotonic() - began), (cpu_seconds(pid) - before) / _FEW_CALLS * 1e6)

    def floor(self, service: Service, served: Service, only: str) -> None:
        """Compare the operations whose names contain `only` with F.

        First without limits and logs, and then with those that `serve` has by default.
        """
        port = free_port()
        hello = f"http://127.0.0.1:{port}"
        by_default = served.operations()
        with server([sys.executable, "-m", "bench.hello", str(port)], port) as pid:
            for name, requests in service.operations().items():
                if only not in name:
                    continue
                seen = self.in_turn(
                    lambda requests=requests: self.sample(pid, hello, requests),
                    lambda requests=requests: self.sample(service.pid, service.address, requests),
                )
                self.note(f"{name}: CPU of F / ours", _detail(seen), _cost_ratio(seen), BARS[name])
                seen = self.in_turn(
                    lambda requests=requests: self.sample(pid, hello, requests),
                    lambda name=name: self.sample(served.pid, served.address, by_default[name]),
                )
                self.note_unjudged(f"{name}: the same, `serve` by default", _detail(seen), _cost_ratio(seen))

    def sizes(self, small: Service, large: Service) -> None:
        """Compare a database of many rooms with one of few."""
        few, many = small.operations(), large.operations()
        for name, bar in SIZE_BARS.items():
            rates = self.in_turn(
                lambda name=name: self.load(small.address, few[name]).per_second,
                lambda name=name: self.load(large.address, many[name]).per_second,
            )
            self.note(f"{name}, {large.held:,} rooms / {small.held:,}", _rates(rates), _rate_ratio(rates), bar)

    def fairness(self, service: Service) -> None:
        """Compare the 99th percentile of issuing a token with the median."""
        requests = service.operations()["issue a token"]
        loads = [
            wrk(service.address, requests, self.folder, connections=WRITERS, seconds=self.seconds)
            for _ in range(self.rounds)
        ]
        ratio = statistics.median(load.p99 / load.p50 for load in loads)
        detail = f"p50 {statistics.median(load.p50 for load in loads) * 1000:.1f} ms, {WRITERS} connections"
        self.note("issue a token: p99 / p50", detail, ratio, 4, at_most=True)

    def purge(self, calm: Service, purging: Service) -> None:
        """Compare the 99th percentile during a purge with that of a service of the same size that purges nothing."""
        wait_for_purge(self.folder / "purging", purging.held)
        for name in ("GET a room", "create, 2 participants"):
            seen = [
                (
                    self.load(calm.address, calm.operations()[name]).p99,
                    self.load(purging.address, purging.operations()[name]).p99,
                )
                for _ in range(self.rounds)
            ]
            left = expired_rooms(self.folder / "purging")
            if not left:
                raise RuntimeError("the purge ended before it was measured: give more --rooms")
            without, beside = (statistics.median(times) * 1000 for times in zip(*seen, strict=True))
            ratio = statistics.median(b / a for a, b in seen)
            detail = f"{beside:.1f} of {without:.1f} ms"
            self.note(f"{name}: p99 beside a purge of {purging.held:,} / without", detail, ratio, 1.5, at_most=True)

    def slow_disk(self, shim: Path) -> None:
        """Create rooms on a disk whose sync takes 4 ms longer, and read rooms at the same time."""
        with started(self.folder / "slow", 100, LD_PRELOAD=str(shim)) as service:
            operations = service.operations()
            beside: list[Load] = []
            reads = threading.Thread(target=lambda: beside.append(self.beside(service, operations["GET a room"])))
            reads.start()
            creates = self.load(service.address, operations["create, 2 participants"], self.seconds * 2)
            reads.join()
        detail = f"{creates.per_second:,.0f}/s with 64 connections"
        self.note("slow disk: rooms created in the time of a sync", detail, creates.per_second * SLOW_SYNC, 20)
        self.note("slow disk: p99 of GETs beside, ms", "1 connection", beside[0].p99 * 1000, 2, at_most=True)

    def beside(self, service: Service, requests: Sequence[Request]) -> Load:
        folder = self.folder / "beside"
        folder.mkdir(exist_ok=True)
        return wrk(service.address, requests, folder, connections=1, seconds=self.seconds * 2)

    def azurite(self, service: Service) -> None:
        """Compare with Azurite's tables, in which an application could keep rooms itself."""
        operations = service.operations()
        with peers.azurite(self.folder / "azurite") as azurite:
            for way, bar in AZURITE_BARS.items():
                address, requests = azurite[way]
                rates = self.in_turn(
                    lambda address=address, requests=requests: self.load(address, requests()).per_second,
                    lambda way=way: self.load(service.address, operations[_OURS[way]]).per_second,
                )
                self.note(f"{way} / Azurite Table", _rates(rates), _rate_ratio(rates), bar)

    def livekit(self, service: Service) -> None:
        """Compare with LiveKit's own rooms, which it keeps in memory: `CreateRoom` and the list of all rooms."""
        operations = service.operations()
        with peers.livekit(service.held) as livekit:
            seen = self.in_turn(
                lambda: self.sample_calls(livekit.pid, livekit.list_all),
                lambda: self.sample(service.pid, service.address, operations["list, page of 100"]),
            )
            name = f"page of 100: CPU of LiveKit's ListRooms, all {service.held:,} / ours"
            self.note(name, _detail(seen), _cost_ratio(seen), LIVEKIT_BAR)
            seen = self.in_turn(
                lambda: self.sample(livekit.pid, livekit.address, livekit.creates()),
                lambda: self.sample(service.pid, service.address, operations["create, 2 participants"]),
            )
            name = "durable create: CPU of LiveKit's CreateRoom / ours"
            self.note(name, _detail(seen), _cost_ratio(seen), LIVEKIT_BAR)


def _cost_ratio(seen: Sequence[tuple[Sample, Sample]]) -> float:
    """Return the median ratio of processor time: theirs for each µs of ours."""
    return statistics.median(theirs.cost / ours.cost for theirs, ours in seen)


def _rate_ratio(rates: Sequence[tuple[float, float]]) -> float:
    return statistics.median(ours / theirs for theirs, ours in rates)


def _rates(rates: Sequence[tuple[float, float]]) -> str:
    theirs, ours = map(statistics.median, zip(*rates, strict=True))
    return f"{ours:,.0f} of {theirs:,.0f}/s"


def _detail(seen: Sequence[tuple[Sample, Sample]]) -> str:
    theirs, ours = (statistics.median(sample.cost for sample in samples) for samples in zip(*seen, strict=True))
    return f"{theirs:,.0f} / {ours:,.0f} µs; {_rates([(a.per_second, b.per_second) for a, b in seen])}"


@contextmanager
def started(
    folder: Path, rooms: int, *, expired: bool = False, by_default: bool = False, **variables: str
) -> Iterator[Service]:
    """Start a service on the servers' core with `rooms` rooms, which it purges if they are `expired`.

    Like F, it logs no requests and writes no audit trail. With `by_default` it does both and counts requests for its
    limits, as `openrooms serve` does.
    """
    run = _serve if by_default else _serve_silently
    with ExitStack() as stack:
        with pinned():
            process = stack.enter_context(run(folder, **variables))
        made = Service(process, rooms)
        if rooms > len(made.rooms):
            process.stop()
            (folder / "ready.json").unlink(missing_ok=True)
            asyncio.run(fill(folder / "data" / "openrooms.db", rooms, expired))
            # Otherwise the disk would write the added rooms for minutes, and every commit would wait for it.
            os.sync()
            with pinned():
                process = stack.enter_context(run(folder, **variables))
            made = Service(process, rooms)
        yield made
        made.rest.close()


def _serve_silently(folder: Path, **variables: str) -> AbstractContextManager[Process]:
    limits = [f"--{name}-rate=off" for name in msgspec.structs.asdict(Rates())]
    silent = {"OPENROOMS_AUDIT_LOG": "off", "OPENROOMS_AUDIT_DAYS": "0"}
    return _running(folder, "--log-level=warning", *limits, **silent | variables)


def _serve(folder: Path, **variables: str) -> AbstractContextManager[Process]:
    # All load comes from one client, which must not reach the limits.
    return _running(folder, *[f"--{name}-rate=1000000" for name in ("operator", "resource")], **variables)


def _running(folder: Path, *flags: str, **variables: str) -> AbstractContextManager[Process]:
    if not (folder / "data").exists():
        folder.mkdir(exist_ok=True)
        (folder / "key").write_text(openrooms("keys", "new").stdout, encoding="utf-8")
        openrooms("migrate", "--data", folder / "data")
    places = ("--https-port", "off", "--http-port", 0, "--access-key-file", folder / "key")
    return running("serve", *places, *flags, folder=folder, **variables)


async def fill(path: Path, rooms: int, expired: bool) -> None:
    """Add rooms directly to the storage: rooms that the service will purge if `expired`, otherwise open ones."""
    storage = await SqliteStorage.open(path)
    random, first = Random(2), now() - rooms * SECOND - (_LONG_AGO if expired else 0)
    resource: ResourceId = (await storage.list_resources())[0].id
    for start in range(0, rooms, _FILL_AT_ONCE):
        made = [
            _old_room(random, Moment(first + number * SECOND))
            for number in range(start, min(start + _FILL_AT_ONCE, rooms))
        ]
        await asyncio.gather(*(storage.create_room(resource, room, (), None) for room in made))
    await storage.close()


def expired_rooms(folder: Path) -> int:
    """Return how many rooms of the service in the folder have expired."""
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'data' / 'openrooms.db'}?mode=ro", uri=True)) as database:
        count: int = database.execute("SELECT count(*) FROM rooms WHERE valid_until < ?", (now(),)).fetchone()[0]
        return count


def wait_for_purge(folder: Path, rooms: int) -> None:
    """Wait until a purge begins; there is one every minute."""
    limit = time.monotonic() + 120
    while expired_rooms(folder) == rooms:
        if time.monotonic() > limit:
            raise TimeoutError("no purge has begun")
        time.sleep(0.5)


def _old_room(random: Random, created: Moment) -> Room:
    return Room(room_id(random.randrange(ROOM_IDS)), created, created, Moment(created + 180 * DAY))


def compile_shim(folder: Path) -> Path:
    """Compile the library that slows every sync, and return its path."""
    library = folder / "slow_sync.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, _SHIM, "-ldl"], check=True)
    return library


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write the section."""
    options = _arguments(arguments)
    # Installed packages are compiled, and compiling would add 8 MB to a process.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    began, busy = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="openrooms-bench-") as name:
        folder = Path(name)
        bench = Bench(folder, options.rounds, options.seconds)
        with started(folder / "small", SMALL) as small:
            bench.note(f"resident memory at {SMALL:,} rooms, MB", "", memory(small.pid) / 1e6, 70, at_most=True)
            with started(folder / "served", SMALL, by_default=True) as served:
                bench.floor(small, served, options.only)
            if options.only:
                return
            bench.fairness(small)
            if options.peers:
                bench.azurite(small)
        if options.peers:
            with started(folder / "fresh", SMALL) as fresh:
                bench.livekit(fresh)
        bench.slow_disk(compile_shim(folder))
        with started(folder / "many", options.rooms) as many:
            with started(folder / "few", SMALL) as few:
                bench.sizes(few, many)
            with started(folder / "purging", options.rooms, expired=True) as purging:
                bench.purge(many, purging)
    text = report.table(("ratio", "of", "measured", "bar", ""), bench.rows)
    took = time.monotonic() - began
    report.write(
        "Service",
        f"`python -m bench.service`, {options.rounds} rounds of {options.seconds:g} s in turn, medians of them and of "
        f"their ratios, {took:.0f} s in all; {READERS} connections read, {WRITERS} write; servers have one core, wrk "
        f"the other. F is a raw ASGI hello on uvicorn that gets the same requests; µs are the server's processor time "
        f"for a request. `serve` by default also writes the request log and the audit trail, and counts for its "
        f"limits. "
        f"Azurite stores rooms without a sync, LiveKit keeps its rooms in memory, and the service writes them to disk. "
        f"The machine's load average was {busy:.1f} at the start; above 0.5, other work disturbed the run. "
        f"{report.machine()}.\n\n{text}",
    )
    print(text)


def _arguments(arguments: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--rooms", type=int, default=LARGE, help="rooms of the large database")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    parser.add_argument(
        "--only", metavar="TEXT", default="", help="compare only operations named so with F, and publish nothing"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
