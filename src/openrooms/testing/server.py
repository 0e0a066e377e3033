"""A real service inside a test run: a thread listens on a port and serves the current test's service."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from openrooms.server.process.assembly import assemble
from openrooms.server.process.settings import LiveKit, Settings
from openrooms.server.web.messages import Application, Receive, Request, Response, Scope, Send, Service
from openrooms.server.web.server import Server as WebServer
from openrooms.testing.service import RoomsClock, RoomsService

_TIMEOUT_SECONDS = 30.0


class Server:
    """A server on a free loopback port. It runs one service after another, each of which starts within milliseconds."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listening = threading.Event()
        self._finish = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="openrooms", daemon=True)
        self._current = _Current()

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._listening.wait(_TIMEOUT_SECONDS):
            raise RuntimeError("the service under test did not start to listen")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._finish.set)
        self._thread.join(_TIMEOUT_SECONDS)

    @contextmanager
    def service(self, folder: Path, clock: RoomsClock) -> Iterator[RoomsService]:
        """Run a service with an empty database in `folder`; only one service can run at a time."""
        started: Future[RoomsService] = Future()
        finish = asyncio.Event()
        service = asyncio.run_coroutine_threadsafe(self._serve(folder, clock, started, finish), self._loop)
        try:
            yield started.result(_TIMEOUT_SECONDS)
        finally:
            self._loop.call_soon_threadsafe(finish.set)
            service.result(_TIMEOUT_SECONDS)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._listen())

    async def _listen(self) -> None:
        server = WebServer(self._current, [self._listener])
        # No client waits for an answer when the server stops.
        server.force_exit = True
        serving = asyncio.create_task(server.serve_until_cancelled())
        await server.accepting.wait()
        self._listening.set()
        await self._finish.wait()
        serving.cancel()
        await asyncio.wait([serving])

    async def _serve(
        self, folder: Path, clock: RoomsClock, started: Future[RoomsService], finish: asyncio.Event
    ) -> None:
        settings = Settings(
            development=True,
            https_port=None,
            http_port=self._port(),
            data=folder,
            livekit=LiveKit("off"),
            newest_for_unknown_versions=True,
            request_log=False,
        )
        try:
            async with assemble(settings, None, clock.of_service) as service:
                self._current.application = service.application
                started.set_result(RoomsService(f"http://127.0.0.1:{self._port()}/", str(service.access_key)))
                await finish.wait()
        except BaseException as error:
            if not started.done():
                started.set_exception(error)
            raise
        finally:
            self._current.application = _between_services

    def _port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port


class _Current:
    """The application of the service that runs now."""

    def __init__(self) -> None:
        self.application: Application = _between_services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.application(scope, receive, send)

    def takes(self, request: Request) -> bool:
        """Return whether the service answers the request without ASGI."""
        return isinstance(self.application, Service) and self.application.takes(request)

    async def answer(self, request: Request, receive: Receive) -> Response | None:
        """Return the service's answer."""
        # `takes` has seen to it; the service may have ended since.
        return await self.application.answer(request, receive) if isinstance(self.application, Service) else None


async def _between_services(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("a request came while no service was running")
