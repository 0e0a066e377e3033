"""The async identity client and token credential, with the same names as in `openrooms.identity`.

>>> from openrooms.identity.aio import CommunicationIdentityClient
>>> async with CommunicationIdentityClient.from_environment() as client:
...     user, token = await client.create_user_and_token(["voip"])
"""

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
from openrooms.identity._client_async import CommunicationIdentityClient
from openrooms.identity.credential_aio import CommunicationTokenCredential
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
