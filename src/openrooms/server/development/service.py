"""A service for development: the application, with its clock, its faults and its record of requests."""

import asyncio
import time
from collections.abc import Coroutine, Iterator
from email.utils import formatdate
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

import msgspec

from openrooms._clock import MovableClock, real_time
from openrooms.domain.errors import InvalidRequest, NotAuthenticated, OpenRoomsError, RoomNotFound
from openrooms.domain.faults import Away, Cut, Effect, Traits
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND
from openrooms.server.core.calls import Calls
from openrooms.server.core.declared import DeclaredSubscriptions
from openrooms.server.core.edges import Edges
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.core.feed import EventFeed
from openrooms.server.core.identities import Identities
from openrooms.server.core.ports import Courier, MediaEngine, Storage
from openrooms.server.core.purge import Purge
from openrooms.server.core.resources import Resources
from openrooms.server.core.rooms import Rooms
from openrooms.server.core.watchers import Watchers
from openrooms.server.development.authentication import DevelopmentAuthenticator
from openrooms.server.development.delivery import Delivery
from openrooms.server.development.endpoints import FaultyCourier
from openrooms.server.development.events import SampleHandlers
from openrooms.server.development.faults import Fault, Faults, Meeting, meeting
from openrooms.server.development.guard import guarded
from openrooms.server.development.handlers import ClockHandlers, FaultHandlers, RequestHandlers, StateHandlers
from openrooms.server.development.journal import Journal
from openrooms.server.development.moves import Moves
from openrooms.server.development.people import PeopleHandlers
from openrooms.server.development.state import State
from openrooms.server.media.people import SimulatedPeople
from openrooms.server.web.app import UNKNOWN, App, Content
from openrooms.server.web.messages import Header, HttpError, Receive, Request, Response, Scope, Send
from openrooms.wire.dates import parse_header_date
from openrooms.wire.development import FAULT_HEADER
from openrooms.wire.operations import Family

_FIRST_SENT = b"repeatability-first-sent"
_FAULT = FAULT_HEADER.encode("ascii")
_NO_ANSWER = Response(0)
_WORDED: dict[HTTPStatus, type[OpenRoomsError]] = {
    HTTPStatus.UNAUTHORIZED: NotAuthenticated,
    HTTPStatus.NOT_FOUND: RoomNotFound,
}
"""Errors that the service itself has, with Azure's words."""

Engine = TypeVar("Engine", bound=MediaEngine)


class Core(Protocol):
    """The use cases that a development service adds to."""

    store: Storage
    resources: Resources
    enforcer: Enforcer | None
    purge: Purge
    watchers: Watchers
    edges: Edges
    declared: DeclaredSubscriptions
    feed: EventFeed
    calls: Calls
    rooms: Rooms
    identities: Identities
    people: SimulatedPeople | None


class Development:
    """The parts that only a development service has."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.journal = Journal()
        self.faults = Faults(clock.now)
        self.authenticator = partial(DevelopmentAuthenticator, movable=clock, faults=self.faults)
        self.resources: Resources | None = None
        self._moves: Moves | None = None
        self._state: State | None = None

    def storage(self, store: Storage) -> Storage:
        """Return the storage, which does not answer while a fault says so."""
        return guarded(store, Storage, partial(self.faults.check_away, Away.DATABASE))

    def engine(self, engine: Engine) -> Engine:
        """Return the media engine, which does not answer while a fault says so."""
        return guarded(engine, MediaEngine, partial(self.faults.check_away, Away.LIVEKIT))

    def courier(self, courier: Courier) -> Courier:
        """Return the courier, which does not reach an endpoint while a fault says so."""
        return FaultyCourier(courier, self.faults)

    def extend(self, content: Content, core: Core) -> Content:
        """Return the content with the routes under `/openrooms/dev`."""
        self.resources = core.resources
        self._moves = Moves(core.enforcer, core.purge, core.watchers, core.edges, core.feed)
        self._state = State(core.store)
        routes = [
            *ClockHandlers(self.clock, self._moves).routes(),
            *RequestHandlers(self.journal).routes(),
            *FaultHandlers(self.faults).routes(),
            *StateHandlers(self._state, self._moves, self._forget, core.declared).routes(),
            *SampleHandlers(core.store, core.rooms, self.clock).routes(),
            *PeopleHandlers(core.people, core.calls, core.rooms, core.identities, self.clock).routes(),
        ]
        return msgspec.structs.replace(content, routes=[*content.routes, *routes])

    async def seed(self, resource: ResourceId, document: bytes) -> None:
        """Replace everything of the resource by an exported document; raise `MalformedRequest`."""
        if self._state is not None:
            await self._state.replace(resource, document)

    async def settle(self) -> None:
        """Do at once what a moved clock decides."""
        if self._moves is not None:
            await self._moves.settle()

    def _forget(self) -> None:
        self.clock.reset()
        self.faults.clear()
        self.journal.clear()

    def wrap(self, application: App) -> "DevelopmentService":
        """Return the application as clients of a development service reach it."""
        return DevelopmentService(application, self)


class DevelopmentService:
    """The application behind faults, and behind a clock that its clients do not know."""

    def __init__(self, application: App, development: Development) -> None:
        self._application = application
        self._clock = development.clock
        self._faults = development.faults
        self._journal = development.journal
        self._resources = development.resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application(scope, receive, send)

    def takes(self, request: Request) -> bool:
        """Return whether the application answers the request."""
        return self._application.takes(request)

    def answer(self, request: Request, receive: Receive) -> Coroutine[Any, Any, Response | None]:
        """Return the application's answer, or what a fault makes of it."""
        headers = request.headers
        if _FIRST_SENT in headers and self._clock.is_moved:
            self._move_first_sent(request)
        may_fail = self._faults or _FAULT in headers
        return (self._answer_or_fail if may_fail else self._application.answer)(request, receive)

    async def _answer_or_fail(self, request: Request, receive: Receive) -> Response | None:
        try:
            fault = self._meet(request)
        except InvalidRequest as error:
            fault, request.injected = None, error
        if fault is None:
            return await self._application.answer(request, receive)
        # The connection begins an answer outside of a task, where its fault would stay for other requests.
        return await asyncio.create_task(self._answer_met(fault, request, receive))

    def _meet(self, request: Request) -> Fault | None:
        """Return the fault that the request meets; raise `InvalidRequest` for a bad header."""
        route = self._application.find(request)
        if route is not None and route.operation.family is Family.DEVELOPMENT:
            return None
        header = request.headers.get(_FAULT)
        if header is not None:
            return self._faults.of_header(header.decode("latin-1"))
        named = {} if route is None else dict(zip(route.operation.placeholders, request.names, strict=True))
        agent = request.headers.get(b"user-agent", b"").decode("latin-1")
        name = UNKNOWN if route is None else route.operation.name
        tenant = self._resources.find(request.host) if self._resources else None
        resource = "" if tenant is None else tenant.id
        traits = Traits(operation=name, resource=resource, room=named.get("room_id", ""), user_agent=agent)
        return self._faults.meet(traits)

    async def _answer_met(self, fault: Fault, request: Request, receive: Receive) -> Response | None:
        with meeting(fault, request) as met:
            return await self._answer_with(met, request, receive)

    async def _answer_with(self, met: Meeting, request: Request, receive: Receive) -> Response | None:
        effect = met.fault.effect
        if effect.away is None and effect.rotated_key is None:
            met.inject()
        if effect.cut is Cut.BEFORE_REQUEST:
            self._journal.note(request, UNKNOWN, _NO_ANSWER, 0.0, None)
            return None
        if effect.status is not None:
            request.injected = _error(effect, met.fault.id)
        response = await self._application.answer(request, receive)
        return None if response is None else _broken(effect, response)

    def _move_first_sent(self, request: Request) -> None:
        """Change a date that the client read from the machine's clock, as the service's clock was moved.

        The console reads the service's clock.
        """
        sent = parse_header_date(request.headers[_FIRST_SENT])
        if sent is not None and abs(sent - real_time()) < abs(sent - self._clock.now()):
            moved = (sent + self._clock.offset) // SECOND
            request.headers[_FIRST_SENT] = formatdate(moved, usegmt=True).encode("ascii")


def _broken(effect: Effect, response: Response) -> Response:
    body = response.body
    if effect.malformed:
        body = body[: len(body) // 2] or b"{"
    is_late = effect.delay or effect.slow_body or effect.cut is not None
    return msgspec.structs.replace(response, body=body, delivery=Delivery(effect) if is_late else None)


def _error(effect: Effect, fault_id: str) -> OpenRoomsError:
    """Return the error that answers the status of a fault, in the form of Azure's errors."""
    status = HTTPStatus(effect.status or 0)
    if status in _WORDED and effect.retry_after is None:
        return _WORDED[status]()
    code = status.phrase.title().replace(" ", "")
    return HttpError(status, code, f"{status.phrase}: fault {fault_id} was injected.", *_retry_after(effect))


def _retry_after(effect: Effect) -> Iterator[Header]:
    seconds = effect.retry_after
    if seconds is not None:
        text = formatdate(time.time() + seconds, usegmt=True) if effect.retry_after_date else str(seconds)
        yield b"retry-after", text.encode("ascii")
