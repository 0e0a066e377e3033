"""Server-sent events for one person at the door of a room, as a stream that lasts, or once.

The events tell the current state, not what happened, so a client that was away misses nothing, and a slow one gets only
the latest state.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from openrooms.server.web.exchange import Exchange
from openrooms.server.web.messages import UNCACHED_JSON, Request, Response
from openrooms.server.web.routing import Route
from openrooms.server.web.streams import (
    STREAM_HEADERS,
    Stream,
    Streams,
    encode_events,
    last_event_id,
    wants_stream,
)
from openrooms.wire import errors, operations
from openrooms.wire.dates import format_moment
from openrooms.wire.waiting import EventData, EventModel, EventsModel

T = TypeVar("T")

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
        if not wants_stream(request):
            return Response(HTTPStatus.OK, _encode(_model(view)), UNCACHED_JSON)
        stream = DoorStream(self._followers, self._streams, key, claims, last_event_id(request))
        # Where an answer can only be sent whole, such as by ASGI, the state that the stream would begin with is all.
        return Response(HTTPStatus.OK, _encoded(_model(view)), STREAM_HEADERS, delivery=stream)


class DoorStream(Stream):
    """One stream of a person: sends what its follower is told."""

    def __init__(
        self, followers: Followers, streams: Streams, key: StandingKey, claims: TokenClaims, last_id: str
    ) -> None:
        super().__init__(streams)
        self._followers = followers
        self._key = key
        self._claims = claims
        self._last_id = last_id
        self._view: View | None = None

    @asynccontextmanager
    async def followed(self, exchange: Exchange) -> AsyncIterator[None]:
        """Tell the stream the state of the door."""
        expires_at = Moment(self._claims.exp * SECOND)
        follower = Follower(self._key, self._claims.rev, expires_at, self._tell, exchange.end_soon)
        try:
            await self._followers.follow(follower)
            yield
        finally:
            await self._followers.leave(follower)

    def keep_alive(self, now: float) -> None:
        """Send the state that the client could not take earlier, or a comment after a long silence."""
        if self._view is not None:
            self._flush()
        else:
            super().keep_alive(now)

    def _tell(self, view: View) -> None:
        self._view = view
        self._flush()

    def _flush(self) -> None:
        view = self._view
        if view is None or not self.can_write:
            return
        self._view = None
        model = _model(view)
        if model.id != self._last_id:
            self._last_id = model.id
            self.write(_encoded(model))


def _encoded(model: EventsModel) -> bytes:
    return encode_events(model.id, [(event.type, _encode(event.data)) for event in model.events])


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
