"""The async calls client."""

from typing import Any, Self, TypeVar

from openrooms.calls import _calls as calls
from openrooms.calls._calls import REFUSALS, Participant
from openrooms.calls._models import JoinedCall, JoiningExplanation, RoomCall
from openrooms.client._base import RETRIES, TIMEOUT
from openrooms.client._base_async import AsyncClient
from openrooms.client._calls import Call
from openrooms.client._credentials import AsyncTokenCredential
from openrooms.client._policies import KeyCredential
from openrooms.identity.credential_aio import CommunicationTokenCredential

T = TypeVar("T")


class CallsClient(AsyncClient):
    """Joins the calls of rooms, shows who is in them, and leads them.

    With an access key it is the operator, who may do everything but join; with a user's token it is that user, who may
    do what their role in the room allows. Only openrooms offers these calls, Azure does not.

    Every call takes the keywords that those of `openrooms.RoomsClient` take, and raises the same; a refusal is a
    `CallRefusedError`, a room that does not exist or somebody who is not in the call a `ResourceNotFoundError`.
    """

    _default_version = ""

    def __init__(
        self,
        endpoint: str,
        credential: KeyCredential | AsyncTokenCredential | str,
        *,
        retries: int = RETRIES,
        timeout: float | None = TIMEOUT,
        **options: Any,
    ) -> None:
        """Make a client; nothing is sent yet.

        `credential` is an access key, or a `CommunicationTokenCredential` of a user. The other arguments are those of
        `openrooms.RoomsClient`, and raise the same.
        """
        super().__init__(endpoint, credential, retries=retries, timeout=timeout, **options)

    @classmethod
    def for_user(cls, endpoint: str, token: str, **options: Any) -> Self:
        """Return a client for the user whose token this is; `options` are those of the constructor."""
        return cls(endpoint, CommunicationTokenCredential(token), **options)

    async def join_call(self, room_id: str, *, display_name: str = "", **options: Any) -> JoinedCall:
        """Let the user into the room's call and return how to connect to it.

        Raise `CallRefusedError` that says why not, in words, `sub_code`, `valid_from` and `valid_until`.
        """
        return await self._ask(calls.join_call(room_id, display_name), options)

    async def get_call(self, room_id: str, **options: Any) -> RoomCall:
        """Return who is in the room's call; a user must be on the roster."""
        return await self._ask(calls.get_call(room_id), options)

    async def mute_participant(self, room_id: str, participant: Participant, **options: Any) -> None:
        """Mute somebody's microphone; they can unmute it themselves. For Presenters and the operator."""
        return await self._ask(calls.mute_participant(room_id, participant), options)

    async def remove_from_call(self, room_id: str, participant: Participant, **options: Any) -> None:
        """Put somebody out of the call; the roster is left alone. For Presenters and the operator."""
        return await self._ask(calls.remove_from_call(room_id, participant), options)

    async def end_call(self, room_id: str, **options: Any) -> None:
        """End the call for everybody; the room stays open. For Presenters and the operator."""
        return await self._ask(calls.end_call(room_id), options)

    async def dial_out(self, room_id: str, phone_number: str, **options: Any) -> None:
        """Call a telephone (`+15550100`) into the call, where the room allows it. For Presenters and the operator.

        A service without a telephone line refuses with status 501.
        """
        return await self._ask(calls.dial_out(room_id, phone_number), options)

    async def explain_joining(self, room_id: str, participant: Participant, **options: Any) -> JoiningExplanation:
        """Return whether somebody may join now, and what each rule says. For the operator."""
        return await self._ask(calls.explain_joining(room_id, participant), options)

    async def _ask(self, call: Call[T], options: dict[str, Any]) -> T:
        options.setdefault("error_map", REFUSALS)
        return (await self._send(call, options)).value
