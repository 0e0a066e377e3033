"""Adds events when the windows of rooms begin and end."""

from openrooms.server.core.ports import Clock, EdgeStore


class Edges:
    """Adds the events of windows that began or ended, in a new database since this was made."""

    def __init__(self, storage: EdgeStore, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._made_at = clock()

    async def tell(self) -> None:
        """Add the events until now; raise `Unavailable`. Several processes may do this at once."""
        now = self._clock()
        since, count = await self._storage.list_edges(now)
        if since == now:
            await self._storage.begin_edges(min(self._made_at, now))
        # Nothing is written while nothing happens, except for the beginning.
        if count or since == now:
            await self._storage.tell_edges(now)

    async def follow_moved_clock(self) -> None:
        """Add the events until now; those of windows to which the clock was moved back come once more."""
        now = self._clock()
        since, _ = await self._storage.list_edges(now)
        if since > now:
            await self._storage.begin_edges(now)
        await self.tell()
