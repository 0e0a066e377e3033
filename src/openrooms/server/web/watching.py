"""Server-sent events for operators: which rooms of the list of visits have changed, as a stream that lasts, or once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from openrooms.domain.identities import ResourceId
from openrooms.server.core.watchers import News, Watcher, Watchers
from openrooms.server.web.exchange import Exchange
from openrooms.server.web.messages import OK, UNCACHED_JSON, Request, Response
from openrooms.server.web.routing import Route
from openrooms.server.web.streams import (
    LONGEST_SECONDS,
    STREAM_HEADERS,
    Stream,
    Streams,
    encode_events,
    last_event_id,
    wants_stream,
)
from openrooms.server.web.visits import summary
from openrooms.wire import operations
from openrooms.wire.visits import VisitEventData, VisitEventModel, VisitEventsModel

RELOAD_SECONDS = 120.0
"""How often a stream says that the list is to be read again, because notifications may be lost."""

_encode = msgspec.json.Encoder().encode


class WatchHandlers:
    """The operation `rooms/events`."""

    def __init__(self, watchers: Watchers) -> None:
        self._watchers = watchers
        self._streams = Streams()

    def routes(self) -> list[Route]:
        """Return the route of events."""
        return [Route(operations.FOLLOW_VISITS, self.follow)]

    async def follow(self, request: Request) -> Response:
        resource = request.caller.resource
        news = await self._watchers.look(resource, last_event_id(request))
        if not wants_stream(request):
            return Response(OK, _encode(_model(news)), UNCACHED_JSON)
        # Nothing is awaited between this and `watch`, so that simultaneous requests cannot exceed the limit.
        self._watchers.check_limit(resource)
        stream = WatchStream(self._watchers, self._streams, resource, news)
        return Response(OK, _encoded(news), STREAM_HEADERS, delivery=stream)


class WatchStream(Stream):
    """One stream of an operator: begins with the news since their last event, and sends what its watcher is told."""

    def __init__(self, watchers: Watchers, streams: Streams, resource: ResourceId, news: News) -> None:
        super().__init__(streams)
        self._watchers = watchers
        self._news = news
        self._watcher = Watcher(resource, news.place, self._tell, lambda: None)
        self._is_behind = False
        self._began_at = self._reloaded_at = asyncio.get_running_loop().time()

    @asynccontextmanager
    async def followed(self, exchange: Exchange) -> AsyncIterator[None]:
        """Tell the stream what changes."""
        self._watcher.end = exchange.end_soon
        self.write(_encoded(self._news))
        self._watchers.watch(self._watcher)
        try:
            yield
        finally:
            self._watchers.leave(self._watcher)

    def keep_alive(self, now: float) -> None:
        """Send news that the client could not take earlier, the reload that is due, or a comment after a silence."""
        if now - self._began_at >= LONGEST_SECONDS:
            self._watcher.end()
        elif self._is_behind and self.can_write:
            self._is_behind = False
            self._watchers.catch_up(self._watcher)
        elif now - self._reloaded_at >= RELOAD_SECONDS:
            self._tell(News(self._watcher.place, is_cut=True))
        else:
            super().keep_alive(now)

    def _tell(self, news: News) -> bool:
        self._is_behind = not self.can_write
        if self._is_behind:
            return False
        if news.is_cut:
            self._reloaded_at = asyncio.get_running_loop().time()
        self.write(_encoded(news))
        return True


def _model(news: News) -> VisitEventsModel:
    if news.is_cut:
        return VisitEventsModel(news.place, [VisitEventModel("reload", VisitEventData())])
    events = [VisitEventModel("room", VisitEventData(room=summary(visit))) for visit in news.visits]
    events += [VisitEventModel("gone", VisitEventData(id=room)) for room in news.gone]
    return VisitEventsModel(news.place, events)


def _encoded(news: News) -> bytes:
    return encode_events(news.place, [(event.type, _encode(event.data)) for event in _model(news).events])
