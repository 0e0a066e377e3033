"""The client for the users of a resource and their tokens.

>>> from openrooms.identity import CommunicationIdentityClient
>>> with CommunicationIdentityClient.from_environment() as client:
...     user, token = client.create_user_and_token(["voip"])

`openrooms.identity.aio` has the async client of the same name.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openrooms.domain.scopes import CommunicationTokenScope
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
    from openrooms.identity._calls import PersonalData, PersonalRecord, UserAndToken
    from openrooms.identity._client import CommunicationIdentityClient
    from openrooms.identity.credential import CommunicationTokenCredential
    from openrooms.identity.tokens import AccessToken

__all__ = [
    "AccessToken",
    "CommunicationCloudEnvironment",
    "CommunicationIdentifier",
    "CommunicationIdentifierKind",
    "CommunicationIdentityClient",
    "CommunicationTokenCredential",
    "CommunicationTokenScope",
    "CommunicationUserIdentifier",
    "CommunicationUserProperties",
    "MicrosoftBotIdentifier",
    "MicrosoftBotProperties",
    "MicrosoftTeamsAppIdentifier",
    "MicrosoftTeamsAppProperties",
    "MicrosoftTeamsUserIdentifier",
    "MicrosoftTeamsUserProperties",
    "PersonalData",
    "PersonalRecord",
    "PhoneNumberIdentifier",
    "PhoneNumberProperties",
    "UnknownIdentifier",
    "UserAndToken",
    "identifier_from_raw_id",
]

# Imported on first use, because the rooms clients need nothing from this package.
_HOMES = {
    "AccessToken": "identity.tokens",
    "CommunicationIdentityClient": "identity._client",
    "CommunicationTokenCredential": "identity.credential",
    "CommunicationTokenScope": "domain.scopes",
    "PersonalData": "identity._calls",
    "PersonalRecord": "identity._calls",
    "UserAndToken": "identity._calls",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"openrooms.{_HOMES.get(name, 'identifiers')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
