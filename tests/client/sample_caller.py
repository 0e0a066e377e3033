# pyright: strict
"""A program that uses the clients, for type checkers; `test_typing` runs them on this file.

Each `assert_type` is a promise to callers. Nothing here is executed.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, assert_type
from uuid import uuid4

from azure.core.credentials import AccessToken as AzureAccessToken
from azure.core.credentials import AzureKeyCredential, TokenCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.identity import DefaultAzureCredential
from azure.identity.aio import DefaultAzureCredential as AsyncDefaultAzureCredential

import openrooms
from openrooms import (
    AsyncPages,
    CommunicationRoom,
    Page,
    Pages,
    ParticipantRole,
    Response,
    RoomNotFoundError,
    RoomParticipant,
    RoomsClient,
    ThrottledError,
    aio,
    testing,
)
from openrooms import identity as users
from openrooms.identity import (
    AccessToken,
    CommunicationIdentifier,
    CommunicationIdentifierKind,
    CommunicationIdentityClient,
    CommunicationTokenCredential,
    CommunicationTokenScope,
    CommunicationUserIdentifier,
    MicrosoftTeamsUserIdentifier,
    PhoneNumberIdentifier,
    identifier_from_raw_id,
)
from openrooms.identity import aio as users_aio


def connect() -> Iterator[RoomsClient]:
    yield RoomsClient("https://contoso.communication.azure.com", AzureKeyCredential("a2V5"))
    yield RoomsClient("https://contoso.communication.azure.com", DefaultAzureCredential())
    yield RoomsClient(
        "https://contoso.communication.azure.com", "a2V5", api_version="2024-04-15", retries=5, timeout=None
    )
    yield RoomsClient.from_connection_string("endpoint=https://contoso.communication.azure.com/;accesskey=a2V5")
    with RoomsClient.from_environment(read_timeout=5, user_agent="clinic/1.0") as client:
        assert_type(client, RoomsClient)
        yield client


def rooms(client: RoomsClient, ada: CommunicationUserIdentifier) -> CommunicationRoom:
    now = datetime.now(UTC)
    room = client.create_room(
        valid_from=now,
        valid_until=now + timedelta(hours=1),
        pstn_dial_out_enabled=True,
        participants=[RoomParticipant(ada, ParticipantRole.PRESENTER), PhoneNumberIdentifier("+1"), "8:acs:eve"],
        request_id=uuid4(),
    )
    assert_type(room, CommunicationRoom)
    assert_type(room.valid_until, datetime)
    client.add_or_update_participants(room.id, [RoomParticipant(ada, "Interpreter")])
    client.remove_participants(room_id=room.id, participants=[ada])
    client.delete_room(room.id, timeout=5, headers={"traceparent": "00-"})
    return client.update_room(room.id, valid_from=now, valid_until=now + timedelta(hours=2))


def lists(client: RoomsClient) -> list[str]:
    found = client.list_rooms()
    assert_type(found, Pages[CommunicationRoom])
    for page in found.by_page():
        assert_type(page, Page[CommunicationRoom])
        assert_type(page[0], CommunicationRoom)
        assert_type(page.continuation_token, str | None)
    for participant in client.list_participants("994"):
        assert_type(participant, RoomParticipant)
        assert_type(participant.communication_identifier, CommunicationIdentifier)
    return [room.id for room in found]


def responses(client: RoomsClient) -> Mapping[str, str]:
    response = client.with_response.get_room("994")
    assert_type(response, Response[CommunicationRoom])
    assert_type(client.with_response.delete_room("994"), Response[None])
    assert_type(response.value.created_at, datetime)
    assert_type(response.status_code, int)
    assert_type(response.request_id, str | None)
    return response.headers


def errors(client: RoomsClient) -> float | None:
    try:
        client.get_room("994")
    except RoomNotFoundError as error:
        assert_type(error.status_code, int | None)
    except ThrottledError as error:
        return error.retry_after
    return None


def identities(client: CommunicationIdentityClient) -> str:
    user, token = client.create_user_and_token([CommunicationTokenScope.VOIP], token_expires_in=timedelta(hours=1))
    assert_type(user, CommunicationUserIdentifier)
    assert_type(token, AccessToken)
    assert_type(token.expires_on, int)
    assert_type(token.expires_at, datetime)
    azure: AzureAccessToken = client.get_token(user.raw_id, ["voip", "chat"])
    client.revoke_tokens(user)
    client.delete_user(user)
    return azure.token


def identifiers(raw_id: str) -> str:
    identifier = identifier_from_raw_id(raw_id)
    assert_type(identifier, CommunicationIdentifier)
    assert_type(identifier.kind, CommunicationIdentifierKind)
    if isinstance(identifier, PhoneNumberIdentifier):
        assert_type(identifier.asserted_id, str | None)
        return identifier.properties["value"]
    if isinstance(identifier, MicrosoftTeamsUserIdentifier):
        assert_type(identifier.properties["is_anonymous"], bool)
    match identifier:
        case CommunicationUserIdentifier(id=user_id):
            assert_type(user_id, str)
            return user_id
        case _:
            return identifier.raw_id


def credentials(client: CommunicationIdentityClient, clock: testing.RoomsClock) -> TokenCredential:
    def refresh() -> AccessToken:
        return client.get_token("8:acs:ada", ["voip"])

    with CommunicationTokenCredential(token_refresher=refresh, proactive_refresh=True, clock=clock.time) as credential:
        assert_type(credential.get_token("https://communication.azure.com//.default"), AccessToken)
    return CommunicationTokenCredential("a.b.c", token_refresher=lambda: "a.b.c")


async def asynchronous(ada: CommunicationUserIdentifier) -> AsyncIterator[RoomParticipant]:
    async with aio.RoomsClient("https://contoso.communication.azure.com", AsyncDefaultAzureCredential()) as client:
        assert_type(client, aio.RoomsClient)
        room = await client.create_room(participants=[ada])
        assert_type(room, CommunicationRoom)
        response = await client.with_response.get_room(room.id)
        assert_type(response, Response[CommunicationRoom])
        participants = client.list_participants(room.id)
        assert_type(participants, AsyncPages[RoomParticipant])
        async for page in participants.by_page():
            assert_type(page, Page[RoomParticipant])
        async for participant in participants:
            yield participant


async def asynchronous_identities() -> AsyncTokenCredential:
    client = users_aio.CommunicationIdentityClient.from_environment()
    user, token = await client.create_user_and_token(["voip"])
    assert_type(user, users.CommunicationUserIdentifier)
    assert_type(token, users.AccessToken)

    async def refresh() -> AccessToken:
        return await client.get_token(user, ["voip"])

    return users_aio.CommunicationTokenCredential(token_refresher=refresh)


def mocks() -> tuple[Any, ...]:
    assert_type(testing.room(id="994"), CommunicationRoom)
    assert_type(testing.pages([testing.room()]), Pages[CommunicationRoom])
    assert_type(testing.async_pages([testing.participant()]), AsyncPages[RoomParticipant])
    assert_type(testing.response(testing.room()), Response[CommunicationRoom])
    return (openrooms.__version__,)
