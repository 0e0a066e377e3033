"""Three service processes behind HAProxy on one PostgreSQL, with a proxy that can cut the database off."""

import asyncio
import base64
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import psutil
from tests.support.ports import free_port, wait_for_port
from tests.support.postgres import Cluster
from tests.support.proxy import Proxy
from tests.support.service import environment, openrooms

_BALANCER = """
global
    maxconn 1000
defaults
    mode tcp
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    retries 3
    option redispatch
listen service
    bind 127.0.0.1:{port}
    balance roundrobin
    default-server check inter 200ms fall 1 rise 1
{servers}
"""


class KeptRunning:
    """A program that is restarted when it ends, as by systemd; its output goes to a file of its `folder`."""

    def __init__(self, port: int, folder: Path, *command: str, **variables: str) -> None:
        self.port = port
        self.starts = 0
        self._folder = folder
        self._folder.mkdir()
        self._command = command
        self._variables = variables
        self._process: asyncio.subprocess.Process | None = None

    async def keep_running(self) -> None:
        """Start the process, and restart it until cancelled."""
        with (self._folder / "output.txt").open("ab") as output:
            try:
                while True:
                    self._process = await asyncio.create_subprocess_exec(
                        *self._command,
                        env=environment(**self._variables),
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=output,
                    )
                    self.starts += 1
                    await self._process.wait()
                    await asyncio.sleep(0.2)
            finally:
                if self._process is not None and self._process.returncode is None:
                    self._process.kill()
                    await self._process.wait()

    def kill(self) -> None:
        """Send SIGKILL."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)

    def has_connection_to(self, port: int) -> bool:
        """Return whether the process has a connection to a port of this machine."""
        assert self._process is not None
        with contextlib.suppress(psutil.Error):
            connections = psutil.Process(self._process.pid).net_connections("tcp")
            return any(one.raddr and one.raddr.port == port for one in connections)
        return False

    @property
    def resident_bytes(self) -> int:
        """The resident memory."""
        assert self._process is not None
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def output(self) -> str:
        """Return everything printed and logged."""
        return (self._folder / "output.txt").read_text()


class ServiceProcess(KeptRunning):
    """`openrooms serve` on its own port."""

    def __init__(
        self, number: int, folder: Path, url: str, access_key: str, options: Sequence[str] = (), **variables: str
    ) -> None:
        port = free_port()
        own = folder / f"service{number}"
        super().__init__(
            port,
            own,
            *(sys.executable, "-m", "openrooms", "serve", "--database", url, "--access-key", access_key),
            *("--http-port", str(port), "--data", str(own), "--log-level", "warning"),
            *("--operator-rate", "off", "--resource-rate", "off", *options),
            **variables,
        )


class Deployment:
    """The parts that a test can break; clients connect to `port`."""

    def __init__(
        self, cluster: Cluster, url: str, proxy: Proxy, services: list[ServiceProcess], key: str, port: int
    ) -> None:
        self.cluster = cluster
        self.url = url
        self.proxy = proxy
        self.services = services
        self.access_key = key
        self.port = port or free_port()

    async def restart_database(self) -> None:
        """Stop PostgreSQL in immediate mode and start it again."""
        await asyncio.to_thread(self.cluster.crash)
        await asyncio.to_thread(self.cluster.start)


@contextlib.asynccontextmanager
async def deployed(
    folder: Path, count: int = 3, options: Sequence[str] = (), port: int = 0, **variables: str
) -> AsyncIterator[Deployment]:
    """Start a deployment, and give it when all processes accept requests; clients connect to `port`.

    `options` and `variables` are those of the processes."""
    key = base64.b64encode(secrets.token_bytes(64)).decode("ascii")
    with Cluster() as cluster:
        async with Proxy(cluster.port) as proxy:
            name = cluster.create_database().rpartition("/")[2]
            migrated = await asyncio.to_thread(openrooms, "migrate", "--database", cluster.url(name))
            assert migrated.returncode == 0, migrated.stderr
            url = cluster.url(name, proxy.port)
            services = [ServiceProcess(number, folder, url, key, options, **variables) for number in range(count)]
            deployment = Deployment(cluster, cluster.url(name), proxy, services, key, port)
            tasks = [asyncio.create_task(service.keep_running()) for service in services]
            tasks.append(asyncio.create_task(_balance(deployment, folder)))
            try:
                for port in (*(service.port for service in services), deployment.port):
                    await asyncio.to_thread(wait_for_port, port)
                yield deployment
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


async def _balance(deployment: Deployment, folder: Path) -> None:
    servers = "\n".join(f"    server s{service.port} 127.0.0.1:{service.port}" for service in deployment.services)
    settings = folder / "haproxy.cfg"
    settings.write_text(_BALANCER.format(port=deployment.port, servers=servers))
    path = shutil.which("haproxy") or "/usr/sbin/haproxy"
    process = await asyncio.create_subprocess_exec(path, "-f", str(settings), "-db", "-q")
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
