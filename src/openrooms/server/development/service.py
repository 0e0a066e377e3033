"""A service for development: the application, with its clock, its faults and its record of requests."""

from email.utils import formatdate
from functools import partial

import msgspec

from openrooms._clock import MovableClock
from openrooms.domain.moments import SECOND
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.core.purge import Purge
from openrooms.server.development.authentication import DevelopmentAuthenticator
from openrooms.server.development.handlers import ClockHandlers, RequestHandlers
from openrooms.server.development.journal import Journal
from openrooms.server.development.moves import Moves
from openrooms.server.web.app import App, Content
from openrooms.server.web.messages import Receive, Request, Response, Scope, Send
from openrooms.wire.dates import parse_header_date

_FIRST_SENT = b"repeatability-first-sent"


class Development:
    """The parts that only a development service has."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.journal = Journal()
        self.authenticator = partial(DevelopmentAuthenticator, movable=clock)
        self._moves: Moves | None = None

    def extend(self, content: Content, enforcer: Enforcer | None, purge: Purge) -> Content:
        """Return the content with the routes under `/openrooms/dev`."""
        self._moves = Moves(enforcer, purge)
        routes = [*ClockHandlers(self.clock, self._moves).routes(), *RequestHandlers(self.journal).routes()]
        return msgspec.structs.replace(content, routes=[*content.routes, *routes])

    async def settle(self) -> None:
        """Do at once what a moved clock decides."""
        if self._moves is not None:
            await self._moves.settle()

    def wrap(self, application: App) -> "DevelopmentService":
        """Return the application as clients of a development service reach it."""
        return DevelopmentService(application, self.clock)


class DevelopmentService:
    """The application behind a clock that its clients do not know."""

    def __init__(self, application: App, clock: MovableClock) -> None:
        self._application = application
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application(scope, receive, send)

    def takes(self, request: Request) -> bool:
        """Return whether the application answers the request."""
        return self._application.takes(request)

    async def answer(self, request: Request, receive: Receive) -> Response | None:
        """Return the application's answer."""
        if _FIRST_SENT in request.headers and self._clock.is_moved:
            self._move_first_sent(request)
        return await self._application.answer(request, receive)

    def _move_first_sent(self, request: Request) -> None:
        """Change the date, which a client reads from the machine's clock, as the service's clock was moved."""
        sent = parse_header_date(request.headers[_FIRST_SENT])
        if sent is not None:
            moved = (sent + self._clock.offset) // SECOND
            request.headers[_FIRST_SENT] = formatdate(moved, usegmt=True).encode("ascii")
