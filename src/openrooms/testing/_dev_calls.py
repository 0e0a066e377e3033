"""The request and the decoder of the answer for each method of `DevService`, and its values; no I/O."""

from datetime import datetime, timedelta
from typing import TypedDict, TypeVar

import msgspec

from openrooms.client._calls import Call, encode
from openrooms.client._reading import nothing
from openrooms.domain.errors import InvalidRequest
from openrooms.events._calls import read_event
from openrooms.events._models import Event
from openrooms.identifiers import CommunicationIdentifier
from openrooms.wire import operations
from openrooms.wire.development import FaultBody
from openrooms.wire.operations import Operation

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


class FaultOptions(TypedDict, total=False):
    """The conditions and effects of a fault, as the page on the development service explains them."""

    operation: str
    resource: str
    room: str
    user_agent: str
    endpoint: str
    lasts: float
    nth: int
    times: int
    probability: float
    seed: int
    status: int
    retry_after: int
    retry_after_date: bool
    delay: float
    slow_body: float
    malformed: bool
    cut: str
    away: str
    rotated_key: str
    expired_certificate: bool


class Fault(msgspec.Struct, frozen=True, rename="camel"):
    """A fault, with the number of requests that its conditions fitted, and of those that it was injected into.

    A fault of `away=webhook` counts deliveries of events instead of requests.
    """

    id: str
    matched: int
    injected: int
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
    status: int | None = None
    retry_after: int | None = None
    retry_after_date: bool = False
    delay: float = 0.0
    slow_body: float = 0.0
    malformed: bool = False
    cut: str | None = None
    away: str | None = None
    rotated_key: str | None = None
    expired_certificate: bool = False


class _FaultList(msgspec.Struct, frozen=True):
    value: list[Fault]


class SimulatedPerson(msgspec.Struct, frozen=True, rename="camel"):
    """A person in a simulated call; `state` is `connected`, `reconnecting` or `ended`."""

    raw_id: str
    role: str
    display_name: str
    state: str
    is_muted: bool


PersonLike = SimulatedPerson | CommunicationIdentifier | str
"""The types that name a simulated person."""


class _PersonList(msgspec.Struct, frozen=True):
    value: list[SimulatedPerson]


class RequestPage(msgspec.Struct, frozen=True):
    """Recorded requests, and the number of the newest one of all."""

    value: list[RecordedRequest]
    newest: int


_clock = msgspec.json.Decoder(ServiceClock).decode
_fault = msgspec.json.Decoder(Fault).decode
_faults = msgspec.json.Decoder(_FaultList).decode
_person = msgspec.json.Decoder(SimulatedPerson).decode
_people = msgspec.json.Decoder(_PersonList).decode
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


def add_fault(text: str, fault: FaultOptions) -> Call[Fault]:
    """Add a fault; raise `ValueError` for a text that is not of its form."""
    try:
        named = FaultBody.of_text(text)
    except InvalidRequest as error:
        raise ValueError(str(error)) from error
    body = msgspec.structs.replace(named, **fault)
    return Call(operations.ADD_FAULT, _fault, body=msgspec.json.encode(body))


def list_faults() -> Call[list[Fault]]:
    """Read the faults."""
    return Call(operations.LIST_FAULTS, lambda body: _faults(body).value)


def remove_fault(fault_id: str) -> Call[None]:
    """Remove a fault."""
    return Call(operations.REMOVE_FAULT, nothing, {"fault_id": fault_id})


def clear_faults() -> Call[None]:
    """Remove all faults."""
    return Call(operations.CLEAR_FAULTS, nothing)


def export_state() -> Call[bytes]:
    """Read everything."""
    return Call(operations.EXPORT_STATE, bytes)


def import_state(document: bytes) -> Call[None]:
    """Replace everything."""
    return Call(operations.IMPORT_STATE, nothing, body=document)


def reset_state() -> Call[None]:
    """Begin anew."""
    return Call(operations.RESET_STATE, nothing)


def trigger_event(event_type: str, room_id: str | None) -> Call[Event]:
    """Make a sample event."""
    body = {"type": event_type, **({"room": room_id} if room_id else {})}
    return Call(operations.TRIGGER_EVENT, read_event, body=encode(body))


def add_person(
    room_id: str, role: str | None, participant: CommunicationIdentifier | str | None, display_name: str
) -> Call[SimulatedPerson]:
    """Put a person into a call."""
    raw_id = None if participant is None else _raw_id(participant)
    body = encode({"rawId": raw_id, "role": role, "displayName": display_name})
    return Call(operations.ADD_PERSON, _person, {"room_id": room_id}, body)


def list_people(room_id: str) -> Call[list[SimulatedPerson]]:
    """Read who is in a call."""
    return Call(operations.LIST_PEOPLE, lambda body: _people(body).value, {"room_id": room_id})


def act(operation: Operation, room_id: str, person: PersonLike) -> Call[None]:
    """Have a person do something."""
    return Call(operation, nothing, {"room_id": room_id, "participant": _raw_id(person)})


def _raw_id(person: PersonLike) -> str:
    return person if isinstance(person, str) else person.raw_id
