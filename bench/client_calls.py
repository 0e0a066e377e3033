"""The CPU of one kind of call, measured in its own process, with only the client installed.

python bench/client_calls.py PACKAGE get|create|page|tasks CALLS
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from typing import Any

TASKS = 16
_WARM_UP = 20


def main(package: str, name: str, calls: int) -> None:
    """Print the microseconds of a call."""
    text, room = os.environ["BENCH_CONNECTION_STRING"], os.environ["BENCH_ROOM"]
    if name == "tasks":
        print(asyncio.run(_tasks(_client(f"{package}.aio", text), room, calls)))
        return
    client = _client(package, text)
    call: dict[str, Callable[[], Any]] = {
        "get": lambda: client.get_room(room),
        "create": lambda: client.create_room(),
        "page": lambda: list(next(client.list_rooms().by_page())),
    }
    for _ in range(_WARM_UP):
        call[name]()
    times = calls // 10 if name == "page" else calls
    began = time.process_time()
    for _ in range(times):
        call[name]()
    print((time.process_time() - began) / times * 1e6)


def _client(package: str, text: str) -> Any:
    module = __import__(package, fromlist=["RoomsClient"])
    return module.RoomsClient.from_connection_string(text)


async def _tasks(client: Any, room: str, calls: int) -> float:
    async def work(times: int) -> None:
        for _ in range(times):
            await client.get_room(room)

    async with client:
        await asyncio.gather(*[work(2) for _ in range(TASKS)])
        began = time.process_time()
        await asyncio.gather(*[work(calls // TASKS) for _ in range(TASKS)])
        return (time.process_time() - began) / (calls // TASKS * TASKS) * 1e6


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
