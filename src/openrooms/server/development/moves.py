"""What a moved clock decides at once: rooms that open and close, who may stay in a call, and what is past its time."""

import structlog

from openrooms.domain.errors import Unavailable
from openrooms.server.core.edges import Edges
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.core.feed import EventFeed
from openrooms.server.core.purge import Purge
from openrooms.server.core.watchers import Watchers

_log = structlog.get_logger("openrooms.development")


class Moves:
    """Applies what moves of the clock decide; without an `enforcer`, calls are off."""

    def __init__(
        self, enforcer: Enforcer | None, purge: Purge, watchers: Watchers, edges: Edges, feed: EventFeed
    ) -> None:
        self._enforcer = enforcer
        self._purge = purge
        self._watchers = watchers
        self._edges = edges
        self._feed = feed

    async def settle(self) -> None:
        """Tell of rooms that opened and closed, check every running call, remove expired data, and have lists read
        again and events delivered that are due; rounds repeat what fails.
        """
        self._watchers.reload()
        try:
            await self._edges.follow_moved_clock()
            await self._purge.run(pauses=False)
            if self._enforcer is not None:
                await self._enforcer.enforce_once()
        except Unavailable as error:
            _log.warning("the moved clock has no effect yet", reason=str(error))
        self._feed.look_again()
