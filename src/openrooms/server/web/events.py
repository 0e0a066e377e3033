"""Server-sent events: what a room tells one person, as a stream that lasts, or once.

https://html.spec.whatwg.org/multipage/server-sent-events.html

A stream costs a connection and a small task that sleeps. Its events say what is so now, never what happened, so a
client that was away misses nothing, and one that is slow gets only the latest.
"""

import asyncio
from hashlib import blake2b
from http import HTTPStatus
from typing import TypeVar

import msgspec

from openrooms.domain.doors import Door
from openrooms.domain.identities import TokenClaims
from openrooms.domain.moments import SECOND, Moment
from openrooms.server.core.calls import Calls, door_of
from openrooms.server.core.followers import Follower, Followers, View
from openrooms.server.core.ports import StandingKey
from openrooms.server.web.connection import HttpConnection
from openrooms.server.web.exchange import Exchange
from openrooms.server.web.messages import UNCACHED, UNCACHED_JSON, Header, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import errors, operations
from openrooms.wire.dates import format_moment
from openrooms.wire.waiting import EventData, EventModel, EventsModel

T = TypeVar("T")

COMMENT_SECONDS = 15.0
"""How often a silent stream sends a comment, so that proxies keep it open."""

SILENCE_SECONDS = 30.0
_TICK_SECONDS = 1.0
STREAM_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    UNCACHED,
    # nginx collects answers before it passes them on, unless the answer says no.
    (b"x-accel-buffering", b"no"),
)
COMMENT = b":\n\n"
# Clients that lost the stream come back after about this time.
BEGIN = b"retry: 1000\n\n"
END = b"0\r\n\r\n"
_encode = msgspec.json.Encoder().encode


class EventHandlers:
    """The operation `me/events`."""

    def __init__(self, calls: Calls, followers: Followers) -> None:
        self._calls = calls
        self._followers = followers
        self._streams = Streams()

    def routes(self) -> list[Route]:
        """Return the route of events."""
        return [Route(operations.FOLLOW_ROOM, self.follow)]

    async def follow(self, request: Request) -> Response:
        claims = request.caller.user_claims
        key = door_of(request.caller.resource, request.names[0], claims)
        view = await self._followers.look(key, claims.rev)
        # As everywhere, the caller is refused first.
        self._calls.check_on()
        if request.method != "GET" or b"text/event-stream" not in request.headers.get(b"accept", b""):
            return Response(HTTPStatus.OK, _encode(_model(view)), UNCACHED_JSON)
        last_id = request.headers.get(b"last-event-id", b"").decode("latin-1")
        stream = Stream(self._followers, self._streams, key, claims, last_id)
        # Where an answer can only be sent whole, such as by ASGI, the state that the stream would begin with is all.
        return Response(HTTPStatus.OK, encode_events(_model(view)), STREAM_HEADERS, delivery=stream)


class Stream:
    """One stream: sends what its follower is told until the client is gone or the process stops."""

    def __init__(
        self, followers: Followers, streams: "Streams", key: StandingKey, claims: TokenClaims, last_id: str
    ) -> None:
        self._followers = followers
        self._streams = streams
        self._key = key
        self._claims = claims
        self._last_id = last_id
        self._view: View | None = None
        self._connection: HttpConnection | None = None
        self._is_chunked = False
        self._written_at = 0.0

    async def __call__(self, exchange: Exchange, status: int, _body: bytes, fields: bytes) -> None:
        """Send the answer of an exchange."""
        connection = self._connection = exchange.connection
        connection.limit_silence(SILENCE_SECONDS)
        self._is_chunked = connection.begin_answer(exchange, status, fields, has_length=False)
        self._write(BEGIN)
        expires_at = Moment(self._claims.exp * SECOND)
        follower = Follower(self._key, self._claims.rev, expires_at, self._tell, exchange.end_soon)
        self._streams.add(self)
        try:
            await self._followers.follow(follower)
            await exchange.until_over()
        finally:
            self._streams.discard(self)
            await self._followers.leave(follower)
        self._connection = None
        if not exchange.is_gone:
            # The client comes back, maybe to another process.
            exchange.is_last = True
            if self._is_chunked:
                connection.write(END)
            connection.end_answer(exchange)

    def keep_alive(self, now: float) -> None:
        """Send what the client could not take earlier, or a comment if the stream has been silent for long."""
        if self._view is not None:
            self._flush()
        elif now - self._written_at >= COMMENT_SECONDS:
            self._write(COMMENT)

    def _tell(self, view: View) -> None:
        self._view = view
        self._flush()

    def _flush(self) -> None:
        view = self._view
        if view is None or self._connection is None or self._connection.is_write_paused:
            return
        self._view = None
        model = _model(view)
        if model.id != self._last_id:
            self._last_id = model.id
            self._write(encode_events(model))

    def _write(self, data: bytes) -> None:
        connection = self._connection
        # A client that does not read is left alone, so that its connection ends after the deadline.
        if connection is not None and not connection.is_write_paused:
            self._written_at = asyncio.get_running_loop().time()
            connection.write(chunk(data) if self._is_chunked else data)


class Streams:
    """The open streams; one timer keeps all of them alive."""

    def __init__(self) -> None:
        self._open: dict[Stream, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, stream: Stream) -> None:
        """Keep a stream alive."""
        self._open[stream] = None
        if self._timer is None:
            self._arm()

    def discard(self, stream: Stream) -> None:
        """Forget a stream."""
        self._open.pop(stream, None)

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for stream in list(self._open):
            stream.keep_alive(now)
        if self._open:
            self._arm()


def chunk(data: bytes) -> bytes:
    """Return a piece of an answer in chunks."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def encode_events(model: EventsModel) -> bytes:
    """Return the events as a stream sends them; JSON has no line breaks of its own."""
    return b"".join(
        b"id: %b\nevent: %b\ndata: %b\n\n" % (model.id.encode(), event.type.encode(), _encode(event.data))
        for event in model.events
    )


def _model(view: View) -> EventsModel:
    events = [EventModel(view.door.state.value, _data(view.door))]
    room = view.room
    if room is not None:
        window = format_moment(room.valid_from), format_moment(room.valid_until)
        events.insert(0, EventModel("room", EventData(room.options.title, *window)))
    # The id names the state: a client that comes back with it has missed nothing.
    return EventsModel(blake2b(_encode(events), digest_size=9).hexdigest(), events)


def _data(door: Door) -> EventData:
    if door.refusal is not None:
        detail = errors.detail(door.refusal)
        return EventData(
            code=detail.code,
            message=detail.message,
            sub_code=_given(detail.sub_code),
            valid_from=_given(detail.valid_from),
            valid_until=_given(detail.valid_until),
        )
    data = EventData()
    if door.awaits is not None:
        data.awaits = door.awaits.value
    if door.since is not None:
        data.since = format_moment(door.since)
    if door.may_ask_at is not None:
        data.reason, data.may_ask_at = door.reason, format_moment(door.may_ask_at)
    return data


def _given(value: T | None) -> T | msgspec.UnsetType:
    return msgspec.UNSET if value is None else value
