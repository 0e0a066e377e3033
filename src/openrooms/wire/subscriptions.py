"""The JSON shapes of subscriptions: endpoints to which events are delivered, and the events that they did not take."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from openrooms.domain.errors import InvalidRequest
from openrooms.domain.events import EventFilter
from openrooms.domain.rooms import parse_room_id
from openrooms.domain.subscriptions import Validation
from openrooms.wire.events import TYPES
from openrooms.wire.models import RequestBody

ValidationText = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(Validation)})]
StateText = Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["delivering", "away", "disabled"]})]


class SubscriptionBody(RequestBody):
    """The body that makes a subscription.

    `types` are the types of events, all if it is left out, and `room` is the only room. `secret` is `whsec_` and the
    base64 of 24 to 64 bytes; one is made if it is left out. `validation` is the handshake that the endpoint expects.
    Events after the one with the id `after` are delivered; if it is left out, those from now on.
    """

    url: str
    types: list[str] | UnsetType = UNSET
    room: str | UnsetType = UNSET
    secret: str | UnsetType = UNSET
    validation: Validation = Validation.NONE
    after: str | UnsetType = UNSET

    def __repr__(self) -> str:
        return f"SubscriptionBody(url={self.url!r})"


class SubscriptionChangeBody(RequestBody):
    """The body of a change, as JSON Merge Patch: what is left out stays as it is; null is every type, or every room."""

    url: str | UnsetType = UNSET
    types: list[str] | UnsetType | None = UNSET
    room: str | UnsetType | None = UNSET
    secret: str | UnsetType = UNSET
    validation: Validation | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET

    def __repr__(self) -> str:
        return f"SubscriptionChangeBody(url={self.url!r})"


class SubscriptionModel(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A subscription and the state of its delivery.

    `state` is `away` while the endpoint does not answer. `delivered` counts the deliveries, `waiting` those that are
    tried again, and `deadLetters` those that were given up. `lagSeconds` is for how long the next event has been
    waiting. `error` is what went wrong last, and `nextAttemptAt` when an endpoint that is away is tried again.
    """

    id: str
    url: str
    state: StateText
    created_at: str
    validation: ValidationText
    delivered: Annotated[int, msgspec.Meta(ge=0)]
    waiting: Annotated[int, msgspec.Meta(ge=0)]
    dead_letters: Annotated[int, msgspec.Meta(ge=0)]
    lag_seconds: float
    types: list[str] = []
    room: str = ""
    delivered_at: str = ""
    error: str = ""
    next_attempt_at: str = ""


class IssuedSubscriptionModel(SubscriptionModel, kw_only=True):
    """A new subscription, with the secret that signs its events; no other answer has it."""

    secret: str

    def __repr__(self) -> str:
        return f"IssuedSubscriptionModel(id={self.id!r}, url={self.url!r})"


class SubscriptionList(msgspec.Struct):
    """All subscriptions of a resource, the oldest first."""

    value: list[SubscriptionModel]


class DeadLetterModel(msgspec.Struct, rename="camel"):
    """An event whose delivery was given up: when it was first tried, how often, and what went wrong last.

    `id`, `type`, `time` and `room` are the event's; `type` is empty if the event is no longer kept.
    """

    id: str
    type: str
    time: str
    room: str
    since: str
    attempts: int
    error: str


class DeadLetterList(msgspec.Struct, rename="camel", omit_defaults=True):
    """A page of dead letters; the last page has no `nextLink`."""

    value: list[DeadLetterModel]
    next_link: str | None = None


class ResendBody(RequestBody):
    """The body of delivering an event again: the id of the only subscription, if not all that get it are meant."""

    subscription: str | UnsetType = UNSET


class ResentModel(msgspec.Struct):
    """The ids of the subscriptions to which an event is delivered again."""

    subscriptions: list[str]


def event_filter(types: Sequence[str] | None, room: str | None) -> EventFilter:
    """Return which events a subscription gets; raise `InvalidRequest` or `InvalidRoomId`."""
    for name in types or ():
        if name not in TYPES:
            raise InvalidRequest(f"There is no type of events {name!r}.")
    return EventFilter(None if room is None else parse_room_id(room), frozenset(types or ()))
