"""The application in process, with SQLite, a manual clock and a signing client."""

import asyncio
import base64
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from openrooms._clock import real_time
from openrooms.domain.calls import CallId
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import HOUR, MINUTE, SECOND, Moment
from openrooms.domain.subscriptions import Answer as EndpointAnswer
from openrooms.server.core.adoption import Adoption
from openrooms.server.core.attendance import Attendance
from openrooms.server.core.audit_trail import AuditTrail
from openrooms.server.core.calls import Calls
from openrooms.server.core.erasures import Erasures
from openrooms.server.core.feed import EventFeed
from openrooms.server.core.followers import Followers
from openrooms.server.core.identities import Identities, TeamsIssuer
from openrooms.server.core.invitations import Invitations
from openrooms.server.core.key_uses import KeyUses
from openrooms.server.core.listing import Listing
from openrooms.server.core.openid import OpenIdOperators, OperatorIssuer, fetch, post
from openrooms.server.core.operators import OperatorTokens
from openrooms.server.core.planning import Planning
from openrooms.server.core.ports import Reply, Resource, Storage
from openrooms.server.core.readiness import Readiness
from openrooms.server.core.resources import Resources
from openrooms.server.core.rooms import Rooms
from openrooms.server.core.sessions import Ends, Sessions
from openrooms.server.core.signing_in import SignIn
from openrooms.server.core.subscriptions import Subscriptions
from openrooms.server.core.tokens import Tokens
from openrooms.server.core.visits import Visits
from openrooms.server.core.waiting import WaitingRooms
from openrooms.server.core.watchers import Watchers
from openrooms.server.process.settings import Settings
from openrooms.server.process.shown import shown_settings
from openrooms.server.storage.outbox import Outbox
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.server.web.administration import KeyHandlers, OperatorTokenHandlers
from openrooms.server.web.adoption import AdoptionHandlers
from openrooms.server.web.app import Checks, Content, Mount, Records, create_app
from openrooms.server.web.attendance import AttendanceHandlers
from openrooms.server.web.audit import AuditHandlers
from openrooms.server.web.auth import Authenticator
from openrooms.server.web.calls import CallHandlers
from openrooms.server.web.console import ConsoleHandlers
from openrooms.server.web.events import EventHandlers
from openrooms.server.web.feed import FeedHandlers
from openrooms.server.web.handlers import IdentityHandlers, RoomHandlers
from openrooms.server.web.health import ServiceHandlers
from openrooms.server.web.hosts import HostNames
from openrooms.server.web.invitations import InvitationHandlers, Links, PlanHandlers
from openrooms.server.web.limits import Limits
from openrooms.server.web.messages import Application
from openrooms.server.web.metrics import Metrics
from openrooms.server.web.proxies import Proxies
from openrooms.server.web.routing import Route
from openrooms.server.web.sessions import SessionCookies
from openrooms.server.web.status import StatusHandlers
from openrooms.server.web.subscriptions import SubscriptionHandlers
from openrooms.server.web.users import UserHandlers
from openrooms.server.web.versioning import Versions
from openrooms.server.web.visits import VisitHandlers
from openrooms.server.web.watching import WatchHandlers
from openrooms.wire.dates import parse_moment
from openrooms.wire.signing import AUTHORIZATION_PREFIX, AccessKey, content_hash, string_to_sign

KEY = AccessKey(base64.b64encode(b"0123456789abcdef0123456789abcdef").decode())
SECOND_KEY = AccessKey(base64.b64encode(b"fedcba9876543210fedcba9876543210").decode())
RESOURCE = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
NOW = parse_moment("2025-08-29T00:29:48Z")
DATE = "Fri, 29 Aug 2025 00:29:48 GMT"
HOST = "localhost:8443"
VERSION = "2025-03-13"


class Clock:
    """A clock that only tests advance."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Moment:
        return self.now

    def advance(self, *, days: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        self.now = Moment(self.now + round((days * 86_400 + minutes * 60 + seconds) * SECOND))


class Answer(msgspec.Struct):
    """An answer; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str] = []

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]


class World:
    """One service, and the parts of it that tests use."""

    def __init__(
        self,
        app: Application,
        storage: Storage,
        clock: Clock,
        tokens: Tokens,
        resources: Resources,
        sessions: Sessions,
    ) -> None:
        self.app = app
        self.storage = storage
        self.clock = clock
        self.tokens = tokens
        self.operator_tokens = OperatorTokens(storage, clock, tokens)
        self.resources = resources
        self.sessions = sessions

    async def send(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        peer: str = "127.0.0.1",
        pieces: int = 1,
    ) -> Answer:
        """Send a request unchanged, its body in so many pieces."""
        path, _, query = target.partition("?")
        named = {"host": HOST, **(headers or {})}
        if body:
            named.setdefault("content-length", str(len(body)))
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in named.items()],
            "scheme": "https",
            "client": (peer, 50_000),
            "server": ("127.0.0.1", 8720),
        }
        size = -(-len(body) // pieces) or 1
        parts = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
        incoming = iter(
            [{"type": "http.request", "body": part, "more_body": n < len(parts)} for n, part in enumerate(parts, 1)]
        )
        sent: list[Any] = []

        async def receive() -> Any:
            return next(incoming)

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start, content = sent
        answered = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        cookies = [value.decode("latin-1") for name, value in start["headers"] if name == b"set-cookie"]
        assert len(answered) + max(0, len(cookies) - 1) == len(start["headers"]), "a header came twice"
        return Answer(start["status"], answered, content["body"], cookies)

    async def call(
        self,
        method: str,
        target: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        version: str | None = VERSION,
        key: AccessKey = KEY,
    ) -> Answer:
        """Send a signed request; a body that is not bytes is encoded as JSON."""
        raw = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        if version is not None:
            target += f"{'&' if '?' in target else '?'}api-version={version}"
        return await self.send(method, target, raw, {**self.signed(method, target, raw, key), **(headers or {})})

    def signed(
        self, method: str, target: str, body: bytes = b"", key: AccessKey = KEY, host: str = HOST
    ) -> dict[str, str]:
        """Return the headers that sign a request now."""
        return signed(method, target, body, http_date(self.clock.now), key, host)

    async def create(self, body: object = None, **options: Any) -> Any:
        """Return the JSON of a new room."""
        answer = await self.call("POST", "/rooms", body, **options)
        assert answer.status == 201, answer.body
        return answer.json


def signed(method: str, target: str, body: bytes, date: str, key: AccessKey = KEY, host: str = HOST) -> dict[str, str]:
    """Return the headers that sign a request."""
    digest = content_hash(body)
    return {
        "host": host,
        "x-ms-date": date,
        "x-ms-content-sha256": digest,
        "authorization": AUTHORIZATION_PREFIX + key.sign(string_to_sign(method, target, date, host, digest)),
    }


def http_date(moment: Moment) -> str:
    """Return the moment in the format of signed dates."""
    return formatdate(moment / SECOND, usegmt=True)


def user(number: int = 1) -> str:
    """Return the raw id of a user who can be invited."""
    return f"8:acs:{RESOURCE}_00000029-931c-aa89-e84c-{number:012x}"


def local(link: str) -> str:
    """Return the target of an absolute link."""
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


def _without_media(storage: Storage, clock: Clock) -> Calls:
    return Calls(storage, None, None, WaitingRooms(storage, None, clock, clock), clock, call_limit=1)


def _nobody(*_: object) -> None:
    """Tell nobody of a change."""


async def _keep_nobody(_call: CallId) -> None:
    """Do nothing, since nobody is in a call."""


def _visit_routes(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    tokens: Tokens,
    resources: Resources,
    limits: Limits,
    calls: Calls,
) -> list[Route]:
    links = Links(resources, settings.public_url)
    invitations = Invitations(storage, clock, tokens, _nobody)
    planning = Planning(
        storage,
        clock,
        random.Random(1).randrange,
        created=_nobody,
        changed=_nobody,
        roster_limit=settings.roster_limit,
    )
    return [
        *VisitHandlers(Visits(storage, calls, clock, _keep_nobody, _nobody), Listing(storage, clock, clock)).routes(),
        *FeedHandlers(EventFeed(storage)).routes(),
        *SubscriptionHandlers(
            Subscriptions(storage, clock, _NoCourier(), "rooms.example", to_private=False), clock
        ).routes(),
        *AttendanceHandlers(Attendance(storage)).routes(),
        *WatchHandlers(Watchers(Listing(storage, clock, clock))).routes(),
        *InvitationHandlers(invitations, resources, limits, links, clock).routes(),
        *PlanHandlers(planning, links, clock).routes(),
        *AdoptionHandlers(Adoption(storage, clock, created=_nobody, roster_limit=settings.roster_limit)).routes(),
    ]


class _NoCourier:
    """For tests without an endpoint: sends nothing."""

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        return Reply(EndpointAnswer(0, "sends nothing in this test"))


class _Administration:
    """The parts for operators: their tokens and sessions, and what they look up."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        clock: Clock,
        tokens: Tokens,
        resources: Resources,
        erasures: Erasures,
    ) -> None:
        self.erasures = erasures
        self._settings = settings
        self._storage = storage
        self._clock = clock
        self._tokens = tokens
        self._resources = resources
        self.operator_tokens = OperatorTokens(storage, clock, tokens)
        self.uses = KeyUses(storage, clock)
        ends = Ends(settings.session_idle_minutes * MINUTE, settings.session_hours * HOUR)
        self.sessions = Sessions(storage, self.operator_tokens, resources, clock, ends)
        self.cookies = SessionCookies(self.sessions, resources, settings.public_url)

    def routes(self, issuers: Sequence[OperatorIssuer], limits: Limits, trail: AuditTrail | None) -> list[Route]:
        settings, storage, resources = self._settings, self._storage, self._resources
        sign_in = SignIn(issuers, resources, self._clock, fetch, post)
        readiness = Readiness(storage, lambda: "off", time.monotonic)
        links = Links(resources, settings.public_url)
        console = ConsoleHandlers(
            self.sessions, self.cookies, sign_in, resources, development=settings.development, has_calls=False
        )
        return [
            *ServiceHandlers(readiness, self._tokens).routes(),
            *console.routes(),
            *AuditHandlers(trail).routes(),
            *UserHandlers(storage, self.erasures).routes(),
            *KeyHandlers(storage, resources, self.uses, links).routes(),
            *OperatorTokenHandlers(storage, self.operator_tokens).routes(),
            *StatusHandlers(readiness, limits, settings.rates, partial(shown_settings, settings)).routes(),
        ]


def _rooms(settings: Settings, storage: Storage, clock: Clock, numbers: random.Random) -> Rooms:
    limit = settings.roster_limit
    return Rooms(storage, clock, numbers.randrange, _nobody, _keep_nobody, created=_nobody, roster_limit=limit)


@asynccontextmanager
async def _erasing(erasures: Erasures) -> AsyncIterator[None]:
    task = asyncio.create_task(erasures.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def world(
    folder: Path,
    *,
    settings: Settings = Settings(development=True),  # noqa: B008 - it is frozen
    teams: TeamsIssuer | None = None,
    issuers: Sequence[OperatorIssuer] = (),
    clock: Clock | None = None,
    limits: Limits | None = None,
    hosts: HostNames | None = None,
    calls: bool | Callable[[Storage, Clock], Calls] = False,
    routes: Sequence[Route] = (),
    trail: AuditTrail | None = None,
    mounts: Sequence[Mount] = (),
    records: Records | None = None,
) -> AsyncIterator[World]:
    """Run a service whose data is in the folder; with `calls` users may try to join, by default without a media engine.

    It uses only the settings of rooms, signatures, versions, proxies and origins.
    """
    clock = clock or Clock()
    storage = await SqliteStorage.open(folder / "openrooms.db", outbox=Outbox(clock))
    try:
        if not await storage.list_resources():
            await storage.add_resource(Resource(RESOURCE, None, KEY.reveal(), SECOND_KEY.reveal()))
        numbers = random.Random(0)
        tokens, resources = Tokens(storage, clock), Resources(storage)
        await tokens.refresh()
        await resources.refresh()
        erasures = Erasures(storage, clock, numbers.randrange, _nobody, _nobody, lease_clock=real_time)
        identities = Identities(storage, clock, numbers.randrange, tokens, _nobody, erasures, teams)
        use_cases = (calls if callable(calls) else _without_media)(storage, clock)
        administration = _Administration(settings, storage, clock, tokens, resources, erasures)
        authenticator = Authenticator(
            *(resources, tokens, administration.operator_tokens, clock),
            skew=settings.clock_skew * SECOND,
            operators=OpenIdOperators(issuers, resources, clock, fetch) if issuers else None,
            public_hosts=[urlsplit(settings.public_url).netloc] if settings.public_url else [],
            cookies=administration.cookies,
            uses=administration.uses,
        )
        limits = limits or Limits(None, time.monotonic)
        content = Content(
            routes=[
                *RoomHandlers(_rooms(settings, storage, clock, numbers), clock).routes(),
                *IdentityHandlers(identities).routes(),
                *(CallHandlers(use_cases, limits).routes() if calls else ()),
                *administration.routes(issuers, limits, trail),
                *_visit_routes(settings, storage, clock, tokens, resources, limits, use_cases),
                *(EventHandlers(use_cases, Followers(storage, clock, clock)).routes() if calls else ()),
                *routes,
            ],
            mounts=mounts,
        )
        versions = Versions(newest_for_unknown=settings.newest_for_unknown_versions)
        checks = Checks(authenticator, limits, Proxies(settings.forwarded_allow), versions, hosts)
        app = create_app(content, checks, records or Records(Metrics()), cors_origins=settings.cors_origins)
        async with _erasing(erasures):
            yield World(app, storage, clock, tokens, resources, administration.sessions)
    finally:
        await storage.close()
