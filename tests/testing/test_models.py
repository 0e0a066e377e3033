"""The factories of `openrooms.testing`, and mocks of the clients that return their values."""

import inspect
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from unittest.mock import create_autospec

import pytest

import openrooms
import openrooms.aio
import openrooms.identity
import openrooms.identity.aio
from openrooms import ParticipantRole, RoomNotFoundError, RoomParticipant
from openrooms.domain.roster import is_acs_user
from openrooms.identity import CommunicationTokenCredential, PhoneNumberIdentifier, UserAndToken
from openrooms.testing import access_token, async_pages, pages, participant, response, room, user

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
CLIENTS = [
    openrooms.RoomsClient,
    openrooms.aio.RoomsClient,
    openrooms.identity.CommunicationIdentityClient,
    openrooms.identity.aio.CommunicationIdentityClient,
]


def operations(client: type) -> list[str]:
    return [name for name, member in vars(client).items() if inspect.isfunction(member) and not name.startswith("_")]


# Values


def test_room_has_defaults_for_every_field():
    assert room() == room()
    assert room(id="1", pstn_dial_out_enabled=True).pstn_dial_out_enabled
    assert room(created_at=NINE).valid_from == NINE
    assert room(valid_from=NINE).valid_until == NINE + timedelta(days=180)
    assert room(valid_until=NINE).valid_until == NINE


def test_a_misspelt_field_is_refused():
    with pytest.raises(TypeError, match="valid_till"):
        room(valid_till=NINE)


def test_users_are_well_formed_and_differ_by_name():
    assert user("ada") == user("ada") != user("eve")
    assert is_acs_user(user("ada").raw_id)


@pytest.mark.parametrize(
    ("made", "raw_id", "role"),
    [
        (participant(), user().raw_id, "Attendee"),
        (participant(user("ada"), ParticipantRole.PRESENTER), user("ada").raw_id, "Presenter"),
        (participant("4:+15550100", "Interpreter"), "4:+15550100", "Interpreter"),
        (participant(PhoneNumberIdentifier("+1")), "4:+1", "Attendee"),
    ],
)
def test_participant_has_an_identifier_and_a_role(made, raw_id, role):
    assert isinstance(made, RoomParticipant)
    assert (made.communication_identifier.raw_id, made.role) == (raw_id, role)


def test_a_credential_reads_the_expiry_of_a_token():
    token = access_token(NINE)
    assert token.expires_at == NINE
    assert CommunicationTokenCredential(token.token).get_token() == token


def test_a_response_has_what_a_real_one_has():
    made = response(room(), status_code=201, headers={"Retry-After": "3"}, request_id="42")
    assert (made.value, made.status_code, made.headers["retry-after"], made.request_id) == (room(), 201, "3", "42")


# Lists

ROOMS = [room(id=str(number)) for number in range(5)]


def test_pages_can_be_iterated_repeatedly():
    made = pages(ROOMS, page_size=2)
    assert list(made) == list(made) == ROOMS
    assert [list(page) for page in made.by_page()] == [ROOMS[0:2], ROOMS[2:4], ROOMS[4:]]
    token = next(made.by_page()).continuation_token
    assert list(next(made.by_page(token))) == ROOMS[2:4]


async def test_async_pages_can_be_iterated_repeatedly():
    made = async_pages(iter(ROOMS), page_size=2)
    assert [one async for one in made] == [one async for one in made] == ROOMS
    assert [list(page) async for page in made.by_page()] == [ROOMS[0:2], ROOMS[2:4], ROOMS[4:]]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_the_last_page(count):
    """The last page has no continuation token, and it is empty only if the list is empty."""
    made = list(pages(ROOMS[:count], page_size=2).by_page())
    assert [page.continuation_token is None for page in made] == [False] * (len(made) - 1) + [True]
    assert len(made) == max(1, (count + 1) // 2)


# Mocks


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__module__)
def test_each_operation_can_be_mocked(client):
    """The mock refuses arguments that the real client does not accept."""
    mock = create_autospec(client, instance=True)
    assert len(operations(client)) >= 6
    for name in operations(client):
        real = inspect.signature(getattr(client, name))
        required = [
            p.name for p in real.parameters.values() if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
        ]
        call = getattr(mock, name)
        result = call(*required[1:])
        if inspect.iscoroutine(result):
            result.close()
        call.assert_called_once_with(*required[1:])
        with pytest.raises(TypeError):
            call(*required[1:], *["too many"] * 9)


def test_a_mock_returns_the_given_value():
    client = create_autospec(openrooms.RoomsClient, instance=True)
    client.create_room.return_value = room(id="42")
    client.list_rooms.return_value = pages([room(id="42")])
    client.get_room.side_effect = RoomNotFoundError("no such room")
    client.with_response.get_room.return_value = response(room())
    assert client.create_room(valid_from=NINE).id == "42"
    assert [listed.id for listed in client.list_rooms()] == ["42"]
    assert client.with_response.get_room("42").status_code == 200
    with pytest.raises(RoomNotFoundError, match="no such room"):
        client.get_room("42")


async def test_a_mock_of_an_async_client_is_awaited():
    client = create_autospec(openrooms.aio.RoomsClient, instance=True)
    client.get_room.return_value = room(id="42")
    client.list_participants.return_value = async_pages([participant()])
    assert (await client.get_room("42")).id == "42"
    assert [one async for one in client.list_participants("42")] == [participant()]
    client.get_room.assert_awaited_once_with("42")


async def test_a_mock_of_an_async_identity_client_is_awaited():
    client = create_autospec(openrooms.identity.aio.CommunicationIdentityClient, instance=True)
    client.create_user_and_token.return_value = UserAndToken(user("ada"), access_token())
    ada, token = await client.create_user_and_token(["voip"])
    assert (ada, token) == (user("ada"), access_token())


# Imports

WITHOUT_SERVER = """
import sys
for name in ("aiohttp", "apsw", "asyncpg", "click", "cryptography", "jwt", "livekit", "platformdirs",
             "prometheus_client", "rich", "structlog", "uvicorn", "uvloop", "websockets", "pytest"):
    sys.modules[name] = None
import openrooms.testing as testing
for name in testing.__all__:
    getattr(testing, name)
assert not any(name.startswith("openrooms.server") for name in sys.modules)
"""

UNUSED = """
import sys, pytest
import openrooms.testing.plugin
heavy = [name for name in sys.modules if name.startswith(("azure", "msgspec", "openrooms.server", "openrooms.client"))]
assert heavy == [], heavy
"""


@pytest.mark.parametrize(
    "program", [WITHOUT_SERVER, UNUSED], ids=["needs nothing of the server", "costs little unused"]
)
def test_importing(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
