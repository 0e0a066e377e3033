"""A production service has none of it: no operation, no module, and no hint."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import requests
from tests.support.application import World
from tests.support.service import dev

from openrooms.server.web import openapi
from openrooms.wire.operations import DEVELOPMENT_OPERATIONS, Operation

DESCRIBED = msgspec.json.decode(openapi.document())
SERVE = """
import asyncio, sys
from openrooms.server.process.assembly import assemble
from openrooms.server.process.databases import open_storage
from openrooms.server.process.run import run
from openrooms.server.process.settings import LiveKit, Secret, Settings

KEY, DATABASE = Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="), Secret("sqlite:" + sys.argv[1])
SETTINGS = Settings(
    development=False, access_key=KEY, database=DATABASE, livekit=LiveKit("off"), https_port=None, http_port=0
)

async def main():
    async with open_storage(DATABASE, SETTINGS.key_encryption, migrate=True, exclusive=False):
        pass
    async with assemble(SETTINGS, None) as service:
        assert service.development is None
        print(*sorted(name for name in sys.modules if "development" in name))

asyncio.run(main())
"""


def filled(operation: Operation) -> str:
    return operation.target("", dict.fromkeys(operation.placeholders, "1"))


@pytest.mark.parametrize("operation", DEVELOPMENT_OPERATIONS, ids=lambda operation: operation.name)
async def test_operator_of_production_gets_404(world: World, operation: Operation):
    answer = await world.call(operation.method, filled(operation), version=None)
    assert (answer.status, answer.json["error"]["code"]) == (404, "NotFound")


@pytest.mark.parametrize("operation", DEVELOPMENT_OPERATIONS, ids=lambda operation: operation.name)
async def test_strangers_cannot_tell_the_paths(world: World, operation: Operation):
    answer = await world.send(operation.method, filled(operation))
    nonsense = await world.send(operation.method, "/openrooms/nonsense")
    assert (answer.status, answer.body) == (nonsense.status, nonsense.body)
    assert answer.status == 401


def test_production_is_described_without_it():
    assert not any(path.startswith("/openrooms/dev") for path in DESCRIBED["paths"])
    assert "Development" not in {tag["name"] for tag in DESCRIBED["tags"]}


def test_production_loads_no_module_of_it(tmp_path: Path):
    run = subprocess.run(
        [sys.executable, "-c", SERVE, tmp_path / "rooms.db"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stdout.strip()) == (0, ""), run.stderr


def test_strangers_get_401_from_a_development_service_too(tmp_path: Path):
    with dev(tmp_path) as service, requests.Session() as session:
        session.trust_env = False
        for operation in DEVELOPMENT_OPERATIONS:
            answer = session.request(operation.method, f"{service.http}{filled(operation)}")
            assert answer.status_code == 401
