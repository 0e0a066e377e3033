"""Faults that a development service injects: which requests they hit, and what they do to them.

A rule has conditions and an effect. It counts the requests that its conditions fit, and hits those that its numbers and
its probability select; both depend on nothing but the rule and the count, so a run can be repeated. A rule about
endpoints counts deliveries to the endpoints of subscriptions instead.
"""

import random
from collections.abc import Iterator
from enum import StrEnum
from http import HTTPStatus

import msgspec

from openrooms.domain.errors import InvalidRequest

LONGEST_SECONDS = 600
"""The longest delay, so that every wait ends."""
_STATUSES = frozenset(int(status) for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST)
_LONGEST_RETRY = 24 * 3600
_LONGEST_LASTING = 366 * 24 * 3600


class Cut(StrEnum):
    """Where the connection ends."""

    BEFORE_REQUEST = "beforeRequest"
    """Before the service does anything."""
    BEFORE_ANSWER = "beforeAnswer"
    """After a write was kept, without a byte of the answer."""
    IN_HEAD = "inHead"
    IN_BODY = "inBody"


class Away(StrEnum):
    """What does not answer the service."""

    DATABASE = "database"
    LIVEKIT = "livekit"
    WEBHOOK = "webhook"
    """The endpoint of a subscription."""


class AccessKeyName(StrEnum):
    """Which of a resource's access keys."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class Conditions(msgspec.Struct, frozen=True):
    """Which requests or deliveries a rule hits; what is `None` fits every one.

    `user_agent` is a part of the header, in any letter case, and `endpoint` a part of a subscription's URL. `lasts` is
    for how many seconds after it was added the rule hits anything. Of the requests that fit, it hits `times` ones from
    the `nth` on: by default all, and only one if `nth` is given. `probability` selects among those, always the same
    ones for the same `seed`.
    """

    operation: str | None = None
    resource: str | None = None
    room: str | None = None
    user_agent: str | None = None
    endpoint: str | None = None
    lasts: float | None = None
    nth: int | None = None
    times: int | None = None
    probability: float = 1.0
    seed: int = 0


class Effect(msgspec.Struct, frozen=True):
    """What happens to a request.

    `status` is answered instead of handling the request, with `retry_after` in seconds or, with `retry_after_date`, as
    a date. Every other answer is delayed by `delay` seconds, its body takes `slow_body` seconds or is `malformed`, and
    `cut` ends the connection. While something is `away`, or an access key counts as replaced (`rotated_key`), the
    service refuses by itself. With `expired_certificate`, new connections see an expired certificate.
    """

    status: int | None = None
    retry_after: int | None = None
    retry_after_date: bool = False
    delay: float = 0.0
    slow_body: float = 0.0
    malformed: bool = False
    cut: Cut | None = None
    away: Away | None = None
    rotated_key: AccessKeyName | None = None
    expired_certificate: bool = False


class Rule(msgspec.Struct, frozen=True):
    """Conditions and an effect."""

    conditions: Conditions
    effect: Effect


class Traits(msgspec.Struct, frozen=True):
    """What conditions compare of a request, or of a delivery to an endpoint."""

    operation: str = ""
    resource: str = ""
    room: str = ""
    user_agent: str = ""
    endpoint: str = ""


def fits(conditions: Conditions, traits: Traits) -> bool:
    """Return whether a request is one of those that the rule counts."""
    return (
        conditions.operation in (None, traits.operation)
        and conditions.resource in (None, traits.resource)
        and conditions.room in (None, traits.room)
        and (conditions.user_agent is None or conditions.user_agent.lower() in traits.user_agent.lower())
        and (conditions.endpoint is None or conditions.endpoint in traits.endpoint)
    )


def hits(conditions: Conditions, count: int) -> bool:
    """Return whether the rule hits the request that is number `count`, from 1, of those that fit."""
    first = conditions.nth or 1
    times = conditions.times or (None if conditions.nth is None else 1)
    if count < first or (times is not None and count >= first + times):
        return False
    return conditions.probability >= 1 or _draw(conditions.seed, count) < conditions.probability


def is_lasting(rule: Rule) -> bool:
    """Return whether the rule also holds outside of requests: for a whole service, for as long as it is there."""
    return msgspec.structs.replace(rule.conditions, lasts=None) == Conditions()


def is_about_endpoints(rule: Rule) -> bool:
    """Return whether the rule counts deliveries to endpoints, and no requests."""
    return rule.effect.away is Away.WEBHOOK


def check(rule: Rule) -> None:
    """Raise `InvalidRequest` that names what makes no sense."""
    for problem in _problems(rule.conditions, rule.effect):
        raise InvalidRequest(problem)


def _draw(seed: int, count: int) -> float:
    return random.Random(f"{seed}/{count}").random()  # noqa: S311 - it must be repeatable, not secret


def _problems(conditions: Conditions, effect: Effect) -> Iterator[str]:
    if effect == Effect():
        yield "A fault needs an effect, such as status=503, delay=2 or cut=beforeAnswer."
    alternatives = [effect.status, effect.away, effect.rotated_key, effect.expired_certificate or None]
    if sum(value is not None for value in alternatives) > 1:
        yield "A fault has one of status, away, rotatedKey and expiredCertificate; add a second fault."
    if effect.expired_certificate:
        yield from _problems_of_certificate(conditions, effect)
    if effect.away is Away.WEBHOOK:
        yield from _problems_of_endpoints(conditions, effect)
    elif conditions.endpoint is not None:
        yield "endpoint is a part of a subscription's URL and goes with away=webhook."
    if not all(0 <= seconds <= LONGEST_SECONDS for seconds in (effect.delay, effect.slow_body)):
        yield f"delay and slowBody are from 0 to {LONGEST_SECONDS} seconds."
    yield from _problems_of_status(effect)
    yield from _problems_of_numbers(conditions)


def _problems_of_certificate(conditions: Conditions, effect: Effect) -> Iterator[str]:
    if effect != Effect(expired_certificate=True):
        yield "expiredCertificate is the only effect of its fault; add a second fault."
    if conditions != Conditions():
        yield "expiredCertificate takes no conditions: a connection begins before its first request."


def _problems_of_endpoints(conditions: Conditions, effect: Effect) -> Iterator[str]:
    if effect != Effect(away=Away.WEBHOOK):
        yield "away=webhook is the only effect of its fault; add a second fault."
    if conditions.operation is not None or conditions.user_agent is not None:
        yield "away=webhook hits deliveries of events, not requests: it takes endpoint, not operation or userAgent."


def _problems_of_status(effect: Effect) -> Iterator[str]:
    if effect.status is not None and effect.status not in _STATUSES:
        yield f"{effect.status} is not an error status of HTTP, such as 429 or 503."
    if effect.retry_after is not None and not (effect.status and 0 <= effect.retry_after <= _LONGEST_RETRY):
        yield f"retryAfter goes with a status and is from 0 to {_LONGEST_RETRY} seconds."
    if effect.retry_after_date and effect.retry_after is None:
        yield "retryAfterDate needs retryAfter, the seconds from now."


def _problems_of_numbers(conditions: Conditions) -> Iterator[str]:
    if any(number is not None and number < 1 for number in (conditions.nth, conditions.times)):
        yield "nth and times are numbers from 1."
    if conditions.lasts is not None and not 0 < conditions.lasts <= _LONGEST_LASTING:
        yield f"lasts is above 0 and at most {_LONGEST_LASTING} seconds."
    if not 0 < conditions.probability <= 1:
        yield "probability is above 0 and at most 1."
