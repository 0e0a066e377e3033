"""Fixtures: clients, sync and async, and the stub service that they call."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.client.faces import AsyncFace, SyncFace
from tests.client.stub import KEY, Stub


@pytest.fixture(params=[SyncFace, AsyncFace], ids=lambda face: face.name)
def face(request: pytest.FixtureRequest) -> Iterator[SyncFace | AsyncFace]:
    """A factory of sync or async clients, which are closed after the test."""
    face = request.param()
    yield face
    face.close()


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as running:
        yield running


@pytest.fixture
def rooms(face: SyncFace | AsyncFace, stub: Stub) -> Any:
    """A rooms client of the stub."""
    return face.rooms(stub.url, KEY)


@pytest.fixture
def identity(face: SyncFace | AsyncFace, stub: Stub) -> Any:
    """An identity client of the stub."""
    return face.identity(stub.url, KEY)
