"""The application of the admin port, which only the operator's own network may reach."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec

from openrooms._version import __version__
from openrooms.server.core.readiness import Readiness
from openrooms.server.web.messages import Receive, Scope, Send
from openrooms.server.web.metrics import CONTENT_TYPE, Metrics

METRICS_PATH = "/metrics"
READY_PATH = "/ready"
_JSON = b"application/json; charset=utf-8"
_Answer = tuple[HTTPStatus, bytes, bytes]


class Admin:
    """Answers `/metrics` and `/ready` without authentication."""

    def __init__(self, metrics: Metrics, readiness: Readiness) -> None:
        self._metrics = metrics
        self._readiness = readiness
        self._paths: dict[str, Callable[[], Awaitable[_Answer]]] = {
            METRICS_PATH: self._measure,
            READY_PATH: self._ready,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
            return
        status, kind, body = await self._answer(scope)
        headers = [
            (b"content-type", kind),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self, scope: Scope) -> _Answer:
        answer = self._paths.get(scope["path"])
        if answer is None:
            paths = " and ".join(self._paths)
            return HTTPStatus.NOT_FOUND, b"text/plain; charset=utf-8", f"This port serves {paths}.\n".encode()
        if scope["method"] not in {"GET", "HEAD"}:
            return (
                HTTPStatus.METHOD_NOT_ALLOWED,
                b"text/plain; charset=utf-8",
                b"This port accepts only GET and HEAD.\n",
            )
        return await answer()

    async def _measure(self) -> _Answer:
        return HTTPStatus.OK, CONTENT_TYPE, self._metrics.render()

    async def _ready(self) -> _Answer:
        report = await self._readiness.report()
        status = HTTPStatus.OK if report.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        document = {"status": "ready" if report.is_ready else "not ready", "version": __version__, "parts": report}
        return status, _JSON, msgspec.json.encode(document)
