"""Adds events when the windows of rooms begin and end."""

from openrooms.server.core.ports import Clock, EdgeStore


class Edges:
    """Adds the events of windows that began or ended."""

    def __init__(self, storage: EdgeStore, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def tell(self) -> None:
        """Add the events until now; raise `Unavailable`. Several processes may do this at once."""
        now = self._clock()
        since, count = await self._storage.list_edges(now)
        # Nothing is written while nothing happens, except for the beginning.
        if count or since == now:
            await self._storage.tell_edges(now)
