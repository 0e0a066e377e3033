"""Signing in to the console and out of it, over HTTP.

https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
"""

import contextlib

import msgspec

from openrooms.domain import sessions
from openrooms.domain.errors import LinkRefused, NoOperatorRole, NotAllowed, NotAuthenticated, SignInFailed
from openrooms.domain.identities import ResourceId
from openrooms.domain.operators import OperatorRole
from openrooms.domain.sessions import Session
from openrooms.server.core.resources import Resources, tenant_of
from openrooms.server.core.sessions import Begun, Sessions
from openrooms.server.core.signing_in import Answer, SignIn, new_attempt
from openrooms.server.web.hosts import HostNames
from openrooms.server.web.messages import CREATED, NO_CONTENT, OK, UNCACHED, UNCACHED_JSON, Caller, Request, Response
from openrooms.server.web.routing import Route
from openrooms.server.web.sessions import SessionCookies
from openrooms.wire import operations
from openrooms.wire.connection_string import is_loopback
from openrooms.wire.console import (
    CALLBACK_PATH,
    BeginBody,
    BegunModel,
    SessionModel,
    SessionResourceModel,
    SignInBody,
    WayList,
    WayModel,
)
from openrooms.wire.dates import format_moment
from openrooms.wire.models import strict_decoder

_DEVELOPER = "development"
# The body is read before the caller is known; the codes of some issuers are long.
_BODY_LIMIT = 16 * 1024
_FORWARDING = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"via"})
_THIS_MACHINE = HostNames()

_read_begin = strict_decoder(BeginBody)
_read_sign_in = strict_decoder(SignInBody)
_encode = msgspec.json.Encoder().encode


class ConsoleHandlers:
    """The operations under `/openrooms/console` by which people sign in and out.

    In `development`, a browser on this machine signs in without a link and without an issuer. `has_calls` is whether
    rooms have calls.
    """

    def __init__(
        self,
        sessions: Sessions,
        cookies: SessionCookies,
        sign_in: SignIn,
        resources: Resources,
        *,
        development: bool,
        has_calls: bool,
    ) -> None:
        self._sessions = sessions
        self._cookies = cookies
        self._sign_in = sign_in
        self._resources = resources
        self._development = development
        self._has_calls = has_calls

    def routes(self) -> list[Route]:
        """Return the routes of signing in."""
        return [
            Route(operations.LIST_WAYS, self.list_ways),
            Route(operations.BEGIN_SIGN_IN, self.begin, body_limit=_BODY_LIMIT),
            Route(operations.SIGN_IN, self.sign_in, body_limit=_BODY_LIMIT),
            Route(operations.GET_SESSION, self.get),
            Route(operations.SIGN_OUT, self.sign_out),
        ]

    async def list_ways(self, request: Request) -> Response:
        tenant = self._resources.find(request.host)
        issuers = self._sign_in.ways(tenant.id) if tenant is not None else []
        ways = [WayModel("openid", way.id, way.title) for way in issuers]
        ways.append(WayModel("link"))
        if self._is_developer(request):
            ways.append(WayModel("development"))
        return Response(OK, _encode(WayList(ways)), UNCACHED_JSON)

    async def begin(self, request: Request) -> Response:
        self._cookies.check_origin(request)
        way, attempt = _read_begin(request.body or b"{}").way, new_attempt()
        url = await self._sign_in.begin(way, attempt, self._redirect_uri(request))
        return Response(
            OK, _encode(BegunModel(url)), UNCACHED_JSON, (self._cookies.give_attempt(request, way, attempt),)
        )

    async def sign_in(self, request: Request) -> Response:
        self._cookies.check_origin(request)
        body = _read_sign_in(request.body or b"{}")
        begun = await self._begun(request, body)
        await self._end_former(request)
        model = await self._model(request, begun.session)
        request.caller = Caller(ResourceId(model.resource), model.subject)
        own = (self._cookies.give(request, begun), self._cookies.take_attempt(request))
        return Response(CREATED, _encode(model), UNCACHED_JSON, own)

    async def get(self, request: Request) -> Response:
        session = await self._cookies.session(request)
        return Response(OK, _encode(await self._model(request, session)), UNCACHED_JSON)

    async def sign_out(self, request: Request) -> Response:
        self._cookies.check_origin(request)
        await self._end_former(request)
        return Response(NO_CONTENT, b"", (UNCACHED,), (self._cookies.take(request),))

    async def _begun(self, request: Request, body: SignInBody) -> Begun:
        if body.secret:
            return await self._exchange(request, body.secret)
        if body.code or body.state:
            return await self._redeem(request, Answer(body.code, body.state, body.iss))
        if self._is_developer(request):
            grants = [(tenant_of(resource), OperatorRole.CONTRIBUTOR) for resource in self._resources.all]
            return await self._sessions.begin(grants, _DEVELOPER, "")
        raise SignInFailed("sign-in: there is neither the secret of a link nor the code of an issuer")

    async def _exchange(self, request: Request, secret: str) -> Begun:
        try:
            return await self._sessions.exchange(secret)
        except LinkRefused as error:
            self._note(request, error.caller)
            raise

    async def _redeem(self, request: Request, answer: Answer) -> Begun:
        way, attempt = self._cookies.attempt(request)
        if not attempt:
            raise SignInFailed("sign-in: this browser has not begun to sign in, or too long ago")
        try:
            identified = await self._sign_in.finish(way, attempt, self._redirect_uri(request), answer)
        except NoOperatorRole as error:
            self._note(request, error.subject)
            raise
        return await self._sessions.begin(identified.grants, identified.subject, identified.label)

    async def _end_former(self, request: Request) -> None:
        """End the session that the browser has, if it has one."""
        with contextlib.suppress(NotAuthenticated):
            session = await self._cookies.session(request)
            request.caller = await self._cookies.holder(session)
            await self._sessions.end(session)

    def _note(self, request: Request, caller: str) -> None:
        """Have the audit trail name the person who was refused."""
        tenant = self._resources.find(request.host)
        if caller and tenant is not None:
            request.caller = Caller(tenant.id, caller, may_write=False)

    async def _model(self, request: Request, session: Session) -> SessionModel:
        operators = await self._sessions.operators(session)
        hosts = {resource.id: resource.host or "" for resource in self._resources.all}
        try:
            resource = self._cookies.resource(request, session)
        except NotAllowed:
            resource = next(iter(operators))
        return SessionModel(
            session.id,
            next(iter(operators.values())).name,
            session.label,
            resource if resource in operators else next(iter(operators)),
            [SessionResourceModel(one, hosts.get(one, ""), operator.role) for one, operator in operators.items()],
            format_moment(sessions.idle_end(session, self._sessions.ends.idle)),
            format_moment(session.expires_at),
            self._development,
            self._has_calls,
        )

    def _redirect_uri(self, request: Request) -> str:
        return f"{self._cookies.origin(request)}{CALLBACK_PATH}"

    def _is_developer(self, request: Request) -> bool:
        """Return whether the request comes to a development service from its own machine, not through a proxy."""
        return (
            self._development
            and is_loopback(request.peer)
            and _THIS_MACHINE.knows(request.received_host)
            and _FORWARDING.isdisjoint(request.headers)
        )
