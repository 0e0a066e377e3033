"""The values of the events clients: events, subscriptions to them, and deliveries that were given up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from openrooms.domain.subscriptions import Validation


class SubscriptionState(StrEnum):
    """How the delivery of a subscription goes; `AWAY` while its endpoint does not answer."""

    DELIVERING = "delivering"
    AWAY = "away"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Event:
    """Something that happened, in the form of CloudEvents 1.0.

    `id` stays the same however often the event is read or delivered. `room_sequence` is its number in its room, from 1
    without gaps. `data` has the fields of the type: docs/events-reference.md lists them. `envelope` is all of it as
    JSON has it, for `CloudEvent.from_dict` of azure-core and others.
    """

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    room_sequence: int
    data: Mapping[str, Any]
    envelope: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def room_id(self) -> str:
        """The room of the event."""
        return str(self.data["room"]["id"])


@dataclass(frozen=True)
class Subscription:
    """An endpoint to which events are delivered, and how that goes.

    Without `types` it gets all types, without a `room_id` the events of all rooms. `delivered` counts the deliveries,
    `waiting` those that are tried again, and `dead_letters` those that were given up. `lag` is for how long the next
    event has been waiting. `error` is what went wrong last, empty if all is well, and `next_attempt_at` when an
    endpoint that is away is tried again. `secret` is there only in the answer to `create_subscription`; `repr` does not
    show it.
    """

    id: str
    url: str
    state: SubscriptionState | str
    created_at: datetime
    types: tuple[str, ...]
    room_id: str | None
    validation: Validation | str
    delivered: int
    waiting: int
    dead_letters: int
    lag: timedelta
    delivered_at: datetime | None = None
    error: str = ""
    next_attempt_at: datetime | None = None
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class DeadLetter:
    """An event whose delivery was given up: since when it was tried, how often, and what went wrong last.

    `type`, `time` and `room_id` are the event's; `type` is empty if the event is no longer kept.
    """

    event_id: str
    type: str
    time: datetime
    room_id: str
    since: datetime
    attempts: int
    error: str
