"""The async visits client."""

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from openrooms.client._base import RETRIES, TIMEOUT
from openrooms.client._base_async import AsyncClient
from openrooms.client._calls import Call
from openrooms.client._credentials import AsyncTokenCredential
from openrooms.client._paging_async import AsyncPages
from openrooms.client._policies import KeyCredential
from openrooms.domain.visits import StartsWith, WaitingRoom
from openrooms.identity.credential_aio import CommunicationTokenCredential
from openrooms.visits import _calls as calls
from openrooms.visits._calls import Participant
from openrooms.visits._models import Visit, VisitParticipant

T = TypeVar("T")


class VisitsClient(AsyncClient):
    """A client for what a room has besides Azure's: a title, options, and names of its participants.

    With an access key it acts as the operator. Only openrooms offers these operations; Azure does not. The rooms and
    their rosters themselves are `openrooms.RoomsClient`'s.

    Every call accepts the keywords of the calls of `openrooms.RoomsClient` and raises the same errors.
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
        """Create a client without sending anything.

        `credential` is an access key, or a `CommunicationTokenCredential` of a user. The other arguments and the errors
        are those of `openrooms.RoomsClient`.
        """
        super().__init__(endpoint, credential, retries=retries, timeout=timeout, **options)

    @classmethod
    def for_user(cls, endpoint: str, token: str, **options: Any) -> Self:
        """Return a client that acts as the user of the token; `options` are those of the constructor."""
        return cls(endpoint, CommunicationTokenCredential(token), **options)

    async def get_visit(self, room_id: str, **options: Any) -> Visit:
        """Return the room's window and options, and its first 500 participants with their names."""
        return await self._ask(calls.get_visit(room_id), options)

    def list_participants(self, room_id: str, **options: Any) -> AsyncPages[VisitParticipant]:
        """Return all participants with their names, in the order in which they were added to the roster."""
        return self._pages(calls.list_participants(room_id), options)

    async def update_visit(
        self,
        room_id: str,
        *,
        title: str | None = None,
        waiting_room: WaitingRoom | str | None = None,
        starts_with: StartsWith | str | None = None,
        extend_by: int | None = None,
        names: Mapping[Participant, str | None] | None = None,
        **options: Any,
    ) -> Visit:
        """Change the options that are given and the names of participants, all or nothing, and return the visit.

        `extend_by` are the minutes that Presenters may add in all. `names` has the display name of each participant to
        name, `None` to remove it; they must be on the roster. An empty `title` removes the title. Raise
        `HttpResponseError` with status 400 that says what is wrong.
        """
        return await self._ask(calls.update_visit(room_id, title, waiting_room, starts_with, extend_by, names), options)

    async def _ask(self, call: Call[T], options: dict[str, Any]) -> T:
        return (await self._send(call, options)).value
