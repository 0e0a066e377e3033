"""Subscriptions: to which endpoints events are delivered, and when a delivery is tried again.

Events of one room are delivered in their order. An endpoint that is *away* (it cannot be reached, is too slow, or
answers 429, 502, 503 or 504) gets nothing until it answers again. One that *refuses* an event holds up the events of
that room only. A delivery that has not succeeded for 24 hours is given up: it becomes a dead letter, which can be sent
again.
"""

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

from openrooms.domain.errors import InvalidRequest
from openrooms.domain.events import BEGINNING, Event, EventFilter, EventKey
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import DAY, HOUR, MINUTE, SECOND, Moment, after
from openrooms.domain.rooms import RoomId

MOST_SUBSCRIPTIONS = 100
"""The most subscriptions of a resource."""

SECRET_PREFIX = "whsec_"  # noqa: S105 - it is not a secret
"""The beginning of a secret in its text form: https://github.com/standard-webhooks/standard-webhooks."""

GIVEN_UP_AFTER = DAY
"""How long a delivery is tried."""

_DECLARED = "settings-"
# All other ids are hexadecimal.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SECRET_BYTES = range(24, 65)
_LONGEST_URL = 2048
_PAUSES = (2 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE)
_LONGEST_PAUSE = HOUR
_AWAY = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


class Validation(StrEnum):
    """How an endpoint shows that it wants the events, before it gets any."""

    NONE = "none"
    CLOUD_EVENTS = "cloudEvents"
    EVENT_GRID = "eventGrid"


class Subscription(msgspec.Struct, frozen=True):
    """An endpoint and the events that it gets; `secret` is the base64 text of the key that signs them.

    Deliveries begin after the event `begins_after`. A disabled subscription is not delivered; enabled again, it goes on
    where it was.
    """

    resource: ResourceId
    id: str
    created_at: Moment
    url: str
    secret: str
    events: EventFilter = EventFilter()
    validation: Validation = Validation.NONE
    is_enabled: bool = True

    def gets(self, event: Event) -> bool:
        """Return whether the event is delivered to it."""
        return self.is_enabled and self.events.matches(event)

    def __repr__(self) -> str:
        return f"Subscription(id={self.id!r}, url={self.url!r})"


class Declaration(msgspec.Struct, frozen=True):
    """A subscription as the settings declare it, by a name; without a resource, it is of the only one."""

    name: str
    url: str
    secret: str
    events: EventFilter = EventFilter()
    validation: Validation = Validation.NONE
    resource: ResourceId | None = None

    @property
    def id(self) -> str:
        """The id of the subscription: each process finds the same one without asking the others."""
        return f"{_DECLARED}{self.name}"

    def subscription(self, resource: ResourceId, now: Moment) -> Subscription:
        """Return the subscription."""
        return Subscription(resource, self.id, now, self.url, self.secret, self.events, self.validation)

    def __repr__(self) -> str:
        return f"Declaration(name={self.name!r}, url={self.url!r})"


def check_name(name: str) -> str:
    """Return the name of a declared subscription, which becomes a part of its id; raise `InvalidRequest`."""
    if not _NAME.fullmatch(name):
        raise InvalidRequest(f"name {name!r} must be small letters, digits and hyphens, at most 40.")
    return name


def is_declared(subscription_id: str) -> bool:
    """Return whether the settings made the subscription."""
    return subscription_id.startswith(_DECLARED)


class Progress(msgspec.Struct, frozen=True):
    """How far the delivery of a subscription is.

    Events up to `cursor` were delivered or wait as `Delivery`. While the endpoint is away, `failures` counts the tries
    in a row, and `next_at` is the next one. `error` is what went wrong last, empty once all is well.
    """

    cursor: EventKey = BEGINNING
    failures: int = 0
    next_at: Moment = Moment(0)
    error: str = ""
    delivered: int = 0
    delivered_at: Moment = Moment(0)


class Delivery(msgspec.Struct, frozen=True):
    """An event that waits to be delivered; if it was tried, `attempts` times since `since`.

    With `died_at` it is a dead letter.
    """

    key: EventKey
    room_id: RoomId
    since: Moment
    attempts: int = 0
    next_at: Moment = Moment(0)
    error: str = ""
    died_at: Moment | None = None


class Answer(msgspec.Struct, frozen=True):
    """The answer of an endpoint: a status, or 0 with the reason why there was no answer.

    `retry_after` is the time that it asked for, in units of 100 ns.
    """

    status: int
    reason: str = ""
    retry_after: int = 0

    @property
    def is_success(self) -> bool:
        """Whether the event was delivered."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_away(self) -> bool:
        """Whether no event can be delivered now."""
        return not self.status or self.status in _AWAY

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint wants no more events: https://www.rfc-editor.org/rfc/rfc9110#name-410-gone."""
        return self.status == HTTPStatus.GONE

    @property
    def error(self) -> str:
        """The answer in words."""
        return self.reason or f"answered {self.status}"


def pause(attempts: int, answer: Answer) -> int:
    """Return how long to wait after so many attempts, in units of 100 ns."""
    usual = _PAUSES[attempts - 1] if attempts <= len(_PAUSES) else _LONGEST_PAUSE
    return min(max(usual, answer.retry_after), _LONGEST_PAUSE)


def failed(delivery: Delivery, answer: Answer, now: Moment) -> Delivery:
    """Return the delivery after an attempt that failed."""
    attempts = delivery.attempts + 1
    return msgspec.structs.replace(
        delivery, attempts=attempts, next_at=after(now, pause(attempts, answer)), error=answer.error
    )


def given_up(waiting: Iterable[Delivery], now: Moment) -> dict[EventKey, Delivery]:
    """Return the deliveries that have waited for too long, as dead letters by their keys."""
    return {
        one.key: msgspec.structs.replace(one, died_at=now) for one in waiting if now >= after(one.since, GIVEN_UP_AFTER)
    }


def revived(delivery: Delivery, now: Moment) -> Delivery:
    """Return the dead letter as a delivery that is tried now, for another 24 hours."""
    return Delivery(delivery.key, delivery.room_id, now, next_at=now)


def went_away(progress: Progress, answer: Answer, now: Moment) -> Progress:
    """Return the progress after the endpoint turned out to be away."""
    failures = progress.failures + 1
    return msgspec.structs.replace(
        progress, failures=failures, next_at=after(now, pause(failures, answer)), error=answer.error
    )


def due(waiting: Collection[Delivery], now: Moment) -> list[list[Delivery]]:
    """Return the deliveries to try now: for each room whose first one is due, all of that room in their order."""
    rooms: dict[RoomId, list[Delivery]] = {}
    for delivery in sorted(waiting, key=lambda one: one.key):
        rooms.setdefault(delivery.room_id, []).append(delivery)
    return [of_room for of_room in rooms.values() if of_room[0].next_at <= now]


def next_due(waiting: Collection[Delivery]) -> Moment | None:
    """Return when the next delivery has to be tried; `None` if none waits."""
    firsts: Mapping[RoomId, Delivery] = {
        one.room_id: one for one in sorted(waiting, key=lambda one: one.key, reverse=True)
    }
    return min((first.next_at for first in firsts.values()), default=None)


def check_url(url: str, *, plain: bool) -> str:
    """Return the URL of an endpoint; raise `InvalidRequest`. Only with `plain` it may be one of http."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidRequest(f"url is not a URL: {error}.") from error
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidRequest(f"url must be printable ASCII without spaces, of at most {_LONGEST_URL} characters.")
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise InvalidRequest("url must be an https address, such as https://app.example/hooks/rooms.")
    if parts.scheme == "http" and not plain:
        raise InvalidRequest("url must begin with https; --hooks-to-private-addresses also allows http.")
    if parts.username is not None or parts.fragment:
        raise InvalidRequest("url must have neither a user name nor a fragment; events are signed with the secret.")
    return url


def check_secret(text: str) -> str:
    """Return the base64 text of a secret in its text form; raise `InvalidRequest`."""
    encoded = text.removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(SECRET_PREFIX) or len(key) not in _SECRET_BYTES:
        raise InvalidRequest(f"secret must be {SECRET_PREFIX} and the base64 of 24 to 64 random bytes.")
    return encoded
