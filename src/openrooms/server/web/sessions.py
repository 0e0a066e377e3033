"""Requests of the console, which a cookie identifies.

A page of another site must not use the cookie. Browsers send it only from pages of the same site (`SameSite=Strict`),
and a request that changes something needs this service's own origin in `Origin` and a header that other origins may
not set without asking. `SameSite` alone is not enough, because it ignores ports and takes all hosts of a domain as one.
https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from urllib.parse import urlsplit

from openrooms.domain.errors import NotAllowed, NotAuthenticated
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND
from openrooms.domain.operators import OperatorRole
from openrooms.domain.sessions import Session
from openrooms.server.core.resources import Resources
from openrooms.server.core.sessions import Begun, Sessions
from openrooms.server.web.cookies import read_cookie, set_cookie
from openrooms.server.web.messages import Caller, Header, Request
from openrooms.wire.console import BACKGROUND, CONSOLE_HEADER, RESOURCE_HEADER

_SESSION = b"openrooms-console"
_ATTEMPT = b"openrooms-sign-in"
_HEADER = CONSOLE_HEADER.encode("ascii")
_BACKGROUND = BACKGROUND.encode("ascii")
_RESOURCE = RESOURCE_HEADER.encode("ascii")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({b"same-origin", b"none"})
_ATTEMPT_SECONDS = 10 * 60
_LONGEST_SECRET = 128


class SessionCookies:
    """Identifies the callers of the console's requests, and gives browsers their cookies."""

    def __init__(self, sessions: Sessions, resources: Resources, public_url: str | None = None) -> None:
        self._sessions = sessions
        self._resources = resources
        self._public_url = (public_url or "").rstrip("/")
        self._public_host = urlsplit(self._public_url).netloc.encode("ascii")

    def origin(self, request: Request) -> str:
        """Return the origin of this service as the browser sees it; raise `HttpError` if the host is invalid."""
        return self._public_url if self._public_host == request.host else request.base_url

    def are_sent(self, request: Request) -> bool:
        """Return whether the request has the cookie of a session."""
        return b"cookie" in request.headers and bool(read_cookie(request, self._name(request, _SESSION)))

    async def session(self, request: Request) -> Session:
        """Return the session of a request; raise `NotAuthenticated`."""
        secret = read_cookie(request, self._name(request, _SESSION))
        if not secret or len(secret) > _LONGEST_SECRET:
            raise NotAuthenticated("session: there is no cookie")
        tenant = self._resources.find(request.host)
        return await self._sessions.find(secret.decode("latin-1"), None if tenant is None else tenant.id)

    async def identify(self, request: Request) -> Caller:
        """Return the caller of a request that has a session; raise `NotAuthenticated` or `NotAllowed`."""
        resource: ResourceId | None = None
        try:
            session = await self.session(request)
            try:
                resource = self.resource(request, session)
            except NotAllowed:
                # The audit trail names who was refused.
                request.caller = await self.holder(session)
                raise
            operator = await self._sessions.operator(session, resource)
        except NotAuthenticated as error:
            if error.caller:
                tenant = self._resources.find(request.host)
                where = resource or (None if tenant is None else tenant.id)
                request.caller = Caller(where, error.caller, may_write=False) if where else request.caller
            raise
        request.caller = Caller(resource, operator.name, operator.role is OperatorRole.CONTRIBUTOR)
        self.check_origin(request)
        if request.headers.get(_HEADER) != _BACKGROUND:
            await self._sessions.use(session)
        return request.caller

    async def holder(self, session: Session) -> Caller:
        """Return the session's holder in the first of its resources where they are an operator.

        Raise `NotAuthenticated` if there is none.
        """
        resource, operator = next(iter((await self._sessions.operators(session)).items()))
        return Caller(resource, operator.name, operator.role is OperatorRole.CONTRIBUTOR)

    def resource(self, request: Request, session: Session) -> ResourceId:
        """Return the resource that the request is about; raise `NotAllowed` if the session does not cover it."""
        named = request.headers.get(_RESOURCE)
        tenant = self._resources.find(request.host)
        wanted = named.decode("latin-1") if named is not None else tenant.id if tenant is not None else ""
        for resource in session.resources:
            if resource == wanted:
                return resource
        raise NotAllowed(f"This session is for other resources; choose one of them by the header {RESOURCE_HEADER}.")

    def check_origin(self, request: Request) -> None:
        """Raise `NotAllowed` unless the request comes from a page of this service."""
        if request.headers.get(b"sec-fetch-site", b"none") not in _OWN_SITES:
            raise NotAllowed("The console answers only its own pages.")
        if request.method in _READING:
            return
        if _HEADER not in request.headers:
            raise NotAllowed(f"A request of the console that changes something needs the header {CONSOLE_HEADER}.")
        origin, own = request.headers.get(b"origin", b"").decode("latin-1"), self.origin(request)
        if origin != own:
            raise NotAllowed(
                f"The console at {own} answers only its own pages. If this is its page, name the proxy in front with "
                "--forwarded-allow, or the address with --public-url."
            )

    def give(self, request: Request, begun: Begun) -> Header:
        """Return the header that gives the browser the session."""
        session = begun.session
        seconds = (session.expires_at - session.created_at) // SECOND
        return self._set(request, _SESSION, begun.secret, seconds)

    def take(self, request: Request) -> Header:
        """Return the header that removes the session's cookie from the browser."""
        return self._set(request, _SESSION, "", 0)

    def give_attempt(self, request: Request, way: str, attempt: str) -> Header:
        """Return the header that gives the browser the secret of an attempt to sign in."""
        return self._set(request, _ATTEMPT, f"{way}.{attempt}", _ATTEMPT_SECONDS)

    def attempt(self, request: Request) -> tuple[str, str]:
        """Return the way by which the browser signs in, and its secret; both empty if it has not begun."""
        way, _, attempt = read_cookie(request, self._name(request, _ATTEMPT)).decode("latin-1").partition(".")
        return way, attempt

    def take_attempt(self, request: Request) -> Header:
        """Return the header that removes the cookie of an attempt to sign in."""
        return self._set(request, _ATTEMPT, "", 0)

    def _set(self, request: Request, name: bytes, value: str, seconds: int) -> Header:
        is_secure = self._is_secure(request)
        named = self._name(request, name)
        return set_cookie(named, value.encode("latin-1"), path=b"/", seconds=seconds, is_secure=is_secure)

    def _name(self, request: Request, name: bytes) -> bytes:
        if self._is_secure(request):
            # Browsers take this prefix only from the host itself, over TLS and for all paths.
            return b"__Host-" + name
        # Cookies ignore ports, and several development services may run on one machine.
        port = request.host.rpartition(b":")[2]
        return b"%b-%b" % (name, port) if port.isdigit() else name

    def _is_secure(self, request: Request) -> bool:
        if self._public_host == request.host:
            return self._public_url.startswith("https:")
        return request.scheme == "https"
