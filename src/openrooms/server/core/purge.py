"""Removes data past its retention: in one process of a deployment at a time, in small steps with pauses."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from openrooms.domain.calls import CallId
from openrooms.domain.moments import DAY, MINUTE, Moment, after
from openrooms.server.core.leases import Lease
from openrooms.server.core.ports import Clock, ExpiredStore
from openrooms.server.core.rooms import REPEATABLE_FOR

_LEASE = "purge"
_LEASE_TIME = MINUTE
_MOST_ROWS = 50
_FEWEST_ROWS = 4
_SWEEP_EVERY = DAY
# Other requests wait for a step, so steps are short; pauses twice as long leave most of the time to those requests.
_LONGEST_STEP_SECONDS = 0.01
_PAUSE_FACTOR = 2
_SHORTEST_PAUSE_SECONDS = 0.02


class Purge:
    """Removes expired rooms, tombstones of deleted rooms, answers kept for repeated creates, old events and the like.

    Once a day, it also removes what an older process has left of rooms that are gone. `retention` is how long expired
    rooms and tombstones are kept, in steps of 100 ns, `event_retention` how long events and dead letters are,
    `audit_retention` how long the audit trail is, and `attendance_retention` how long attendance is. `timer` returns
    seconds.
    Leases go by `lease_clock`, because other processes must agree on their time even when `clock` was moved.
    """

    def __init__(
        self,
        storage: ExpiredStore,
        clock: Clock,
        retention: int,
        event_retention: int = 30 * DAY,
        *,
        lease_clock: Clock | None = None,
        timer: Callable[[], float] = time.monotonic,
        audit_retention: int = 30 * DAY,
        attendance_retention: int = 400 * DAY,
    ) -> None:
        self._storage = storage
        self._audit_retention = audit_retention
        self._attendance_retention = attendance_retention
        self._clock = clock
        self._lease_clock = lease_clock or clock
        self._retention = retention
        self._timer = timer
        self._event_retention = event_retention
        self._lease = Lease(storage, _LEASE, _LEASE_TIME, self._lease_clock)
        self._sweep_at = Moment(0)
        self._swept: CallId | None = None

    async def run(self, *, pauses: bool = True) -> int:
        """Remove everything past its retention, unless another process does it; return the number of removed rows.

        Without `pauses`, other requests have to wait. With them, steps are smaller while the service is busy.
        """
        purges = (
            self._purge_expired,
            self._purge_events,
            self._purge_dead_letters,
            self._purge_attendance,
            self._purge_audit_events,
        )
        total = sum([await self._repeat(purge, pauses) for purge in purges])
        await self._repeat(self._sweep, pauses)
        return total

    async def _purge_expired(self, rows: int) -> int:
        now = self._clock()
        return await self._storage.purge(after(now, -self._retention), after(now, -REPEATABLE_FOR), rows)

    async def _purge_events(self, rows: int) -> int:
        return await self._storage.purge_events(after(self._clock(), -self._event_retention), rows)

    async def _purge_dead_letters(self, rows: int) -> int:
        return await self._storage.purge_dead_letters(after(self._clock(), -self._event_retention), rows)

    async def _purge_attendance(self, rows: int) -> int:
        return await self._storage.purge_attendance(after(self._clock(), -self._attendance_retention), rows)

    async def _purge_audit_events(self, rows: int) -> int:
        return await self._storage.purge_audit_events(after(self._clock(), -self._audit_retention), rows)

    async def _sweep(self, rows: int) -> int:
        """Look for leftovers of so many rooms, if that is due; return how many were looked at, 0 at the end."""
        now = self._lease_clock()
        if now < self._sweep_at:
            return 0
        self._swept = await self._storage.remove_leftovers(self._swept, rows)
        if self._swept is None:
            self._sweep_at = after(now, _SWEEP_EVERY)
            return 0
        return rows

    async def _repeat(self, purge: Callable[[int], Awaitable[int]], pauses: bool) -> int:
        total, rows = 0, _MOST_ROWS
        while await self._lease.hold():
            started = self._timer()
            removed = await purge(rows)
            total += removed
            if removed < rows:
                break
            if pauses:
                took = self._timer() - started
                rows = max(rows // 2, _FEWEST_ROWS) if took > _LONGEST_STEP_SECONDS else min(rows * 2, _MOST_ROWS)
                await asyncio.sleep(max(_SHORTEST_PAUSE_SECONDS, _PAUSE_FACTOR * took))
        return total
