"""Answers stay true while processes, the database and connections fail."""

import asyncio
import logging
import random
import time
from pathlib import Path

import aiohttp
import pytest
from tests.cluster.deployment import Deployment, deployed
from tests.cluster.linearizability import explain
from tests.cluster.room_model import apply
from tests.cluster.workload import Client, Workload

_log = logging.getLogger(__name__)

GROUPS = 6
CLIENTS_PER_GROUP = 3


@pytest.fixture
def seconds(pytestconfig: pytest.Config) -> float:
    return float(pytestconfig.getoption("--chaos-seconds"))


@pytest.mark.timeout(0)
async def test_acknowledged_writes_survive_failures(tmp_path: Path, seconds: float) -> None:
    """Clients work while processes are killed, the database is restarted twice, and connections are cut."""
    async with deployed(tmp_path) as deployment, _session() as session:
        client = Client(deployment.port, deployment.access_key, session)
        workload = Workload(client)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for _ in range(GROUPS):
                group.create_task(workload.run_group(CLIENTS_PER_GROUP, stop))
            await _break_things(deployment, seconds)
            stop.set()
        await workload.check_at_the_end()
        await _check_rooms(deployment, workload)
        _log.info("%s; %d rooms; slowest 503: %.2f s", client.outcomes, len(workload.rooms), client.slowest_refusal)
        for service in deployment.services:
            assert "Traceback" not in service.output(), service.output()
        assert sum(service.starts for service in deployment.services) > len(deployment.services)
    for room in workload.rooms:
        assert explain(room.history, room.first, apply) is None, room.history
    assert client.outcomes["200"] > 10 * seconds
    assert client.slowest_refusal < 3


async def _break_things(deployment: Deployment, seconds: float) -> None:
    end = time.monotonic() + seconds
    restarts = [end - seconds * 2 / 3, end - seconds / 3]
    while time.monotonic() < end:
        await asyncio.sleep(random.uniform(0.2, 1.0))
        if restarts and time.monotonic() > restarts[0]:
            restarts.pop(0)
            await deployment.restart_database()
        elif random.random() < 0.5:
            random.choice(deployment.services).kill()
        else:
            deployment.proxy.cut()


async def _check_rooms(deployment: Deployment, workload: Workload) -> None:
    """Check that no create made two rooms, and that a create without an answer made one complete room or none."""
    kept = deployment.cluster.sql(
        "SELECT valid_from, rooms.id, count(raw_id) FROM rooms LEFT JOIN rosters"
        " ON rosters.room_id = rooms.id GROUP BY valid_from, rooms.id",
        deployment.url.rpartition("/")[2],
    )
    rows = [line.split("|") for line in kept.splitlines()]
    rooms = {int(marker): room_id for marker, room_id, _ in rows}
    assert len(rooms) == len(rows), "a create made two rooms"
    for marker, ids in workload.created.items():
        assert len(ids) <= 1, "a repeated create was answered with two rooms"
        assert marker not in rooms or not ids or rooms[marker] in ids
    never_answered = {marker for marker, ids in workload.created.items() if not ids}
    assert all(int(count) == 3 for marker, _, count in rows if int(marker) in never_answered)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20), connector=aiohttp.TCPConnector(limit=0))
