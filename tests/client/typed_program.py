"""A program that uses the clients; only mypy reads it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, assert_type

from azure.core.credentials import AccessToken, AzureKeyCredential

from openrooms import (
    CommunicationIdentifier,
    CommunicationRoom,
    CommunicationUserIdentifier,
    Page,
    Pages,
    ParticipantRole,
    Response,
    RoomParticipant,
    RoomsClient,
)
from openrooms.aio import RoomsClient as AsyncRoomsClient
from openrooms.identity import AccessToken as UserToken
from openrooms.identity import CommunicationIdentityClient


class Credential:
    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        return AccessToken("", 0)


def credentials() -> Iterator[RoomsClient]:
    yield RoomsClient("https://contoso.example", "key", retries=1, timeout=None, connection_verify="ca.pem")
    yield RoomsClient("https://contoso.example", AzureKeyCredential("key"))
    yield RoomsClient("https://contoso.example", Credential())
    yield RoomsClient.from_connection_string("...", api_version="2024-04-15")


def rooms(client: RoomsClient, identity: CommunicationIdentityClient) -> None:
    user = identity.create_user()
    assert_type(user, CommunicationUserIdentifier)
    assert_type(identity.get_token(user, ["voip"]), UserToken)
    room = client.create_room(valid_from=datetime.now(UTC), participants=[user, "8:acs:a", RoomParticipant(user)])
    assert_type(room, CommunicationRoom)
    assert_type(room.valid_until, datetime)
    assert_type(client.list_rooms(), Pages[CommunicationRoom])
    assert_type(next(client.list_rooms().by_page()), Page[CommunicationRoom])
    assert_type(client.with_response.get_room(room.id), Response[CommunicationRoom])
    for participant in client.list_participants(room.id):
        assert_type(participant.role, ParticipantRole | str)
        participant.role = ParticipantRole.PRESENTER
        participant.role = "Interpreter"
        assert_type(participant.communication_identifier, CommunicationIdentifier)


async def async_rooms(client: AsyncRoomsClient) -> None:
    async with client as entered:
        assert_type(await entered.get_room("1"), CommunicationRoom)
        async for room in entered.list_rooms():
            assert_type(room, CommunicationRoom)
        async for page in entered.list_rooms().by_page():
            assert_type(page, Page[CommunicationRoom])
