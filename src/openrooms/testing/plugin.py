"""pytest fixtures with a real service. pytest loads this plugin wherever openrooms is installed.

Each test that uses the fixtures has its own empty service on loopback, and a clock that it can move. No fixture is
async, so the async clients work with every plugin that runs async tests, in every mode. Nothing else is imported before
a test uses a fixture.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from openrooms import CommunicationRoom, RoomsClient
    from openrooms.aio import RoomsClient as AsyncRoomsClient
    from openrooms.calls import CallsClient
    from openrooms.calls.aio import CallsClient as AsyncCallsClient
    from openrooms.events import EventsClient
    from openrooms.events.aio import EventsClient as AsyncEventsClient
    from openrooms.identity import CommunicationIdentityClient
    from openrooms.identity.aio import CommunicationIdentityClient as AsyncIdentityClient
    from openrooms.testing import (
        AsyncRoomsCall,
        AsyncRoomsEvents,
        Fault,
        RecordedRequest,
        RoomsBench,
        RoomsCall,
        RoomsClock,
        RoomsEvents,
        RoomsService,
        RoomsUser,
    )
    from openrooms.visits import VisitsClient
    from openrooms.visits.aio import VisitsClient as AsyncVisitsClient

_MARK = "openrooms"
_OPTIONS = {"livekit"}


def pytest_configure(config: pytest.Config) -> None:
    """Describe the mark."""
    config.addinivalue_line("markers", f"{_MARK}(livekit=False): run the rooms service of a test with a real LiveKit")


@pytest.fixture
def rooms_clock() -> "RoomsClock":
    """The clock of the service, which stands still until the test moves it."""
    from openrooms.testing import RoomsClock

    return RoomsClock()


@pytest.fixture
def rooms_bench(request: pytest.FixtureRequest, rooms_clock: "RoomsClock") -> "Iterator[RoomsBench]":
    """The service of this test with everything that the other fixtures give."""
    from openrooms.testing import RoomsBench

    bench = RoomsBench(clock=rooms_clock, livekit=_wants_livekit(request))
    with ExitStack() as stack:
        try:
            stack.enter_context(bench)
        except ImportError as error:
            message = f'the rooms fixtures need `pip install "openrooms[server]"`: {error}'
            raise pytest.fail.Exception(message, pytrace=False) from None
        yield bench


@pytest.fixture
def rooms_service(rooms_bench: "RoomsBench") -> "RoomsService":
    """An empty openrooms service that only this test uses."""
    return rooms_bench.service


@pytest.fixture
def rooms_client(rooms_bench: "RoomsBench") -> "RoomsClient":
    """A rooms client of the service."""
    return rooms_bench.rooms_client


@pytest.fixture
def identity_client(rooms_bench: "RoomsBench") -> "CommunicationIdentityClient":
    """An identity client of the service."""
    return rooms_bench.identity_client


@pytest.fixture
def calls_client(rooms_bench: "RoomsBench") -> "CallsClient":
    """A calls client of the service, which acts as the operator."""
    return rooms_bench.calls_client


@pytest.fixture
def visits_client(rooms_bench: "RoomsBench") -> "VisitsClient":
    """A visits client of the service, which acts as the operator."""
    return rooms_bench.visits_client


@pytest.fixture
def events_client(rooms_bench: "RoomsBench") -> "EventsClient":
    """An events client of the service."""
    return rooms_bench.events_client


@pytest.fixture
def async_rooms_client(rooms_bench: "RoomsBench") -> "AsyncRoomsClient":
    """An async rooms client of the service."""
    return rooms_bench.async_rooms_client


@pytest.fixture
def async_identity_client(rooms_bench: "RoomsBench") -> "AsyncIdentityClient":
    """An async identity client of the service."""
    return rooms_bench.async_identity_client


@pytest.fixture
def async_calls_client(rooms_bench: "RoomsBench") -> "AsyncCallsClient":
    """An async calls client of the service, which acts as the operator."""
    return rooms_bench.async_calls_client


@pytest.fixture
def async_visits_client(rooms_bench: "RoomsBench") -> "AsyncVisitsClient":
    """An async visits client of the service, which acts as the operator."""
    return rooms_bench.async_visits_client


@pytest.fixture
def async_events_client(rooms_bench: "RoomsBench") -> "AsyncEventsClient":
    """An async events client of the service."""
    return rooms_bench.async_events_client


@pytest.fixture
def rooms_user(rooms_bench: "RoomsBench") -> "Callable[[str], RoomsUser]":
    """A function that makes a user with a token: `rooms_user("Ada")`."""
    return rooms_bench.user


@pytest.fixture
def rooms_call(rooms_bench: "RoomsBench") -> "Callable[[CommunicationRoom | str], RoomsCall]":
    """A function that returns the call of a room: `rooms_call(room).join(user)`."""
    return rooms_bench.call


@pytest.fixture
def async_rooms_call(rooms_bench: "RoomsBench") -> "Callable[[CommunicationRoom | str], AsyncRoomsCall]":
    """A function that returns the call of a room for async tests: `await async_rooms_call(room).join(user)`."""
    return rooms_bench.async_call


@pytest.fixture
def rooms_events(rooms_bench: "RoomsBench") -> "RoomsEvents":
    """What happened in the service: `rooms_events.wait_for("Microsoft.Communication.CallEnded", room)`."""
    return rooms_bench.events


@pytest.fixture
def async_rooms_events(rooms_bench: "RoomsBench") -> "AsyncRoomsEvents":
    """What happened in the service, for async tests: `await async_rooms_events.wait_for(...)`."""
    return rooms_bench.async_events


@pytest.fixture
def rooms_requests(rooms_bench: "RoomsBench") -> "Callable[..., list[RecordedRequest]]":
    """A function that returns the requests that the service received: `rooms_requests("create_room")`."""
    return rooms_bench.requests


@pytest.fixture
def rooms_faults(rooms_bench: "RoomsBench") -> "Callable[..., Fault]":
    """A function that injects a fault into the service: `rooms_faults(operation="create_room", status=429)`."""
    return rooms_bench.dev.add_fault


def _wants_livekit(request: pytest.FixtureRequest) -> bool:
    mark = request.node.get_closest_marker(_MARK)
    if mark is None:
        return False
    if mark.args or not mark.kwargs.keys() <= _OPTIONS:
        raise pytest.UsageError(f"the mark `{_MARK}` takes only livekit=True or livekit=False")
    return bool(mark.kwargs.get("livekit", False))
