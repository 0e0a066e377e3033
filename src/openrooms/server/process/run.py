"""One process, from its start to its last response: ports, signals and the ready file."""

import asyncio
import contextlib
import datetime as dt
import errno
import gc
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import msgspec
import structlog
import uvloop

from openrooms._files import write_whole
from openrooms._startup import CannotStart
from openrooms.server.core.audit import AuditLog
from openrooms.server.core.entra import MANAGED_IDENTITY_PATH
from openrooms.server.core.supervision import supervised
from openrooms.server.process import assembly, logs
from openrooms.server.process.assembly import Service
from openrooms.server.process.settings import Secret, Settings, connection_string, default_data
from openrooms.server.process.tls import Authority, Certificate
from openrooms.server.web.limits import Limits
from openrooms.server.web.proxies import Proxies
from openrooms.server.web.server import Capacity, Server

if TYPE_CHECKING:
    from openrooms.server.development.faults import Faults

_log = structlog.get_logger(__name__)

_BACKLOG = 2048
_UNSENT_BYTES = 64 * 1024
_OTHER_FILES = 256
_ADMIN_CONNECTIONS = 64
_MANY = 1_000_000
_RENEWAL_SECONDS = 3600
_COLLECT_AFTER = (20_000, 20, 20)
"""Reference counts free a request's objects; the default of 700 would run the collector every few requests."""
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only for URLs, not for listening


class Running(msgspec.Struct, frozen=True):
    """The addresses of a started service, for the ready file and for people."""

    endpoint: str
    connection_string: Secret
    ca: Path | None
    trust_store: Path | None
    http: str | None
    admin: str | None
    media: str | None
    calls: str
    identity: str | None = None
    """The managed-identity endpoint, if the service issues Entra's tokens."""
    has_demo_telephone: bool = False

    def document(self) -> bytes:
        """Return the content of the ready file."""
        content = {
            "endpoint": self.endpoint,
            "connectionString": str(self.connection_string),
            "ca": str(self.ca) if self.ca else None,
            "http": self.http,
            "admin": self.admin,
            "media": self.media,
            "identity": self.identity,
            "pid": os.getpid(),
        }
        return msgspec.json.format(msgspec.json.encode(content)) + b"\n"


class Port:
    """Sockets that listen on all addresses of a host and one port; `number` is the port."""

    def __init__(self, host: str, number: int) -> None:
        """Bind the port; 0 takes a free one. Raise `CannotStart`."""
        self.sockets: list[socket.socket] = []
        self.number = number
        try:
            for family, address in _addresses(host, number):
                self._bind(socket.socket(family, socket.SOCK_STREAM), address)
        except OSError as error:
            self.close()
            raise CannotStart(_why_not_bound(host, number, error)) from error

    def _bind(self, listener: socket.socket, address: tuple[str | int, ...]) -> None:
        self.sockets.append(listener)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if listener.family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address[0], self.number, *address[2:]))
        # Connections inherit it. Otherwise the kernel takes whole pages for clients that do not read.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
        # With SO_REUSEADDR two programs can bind a port, but only one can listen.
        listener.listen(_BACKLOG)
        self.number = listener.getsockname()[1]

    def close(self) -> None:
        """Close the sockets."""
        for listener in self.sockets:
            listener.close()


def run(settings: Settings, announce: Callable[[Running], None]) -> None:
    """Serve until SIGTERM or SIGINT, then answer the accepted requests.

    `announce` is called when requests are accepted. Raise `CannotStart`, or `EndedEarly` if a part of the process
    fails; even then, accepted requests are answered first.
    """
    logs.configure(settings.log_level, settings.log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(settings, announce))


async def _run(settings: Settings, announce: Callable[[Running], None]) -> None:
    async with contextlib.AsyncExitStack() as stack:
        ports = stack.enter_context(_open_ports(settings))
        authority = Authority(_tls_folder(settings)) if ports.https and settings.tls is None else None
        certificate = _certificate(settings, authority) if ports.https else None
        webhook_port = ports.http.number if ports.http else None
        service = await stack.enter_async_context(
            assembly.assemble(settings, webhook_port, endpoint=_endpoint(settings, ports))
        )
        servers = _servers(settings, ports, service, certificate)
        stack.enter_context(_reloading_on_hangup(certificate, service.audit))
        stop = stack.enter_context(_stop_signals(servers))
        parts = await stack.enter_async_context(supervised())
        if certificate is not None and authority is not None:
            parts.start("the renewal of the certificate", partial(_keep_valid, certificate, authority, settings))
            if service.development is not None:
                faults = service.development.faults
                faults.listen(partial(_show_certificate, faults, certificate, authority, settings, servers[0]))
        for server in servers:
            parts.start(f"the server of port {server.port}", server.serve_until_cancelled)
        for server in servers:
            await server.accepting.wait()
        # These objects live until the end, so the collector need not visit them.
        gc.freeze()
        gc.set_threshold(*_COLLECT_AFTER)
        running = _running(settings, service, ports, authority)
        with _ready_file(settings.ready_file, running):
            # `announce` may call the service, so it must not block the loop.
            await asyncio.to_thread(announce, running)
            await stop.wait()
        if service.development is not None:
            service.development.journal.close()
        _log.info("stopping, once what was accepted is answered")
    _log.info("stopped")


class _Ports(NamedTuple):
    https: Port | None
    http: Port | None
    admin: Port | None


@contextlib.contextmanager
def _open_ports(settings: Settings) -> Iterator[_Ports]:
    with contextlib.ExitStack() as stack:

        def opened(host: str, number: int | None) -> Port | None:
            return None if number is None else stack.enter_context(contextlib.closing(Port(host, number)))

        yield _Ports(
            opened(settings.host, settings.https_port),
            opened(settings.host, settings.http_port),
            opened(settings.admin_host, settings.admin_port),
        )


def _servers(settings: Settings, ports: _Ports, service: Service, certificate: Certificate | None) -> list[Server]:
    capacity = _capacity(settings, service.limits)
    context = certificate.context if certificate else None
    servers = []
    if ports.https is not None:
        servers.append(Server(service.application, ports.https.sockets, capacity=capacity, context=context))
    if ports.http is not None:
        servers.append(Server(service.application, ports.http.sockets, capacity=capacity))
    if ports.admin is not None:
        # The admin port answers even when the others are full.
        servers.append(Server(service.admin, ports.admin.sockets, capacity=Capacity(_ADMIN_CONNECTIONS)))
    if service.development is not None:
        for server in servers:
            server.go_by(service.development.clock)
    return servers


def _capacity(settings: Settings, limits: Limits) -> Capacity:
    limit = settings.connection_limit or _default_connection_limit()
    # All clients of a development service share one address.
    client_limit = settings.client_connection_limit or (None if settings.development else -(-limit // 4))
    return Capacity(limit, client_limit, Proxies(settings.forwarded_allow), limits)


def _default_connection_limit() -> int:
    """Return the limit of open files, less those of the database and the media engine."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MANY if limit == resource.RLIM_INFINITY else limit - min(limit // 2, _OTHER_FILES)


def _tls_folder(settings: Settings) -> Path:
    # Certificates need a folder even when the database is elsewhere.
    return (settings.data or default_data()) / "tls"


def _certificate(settings: Settings, authority: Authority | None) -> Certificate:
    if authority is None:
        assert settings.tls is not None  # noqa: S101 - Settings has checked it
        return Certificate(settings.tls.certificate, settings.tls.key)
    try:
        issued = authority.issue(_now(), _names(settings))
    except OSError as error:
        raise CannotStart(
            f"cannot write certificates into {authority.folder}: {error.strerror}; "
            "give --data DIR with a folder that you may write"
        ) from error
    return Certificate(issued, issued)


async def _keep_valid(certificate: Certificate, authority: Authority, settings: Settings) -> None:
    while True:
        await asyncio.sleep(_RENEWAL_SECONDS)
        try:
            authority.issue(_now(), _names(settings))
            certificate.reload()
        except (OSError, CannotStart) as error:
            _log.error("the certificate could not be renewed", reason=str(error))


def _show_certificate(
    faults: "Faults", certificate: Certificate, authority: Authority, settings: Settings, server: Server
) -> None:
    """Serve the expired certificate while a fault says so; idle connections end, so that their clients see it."""
    issue = authority.issue_expired if faults.has_expired_certificate else authority.issue
    if certificate.replace(issue(_now(), _names(settings))):
        server.close_idle()


def _names(settings: Settings) -> list[str]:
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    return [name for name in (settings.host, public, *settings.host_names) if name and name not in _WILDCARDS]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@contextlib.contextmanager
def _stop_signals(servers: Sequence[Server]) -> Iterator[asyncio.Event]:
    """Yield an event that the first SIGTERM or SIGINT sets; the second signal ends the wait for clients."""
    stop = asyncio.Event()

    def receive_signal() -> None:
        for server in servers:
            server.force_exit = stop.is_set()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, receive_signal)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _reloading_on_hangup(certificate: Certificate | None, audit: AuditLog | None) -> Iterator[None]:
    def reload() -> None:
        if audit is not None:
            _reopen(audit)
        if certificate is not None:
            _reload(certificate)
        else:
            _log.info("no certificate is read again: there is no certificate")

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reload)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


def _reload(certificate: Certificate) -> None:
    try:
        certificate.reload()
    except CannotStart as error:
        _log.error("the certificate stays as it was", reason=str(error))
    else:
        _log.info("the certificate was read again")


def _reopen(audit: AuditLog) -> None:
    try:
        audit.reopen()
    except OSError as error:
        _log.error("the audit log stays in the old file", reason=error.strerror)
    else:
        _log.info("the audit log was opened again")


def _running(settings: Settings, service: Service, ports: _Ports, authority: Authority | None) -> Running:
    http = _url("http", settings.host, ports.http)
    endpoint = _endpoint(settings, ports)
    return Running(
        endpoint=endpoint,
        connection_string=connection_string(endpoint, service.access_key),
        ca=authority.certificate if authority else None,
        trust_store=authority.trust_store if authority else None,
        http=http,
        admin=_url("http", settings.admin_host, ports.admin),
        media=f"{(http or endpoint).replace('http', 'ws', 1)}/livekit" if service.has_media else None,
        calls=service.calls_status,
        identity=f"{http or endpoint}{MANAGED_IDENTITY_PATH}" if settings.entra else None,
        has_demo_telephone=settings.telephones.is_demo,
    )


def _endpoint(settings: Settings, ports: _Ports) -> str:
    url = settings.public_url or _url("https", settings.host, ports.https) or _url("http", settings.host, ports.http)
    return (url or "").rstrip("/")


def _url(scheme: str, host: str, port: Port | None) -> str | None:
    if port is None:
        return None
    name = _WILDCARDS.get(host, host)
    return f"{scheme}://{f'[{name}]' if ':' in name else name}:{port.number}"


@contextlib.contextmanager
def _ready_file(path: Path | None, running: Running) -> Iterator[None]:
    """Keep the complete file in place while requests are accepted."""
    if path is None:
        yield
        return
    try:
        write_whole(path, running.document())
    except OSError as error:
        raise CannotStart(f"cannot write the ready file {path}: {error.strerror}") from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _addresses(
    host: str, number: int
) -> list[tuple[socket.AddressFamily, tuple[str, int, int, int] | tuple[str, int]]]:
    flags = socket.AI_PASSIVE | socket.AI_NUMERICSERV
    found = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM, flags=flags)
    return [(family, address) for family, _, _, _, address in found if isinstance(address[0], str)]


def _why_not_bound(host: str, number: int, error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"{host} is not an address of this machine: give --host with one, or 127.0.0.1"
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {number} of {host} is in use, perhaps by another openrooms: "
            "stop that program, or choose a port with --https-port, --http-port and --admin-port (0 takes a free one)"
        )
    if error.errno == errno.EACCES:
        return f"port {number} needs privileges: choose one above 1023"
    return f"cannot listen on {host} port {number}: {error.strerror}"
