"""The request and the decoder of the answer for each method of the events clients; no I/O."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError

from openrooms.client._calls import Call, Listed, encode
from openrooms.client._reading import moment, nothing
from openrooms.domain.subscriptions import Validation
from openrooms.events._models import DeadLetter, Event, Subscription, SubscriptionState
from openrooms.wire import operations
from openrooms.wire.events import EventEnvelope, EventList
from openrooms.wire.subscriptions import (
    DeadLetterList,
    DeadLetterModel,
    IssuedSubscriptionModel,
    ResentModel,
    SubscriptionList,
    SubscriptionModel,
)

LATEST = "latest"
POLL_SECONDS = 10
"""How long the service waits for events before it answers that there are none."""

READ = 100
"""The most events that one step of following reads."""

_PAUSES = (0.5, 1.0, 2.0, 4.0)
_SERVER_ERRORS = 500
_TOO_MANY_REQUESTS = 429
_STATES = {state.value: state for state in SubscriptionState}
_VALIDATIONS = {validation.value: validation for validation in Validation}

_decode_event = msgspec.json.Decoder(EventEnvelope).decode
_decode_events = msgspec.json.Decoder(EventList).decode
_decode_subscription = msgspec.json.Decoder(SubscriptionModel).decode
_decode_issued = msgspec.json.Decoder(IssuedSubscriptionModel).decode
_decode_subscriptions = msgspec.json.Decoder(SubscriptionList).decode
_decode_letters = msgspec.json.Decoder(DeadLetterList).decode
_decode_resent = msgspec.json.Decoder(ResentModel).decode


class EventPage(NamedTuple):
    """Events, and the id after which to go on."""

    events: list[Event]
    last: str


def list_events(
    after: str | None, types: Iterable[str], room_id: str | None, newest_first: bool
) -> Call[Listed[Event]]:
    """Read the first page of events."""
    query = _query(after, types, room_id) | ({"before": LATEST} if newest_first else {})
    return Call(operations.LIST_EVENTS, _read_events, query)


def read_events(after: str, types: Iterable[str], room_id: str | None, limit: int, wait: int) -> Call[EventPage]:
    """Read the events after one, or those that come within `wait` seconds."""
    query = _query(after, types, room_id) | {"limit": str(limit), "wait": str(wait)}
    return Call(operations.LIST_EVENTS, _read_page, query)


def create_subscription(
    url: str,
    types: Iterable[str],
    room_id: str | None,
    secret: str | None,
    validation: Validation | str,
    after: str | None,
) -> Call[Subscription]:
    """Make a subscription."""
    body: dict[str, Any] = {"url": url, "validation": validation}
    optional = {"types": listed(types), "room": room_id, "secret": secret, "after": after}
    body.update({name: value for name, value in optional.items() if value})
    return Call(operations.CREATE_SUBSCRIPTION, _read_issued, body=encode(body))


def list_subscriptions() -> Call[Listed[Subscription]]:
    """Read all subscriptions."""
    return Call(operations.LIST_SUBSCRIPTIONS, _read_subscriptions)


def get_subscription(subscription_id: str) -> Call[Subscription]:
    """Read a subscription."""
    return Call(operations.GET_SUBSCRIPTION, _read_subscription, {"subscription_id": subscription_id})


def update_subscription(
    subscription_id: str,
    url: str | None,
    types: Iterable[str] | None,
    room_id: str | None,
    secret: str | None,
    validation: Validation | str | None,
    is_enabled: bool | None,
) -> Call[Subscription]:
    """Change what is given."""
    values = {"url": url, "secret": secret, "validation": validation, "enabled": is_enabled}
    body: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    if types is not None:
        body["types"] = listed(types) or None
    if room_id is not None:
        body["room"] = room_id or None
    return Call(operations.UPDATE_SUBSCRIPTION, _read_subscription, {"subscription_id": subscription_id}, encode(body))


def delete_subscription(subscription_id: str) -> Call[None]:
    """Delete a subscription."""
    return Call(operations.DELETE_SUBSCRIPTION, nothing, {"subscription_id": subscription_id})


def list_dead_letters(subscription_id: str) -> Call[Listed[DeadLetter]]:
    """Read the first page of dead letters."""
    return Call(operations.LIST_DEAD_LETTERS, _read_letters, {"subscription_id": subscription_id})


def resend_dead_letters(subscription_id: str) -> Call[None]:
    """Have all dead letters delivered again."""
    return Call(operations.RESEND_DEAD_LETTERS, nothing, {"subscription_id": subscription_id})


def resend_dead_letter(subscription_id: str, event_id: str) -> Call[None]:
    """Have one dead letter delivered again."""
    values = {"subscription_id": subscription_id, "event_id": event_id}
    return Call(operations.RESEND_DEAD_LETTER, nothing, values)


def resend_event(event_id: str, subscription_id: str | None) -> Call[list[str]]:
    """Have a kept event delivered again."""
    body = {} if subscription_id is None else {"subscription": subscription_id}
    return Call(operations.RESEND_EVENT, _read_resent, {"event_id": event_id}, encode(body))


def may_pass(error: AzureError) -> bool:
    """Return whether a request that failed so may succeed later: the service is away, starts, or has much to do."""
    if isinstance(error, HttpResponseError):
        return (error.status_code or 0) >= _SERVER_ERRORS or error.status_code == _TOO_MANY_REQUESTS
    return isinstance(error, ServiceRequestError | ServiceResponseError)


def pause(failures: int) -> float:
    """Return how many seconds to wait after so many failures in a row."""
    return _PAUSES[min(failures, len(_PAUSES)) - 1]


def _query(after: str | None, types: Iterable[str], room_id: str | None) -> dict[str, Any]:
    values = {"after": after, "type": listed(types), "room": room_id}
    return {name: value for name, value in values.items() if value}


def listed(types: Iterable[str]) -> list[str]:
    """Return the types of events as a list; raise `TypeError` for a single text."""
    if isinstance(types, str):
        raise TypeError(f"types must be a list of types of events, not a str: [{types!r}]")
    return list(types)


def _read_events(body: bytes) -> Listed[Event]:
    page = _decode_events(body)
    return list(map(_event, page.value)), page.next_link or None


def _read_page(body: bytes) -> EventPage:
    page = _decode_events(body)
    return EventPage(list(map(_event, page.value)), page.last)


def read_event(body: bytes) -> Event:
    """Decode one event."""
    return _event(_decode_event(body))


def _event(model: EventEnvelope) -> Event:
    envelope = msgspec.to_builtins(model)
    time, sequence = moment(model.time), model.roomsequence
    return Event(model.id, model.type, model.source, model.subject, time, sequence, model.data, envelope)


def _read_subscription(body: bytes) -> Subscription:
    return _subscription(_decode_subscription(body))


def _read_issued(body: bytes) -> Subscription:
    model = _decode_issued(body)
    return _subscription(model, model.secret)


def _read_subscriptions(body: bytes) -> Listed[Subscription]:
    return list(map(_subscription, _decode_subscriptions(body).value)), None


def _subscription(model: SubscriptionModel, secret: str | None = None) -> Subscription:
    return Subscription(
        id=model.id,
        url=model.url,
        state=_STATES.get(model.state, model.state),
        created_at=moment(model.created_at),
        types=tuple(model.types),
        room_id=model.room or None,
        validation=_VALIDATIONS.get(model.validation, model.validation),
        delivered=model.delivered,
        waiting=model.waiting,
        dead_letters=model.dead_letters,
        lag=timedelta(seconds=model.lag_seconds),
        delivered_at=moment(model.delivered_at) if model.delivered_at else None,
        error=model.error,
        next_attempt_at=moment(model.next_attempt_at) if model.next_attempt_at else None,
        secret=secret,
    )


def _read_letters(body: bytes) -> Listed[DeadLetter]:
    page = _decode_letters(body)
    return list(map(_letter, page.value)), page.next_link or None


def _letter(model: DeadLetterModel) -> DeadLetter:
    return DeadLetter(
        model.id, model.type, moment(model.time), model.room, moment(model.since), model.attempts, model.error
    )


def _read_resent(body: bytes) -> list[str]:
    return _decode_resent(body).subscriptions
