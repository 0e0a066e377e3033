"""When each access key was last used: noted here without a write for each request, and kept every half a minute."""

from collections.abc import Mapping

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.server.core.ports import Clock, KeyUseStore


class KeyUses:
    """The uses of access keys; several processes keep theirs in one database."""

    def __init__(self, storage: KeyUseStore, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._used: set[tuple[ResourceId, str]] = set()

    def note(self, resource: ResourceId, key_id: str) -> None:
        """Note that a request was signed with the key."""
        self._used.add((resource, key_id))

    async def keep(self) -> None:
        """Keep what was noted; raise `Unavailable`, and then keep it the next time."""
        if not self._used:
            return
        used = self._used
        self._used = set()
        try:
            await self._storage.put_key_uses(sorted(used), self._clock())
        except BaseException:
            self._used |= used
            raise

    async def list(self, resource: ResourceId) -> Mapping[str, Moment]:
        """Return when each key of the resource was last used, to the minute, by its id."""
        await self.keep()
        return await self._storage.list_key_uses(resource)
