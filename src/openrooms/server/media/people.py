"""Simulated participants: they join a call as people do, through the rules of joining and the checks of the gate."""

from collections.abc import Mapping
from typing import Any

from openrooms.domain.errors import MustWait, OpenRoomsError
from openrooms.domain.identities import ResourceId, TokenClaims
from openrooms.domain.roster import canonical
from openrooms.domain.waiting import Awaited
from openrooms.server.core.calls import Calls, Waiting, call_of
from openrooms.server.media.passes import media_pass
from openrooms.server.media.simulated import Connection, SimulatedMedia


class SimulatedPeople:
    """Connects simulated participants to the calls of a service."""

    def __init__(self, media: SimulatedMedia, calls: Calls) -> None:
        self._media = media
        self._calls = calls

    async def join(self, resource: ResourceId, room_id: str, claims: TokenClaims, display_name: str = "") -> Connection:
        """Join a call as the user of an identity token, and connect to it.

        Raises what joining raises, and `MustWait` for somebody who now waits.
        """
        joined = await self._calls.join(resource, room_id, claims, display_name)
        if isinstance(joined, Waiting):
            raise MustWait(to_admit=joined.awaits is Awaited.ADMISSION)
        return await self.enter(joined.media_token)

    async def enter(self, media_token: str) -> Connection:
        """Connect with a media token, as a media SDK does; raise what the gate raises."""
        try:
            return await self._connect(self._media.passes.claims(media_token))
        except OpenRoomsError as error:
            self._calls.note_refusal("gate", error)
            raise

    async def _connect(self, claims: Mapping[str, Any]) -> Connection:
        allowed = media_pass(claims)
        try:
            await self._calls.open_gate(allowed)
            connection = self._media.admit(claims)
            # Someone who was removed since the first check was not yet in the call.
            try:
                await self._calls.check_pass(allowed)
            except OpenRoomsError:
                connection.leave()
                raise
        except OpenRoomsError as error:
            self._calls.refuse_pass(allowed, error)
            raise
        return connection

    def find(self, resource: ResourceId, room_id: str, raw_id: str) -> Connection:
        """Return the connection of a participant; raise `NoSuchRoom` or `NotInCall`."""
        return self._media.connection(call_of(resource, room_id), canonical(raw_id))
