"""Memory and connections do not grow under steady load."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from tests.cluster.deployment import Deployment, deployed
from tests.cluster.workload import Client, Workload

GROUPS = 6
WARM_UP = 0.2
"""The part of the time in which caches fill; later growth is a leak."""

_log = logging.getLogger(__name__)


@pytest.mark.timeout(0)
async def test_memory_and_connections_stay_flat(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    seconds = float(pytestconfig.getoption("--soak-seconds"))
    async with (
        deployed(tmp_path) as deployment,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        workload = Workload(Client(deployment.port, deployment.access_key, session))
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for _ in range(GROUPS):
                group.create_task(workload.run_group(3, stop))
            samples = [sample async for sample in _samples(deployment, seconds)]
            stop.set()
    steady = samples[int(len(samples) * WARM_UP) :]
    connections = [count for count, _ in steady]
    _log.info("connections %s; memory in MiB %s", sorted(set(connections)), [size >> 20 for _, size in samples])
    assert max(connections) == 8 * len(deployment.services)
    assert max(size for _, size in steady) < 1.1 * steady[0][1]


async def _samples(deployment: Deployment, seconds: float) -> AsyncIterator[tuple[int, int]]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await asyncio.sleep(seconds / 40)
        count = await asyncio.to_thread(
            deployment.cluster.sql, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'openrooms'"
        )
        yield int(count), sum(service.resident_bytes for service in deployment.services)
