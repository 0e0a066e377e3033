"""The minimal cost of an answer: a raw ASGI application on uvicorn with httptools and uvloop.

python -m bench.hello PORT
"""

import sys
from typing import Any

import uvicorn

_BODY = b'{"id":"99475330965778483","createdAt":"2025-08-29T00:29:48.7377878+00:00"}'
_HEADERS = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", b"%d" % len(_BODY))]


async def hello(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


if __name__ == "__main__":
    uvicorn.run(
        hello,
        port=int(sys.argv[1]),
        http="httptools",
        loop="uvloop",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
    )
