"""Holding a lease while work goes on in small steps."""

from secrets import token_hex

from openrooms.domain.moments import Moment, after
from openrooms.server.core.ports import Clock, Leases


class Lease:
    """A lease of a name, renewed when half of its `duration` (in units of 100 ns) is over.

    It goes by a `clock` on whose time all processes agree.
    """

    def __init__(self, storage: Leases, name: str, duration: int, clock: Clock) -> None:
        self._storage = storage
        self._name = name
        self._duration = duration
        self._clock = clock
        self._holder = token_hex(8)
        self._held_until = Moment(0)

    async def hold(self) -> bool:
        """Take or keep the lease; return whether this process has it."""
        now = self._clock()
        if now < self._held_until - self._duration // 2:
            return True
        until = after(now, self._duration)
        held = await self._storage.hold_lease(self._name, self._holder, now, until)
        self._held_until = until if held else Moment(0)
        return held

    async def release(self) -> None:
        """End the lease, so that another process need not wait until it has run out."""
        now, self._held_until = self._clock(), Moment(0)
        await self._storage.hold_lease(self._name, self._holder, now, now)
