"""Finds calls with participants that the media engine no longer knows, and restores them.

A LiveKit cluster keeps the list of its calls in Redis. If Redis loses its data, the calls go on, but nobody can list
them, change a role in them or remove anyone from them. The signalling connections of their people still pass through
this service. Closing these makes every client connect again: the gate checks the roster and opens the call anew.
"""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from openrooms.domain.calls import CallId
from openrooms.server.core.connections import Connections
from openrooms.server.core.ports import Figure, MediaEngine

_CHECK_SECONDS = 3.0
# A call that is missing once may just have begun or ended.
_MISSES = 2
# A client that only resumes its connection may leave the call as it was; closing it too often would disturb the call.
_MISSES_UNTIL_REPEAT = 20

_log = structlog.get_logger("openrooms.lost_calls")


class LostCalls:
    """Compares the calls whose signalling passes through this process with what the engine reports."""

    def __init__(self, connections: Connections, engine: MediaEngine) -> None:
        self._connections = connections
        self._engine = engine
        self._misses: Mapping[CallId, int] = {}
        self._found = 0

    async def run(self) -> None:
        """Check until cancelled."""
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            await self.check()

    async def check(self) -> None:
        """Restore the calls that were also missing at the previous check.

        LiveKit may list a lost call, but none of its people.
        """
        connected = sorted(self._connections.calls())
        presences = await self._engine.list_presences_of(connected)
        # An engine that does not answer says nothing about the call; the enforcer logs that.
        missing = [call for call, present in zip(connected, presences, strict=True) if present == []]
        self._misses = {call: self._misses.get(call, 0) + 1 for call in missing if call in self._connections}
        for call, misses in self._misses.items():
            if misses % _MISSES_UNTIL_REPEAT == _MISSES:
                self._found += 1
                _log.error("LiveKit has lost a call that people are in; they connect again", room=call.room)
                self._connections.drop(call, None)

    def figures(self) -> Sequence[Figure]:
        """Return the number of lost calls, for metrics."""
        explanation = "Calls that people were in and that LiveKit did not know any more."
        return [Figure("lost", explanation, self._found, is_total=True)]
