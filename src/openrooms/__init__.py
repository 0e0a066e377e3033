"""Clients for rooms of Azure Communication Services or of an openrooms server.

>>> from openrooms import RoomsClient
>>> with RoomsClient.from_environment() as client:
...     room = client.create_room()

`openrooms.aio` has the async client of the same name, and `openrooms.identity` the client for users and tokens.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from openrooms._version import __version__ as __version__

if TYPE_CHECKING:
    from openrooms.client._errors import (
        InvalidIdentifierError,
        InvalidRequestError,
        InvalidRoomIdError,
        InvalidWindowError,
        RoomNotFoundError,
        ThrottledError,
    )
    from openrooms.client._models import CommunicationRoom, Page, Response, RoomParticipant, ServiceVersion
    from openrooms.client._paging import Pages
    from openrooms.client._paging_async import AsyncPages
    from openrooms.client._sync import RoomsClient
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
    from openrooms.identity.credential import CommunicationTokenCredential

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
    "Pages",
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

# Imported on first use, because the server and the command line import this package without needing a client.
_HOMES = {
    "AsyncPages": "client._paging_async",
    "CommunicationRoom": "client._models",
    "CommunicationTokenCredential": "identity.credential",
    "Page": "client._models",
    "Pages": "client._paging",
    "ParticipantRole": "domain.roles",
    "Response": "client._models",
    "RoomParticipant": "client._models",
    "RoomsClient": "client._sync",
    "ServiceVersion": "client._models",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name) or ("client._errors" if name.endswith("Error") else "identifiers")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
