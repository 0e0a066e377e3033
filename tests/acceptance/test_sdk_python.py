"""The official Python SDKs against the real service, over TLS: each operation, sync and aio, with each credential."""

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.communication import identity, rooms
from azure.communication.identity import aio as identity_aio
from azure.communication.rooms import CommunicationUserIdentifier, ParticipantRole, RoomParticipant
from azure.communication.rooms import aio as rooms_aio
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from tests.support.service import Process, openrooms

UNKNOWN_ROOM = "99475330965778483"
TEAMS = ("garbage", "9b8a7c6d-0000-4000-8000-000000000001", "9b8a7c6d-0000-4000-8000-000000000002")


class Bearer:
    """A credential with a fixed token, for sync and async clients."""

    def __init__(self, token: str) -> None:
        self.token = AccessToken(token, 4_000_000_000)

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return self.token


class AsyncBearer(Bearer):
    async def get_token(self, *_scopes: str, **_options: object) -> AccessToken:  # type: ignore[override]
        return self.token

    async def close(self) -> None:
        """Do nothing."""

    async def __aenter__(self) -> "AsyncBearer":
        return self

    async def __aexit__(self, *_details: object) -> None:
        """Do nothing."""


class Blocking:
    """An async client with the interface of the sync one: it waits for answers and collects pages."""

    def __init__(self, client: Any, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._runner.run(self._finished(method, args, kwargs))

        return call

    async def _finished(self, method: Any, args: Any, kwargs: Any) -> Any:
        result = method(*args, **kwargs)
        if inspect.isawaitable(result):
            return await result
        return [item async for item in result]


class Sdk:
    """A Rooms and an Identity client of one kind, with the same credential."""

    def __init__(self, rooms_client: Any, identity_client: Any) -> None:
        self.rooms = rooms_client
        self.identity = identity_client


@pytest.fixture(scope="module")
def operator_token(service: Process) -> str:
    done = openrooms("operator-token", *service.database, "--role", "contributor")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def make(service: Process, kind: str, credential: str, token: str) -> tuple[Any, Any]:
    """Return a Rooms and an Identity client."""
    classes = (
        (rooms.RoomsClient, identity.CommunicationIdentityClient)
        if kind == "sync"
        else (rooms_aio.RoomsClient, identity_aio.CommunicationIdentityClient)
    )
    options = {"connection_verify": service.ca, "retry_total": 0}
    made: list[Any] = []
    for each in classes:
        if credential == "connection string":
            made.append(each.from_connection_string(service.connectionString, **options))
        elif credential == "key":
            key = AzureKeyCredential(service.connectionString.partition("accesskey=")[2])
            made.append(each(service.endpoint, key, **options))
        else:
            bearer = Bearer(token) if kind == "sync" else AsyncBearer(token)
            made.append(each(service.endpoint, bearer, **options))
    return made[0], made[1]


@pytest.fixture(
    params=[(kind, credential) for kind in ("sync", "aio") for credential in ("connection string", "key", "bearer")],
    ids=lambda param: "-".join(param),
)
def sdk(request: pytest.FixtureRequest, service: Process, operator_token: str) -> Iterator[Sdk]:
    kind, credential = request.param
    if kind == "sync":
        rooms_client, identity_client = make(service, kind, credential, operator_token)
        with rooms_client:
            yield Sdk(rooms_client, identity_client)
        identity_client._identity_service_client.close()
        return
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())

        async def made() -> tuple[Any, Any]:
            return make(service, kind, credential, operator_token)

        clients = runner.run(made())
        yield Sdk(*(Blocking(client, runner) for client in clients))
        for client in clients:
            runner.run(client.__aexit__())


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def who(sdk: Sdk) -> CommunicationUserIdentifier:
    return CommunicationUserIdentifier(sdk.identity.create_user().raw_id)


def roster(sdk: Sdk, room_id: str) -> dict[str, str]:
    return {member.communication_identifier.raw_id: member.role for member in sdk.rooms.list_participants(room_id)}


def test_room_lifecycle(sdk: Sdk) -> None:
    start = datetime.now(UTC).replace(microsecond=123456) + timedelta(hours=1)
    invited = [RoomParticipant(communication_identifier=who(sdk), role=ParticipantRole.PRESENTER)]
    room = sdk.rooms.create_room(
        valid_from=start, valid_until=start + timedelta(days=2), pstn_dial_out_enabled=True, participants=invited
    )
    assert (moment(room.valid_from), moment(room.valid_until)) == (start, start + timedelta(days=2))
    assert room.pstn_dial_out_enabled is True
    assert abs(moment(room.created_at) - datetime.now(UTC)) < timedelta(minutes=1)
    assert sdk.rooms.get_room(room.id) == room

    changed = sdk.rooms.update_room(room_id=room.id, pstn_dial_out_enabled=False)
    assert (changed.id, changed.valid_from, changed.pstn_dial_out_enabled) == (room.id, room.valid_from, False)
    later = start + timedelta(days=1)
    changed = sdk.rooms.update_room(room_id=room.id, valid_from=later, valid_until=later + timedelta(days=180))
    assert moment(changed.valid_until) == later + timedelta(days=180)

    assert sdk.rooms.delete_room(room.id) is None
    with pytest.raises(ResourceNotFoundError) as caught:
        sdk.rooms.get_room(room.id)
    assert caught.value.error is not None
    assert caught.value.error.code == "NotFound"


def test_roster_operations(sdk: Sdk) -> None:
    first, second, third = who(sdk), who(sdk), who(sdk)
    room = sdk.rooms.create_room(participants=[RoomParticipant(communication_identifier=first)])
    assert roster(sdk, room.id) == {first.raw_id: "Attendee"}
    sdk.rooms.add_or_update_participants(
        room_id=room.id,
        participants=[
            RoomParticipant(communication_identifier=second, role=ParticipantRole.CONSUMER),
            RoomParticipant(communication_identifier=first, role=ParticipantRole.COLLABORATOR),
        ],
    )
    assert roster(sdk, room.id) == {first.raw_id: "Collaborator", second.raw_id: "Consumer"}
    sdk.rooms.remove_participants(room_id=room.id, participants=[first, third])
    assert roster(sdk, room.id) == {second.raw_id: "Consumer"}


def test_list_of_rooms_over_several_pages(sdk: Sdk) -> None:
    made = [sdk.rooms.create_room().id for _ in range(101)]
    listed = [room.id for room in sdk.rooms.list_rooms()]
    assert listed[: len(made)] == made[::-1]
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda client: client.get_room("123"), "Invalid room ID length."),
        (lambda client: client.delete_room("invalid_room_id_"), "Invalid room ID."),
        (
            lambda client: client.create_room(
                participants=[RoomParticipant(communication_identifier=CommunicationUserIdentifier("wrong"))]
            ),
            "Invalid format for communication identifier.",
        ),
        (
            lambda client: client.create_room(valid_until=datetime.now(UTC) - timedelta(days=1)),
            "The request could not be understood by the server due to malformed syntax.",
        ),
        (
            lambda client: client.update_room(room_id=UNKNOWN_ROOM, valid_from=datetime.now(UTC)),
            "The request could not be understood by the server due to malformed syntax.",
        ),
    ],
)
def test_refused_requests(sdk: Sdk, call: Any, message: str) -> None:
    with pytest.raises(HttpResponseError) as caught:
        call(sdk.rooms)
    assert caught.value.status_code == 400
    assert caught.value.error is not None
    assert (caught.value.error.code, caught.value.error.message) == ("BadRequest", message)


def test_user_lifecycle(sdk: Sdk) -> None:
    user = sdk.identity.create_user()
    token = sdk.identity.get_token(user, scopes=["chat", "voip"], token_expires_in=timedelta(hours=2))
    expected = datetime.now(UTC) + timedelta(hours=2)
    assert abs(moment(str(token.expires_on)) - expected) < timedelta(minutes=1)
    assert sdk.identity.revoke_tokens(user) is None
    assert sdk.identity.delete_user(user) is None
    with pytest.raises(ClientAuthenticationError) as caught:
        sdk.identity.get_token(user, scopes=["chat"])
    assert caught.value.error is not None
    assert caught.value.error.code == "IdentityNotOwned"


def test_user_and_token_in_one_call(sdk: Sdk) -> None:
    user, token = sdk.identity.create_user_and_token(scopes=["voip.join"], token_expires_in=timedelta(hours=1))
    assert user.raw_id.startswith("8:acs:")
    assert token.token.count(".") == 2


@pytest.mark.parametrize("minutes", [59, 1441])
def test_lifetimes_out_of_range(sdk: Sdk, minutes: int) -> None:
    with pytest.raises(HttpResponseError) as caught:
        sdk.identity.get_token(sdk.identity.create_user(), ["chat"], token_expires_in=timedelta(minutes=minutes))
    assert caught.value.status_code == 400
    assert f"ExpiresInMinutes value {minutes} is invalid" in str(caught.value)


def test_teams_token_without_a_tenant(sdk: Sdk) -> None:
    with pytest.raises(ClientAuthenticationError) as caught:
        sdk.identity.get_token_for_teams_user(*TEAMS)
    assert caught.value.error is not None
    assert caught.value.error.code == "InvalidAccessToken"


@pytest.mark.parametrize("client", [rooms.RoomsClient, identity.CommunicationIdentityClient])
def test_wrong_key(service: Process, client: Any) -> None:
    wrong = AzureKeyCredential("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
    made = client(service.endpoint, wrong, connection_verify=service.ca)
    with pytest.raises(ClientAuthenticationError) as caught:
        list(made.list_rooms()) if client is rooms.RoomsClient else made.create_user()
    assert caught.value.error is not None
    assert caught.value.error.code == "Denied"


@pytest.mark.parametrize("version", ["2024-04-15", "2025-03-13"])
def test_older_api_versions(service: Process, version: str) -> None:
    options = {"connection_verify": service.ca, "api_version": version}
    with rooms.RoomsClient.from_connection_string(service.connectionString, **options) as client:
        room = client.create_room()
        assert client.get_room(room.id).valid_until == room.valid_until
