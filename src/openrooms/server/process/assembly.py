"""The service, assembled from its parts; only this module knows all the others."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from openrooms._clock import MovableClock, real_time
from openrooms._startup import CannotStart
from openrooms.domain.calls import CallId
from openrooms.domain.errors import MalformedRequest
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import DAY, HOUR, MINUTE, SECOND
from openrooms.domain.operators import OperatorRole
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import RawId
from openrooms.domain.subscriptions import Declaration
from openrooms.server.core import openid
from openrooms.server.core.administration import provide_resource
from openrooms.server.core.adoption import Adoption
from openrooms.server.core.attendance import Attendance
from openrooms.server.core.audit import AuditLog
from openrooms.server.core.audit_trail import AuditTrail
from openrooms.server.core.calls import Calls
from openrooms.server.core.connections import Connections
from openrooms.server.core.declared import DeclaredSubscriptions
from openrooms.server.core.delivery import Deliverer
from openrooms.server.core.edges import Edges
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.core.erasures import Erasures
from openrooms.server.core.feed import EventFeed
from openrooms.server.core.followers import Followers
from openrooms.server.core.headcounts import Headcounts
from openrooms.server.core.identities import Identities
from openrooms.server.core.invitations import Invitations
from openrooms.server.core.key_uses import KeyUses
from openrooms.server.core.listing import Indexing, Listing
from openrooms.server.core.lost_calls import LostCalls
from openrooms.server.core.operators import OperatorTokens
from openrooms.server.core.planning import Planning
from openrooms.server.core.ports import Clock, Courier, Figure, MediaEngine, Reply, Resource, Storage, TelephoneLine
from openrooms.server.core.presence import Presences
from openrooms.server.core.propagation import Propagation
from openrooms.server.core.purge import Purge
from openrooms.server.core.randomness import RandomNumbers
from openrooms.server.core.readiness import Readiness
from openrooms.server.core.refusals import Refusals
from openrooms.server.core.resources import Resources, tenant_of
from openrooms.server.core.rooms import Rooms
from openrooms.server.core.sessions import Ends, Sessions
from openrooms.server.core.signing_in import SignIn
from openrooms.server.core.subscriptions import Subscriptions
from openrooms.server.core.supervision import Parts, supervised
from openrooms.server.core.telephones import Telephones
from openrooms.server.core.tokens import Tokens
from openrooms.server.core.upkeep import keep_up
from openrooms.server.core.visits import Visits
from openrooms.server.core.waiting import WaitingRooms
from openrooms.server.core.watchers import Watchers
from openrooms.server.media.people import SimulatedPeople
from openrooms.server.media.simulated import SimulatedMedia
from openrooms.server.process import logs
from openrooms.server.process.branding import read_branding
from openrooms.server.process.databases import open_storage
from openrooms.server.process.engines import media_engine
from openrooms.server.process.lines import open_line
from openrooms.server.process.settings import (
    Secret,
    Settings,
    check_resources,
    connection_string,
    database_url,
    is_development_key,
)
from openrooms.server.process.shown import shown_settings
from openrooms.server.web.admin import Admin
from openrooms.server.web.administration import KeyHandlers, OperatorTokenHandlers
from openrooms.server.web.adoption import AdoptionHandlers
from openrooms.server.web.app import Checks, Content, Mount, Records, create_app
from openrooms.server.web.attendance import AttendanceHandlers
from openrooms.server.web.audit import AuditHandlers
from openrooms.server.web.auth import Authenticator
from openrooms.server.web.calls import CallHandlers, NoticeHandler
from openrooms.server.web.console import ConsoleHandlers
from openrooms.server.web.cors import LOOPBACK_ORIGINS
from openrooms.server.web.embedding import Embedding
from openrooms.server.web.events import EventHandlers
from openrooms.server.web.feed import FeedHandlers
from openrooms.server.web.handlers import IdentityHandlers, RoomHandlers
from openrooms.server.web.health import ServiceHandlers
from openrooms.server.web.hosts import HostNames
from openrooms.server.web.invitations import InvitationHandlers, Links, PlanHandlers
from openrooms.server.web.limits import Limits
from openrooms.server.web.messages import Application
from openrooms.server.web.metrics import Figures, Metrics
from openrooms.server.web.pages import (
    ASSETS_PREFIX,
    CALL_PREFIX,
    CALLING_PREFIX,
    CONSOLE_PREFIX,
    INVITATION_PREFIX,
    HomeFacts,
    Pages,
)
from openrooms.server.web.proxies import Proxies
from openrooms.server.web.request_log import RequestLog
from openrooms.server.web.routing import Route
from openrooms.server.web.security_txt import SecurityTxt
from openrooms.server.web.sessions import SessionCookies
from openrooms.server.web.status import StatusHandlers
from openrooms.server.web.subscriptions import SubscriptionHandlers
from openrooms.server.web.users import UserHandlers
from openrooms.server.web.versioning import Versions
from openrooms.server.web.visits import VisitHandlers
from openrooms.server.web.watching import WatchHandlers
from openrooms.wire.connection_string import DEVELOPMENT_KEY, is_loopback
from openrooms.wire.signing import AccessKey

if TYPE_CHECKING:
    from openrooms.server.core.courier import HttpCourier
    from openrooms.server.core.entra import EntraTokens
    from openrooms.server.development.service import Development


class Service(msgspec.Struct, frozen=True):
    """A service that is ready for requests.

    `admin` is the application of metrics and detailed readiness, for the operator's network only. `limits` are those of
    requests and connections. `access_key` is the primary key of the resource that accepts any host, or of the first
    resource. `calls_status` says where calls run, or why they do not; `has_media` is whether a media SDK can connect to
    them. `people` are the participants of simulated calls. `development` is what only a development service has.
    """

    application: Application
    admin: Application
    limits: Limits
    access_key: Secret
    calls_status: str
    has_media: bool
    audit: AuditLog | None
    people: SimulatedPeople | None
    development: "Development | None"


async def operator_tokens(storage: Storage) -> OperatorTokens:
    """Return the issuer of operators' tokens, with the signing keys in storage."""
    signer = Tokens(storage, real_time)
    await signer.refresh()
    return OperatorTokens(storage, real_time, signer)


async def console_link(storage: Storage, resources: Sequence[Resource], role: OperatorRole, minutes: int) -> Secret:
    """Return the secret of a new one-time link to the console, whose session covers the resources."""
    tokens = OperatorTokens(storage, real_time, Tokens(storage, real_time))
    sessions = Sessions(storage, tokens, Resources(storage), real_time)
    return Secret(await sessions.make_link([(tenant_of(resource), role) for resource in resources], minutes * MINUTE))


@contextlib.asynccontextmanager
async def assemble(
    settings: Settings, http_port: int | None, movable: MovableClock | None = None, endpoint: str = ""
) -> AsyncIterator[Service]:
    """Open all parts and yield the service; close them on exit, after the accepted work is done.

    A media engine that we start sends its webhooks to `http_port`; `endpoint` is the address for clients. A development
    service uses the `movable` clock, by default its own. Raise `CannotStart`, or `EndedEarly` if a part of the
    service fails while it runs.
    """
    url = database_url(settings.data, settings.database)
    development = _development(movable) if settings.development else None
    clock: Clock = development.clock if development else real_time
    async with (
        open_storage(
            url,
            settings.key_encryption,
            migrate=settings.development,
            exclusive=True,
            events_clock=clock if settings.events == "on" else None,
        ) as store,
        media_engine(settings, http_port, clock) as (engine, calls_status),
        open_line(settings.telephones, engine) as line,
        contextlib.aclosing(_LazyCourier(to_private=_sends_to_private(settings))) as sender,
    ):
        resource = await provide_resource(store, settings.access_key, DEVELOPMENT_KEY if settings.development else None)
        check_resources(settings, await store.list_resources())
        if development is not None:
            store, engine = development.storage(store), development.engine(engine) if engine else None
        trail = AuditTrail(store) if settings.audit_days else None
        with _audit_log(settings, clock, trail) as audit:
            courier = development.courier(sender) if development else sender
            core = _Core(settings, resource.id, store, engine, line, clock, audit, trail, courier)
            await core.refresh()
            checks = _checks(settings, core, development)
            journal = development.journal if development else None
            records = Records(_metrics(core, checks, audit), _request_log(settings), audit, journal)
            has_media = engine is not None and engine.signalling_url is not None
            facts = _home_facts(resource, endpoint, has_media) if settings.development else None
            application = _application(settings, core, checks, records, facts, development)
            admin = Admin(records.metrics, core.readiness)
            if development is not None and settings.seed is not None:
                await _seed(development, resource.id, settings.seed)
            async with supervised() as parts:
                await core.declared.apply()
                core.start(parts)
                yield Service(
                    application,
                    admin,
                    checks.limits,
                    Secret(resource.primary_key),
                    calls_status,
                    has_media,
                    audit,
                    core.people,
                    development,
                )


class _Core:
    """The use cases over one database; without a media engine, there are neither `enforcer` nor `telephones`."""

    def __init__(
        self,
        settings: Settings,
        resource: ResourceId,
        store: Storage,
        engine: MediaEngine | None,
        line: TelephoneLine | None,
        clock: Clock,
        audit: AuditLog | None,
        trail: AuditTrail | None,
        courier: Courier,
    ) -> None:
        self.store = store
        self.trail = trail
        self.engine = engine
        self.line = line
        self.clock = clock
        self.resources = Resources(store)
        self.tokens = Tokens(store, clock)
        self.operator_tokens = OperatorTokens(store, clock, self.tokens)
        self.key_uses = KeyUses(store, clock)
        ends = Ends(settings.session_idle_minutes * MINUTE, settings.session_hours * HOUR)
        self.sessions = Sessions(store, self.operator_tokens, self.resources, clock, ends)
        self.cookies = SessionCookies(self.sessions, self.resources, settings.public_url)
        self.connections = Connections()
        self.waiting = WaitingRooms(store, engine, clock, real_time)
        self.followers = Followers(store, clock, real_time)
        self.headcounts = Headcounts(store, clock)
        self.feed = EventFeed(store)
        self.presences = Presences(store, engine, clock) if engine else None
        self.courier = courier
        self.subscriptions = self._subscriptions(settings)
        self.declared = DeclaredSubscriptions(store, self.subscriptions, clock, _declarations(settings, resource))
        self.deliverer = Deliverer(self.store, self.feed, self.courier, self.clock, real_time)
        self.enforcer = self._enforcer(engine) if engine else None
        self.lost_calls = LostCalls(self.connections, engine) if engine else None
        self.telephones = self._telephones(settings, audit)
        self.calls = Calls(store, engine, self.telephones, self.waiting, clock, call_limit=settings.call_limit)
        self.calls.refused = Refusals(store, clock).note
        self.entra = _entra_tokens(settings) if settings.entra else None
        self.people = _people(engine, self.enforcer, self.presences, self.calls)
        self.readiness = Readiness(store, self.enforcer.state if self.enforcer else lambda: "off", time.monotonic)
        self.purge = self._purge(settings)
        self.edges = Edges(store, clock)
        self.listing = Listing(store, clock, real_time)
        self.watchers = Watchers(self.listing)
        propagation = self._propagation()
        random = RandomNumbers().below
        changed, created, roster_limit = propagation.room_changed, propagation.room_listed, settings.roster_limit
        keep_roles, keep_present = self.waiting.keep_roles, self.waiting.keep_present
        self.rooms = Rooms(store, clock, random, changed, keep_roles, created=created, roster_limit=roster_limit)
        self.invitations = Invitations(store, clock, self.tokens, changed)
        self.planning = Planning(store, clock, random, created=created, changed=changed, roster_limit=roster_limit)
        self.adoption = Adoption(store, clock, created=created, roster_limit=roster_limit)
        self.visits = Visits(store, self.calls, clock, keep_present, changed)
        teams = openid.TeamsUsers(settings.teams, clock, openid.fetch) if settings.teams else None
        user_changed = propagation.user_changed
        self.erasures = Erasures(store, clock, random, user_changed, changed, lease_clock=real_time)
        self.identities = Identities(store, clock, random, self.tokens, user_changed, self.erasures, teams)

    def _purge(self, settings: Settings) -> Purge:
        return Purge(
            self.store,
            self.clock,
            settings.retention_days * DAY,
            settings.event_retention_days * DAY,
            lease_clock=real_time,
            audit_retention=settings.audit_days * DAY,
            attendance_retention=settings.attendance_retention_days * DAY,
        )

    def _subscriptions(self, settings: Settings) -> Subscriptions:
        host = urlsplit(settings.public_url or "").hostname or socket.gethostname()
        return Subscriptions(self.store, self.clock, self.courier, host, to_private=_sends_to_private(settings))

    def _enforcer(self, engine: MediaEngine) -> Enforcer:
        return Enforcer(
            self.store,
            engine,
            self.clock,
            self.connections.drop,
            note=self.waiting.note,
            headcounts=self.headcounts,
            history=self.presences,
            lease_clock=real_time,
        )

    def _telephones(self, settings: Settings, audit: AuditLog | None) -> Telephones | None:
        if self.engine is None:
            return None
        return Telephones(
            self.store,
            self.engine,
            self.line,
            self.clock,
            settings.telephones.limits,
            call_limit=settings.call_limit,
            note_end=audit.note_dial_out if audit else None,
            lease_clock=real_time,
        )

    def _propagation(self) -> Propagation:
        enforcer = self.enforcer or _NoCalls()
        propagation = Propagation(self.store, enforcer, self.connections, self.followers, self.watchers)
        self.waiting.nudge = propagation.door_changed
        self.headcounts.nudge = propagation.people_counted
        return propagation

    async def refresh(self) -> None:
        """Read the keys for the first time."""
        await self.resources.refresh()
        await self.tokens.refresh()

    def figures(self) -> Iterator[tuple[str, Callable[[], Sequence[Figure]]]]:
        """Yield each part's name in the metrics and the function that returns its figures."""
        yield "database", self.store.figures
        yield "invitations", self.invitations.figures
        yield "events", self.deliverer.figures
        yield "lists", self.watchers.figures
        if self.trail is not None:
            yield "audit", self.trail.figures
        if self.enforcer is not None and self.lost_calls is not None:
            parts = (self.enforcer, self.calls, self.connections, self.lost_calls, self.waiting, self.followers)
            yield from (("calls", part.figures) for part in parts)
        if self.telephones is not None:
            yield "telephones", self.telephones.figures
        if self.line is not None:
            yield "telephones", self.line.figures

    def start(self, parts: Parts) -> None:
        """Start what runs beside the requests."""
        parts.start("the storage", self.store.wait_until_broken)
        if self.trail is not None:
            parts.start("the audit trail", self.trail.run)
        indexing, uses, declared = Indexing(self.store), self.key_uses, self.declared
        upkeep = partial(keep_up, self.resources, self.tokens, self.purge, indexing, uses, self.edges, declared)
        parts.start("the upkeep", upkeep)
        parts.start("the erasures", self.erasures.run)
        parts.start("the delivery of events", self.deliverer.run)
        if self.enforcer is not None:
            parts.start("the enforcer", self.enforcer.run)
            parts.start("the followers", self.followers.run)
        if self.lost_calls is not None:
            parts.start("the search for lost calls", self.lost_calls.run)
        if self.telephones is not None:
            parts.start("the telephones", self.telephones.run)


def _sends_to_private(settings: Settings) -> bool:
    return settings.development or settings.hooks_to_private_addresses


class _LazyCourier:
    """Sends to endpoints by a library that is loaded when there is something to send, because it needs memory."""

    def __init__(self, *, to_private: bool) -> None:
        self._to_private = to_private
        self._loaded: HttpCourier | None = None

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        if self._loaded is None:
            from openrooms.server.core.courier import HttpCourier

            self._loaded = HttpCourier(to_private=self._to_private)
        return await self._loaded.send(method, url, headers, body)

    async def aclose(self) -> None:
        if self._loaded is not None:
            await self._loaded.aclose()


def _declarations(settings: Settings, only: ResourceId) -> Mapping[ResourceId, Sequence[Declaration]]:
    found: dict[ResourceId, list[Declaration]] = {}
    for declaration in settings.subscriptions:
        found.setdefault(declaration.resource or only, []).append(declaration)
    return found


def _people(
    engine: MediaEngine | None, enforcer: Enforcer | None, presences: Presences | None, calls: Calls
) -> SimulatedPeople | None:
    if not isinstance(engine, SimulatedMedia) or enforcer is None or presences is None:
        return None
    engine.changed, engine.observed = enforcer.check_call, presences.hear
    return SimulatedPeople(engine, calls)


class _NoCalls:
    """Enforces nothing, because there are no calls."""

    def room_changed(self, resource: ResourceId, room: RoomId) -> None:
        pass

    def user_changed(self, resource: ResourceId, raw_id: RawId) -> None:
        pass

    def check_call(self, call: CallId) -> None:
        pass

    def count_again(self, call: CallId) -> None:
        pass


def _checks(settings: Settings, core: _Core, development: "Development | None") -> Checks:
    authenticator = (development.authenticator if development else Authenticator)(
        core.resources,
        core.tokens,
        core.operator_tokens,
        core.clock,
        skew=settings.clock_skew * SECOND,
        operators=core.entra or _openid_operators(settings, core),
        public_hosts=[urlsplit(settings.public_url).netloc] if settings.public_url else [],
        cookies=core.cookies,
        uses=core.key_uses,
    )
    return Checks(
        authenticator,
        Limits(settings.rates, time.monotonic),
        Proxies(settings.forwarded_allow),
        Versions(newest_for_unknown=settings.newest_for_unknown_versions),
        _development_hosts(settings) if settings.development else None,
    )


def _openid_operators(settings: Settings, core: _Core) -> openid.OpenIdOperators | None:
    if not settings.oidc:
        return None
    return openid.OpenIdOperators(settings.oidc, core.resources, core.clock, openid.fetch)


def _entra_tokens(settings: Settings) -> "EntraTokens":
    from openrooms.server.core.entra import EntraTokens

    return EntraTokens(unsigned=settings.entra_unsigned)


def _metrics(core: _Core, checks: Checks, audit: AuditLog | None) -> Metrics:
    metrics = Metrics()
    for part, figures in core.figures():
        metrics.registry.register(Figures(part, figures))
    metrics.registry.register(Figures("limits", checks.limits.figures))
    if audit is not None:
        metrics.registry.register(Figures("audit", audit.figures))
    return metrics


def _application(
    settings: Settings,
    core: _Core,
    checks: Checks,
    records: Records,
    facts: HomeFacts | None,
    development: "Development | None",
) -> Application:
    content = _content(settings, core, checks, records.audit, facts)
    if development is not None:
        content = development.extend(content, core)
    return create_app(
        content,
        checks,
        records,
        cors_origins=[LOOPBACK_ORIGINS] if settings.development else settings.cors_origins,
        is_strict=settings.tls is not None and not settings.development,
        wrap=development.wrap if development else None,
    )


def _content(
    settings: Settings, core: _Core, checks: Checks, audit: AuditLog | None, facts: HomeFacts | None
) -> Content:
    branding = read_branding(settings.branding) if settings.branding else None
    pages = Pages(
        checks.proxies, checks.limits, development=facts, branding=branding, embedding=Embedding(settings.embed_origins)
    )
    links = Links(core.resources, settings.public_url)
    return Content(
        routes=[
            *RoomHandlers(core.rooms, core.clock).routes(),
            *IdentityHandlers(core.identities).routes(),
            *ServiceHandlers(core.readiness, core.tokens, development=settings.development).routes(),
            *CallHandlers(core.calls, checks.limits).routes(),
            *EventHandlers(core.calls, core.followers).routes(),
            *VisitHandlers(core.visits, core.listing).routes(),
            *WatchHandlers(core.watchers).routes(),
            *FeedHandlers(core.feed).routes(),
            *SubscriptionHandlers(core.subscriptions, core.clock).routes(),
            *AttendanceHandlers(Attendance(core.store)).routes(),
            *InvitationHandlers(
                core.invitations,
                core.resources,
                checks.limits,
                links,
                core.clock,
                is_embeddable=bool(settings.embed_origins),
            ).routes(),
            *PlanHandlers(core.planning, links, core.clock).routes(),
            *_console_routes(settings, core),
            *_administration_routes(settings, core, checks, links),
            *AdoptionHandlers(core.adoption).routes(),
            *_notice_routes(core),
            *SecurityTxt(settings.security_txt, core.clock).routes(),
        ],
        mounts=[*_page_mounts(settings, pages), *_gate_mounts(core, checks, audit), *_entra_mounts(core)],
        home=pages,
    )


def _console_routes(settings: Settings, core: _Core) -> list[Route]:
    sign_in = SignIn(settings.oidc, core.resources, core.clock, openid.fetch, openid.post)
    return ConsoleHandlers(
        core.sessions,
        core.cookies,
        sign_in,
        core.resources,
        development=settings.development,
        has_calls=core.engine is not None,
    ).routes()


def _administration_routes(settings: Settings, core: _Core, checks: Checks, links: Links) -> list[Route]:
    key_id = AccessKey(settings.access_key).id if settings.access_key else ""
    return [
        *AuditHandlers(core.trail).routes(),
        *UserHandlers(core.store, core.erasures).routes(),
        *KeyHandlers(core.store, core.resources, core.key_uses, links, key_id).routes(),
        *OperatorTokenHandlers(core.store, core.operator_tokens).routes(),
        *StatusHandlers(core.readiness, checks.limits, settings.rates, partial(shown_settings, settings)).routes(),
    ]


def _notice_routes(core: _Core) -> list[Route]:
    if not (core.engine and core.enforcer and core.presences):
        return []
    return NoticeHandler(core.engine, core.presences.observe, core.enforcer.check_call).routes()


def _page_mounts(settings: Settings, pages: Pages) -> list[Mount]:
    mounts = [
        Mount(prefix, pages)
        for prefix in (CALL_PREFIX, INVITATION_PREFIX, CONSOLE_PREFIX, ASSETS_PREFIX, CALLING_PREFIX)
    ]
    if not settings.development:
        return mounts
    from openrooms.server.web.docs import DOCS_PREFIX, Docs

    return [*mounts, Mount(DOCS_PREFIX, Docs())]


def _gate_mounts(core: _Core, checks: Checks, audit: AuditLog | None) -> list[Mount]:
    if core.engine is None:
        return []
    from openrooms.server.web.gate import AUTHORITY_PREFIX, PREFIX, Authority, Gate

    url = core.engine.signalling_url
    gate = Gate(core.calls, core.resources, checks.proxies, checks.limits, core.connections, url, audit)
    authority = Authority(core.calls, core.resources, checks.proxies, checks.limits, audit)
    return [Mount(PREFIX, gate), Mount(AUTHORITY_PREFIX, authority)]


def _entra_mounts(core: _Core) -> list[Mount]:
    if core.entra is None:
        return []
    from openrooms.server.web.entra import PREFIXES, EntraIssuer

    issuer = EntraIssuer(core.entra)
    return [Mount(prefix, issuer) for prefix in PREFIXES]


def _development(clock: MovableClock | None) -> "Development":
    # A production service never loads it.
    from openrooms.server.development.service import Development

    return Development(clock or MovableClock())


async def _seed(development: "Development", resource: ResourceId, file: Path) -> None:
    try:
        await development.seed(resource, await asyncio.to_thread(file.read_bytes))
    except (OSError, MalformedRequest) as error:
        problems = [] if isinstance(error, OSError) else [f"{one.target}: {one.message}" for one in error.problems]
        raise CannotStart(
            f"the seed {file} cannot be used, {'; '.join(problems) or error}: "
            "give --seed a file that `openrooms state export` wrote"
        ) from error


def _home_facts(resource: Resource, endpoint: str, has_media: bool) -> HomeFacts:
    # Everyone who reaches the service can read its home page, so it shows only the public development key.
    key = resource.primary_key
    return HomeFacts(str(connection_string(endpoint, key)) if is_development_key(key) else None, has_media)


def _development_hosts(settings: Settings) -> HostNames:
    if is_loopback(settings.host):
        return HostNames(settings.host_names)
    return HostNames([*settings.host_names, socket.gethostname()], addresses=True)


def _request_log(settings: Settings) -> RequestLog | None:
    is_shown = settings.request_log and settings.log_level in {"debug", "info"}
    if not is_shown:
        return None
    return RequestLog(explains=settings.development, write=logs.line_writer(settings.log_format))


@contextlib.contextmanager
def _audit_log(settings: Settings, clock: Clock, trail: AuditTrail | None) -> Iterator[AuditLog | None]:
    streams = settings.audit_log != "off"
    if not streams and trail is None:
        yield None
        return
    try:
        path = None if settings.audit_log in {"stdout", "off"} else Path(settings.audit_log)
        audit = AuditLog(path, clock, trail, streams=streams)
    except OSError as error:
        raise CannotStart(
            f"the audit log {settings.audit_log} cannot be written: {error.strerror}; "
            "give --audit-log a file in a folder of this user's, stdout or off"
        ) from error
    with contextlib.closing(audit):
        yield audit
