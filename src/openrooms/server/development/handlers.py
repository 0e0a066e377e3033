"""The operations under `/openrooms/dev`: each handler decodes, does one thing and encodes."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

import msgspec

from openrooms._clock import MovableClock
from openrooms.domain.errors import InvalidRequest, MalformedRequest, Problem
from openrooms.domain.moments import DAY, SECOND, Moment, after
from openrooms.server.core.declared import DeclaredSubscriptions
from openrooms.server.development.answers import HEADERS, answer, done
from openrooms.server.development.faults import Faults
from openrooms.server.development.journal import KEPT, Journal
from openrooms.server.development.moves import Moves
from openrooms.server.development.state import State
from openrooms.server.web.messages import Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.dates import format_moment, parse_moment
from openrooms.wire.development import AdvanceBody, ClockBody, ClockModel, FaultBody, FaultList, RequestPage

Body = TypeVar("Body", bound=msgspec.Struct)

_USUAL_PAGE = 100
# Connections answer within 30 seconds.
_LONGEST_WAIT_SECONDS = 20
STATE_LIMIT = 64 * 1024 * 1024
_LONGEST_MOVE = 100 * 365 * DAY
_EARLIEST, _LATEST = parse_moment("1970-01-01T00:00Z"), parse_moment("9000-01-01T00:00Z")
"""Dates have four digits for the year, and a room lasts 180 days."""


class ClockHandlers:
    """The operations on the clock; a move is answered once everything that it decides is done."""

    def __init__(self, clock: MovableClock, moves: Moves) -> None:
        self._clock = clock
        self._moves = moves

    def routes(self) -> list[Route]:
        """Return the routes of the clock."""
        return [
            Route(operations.GET_CLOCK, self.get),
            Route(operations.SET_CLOCK, self.set),
            Route(operations.ADVANCE_CLOCK, self.advance),
            Route(operations.RESET_CLOCK, self.reset),
        ]

    async def get(self, _request: Request) -> Response:
        clock = self._clock
        return answer(ClockModel(format_moment(clock.now()), clock.is_frozen, clock.is_moved, clock.strict_signatures))

    async def set(self, request: Request) -> Response:
        body = _read_clock(request.body or b"{}")
        clock = self._clock
        moment = None if body.time is None else _reachable("$.time", _moment(body.time))
        if body.is_frozen is not None:
            (clock.freeze if body.is_frozen else clock.run)()
        if body.strict_signatures is not None:
            clock.strict_signatures = body.strict_signatures
        if moment is not None:
            clock.set(moment)
            await self._moves.settle()
        return await self.get(request)

    async def advance(self, request: Request) -> Response:
        steps = _read_advance(request.body or b"{}").seconds * SECOND
        if not -_LONGEST_MOVE <= steps <= _LONGEST_MOVE:
            raise MalformedRequest(
                Problem("$.seconds", f"The clock moves by at most {_LONGEST_MOVE // SECOND} seconds.")
            )
        _reachable("$.seconds", after(self._clock.now(), round(steps)))
        self._clock.advance(round(steps))
        await self._moves.settle()
        return await self.get(request)

    async def reset(self, _request: Request) -> Response:
        self._clock.reset()
        await self._moves.settle()
        return done()


class RequestHandlers:
    """The operations on the recorded requests."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def routes(self) -> list[Route]:
        """Return the routes of the recorded requests."""
        return [
            Route(operations.LIST_REQUESTS, self.list),
            Route(operations.CLEAR_REQUESTS, self.clear),
        ]

    async def list(self, request: Request) -> Response:
        after, before = _number(request, "after"), _number(request, "before")
        limit, wait = _number(request, "limit", KEPT), _number(request, "wait", _LONGEST_WAIT_SECONDS)
        if wait:
            await self._journal.wait(self._journal.newest if after is None else after, wait)
        found = self._journal.read(after, before, _USUAL_PAGE if limit is None else limit)
        return answer(RequestPage(list(found), self._journal.newest))

    async def clear(self, _request: Request) -> Response:
        self._journal.clear()
        return done()


class FaultHandlers:
    """The operations on faults."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def routes(self) -> list[Route]:
        """Return the routes of faults."""
        return [
            Route(operations.LIST_FAULTS, self.list),
            Route(operations.ADD_FAULT, self.add),
            Route(operations.REMOVE_FAULT, self.remove),
            Route(operations.CLEAR_FAULTS, self.clear),
        ]

    async def list(self, _request: Request) -> Response:
        return answer(FaultList([fault.model() for fault in self._faults.list()]))

    async def add(self, request: Request) -> Response:
        fault = self._faults.add(_read_fault(request.body or b"{}"))
        return answer(fault.model(), HTTPStatus.CREATED)

    async def remove(self, request: Request) -> Response:
        self._faults.remove(request.names[0])
        return done()

    async def clear(self, _request: Request) -> Response:
        self._faults.clear()
        return done()


class StateHandlers:
    """The operations on everything that the service keeps.

    `fresh` clears what it remembers beside that, and `declared` makes the subscriptions of the settings again.
    """

    def __init__(self, state: State, moves: Moves, fresh: Callable[[], None], declared: DeclaredSubscriptions) -> None:
        self._state = state
        self._moves = moves
        self._fresh = fresh
        self._declared = declared

    def routes(self) -> list[Route]:
        """Return the routes of the state."""
        return [
            Route(operations.EXPORT_STATE, self.export),
            Route(operations.IMPORT_STATE, self.replace, body_limit=STATE_LIMIT),
            Route(operations.RESET_STATE, self.reset),
        ]

    async def export(self, request: Request) -> Response:
        return Response(HTTPStatus.OK, await self._state.export(request.caller.resource), HEADERS)

    async def replace(self, request: Request) -> Response:
        await self._state.replace(request.caller.resource, request.body or b"{}")
        return await self._settled()

    async def reset(self, request: Request) -> Response:
        self._fresh()
        await self._state.clear(request.caller.resource)
        return await self._settled()

    async def _settled(self) -> Response:
        await self._declared.apply()
        await self._moves.settle()
        return done()


def _strict_decoder(shape: type[Body]) -> Callable[[bytes], Body]:
    """Return a function that reads a body, and refuses unknown names: a condition with a typo would fit everything."""
    decode = msgspec.json.Decoder(shape).decode

    def read(body: bytes) -> Body:
        try:
            return decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedRequest(Problem("$", str(error))) from error

    return read


_read_clock = _strict_decoder(ClockBody)
_read_advance = _strict_decoder(AdvanceBody)
_read_fault = _strict_decoder(FaultBody)


def _reachable(target: str, moment: Moment) -> Moment:
    """Return the moment; raise `MalformedRequest` if the clock cannot show it."""
    if not _EARLIEST <= moment < _LATEST:
        raise MalformedRequest(Problem(target, "The clock goes from the year 1970 to the year 9000."))
    return moment


def _moment(text: str) -> Moment:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise MalformedRequest(Problem("$.time", str(error))) from error


def _number(request: Request, name: str, most: int = 2**53) -> int | None:
    """Return a parameter; raise `InvalidRequest` unless it is absent or a number from 0 to `most`."""
    text = request.query.one(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 17 and int(text) <= most):
        raise InvalidRequest(f"{name} must be a number from 0 to {most}.")
    return int(text)
