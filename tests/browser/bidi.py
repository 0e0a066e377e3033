"""Starts Firefox for Playwright and passes WebDriver BiDi on between them: `python bidi.py firefox-esr ARGUMENTS...`.

Playwright asks every browser to emulate a colour scheme, which Firefox ESR cannot: what it cannot emulate does nothing.
"""

import asyncio
import json
import re
import sys
from collections.abc import Callable
from functools import partial

from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection, serve

_ADDRESS = re.compile(rb"(WebDriver BiDi listening on )(ws://\S+)")


async def main(*command: str) -> None:
    """Run Firefox until it ends; its output names the address at which this program listens."""
    firefox = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    assert firefox.stderr
    async for line in firefox.stderr:
        found = _ADDRESS.search(line)
        sys.stderr.buffer.write(found[1] + await listen(found[2].decode()) + b"\n" if found else line)
        sys.stderr.flush()
    await firefox.wait()


async def listen(address: str) -> bytes:
    """Listen for Playwright on behalf of Firefox at this address; return the own one."""
    server = await serve(partial(pass_on, address), "127.0.0.1", 0, max_size=None)
    return b"ws://127.0.0.1:%d" % next(iter(server.sockets)).getsockname()[1]


async def pass_on(address: str, playwright: ServerConnection) -> None:
    """Pass messages on in both directions until one side closes."""
    assert playwright.request
    async with connect(address + playwright.request.path, max_size=None) as firefox:
        there = asyncio.create_task(send_all(playwright, firefox, str))
        back = asyncio.create_task(send_all(firefox, playwright, without_emulation))
        await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)


async def send_all(source: Connection, target: Connection, change: Callable[[str | bytes], str]) -> None:
    async for message in source:
        await target.send(change(message))


def without_emulation(message: str | bytes) -> str:
    """Return the message, or success in place of the answer that Firefox does not know how to emulate something."""
    answer = json.loads(message)
    if answer.get("error") == "unknown command" and answer["message"].startswith("emulation."):
        return json.dumps({"type": "success", "id": answer["id"], "result": {}})
    return str(message)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
