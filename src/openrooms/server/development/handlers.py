"""The operations under `/openrooms/dev`: each handler decodes, does one thing and encodes."""

from http import HTTPStatus

import msgspec

from openrooms._clock import MovableClock
from openrooms.domain.errors import InvalidRequest, MalformedRequest, Problem
from openrooms.domain.moments import DAY, SECOND, Moment
from openrooms.server.development.journal import KEPT, Journal
from openrooms.server.development.moves import Moves
from openrooms.server.web.messages import Header, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.dates import format_moment, parse_moment
from openrooms.wire.development import AdvanceBody, ClockBody, ClockModel, RequestPage
from openrooms.wire.models import decoder

_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"application/json; charset=utf-8"),
    (b"cache-control", b"no-store"),
)
_USUAL_PAGE = 100
# Connections answer within 30 seconds.
_LONGEST_WAIT_SECONDS = 20
_LONGEST_MOVE = 100 * 365 * DAY
_read_clock = decoder(ClockBody)
_read_advance = decoder(AdvanceBody)
_encode = msgspec.json.Encoder().encode


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
        moment = None if body.time is None else _moment(body.time)
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


def answer(model: msgspec.Struct, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return an answer with a model."""
    return Response(status, _encode(model), _HEADERS)


def done() -> Response:
    """Return an answer without content."""
    return Response(HTTPStatus.NO_CONTENT)


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
