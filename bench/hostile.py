"""The cost of hostile requests, and an honest client during floods of them.

python -m bench.hostile [--seconds N]

The requests are those of `tests/support/hostile.py`. Without limits, since the one for addresses would hide what they
cost: the processor time of the service for each answer, compared with the plainest 401, and the p99 of an honest client
beside 2,000 of a kind a second, compared with its p99 beside 2,000 of the plainest. Then the same with the limits on.
Other work on the machine only adds to either, so the least of several rounds counts, in turn with the plainest.
"""

import argparse
import asyncio
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec
from tests.support.cost import Asker, cost
from tests.support.hostile import PLAINEST, PLAINEST_LAST, kinds
from tests.support.rest import Rest, signed
from tests.support.service import Process, openrooms, running

from bench import report
from bench.load import LOAD_CORE, pinned
from openrooms.wire.signing import AccessKey

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

    Shared = Synchronized[int]

FLOOD_A_SECOND = 2_000
BAR = 3
_CONNECTIONS = 16
_TURN_SECONDS = 0.005
_ROUNDS, _ANSWERS = 15, 40
_SLICES, _MOST_SLICES = 3, 9
_SETTLE_SECONDS = 0.1
_FLOOD_NICENESS = 10
_HONEST, _HOSTILE = "127.0.0.2", "127.0.0.1"
_SHOWN = 8
_LIVEKIT = ("--livekit", "ws://127.0.0.1:9", "--livekit-api-key", "bench", "--livekit-api-secret", "s" * 40)


class Service(NamedTuple):
    """A service, the bytes of each hostile request to it, and the bytes of an honest one."""

    process: Process
    port: int
    hostile: Mapping[str, Sequence[bytes]]
    honest: bytes


class Cost(NamedTuple):
    """The seconds of one answer, and of the simplest refusal for comparison."""

    kind: str
    seconds: float
    least: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.least


class Beside(NamedTuple):
    """An honest client during a flood: its p99, that during the simplest flood, and the flood's requests a second."""

    kind: str
    p99: float
    plain: float
    a_second: float

    @property
    def ratio(self) -> float:
        return self.p99 / self.plain


@contextmanager
def started(folder: Path, *flags: str) -> Iterator[Service]:
    """Start a service with one room on the servers' core."""
    openrooms("migrate", "--data", folder / "data")
    with pinned(), running("serve", "--http-port", 0, *_LIVEKIT, *flags, folder=folder) as process:
        os.sched_setaffinity(0, {LOAD_CORE})
        host = process.http.removeprefix("http://")
        with urllib.request.urlopen(f"{process.http}/openrooms/.well-known/jwks.json") as answer:
            key_id = msgspec.json.decode(answer.read())["keys"][0]["kid"]
        rest = Rest(process.http, process.connectionString)
        target = f"/rooms/{rest.call('POST', '/rooms', {}).json['id']}?api-version=2025-03-13"
        rest.close()
        headers = signed("GET", target, b"", host, AccessKey(process.connectionString.partition("accesskey=")[2]))
        lines = "".join(f"{name}: {value}\r\n" for name, value in ({"Host": host} | headers).items())
        hostile = {name: [one.encode(host) for one in requests] for name, requests in kinds(key_id).items()}
        honest = f"GET {target} HTTP/1.1\r\n{lines}\r\n".encode("ascii")
        yield Service(process, int(host.rpartition(":")[2]), hostile, honest)


def costs(service: Service) -> list[Cost]:
    """Return the cost of each kind: the minimum of several rounds, alternating with the simplest refusal."""
    pid, found = service.process.popen.pid, []
    with Asker(service.port) as asker:
        for kind, requests in service.hostile.items():
            asker.ask(requests[0])
            plainest = service.hostile[PLAINEST if asker.is_open else PLAINEST_LAST]
            rounds = [
                (cost(pid, asker, requests, _ANSWERS), cost(pid, asker, plainest, _ANSWERS)) for _ in range(_ROUNDS)
            ]
            found.append(Cost(kind, min(ours for ours, _ in rounds), min(least for _, least in rounds)))
    return found


class Flood:
    """A process that sends 2,000 requests a second of one kind, which `switch` chooses."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._kinds = list(service.hostile)
        self._kind = multiprocessing.Value("i", 0)
        self._answered = multiprocessing.Value("q", 0)
        arguments = (service.port, list(service.hostile.values()), self._kind, self._answered)
        self._process = multiprocessing.Process(target=_flood, args=arguments, daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()

    def beside(self, kind: str, seconds: float) -> tuple[float, float]:
        """Return the p99 of an honest client beside this kind, and the requests a second that were answered."""
        self._kind.value = self._kinds.index(kind)
        time.sleep(_SETTLE_SECONDS)
        before, began = self._answered.value, time.monotonic()
        p99 = _honest_p99(self._service, seconds)
        return p99, (self._answered.value - before) / (time.monotonic() - began)


def floods(service: Service, seconds: float) -> list[Beside]:
    """Return the honest client's results beside each kind, in turn with the simplest refusal."""
    found = []
    with Flood(service) as flood:
        for kind in service.hostile:
            plainest = PLAINEST_LAST if _ends(service, kind) else PLAINEST
            beside, plain = [], []
            while len(plain) < _SLICES or (len(plain) < _MOST_SLICES and min(beside)[0] > BAR * min(plain)[0]):
                plain.append(flood.beside(plainest, seconds))
                beside.append(flood.beside(kind, seconds))
            p99, a_second = min(beside)
            found.append(Beside(kind, p99, min(plain)[0], a_second))
            print(f"{found[-1].ratio:5.2f} {p99 * 1000:6.2f} ms {a_second:6.0f}/s {kind}", flush=True)
    return found


def _ends(service: Service, kind: str) -> bool:
    with Asker(service.port) as asker:
        asker.ask(service.hostile[kind][0])
        return not asker.is_open


def _honest_p99(service: Service, seconds: float) -> float:
    taken = []
    with socket.create_connection((_HOSTILE, service.port), 10, (_HONEST, 0)) as connection:
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            connection.sendall(service.honest)
            answer = connection.recv(65536)
            taken.append(time.perf_counter() - began)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"an honest client is refused: {answer[:200]!r}")
            # A single client, because it shares its core with the flood.
            time.sleep(0.001)
    return statistics.quantiles(taken, n=100)[98]


def _flood(port: int, kinds: "Sequence[Sequence[bytes]]", kind: "Shared", answered: "Shared") -> None:
    os.sched_setaffinity(0, {LOAD_CORE})
    # The honest client is on the same core, and its times must be those of the service.
    os.nice(_FLOOD_NICENESS)
    asyncio.run(_flooding(port, kinds, kind, answered))


async def _flooding(port: int, kinds: "Sequence[Sequence[bytes]]", kind: "Shared", answered: "Shared") -> None:
    due = asyncio.Semaphore(0)

    async def stranger(number: int) -> None:
        at = number
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection(_HOSTILE, port, limit=2**20)
                await _ask_on(reader, writer, at)

    async def _ask_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, at: int) -> None:
        try:
            while True:
                await due.acquire()
                requests = kinds[kind.value]
                writer.write(requests[at % len(requests)])
                at += _CONNECTIONS
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
                answered.value += 1
                if b"connection: close" in head:
                    return
        finally:
            writer.close()

    async with asyncio.TaskGroup() as strangers:
        for number in range(_CONNECTIONS):
            strangers.create_task(stranger(number))
        began, sent = time.monotonic(), 0
        while True:
            await asyncio.sleep(_TURN_SECONDS)
            wanted = int((time.monotonic() - began) * FLOOD_A_SECOND)
            for _ in range(wanted - sent):
                due.release()
            sent = wanted


def _row(name: str, detail: str, measured: float) -> tuple[str, ...]:
    return name, detail, f"{measured:.2f}", f"≤ {BAR}", "met" if measured <= BAR else "not met"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.3, help="how long each round of a flood lasts")
    options = parser.parse_args(arguments)
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="openrooms-bench-") as name:
        folder = Path(name)
        with started(folder / "open", "--address-rate", "off") as service:
            by_cost = sorted(costs(service), key=lambda one: -one.ratio)
            by_p99 = sorted(floods(service, options.seconds), key=lambda one: -one.ratio)
        with started(folder / "limited") as service, Flood(service) as flood:
            limited, came = min(flood.beside(by_p99[0].kind, options.seconds) for _ in range(_SLICES))
    rows = [
        _row(f"cost: {one.kind}", f"{one.seconds * 1e6:.0f} of {one.least * 1e6:.0f} µs", one.ratio)
        for one in by_cost[:_SHOWN]
    ]
    rows += [
        _row(
            f"p99 beside: {one.kind}",
            f"{one.p99 * 1000:.2f} of {one.plain * 1000:.2f} ms, {one.a_second:,.0f}/s",
            one.ratio,
        )
        for one in by_p99[:_SHOWN]
    ]
    text = report.table(("hostile request", "of", "ratio", "bar", ""), rows)
    report.write(
        "Strangers",
        f"`python -m bench.hostile`, {len(by_cost)} kinds of hostile anonymous requests, the {_SHOWN} worst of each "
        "measure. *Cost* is the processor time of the service for an answer, the least of "
        f"{_ROUNDS} rounds in turn with the plainest 401. *p99* is an honest client's that reads a room, beside a "
        f"flood of {FLOOD_A_SECOND:,} a second (the table says how many came), in turn with a flood of plain 401s: the "
        f"least of {_SLICES} rounds of {options.seconds:g} s each, and of up to {_MOST_SLICES} where that is above the "
        "bar. What ends its connection is compared with a plain 401 that does, since a new connection costs more than "
        "a refusal. Both without "
        "limits, which would hide the cost. With the "
        f"limits on, p99 beside the worst kind is {limited * 1000:.2f} ms at {came:,.0f}/s, most of it answered 429. "
        f"The machine's load average was {busy:.1f} before it began. {report.machine()}.\n\n{text}",
    )
    print(text)


if __name__ == "__main__":
    main()
