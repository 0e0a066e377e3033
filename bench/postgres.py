"""The service's performance with PostgreSQL, as ratios within one run.

python -m bench.postgres [--purge-alone] [--rounds N] [--seconds N] [--million N]

The service has one core, wrk and PostgreSQL share the other; fsync is on. The results replace their sections in
docs/benchmarks.md. The service beside a purge has a separate section and can be measured alone.
"""

import argparse
import base64
import email.utils
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.ports import free_port, wait_for_port
from tests.support.postgres import Cluster
from tests.support.service import openrooms

from bench import report
from openrooms._clock import real_time as now
from openrooms.domain.moments import DAY, Moment
from openrooms.domain.rooms import Room, room_id
from openrooms.wire.models import render_room
from openrooms.wire.signing import AUTHORIZATION_PREFIX, AccessKey, content_hash, string_to_sign

CONNECTIONS = 64
_SERVER_CORE, _OTHER_CORE = "0", "1"
_SAMPLE = 2000
_LONG_AGO = 300 * DAY
"""Longer ago than a room's window and retention together."""
_VERSION = "api-version=2025-03-13"
_SERVE = "import sys; from openrooms.cli.commands import run; sys.exit(run())"
_ONE_TRANSACTION_EACH = (
    "from openrooms.server.storage.postgres import PostgresStorage;"
    "PostgresStorage.open.__func__.__kwdefaults__['batch'] = 1;"
)
_PEOPLE = [f"8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_{number:08x}-0000-4000-8000-000000000000" for number in (1, 2)]
_BODY = f'{{"participants":{{"{_PEOPLE[0]}":{{"role":"Presenter"}},"{_PEOPLE[1]}":{{"role":"Attendee"}}}}}}'


class Measured(NamedTuple):
    """A result of wrk: requests a second, and the 99th percentile in milliseconds."""

    rate: float
    p99: float


class Bar(NamedTuple):
    """A line of the table: a ratio, and the bar that it must reach or, with `at_most`, not exceed."""

    what: str
    ratio: float
    bar: float
    note: str = ""
    at_most: bool = False


def main() -> None:
    """Measure, print and write the sections."""
    options = argparse.ArgumentParser()
    options.add_argument("--purge-alone", action="store_true", help="measure the service beside a purge only")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--million", type=int, default=1_000_000, help="rooms in the large database")
    arguments = options.parse_args()
    with Cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        _pin(cluster.pid, _OTHER_CORE)
        shape = (Path(folder), arguments.rounds, arguments.seconds, arguments.million)
        if not arguments.purge_alone:
            results = _measure(cluster, *shape)
            about = f"the large database has {arguments.million:,} rooms"
            _publish("PostgreSQL", results, _bars(results), about, arguments)
        purging = _purge(cluster, *shape)
        about = f"{arguments.million:,} rooms have expired, and the service removes them"
        _publish("Purge", purging, _purge_bars(purging), about, arguments)


def _measure(cluster: Cluster, folder: Path, rounds: int, seconds: int, million: int) -> dict[str, Measured]:
    key = base64.b64encode(secrets.token_bytes(64)).decode("ascii")
    small, large = _database(cluster, 10_000), _database(cluster, million)
    with ExitStack() as running:
        port = free_port()
        running.enter_context(_started([sys.executable, "-m", "bench.hello", str(port)], port, _SERVER_CORE))
        batched = running.enter_context(_service(small, key, _SERVER_CORE))
        single = running.enter_context(_service(small, key, _SERVER_CORE, _ONE_TRANSACTION_EACH))
        other = running.enter_context(_service(small, key, _OTHER_CORE))
        vast = running.enter_context(_service(large, key, _SERVER_CORE))
        runs: dict[str, Callable[[], Measured]] = {
            "F, hello": _wrk(folder, port, key, _gets(10_000), seconds),
            "GET, 10 thousand rooms": _wrk(folder, batched, key, _gets(10_000), seconds),
            "GET, a million rooms": _wrk(folder, vast, key, _gets(million), seconds),
            "GET, two processes": _both(
                _wrk(folder, batched, key, _gets(10_000), seconds), _wrk(folder, other, key, _gets(10_000), seconds)
            ),
            "create, batches": _wrk(folder, batched, key, _creates(), seconds, "repeatable"),
            "create, one transaction each": _wrk(folder, single, key, _creates(), seconds, "repeatable"),
            "create, a million rooms": _wrk(folder, vast, key, _creates(), seconds, "repeatable"),
        }
        return {name: _median(found) for name, found in _interleaved(runs, rounds).items()}


def _purge(cluster: Cluster, folder: Path, rounds: int, seconds: int, expired: int) -> dict[str, Measured]:
    """Measure a service that purges `expired` rooms and one that purges nothing."""
    key = base64.b64encode(secrets.token_bytes(64)).decode("ascii")
    calm, url = _database(cluster, 10_000), _database(cluster, 10_000)
    name = url.rpartition("/")[2]
    _add_rooms(cluster, name, 10_000, expired, now() - _LONG_AGO)
    with _service(calm, key, _SERVER_CORE) as without, _service(url, key, _SERVER_CORE) as beside:
        _wait_for_purge(cluster, name)
        runs = {
            "GET, nothing to purge": _wrk(folder, without, key, _gets(10_000), seconds),
            "GET beside a purge": _wrk(folder, beside, key, _gets(10_000), seconds),
            "create, nothing to purge": _wrk(folder, without, key, _creates(), seconds, "repeatable"),
            "create beside a purge": _wrk(folder, beside, key, _creates(), seconds, "repeatable"),
        }
        found = _interleaved(runs, rounds)
        if not _expired_rooms(cluster, name):
            raise RuntimeError("the purge ended before it was measured: give more with --million")
    return {run: _median(measured) for run, measured in found.items()}


def _purge_bars(results: dict[str, Measured]) -> Sequence[Bar]:
    return [
        Bar(
            f"{way}: p99 beside a purge / without",
            results[f"{way} beside a purge"].p99 / results[f"{way}, nothing to purge"].p99,
            1.5,
            at_most=True,
        )
        for way in ("GET", "create")
    ]


def _expired_rooms(cluster: Cluster, name: str) -> int:
    return int(cluster.sql(f"SELECT count(*) FROM rooms WHERE valid_until < {now() - _LONG_AGO + 2 * DAY}", name))


def _wait_for_purge(cluster: Cluster, name: str) -> None:
    """Wait until a purge begins; there is one every minute."""
    before, limit = _expired_rooms(cluster, name), time.monotonic() + 120
    while _expired_rooms(cluster, name) == before:
        if time.monotonic() > limit:
            raise TimeoutError("no purge has begun")
        time.sleep(0.5)


def _bars(results: dict[str, Measured]) -> Sequence[Bar]:
    def ratio(run: str, base: str) -> float:
        return results[run].rate / results[base].rate

    cores = os.cpu_count() or 1
    note = "" if cores >= 4 else f"this machine has {cores} cores, which two processes, wrk and PostgreSQL share"
    return [
        Bar("create: batches / one transaction each", ratio("create, batches", "create, one transaction each"), 3),
        Bar("GET / F", ratio("GET, 10 thousand rooms", "F, hello"), 0.25),
        Bar("GET: two processes / one", ratio("GET, two processes", "GET, 10 thousand rooms"), 1.5, note),
        Bar("GET: a million rooms / 10 thousand", ratio("GET, a million rooms", "GET, 10 thousand rooms"), 0.85),
        Bar("create: a million rooms / 10 thousand", ratio("create, a million rooms", "create, batches"), 0.85),
    ]


def _database(cluster: Cluster, rooms: int) -> str:
    """Return the URL of a database with `rooms` rooms of two participants each."""
    url = cluster.create_database()
    name = url.rpartition("/")[2]
    made = openrooms("migrate", "--database", url)
    assert made.returncode == 0, made.stderr
    cluster.sql("INSERT INTO resources VALUES ('bench', '', 'bm9uZSBvZiB0aGVzZQ==', 'bm9uZSBvZiB0aGVzZQ==')", name)
    # The rooms are open, because the service would purge old ones while it runs.
    _add_rooms(cluster, name, 0, rooms, now())
    return url


def _add_rooms(cluster: Cluster, name: str, first: int, count: int, start: int) -> None:
    document = render_room(Room(room_id(0), Moment(start), Moment(start), Moment(start + DAY))).replace(
        room_id(0), "'||id||'"
    )
    cluster.sql(
        f"""
        INSERT INTO rooms
        SELECT 'bench', id, {start} + n, {start}, {start + DAY}, false, '{document}'
        FROM generate_series({first}, {first + count - 1}) AS n,
            LATERAL (SELECT '994' || lpad(n::text, 14, '0') AS id) AS ids;
        INSERT INTO rosters
        SELECT 'bench', created_at, id, raw_id, place, 'Attendee'
        FROM rooms, (VALUES ('{_PEOPLE[0]}', 1), ('{_PEOPLE[1]}', 2)) AS people (raw_id, place)
        WHERE rooms.valid_from = {start};
        ANALYZE;
        CHECKPOINT
        """,
        name,
    )


def _gets(rooms: int) -> Iterator[tuple[str, str, str]]:
    for _ in range(_SAMPLE):
        yield "GET", f"/rooms/{room_id(secrets.randbelow(rooms))}?{_VERSION}", ""


def _creates() -> Iterator[tuple[str, str, str]]:
    yield "POST", f"/rooms?{_VERSION}", _BODY


@contextmanager
def _service(url: str, key: str, core: str, before: str = "") -> Iterator[int]:
    port = free_port()
    serve = ["serve", "--database", url, "--access-key", key, "--http-port", str(port), "--log-level", "warning"]
    serve += ["--operator-rate", "off", "--resource-rate", "off"]
    with _started([sys.executable, "-c", before + _SERVE, *serve], port, core):
        yield port


@contextmanager
def _started(command: Sequence[str], port: int, core: str) -> Iterator[None]:
    # The audit trail goes to standard output.
    process = subprocess.Popen([*_on(core), *command], stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield
    finally:
        process.terminate()
        process.wait()


def _wrk(
    folder: Path, port: int, key: str, requests: Iterator[tuple[str, str, str]], seconds: int, *arguments: str
) -> Callable[[], Measured]:
    lines = folder / f"requests-{secrets.token_hex(4)}"
    signer, date, host = AccessKey(key), email.utils.formatdate(usegmt=True), f"127.0.0.1:{port}"
    with lines.open("w") as file:
        for method, target, body in requests:
            digest = content_hash(body.encode())
            signature = AUTHORIZATION_PREFIX + signer.sign(string_to_sign(method, target, date, host, digest))
            print(method, target, date, digest, signature, body, sep="\t", file=file)
    script = str(Path(__file__).with_name("wrk.lua"))
    load = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", script, f"http://{host}"]

    def run() -> Measured:
        said = subprocess.run(
            [*_on(_OTHER_CORE), *load, "--", str(lines), *arguments], capture_output=True, text=True, check=True
        ).stdout
        requests, micros, errors, p99 = map(int, said.rpartition("RESULT ")[2].split())
        # On a machine with other work, a request may wait too long and get a 503.
        assert errors < requests / 100, said
        return Measured((requests - errors) / micros * 1e6, p99 / 1000)

    return run


def _both(first: Callable[[], Measured], second: Callable[[], Measured]) -> Callable[[], Measured]:
    def run() -> Measured:
        with ThreadPoolExecutor() as threads:
            found = [future.result() for future in [threads.submit(first), threads.submit(second)]]
        return Measured(sum(run.rate for run in found), max(run.p99 for run in found))

    return run


def _interleaved(runs: dict[str, Callable[[], Measured]], rounds: int) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {name: [] for name in runs}
    for number in range(rounds):
        for name, run in runs.items():
            found[name].append(run())
            print(f"round {number + 1}: {name}: {found[name][-1].rate:,.0f}/s", file=sys.stderr)
    return found


def _median(found: Sequence[Measured]) -> Measured:
    return Measured(statistics.median(run.rate for run in found), statistics.median(run.p99 for run in found))


def _publish(
    title: str, results: dict[str, Measured], bars: Sequence[Bar], about: str, arguments: argparse.Namespace
) -> None:
    head = ("ratio", "measured", "bar", "")
    ratios = [(bar.what, f"{bar.ratio:.2f}", f"{'≤' if bar.at_most else '≥'} {bar.bar}", _verdict(bar)) for bar in bars]
    runs = [(name, f"{measured.rate:,.0f}", f"{measured.p99:.1f}") for name, measured in results.items()]
    text = (
        f"`python -m bench.postgres`, {arguments.rounds} rounds of {arguments.seconds} s, interleaved, medians; "
        f"{CONNECTIONS} connections; {about}. {os.cpu_count()} cores: the service has one, wrk and PostgreSQL share "
        f"the other. fsync is on. GETs are signed; a create has two participants and a request id. {report.machine()}."
        f"\n\n{report.table(head, ratios)}\n\n{report.table(('run', 'requests a second', 'p99 in ms'), runs)}"
    )
    report.write(title, text)
    print(text)


def _verdict(one: Bar) -> str:
    is_met = one.ratio <= one.bar if one.at_most else one.ratio >= one.bar
    return "; ".join(filter(None, ["met" if is_met else "not met", one.note]))


def _on(core: str) -> list[str]:
    return ["taskset", "-c", core] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []


def _pin(pid: int, core: str) -> None:
    """Run a process, and the processes that it starts, on one core."""
    if _on(core):
        subprocess.run(["taskset", "-a", "-p", "-c", core, str(pid)], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
