"""Readiness: whether the service can serve requests, checked at most once a second."""

import asyncio
from collections.abc import Callable

import msgspec

from openrooms.domain.errors import Unavailable
from openrooms.server.core.ports import Database

_CACHE_SECONDS = 1.0


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state of a part of the service: `ok`, `failing` or `off`, with the duration of the check or the reason."""

    status: str
    seconds: float | None = None
    reason: str | None = None


class Report(msgspec.Struct, frozen=True):
    """The state of all parts; only the database decides readiness, because rooms can be served without calls."""

    database: Part
    calls: Part

    @property
    def is_ready(self) -> bool:
        """Whether requests can be served."""
        return self.database.status == "ok"


class Readiness:
    """Checks the database at most once a second for all callers, because a check costs a write."""

    def __init__(self, storage: Database, calls: Callable[[], str], seconds: Callable[[], float]) -> None:
        self._storage = storage
        self._calls = calls
        self._seconds = seconds
        self._checking = asyncio.Lock()
        self._report: Report | None = None
        self._checked_at = 0.0

    async def report(self) -> Report:
        """Return a report that is at most a second old."""
        async with self._checking:
            if self._report is None or self._seconds() - self._checked_at >= _CACHE_SECONDS:
                self._report = Report(await self._database(), Part(self._calls()))
                self._checked_at = self._seconds()
            return self._report

    async def _database(self) -> Part:
        started = self._seconds()
        try:
            await self._storage.check()
        except Unavailable as error:
            return Part("failing", reason=str(error.__cause__ or error))
        return Part("ok", seconds=round(self._seconds() - started, 6))
