"""Runs a LiveKit server for development: finds, starts, watches, restarts and stops it."""

import asyncio
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import msgspec
import platformdirs
import structlog

from openrooms.domain.presence import EMPTY_CALL_SECONDS
from openrooms.server.core.supervision import supervised
from openrooms.server.media import child
from openrooms.server.media.livekit_build import GO, PROGRAM
from openrooms.server.media.pipelining import ConnectionPool

INSTALL = f"run `openrooms livekit install` (it needs Go: {GO}), or put `{PROGRAM}` on the PATH"
_API_KEY = "openrooms"
_SECRET_FILE = "livekit-secret"  # noqa: S105 - the file's name
_LOOPBACK = "127.0.0.1"
_TRIES = 3
_READY_SECONDS = 10.0
_READY_POLL = 0.02
_READY_ANSWER_SECONDS = 1.0
_SHORTEST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_STEADY_SECONDS = 60.0

_log = structlog.get_logger(__name__)


class NotReady(Exception):
    """LiveKit did not start; `str()` says why."""


class CannotRun(NotReady):
    """The program cannot be run at all."""


class Plan(msgspec.Struct, frozen=True):
    """The settings with which LiveKit is started.

    `host` is the address at which clients reach this machine; with loopback, media stays on loopback too. LiveKit
    reports to the URL `webhook` when people join and leave. Only the service and LiveKit know the secret.
    """

    program: Path
    secret: str
    call_limit: int
    host: str = _LOOPBACK
    webhook: str | None = None

    def __repr__(self) -> str:
        return f"Plan(program={str(self.program)!r}, host={self.host!r})"


class Running(msgspec.Struct, frozen=True):
    """The address and the key of the LiveKit that was started."""

    url: str
    key: str
    secret: str

    def __repr__(self) -> str:
        return f"Running(url={self.url!r})"


def find_program() -> Path | None:
    """Return the program on the PATH, or else in the user's cache; `None` if there is neither."""
    found = shutil.which(PROGRAM)
    if found is not None:
        return Path(found)
    cached = cached_program()
    return cached if os.access(cached, os.X_OK) else None


def cached_program() -> Path:
    """Return the path of the program in the user's cache, where `openrooms livekit install` puts it."""
    return platformdirs.user_cache_path("openrooms") / "bin" / PROGRAM


def kept_secret(folder: Path) -> str:
    """Return the secret in a folder, made on first use and kept so that tokens outlive a restart."""
    file = folder / _SECRET_FILE
    with suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(token_urlsafe(36))
    return file.read_text()


@asynccontextmanager
async def livekit_process(plan: Plan) -> AsyncIterator[Running]:
    """Keep LiveKit running, with growing pauses while it keeps ending; raise `NotReady` if it never starts."""
    config, process = await _first_start(plan)
    running = Running(_url(config), _API_KEY, plan.secret)
    async with supervised() as parts:
        parts.start("the watch over LiveKit", partial(_keep, plan.program, config, process))
        yield running


async def _first_start(plan: Plan) -> tuple[dict[str, Any], asyncio.subprocess.Process]:
    tries = 1
    while True:
        config = _config(plan, *map(_free_port, (socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_DGRAM)))
        try:
            return config, await _start(plan.program, config)
        except CannotRun:
            raise
        except NotReady:
            # Another program may have taken one of the free ports since.
            if tries == _TRIES:
                raise
            tries += 1


async def _keep(program: Path, config: dict[str, Any], process: asyncio.subprocess.Process) -> None:
    loop = asyncio.get_running_loop()
    pause = _SHORTEST_PAUSE
    try:
        while True:
            started = loop.time()
            code = await process.wait()
            pause = _SHORTEST_PAUSE if loop.time() - started > _STEADY_SECONDS else min(2 * pause, _LONGEST_PAUSE)
            _log.warning("LiveKit ended; starting it again", code=code, pause=pause)
            await asyncio.sleep(pause)
            try:
                process = await _start(program, config)
            except (NotReady, OSError) as error:
                _log.warning("LiveKit did not start again", reason=str(error))
    finally:
        await _stop(process)


async def _start(program: Path, config: dict[str, Any]) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-ISs",
        str(Path(child.__file__)),
        str(os.getpid()),
        str(program),
        env={"PATH": os.environ.get("PATH", os.defpath), "LIVEKIT_CONFIG": json.dumps(config)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        # Ctrl-C must reach only the service, which stops LiveKit after everyone in a call has been told.
        start_new_session=True,
    )
    try:
        await _wait_until_ready(_url(config), process)
    except BaseException:
        await _stop(process)
        raise
    return process


async def _wait_until_ready(url: str, process: asyncio.subprocess.Process) -> None:
    pool = ConnectionPool(url)
    request = pool.build_request("GET", "/")
    deadline = asyncio.get_running_loop().time() + _READY_SECONDS
    while asyncio.get_running_loop().time() < deadline and process.returncode is None:
        with suppress(OSError):
            status, _ = await pool.send(request, _READY_ANSWER_SECONDS)
            if status == HTTPStatus.OK:
                pool.close()
                return
        await asyncio.sleep(_READY_POLL)
    if process.returncode == child.CANNOT_RUN:
        raise CannotRun("there is no such program, or it is not for this machine")
    raise NotReady(f"LiveKit did not answer at {url} (exit code {process.returncode}); its own messages are above")


async def _stop(process: asyncio.subprocess.Process) -> None:
    # On SIGTERM, LiveKit would wait for its calls to end. It keeps nothing that could be lost.
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def _url(config: dict[str, Any]) -> str:
    return f"http://{_LOOPBACK}:{config['port']}"


def _config(plan: Plan, port: int, media_port: int, udp_port: int) -> dict[str, Any]:
    webhook = {"webhook": {"api_key": _API_KEY, "urls": [plan.webhook]}} if plan.webhook else {}
    return {
        "port": port,
        # Signalling comes only through the gate.
        "bind_addresses": [_LOOPBACK],
        "keys": {_API_KEY: plan.secret},
        "rtc": {"tcp_port": media_port, "udp_port": udp_port, "use_external_ip": False, **_interfaces(plan.host)},
        "room": {
            "auto_create": False,
            "enable_remote_unmute": False,
            "empty_timeout": EMPTY_CALL_SECONDS,
            "departure_timeout": EMPTY_CALL_SECONDS,
            "max_participants": plan.call_limit,
        },
        "logging": {"level": "error", "json": False},
        **webhook,
    }


def _interfaces(host: str) -> dict[str, Any]:
    if host in {_LOOPBACK, "localhost", "::1"}:
        return {"node_ip": _LOOPBACK, "enable_loopback_candidate": True, "interfaces": {"includes": ["lo"]}}
    return {} if host in {"", "0.0.0.0", "::"} else {"node_ip": host}  # noqa: S104 - compared, not bound


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as free:
        free.bind((_LOOPBACK, 0))
        port: int = free.getsockname()[1]
        return port
