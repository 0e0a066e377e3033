"""Clients that are not closed: their connections are still closed, without a warning."""

import asyncio
import gc
import subprocess
import sys

import pytest
from tests.client.stub import KEY

from openrooms.aio import RoomsClient

ID = "99475330965778483"
SYNC = """
from openrooms import RoomsClient
client = RoomsClient({endpoint!r}, {key!r}, connection_verify={ca!r})
room = client.create_room()
"""
ASYNC = """
import asyncio
from openrooms.aio import RoomsClient

async def main():
    client = RoomsClient({endpoint!r}, {key!r}, connection_verify={ca!r})
    await asyncio.gather(client.create_room(), client.create_room())

asyncio.run(main())
"""
ASYNC_AGAIN = """
import asyncio
from openrooms.aio import RoomsClient

client = RoomsClient({endpoint!r}, {key!r}, connection_verify={ca!r})
for _ in range(2):
    asyncio.run(client.create_room())
"""
UVLOOP = ASYNC.replace("import asyncio", "import asyncio, uvloop").replace("asyncio.run(", "uvloop.run(")


@pytest.mark.parametrize("where", ["endpoint", "http"])
@pytest.mark.parametrize(
    "program",
    [
        pytest.param(SYNC, id="sync"),
        pytest.param(ASYNC, id="async"),
        pytest.param(ASYNC_AGAIN, id="one loop after another"),
        pytest.param(UVLOOP, id="uvloop"),
    ],
)
def test_a_program_may_end_without_closing_its_client(service, program, where):
    key = service.connectionString.partition("accesskey=")[2]
    source = program.format(endpoint=getattr(service, where), key=key, ca=service.ca)
    command = [sys.executable, "-X", "dev", "-W", "always", "-c", source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # The development mode also reports every slow step of a loop, which a busy machine has.
    warnings = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]
    assert (done.returncode, warnings) == (0, [])


async def test_an_unclosed_client_is_closed_while_its_loop_runs(stub):
    """A garbage-collected client closes its connections, even if another thread collects it."""
    client = RoomsClient(stub.url, KEY)
    await client.get_room(ID)
    assert stub.serving == 1
    del client
    await asyncio.to_thread(gc.collect)
    async with asyncio.timeout(5):
        await stub.is_left()


async def test_a_client_can_be_closed_twice_concurrently(stub):
    client = RoomsClient(stub.url, KEY)
    await client.get_room(ID)
    await asyncio.gather(client.close(), client.close())
    with pytest.raises(ValueError, match="closed"):
        await client.get_room(ID)
