"""The async rooms client, beside the same names as in `openrooms`.

>>> from openrooms.aio import RoomsClient
>>> async with RoomsClient.from_environment() as client:
...     room = await client.create_room()
"""

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
from openrooms.client._paging import AsyncPages
from openrooms.domain.roster import ParticipantRole
from openrooms.identity.identifiers import (
    CommunicationCloudEnvironment,
    CommunicationIdentifier,
    CommunicationIdentifierKind,
    CommunicationUserIdentifier,
    MicrosoftTeamsAppIdentifier,
    MicrosoftTeamsUserIdentifier,
    PhoneNumberIdentifier,
    UnknownIdentifier,
    identifier_from_raw_id,
)

__all__ = [
    "AsyncPages",
    "CommunicationCloudEnvironment",
    "CommunicationIdentifier",
    "CommunicationIdentifierKind",
    "CommunicationRoom",
    "CommunicationUserIdentifier",
    "InvalidIdentifierError",
    "InvalidRequestError",
    "InvalidRoomIdError",
    "InvalidWindowError",
    "MicrosoftTeamsAppIdentifier",
    "MicrosoftTeamsUserIdentifier",
    "Page",
    "ParticipantRole",
    "PhoneNumberIdentifier",
    "Response",
    "RoomNotFoundError",
    "RoomParticipant",
    "RoomsClient",
    "ServiceVersion",
    "ThrottledError",
    "UnknownIdentifier",
    "identifier_from_raw_id",
]
