"""A client that nobody closes: its connections are closed all the same, without a warning."""

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
def test_a_program_that_ends_without_closing_is_not_warned(service, program, where):
    key = service.connectionString.partition("accesskey=")[2]
    source = program.format(endpoint=getattr(service, where), key=key, ca=service.ca)
    command = [sys.executable, "-X", "dev", "-W", "always", "-c", source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


async def test_a_forgotten_client_is_closed_while_its_loop_goes_on(stub):
    """Also if another thread notices."""
    client = RoomsClient(stub.url, KEY)
    await client.get_room(ID)
    assert stub.serving == 1
    del client
    await asyncio.to_thread(gc.collect)
    async with asyncio.timeout(5):
        await stub.is_left()


async def test_two_may_close_a_client_at_once(stub):
    client = RoomsClient(stub.url, KEY)
    await client.get_room(ID)
    await asyncio.gather(client.close(), client.close())
    with pytest.raises(ValueError, match="closed"):
        await client.get_room(ID)
