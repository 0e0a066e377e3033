"""Whether the service can serve now, asked of its parts at most once a second."""

import asyncio
from collections.abc import Callable

import msgspec

from openrooms.domain.errors import Unavailable
from openrooms.server.core.ports import Storage

_KEPT_SECONDS = 1.0


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One part of the service: `ok`, `failing` or `off`, and how long its answer took or why there is none."""

    status: str
    seconds: float | None = None
    reason: str | None = None


class Report(msgspec.Struct, frozen=True):
    """The state of all parts; only the database decides, since rooms are served without calls."""

    database: Part
    calls: Part

    @property
    def is_ready(self) -> bool:
        """Whether requests can be served."""
        return self.database.status == "ok"


class Readiness:
    """Answers however many ask with one question to the database each second, which costs a write."""

    def __init__(self, storage: Storage, calls: Callable[[], str], seconds: Callable[[], float]) -> None:
        self._storage = storage
        self._calls = calls
        self._seconds = seconds
        self._asking = asyncio.Lock()
        self._report: Report | None = None
        self._asked_at = 0.0

    async def report(self) -> Report:
        """Return the state of at most a second ago."""
        async with self._asking:
            if self._report is None or self._seconds() - self._asked_at >= _KEPT_SECONDS:
                self._report = Report(await self._database(), Part(self._calls()))
                self._asked_at = self._seconds()
            return self._report

    async def _database(self) -> Part:
        started = self._seconds()
        try:
            await self._storage.check()
        except Unavailable as error:
            return Part("failing", reason=str(error.__cause__ or error))
        return Part("ok", seconds=round(self._seconds() - started, 6))
