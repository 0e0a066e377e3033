"""The sync calls client."""

# Written by `make twins` from _client_async.py: change that one.

from typing import Any, TypeVar

from openrooms.calls import _calls as calls
from openrooms.calls._caller import CallerClient
from openrooms.calls._calls import REFUSALS, Participant
from openrooms.calls._models import DialOut, JoinedCall, JoiningExplanation, RoomCall
from openrooms.client._calls import Call

T = TypeVar("T")


class CallsClient(CallerClient):
    """A client that joins the calls of rooms, lists their participants and moderates them.

    With an access key it acts as the operator, who may do everything except join. With a user's token it acts as that
    user, who may do what their role in the room allows. Only openrooms offers these operations; Azure does not.

    Every call accepts the keywords of the calls of `openrooms.RoomsClient` and raises the same errors. In addition it
    raises `CallRefusedError` if the service refuses the caller, and `ResourceNotFoundError` if the room does not exist
    or the participant is not in the call.
    """

    def join_call(self, room_id: str, *, display_name: str = "", **options: Any) -> JoinedCall:
        """Join the room's call as the user and return the address and the token to connect with.

        Raise `CallRefusedError`, whose message, `sub_code`, `valid_from`, `valid_until` and `declined_because` say why,
        or `MustWaitError` if the user has to wait first; then they wait. `VisitsClient.wait_until_admitted` joins as
        soon as they are admitted.
        """
        result = self._ask(calls.join_call(room_id, display_name), options)
        return calls.joined(result)

    def get_call(self, room_id: str, **options: Any) -> RoomCall:
        """Return the room's call with its participants; a user must be on the roster."""
        return self._ask(calls.get_call(room_id), options)

    def mute_participant(self, room_id: str, participant: Participant, **options: Any) -> None:
        """Mute a participant's microphone; they can unmute it themselves. For Presenters and the operator."""
        return self._ask(calls.mute_participant(room_id, participant), options)

    def remove_from_call(
        self, room_id: str, participant: Participant, *, keep_out: bool = False, **options: Any
    ) -> None:
        """Remove a participant from the call, but not from the roster; hang up a telephone. For Presenters and the
        operator.

        With `keep_out`, they cannot come in again until they are admitted, or the call has ended.
        """
        return self._ask(calls.remove_from_call(room_id, participant, keep_out), options)

    def end_call(self, room_id: str, **options: Any) -> None:
        """End the call for everyone; the room stays open. For Presenters and the operator."""
        return self._ask(calls.end_call(room_id), options)

    def dial_out(self, room_id: str, phone_number: Participant, **options: Any) -> DialOut:
        """Begin to call a telephone number (`+15551234567`) into the call. For Presenters and the operator.

        The result has the state `dialing`; `get_call` shows what becomes of it. `remove_from_call` hangs up. Raise
        `CallRefusedError` if the room does not allow it or is closed, if this server may not call the number, or if
        there are too many telephones; `ResourceExistsError` if the number is in the call already. A service without a
        telephone line answers with status 501, which raises `HttpResponseError`.
        """
        return self._ask(calls.dial_out(room_id, phone_number), options)

    def unmute_phone(self, room_id: str, phone: Participant, **options: Any) -> None:
        """Unmute a telephone that was muted; people unmute themselves. For Presenters and the operator."""
        return self._ask(calls.unmute_phone(room_id, phone), options)

    def send_dtmf(self, room_id: str, phone: Participant, digits: str, **options: Any) -> None:
        """Send up to 32 digits (`0` to `9`, `*`, `#`, `A` to `D`) to a telephone. For Presenters and the operator."""
        return self._ask(calls.send_dtmf(room_id, phone, digits), options)

    def explain_joining(self, room_id: str, participant: Participant, **options: Any) -> JoiningExplanation:
        """Return whether a participant may join now, and the result of each rule. For the operator."""
        return self._ask(calls.explain_joining(room_id, participant), options)

    def _ask(self, call: Call[T], options: dict[str, Any]) -> T:
        options.setdefault("error_map", REFUSALS)
        return self._send(call, options).value
