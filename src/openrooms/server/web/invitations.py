"""Invitations over HTTP, and planning whole visits: each handler decodes, calls one use case and encodes."""

import asyncio
import re
from collections.abc import Sequence
from hmac import compare_digest
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET

from openrooms.domain import invitations
from openrooms.domain.errors import (
    BrowserNotConfirmed,
    InvalidRequest,
    InvitationBound,
    InvitationNotFound,
    InvitationUnknown,
    InvitationWithdrawn,
)
from openrooms.domain.identities import ResourceId
from openrooms.domain.invitations import Browser, Invitation, InvitationId, Invited
from openrooms.domain.moments import Moment
from openrooms.server.core import calendars
from openrooms.server.core.calendars import Entry
from openrooms.server.core.invitations import Exchanged, Invitations, new_browser_key
from openrooms.server.core.planning import Planned, PlannedPerson, Planning
from openrooms.server.core.ports import Clock
from openrooms.server.core.resources import Resources
from openrooms.server.web import paging
from openrooms.server.web.cookies import read_cookie
from openrooms.server.web.hosts import name_of
from openrooms.server.web.limits import FAILURE, Limits
from openrooms.server.web.messages import (
    CREATED,
    NO_CONTENT,
    OK,
    UNCACHED,
    UNCACHED_JSON,
    Caller,
    Header,
    Request,
    Response,
)
from openrooms.server.web.repeatability import ACCEPTED, read_once
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.connection_string import is_loopback
from openrooms.wire.dates import format_moment
from openrooms.wire.invitations import (
    PAGE_PATH,
    SECRET_HEADER,
    AddedPeopleBody,
    AddedPeopleModel,
    ExchangeBody,
    ExchangedModel,
    InvitationBody,
    InvitationModel,
    InvitationPage,
    LinkModel,
    PlanBody,
    PlannedModel,
    PlannedPersonModel,
    planned_options,
    planned_people,
    planned_room,
)
from openrooms.wire.models import strict_decoder
from openrooms.wire.operations import EXCHANGE_INVITATION

_CALENDAR_TYPE = b"text/calendar"
_CALENDAR: tuple[Header, ...] = (
    (b"content-type", b"text/calendar; charset=utf-8; method=PUBLISH"),
    (b"content-disposition", b'attachment; filename="visit.ics"'),
    UNCACHED,
)
_NO_BODY = b"{}"
_NO_ADDRESS = (
    "This service knows no address of the resource for links: open the console at an address of the resource, or set "
    "--public-url to one."
)
# The body is read before the caller is known.
_EXCHANGE_LIMIT = 4096
# The most that browsers keep a cookie; a room can end 360 days from now.
_COOKIE_SECONDS = 400 * 24 * 60 * 60
_COOKIE_KEY = re.compile(rb"[\w-]{22}", re.ASCII)

_read_invitation = strict_decoder(InvitationBody)
_read_exchange = strict_decoder(ExchangeBody)
_read_plan = strict_decoder(PlanBody)
_read_people = strict_decoder(AddedPeopleBody)
_encode = msgspec.json.Encoder().encode


class Links:
    """Makes the links of invitations.

    They begin with an address of the caller's resource: `public_url`, otherwise the address that the caller used, or
    the host of the resource if a session of the console has chosen another one than that address belongs to.
    """

    def __init__(self, resources: Resources, public_url: str | None = None) -> None:
        self._resources = resources
        self._public_url = (public_url or "").rstrip("/")
        self._public_host = urlsplit(self._public_url).netloc.encode("ascii")

    def base_url(self, request: Request) -> str:
        """Return the address with which links begin.

        Raise `HttpError` if the host is invalid, or `InvalidRequest` if no address of the resource is known.
        """
        resource = request.caller.resource
        if self._public_url and self._belongs(self._public_host, resource):
            return self._public_url
        used = request.base_url
        if self._belongs(request.host, resource):
            return used
        name = next((kept.host for kept in self._resources.all if kept.id == resource), None)
        if name is None:
            raise InvalidRequest(_NO_ADDRESS)
        port = request.host.rpartition(b":")[2].decode("ascii")
        return f"{request.scheme}://{name}{f':{port}' if port.isdigit() else ''}"

    def link(self, request: Request, secret: str) -> str:
        """Return the link that ends in this secret."""
        return f"{self.base_url(request)}{PAGE_PATH}#{secret}"

    def _belongs(self, host: bytes, resource: ResourceId) -> bool:
        tenant = self._resources.find(host)
        return tenant is not None and tenant.id == resource


class InvitationHandlers:
    """The operations on invitations, under `/openrooms/rooms/{roomId}/invitations`, and their exchange."""

    def __init__(
        self,
        invitations: Invitations,
        resources: Resources,
        limits: Limits,
        links: Links,
        clock: Clock,
        *,
        is_embeddable: bool = False,
    ) -> None:
        self._is_embeddable = is_embeddable
        self._invitations = invitations
        self._resources = resources
        self._limits = limits
        self._links = links
        self._clock = clock

    def routes(self) -> list[Route]:
        """Return the routes of invitations."""
        return [
            Route(operations.CREATE_INVITATION, self.create),
            Route(operations.LIST_INVITATIONS, self.list),
            Route(operations.GET_INVITATION, self.get),
            Route(operations.REVOKE_INVITATION, self.revoke),
            Route(operations.GET_CALENDAR, self.get_calendar),
            Route(EXCHANGE_INVITATION, self.exchange, body_limit=_EXCHANGE_LIMIT),
        ]

    async def create(self, request: Request) -> Response:
        body = _read_invitation(request.body or _NO_BODY)
        resource, room_id = request.caller.resource, request.names[0]
        request.made = body.raw_id
        # Raises before anything is kept, because nobody can ask for the link later.
        self._links.base_url(request)
        link = await self._invitations.create(
            resource,
            room_id,
            body.raw_id,
            bind_to_first_browser=body.bind_to_first_browser,
            keep_others=body.keep_others,
        )
        if _wants_calendar(request):
            invited = await self._invitations.get(resource, room_id, link.invitation.id)
            return await self._calendar(request, invited, link.secret, CREATED)
        model = _model(link.invitation)
        model.url = self._links.link(request, link.secret)
        return Response(CREATED, _encode(model), UNCACHED_JSON)

    async def list(self, request: Request) -> Response:
        token = request.query.one("nextLink")
        start = None if token is None else paging.parse_invitation_token(token)
        page = await self._invitations.list(request.caller.resource, request.names[0], start)
        link = UNSET if page.next is None else _next_link(request, paging.invitation_token(page.next))
        return Response(OK, _encode(InvitationPage(list(map(_model, page.invitations)), link)), UNCACHED_JSON)

    async def get(self, request: Request) -> Response:
        invited = await self._invitations.get(request.caller.resource, *request.names)
        return Response(OK, _encode(_model(invited.invitation)), UNCACHED_JSON)

    async def revoke(self, request: Request) -> Response:
        revoked = await self._invitations.revoke(request.caller.resource, *request.names)
        request.made = revoked.raw_id
        return Response(NO_CONTENT)

    async def get_calendar(self, request: Request) -> Response:
        invited = await self._invitations.get(request.caller.resource, *request.names)
        person = request.caller.person
        if person is not None and person.user.raw_id != invited.invitation.raw_id:
            raise InvitationNotFound
        secret = request.headers.get(SECRET_HEADER.encode("ascii"), b"").decode("latin-1")
        if secret and not _belongs(secret, invited.invitation):
            raise InvalidRequest(f"The {SECRET_HEADER} is not that of this invitation.")
        return await self._calendar(request, invited, secret, OK)

    async def exchange(self, request: Request) -> Response:
        body = _read_exchange(request.body or _NO_BODY)
        tenant = self._resources.find(request.host)
        if tenant is None:
            raise InvitationUnknown
        invited = await self._invitations.find(tenant.id, body.secret)
        invitation = invited.invitation
        request.caller = Caller(tenant.id, invitation.raw_id, may_write=False)
        request.room = invitation.room_id
        browser = Browser(_cookie_key(request, invitation.id) or new_browser_key(), body.confirm_browser)
        cookie = _cookie(request, invitation.id, browser.key, is_embeddable=self._is_embeddable)
        try:
            self._check(request, invited, browser)
            exchanged = await self._invitations.exchange(tenant.id, invited, browser)
        except BrowserNotConfirmed:
            # The browser has the key before it confirms, so it can repeat a confirmation whose answer was lost.
            request.own = (cookie,)
            raise
        own = (cookie,) if exchanged.is_newly_bound else ()
        return Response(OK, _encode(_exchanged(exchanged)), UNCACHED_JSON, own)

    def _check(self, request: Request, invited: Invited, browser: Browser) -> None:
        try:
            self._invitations.check(invited, browser)
        except (InvitationBound, InvitationWithdrawn):
            # The link may be in the wrong hands, and must not use up the limit of the person whom it is for.
            self._limits.count_address(request.peer, FAILURE)
            raise
        self._limits.count_person(request.caller.resource, invited.invitation.raw_id)

    async def _calendar(self, request: Request, invited: Invited, secret: str, status: int) -> Response:
        room = invited.standing.room
        if room is None:
            raise InvitationNotFound
        link = self._links.link(request, secret) if secret else ""
        entry = Entry(room, invited.moves, invited.invitation.raw_id, link)
        return await _calendar_of(request, self._links, [entry], self._clock(), status)


class PlanHandlers:
    """The operations that plan whole visits, and add people to them."""

    def __init__(self, planning: Planning, links: Links, clock: Clock) -> None:
        self._planning = planning
        self._links = links
        self._clock = clock

    def routes(self) -> list[Route]:
        """Return the routes of planning."""
        return [Route(operations.CREATE_VISIT, self.create), Route(operations.ADD_PEOPLE, self.add_people)]

    async def create(self, request: Request) -> Response:
        once = read_once(request, self._clock)
        body = _read_plan(request.body or _NO_BODY)
        change, options = planned_room(body), planned_options(body)
        people = planned_people(body.participants, bind_to_first_browser=body.bind_to_first_browser)
        # Raises before anything is kept, because nobody can ask for the links later.
        self._links.base_url(request)
        planned = await self._planning.plan(request.caller.resource, change, options, people, once)
        request.room = planned.room.id
        if _wants_calendar(request):
            # A new visit has not moved yet.
            entries = [
                Entry(planned.room, 0, person.raw_id, self._link(request, person), person.display_name)
                for person in planned.people
            ]
            response = await _calendar_of(request, self._links, entries, self._clock(), CREATED)
            return msgspec.structs.replace(response, headers=(*response.headers, ACCEPTED))
        return Response(CREATED, _encode(self._planned(request, planned)), (*UNCACHED_JSON, ACCEPTED))

    async def add_people(self, request: Request) -> Response:
        once = read_once(request, self._clock)
        people = planned_people(_read_people(request.body or _NO_BODY).participants)
        # As above.
        self._links.base_url(request)
        added = await self._planning.add_people(request.caller.resource, request.names[0], people, once)
        model = AddedPeopleModel([self._person(request, person) for person in added])
        return Response(CREATED, _encode(model), (*UNCACHED_JSON, ACCEPTED))

    def _planned(self, request: Request, planned: Planned) -> PlannedModel:
        room, options = planned.room, planned.room.options
        return PlannedModel(
            room.id,
            format_moment(room.created_at),
            options.title,
            format_moment(room.valid_from),
            format_moment(room.valid_until),
            room.pstn_dial_out_enabled,
            options.waiting_room,
            options.starts_with,
            options.extend_by,
            [self._person(request, person) for person in planned.people],
        )

    def _person(self, request: Request, person: PlannedPerson) -> PlannedPersonModel:
        link = LinkModel(person.link.invitation.id, self._link(request, person))
        return PlannedPersonModel(person.raw_id, person.role, person.display_name, link)

    def _link(self, request: Request, person: PlannedPerson) -> str:
        return self._links.link(request, person.link.secret)


async def _calendar_of(request: Request, links: Links, entries: Sequence[Entry], now: Moment, status: int) -> Response:
    # In a thread, because loading the library and rendering many entries take their time.
    body = await asyncio.to_thread(calendars.render, request.caller.resource, links.base_url(request), entries, now)
    return Response(status, body, _CALENDAR)


def _wants_calendar(request: Request) -> bool:
    return _CALENDAR_TYPE in request.headers.get(b"accept", b"")


def _belongs(secret: str, invitation: Invitation) -> bool:
    try:
        return compare_digest(invitations.secret_hash(secret), invitation.secret_hash)
    except InvitationUnknown:
        return False


def _cookie_name(invitation_id: InvitationId) -> bytes:
    return b"openrooms-invitation-" + invitation_id.encode("ascii")


def _cookie_key(request: Request, invitation_id: InvitationId) -> str:
    """Return the browser's key for an invitation, empty if it has none."""
    value = read_cookie(request, _cookie_name(invitation_id))
    return value.decode("ascii") if _COOKIE_KEY.fullmatch(value) else ""


def _cookie(request: Request, invitation_id: InvitationId, key: str, *, is_embeddable: bool) -> Header:
    """Return the header that gives a browser its key: only for the exchange, and for no script.

    In a frame of another site's page, browsers take a cookie only if it is partitioned: it then exists for the call
    page in pages of that site alone. https://developer.mozilla.org/docs/Web/Privacy/Guides/Privacy_sandbox/Partitioned_cookies
    """
    is_secure = request.scheme == "https" or (is_embeddable and is_loopback(name_of(request.host)))
    site = b"None; Partitioned" if is_embeddable and is_secure else b"Strict"
    secure = b"; Secure" if is_secure else b""
    path = EXCHANGE_INVITATION.path.encode("ascii")
    value = b"%b=%b; Path=%b; Max-Age=%d; HttpOnly; SameSite=%b%b"
    name = _cookie_name(invitation_id)
    return b"set-cookie", value % (name, key.encode("ascii"), path, _COOKIE_SECONDS, site, secure)


def _model(invitation: Invitation) -> InvitationModel:
    return InvitationModel(
        invitation.id,
        invitation.raw_id,
        format_moment(invitation.created_at),
        invitation.bind_to_first_browser,
        last_used_at=UNSET if invitation.last_used_at is None else format_moment(invitation.last_used_at),
        bound_at=UNSET if invitation.bound_at is None else format_moment(invitation.bound_at),
    )


def _exchanged(exchanged: Exchanged) -> ExchangedModel:
    room = exchanged.room
    return ExchangedModel(
        room.id,
        exchanged.token,
        format_moment(exchanged.expires),
        exchanged.invitation.raw_id,
        exchanged.role,
        exchanged.display_name,
        room.options.title,
        format_moment(room.valid_from),
        format_moment(room.valid_until),
        exchanged.invitation.id,
    )


def _next_link(request: Request, token: str) -> str:
    return f"{request.base_url}/openrooms/rooms/{request.names[0]}/invitations?nextLink={token}"
