"""The request and the decoder of the answer for each method of `DevService`, and its values; no I/O."""

from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from openrooms.client._calls import Call, encode
from openrooms.client._reading import nothing
from openrooms.wire import operations

T = TypeVar("T")

PAGE = 100
WAIT = 20
"""The most seconds that the service waits for a new request."""


class ServiceClock(msgspec.Struct, frozen=True, rename="camel"):
    """The clock of a development service."""

    time: datetime
    is_frozen: bool
    is_moved: bool
    strict_signatures: bool


class RecordedRequest(msgspec.Struct, frozen=True, rename="camel"):
    """A request that a development service received, and its answer.

    `...` stands for each secret, and bodies are cut after 16 KiB. `time` is the machine's time. `refusal` is the reason
    of a refusal, and `string_to_sign` what a client with a wrong signature should have signed. `fault` names the fault
    that was injected.
    """

    number: int
    time: datetime
    operation: str
    method: str
    target: str
    headers: dict[str, str]
    body: str
    status: int
    answer_headers: dict[str, str]
    answer_body: str
    milliseconds: float
    caller: str
    refusal: str | None
    string_to_sign: str | None
    fault: str | None


class RequestPage(msgspec.Struct, frozen=True):
    """Recorded requests, and the number of the newest one of all."""

    value: list[RecordedRequest]
    newest: int


_clock = msgspec.json.Decoder(ServiceClock).decode
_requests = msgspec.json.Decoder(RequestPage).decode


def get_clock() -> Call[ServiceClock]:
    """Read the clock."""
    return Call(operations.GET_CLOCK, _clock)


def advance_clock(amount: timedelta) -> Call[ServiceClock]:
    """Move the clock."""
    return Call(operations.ADVANCE_CLOCK, _clock, body=encode({"seconds": amount.total_seconds()}))


def set_clock(moment: datetime | None, is_frozen: bool | None, strict_signatures: bool | None) -> Call[ServiceClock]:
    """Set, freeze or run the clock."""
    if moment is not None and moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: give e.g. datetime(..., tzinfo=UTC)")
    body = {
        "time": None if moment is None else moment.isoformat(),
        "isFrozen": is_frozen,
        "strictSignatures": strict_signatures,
    }
    return Call(operations.SET_CLOCK, _clock, body=encode(body))


def reset_clock() -> Call[None]:
    """Let the clock go by the machine's time."""
    return Call(operations.RESET_CLOCK, nothing)


def list_requests(after: int | None, before: int | None, limit: int, wait: int) -> Call[RequestPage]:
    """Read recorded requests."""
    values = {"after": after, "before": before, "limit": limit, "wait": wait}
    query = {name: str(value) for name, value in values.items() if value is not None}
    return Call(operations.LIST_REQUESTS, _requests, query)


def clear_requests() -> Call[None]:
    """Forget the recorded requests."""
    return Call(operations.CLEAR_REQUESTS, nothing)
