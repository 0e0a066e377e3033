"""pytest fixtures with a real service. pytest loads this plugin wherever openrooms is installed.

Each test that uses the fixtures has its own empty service on loopback, and a clock that it can move. Nothing else is
imported before a test uses a fixture.
"""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest

try:
    from pytest_asyncio import fixture as async_fixture
except ImportError:
    # Without pytest-asyncio, AnyIO's plugin runs plain async fixtures.
    async_fixture = pytest.fixture  # type: ignore[assignment]

# The proxies of the environment do not apply to loopback.
_DIRECT = {"use_env_settings": False}

if TYPE_CHECKING:
    from openrooms import RoomsClient
    from openrooms.aio import RoomsClient as AsyncRoomsClient
    from openrooms.identity import CommunicationIdentityClient
    from openrooms.identity.aio import CommunicationIdentityClient as AsyncIdentityClient
    from openrooms.testing import RoomsClock, RoomsService
    from openrooms.testing.server import Server


@pytest.fixture(scope="session")
def _rooms_server() -> Iterator["Server"]:
    try:
        from openrooms.testing.server import Server
    except ImportError as error:
        message = f'the rooms fixtures need `pip install "openrooms[server]"`: {error}'
        raise pytest.fail.Exception(message, pytrace=False) from None
    with Server() as server:
        yield server


@pytest.fixture
def rooms_clock() -> "RoomsClock":
    """The clock of the service, which stands still until the test moves it."""
    from openrooms.testing import RoomsClock

    return RoomsClock()


@pytest.fixture
def rooms_service(
    _rooms_server: "Server", rooms_clock: "RoomsClock", tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[RoomsService]":
    """An empty openrooms service that only this test uses."""
    with _rooms_server.service(tmp_path_factory.mktemp("rooms"), rooms_clock) as service:
        yield service


@pytest.fixture
def rooms_client(rooms_service: "RoomsService") -> "Iterator[RoomsClient]":
    """A rooms client of the service."""
    from openrooms import RoomsClient

    with RoomsClient.from_connection_string(rooms_service.connection_string, **_DIRECT) as client:
        yield client


@pytest.fixture
def identity_client(rooms_service: "RoomsService") -> "Iterator[CommunicationIdentityClient]":
    """An identity client of the service."""
    from openrooms.identity import CommunicationIdentityClient

    with CommunicationIdentityClient.from_connection_string(rooms_service.connection_string, **_DIRECT) as client:
        yield client


@async_fixture
async def async_rooms_client(rooms_service: "RoomsService") -> "AsyncIterator[AsyncRoomsClient]":
    """An async rooms client of the service."""
    from openrooms.aio import RoomsClient

    async with RoomsClient.from_connection_string(rooms_service.connection_string, **_DIRECT) as client:
        yield client


@async_fixture
async def async_identity_client(rooms_service: "RoomsService") -> "AsyncIterator[AsyncIdentityClient]":
    """An async identity client of the service."""
    from openrooms.identity.aio import CommunicationIdentityClient

    async with CommunicationIdentityClient.from_connection_string(rooms_service.connection_string, **_DIRECT) as client:
        yield client
