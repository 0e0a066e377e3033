"""The floor: the least that an ASGI server can do for a request, on the server that we use.

python -m bench.hello PORT
"""

import sys
from typing import Any

import uvicorn

_START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
_BODY = {"type": "http.response.body", "body": b"hello"}


async def hello(_scope: Any, _receive: Any, send: Any) -> None:
    """Answer everything alike."""
    await send(_START)
    await send(_BODY)


if __name__ == "__main__":
    uvicorn.run(
        hello,
        port=int(sys.argv[1]),
        http="httptools",
        loop="uvloop",
        lifespan="off",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
    )
