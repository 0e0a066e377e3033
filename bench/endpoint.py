"""Endpoints of subscriptions in one program: those that take events count them, and three kinds are away.

python -m bench.endpoint PORT

`/take/N` takes an event, `/busy` answers 503, and `/hang` does not answer. `/counts` has, for each N, the number of
events, and the times in seconds at which the first and the last of them came.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import uvicorn

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
_TAKE = "/take/"
_counts: dict[str, list[float]] = {}


async def endpoint(scope: Mapping[str, Any], receive: Callable[[], Awaitable[Mapping[str, Any]]], send: Send) -> None:
    """Answer one request."""
    path, status, body = scope["path"], 204, b""
    while (await receive()).get("more_body"):
        pass
    if path.startswith(_TAKE):
        now = time.monotonic()
        count = _counts.setdefault(path.removeprefix(_TAKE), [0, now, now])
        count[0] += 1
        count[2] = now
    elif path == "/counts":
        status, body = 200, json.dumps(_counts).encode()
    elif path == "/busy":
        status = 503
    else:
        await asyncio.Event().wait()
    headers = [(b"content-length", b"%d" % len(body))] if body else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(
        endpoint,
        port=int(sys.argv[1]),
        http="httptools",
        loop="uvloop",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
    )
