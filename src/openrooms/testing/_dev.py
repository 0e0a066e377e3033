"""The sync client of what only a development service has."""

# Written by `make twins` from _dev_async.py: change that one.

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, Unpack

from openrooms.client._base import RETRIES, TIMEOUT
from openrooms.client._base_sync import SyncClient
from openrooms.client._calls import Call
from openrooms.client._policies import KeyCredential
from openrooms.domain.roles import ParticipantRole
from openrooms.events._models import Event
from openrooms.identifiers import CommunicationIdentifier
from openrooms.testing import _dev_calls as calls
from openrooms.testing._dev_calls import Fault, FaultOptions, PersonLike, RecordedRequest, ServiceClock, SimulatedPerson
from openrooms.wire import operations

T = TypeVar("T")


class DevService(SyncClient):
    """A client of a development service's own operations: its clock, its faults, and the requests that it received.

    `openrooms dev` and the services of the pytest plugin have them; a production service answers 404. Every call
    accepts the keywords of the calls of `openrooms.RoomsClient` and raises the same errors.
    """

    _default_version = ""

    def __init__(
        self,
        endpoint: str,
        credential: KeyCredential | str,
        *,
        retries: int = RETRIES,
        timeout: float | None = TIMEOUT,
        **options: Any,
    ) -> None:
        """Create a client without sending anything.

        `credential` is the access key. The other arguments and the errors are those of `openrooms.RoomsClient`.
        """
        super().__init__(endpoint, credential, retries=retries, timeout=timeout, **options)

    def get_clock(self, **options: Any) -> ServiceClock:
        """Return the service's clock."""
        return self._call(calls.get_clock(), options)

    def advance_clock(
        self,
        amount: timedelta | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        **options: Any,
    ) -> ServiceClock:
        """Move the clock forward by the sum of the amounts, or back if the sum is negative.

        When this returns, calls that are over have ended, and data past its retention is gone.
        """
        total = (amount or timedelta()) + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return self._call(calls.advance_clock(total), options)

    def set_clock(
        self,
        moment: datetime | None = None,
        *,
        is_frozen: bool | None = None,
        strict_signatures: bool | None = None,
        **options: Any,
    ) -> ServiceClock:
        """Set the clock to `moment`, and freeze it or let it run; what is left out stays as it is.

        With `strict_signatures`, a request's signature must be dated near the service's clock; otherwise a date near
        the machine's time will do. Raise `ValueError` if `moment` has no time zone.
        """
        return self._call(calls.set_clock(moment, is_frozen, strict_signatures), options)

    def freeze_clock(self, **options: Any) -> ServiceClock:
        """Stop the clock."""
        return self._call(calls.set_clock(None, True, None), options)

    def run_clock(self, **options: Any) -> ServiceClock:
        """Let the clock run on from its present time."""
        return self._call(calls.set_clock(None, False, None), options)

    def reset_clock(self, **options: Any) -> None:
        """Let the clock go by the machine's time again."""
        return self._call(calls.reset_clock(), options)

    def list_requests(
        self, *, after: int | None = None, before: int | None = None, limit: int = 100, **options: Any
    ) -> Sequence[RecordedRequest]:
        """Return recorded requests, oldest first: those after a number, or else the newest (before a number).

        The service keeps the last 1,000 requests.
        """
        return self._call(calls.list_requests(after, before, limit, 0), options).value

    def follow_requests(self, *, after: int | None = None, **options: Any) -> Iterator[RecordedRequest]:
        """Yield requests as they come, without end: those after a number, or else after now."""
        if after is None:
            after = self._call(calls.list_requests(None, None, 0, 0), dict(options)).newest
        while True:
            page = self._call(calls.list_requests(after, None, calls.PAGE, calls.WAIT), dict(options))
            for request in page.value:
                yield request
                after = request.number

    def clear_requests(self, **options: Any) -> None:
        """Forget the recorded requests."""
        return self._call(calls.clear_requests(), options)

    def add_fault(self, fault: str = "", **values: Unpack[FaultOptions]) -> Fault:
        """Inject a fault into the requests that meet its conditions, until it is removed.

        Give its conditions and effects as keywords (`add_fault(operation="create_room", status=429)`), as a text
        (`add_fault("operation=create_room; status=429")`), or as both. Raise `ValueError` for a text that is not of
        this form, and `HttpResponseError` with what makes no sense.
        """
        return self._call(calls.add_fault(fault, values), {})

    def list_faults(self, **options: Any) -> Sequence[Fault]:
        """Return the faults, oldest first, and how often each was injected."""
        return self._call(calls.list_faults(), options)

    def remove_fault(self, fault: Fault | str, **options: Any) -> None:
        """Remove a fault, if it is still there; a text is its id."""
        return self._call(calls.remove_fault(fault if isinstance(fault, str) else fault.id), options)

    def clear_faults(self, **options: Any) -> None:
        """Remove all faults."""
        return self._call(calls.clear_faults(), options)

    def export_state(self, **options: Any) -> bytes:
        """Return the service's rooms with their rosters, its users and subscriptions, as a JSON document."""
        return self._call(calls.export_state(), options)

    def import_state(self, document: bytes, **options: Any) -> None:
        """Replace the service's rooms, users and subscriptions by those of an exported document: all or nothing."""
        return self._call(calls.import_state(document), options)

    def reset_state(self, **options: Any) -> None:
        """Begin anew: remove rooms, users, subscriptions, events, faults and recorded requests, and reset the clock."""
        return self._call(calls.reset_state(), options)

    def trigger_event(self, event_type: str, *, room_id: str | None = None, **options: Any) -> Event:
        """Make a sample event of the type, such as `Microsoft.Communication.CallStarted`, and return it.

        It is about the room, or about one that the service makes for samples, and is read and delivered as all others.
        Raise `HttpResponseError` with status 400 for a type that does not exist, or `ResourceNotFoundError`.
        """
        return self._call(calls.trigger_event(event_type, room_id), options)

    def add_person(
        self,
        room_id: str,
        *,
        role: ParticipantRole | str | None = None,
        participant: CommunicationIdentifier | str | None = None,
        display_name: str = "",
        **options: Any,
    ) -> SimulatedPerson:
        """Put a person into the simulated call of a room: the participant, or a new user.

        With a role they are first put on the roster; a new user is an Attendee by default. They join by the rules of
        joining. Raise what joining raises, or `HttpResponseError` (501) if calls are not simulated.
        """
        return self._call(calls.add_person(room_id, role, participant, display_name), options)

    def list_people(self, room_id: str, **options: Any) -> Sequence[SimulatedPerson]:
        """Return who is in the simulated call of a room, in the order of joining."""
        return self._call(calls.list_people(room_id), options)

    def leave(self, room_id: str, person: PersonLike, **options: Any) -> None:
        """Have a simulated person leave the call."""
        return self._call(calls.act(operations.PERSON_LEAVES, room_id, person), options)

    def mute(self, room_id: str, person: PersonLike, **options: Any) -> None:
        """Have a simulated person mute their microphone."""
        return self._call(calls.act(operations.PERSON_MUTES, room_id, person), options)

    def unmute(self, room_id: str, person: PersonLike, **options: Any) -> None:
        """Have a simulated person unmute their microphone."""
        return self._call(calls.act(operations.PERSON_UNMUTES, room_id, person), options)

    def lose_connection(self, room_id: str, person: PersonLike, **options: Any) -> None:
        """Have a simulated person lose the connection; the call still shows them for a while."""
        return self._call(calls.act(operations.PERSON_LOSES_CONNECTION, room_id, person), options)

    def reconnect(self, room_id: str, person: PersonLike, **options: Any) -> None:
        """Have a simulated person restore a lost connection."""
        return self._call(calls.act(operations.PERSON_RECONNECTS, room_id, person), options)

    def _call(self, call: Call[T], options: dict[str, Any]) -> T:
        return self._send(call, options).value
