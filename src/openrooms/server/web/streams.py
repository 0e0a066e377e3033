"""Streams of server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html

A stream costs a connection and a small task that sleeps. A slow client gets later what it could not take.
"""

import asyncio
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager

from openrooms.server.web.connection import HttpConnection
from openrooms.server.web.exchange import Exchange
from openrooms.server.web.messages import UNCACHED, Header, Request

COMMENT_SECONDS = 15.0
"""How often a silent stream sends a comment, so that proxies keep it open."""

LONGEST_SECONDS = 300.0
"""How long a stream of an operator lasts: when they open the next one, their token or session is checked again."""

STREAM_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    UNCACHED,
    # nginx collects answers before it passes them on, unless the answer says no.
    (b"x-accel-buffering", b"no"),
)

SILENCE_SECONDS = 30.0
_TICK_SECONDS = 1.0
COMMENT = b":\n\n"
# Clients that lost the stream come back after about this time.
BEGIN = b"retry: 1000\n\n"
END = b"0\r\n\r\n"


class Stream:
    """A stream that sends what its subclass writes until the client is gone or the process stops."""

    def __init__(self, streams: "Streams") -> None:
        self._streams = streams
        self._connection: HttpConnection | None = None
        self._is_chunked = False
        self._written_at = 0.0

    async def __call__(self, exchange: Exchange, status: int, _body: bytes, fields: bytes) -> None:
        """Send the answer of an exchange."""
        connection = self._connection = exchange.connection
        connection.limit_silence(SILENCE_SECONDS)
        self._is_chunked = connection.begin_answer(exchange, status, fields, has_length=False)
        self.write(BEGIN)
        self._streams.add(self)
        try:
            async with self.followed(exchange):
                await exchange.until_over()
        finally:
            self._streams.discard(self)
        self._connection = None
        if not exchange.is_gone:
            # The client comes back, maybe to another process.
            exchange.is_last = True
            if self._is_chunked:
                connection.write(END)
            connection.end_answer(exchange)

    def followed(self, exchange: Exchange) -> AbstractAsyncContextManager[None]:
        """Return the context in which the stream is told what to send; `exchange.end_soon` ends it."""
        raise NotImplementedError

    @property
    def can_write(self) -> bool:
        """Whether the client takes what is written now."""
        return self._connection is not None and not self._connection.is_write_paused

    def write(self, data: bytes) -> None:
        """Send bytes, unless the client does not read; its connection then ends after the deadline."""
        connection = self._connection
        if connection is not None and self.can_write:
            self._written_at = asyncio.get_running_loop().time()
            connection.write(chunk(data) if self._is_chunked else data)

    def keep_alive(self, now: float) -> None:
        """Send a comment if the stream has been silent for long; called every second."""
        if now - self._written_at >= COMMENT_SECONDS:
            self.write(COMMENT)


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


def wants_stream(request: Request) -> bool:
    """Return whether the client takes a stream; others get the current state once."""
    return request.method == "GET" and b"text/event-stream" in request.headers.get(b"accept", b"")


def last_event_id(request: Request) -> str:
    """Return the id of the last event that the client has seen."""
    return request.headers.get(b"last-event-id", b"").decode("latin-1")


def encode_events(event_id: str, events: Iterable[tuple[str, bytes]]) -> bytes:
    """Return events, given as types and JSON without line breaks, in the form of a stream."""
    return b"".join(
        b"id: %b\nevent: %b\ndata: %b\n\n" % (event_id.encode(), kind.encode(), data) for kind, data in events
    )
