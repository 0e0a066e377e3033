"""The async rooms client, with the same names as in `openrooms`.

>>> from openrooms.aio import RoomsClient
>>> async with RoomsClient.from_environment() as client:
...     room = await client.create_room()
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from openrooms.client._async import RoomsClient
from openrooms.client._errors import (
    InvalidIdentifierError,
    InvalidRequestError,
    InvalidRoomIdError,
    InvalidWindowError,
    RoomNotFoundError,
    ThrottledError,
)
from openrooms.client._models import CommunicationRoom, Page, Response, RoomParticipant, ServiceVersion
from openrooms.client._paging_async import AsyncPages
from openrooms.domain.roles import ParticipantRole
from openrooms.identifiers import (
    CommunicationCloudEnvironment,
    CommunicationIdentifier,
    CommunicationIdentifierKind,
    CommunicationUserIdentifier,
    CommunicationUserProperties,
    MicrosoftBotIdentifier,
    MicrosoftBotProperties,
    MicrosoftTeamsAppIdentifier,
    MicrosoftTeamsAppProperties,
    MicrosoftTeamsUserIdentifier,
    MicrosoftTeamsUserProperties,
    PhoneNumberIdentifier,
    PhoneNumberProperties,
    UnknownIdentifier,
    identifier_from_raw_id,
)

if TYPE_CHECKING:
    from openrooms.identity.credential_aio import CommunicationTokenCredential

__all__ = [
    "AsyncPages",
    "CommunicationCloudEnvironment",
    "CommunicationIdentifier",
    "CommunicationIdentifierKind",
    "CommunicationRoom",
    "CommunicationTokenCredential",
    "CommunicationUserIdentifier",
    "CommunicationUserProperties",
    "InvalidIdentifierError",
    "InvalidRequestError",
    "InvalidRoomIdError",
    "InvalidWindowError",
    "MicrosoftBotIdentifier",
    "MicrosoftBotProperties",
    "MicrosoftTeamsAppIdentifier",
    "MicrosoftTeamsAppProperties",
    "MicrosoftTeamsUserIdentifier",
    "MicrosoftTeamsUserProperties",
    "Page",
    "ParticipantRole",
    "PhoneNumberIdentifier",
    "PhoneNumberProperties",
    "Response",
    "RoomNotFoundError",
    "RoomParticipant",
    "RoomsClient",
    "ServiceVersion",
    "ThrottledError",
    "UnknownIdentifier",
    "identifier_from_raw_id",
]


def __getattr__(name: str) -> Any:
    # Imported on first use, because a rooms client does not need it.
    if name != "CommunicationTokenCredential":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module("openrooms.identity.credential_aio"), name)
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
