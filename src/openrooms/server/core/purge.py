"""Removes expired data: in one process of a deployment at a time, in small steps with pauses."""

import asyncio
import time
from secrets import token_hex

from openrooms.domain.moments import MINUTE, Moment, after
from openrooms.server.core.ports import Clock, ExpiredStore
from openrooms.server.core.rooms import REPEATABLE_FOR

_LEASE = "purge"
_LEASE_TIME = MINUTE
_STEP = 50
# Other requests wait for a step, so steps are short; pauses twice as long leave most of the time to those requests.
_PAUSE_FACTOR = 2
_SHORTEST_PAUSE_SECONDS = 0.02


class Purge:
    """Removes expired rooms, the tombstones of deleted rooms, and the answers kept for repeated creates.

    `retention` is how long expired rooms and tombstones are kept, in steps of 100 ns. Leases go by `lease_clock`,
    because other processes must agree on their time even when `clock` was moved.
    """

    def __init__(self, storage: ExpiredStore, clock: Clock, retention: int, lease_clock: Clock | None = None) -> None:
        self._storage = storage
        self._clock = clock
        self._lease_clock = lease_clock or clock
        self._retention = retention
        self._holder = token_hex(8)
        self._held_until = Moment(0)

    async def run(self, *, pauses: bool = True) -> int:
        """Remove everything past its retention, unless another process does it; return the number of removed rows.

        Without `pauses`, other requests have to wait.
        """
        total = 0
        while await self._holds_lease():
            started = time.monotonic()
            now = self._clock()
            removed = await self._storage.purge(after(now, -self._retention), after(now, -REPEATABLE_FOR), _STEP)
            total += removed
            if removed < _STEP:
                break
            if pauses:
                took = time.monotonic() - started
                await asyncio.sleep(max(_SHORTEST_PAUSE_SECONDS, _PAUSE_FACTOR * took))
        return total

    async def _holds_lease(self) -> bool:
        now = self._lease_clock()
        if now < self._held_until - _LEASE_TIME // 2:
            return True
        until = after(now, _LEASE_TIME)
        held = await self._storage.hold_lease(_LEASE, self._holder, now, until)
        self._held_until = until if held else Moment(0)
        return held
