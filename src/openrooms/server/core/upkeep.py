"""Periodic work of a running service."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from openrooms.domain.errors import Unavailable
from openrooms.server.core.declared import DeclaredSubscriptions
from openrooms.server.core.edges import Edges
from openrooms.server.core.key_uses import KeyUses
from openrooms.server.core.listing import Indexing
from openrooms.server.core.ports import CannotOpenStorage
from openrooms.server.core.purge import Purge
from openrooms.server.core.resources import REFRESH_SECONDS, Resources
from openrooms.server.core.tokens import Tokens

_log = structlog.get_logger("openrooms.upkeep")
_PURGE_SECONDS = 60.0
_INDEX_SECONDS = 10.0
_USES_SECONDS = 30.0
_EDGES_SECONDS = 1.0
_DECLARED_SECONDS = 30.0


async def keep_up(
    resources: Resources,
    tokens: Tokens,
    purge: Purge,
    indexing: Indexing,
    uses: KeyUses,
    edges: Edges,
    declared: DeclaredSubscriptions,
) -> None:
    """Refresh the copies of keys, keep their uses, purge expired data, index old rooms for searches, add events of
    rooms that open and close, and ask endpoints of the settings again, until cancelled.

    `refresh` of both copies must have run once before the first request.
    """
    async with asyncio.TaskGroup() as group:
        group.create_task(_repeat(REFRESH_SECONDS, "access keys", resources.refresh))
        group.create_task(_repeat(REFRESH_SECONDS, "signing keys", tokens.refresh))
        group.create_task(_repeat(_PURGE_SECONDS, "purge", purge.run))
        group.create_task(_repeat(_INDEX_SECONDS, "search", indexing.run))
        group.create_task(_repeat(_USES_SECONDS, "uses of keys", uses.keep))
        group.create_task(_repeat(_EDGES_SECONDS, "edges of windows", edges.tell))
        group.create_task(_repeat(_DECLARED_SECONDS, "subscriptions of the settings", declared.retry))


async def _repeat(seconds: float, name: str, action: Callable[[], Awaitable[object]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await action()
        except Unavailable as error:
            _log.warning("upkeep has to wait", task=name, reason=str(error))
        except CannotOpenStorage as error:
            _log.error("upkeep failed", task=name, reason=str(error))
        except Exception:
            # No failure may end this loop, or the process would accept regenerated keys forever.
            _log.exception("upkeep failed", task=name)
