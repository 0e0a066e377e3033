"""pytest fixtures around a real service, which pytest finds by itself where openrooms is installed.

Each test that asks for it has an empty service of its own, on loopback, and a clock that it can move. Nothing is
imported before a test asks.
"""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest

try:
    from pytest_asyncio import fixture as async_fixture
except ImportError:
    # AnyIO's plugin runs async fixtures that are nothing more than fixtures.
    async_fixture = pytest.fixture  # type: ignore[assignment]

# No proxy of the environment leads to this machine.
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
        message = f'a service takes `pip install "openrooms[server]"`: {error}'
        raise pytest.fail.Exception(message, pytrace=False) from None
    with Server() as server:
        yield server


@pytest.fixture
def rooms_clock() -> "RoomsClock":
    """The service's clock, which stands still until the test moves it."""
    from openrooms.testing import RoomsClock

    return RoomsClock()


@pytest.fixture
def rooms_service(
    _rooms_server: "Server", rooms_clock: "RoomsClock", tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[RoomsService]":
    """An openrooms service, empty and of this test alone."""
    with _rooms_server.service(tmp_path_factory.mktemp("rooms"), rooms_clock) as service:
        yield service


@pytest.fixture
def rooms_client(rooms_service: "RoomsService") -> "Iterator[RoomsClient]":
    """A client of the service."""
    from openrooms import RoomsClient

    with RoomsClient.from_connection_string(rooms_service.connection_string, **_DIRECT) as client:
        yield client


@pytest.fixture
def identity_client(rooms_service: "RoomsService") -> "Iterator[CommunicationIdentityClient]":
    """A client of the service, for users and tokens."""
    from openrooms.identity import CommunicationIdentityClient

    with CommunicationIdentityClient.from_connection_string(rooms_service.connection_string, **_DIRECT) as client:
        yield client


@async_fixture
async def async_rooms_client(rooms_service: "RoomsService") -> "AsyncIterator[AsyncRoomsClient]":
    """An async client of the service."""
    from openrooms.aio import RoomsClient

    async with RoomsClient.from_connection_string(rooms_service.connection_string, **_DIRECT) as client:
        yield client


@async_fixture
async def async_identity_client(rooms_service: "RoomsService") -> "AsyncIterator[AsyncIdentityClient]":
    """An async client of the service, for users and tokens."""
    from openrooms.identity.aio import CommunicationIdentityClient

    async with CommunicationIdentityClient.from_connection_string(rooms_service.connection_string, **_DIRECT) as client:
        yield client
