"""The sync and async clients are equal, import nothing that they do not need, and can be replaced with mocks."""

import inspect
import re
import subprocess
import sys
from pathlib import Path
from unittest.mock import AsyncMock, create_autospec

import pytest

import openrooms
import openrooms.aio
import openrooms.identity
import openrooms.identity.aio
from openrooms import RoomParticipant, testing
from openrooms.client import _async, _sync
from openrooms.identity import _client, _client_async
from openrooms.testing import _dev, _dev_async

TWINS = [
    (_sync.RoomsClient, _async.RoomsClient),
    (_sync.RoomsWithResponse, _async.RoomsWithResponse),
    (_client.CommunicationIdentityClient, _client_async.CommunicationIdentityClient),
    (_client.IdentityWithResponse, _client_async.IdentityWithResponse),
    (_dev.DevService, _dev_async.DevService),
]
# Modules that a sync client does not need.
HEAVY = {"aiohttp", "apsw", "asyncio", "asyncpg", "click", "cryptography", "livekit", "openrooms.server", "requests"}
HEAVY |= {"rich", "starlette", "structlog", "urllib3", "uvicorn", "uvloop"}
# Modules that a call without lists does not need.
HEAVY |= {"msgspec", "openrooms.domain.errors", "openrooms.wire.models"}


def plain(text: str) -> str:
    """Return the text of an async client in its sync form."""
    text = re.sub(r"\b(async|await) ", "", text)
    text = text.replace("openrooms.aio", "openrooms").replace("openrooms.identity.aio", "openrooms.identity")
    return re.sub(r"(any number of )tasks|an (`with`)", lambda m: f"{m[1]}threads" if m[1] else f"a {m[2]}", text)


def members(kind: type) -> dict[str, object]:
    return {name: getattr(kind, name) for name in dir(kind) if not name.startswith("__")}


@pytest.mark.parametrize(("sync", "async_"), TWINS)
def test_twins_have_the_same_names_signatures_and_texts(sync, async_):
    assert plain(async_.__doc__) == sync.__doc__
    names, others = members(sync), members(async_)
    assert names.keys() == others.keys()
    for name, member in names.items():
        twin = others[name]
        if inspect.isfunction(member):
            signature = plain(str(inspect.signature(twin))).replace("_paging_async.AsyncPages", "_paging.Pages")
            signature = signature.replace("AsyncIterator", "Iterator")
            assert signature == str(inspect.signature(member)), name
        if not name.startswith("_") and member.__doc__:
            assert plain(twin.__doc__) == member.__doc__, name


@pytest.mark.parametrize("module", [openrooms, openrooms.aio, openrooms.identity, openrooms.identity.aio])
def test_every_public_name_is_there(module):
    assert all(hasattr(module, name) for name in module.__all__)
    assert set(module.__all__) <= set(dir(module))
    with pytest.raises(AttributeError):
        _ = module.RoomService


def test_the_official_names_are_there():
    from azure.communication import identity, rooms

    assert set(rooms.__all__) <= set(dir(openrooms))
    assert set(identity.__all__) <= set(dir(openrooms.identity))


@pytest.mark.parametrize(("sync", "async_"), [(openrooms, openrooms.aio), (openrooms.identity, openrooms.identity.aio)])
def test_the_async_modules_offer_the_same_names(sync, async_):
    assert set(sync.__all__) - {"Pages"} == set(async_.__all__)


def test_each_module_has_the_credential_of_its_kind():
    assert openrooms.aio.CommunicationTokenCredential is openrooms.identity.aio.CommunicationTokenCredential
    assert openrooms.CommunicationTokenCredential is openrooms.identity.CommunicationTokenCredential
    assert openrooms.aio.CommunicationTokenCredential is not openrooms.CommunicationTokenCredential


def loaded(code: str) -> set[str]:
    source = f"{code}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_sync_program_loads_nothing_it_does_not_need():
    modules = loaded("from openrooms import RoomsClient; RoomsClient('http://a', 'YQ==')")
    assert not HEAVY & modules
    assert not {name for name in modules if name.startswith("openrooms.") and name.endswith("_async")}
    assert "openrooms.identity._client" not in modules


@pytest.mark.parametrize("module", ["openrooms", "openrooms.aio"])
def test_connections_are_imported_on_first_use(module):
    modules = loaded(f"from {module} import RoomsClient; RoomsClient('http://a', 'YQ==')")
    assert not {name for name in modules if name.startswith(("httptools", "openrooms.client._connections"))}


def test_a_call_loads_nothing_it_does_not_need(service):
    key = service.connectionString.partition("accesskey=")[2]
    client = f"RoomsClient({service.endpoint!r}, {key!r}, connection_verify={service.ca!r})"
    modules = loaded(f"from openrooms import RoomsClient\nwith {client} as client: client.create_room()")
    assert not (HEAVY | {"encodings.idna"}) & modules


def test_an_async_program_needs_no_other_library():
    modules = loaded("from openrooms.aio import RoomsClient; RoomsClient('http://a', 'YQ==')")
    assert not (HEAVY - {"asyncio"}) & modules
    assert "openrooms.identity.credential_aio" not in modules


def test_the_package_alone_loads_next_to_nothing():
    modules = loaded("import openrooms, openrooms.identity")
    assert not {name for name in modules if name.partition(".")[0] in ("azure", "msgspec", "httptools")}


def test_a_sync_client_can_be_replaced_by_a_mock():
    client = create_autospec(openrooms.RoomsClient, instance=True)
    client.create_room.return_value = room = testing.room()
    assert client.create_room(participants=[RoomParticipant("8:acs:a")]) is room
    client.create_room.assert_called_once_with(participants=[RoomParticipant("8:acs:a")])
    with pytest.raises(TypeError):
        client.update_room()
    with pytest.raises(AttributeError):
        client.upsert_room()


async def test_an_async_client_can_be_replaced_by_a_mock():
    client = create_autospec(openrooms.aio.RoomsClient, instance=True)
    assert isinstance(client.get_room, AsyncMock)
    client.get_room.return_value = room = testing.room()
    assert await client.get_room("1") is room


def test_a_typed_program_is_understood(tmp_path):
    """mypy --strict accepts it, even where arguments have several types."""
    program = tmp_path / "program.py"
    program.write_text(Path(__file__).with_name("typed_program.py").read_text())
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
