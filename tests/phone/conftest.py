"""One LiveKit for the tests of this folder."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.calls.stage import PROGRAM, Stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def livekit(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    if PROGRAM is None:
        pytest.fail("there is no livekit-server: run `make livekit`")
    stage = Stage(tmp_path_factory.mktemp("livekit"), webhooks=False)
    await stage.start_livekit()
    yield stage
    await stage.close()
