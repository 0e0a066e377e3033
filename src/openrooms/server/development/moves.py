"""What a moved clock decides at once: who may stay in a call, which data is past its retention, and states in lists."""

import structlog

from openrooms.domain.errors import Unavailable
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.core.purge import Purge
from openrooms.server.core.watchers import Watchers

_log = structlog.get_logger("openrooms.development")


class Moves:
    """Applies what moves of the clock decide; without an `enforcer`, calls are off."""

    def __init__(self, enforcer: Enforcer | None, purge: Purge, watchers: Watchers) -> None:
        self._enforcer = enforcer
        self._purge = purge
        self._watchers = watchers

    async def settle(self) -> None:
        """Check every running call, remove expired data and have lists read again; rounds repeat what fails."""
        self._watchers.reload()
        try:
            await self._purge.run(pauses=False)
            if self._enforcer is not None:
                await self._enforcer.enforce_once()
        except Unavailable as error:
            _log.warning("the moved clock has no effect yet", reason=str(error))
