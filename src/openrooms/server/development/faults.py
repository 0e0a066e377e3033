"""The faults of a development service: which there are, how often each was injected, and which one a request meets."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

import msgspec

from openrooms.domain import faults
from openrooms.domain.errors import InvalidRequest, MediaUnavailable, NotAuthenticated, Unavailable
from openrooms.domain.faults import AccessKeyName, Away, Effect, Traits
from openrooms.domain.moments import SECOND, Moment
from openrooms.server.web.messages import Request
from openrooms.wire.development import FaultBody, FaultModel
from openrooms.wire.operations import DEVELOPMENT_OPERATIONS, OPERATIONS

MOST = 100
_NAMES = frozenset(operation.name for operation in (*OPERATIONS, *DEVELOPMENT_OPERATIONS)) | {"unknown"}
_ONE_REQUEST = "header"
_ABSENCES = {Away.DATABASE: Unavailable, Away.LIVEKIT: MediaUnavailable}


class Fault:
    """A rule under its id, with the numbers of requests that fitted it and that it hit.

    `now` is the service's time, by which a rule that `lasts` for a while ends.
    """

    def __init__(self, fault_id: str, body: FaultBody, now: Callable[[], Moment]) -> None:
        """Raise `InvalidRequest` if the rule makes no sense."""
        if body.operation is not None and body.operation not in _NAMES:
            raise InvalidRequest(f"{body.operation} is not an operation; docs/api.md names them: create_room.")
        rule = body.rule()
        faults.check(rule)
        self.id = fault_id
        self.rule = rule
        self.matched = 0
        self.injected = 0
        self._body = body
        self._now = now
        self._until = None if body.lasts is None else now() + int(body.lasts * SECOND)

    @property
    def effect(self) -> Effect:
        """What happens to a request."""
        return self.rule.effect

    @property
    def holds_everywhere(self) -> bool:
        """Whether it holds now, also outside of requests."""
        return faults.is_lasting(self.rule) and not self._is_over

    @property
    def is_about_endpoints(self) -> bool:
        """Whether it counts deliveries to endpoints, and no requests."""
        return faults.is_about_endpoints(self.rule)

    @property
    def _is_over(self) -> bool:
        return self._until is not None and self._now() >= self._until

    def meets(self, traits: Traits) -> bool:
        """Count a request or delivery that fits; return whether the rule hits it."""
        if self._is_over or not faults.fits(self.rule.conditions, traits):
            return False
        self.matched += 1
        return faults.hits(self.rule.conditions, self.matched)

    def model(self) -> FaultModel:
        """Return the fault as it is listed."""
        return FaultModel(
            **msgspec.structs.asdict(self._body), id=self.id, matched=self.matched, injected=self.injected
        )


class Meeting(NamedTuple):
    """A fault, and the request that meets it."""

    fault: Fault
    request: Request

    def inject(self) -> None:
        """Count the fault as injected into the request."""
        self.fault.injected += 1
        self.request.fault = self.fault.id


_present: ContextVar[Meeting | None] = ContextVar("present", default=None)


@contextmanager
def meeting(fault: Fault, request: Request) -> Iterator[Meeting]:
    """Have the ports that a request uses know its fault."""
    made = Meeting(fault, request)
    token = _present.set(made)
    try:
        yield made
    finally:
        _present.reset(token)


class Faults:
    """The list of faults; a request meets the first one that hits it. `now` is the service's time."""

    def __init__(self, now: Callable[[], Moment]) -> None:
        self._now = now
        self._faults: dict[str, Fault] = {}
        self._made = 0
        self._listeners: list[Callable[[], None]] = []

    def __bool__(self) -> bool:
        return bool(self._faults)

    def add(self, body: FaultBody) -> Fault:
        """Add a fault; raise `InvalidRequest` if it makes no sense, or if there are `MOST` already."""
        if len(self._faults) >= MOST:
            raise InvalidRequest(f"There are {MOST} faults already; remove some first.")
        if body.expired_certificate and not self._listeners:
            raise InvalidRequest("expiredCertificate needs the HTTPS port of `openrooms dev` and its own certificate.")
        fault = Fault(str(self._made + 1), body, self._now)
        self._made += 1
        self._faults[fault.id] = fault
        self._tell()
        return fault

    def remove(self, fault_id: str) -> None:
        """Remove a fault, if there is such a one."""
        self._faults.pop(fault_id, None)
        self._tell()

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()
        self._tell()

    def list(self) -> Sequence[Fault]:
        """Return all faults, oldest first."""
        return tuple(self._faults.values())

    def listen(self, changed: Callable[[], None]) -> None:
        """Have `changed` called after each change of the list."""
        self._listeners.append(changed)

    def meet(self, traits: Traits) -> Fault | None:
        """Return the fault that a request meets. Each rule counts the request, even after one that hits."""
        rules = [fault for fault in self._faults.values() if not fault.is_about_endpoints]
        return _first([fault for fault in rules if fault.meets(traits)])

    def meet_delivery(self, traits: Traits) -> Fault | None:
        """Return the fault that a delivery to an endpoint meets, which is counted as injected."""
        rules = [fault for fault in self._faults.values() if fault.is_about_endpoints]
        fault = _first([fault for fault in rules if fault.meets(traits)])
        if fault is not None:
            fault.injected += 1
        return fault

    def of_header(self, text: str) -> Fault:
        """Return the fault of one request's header, such as `status=429; retryAfter=2`; raise `InvalidRequest`."""
        fault = Fault(_ONE_REQUEST, FaultBody.of_text(text), self._now)
        if fault.is_about_endpoints:
            raise InvalidRequest("away=webhook hits deliveries of events, not a request: add it as a fault.")
        return fault

    def check_away(self, away: Away) -> None:
        """Raise what is raised when it does not answer, if it is away now."""
        met = _present.get()
        if met is not None and met.fault.effect.away is away:
            met.inject()
            raise _ABSENCES[away]
        for fault in self._faults.values():
            if fault.effect.away is away and fault.holds_everywhere:
                fault.injected += 1
                raise _ABSENCES[away]

    def check_key(self, request: Request, key: AccessKeyName) -> None:
        """Raise `NotAuthenticated` if this key of the request's resource counts as replaced."""
        met = _present.get()
        if met is not None and met.request is request and met.fault.effect.rotated_key is key:
            met.inject()
            raise NotAuthenticated(f"key: fault {met.fault.id} has replaced the {key} key")

    @property
    def has_expired_certificate(self) -> bool:
        """Whether new connections see an expired certificate."""
        return any(fault.effect.expired_certificate for fault in self._faults.values())

    def _tell(self) -> None:
        for changed in self._listeners:
            changed()


def _first(faults: Sequence[Fault]) -> Fault | None:
    return faults[0] if faults else None
