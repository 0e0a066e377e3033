"""The async rooms client."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from openrooms.client import _calls as calls
from openrooms.client._base import RETRIES, TIMEOUT
from openrooms.client._base_async import AsyncClient
from openrooms.client._calls import Somebody
from openrooms.client._credentials import AsyncTokenCredential
from openrooms.client._errors import RoomNotFoundError
from openrooms.client._models import CommunicationRoom, Response, RoomParticipant, ServiceVersion
from openrooms.client._paging_async import AsyncPages
from openrooms.client._policies import KeyCredential


class RoomsClient(AsyncClient):
    """Creates, reads, changes and deletes rooms, and says who may join them.

    One client serves any number of tasks. Close it, or use it in an `async with`, when no more calls are to come.

    Every call also takes `timeout`, the seconds for all of it with its retries, `headers` to send along, and the
    keywords of azure-core's policies and transports: `retry_total`, `read_timeout`, `connection_verify`,
    `raw_response_hook`, `logging_enable` and so on. What it raises beside what is said below: `InvalidRequestError`,
    `ClientAuthenticationError`, `ThrottledError` or another `HttpResponseError` if the service refuses,
    `ServiceRequestError` or `ServiceResponseError` if it cannot be reached, `ValueError` or `TypeError` for what is
    wrong before anything is sent.

    >>> from openrooms.aio import RoomsClient
    >>> async with RoomsClient.from_environment() as client:
    ...     room = await client.create_room()
    ...     await client.get_room(room.id) == room
    True
    """

    _default_version = ServiceVersion.V2025_03_13
    _not_found = RoomNotFoundError

    def __init__(
        self,
        endpoint: str,
        credential: KeyCredential | AsyncTokenCredential | str,
        *,
        api_version: ServiceVersion | str = ServiceVersion.V2025_03_13,
        retries: int = RETRIES,
        timeout: float | None = TIMEOUT,
        **options: Any,
    ) -> None:
        """Make a client; nothing is sent yet.

        `endpoint` is the service's URL, without a scheme https. `credential` is an access key or gives tokens of
        Microsoft Entra ID. After the statuses 408, 429, 500, 502, 503, 504 and if there is no answer, every call is
        tried up to `retries` times more, all within `timeout` seconds (`None`: no limit). `options` are keywords of
        azure-core's clients, policies and transports: `transport`, `connection_timeout`, `read_timeout`,
        `connection_verify`, `proxies`, `user_agent`, `per_call_policies`, `retry_backoff_factor` and so on.

        Raise `ValueError` for an endpoint or a key that cannot be one, and for a token credential over plain http.
        """
        super().__init__(endpoint, credential, api_version=api_version, retries=retries, timeout=timeout, **options)
        self._with_response = RoomsWithResponse(self)

    @property
    def with_response(self) -> "RoomsWithResponse":
        """The same calls, each returning a `Response` with status, headers and request id around the value.

        >>> from openrooms.aio import RoomsClient
        >>> async with RoomsClient.from_environment() as client:
        ...     response = await client.with_response.create_room()
        >>> response.status_code
        201
        """
        return self._with_response

    async def create_room(
        self,
        *,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        pstn_dial_out_enabled: bool | None = None,
        participants: Iterable[Somebody] | None = (),
        request_id: UUID | str | None = None,
        **options: Any,
    ) -> CommunicationRoom:
        """Create a room and return it.

        Without `valid_from` it can be joined at once, without `valid_until` for 180 days. A time without time zone is
        taken as UTC, with a `UserWarning`. Participants given without a role are `Attendee`. The call may be repeated
        with the same `request_id`, also by another process: it creates one room and returns it each time.

        Raise `InvalidWindowError` or `InvalidIdentifierError` if the service refuses times or participants,
        `ValueError` for a participant named twice.

        >>> from datetime import UTC, datetime, timedelta
        >>> from openrooms.aio import ParticipantRole, RoomParticipant, RoomsClient
        >>> doctor = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"
        >>> async with RoomsClient.from_environment() as client:
        ...     room = await client.create_room(
        ...         valid_until=datetime.now(UTC) + timedelta(hours=1),
        ...         participants=[RoomParticipant(doctor, ParticipantRole.PRESENTER)],
        ...     )
        >>> room.pstn_dial_out_enabled
        False
        """
        return (
            await self._with_response.create_room(
                valid_from=valid_from,
                valid_until=valid_until,
                pstn_dial_out_enabled=pstn_dial_out_enabled,
                participants=participants,
                request_id=request_id,
                **options,
            )
        ).value

    async def update_room(
        self,
        room_id: str,
        *,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        pstn_dial_out_enabled: bool | None = None,
        **options: Any,
    ) -> CommunicationRoom:
        """Change what is given of a room and return it; what is not given stays as it is.

        `valid_from` and `valid_until` must be given together. Raise `RoomNotFoundError`, `InvalidRoomIdError` or
        `InvalidWindowError`.

        >>> from datetime import timedelta
        >>> from openrooms.aio import RoomsClient
        >>> async with RoomsClient.from_environment() as client:
        ...     room = await client.create_room()
        ...     later = room.valid_until - timedelta(days=1)
        ...     room = await client.update_room(room.id, valid_from=room.valid_from, valid_until=later)
        >>> room.valid_until == later
        True
        """
        return (
            await self._with_response.update_room(
                room_id,
                valid_from=valid_from,
                valid_until=valid_until,
                pstn_dial_out_enabled=pstn_dial_out_enabled,
                **options,
            )
        ).value

    async def get_room(self, room_id: str, **options: Any) -> CommunicationRoom:
        """Return a room; raise `RoomNotFoundError` or `InvalidRoomIdError`.

        >>> from openrooms.aio import RoomNotFoundError, RoomsClient
        >>> async with RoomsClient.from_environment() as client:
        ...     try:
        ...         await client.get_room("99475330965778483")
        ...     except RoomNotFoundError as error:
        ...         print(error.status_code, error.error.code)
        404 NotFound
        """
        return (await self._with_response.get_room(room_id, **options)).value

    def list_rooms(self, **options: Any) -> AsyncPages[CommunicationRoom]:
        """Return all rooms of the resource, the newest first; they are asked for when they are wanted.

        >>> from openrooms.aio import RoomsClient
        >>> async with RoomsClient.from_environment() as client:
        ...     room = await client.create_room()
        ...     room in [known async for known in client.list_rooms()]
        True
        """
        return self._with_response.list_rooms(**options)

    async def delete_room(self, room_id: str, **options: Any) -> None:
        """Delete a room, which ends its call; raise `RoomNotFoundError` or `InvalidRoomIdError`.

        >>> from openrooms.aio import RoomsClient
        >>> async with RoomsClient.from_environment() as client:
        ...     room = await client.create_room()
        ...     await client.delete_room(room.id)
        """
        await self._with_response.delete_room(room_id, **options)

    def list_participants(self, room_id: str, **options: Any) -> AsyncPages[RoomParticipant]:
        """Return the roster of a room, in the order in which it was written.

        The first page raises `RoomNotFoundError` or `InvalidRoomIdError`.

        >>> from openrooms.aio import RoomsClient
        >>> patient = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"
        >>> async with RoomsClient.from_environment() as client:
        ...     room = await client.create_room(participants=[patient])
        ...     [participant.role.value async for participant in client.list_participants(room.id)]
        ['Attendee']
        """
        return self._with_response.list_participants(room_id, **options)

    async def add_or_update_participants(self, room_id: str, participants: Iterable[Somebody], **options: Any) -> None:
        """Put participants on the roster of a room, or give those who are on it another role.

        Raise `RoomNotFoundError`, `InvalidRoomIdError` or `InvalidIdentifierError`; then nothing is changed.

        >>> from openrooms.aio import ParticipantRole, RoomParticipant, RoomsClient
        >>> doctor = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"
        >>> async with RoomsClient.from_environment() as client:
        ...     room = await client.create_room()
        ...     await client.add_or_update_participants(room.id, [RoomParticipant(doctor, ParticipantRole.PRESENTER)])
        """
        await self._with_response.add_or_update_participants(room_id, participants, **options)

    async def remove_participants(self, room_id: str, participants: Iterable[Somebody], **options: Any) -> None:
        """Take participants off the roster of a room, which puts them out of its call; who is not on it is no error.

        Raise `RoomNotFoundError`, `InvalidRoomIdError` or `InvalidIdentifierError`; then nothing is changed.

        >>> from openrooms.aio import RoomsClient
        >>> patient = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"
        >>> async with RoomsClient.from_environment() as client:
        ...     room = await client.create_room(participants=[patient])
        ...     await client.remove_participants(room.id, [patient])
        """
        await self._with_response.remove_participants(room_id, participants, **options)


class RoomsWithResponse:
    """The calls of `RoomsClient`, each returning the whole answer with its value."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def create_room(
        self,
        *,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        pstn_dial_out_enabled: bool | None = None,
        participants: Iterable[Somebody] | None = (),
        request_id: UUID | str | None = None,
        **options: Any,
    ) -> Response[CommunicationRoom]:
        """See `RoomsClient.create_room`."""
        call = calls.create_room(valid_from, valid_until, pstn_dial_out_enabled, participants, request_id)
        return await self._client._send(call, options)

    async def update_room(
        self,
        room_id: str,
        *,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        pstn_dial_out_enabled: bool | None = None,
        **options: Any,
    ) -> Response[CommunicationRoom]:
        """See `RoomsClient.update_room`."""
        call = calls.update_room(room_id, valid_from, valid_until, pstn_dial_out_enabled)
        return await self._client._send(call, options)

    async def get_room(self, room_id: str, **options: Any) -> Response[CommunicationRoom]:
        """See `RoomsClient.get_room`."""
        return await self._client._send(calls.get_room(room_id), options)

    def list_rooms(self, **options: Any) -> AsyncPages[CommunicationRoom]:
        """See `RoomsClient.list_rooms`; each page has its `response`."""
        return self._client._pages(calls.list_rooms(), options)

    async def delete_room(self, room_id: str, **options: Any) -> Response[None]:
        """See `RoomsClient.delete_room`."""
        return await self._client._send(calls.delete_room(room_id), options)

    def list_participants(self, room_id: str, **options: Any) -> AsyncPages[RoomParticipant]:
        """See `RoomsClient.list_participants`; each page has its `response`."""
        return self._client._pages(calls.list_participants(room_id), options)

    async def add_or_update_participants(
        self, room_id: str, participants: Iterable[Somebody], **options: Any
    ) -> Response[None]:
        """See `RoomsClient.add_or_update_participants`."""
        return await self._client._send(calls.add_or_update_participants(room_id, participants), options)

    async def remove_participants(
        self, room_id: str, participants: Iterable[Somebody], **options: Any
    ) -> Response[None]:
        """See `RoomsClient.remove_participants`."""
        return await self._client._send(calls.remove_participants(room_id, participants), options)
