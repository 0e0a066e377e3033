"""Two LiveKit servers with one Redis, behind HAProxy, as `docs/calls/production.md` describes a cluster."""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from tests.calls.stage import PROGRAM, eventually, livekit_config
from tests.support.ports import free_port, wait_for_port

_START_SECONDS = 20.0
_BALANCER = """
defaults
    mode tcp
    timeout connect 1s
    timeout client 1h
    timeout server 1h
    retries 3
    option redispatch
listen livekit
    bind 127.0.0.1:{port}
    balance roundrobin
    option httpchk GET /
    default-server check inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""


class Process:
    """A program that a test may kill and start again."""

    def __init__(self, port: int, *command: str, **variables: str) -> None:
        self.port = port
        self._command = command
        self._variables = variables
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the program; wait until it listens on its port."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env={"PATH": os.defpath, **self._variables},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await asyncio.to_thread(wait_for_port, self.port)

    async def kill(self) -> None:
        """End the program at once, if it runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


class LiveKitCluster:
    """A Redis that keeps nothing on disk, two LiveKit servers, and the balancer's `port`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        redis_port = free_port()
        self.redis = Process(
            redis_port,
            *(_program("redis-server"), "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""),
            *("--dir", str(folder)),
        )
        self.nodes = [_livekit(redis_port) for _ in range(2)]
        self.balancer = Process(self.port, _program("haproxy"), "-q", "-db", "-f", str(self._write_balancer()))

    @property
    def processes(self) -> Iterable[Process]:
        return (self.redis, *self.nodes, self.balancer)

    async def start(self) -> None:
        """Start everything; wait until the balancer reaches LiveKit."""
        for process in self.processes:
            await process.start()
        async with aiohttp.ClientSession() as session:

            async def answers() -> bool:
                try:
                    async with session.get(f"http://127.0.0.1:{self.port}") as answer:
                        return answer.ok
                except aiohttp.ClientError:
                    return False

            await eventually(answers, _START_SECONDS)

    async def servers_in_use(self) -> int:
        """Return how many LiveKit servers have calls."""
        return len(set(await self._ask_redis("HVALS room_node_map")))

    async def empty_redis(self) -> None:
        """Delete everything that LiveKit keeps in Redis, as after a restart without persistence."""
        await self._ask_redis("FLUSHALL")

    async def close(self) -> None:
        """End everything."""
        for process in self.processes:
            await process.kill()

    async def _ask_redis(self, command: str) -> list[bytes]:
        """Return the texts of Redis' answer to an inline command."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.redis.port)
        writer.write(f"{command}\r\nQUIT\r\n".encode())
        answer = await reader.read()
        writer.close()
        return [line for line in answer.splitlines() if line[:1] not in {b"*", b"$", b"+"}]

    def _write_balancer(self) -> Path:
        file = self._folder / "balancer.cfg"
        servers = "\n".join(f"    server node{node.port} 127.0.0.1:{node.port}" for node in self.nodes)
        file.write_text(_BALANCER.format(port=self.port, servers=servers))
        return file


@asynccontextmanager
async def livekit_cluster(folder: Path) -> AsyncIterator[LiveKitCluster]:
    """Give a running cluster, and end it afterwards."""
    cluster = LiveKitCluster(folder)
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.close()


def _livekit(redis_port: int) -> Process:
    port = free_port()
    config = {
        **livekit_config(port),
        "redis": {"address": f"127.0.0.1:{redis_port}"},
        # By default, a server without load gets every call.
        "node_selector": {"kind": "random"},
        "signal_relay": {"retry_timeout": "2s", "min_retry_interval": "500ms", "max_retry_interval": "1s"},
    }
    return Process(port, str(PROGRAM), LIVEKIT_CONFIG=json.dumps(config))


def _program(name: str) -> str:
    return shutil.which(name) or f"/usr/sbin/{name}"
