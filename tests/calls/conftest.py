"""One LiveKit and one service for the whole run, without webhooks, because they may be lost in production too."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.calls.stage import PROGRAM, Stage, stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def play(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    if PROGRAM is None:
        pytest.fail("there is no livekit-server: run `make livekit`")
    async with stage(tmp_path_factory.mktemp("calls"), webhooks=False, limits=False) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Give a LiveKit and a service that a test may kill."""
    if PROGRAM is None:
        pytest.fail("there is no livekit-server: run `make livekit`")
    async with stage(tmp_path_factory.mktemp("own")) as started:
        yield started
