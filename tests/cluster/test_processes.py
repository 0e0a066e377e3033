"""Several processes with one database act as one service."""

import asyncio
import time
from collections.abc import AsyncIterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.cluster.deployment import Deployment, ServiceProcess, deployed
from tests.cluster.workload import Client
from tests.support.patience import patient
from tests.support.service import openrooms

ADA = "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000001-0000-4000-8000-000000000000"


class Processes:
    """The processes, each with its own client."""

    def __init__(self, deployment: Deployment, session: aiohttp.ClientSession) -> None:
        self.deployment = deployment
        self.clients = [Client(service.port, deployment.access_key, session) for service in deployment.services]
        self._session = session

    def client(self, service: ServiceProcess, key: str) -> Client:
        return Client(service.port, key, self._session)


@pytest.fixture
async def processes(tmp_path: Path) -> AsyncIterator[Processes]:
    async with deployed(tmp_path) as deployment, aiohttp.ClientSession() as session:
        yield Processes(deployment, session)


async def answered(client: Client, method: str, path: str, body: object = None, **headers: str) -> Any:
    answer = await client.ask(method, path, body, **headers)
    assert answer is not None
    status, document = answer
    assert status < 300, document
    return document


async def test_one_request_id_makes_one_room(processes: Processes) -> None:
    for number in range(20):
        headers = {
            "Repeatability-Request-ID": f"00000000-0000-4000-8000-{number:012}",
            "Repeatability-First-Sent": formatdate(usegmt=True),
        }
        clients = processes.clients * 3
        rooms = await asyncio.gather(*(answered(client, "POST", "/rooms", {}, **headers) for client in clients))
        assert len({room["id"] for room in rooms}) == 1


async def test_a_change_is_visible_in_every_process(processes: Processes) -> None:
    first, second, third = processes.clients
    for role in ("Presenter", "Consumer", "Attendee") * 5:
        room = await answered(first, "POST", "/rooms", {})
        await answered(second, "PATCH", f"/rooms/{room['id']}/participants", {"participants": {ADA: {"role": role}}})
        roster = await answered(third, "GET", f"/rooms/{room['id']}/participants")
        assert roster["value"] == [{"rawId": ADA, "role": role}]
        await answered(third, "DELETE", f"/rooms/{room['id']}")
        assert (await first.ask("GET", f"/rooms/{room['id']}") or (0,))[0] == 404


async def test_a_replaced_key_is_refused_within_five_seconds(processes: Processes) -> None:
    await asyncio.gather(*(answered(client, "GET", "/rooms") for client in processes.clients))
    database = ("--database", processes.deployment.url)
    regenerated = await asyncio.to_thread(openrooms, "keys", "regenerate", "primary", "--yes", *database)
    assert regenerated.returncode == 0, regenerated.stderr
    since = time.monotonic()
    accepting = list(processes.clients)
    while accepting:
        assert time.monotonic() - since < patient(5)
        await asyncio.sleep(0.1)
        answers = [(client, await client.ask("GET", "/rooms")) for client in accepting]
        accepting = [client for client, answer in answers if answer is None or answer[0] != 401]


async def test_readiness_follows_the_database(processes: Processes) -> None:
    deployment = processes.deployment
    assert await _readiness(deployment) == {200}
    await asyncio.to_thread(deployment.cluster.crash)
    await _become(deployment, {503}, seconds=2 * len(deployment.services))
    assert await _readiness(deployment, "health") == {200}
    refusals = await asyncio.gather(*(client.ask("GET", "/rooms") for client in processes.clients for _ in range(50)))
    assert refusals == [None] * len(refusals)
    assert max(client.slowest_refusal for client in processes.clients) < patient(2.5)
    await asyncio.to_thread(deployment.cluster.start)
    await _become(deployment, {200}, seconds=10)
    await asyncio.gather(*(answered(client, "GET", "/rooms") for client in processes.clients))
    assert [service.starts for service in deployment.services] == [1, 1, 1]


async def _become(deployment: Deployment, readiness: set[int], seconds: float) -> None:
    async with asyncio.timeout(patient(seconds)):
        while await _readiness(deployment) != readiness:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.1)


async def _readiness(deployment: Deployment, path: str = "ready") -> set[int]:
    async with aiohttp.ClientSession() as session:
        urls = [f"http://127.0.0.1:{service.port}/openrooms/{path}" for service in deployment.services]
        answers = [await session.get(url) for url in urls]
        return {answer.status for answer in answers}
