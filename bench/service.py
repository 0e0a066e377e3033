"""How fast the service is: ratios to the least that an answer can cost here, and to emulators of its kind.

python -m bench.service [--rounds N] [--seconds N] [--rooms N] [--no-peers]

Servers have one core, wrk the other. Everything that is compared runs in turn, several rounds, medians. *F* is a raw
ASGI "hello" on uvicorn with httptools and uvloop that gets the same requests. The service keeps what it answers: SQLite
with `synchronous=FULL`, and fsync stays on.
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
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from tests.support.application import user
from tests.support.ports import free_port
from tests.support.rest import Rest, signed
from tests.support.service import Process, dev

from bench import peers, report
from bench.load import Load, Request, cpu_seconds, memory, pinned, server, settle, wrk
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import DAY, SECOND, Moment
from openrooms.domain.rooms import ROOM_IDS, Room, room_id
from openrooms.server.process.assembly import now
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.wire.signing import AccessKey

READERS, WRITERS = 16, 64
SMALL, LARGE = 10_000, 1_000_000
SLOW_SYNC = 0.004
ROOMS, IDENTITY = "2025-03-13", "2023-10-01"
_SHIM = Path(__file__).parent / "slow_sync.c"
_FILL_AT_ONCE = 500
_LONG_AGO = 300 * DAY
"""Longer than a room's window and its retention together."""


class Service:
    """The service with so many rooms in it, and requests that are signed for it."""

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

    def _new_room(self) -> str:
        return str(self.rest.call("POST", "/rooms", {"participants": roster(range(2), "Presenter")}).json["id"])

    def request(self, method: str, target: str, body: object = None, version: str = ROOMS) -> Request:
        """Return a signed request, good for a quarter of an hour."""
        raw = b"" if body is None else msgspec.json.encode(body)
        target = f"{target}?api-version={version}"
        headers = signed(method, target, raw, self.host, self.key)
        if raw:
            headers["Content-Type"] = "application/json"
        return Request(method, target, headers, raw)

    def operations(self) -> dict[str, Sequence[Request]]:
        """Return the requests of each operation; those of one are sent in turn."""
        get = [self.request("GET", f"/rooms/{room}") for room in self.rooms]
        # Roles alternate, so that every patch changes all three.
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
    "GET a room": 0.60,
    "create, 2 participants": 0.33,
    "PATCH 3 participants": 0.28,
    "list, page of 100": 0.20,
    "issue a token": 0.15,
}
SIZE_BARS = {
    "GET a room": 0.90,
    "list, page of 100": 0.90,
    "create, 2 participants": 0.90,
    "PATCH 3 participants": 0.60,
}
PEER_BARS = {
    ("Azurite Table", "GET"): 6,
    ("Azurite Table", "create"): 7,
    ("moto's DynamoDB", "GET"): 50,
    ("moto's DynamoDB", "create"): 25,
}
_OURS = {"GET": "GET a room", "create": "create, 2 participants"}
Row = tuple[str, str, str, str, str]


class Bench:
    """One run: what to do it with, and the rows of its table."""

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

    def in_turn(self, theirs: Callable[[], Load], ours: Callable[[], Load]) -> tuple[float, float, float]:
        """Return the median requests a second of both, and the median of the rounds' ratios.

        The machine's speed changes within minutes, but hardly within a round; who comes first alternates.
        """
        seen: list[tuple[float, float]] = []
        for number in range(self.rounds):
            if number % 2:
                second, first = ours().per_second, theirs().per_second
            else:
                first, second = theirs().per_second, ours().per_second
            seen.append((first, second))
        less, more = zip(*seen, strict=True)
        return statistics.median(less), statistics.median(more), statistics.median(b / a for a, b in seen)

    def floor(self, service: Service) -> None:
        """Compare each operation with F."""
        port = free_port()
        hello = f"http://127.0.0.1:{port}"
        with server([sys.executable, "-m", "bench.hello", str(port)], port) as pid:
            for name, requests in service.operations().items():
                least, ours, ratio = self.in_turn(
                    lambda requests=requests: self.load(hello, requests),
                    lambda requests=requests: self.load(service.address, requests),
                )
                cost = self.cost(service.process.popen.pid, service.address, requests)
                detail = f"{ours:,.0f} of {least:,.0f}/s; {cost:.0f} of {self.cost(pid, hello, requests):.0f} µs"
                self.note(f"{name} / F", detail, ratio, BARS[name])

    def cost(self, pid: int, address: str, requests: Sequence[Request]) -> float:
        """Return the processor time of a request in µs, which other programs on the machine disturb less."""
        before = cpu_seconds(pid)
        load = self.load(address, requests, 2)
        return (cpu_seconds(pid) - before) / (load.per_second * 2) * 1e6

    def sizes(self, small: Service, large: Service) -> None:
        """Compare many rooms with few."""
        few, many = small.operations(), large.operations()
        for name, bar in SIZE_BARS.items():
            less, more, ratio = self.in_turn(
                lambda name=name: self.load(small.address, few[name]),
                lambda name=name: self.load(large.address, many[name]),
            )
            detail = f"{more:,.0f} of {less:,.0f}/s"
            self.note(f"{name}, {large.held:,} rooms / {small.held:,}", detail, ratio, bar)

    def fairness(self, service: Service) -> None:
        """Compare the slowest hundredth of tokens with the usual one."""
        requests = service.operations()["issue a token"]
        loads = [
            wrk(service.address, requests, self.folder, connections=WRITERS, seconds=self.seconds)
            for _ in range(self.rounds)
        ]
        ratio = statistics.median(load.p99 / load.p50 for load in loads)
        detail = f"p50 {statistics.median(load.p50 for load in loads) * 1000:.1f} ms, {WRITERS} connections"
        self.note("issue a token: p99 / p50", detail, ratio, 4, at_most=True)

    def purge(self, calm: Service, purging: Service) -> None:
        """Compare the slowest hundredth beside a purge with that of a service that purges nothing."""
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
        """Create on a disk whose sync takes 4 ms longer, and read beside it."""
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

    def peers(self, service: Service) -> None:
        """Compare with emulators that people use in its place."""
        operations = service.operations()
        with peers.running(self.folder) as known:
            for (peer, way), bar in PEER_BARS.items():
                address, requests = known[peer][way]
                theirs, ours, ratio = self.in_turn(
                    lambda address=address, requests=requests: self.load(address, requests()),
                    lambda way=way: self.load(service.address, operations[_OURS[way]]),
                )
                self.note(f"{way} / {peer}", f"{ours:,.0f} of {theirs:,.0f}/s", ratio, bar)


@contextmanager
def started(folder: Path, rooms: int, *, expired: bool = False, **variables: str) -> Iterator[Service]:
    """Start a service on the servers' core with so many rooms in it, all to be purged if they are expired.

    It logs no requests, as F does not.
    """
    variables.setdefault("OPENROOMS_LOG_LEVEL", "warning")
    with ExitStack() as stack:
        with pinned():
            process = stack.enter_context(dev(folder, **variables))
        made = Service(process, rooms)
        if rooms > len(made.rooms):
            process.stop()
            (folder / "ready.json").unlink(missing_ok=True)
            asyncio.run(fill(folder / "data" / "openrooms.db", rooms, expired))
            # Else the disk is busy for minutes with what was filled in, and every commit waits for it.
            os.sync()
            with pinned():
                process = stack.enter_context(dev(folder, **variables))
            made = Service(process, rooms)
        yield made
        made.rest.close()


async def fill(path: Path, rooms: int, expired: bool) -> None:
    """Add so many rooms through the storage itself: past their retention, or such as can still be joined.

    Expired ones are purged while something is measured.
    """
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
    """Return how many rooms of the service in the folder are past their window."""
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'data' / 'openrooms.db'}?mode=ro", uri=True)) as database:
        count: int = database.execute("SELECT count(*) FROM rooms WHERE valid_until < ?", (now(),)).fetchone()[0]
        return count


def wait_for_purge(folder: Path, rooms: int) -> None:
    """Return once a purge has begun, as it does once a minute."""
    limit = time.monotonic() + 120
    while expired_rooms(folder) == rooms:
        if time.monotonic() > limit:
            raise TimeoutError("no purge has begun")
        time.sleep(0.5)


def _old_room(random: Random, created: Moment) -> Room:
    return Room(room_id(random.randrange(ROOM_IDS)), created, created, Moment(created + 180 * DAY))


def compile_shim(folder: Path) -> Path:
    """Return the library that slows every sync."""
    library = folder / "slow_sync.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, _SHIM, "-ldl"], check=True)
    return library


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write the section."""
    asked = _arguments(arguments)
    # Installed packages are compiled, and a process that has to compile keeps 8 MB of it.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    began, busy = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="openrooms-bench-") as name:
        folder = Path(name)
        bench = Bench(folder, asked.rounds, asked.seconds)
        with started(folder / "small", SMALL) as small:
            bench.note(
                f"resident memory at {SMALL:,} rooms, MB", "", memory(small.process.popen.pid) / 1e6, 70, at_most=True
            )
            bench.floor(small)
            bench.fairness(small)
            if asked.peers:
                bench.peers(small)
        bench.slow_disk(compile_shim(folder))
        with started(folder / "few", SMALL) as few, started(folder / "many", asked.rooms) as many:
            bench.sizes(few, many)
        with started(folder / "calm", 100) as calm, started(folder / "purging", asked.rooms, expired=True) as purging:
            bench.purge(calm, purging)
    text = report.table(("ratio", "of", "measured", "bar", ""), bench.rows)
    took = time.monotonic() - began
    report.write(
        "Service",
        f"`python -m bench.service`, {asked.rounds} rounds of {asked.seconds:g} s in turn, medians of them and of "
        f"their ratios, {took:.0f} s in all; {READERS} connections read, {WRITERS} write; servers have one core, wrk "
        f"the other. F is a raw ASGI hello on uvicorn that gets the same requests; µs are processor time a request. "
        f"The emulators keep what a room holds, in memory or without a sync, where the service has it on disk. "
        f"The machine's load average was {busy:.1f} before it began: above 0.5, other work disturbed it. "
        f"{report.machine()}.\n\n{text}",
    )
    print(text)


def _arguments(arguments: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rooms", type=int, default=LARGE, help="rooms of the large database")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
