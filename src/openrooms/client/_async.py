"""The async rooms client."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from openrooms.client import _calls as calls
from openrooms.client._base import RETRIES, TIMEOUT
from openrooms.client._base_async import AsyncClient
from openrooms.client._calls import ParticipantLike
from openrooms.client._credentials import AsyncTokenCredential
from openrooms.client._errors import RoomNotFoundError
from openrooms.client._models import CommunicationRoom, Response, RoomParticipant, ServiceVersion
from openrooms.client._paging_async import AsyncPages
from openrooms.client._policies import KeyCredential


class RoomsClient(AsyncClient):
    """A client that creates, reads, changes and deletes rooms and their rosters.

    One client serves any number of tasks. Close it after the last call, or use it in an `async with`.

    Every call also accepts `timeout` (seconds for the whole call, retries included), `headers` (additional request
    headers), and the keywords of azure-core's policies and transports, such as `retry_total`, `read_timeout`,
    `connection_verify`, `raw_response_hook` and `logging_enable`. In addition to the errors named below, a call raises
    `InvalidRequestError`, `ClientAuthenticationError`, `ThrottledError` or another `HttpResponseError` if the service
    refuses the request, `ServiceRequestError` if there is no connection, `ServiceResponseError` if there is no complete
    answer, and `ValueError` or `TypeError` if an argument is wrong; in that case nothing has been sent.

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
        """Create a client without sending anything.

        `endpoint` is the service's URL; without a scheme it means https. `credential` is an access key, or an object
        that returns tokens of Microsoft Entra ID. After status 408, 429, 500, 502, 503 or 504, or without an answer, a
        call is repeated up to `retries` times within `timeout` seconds (`None`: no limit). `options` are keywords of
        azure-core's clients, policies and transports, such as `transport`, `connection_timeout`, `read_timeout`,
        `connection_verify`, `proxies`, `user_agent`, `per_call_policies` and `retry_backoff_factor`.

        Raise `ValueError` if the endpoint or the key is malformed, or if a token credential would be used over http.
        """
        super().__init__(endpoint, credential, api_version=api_version, retries=retries, timeout=timeout, **options)
        self._with_response = RoomsWithResponse(self)

    @property
    def with_response(self) -> "RoomsWithResponse":
        """The same calls, but each returns a `Response`: the value with the status, the headers and the request id.

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
        participants: Iterable[ParticipantLike] | None = (),
        request_id: UUID | str | None = None,
        **options: Any,
    ) -> CommunicationRoom:
        """Create a room and return it.

        Without `valid_from` the room opens at once; without `valid_until` it stays open for 180 days. A time without a
        time zone is taken as UTC, with a `UserWarning`. A participant without a role is an `Attendee`. The call can be
        repeated with the same `request_id`, even by another process: it creates one room and returns it each time.

        Raise `InvalidWindowError` if the service refuses the times, `InvalidIdentifierError` if it refuses a
        participant, and `ValueError` if a participant is named twice.

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
        """Update the given fields of a room and return the room; the other fields keep their values.

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
        """Return all rooms of the resource, newest first. Iterating fetches the pages as they are needed.

        >>> from openrooms.aio import RoomsClient
        >>> async with RoomsClient.from_environment() as client:
        ...     room = await client.create_room()
        ...     room in [listed async for listed in client.list_rooms()]
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
        """Return the roster of a room in the order in which participants were added.

        Fetching the first page raises `RoomNotFoundError` or `InvalidRoomIdError`.

        >>> from openrooms.aio import RoomsClient
        >>> patient = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"
        >>> async with RoomsClient.from_environment() as client:
        ...     room = await client.create_room(participants=[patient])
        ...     [participant.role.value async for participant in client.list_participants(room.id)]
        ['Attendee']
        """
        return self._with_response.list_participants(room_id, **options)

    async def add_or_update_participants(
        self, room_id: str, participants: Iterable[ParticipantLike], **options: Any
    ) -> None:
        """Add participants to the roster of a room, or change the roles of those already on it.

        Raise `RoomNotFoundError`, `InvalidRoomIdError` or `InvalidIdentifierError` and leave the roster unchanged.

        >>> from openrooms.aio import ParticipantRole, RoomParticipant, RoomsClient
        >>> doctor = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"
        >>> async with RoomsClient.from_environment() as client:
        ...     room = await client.create_room()
        ...     await client.add_or_update_participants(room.id, [RoomParticipant(doctor, ParticipantRole.PRESENTER)])
        """
        await self._with_response.add_or_update_participants(room_id, participants, **options)

    async def remove_participants(self, room_id: str, participants: Iterable[ParticipantLike], **options: Any) -> None:
        """Remove participants from the roster of a room and from its call; ignore those who are not on the roster.

        Raise `RoomNotFoundError`, `InvalidRoomIdError` or `InvalidIdentifierError` and leave the roster unchanged.

        >>> from openrooms.aio import RoomsClient
        >>> patient = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"
        >>> async with RoomsClient.from_environment() as client:
        ...     room = await client.create_room(participants=[patient])
        ...     await client.remove_participants(room.id, [patient])
        """
        await self._with_response.remove_participants(room_id, participants, **options)


class RoomsWithResponse:
    """The calls of `RoomsClient`, each returning a `Response` instead of the value alone."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def create_room(
        self,
        *,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        pstn_dial_out_enabled: bool | None = None,
        participants: Iterable[ParticipantLike] | None = (),
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
        self, room_id: str, participants: Iterable[ParticipantLike], **options: Any
    ) -> Response[None]:
        """See `RoomsClient.add_or_update_participants`."""
        return await self._client._send(calls.add_or_update_participants(room_id, participants), options)

    async def remove_participants(
        self, room_id: str, participants: Iterable[ParticipantLike], **options: Any
    ) -> Response[None]:
        """See `RoomsClient.remove_participants`."""
        return await self._client._send(calls.remove_participants(room_id, participants), options)
