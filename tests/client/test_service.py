"""The clients with the real service, over https and http."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from tests.support.proxy import Proxy

from openrooms import (
    InvalidIdentifierError,
    InvalidRequestError,
    InvalidRoomIdError,
    InvalidWindowError,
    ParticipantRole,
    RoomNotFoundError,
    RoomParticipant,
    RoomsClient,
    identifier_from_raw_id,
)
from openrooms.aio import RoomsClient as AsyncRoomsClient
from openrooms.wire.connection_string import parse_connection_string


@pytest.fixture
def key(service):
    return parse_connection_string(service.connectionString).access_key.reveal()


@pytest.fixture(params=["endpoint", "http"], ids=["https", "http"])
def url(request, service):
    return getattr(service, request.param)


@pytest.fixture
def client(face, service, url, key):
    return face.rooms(url, key, connection_verify=service.ca)


@pytest.fixture
def identity(face, service, url, key):
    return face.identity(url, key, connection_verify=service.ca)


def test_the_life_of_a_room(client, identity):
    ada, eve = identity.create_user(), identity.create_user()
    begins = datetime.now(UTC) + timedelta(hours=1)
    room = client.create_room(
        valid_from=begins,
        valid_until=begins + timedelta(hours=1),
        participants=[RoomParticipant(ada, ParticipantRole.PRESENTER)],
    )
    assert (room.valid_from, room.valid_until) == (begins, begins + timedelta(hours=1))
    assert client.get_room(room.id) == room

    changed = client.update_room(room.id, pstn_dial_out_enabled=True)
    assert (changed.pstn_dial_out_enabled, changed.valid_from) == (True, begins)
    assert client.update_room(room.id) == changed

    client.add_or_update_participants(room.id, [RoomParticipant(ada, "Consumer"), eve])
    assert list(client.list_participants(room.id)) == [
        RoomParticipant(ada, ParticipantRole.CONSUMER),
        RoomParticipant(eve, ParticipantRole.ATTENDEE),
    ]
    client.remove_participants(room.id, [ada])
    client.remove_participants(room.id, [ada])
    assert [participant.communication_identifier for participant in client.list_participants(room.id)] == [eve]
    assert changed in list(client.list_rooms())

    client.delete_room(room.id)
    with pytest.raises(RoomNotFoundError, match="404 NotFound"):
        client.get_room(room.id)


def test_a_list_longer_than_a_page(client):
    made = {client.create_room().id for _ in range(120)}
    pages = list(client.list_rooms().by_page())
    assert len(pages) > 1
    assert made <= {room.id for page in pages for room in page}
    token = pages[0].continuation_token
    assert [room.id for room in next(iter(client.list_rooms().by_page(token)))] == [room.id for room in pages[1]]


def test_a_create_that_is_repeated_makes_one_room(client):
    request_id = uuid4()
    first = client.create_room(request_id=request_id)
    assert client.create_room(request_id=request_id) == first


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda c: c.get_room("123"), InvalidRoomIdError),
        (lambda c: c.get_room("not-a-room-at-all"), InvalidRoomIdError),
        (lambda c: c.delete_room("99400000000000000"), RoomNotFoundError),
        (lambda c: next(iter(c.list_participants("99400000000000000"))), RoomNotFoundError),
        (lambda c: c.create_room(valid_until=datetime(2020, 1, 1, tzinfo=UTC)), InvalidWindowError),
        (lambda c: c.update_room(c.create_room().id, valid_until=datetime(2020, 1, 1, tzinfo=UTC)), InvalidWindowError),
        (lambda c: c.create_room(participants=["nobody"]), InvalidIdentifierError),
        (lambda c: c.add_or_update_participants(c.create_room().id, ["nobody"]), InvalidIdentifierError),
        (
            lambda c: c.create_room(participants=[RoomParticipant("8:acs:" + "_".join([str(uuid4())] * 2), "King")]),
            InvalidRequestError,
        ),
    ],
)
def test_refusals_have_their_class(client, call, kind):
    with pytest.raises(HttpResponseError) as caught:
        call(client)
    assert type(caught.value) is kind
    assert caught.value.error.message


@pytest.mark.parametrize("version", ["2023-06-14", "2024-04-15", "2025-03-13"])
def test_each_version(face, service, url, key, version):
    client = face.rooms(url, key, connection_verify=service.ca, api_version=version)
    assert client.get_room(client.create_room().id).pstn_dial_out_enabled is False


def test_the_life_of_a_token(identity):
    user, token = identity.create_user_and_token(["voip", "chat"])
    assert identifier_from_raw_id(user.raw_id) == user
    soon = identity.get_token(user, ["voip.join"], token_expires_in=timedelta(hours=1))
    assert abs(soon.expires_at - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=1)
    assert token.expires_on - soon.expires_on > 22 * 3600
    with pytest.raises(InvalidRequestError, match="ExpiresInMinutes value 59"):
        identity.get_token(user, ["voip"], token_expires_in=timedelta(minutes=59))
    identity.revoke_tokens(user)
    identity.delete_user(user.raw_id)
    with pytest.raises(ClientAuthenticationError, match="401 IdentityNotOwned"):
        identity.get_token(user, ["voip"])
    with pytest.raises(ClientAuthenticationError, match="401 InvalidAccessToken"):
        identity.get_token_for_teams_user("none", str(uuid4()), str(uuid4()))


def test_a_hundred_threads(service, url, key):
    with RoomsClient(url, key, connection_verify=service.ca) as client, ThreadPoolExecutor(100) as threads:
        made = list(threads.map(lambda _: client.create_room().id, range(300)))
        assert len(set(made)) == 300
        assert [room.id for room in threads.map(client.get_room, made)] == made


async def test_a_thousand_tasks(service, url, key):
    async with AsyncRoomsClient(url, key, connection_verify=service.ca) as client:
        made = await asyncio.gather(*[client.create_room() for _ in range(1000)])
        assert len({room.id for room in made}) == 1000


async def test_creates_never_double_when_connections_break(service, key):
    """Some answers are lost after the service has created the room."""
    async with Proxy(int(service.http.rpartition(":")[2])) as proxy:
        url, tries = f"http://127.0.0.1:{proxy.port}", []
        stubborn = {"retries": 20, "retry_backoff_factor": 0.01, "raw_request_hook": tries.append}
        async with AsyncRoomsClient(url, key, **stubborn) as client:
            earlier = {room.id async for room in client.list_rooms()}

            async def create() -> str:
                return (await client.create_room()).id

            async def cut() -> None:
                for _ in range(20):
                    await asyncio.sleep(0.01)
                    proxy.cut()

            made, _ = await asyncio.gather(asyncio.gather(*[create() for _ in range(400)]), cut())
            now = {room.id async for room in client.list_rooms()}
    assert len(tries) > len(set(made)) == 400
    assert now - earlier == set(made)
