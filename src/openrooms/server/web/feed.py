"""Events over HTTP: a page, a page that waits for events, or a stream of server-sent events."""

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlencode

import structlog

from openrooms.domain.errors import EventNotFound, InvalidRequest, Unavailable
from openrooms.domain.events import BEGINNING, Event, EventFilter, EventKey, event_id, parse_event_id
from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import parse_room_id
from openrooms.server.core.feed import EventFeed, page_size, wait_seconds
from openrooms.server.web.connection import HttpConnection
from openrooms.server.web.exchange import Exchange
from openrooms.server.web.messages import UNCACHED_JSON, Request, Response
from openrooms.server.web.routing import Route
from openrooms.server.web.streams import (
    BEGIN,
    COMMENT,
    COMMENT_SECONDS,
    END,
    LONGEST_SECONDS,
    SILENCE_SECONDS,
    STREAM_HEADERS,
    chunk,
)
from openrooms.wire import operations
from openrooms.wire.events import TYPES, render, render_list

_LATEST = "latest"
_STREAMED = 100
_PAUSE_SECONDS = 0.2
_UNAVAILABLE_SECONDS = 1.0

_log = structlog.get_logger("openrooms.web")


class FeedHandlers:
    """The operations that read events."""

    def __init__(self, feed: EventFeed) -> None:
        self._feed = feed

    def routes(self) -> list[Route]:
        """Return the routes of events."""
        return [Route(operations.LIST_EVENTS, self.list), Route(operations.GET_EVENT, self.get)]

    async def get(self, request: Request) -> Response:
        try:
            key = parse_event_id(request.names[0])
        except ValueError as error:
            raise EventNotFound from error
        return Response(HTTPStatus.OK, render(await self._feed.get(request.caller.resource, key)), UNCACHED_JSON)

    async def list(self, request: Request) -> Response:
        resource, only = request.caller.resource, _filter(request)
        is_stream = b"text/event-stream" in request.headers.get(b"accept", b"")
        before = request.query.one("before")
        if before is not None:
            if is_stream or not {"after", "wait"}.isdisjoint(request.query.values):
                raise InvalidRequest("before reads backwards, so it cannot be used with after, wait or a stream.")
            return await self._list_before(request, only, before)
        text = request.query.one("after")
        if is_stream:
            # A client that lost the stream comes back with the id of the last event that it has read.
            text = request.headers.get(b"last-event-id", b"").decode("latin-1") or text
        after = await self._after(resource, text)
        limit, wait = page_size(request.query.one("limit")), wait_seconds(request.query.one("wait"))
        page = await self._feed.read(resource, after, limit, only, 0.0 if is_stream else wait)
        if is_stream:
            stream = FeedStream(self._feed, resource, only, after)
            return Response(HTTPStatus.OK, encode_stream(page.events), STREAM_HEADERS, delivery=stream)
        link = _next_link(request, only, limit, "after", page.last) if page.has_more else None
        return Response(HTTPStatus.OK, render_list(map(render, page.events), page.last, link), UNCACHED_JSON)

    async def _list_before(self, request: Request, only: EventFilter, text: str) -> Response:
        before = None if text == _LATEST else _key("before", text)
        limit = page_size(request.query.one("limit"))
        page = await self._feed.read_back(request.caller.resource, before, limit, only)
        link = _next_link(request, only, limit, "before", page.oldest) if page.has_more else None
        return Response(HTTPStatus.OK, render_list(map(render, page.events), page.newest, link), UNCACHED_JSON)

    async def _after(self, resource: ResourceId, text: str | None) -> EventKey:
        if not text:
            return BEGINNING
        return await self._feed.last(resource) if text == _LATEST else _key("after", text)


class FeedStream:
    """A stream of events: sends them as they come, until the client is gone, the process stops or its time is over."""

    def __init__(self, feed: EventFeed, resource: ResourceId, only: EventFilter, after: EventKey) -> None:
        self._feed = feed
        self._resource = resource
        self._only = only
        self._after = after
        self._is_chunked = False

    async def __call__(self, exchange: Exchange, status: int, _body: bytes, fields: bytes) -> None:
        """Send the answer of an exchange."""
        connection = exchange.connection
        connection.limit_silence(SILENCE_SECONDS)
        self._is_chunked = connection.begin_answer(exchange, status, fields, has_length=False)
        self._write(connection, BEGIN)
        sending = asyncio.create_task(self._send(connection))
        over = asyncio.create_task(exchange.until_over())
        try:
            await asyncio.wait([sending, over], timeout=LONGEST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, over):
                task.cancel()
            await asyncio.gather(sending, over, return_exceptions=True)
        if not exchange.is_gone:
            # The client comes back, maybe to another process, and goes on after the last event that it has read.
            exchange.is_last = True
            if self._is_chunked:
                connection.write(END)
            connection.end_answer(exchange)

    async def _send(self, connection: HttpConnection) -> None:
        while True:
            if connection.is_write_paused:
                # The client reads slowly; events wait in the database.
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            try:
                page = await self._feed.read(self._resource, self._after, _STREAMED, self._only, COMMENT_SECONDS)
            except Unavailable:
                await asyncio.sleep(_UNAVAILABLE_SECONDS)
                continue
            except EventNotFound:
                return
            self._after = page.last
            self._write(connection, encode_stream(page.events) or COMMENT)

    def _write(self, connection: HttpConnection, data: bytes) -> None:
        connection.write(chunk(data) if self._is_chunked else data)


def encode_stream(events: Iterable[Event]) -> bytes:
    """Return the events in the form of a stream; their JSON has no line breaks."""
    return b"".join(
        b"id: %b\nevent: %b\ndata: %b\n\n" % (event_id(event.key).encode(), event.type.encode(), render(event))
        for event in events
    )


def _filter(request: Request) -> EventFilter:
    room, types = request.query.one("room"), frozenset(request.query.values.get("type", ()))
    unknown = sorted(types - TYPES.keys())
    if unknown:
        raise InvalidRequest(f"There is no type of events {unknown[0]!r}.")
    return EventFilter(None if room is None else parse_room_id(room), types)


def _key(name: str, text: str) -> EventKey:
    try:
        return parse_event_id(text)
    except ValueError as error:
        raise InvalidRequest(f"{name} must be the id of an event, or `{_LATEST}`.") from error


def _next_link(request: Request, only: EventFilter, limit: int, way: str, place: EventKey) -> str:
    query = [(way, event_id(place)), *(("type", name) for name in sorted(only.types)), ("limit", str(limit))]
    if only.room_id is not None:
        query.append(("room", only.room_id))
    return f"{request.base_url}{operations.LIST_EVENTS.path}?{urlencode(query)}"
