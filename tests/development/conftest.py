"""The plugin's service, and the client of what only a development service has."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.application import World, world

from openrooms.testing import DevService, RoomsService


@pytest.fixture
def dev(rooms_service: RoomsService) -> Iterator[DevService]:
    with DevService.from_connection_string(rooms_service.connection_string, use_env_settings=False) as client:
        yield client


@pytest.fixture(name="world")
async def _world(tmp_path: Path) -> AsyncIterator[World]:
    """A production service, in process."""
    async with world(tmp_path) as made:
        yield made
