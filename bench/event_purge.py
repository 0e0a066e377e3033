"""The service while it removes old events, and then who was in calls long ago, beside a service that removes nothing.

python -m bench.event_purge [--rounds N] [--seconds N] [--events N] [--calls N]

Both databases, with fsync on. The service has one core; wrk and PostgreSQL share the other.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
from tests.support.postgres import Cluster
from tests.support.service import openrooms

from bench import report
from bench.service import Bench, Service, started
from openrooms._clock import real_time
from openrooms.domain.moments import DAY

MOST_BESIDE = 1.5
_OPERATIONS = ("GET a room", "create, 2 participants")
_LIMIT_SECONDS = 180.0
_AT_ONCE = 10_000
Sql = Callable[[str], int]
"""Runs a statement, and returns the number in its first row, if it has any."""
_EVENTS = """
INSERT INTO events (resource, position, room_created_at, room_id, sequence, happened_at, type, subject, data)
SELECT resources.id, -{last} + n, {then}, '99400000000000000', -{last} + n, {then}, 'openrooms.room.updated', '', '{{}}'
FROM resources, ({numbers}) AS numbers
"""
_SESSIONS = """
INSERT INTO call_sessions (resource, room_id, session, started_at, started_by, role, ended_at)
SELECT resources.id, '99400000000000000', 'RM_' || n, {then}, '8:acs:ada', '', {then}
FROM resources, ({numbers}) AS numbers
"""
_STAYS = """
INSERT INTO stays (resource, room_id, session, stay, raw_id, role, display_name, joined_at, left_at, ending)
SELECT resources.id, '99400000000000000', 'RM_' || n, 'PA_' || n, '8:acs:ada', '', '', {then}, {then}, 'left'
FROM resources, ({numbers}) AS numbers
"""


def compare(bench: Bench, engine: str, cluster: Cluster | None, events: int, calls: int) -> None:
    """Measure the purge of events, and then that of calls."""
    with _service(bench, f"{engine}-calm", cluster) as (calm, _), _service(bench, engine, cluster) as (purging, sql):
        _fill(engine, sql, (_EVENTS,), events, 60 * DAY)
        _fill(engine, sql, (_SESSIONS, _STAYS), calls, 500 * DAY)
        for name, count, table, column, before in (
            ("events", events, "events", "happened_at", 30 * DAY),
            ("calls", calls, "call_sessions", "started_at", 400 * DAY),
        ):
            rest = f"SELECT count(*) FROM {table} WHERE {column} < {real_time() - before}"
            _wait(lambda rest=rest, count=count: sql(rest) < count)
            _measure(bench, calm, purging, f"the purge of {count:,} {name} / without, {engine}")
            if not sql(rest):
                raise RuntimeError(f"the purge of {name} ended before it was measured: give more")


def _measure(bench: Bench, calm: Service, purging: Service, title: str) -> None:
    for name in _OPERATIONS:
        seen = bench.in_turn(lambda name=name: _p99(bench, calm, name), lambda name=name: _p99(bench, purging, name))
        without, beside = (statistics.median(times) for times in zip(*seen, strict=True))
        ratio = statistics.median(ours / theirs for theirs, ours in seen)
        bench.note(f"{name}: p99 beside {title}", f"{beside:.1f} of {without:.1f} ms", ratio, MOST_BESIDE, at_most=True)


def _p99(bench: Bench, service: Service, name: str) -> float:
    return bench.load(service.address, service.operations()[name]).p99 * 1000


@contextmanager
def _service(bench: Bench, name: str, cluster: Cluster | None) -> Iterator[tuple[Service, Sql]]:
    variables = {}
    if cluster is not None:
        variables["OPENROOMS_DATABASE"] = url = cluster.create_database()
        openrooms("migrate", "--database", url)
    with started(bench.folder / name, 0, **variables) as service:
        if cluster is None:
            connection = apsw.Connection(str(bench.folder / name / "data" / "openrooms.db"))
            connection.set_busy_timeout(5000)
            yield service, lambda text: next((row[0] for row in connection.execute(text)), 0)
            connection.close()
        else:
            yield service, lambda text: int(cluster.sql(text, url.rpartition("/")[2]) or 0)


def _fill(engine: str, sql: Sql, statements: tuple[str, ...], count: int, age: int) -> None:
    then = real_time() - age
    for first in range(0, count, _AT_ONCE):
        for statement in statements:
            sql(statement.format(numbers=_numbers(engine, first), then=then, last=count))


def _numbers(engine: str, first: int) -> str:
    if engine == "PostgreSQL":
        return f"SELECT generate_series({first}, {first + _AT_ONCE - 1}) AS n"
    return f"WITH RECURSIVE c (n) AS (VALUES ({first}) UNION ALL SELECT n + 1 FROM c LIMIT {_AT_ONCE}) SELECT n FROM c"


def _wait(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + _LIMIT_SECONDS
    while not holds():
        if time.monotonic() > limit:
            raise TimeoutError("the purge does not go on")
        time.sleep(0.5)


def main() -> None:
    """Measure, print and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--events", type=int, default=80_000)
    parser.add_argument("--calls", type=int, default=40_000)
    options = parser.parse_args()
    busy = os.getloadavg()[0]
    with Cluster() as cluster, tempfile.TemporaryDirectory(prefix="openrooms-bench-") as name:
        bench = Bench(Path(name), options.rounds, options.seconds)
        for engine, where in (("SQLite", None), ("PostgreSQL", cluster)):
            compare(bench, engine, where, options.events, options.calls)
    text = report.table(("ratio", "of", "measured", "bar", ""), bench.rows)
    report.write(
        "Purge of events and attendance",
        f"`python -m bench.event_purge`, {options.rounds} rounds of {options.seconds:g} s in turn, medians of them and "
        f"of their ratios; fsync is on. Every call has one person. The service has one core; wrk and PostgreSQL share "
        f"the other. The machine's load average was {busy:.1f} at the start; above 0.5, other work disturbed the run. "
        f"{report.machine()}.\n\n{text}",
    )
    print(text)


if __name__ == "__main__":
    main()
