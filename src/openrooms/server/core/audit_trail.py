"""The copy of the audit trail in the database, which can be searched; it is written in the background."""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice

import structlog

from openrooms.domain.auditing import AuditEvent, AuditFilter
from openrooms.domain.errors import Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.server.core.ports import AuditKey, AuditPage, AuditStore, Figure

PAGE = 100

_log = structlog.get_logger("openrooms.audit")
_MOST_WAITING = 20_000
# So many take the writer a few milliseconds.
_AT_ONCE = 250
_PAUSE_SECONDS = 0.5
_AWAY_SECONDS = 2.0
_LAST_SECONDS = 2.0


class AuditTrail:
    """Keeps events within a second, and lists those that are kept; a process that is killed loses those that wait."""

    def __init__(self, storage: AuditStore) -> None:
        self._storage = storage
        self._waiting: deque[AuditEvent] = deque()
        self._arrived = asyncio.Event()
        self._writing = asyncio.Lock()
        self._lost = 0

    def keep(self, event: AuditEvent) -> None:
        """Keep the event soon; neither waits nor fails."""
        if len(self._waiting) >= _MOST_WAITING:
            # The database has been away for long; the stream still has the event.
            self._lost += 1
            return
        self._waiting.append(event)
        self._arrived.set()

    async def list(self, resource: ResourceId, wanted: AuditFilter, after: AuditKey | None) -> AuditPage:
        """Return the next events of the resource that match, newest first, with those that this process noted."""
        await self.flush()
        return await self._storage.list_audit_events(resource, wanted, after, PAGE)

    async def flush(self) -> None:
        """Write everything that waits; raise `Unavailable`, and then it still waits."""
        async with self._writing:
            while self._waiting:
                events = list(islice(self._waiting, _AT_ONCE))
                # An event that was written twice is kept once, so an answer that was lost does no harm.
                await self._storage.add_audit_events(events)
                for _ in events:
                    self._waiting.popleft()

    async def run(self) -> None:
        """Write events until cancelled, and then those that wait."""
        try:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                await asyncio.sleep(_PAUSE_SECONDS)
                await self._try()
        finally:
            await self._end()

    def figures(self) -> Sequence[Figure]:
        """Return how many events the database missed, for metrics."""
        help_text = "Audit events that are not in the database, because it was away for too long."
        return [Figure("events_unkept", help_text, self._lost, is_total=True)]

    async def _try(self) -> None:
        try:
            await self.flush()
        except Unavailable as error:
            _log.warning("audit events have to wait", count=len(self._waiting), reason=str(error))
            await asyncio.sleep(_AWAY_SECONDS)
            self._arrived.set()

    async def _end(self) -> None:
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                await self.flush()
        except (Unavailable, TimeoutError):
            _log.error("audit events are only in the stream", count=len(self._waiting))
