"""A real service inside a test run: a thread listens on a port and serves the current test's service."""

import asyncio
import atexit
import logging
import socket
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import structlog
import uvloop

from openrooms.server.media.simulated import Connection
from openrooms.server.process.assembly import Service, assemble
from openrooms.server.process.databases import open_storage
from openrooms.server.process.settings import LiveKit, Settings, database_url
from openrooms.server.web.messages import Application, Receive, Request, Response, Scope, Send
from openrooms.server.web.messages import Service as Answering
from openrooms.server.web.server import Server as WebServer
from openrooms.testing.service import RoomsClock, RoomsService

T = TypeVar("T")

_TIMEOUT_SECONDS = 30.0


class Running:
    """A service that runs in a server's thread, for other threads."""

    def __init__(self, service: Service, address: RoomsService, loop: asyncio.AbstractEventLoop) -> None:
        self.address = address
        self._service = service
        self._loop = loop

    def settle(self) -> None:
        """Have the service do at once what a moved clock decides."""
        if self._service.development is not None:
            self._wait(self._service.development.settle())

    def enter(self, media_token: str) -> Connection:
        """Connect a simulated participant; raise what the gate raises, or `RuntimeError` if calls are not simulated."""
        if self._service.people is None:
            raise RuntimeError("calls are real here: connect a LiveKit SDK with what `RoomsBench.join_call` returns")
        return self._wait(self._service.people.enter(media_token))

    def do(self, act: Callable[[], T]) -> T:
        """Call a function in the service's thread."""

        async def call() -> T:
            return act()

        return self._wait(call())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_TIMEOUT_SECONDS)


class Server:
    """A server on a free loopback port. It runs one service after another, each of which starts within milliseconds."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listening = threading.Event()
        self._finish = asyncio.Event()
        # A running service has the same loop. On asyncio's own, joining a call takes a tenth longer.
        self._loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="openrooms", daemon=True)
        self._current = _Current()
        self._empty_database = b""
        self._server: WebServer

    def start(self) -> None:
        """Begin to listen."""
        if not structlog.is_configured():
            # Otherwise every line of the service's log would be printed among the output of the tests.
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        self._thread.start()
        if not self._listening.wait(_TIMEOUT_SECONDS):
            raise RuntimeError("the service under test did not start to listen")

    def stop(self) -> None:
        """Close the port."""
        self._loop.call_soon_threadsafe(self._finish.set)
        self._thread.join(_TIMEOUT_SECONDS)

    @contextmanager
    def service(self, folder: Path, clock: RoomsClock, *, livekit: bool = False) -> Iterator[Running]:
        """Run a service with an empty database in `folder`; only one service can run at a time."""
        started: Future[Running] = Future()
        finish = asyncio.Event()
        serving = self._serve(folder, livekit, clock, started, finish)
        service = asyncio.run_coroutine_threadsafe(serving, self._loop)
        try:
            yield started.result(_TIMEOUT_SECONDS)
        finally:
            self._loop.call_soon_threadsafe(finish.set)
            service.result(_TIMEOUT_SECONDS)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._listen())

    async def _listen(self) -> None:
        self._server = server = WebServer(self._current, [self._listener])
        # No client waits for an answer when the server stops.
        server.force_exit = True
        serving = asyncio.create_task(server.serve_until_cancelled())
        await server.accepting.wait()
        self._listening.set()
        await self._finish.wait()
        serving.cancel()
        await asyncio.wait([serving])

    def _settings(self, folder: Path, livekit: bool) -> Settings:
        return Settings(
            development=True,
            https_port=None,
            http_port=self._port(),
            data=folder,
            livekit=LiveKit("auto" if livekit else "simulated"),
            newest_for_unknown_versions=True,
            request_log=False,
        )

    async def _serve(
        self, folder: Path, livekit: bool, clock: RoomsClock, started: Future[Running], finish: asyncio.Event
    ) -> None:
        settings = self._settings(folder, livekit)
        try:
            await self._make_database(folder)
            async with assemble(settings, settings.http_port, clock.of_service) as service:
                if livekit and not service.has_media:
                    raise RuntimeError(f"the test wants a real LiveKit, but calls are {service.calls_status}")
                self._server.go_by(clock.of_service)
                self._current.become(service.application)
                address = RoomsService(f"http://127.0.0.1:{settings.http_port}/", str(service.access_key))
                started.set_result(Running(service, address, self._loop))
                await finish.wait()
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)
        finally:
            self._current.become(_between_services)

    async def _make_database(self, folder: Path) -> None:
        """Copy an empty database into the folder; to make one takes longer than the rest of the start."""
        if not self._empty_database:
            with tempfile.TemporaryDirectory(prefix="openrooms-") as first:
                async with open_storage(database_url(Path(first), None), None, migrate=True, exclusive=True):
                    pass
                self._empty_database = _database(Path(first)).read_bytes()
        file = _database(folder)
        file.touch(mode=0o600)
        file.write_bytes(self._empty_database)

    def _port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port


class _Pool:
    """The servers of this process. They stay open for later services until the process ends."""

    def __init__(self) -> None:
        self._idle: list[Server] = []

    @contextmanager
    def borrowed(self) -> Iterator[Server]:
        """Give a server that nobody else uses."""
        try:
            server = self._idle.pop()
        except IndexError:
            server = Server()
            server.start()
            atexit.register(server.stop)
        try:
            yield server
        finally:
            self._idle.append(server)


POOL = _Pool()


def _database(folder: Path) -> Path:
    return Path(database_url(folder, None).removeprefix("sqlite:"))


class _Current:
    """The application of the service that runs now."""

    def __init__(self) -> None:
        self.become(_between_services)

    def become(self, application: Application) -> None:
        """Pass the following requests to this application."""
        self._application = application
        # Checked once, because the check takes a tenth of a request's time.
        self._answering = application if isinstance(application, Answering) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application(scope, receive, send)

    def takes(self, request: Request) -> bool:
        """Return whether the service answers the request without ASGI."""
        return self._answering is not None and self._answering.takes(request)

    async def answer(self, request: Request, receive: Receive) -> Response | None:
        """Return the service's answer."""
        # `takes` has seen to it; the service may have ended since.
        return None if self._answering is None else await self._answering.answer(request, receive)


async def _between_services(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("a request came while no service was running")
