"""The last requests and their answers, without secrets, to show developers what a program sent."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

import msgspec

from openrooms._clock import real_time
from openrooms.domain.errors import NotAuthenticated, OpenRoomsError
from openrooms.domain.moments import Moment
from openrooms.server.core.redaction import without_secrets
from openrooms.server.web.messages import Header, Request, Response
from openrooms.server.web.request_log import expected_string_to_sign, reason_of
from openrooms.wire.dates import format_moment
from openrooms.wire.development import RequestModel
from openrooms.wire.invitations import SECRET_HEADER
from openrooms.wire.operations import DEVELOPMENT_OPERATIONS

KEPT = 1000
_LONGEST_BODY = 16 * 1024
_INVITATION_SECRET = SECRET_HEADER.encode("ascii")
_UNRECORDED = frozenset(operation.name for operation in DEVELOPMENT_OPERATIONS)


class _Entry(msgspec.Struct, frozen=True):
    number: int
    received_at: Moment
    operation: str
    request: Request
    body: bytes
    answer: Response
    seconds: float
    refusal: OpenRoomsError | None


class Journal:
    """Keeps the last `KEPT` requests, but none to the development service's own operations.

    Requests are kept as they came and made readable only when they are read, so that keeping one costs next to nothing.
    """

    def __init__(self) -> None:
        self._entries: deque[_Entry] = deque(maxlen=KEPT)
        self._waiting: set[asyncio.Future[None]] = set()
        self._is_closed = False
        self.newest = 0
        """The number of the newest request; 0 before the first one."""

    def note(
        self, request: Request, operation: str, answer: Response, seconds: float, refusal: OpenRoomsError | None
    ) -> None:
        """Keep a request and its answer."""
        if operation in _UNRECORDED:
            return
        self.newest += 1
        body, request.body = request.body[:_LONGEST_BODY], b""
        self._entries.append(_Entry(self.newest, real_time(), operation, request, body, answer, seconds, refusal))
        self._wake()

    def clear(self) -> None:
        """Forget all requests; their numbers are not used again."""
        self._entries.clear()

    def close(self) -> None:
        """End all waits; later ones end at once."""
        self._is_closed = True
        self._wake()

    async def wait(self, number: int, seconds: float) -> None:
        """Wait at most so long for a request with a higher number."""
        if self.newest > number or self._is_closed:
            return
        news = asyncio.get_running_loop().create_future()
        self._waiting.add(news)
        await asyncio.wait([news], timeout=seconds)
        self._waiting.discard(news)

    def read(self, after: int | None, before: int | None, limit: int) -> Sequence[RequestModel]:
        """Return requests with numbers between the two, oldest first.

        If there are more than `limit`, return those next to `after`; without it, the newest.
        """
        found = [
            entry
            for entry in self._entries
            if (after is None or entry.number > after) and (before is None or entry.number < before)
        ]
        return [_model(entry) for entry in (found[max(0, len(found) - limit) :] if after is None else found[:limit])]

    def _wake(self) -> None:
        for news in self._waiting:
            if not news.done():
                news.set_result(None)


def _model(entry: _Entry) -> RequestModel:
    request, answer = entry.request, entry.answer
    target = b"%b?%b" % (request.path, request.query_string) if request.query_string else request.path
    is_unauthenticated = isinstance(entry.refusal, NotAuthenticated)
    return RequestModel(
        number=entry.number,
        time=format_moment(entry.received_at),
        operation=entry.operation,
        method=request.method,
        target=_readable(target),
        headers=_headers(request.headers.items()),
        body=_readable(entry.body),
        status=int(answer.status),
        answer_headers=_headers((*answer.headers, *answer.own)),
        answer_body=_readable(answer.body[:_LONGEST_BODY]),
        milliseconds=round(entry.seconds * 1000, 2),
        caller=request.caller.name,
        refusal=None if entry.refusal is None else reason_of(entry.refusal),
        string_to_sign=expected_string_to_sign(request) if is_unauthenticated else None,
        fault=request.fault or None,
    )


def _headers(headers: Iterable[Header]) -> dict[str, str]:
    return {name.decode("latin-1"): _secretless(name, _readable(value)) for name, value in headers}


def _secretless(name: bytes, value: str) -> str:
    """Return the value of a header; of an unknown authorization scheme, only the scheme."""
    if name == _INVITATION_SECRET:
        return "..."
    if name != b"authorization" or value.endswith("..."):
        return value
    return f"{value.partition(' ')[0]} ..."


def _readable(text: bytes) -> str:
    return without_secrets(text.decode("utf-8", "backslashreplace"))
