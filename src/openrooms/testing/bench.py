"""A real service for one test, with its clients, its clock and simulated calls. The pytest fixtures are views of it."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from openrooms import CommunicationRoom, RoomsClient
from openrooms.aio import RoomsClient as AsyncRoomsClient
from openrooms.calls import CallsClient, JoinedCall
from openrooms.calls.aio import CallsClient as AsyncCallsClient
from openrooms.events import EventsClient
from openrooms.events.aio import EventsClient as AsyncEventsClient
from openrooms.identity import CommunicationIdentityClient
from openrooms.identity.aio import CommunicationIdentityClient as AsyncIdentityClient
from openrooms.testing._dev import DevService
from openrooms.testing._dev_calls import RecordedRequest
from openrooms.testing.calls import AsyncRoomsCall, RoomsCall, RoomsUser
from openrooms.testing.events import AsyncRoomsEvents, RoomsEvents
from openrooms.testing.service import RoomsClock, RoomsService
from openrooms.visits import VisitsClient
from openrooms.visits.aio import VisitsClient as AsyncVisitsClient

if TYPE_CHECKING:
    from openrooms.testing.server import Running

Client = TypeVar("Client")

# The proxies of the environment do not apply to loopback.
_ALL_REQUESTS = 1000
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only a temporary folder with a random name is made in it
_LEAST_MEMORY = 32 * 1024 * 1024
_DIRECT = {"use_env_settings": False}


class RoomsBench:
    """An empty openrooms service on loopback, which begins and ends with the `with` block.

    The first one of a process takes about a second to start, later ones take milliseconds. Its clock stands still until
    it is moved. Calls are simulated; with `livekit`, a real LiveKit is started, which must be installed.

    >>> with RoomsBench() as bench:
    ...     ada = bench.user("Ada")
    ...     visit = bench.rooms_client.create_room(participants=[ada])
    ...     bench.call(visit).join(ada).state
    'connected'
    """

    def __init__(self, *, clock: RoomsClock | None = None, livekit: bool = False, folder: Path | None = None) -> None:
        """Prepare a service; its data is in `folder`, by default in memory where the system allows it."""
        self.clock = clock or RoomsClock()
        self._livekit = livekit
        self._folder = folder
        self._stack = ExitStack()
        self._running: Running | None = None

    def __enter__(self) -> Self:
        """Start the service; raise `ImportError` without the packages of `openrooms[server]`."""
        from openrooms.testing.server import POOL

        with ExitStack() as stack:
            folder = self._folder or Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="openrooms-", dir=_memory()))
            )
            server = stack.enter_context(POOL.borrowed())
            self._running = stack.enter_context(server.service(folder, self.clock, livekit=self._livekit))
            stack.enter_context(self.clock.settling(self._running.settle))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self._running = None

    @property
    def running(self) -> "Running":
        """The running service inside this process; raise `RuntimeError` outside of the `with` block."""
        if self._running is None:
            raise RuntimeError("the service runs inside of `with RoomsBench() as bench:` only")
        return self._running

    @property
    def service(self) -> RoomsService:
        """The service's URL and access key."""
        return self.running.address

    @cached_property
    def rooms_client(self) -> RoomsClient:
        """A rooms client."""
        return self._entered(RoomsClient.from_connection_string)

    @cached_property
    def identity_client(self) -> CommunicationIdentityClient:
        """An identity client."""
        return self._entered(CommunicationIdentityClient.from_connection_string)

    @cached_property
    def calls_client(self) -> CallsClient:
        """A calls client that acts as the operator."""
        return self._entered(CallsClient.from_connection_string)

    @cached_property
    def visits_client(self) -> VisitsClient:
        """A visits client that acts as the operator."""
        return self._entered(VisitsClient.from_connection_string)

    @cached_property
    def events_client(self) -> EventsClient:
        """An events client."""
        return self._entered(EventsClient.from_connection_string)

    @cached_property
    def dev(self) -> DevService:
        """A client of what only a development service has: its clock, its recorded requests."""
        return self._entered(DevService.from_connection_string)

    # An async client has connections for each event loop, which the loop closes when it ends. So these need no
    # `async with`, and any plugin's or program's loop can use them.

    @cached_property
    def async_rooms_client(self) -> AsyncRoomsClient:
        """An async rooms client."""
        return self._client(AsyncRoomsClient.from_connection_string)

    @cached_property
    def async_identity_client(self) -> AsyncIdentityClient:
        """An async identity client."""
        return self._client(AsyncIdentityClient.from_connection_string)

    @cached_property
    def async_calls_client(self) -> AsyncCallsClient:
        """An async calls client that acts as the operator."""
        return self._client(AsyncCallsClient.from_connection_string)

    @cached_property
    def async_visits_client(self) -> AsyncVisitsClient:
        """An async visits client that acts as the operator."""
        return self._client(AsyncVisitsClient.from_connection_string)

    @cached_property
    def async_events_client(self) -> AsyncEventsClient:
        """An async events client."""
        return self._client(AsyncEventsClient.from_connection_string)

    @property
    def events(self) -> RoomsEvents:
        """What happened in the service, to read and to wait for."""
        return RoomsEvents(self)

    @property
    def async_events(self) -> AsyncRoomsEvents:
        """What happened in the service, for async tests."""
        return AsyncRoomsEvents(self.events)

    def user(self, name: str = "") -> RoomsUser:
        """Make a user with a token for calls; `name` is the display name in calls."""
        identifier, token = self.identity_client.create_user_and_token(["voip"])
        return RoomsUser(identifier, token.token, name)

    def call(self, room: CommunicationRoom | str) -> RoomsCall:
        """Return the call of a room."""
        return RoomsCall(self, room if isinstance(room, str) else room.id)

    def async_call(self, room: CommunicationRoom | str) -> AsyncRoomsCall:
        """Return the call of a room, for async tests."""
        return AsyncRoomsCall(self.call(room))

    def join_call(self, room_id: str, user: RoomsUser) -> JoinedCall:
        """Join a room's call as a user and return what they connect with; raise what `CallsClient.join_call` raises."""
        authorization = {"Authorization": f"Bearer {user.token}"}
        return self._users_client.join_call(room_id, display_name=user.name, headers=authorization)

    def client_of(self, user: RoomsUser) -> CallsClient:
        """Return a calls client that acts as a user; close it."""
        return CallsClient.for_user(self.service.endpoint, user.token, **_DIRECT)

    def requests(self, operation: str | None = None) -> list[RecordedRequest]:
        """Return the requests that the service received, oldest first; `operation` (`create_room`) selects some."""
        recorded = self.dev.list_requests(limit=_ALL_REQUESTS)
        return [request for request in recorded if operation in (None, request.operation)]

    @cached_property
    def _users_client(self) -> CallsClient:
        """A client whose calls name their user, since a client and a connection for each user take long to open."""
        unsigned = SansIOHTTPPolicy[HttpRequest, HttpResponse]()
        return self._entered(partial(CallsClient.from_connection_string, authentication_policy=unsigned))

    def _client(self, make: Callable[..., Client]) -> Client:
        return make(self.service.connection_string, **_DIRECT)

    def _entered(self, make: Callable[..., AbstractContextManager[Client]]) -> Client:
        return self._stack.enter_context(self._client(make))


def _memory() -> Path | None:
    """Return a folder in memory, if there is one with room: a disk would let tests in parallel wait for each other."""
    try:
        free = shutil.disk_usage(_SHARED_MEMORY).free
    except OSError:
        return None
    return _SHARED_MEMORY if free > _LEAST_MEMORY and os.access(_SHARED_MEMORY, os.W_OK) else None
