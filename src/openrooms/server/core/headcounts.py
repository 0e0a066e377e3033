"""How many people are in each call: kept in the database, so that every process can list it.

The enforcer observes who is in calls anyway. A number is written only if it differs from the one kept before, so a call
costs a write only when somebody comes or goes. Every few seconds, the leader also compares the kept numbers with all
running calls, because another process may have written an older number last, and because LiveKit does not report calls
that end with its restart.
"""

import asyncio
import time
from collections.abc import Coroutine, Mapping
from typing import Any

import structlog

from openrooms.domain.calls import CallId
from openrooms.domain.errors import Unavailable
from openrooms.server.core.ports import CallNudge, Clock, HeadcountStore

_COMPARE_SECONDS = 10.0

_log = structlog.get_logger("openrooms.headcounts")


class Headcounts:
    """Keeps the numbers of people in calls; `nudge` is called after each change."""

    def __init__(self, storage: HeadcountStore, clock: Clock) -> None:
        self.nudge: CallNudge = lambda _call: None
        self._storage = storage
        self._clock = clock
        self._kept: dict[CallId, int] = {}
        self._compared_at = float("-inf")
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, counts: Mapping[CallId, int]) -> None:
        """Keep the numbers of some calls, in the background; this neither waits nor fails.

        Most changed rooms have no call, so nothing is written for calls in which nobody was.
        """
        news = {call: people for call, people in counts.items() if people or call in self._kept}
        if news:
            self._spawn(self._keep(news))

    def note_all(self, counts: Mapping[CallId, int]) -> None:
        """Keep the numbers of all running calls, in the background; this neither waits nor fails."""
        if time.monotonic() - self._compared_at >= _COMPARE_SECONDS:
            self._compared_at = time.monotonic()
            self._spawn(self._compare(dict(counts)))
        elif news := _news(counts, self._kept):
            self._spawn(self._keep(news))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Unavailable as error:
            self._compared_at = float("-inf")
            _log.debug("the people in calls are not counted now", reason=str(error))
        except Exception:
            self._compared_at = float("-inf")
            _log.exception("the people in calls could not be counted")

    async def _compare(self, counts: Mapping[CallId, int]) -> None:
        news = _news(counts, await self._storage.list_calls_with_people())
        self._kept = {call: people for call, people in counts.items() if people}
        await self._keep(news)

    async def _keep(self, news: Mapping[CallId, int]) -> None:
        if not news:
            return
        for call, people in news.items():
            if people:
                self._kept[call] = people
            else:
                self._kept.pop(call, None)
        for call in await self._storage.count_people(news, self._clock()):
            self.nudge(call)


def _news(counts: Mapping[CallId, int], kept: Mapping[CallId, int]) -> dict[CallId, int]:
    """Return the numbers that differ from those that are kept, and 0 for calls that no longer run."""
    news = {call: people for call, people in counts.items() if kept.get(call, 0) != people}
    return news | {call: 0 for call in kept if call not in counts}
