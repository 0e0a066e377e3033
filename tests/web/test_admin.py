"""The admin port: metrics, and readiness with its reasons."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.application import World, world

from openrooms.domain.errors import Unavailable
from openrooms.server.core.readiness import Readiness
from openrooms.server.web.admin import Admin
from openrooms.server.web.app import Records
from openrooms.server.web.metrics import Metrics


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture(name="world")
async def _world(tmp_path: Path, metrics: Metrics) -> AsyncIterator[World]:
    async with world(tmp_path, records=Records(metrics)) as made:
        yield made


@pytest.fixture
def admin(world: World, metrics: Metrics) -> World:
    """Return a client of the admin application."""
    readiness = Readiness(world.storage, lambda: "failing", time.monotonic)
    return World(Admin(metrics, readiness), world.storage, world.clock, world.tokens, world.resources, world.sessions)


async def test_metrics_count_requests(world: World, admin: World) -> None:
    await world.create()
    await world.call("GET", "/rooms/1")
    await world.send("GET", "/rooms")
    answer = await admin.send("GET", "/metrics")
    text = answer.body.decode()
    for operation, status in (("create_room", 201), ("get_room", 400), ("list_rooms", 401)):
        line = f'openrooms_request_duration_seconds_count{{operation="{operation}",status="{status}"}} 1.0'
        assert line in text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


async def test_readiness_lists_the_parts(admin: World) -> None:
    answer = await admin.send("GET", "/ready")
    assert (answer.status, answer.json["status"]) == (200, "ready")
    assert answer.json["parts"]["database"]["status"] == "ok"
    assert answer.json["parts"]["calls"] == {"status": "failing"}


async def test_readiness_gives_the_reason(admin: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> None:
        raise Unavailable from ConnectionRefusedError("db1 refused the connection")

    monkeypatch.setattr(admin.storage, "check", away)
    answer = await admin.send("GET", "/ready")
    assert (answer.status, answer.json["status"]) == (503, "not ready")
    assert answer.json["parts"]["database"] == {"status": "failing", "reason": "db1 refused the connection"}


async def test_readiness_is_cached_for_a_second(world: World) -> None:
    now = [100.0]
    checked_at: list[float] = []

    class Storage:
        async def check(self) -> None:
            checked_at.append(now[0])

    storage: Any = Storage()
    readiness = Readiness(storage, lambda: "off", lambda: now[0])
    for now[0] in (100.0, 100.9, 101.0, 101.5):
        assert (await readiness.report()).is_ready
    assert checked_at == [100.0, 101.0]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/", 404), ("GET", "/rooms", 404), ("POST", "/metrics", 405)]
)
async def test_other_paths_and_methods_are_refused(admin: World, method: str, path: str, status: int) -> None:
    assert (await admin.send(method, path)).status == status
