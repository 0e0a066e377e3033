"""The service, assembled from its parts; only this module imports all the others."""

import contextlib
import secrets
import socket
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import DAY, SECOND, Moment
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import RawId
from openrooms.server.core import openid
from openrooms.server.core.administration import provide_resource
from openrooms.server.core.audit import AuditLog
from openrooms.server.core.calls import Calls
from openrooms.server.core.connections import Connections
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.core.identities import Identities
from openrooms.server.core.operators import OperatorTokens
from openrooms.server.core.ports import CannotOpenStorage, Clock, Resource, Storage
from openrooms.server.core.propagation import Propagation
from openrooms.server.core.purge import Purge
from openrooms.server.core.randomness import RandomNumbers
from openrooms.server.core.readiness import Readiness
from openrooms.server.core.resources import Resources
from openrooms.server.core.rooms import Rooms
from openrooms.server.core.supervision import supervised
from openrooms.server.core.tokens import Tokens
from openrooms.server.core.upkeep import keep_up
from openrooms.server.media.livekit_process import (
    INSTALL,
    PROGRAM,
    NotReady,
    Plan,
    find_program,
    kept_secret,
    livekit_process,
)
from openrooms.server.process import settings
from openrooms.server.process.settings import (
    DEVELOPMENT_KEY,
    CannotStart,
    KeyEncryption,
    Secret,
    Settings,
    connection_string,
    is_development_key,
)
from openrooms.server.storage.sealing import Sealer, SealingKey
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.server.web.admin import Admin
from openrooms.server.web.app import Checks, Content, Mount, Records, create_app
from openrooms.server.web.auth import Authenticator
from openrooms.server.web.calls import CallHandlers, NoticeHandler
from openrooms.server.web.cors import LOOPBACK_ORIGINS
from openrooms.server.web.handlers import IdentityHandlers, RoomHandlers
from openrooms.server.web.health import ServiceHandlers
from openrooms.server.web.hosts import HostNames
from openrooms.server.web.limits import Limits
from openrooms.server.web.messages import Application
from openrooms.server.web.metrics import Figures, Metrics
from openrooms.server.web.pages import ASSETS_PREFIX, CALL_PREFIX, CALLING_PREFIX, CONSOLE_PREFIX, Development, Pages
from openrooms.server.web.proxies import Proxies
from openrooms.server.web.request_log import RequestLog
from openrooms.server.web.routing import Route
from openrooms.server.web.security_txt import SecurityTxt
from openrooms.server.web.versioning import Versions
from openrooms.wire.connection_string import is_loopback
from openrooms.wire.operations import RECEIVE_WEBHOOK

# Unused drivers are not loaded: those of LiveKit and PostgreSQL take a fifth of the memory of a service without them.
if TYPE_CHECKING:
    from openrooms.server.media.livekit import LiveKit


_log = structlog.get_logger("openrooms.assembly")


def now() -> Moment:
    """Return the current time."""
    return Moment(time.time_ns() // 100)


class Service:
    """A service that is ready for requests."""

    def __init__(
        self,
        application: Application,
        admin: Application,
        access_key: Secret,
        calls_status: str,
        has_calls: bool,
        audit: AuditLog | None,
    ) -> None:
        self.application = application
        self.admin = admin
        """The application of metrics and detailed readiness, for the operator's network only."""
        self.access_key = access_key
        """The primary key of the resource that accepts any host, or of the first resource."""
        self.calls_status = calls_status
        """A text that says where calls run, or why they do not."""
        self.has_calls = has_calls
        self.audit = audit


@contextlib.asynccontextmanager
async def storage(
    url: str, key_encryption: KeyEncryption | None, *, migrate: bool, exclusive: bool
) -> AsyncIterator[Storage]:
    """Open the database of a URL, for one service (`exclusive`) or beside it; raise `CannotStart`.

    Without `key_encryption`, the keys in it are not read.
    """
    known = key_encryption or KeyEncryption()
    sealer = Sealer(_sealing_key(known.key), _sealing_key(known.old_key))
    async with contextlib.AsyncExitStack() as stack:
        try:
            opened = await _open(url, sealer, migrate, exclusive)
            stack.push_async_callback(opened.close)
            if key_encryption is not None:
                # This finds a wrong key before the service starts.
                await opened.list_resources()
                await opened.list_signing_keys()
        except CannotOpenStorage as error:
            raise CannotStart(str(error)) from error
        if exclusive and sealer.has_read_plain:
            _log.warning("there are keys in the database that are not encrypted yet: run `openrooms migrate`")
        yield opened


def _sealing_key(text: Secret | None) -> SealingKey | None:
    try:
        return None if text is None else SealingKey(text)
    except ValueError as error:
        raise CannotStart(
            f"the key encryption key cannot be used, {error}: make one with `openrooms keys new > FILE`"
        ) from error


async def _open(url: str, sealer: Sealer, migrate: bool, exclusive: bool) -> Storage:
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite" and rest:
        return await SqliteStorage.open(Path(rest), migrate=migrate, exclusive=exclusive, sealer=sealer)
    if scheme in ("postgresql", "postgres"):
        from openrooms.server.storage import postgres

        connections = postgres.DEFAULT_CONNECTIONS if exclusive else postgres.FEWEST_CONNECTIONS
        return await postgres.PostgresStorage.open(url, migrate=migrate, connections=connections, sealer=sealer)
    raise CannotStart(
        f"the database {_without_password(url)} cannot be used: give sqlite:PATH or postgresql://USER@HOST/DATABASE"
    )


async def operator_tokens(storage: Storage) -> OperatorTokens:
    """Return the issuer of operators' tokens, with the signing keys in storage."""
    return OperatorTokens(storage, now, await _signer(storage, now))


async def _signer(storage: Storage, clock: Clock) -> Tokens:
    signer = Tokens(storage, clock)
    await signer.refresh()
    return signer


@contextlib.asynccontextmanager
async def assemble(
    chosen: Settings, http_port: int | None, clock: Clock = now, endpoint: str = ""
) -> AsyncIterator[Service]:
    """Open all parts and yield the service; close them on exit, after the accepted work is done.

    A media engine that we start sends its webhooks to `http_port`; `endpoint` is the address for clients. Raise
    `CannotStart`, or `EndedEarly` if a part of the service fails while it runs.
    """
    url = settings.database_url(chosen.data, chosen.database)
    async with (
        contextlib.AsyncExitStack() as stack,
        storage(url, chosen.key_encryption, migrate=chosen.development, exclusive=True) as store,
        _engine(chosen, http_port) as (engine, calls_status),
    ):
        resource = await provide_resource(store, chosen.access_key, DEVELOPMENT_KEY if chosen.development else None)
        settings.check_resources(chosen, await store.list_resources())
        resources = Resources(store)
        await resources.refresh()
        signer = await _signer(store, clock)
        connections = Connections()
        enforcer = Enforcer(store, engine, clock, connections.drop) if engine else None
        propagation = Propagation(store, enforcer, connections) if enforcer else None
        random = RandomNumbers().below
        rooms = Rooms(
            store,
            clock,
            random,
            propagation.room_changed if propagation else _nobody_to_tell,
            roster_limit=chosen.roster_limit,
        )
        audit = _audit_log(chosen, clock)
        metrics = Metrics()
        if audit is not None:
            stack.callback(audit.close)
            metrics.registry.register(Figures("audit", audit.figures))
        metrics.registry.register(Figures("database", store.figures))
        limits = Limits(chosen.rates, time.monotonic)
        metrics.registry.register(Figures("limits", limits.figures))
        proxies = Proxies(chosen.forwarded_allow)
        calls = Calls(store, engine, clock, call_limit=chosen.call_limit)
        for figures in (enforcer.figures, calls.figures, connections.figures) if enforcer else ():
            metrics.registry.register(Figures("calls", figures))
        readiness = Readiness(store, enforcer.state if enforcer else lambda: "off", time.monotonic)
        teams = openid.TeamsUsers(chosen.teams, clock, openid.fetch) if chosen.teams else None
        development = _told(resource, endpoint, engine is not None) if chosen.development else None
        pages = Pages(proxies, limits, development=development)
        identities = Identities(
            store, clock, random, signer, propagation.user_changed if propagation else _nobody_to_tell, teams
        )
        authenticator = Authenticator(
            resources,
            signer,
            OperatorTokens(store, clock, signer),
            clock,
            skew=chosen.clock_skew * SECOND,
            operators=openid.OpenIdOperators(chosen.oidc, resources, clock, openid.fetch) if chosen.oidc else None,
            public_hosts=_public_hosts(chosen),
        )
        content = Content(
            routes=[
                *RoomHandlers(rooms, clock).routes(),
                *IdentityHandlers(identities).routes(),
                *ServiceHandlers(readiness, signer).routes(),
                *_call_routes(calls, engine, enforcer),
                *SecurityTxt(chosen.security_txt, clock).routes(),
            ],
            mounts=[
                *_page_mounts(pages, chosen),
                *_call_mounts(calls, engine, resources, proxies, limits, connections, audit),
            ],
            home=pages,
        )
        versions = Versions(newest_for_unknown=chosen.newest_for_unknown_versions)
        hosts = _development_hosts(chosen) if chosen.development else None
        request_log = RequestLog(explains=chosen.development) if _logs_requests(chosen) else None
        application = create_app(
            content,
            Checks(authenticator, limits, proxies, versions, hosts),
            Records(metrics, request_log, audit),
            cors_origins=[LOOPBACK_ORIGINS] if chosen.development else chosen.cors_origins,
            is_strict=chosen.tls is not None and not chosen.development,
        )
        purge = Purge(store, clock, chosen.retention_days * DAY)
        async with supervised() as parts:
            parts.start("the storage", store.wait_until_broken)
            parts.start("the upkeep", partial(keep_up, resources, signer, purge))
            if enforcer is not None:
                parts.start("the enforcer", enforcer.run)
            admin = Admin(metrics, readiness)
            yield Service(application, admin, Secret(resource.primary_key), calls_status, engine is not None, audit)


@contextlib.asynccontextmanager
async def _engine(chosen: Settings, http_port: int | None) -> AsyncIterator[tuple["LiveKit | None", str]]:
    """Yield the media engine, started if necessary, and its address; or `None` and the reason."""
    where = chosen.livekit.where
    async with contextlib.AsyncExitStack() as stack:
        if where == "off":
            yield None, "off"
            return
        from openrooms.server.media.livekit import LiveKit

        if chosen.livekit.is_url:
            key, secret = chosen.livekit.api_key, chosen.livekit.api_secret
            if not key or not secret:
                raise CannotStart(
                    f"there is no API key for {where}: `openrooms serve` takes one, dev runs its own LiveKit"
                )
            engine = LiveKit(where, key, secret)
            stack.push_async_callback(engine.close)
            yield engine, f"LiveKit at {where}"
            return
        program = find_program() if where == "auto" else Path(where)
        if program is None:
            yield None, f"off, because there is no {PROGRAM}: {INSTALL}"
            return
        try:
            running = await stack.enter_async_context(livekit_process(_livekit_plan(chosen, program, http_port)))
        except (NotReady, OSError) as error:
            raise CannotStart(f"{program} does not start: {error}; give --livekit off to run without calls") from error
        engine = LiveKit(running.url, running.key, running.secret)
        stack.push_async_callback(engine.close)
        yield engine, f"LiveKit, {program}"


def _livekit_plan(chosen: Settings, program: Path, http_port: int | None) -> Plan:
    return Plan(
        program,
        kept_secret(chosen.data) if chosen.data else secrets.token_urlsafe(36),
        chosen.call_limit,
        host=chosen.host,
        webhook=f"http://127.0.0.1:{http_port}{RECEIVE_WEBHOOK.path}" if http_port else None,
    )


def _call_routes(calls: Calls, engine: "LiveKit | None", enforcer: Enforcer | None) -> list[Route]:
    notices = NoticeHandler(engine, enforcer.check_call).routes() if engine and enforcer else []
    return [*CallHandlers(calls).routes(), *notices]


def _told(resource: Resource, endpoint: str, has_calls: bool) -> Development:
    # Everyone who reaches the service can read its home page, so it shows only the public development key.
    key = resource.primary_key
    return Development(str(connection_string(endpoint, key)) if is_development_key(key) else None, has_calls)


def _page_mounts(pages: Pages, chosen: Settings) -> list[Mount]:
    mounts = [Mount(prefix, pages) for prefix in (CALL_PREFIX, CONSOLE_PREFIX, ASSETS_PREFIX, CALLING_PREFIX)]
    if not chosen.development:
        return mounts
    from openrooms.server.web.docs import DOCS_PREFIX, Docs

    return [*mounts, Mount(DOCS_PREFIX, Docs())]


def _call_mounts(
    calls: Calls,
    engine: "LiveKit | None",
    resources: Resources,
    proxies: Proxies,
    limits: Limits,
    connections: Connections,
    audit: AuditLog | None,
) -> list[Mount]:
    if engine is None:
        return []
    from openrooms.server.web.gate import AUTHORITY_PREFIX, PREFIX, Authority, Gate

    return [
        Mount(PREFIX, Gate(calls, resources, proxies, limits, connections, engine.signalling_url, audit)),
        Mount(AUTHORITY_PREFIX, Authority(calls, resources, proxies, limits, audit)),
    ]


def _audit_log(chosen: Settings, clock: Clock) -> AuditLog | None:
    if chosen.audit_log == "off":
        return None
    try:
        return AuditLog(None if chosen.audit_log == "stdout" else Path(chosen.audit_log), clock)
    except OSError as error:
        raise CannotStart(
            f"the audit log {chosen.audit_log} cannot be written: {error.strerror}; "
            "give --audit-log a file in a folder of this user's, stdout or off"
        ) from error


def _logs_requests(chosen: Settings) -> bool:
    return chosen.request_log and chosen.log_level in {"debug", "info"}


def _public_hosts(chosen: Settings) -> list[str]:
    return [urlsplit(chosen.public_url).netloc] if chosen.public_url else []


def _development_hosts(chosen: Settings) -> HostNames:
    if is_loopback(chosen.host):
        return HostNames(chosen.host_names)
    return HostNames([*chosen.host_names, socket.gethostname()], addresses=True)


def _without_password(url: str) -> str:
    return urlsplit(url)._replace(netloc=urlsplit(url).hostname or "").geturl()


def _nobody_to_tell(_resource: ResourceId, _who: RoomId | RawId) -> None:
    """Do nothing: without calls, there is nobody to notify of a change."""
