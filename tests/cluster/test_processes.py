"""Several processes over one database are one service."""

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
    """The processes, each with a client that asks it alone."""

    def __init__(self, deployment: Deployment, session: aiohttp.ClientSession) -> None:
        self.deployment = deployment
        self.clients = [Client(one.port, deployment.access_key, session) for one in deployment.services]
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


async def test_one_request_id_makes_one_room_whoever_gets_it(processes: Processes) -> None:
    for number in range(20):
        headers = {
            "Repeatability-Request-ID": f"00000000-0000-4000-8000-{number:012}",
            "Repeatability-First-Sent": formatdate(usegmt=True),
        }
        asked = [answered(one, "POST", "/rooms", {}, **headers) for one in processes.clients for _ in range(3)]
        assert len({room["id"] for room in await asyncio.gather(*asked)}) == 1


async def test_what_one_process_answered_the_others_know(processes: Processes) -> None:
    one, two, three = processes.clients
    for role in ("Presenter", "Consumer", "Attendee") * 5:
        room = await answered(one, "POST", "/rooms", {})
        await answered(two, "PATCH", f"/rooms/{room['id']}/participants", {"participants": {ADA: {"role": role}}})
        roster = await answered(three, "GET", f"/rooms/{room['id']}/participants")
        assert roster["value"] == [{"rawId": ADA, "role": role}]
        await answered(three, "DELETE", f"/rooms/{room['id']}")
        assert (await one.ask("GET", f"/rooms/{room['id']}") or (0,))[0] == 404


async def test_a_regenerated_key_is_refused_by_all_within_five_seconds(processes: Processes) -> None:
    await asyncio.gather(*(answered(one, "GET", "/rooms") for one in processes.clients))
    database = ("--database", processes.deployment.url)
    made = await asyncio.to_thread(openrooms, "keys", "regenerate", "primary", *database)
    assert made.returncode == 0, made.stderr
    since = time.monotonic()
    open_doors = list(processes.clients)
    while open_doors:
        assert time.monotonic() - since < patient(5)
        await asyncio.sleep(0.1)
        answers = [(one, await one.ask("GET", "/rooms")) for one in open_doors]
        open_doors = [one for one, answer in answers if answer is None or answer[0] != 401]


async def test_each_is_ready_only_while_the_database_is_there(processes: Processes) -> None:
    deployment = processes.deployment
    assert await _readiness(deployment) == {200}
    await asyncio.to_thread(deployment.cluster.crash)
    await _become(deployment, {503}, seconds=2 * len(deployment.services))
    assert await _readiness(deployment, "health") == {200}
    refusals = await asyncio.gather(*(one.ask("GET", "/rooms") for one in processes.clients for _ in range(50)))
    assert refusals == [None] * len(refusals)
    assert max(one.slowest_refusal for one in processes.clients) < patient(2.5)
    await asyncio.to_thread(deployment.cluster.start)
    await _become(deployment, {200}, seconds=10)
    await asyncio.gather(*(answered(one, "GET", "/rooms") for one in processes.clients))
    assert [one.starts for one in deployment.services] == [1, 1, 1]


async def _become(deployment: Deployment, readiness: set[int], seconds: float) -> None:
    async with asyncio.timeout(patient(seconds)):
        while await _readiness(deployment) != readiness:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.1)


async def _readiness(deployment: Deployment, what: str = "ready") -> set[int]:
    async with aiohttp.ClientSession() as session:
        answers = [await session.get(f"http://127.0.0.1:{one.port}/openrooms/{what}") for one in deployment.services]
        return {answer.status for answer in answers}
