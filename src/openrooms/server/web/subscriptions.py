"""Subscriptions to events over HTTP: each handler decodes, calls one use case and encodes."""

from http import HTTPStatus

import msgspec
from msgspec import UNSET
from msgspec.structs import asdict, replace

from openrooms.domain.errors import EventNotFound, InvalidRequest
from openrooms.domain.events import EventKey, event_id, parse_event_id
from openrooms.domain.moments import Moment
from openrooms.domain.subscriptions import SECRET_PREFIX, Subscription, check_secret
from openrooms.server.core.ports import Clock
from openrooms.server.core.subscriptions import (
    PAGE,
    DeadLetter,
    ListedSubscription,
    NewSubscription,
    Subscriptions,
    lag_seconds,
)
from openrooms.server.web import paging
from openrooms.server.web.messages import NO_CONTENT, OK, UNCACHED_JSON, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.dates import format_moment
from openrooms.wire.models import strict_decoder
from openrooms.wire.subscriptions import (
    DeadLetterList,
    DeadLetterModel,
    IssuedSubscriptionModel,
    ResendBody,
    ResentModel,
    SubscriptionBody,
    SubscriptionChangeBody,
    SubscriptionList,
    SubscriptionModel,
    event_filter,
)

_NO_BODY = b"{}"
_read_subscription = strict_decoder(SubscriptionBody)
_read_change = strict_decoder(SubscriptionChangeBody)
_read_resend = strict_decoder(ResendBody)
_encode = msgspec.json.Encoder().encode


class SubscriptionHandlers:
    """The operations under `/openrooms/subscriptions`."""

    def __init__(self, subscriptions: Subscriptions, clock: Clock) -> None:
        self._subscriptions = subscriptions
        self._clock = clock

    def routes(self) -> list[Route]:
        """Return the routes of subscriptions."""
        return [
            Route(operations.LIST_SUBSCRIPTIONS, self.list),
            Route(operations.CREATE_SUBSCRIPTION, self.create),
            Route(operations.GET_SUBSCRIPTION, self.get),
            Route(operations.UPDATE_SUBSCRIPTION, self.update),
            Route(operations.DELETE_SUBSCRIPTION, self.delete),
            Route(operations.LIST_DEAD_LETTERS, self.list_dead_letters),
            Route(operations.RESEND_DEAD_LETTERS, self.resend_all),
            Route(operations.RESEND_DEAD_LETTER, self.resend),
            Route(operations.RESEND_EVENT, self.resend_event),
        ]

    async def list(self, request: Request) -> Response:
        listed = await self._subscriptions.list(request.caller.resource)
        return Response(OK, _encode(SubscriptionList([self._model(one) for one in listed])), UNCACHED_JSON)

    async def create(self, request: Request) -> Response:
        body = _read_subscription(request.body or _NO_BODY)
        new = NewSubscription(
            body.url,
            event_filter(body.types or None, body.room or None),
            check_secret(body.secret) if body.secret is not UNSET else None,
            body.validation,
            None if body.after is UNSET else _key(body.after),
        )
        kept = await self._subscriptions.create(request.caller.resource, new)
        model = self._model(ListedSubscription(kept, None))
        issued = IssuedSubscriptionModel(secret=f"{SECRET_PREFIX}{kept.subscription.secret}", **asdict(model))
        return Response(HTTPStatus.CREATED, _encode(issued), UNCACHED_JSON)

    async def get(self, request: Request) -> Response:
        listed = await self._subscriptions.get(request.caller.resource, request.names[0])
        return Response(OK, _encode(self._model(listed)), UNCACHED_JSON)

    async def update(self, request: Request) -> Response:
        body = _read_change(request.body or _NO_BODY)
        listed = await self._subscriptions.change(
            request.caller.resource, request.names[0], lambda kept: _changed(kept, body)
        )
        return Response(OK, _encode(self._model(listed)), UNCACHED_JSON)

    async def delete(self, request: Request) -> Response:
        await self._subscriptions.remove(request.caller.resource, request.names[0])
        return Response(NO_CONTENT)

    async def list_dead_letters(self, request: Request) -> Response:
        token = request.query.one("nextLink")
        after = 0 if token is None else paging.parse_letter_token(token)
        found = await self._subscriptions.dead_letters(request.caller.resource, request.names[0], after)
        link = None
        if len(found) > PAGE:
            path = operations.LIST_DEAD_LETTERS.path.replace("{subscription_id}", request.names[0])
            link = f"{request.base_url}{path}?nextLink={paging.letter_token(found[PAGE - 1].delivery.key.position)}"
        return Response(OK, _encode(DeadLetterList([_letter(one) for one in found[:PAGE]], link)), UNCACHED_JSON)

    async def resend_all(self, request: Request) -> Response:
        await self._subscriptions.resend_all(request.caller.resource, request.names[0])
        return Response(OK, _NO_BODY, UNCACHED_JSON)

    async def resend(self, request: Request) -> Response:
        subscription_id, text = request.names
        await self._subscriptions.resend(request.caller.resource, subscription_id, _known_key(text))
        return Response(OK, _NO_BODY, UNCACHED_JSON)

    async def resend_event(self, request: Request) -> Response:
        body = _read_resend(request.body or _NO_BODY)
        only = None if body.subscription is UNSET else body.subscription
        ids = await self._subscriptions.resend_event(request.caller.resource, _known_key(request.names[0]), only)
        return Response(OK, _encode(ResentModel(list(ids))), UNCACHED_JSON)

    def _model(self, listed: ListedSubscription) -> SubscriptionModel:
        subscription, progress = listed.kept.subscription, listed.kept.progress
        is_away = subscription.is_enabled and progress.failures > 0
        return SubscriptionModel(
            id=subscription.id,
            url=subscription.url,
            state="away" if is_away else "delivering" if subscription.is_enabled else "disabled",
            created_at=format_moment(subscription.created_at),
            validation=subscription.validation,
            delivered=progress.delivered,
            waiting=listed.kept.waiting,
            dead_letters=listed.kept.dead,
            lag_seconds=round(lag_seconds(listed, self._clock()), 1),
            types=sorted(subscription.events.types),
            room=subscription.events.room_id or "",
            delivered_at=_time(progress.delivered_at),
            error=progress.error,
            next_attempt_at=_time(progress.next_at) if is_away else "",
        )


def _changed(kept: Subscription, body: SubscriptionChangeBody) -> Subscription:
    types = kept.events.types if body.types is UNSET else body.types
    room = kept.events.room_id if body.room is UNSET else body.room
    return replace(
        kept,
        url=kept.url if body.url is UNSET else body.url,
        secret=kept.secret if body.secret is UNSET else check_secret(body.secret),
        events=event_filter(sorted(types or ()), room),
        validation=kept.validation if body.validation is UNSET else body.validation,
        is_enabled=kept.is_enabled if body.enabled is UNSET else body.enabled,
    )


def _letter(letter: DeadLetter) -> DeadLetterModel:
    delivery = letter.delivery
    return DeadLetterModel(
        event_id(delivery.key),
        letter.type,
        format_moment(delivery.key.happened_at),
        delivery.room_id,
        format_moment(delivery.since),
        delivery.attempts,
        delivery.error,
    )


def _key(text: str) -> EventKey:
    try:
        return parse_event_id(text)
    except ValueError as error:
        raise InvalidRequest("after must be the id of an event.") from error


def _known_key(text: str) -> EventKey:
    try:
        return parse_event_id(text)
    except ValueError as error:
        raise EventNotFound("There is no event with this ID.") from error


def _time(moment: Moment) -> str:
    return format_moment(moment) if moment else ""
