"""The signalling connections that pass through this process, so that somebody can be cut off."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from openrooms.domain.calls import CallId
from openrooms.domain.roster import RawId
from openrooms.server.core.ports import Figure

Cut = Callable[[], Awaitable[None]]

# The media engine has told those in the call why they leave by then; the cut is for who was still connecting.
_GRACE_SECONDS = 0.25


class Connections:
    """Who is connected, and how to cut them off."""

    def __init__(self) -> None:
        self._open: dict[CallId, dict[object, tuple[str, Cut]]] = {}
        self._cutting: set[asyncio.Task[None]] = set()

    @contextmanager
    def connected(self, call: CallId, raw_id: str, cut: Cut) -> Iterator[None]:
        """Count a connection as open; `cut` ends it."""
        token = object()
        self._open.setdefault(call, {})[token] = (raw_id, cut)
        try:
            yield
        finally:
            in_call = self._open[call]
            in_call.pop(token, None)
            if not in_call:
                del self._open[call]

    def drop(self, call: CallId, raw_id: RawId | None) -> None:
        """Cut off, in a moment, everybody (`None`) or one person who is connected to the call now."""
        cuts = [cut for who, cut in self._open.get(call, {}).values() if raw_id is None or who == raw_id]
        if cuts:
            task = asyncio.create_task(_cut_off(cuts))
            self._cutting.add(task)
            task.add_done_callback(self._cutting.discard)

    def figures(self) -> Sequence[Figure]:
        """Return how many are connected, for metrics."""
        return [Figure("gate_connections", "Signalling connections that pass through this process.", len(self))]

    def __contains__(self, call: CallId) -> bool:
        return call in self._open

    def __len__(self) -> int:
        return sum(map(len, self._open.values()))


async def _cut_off(cuts: list[Cut]) -> None:
    await asyncio.sleep(_GRACE_SECONDS)
    await asyncio.gather(*(cut() for cut in cuts), return_exceptions=True)
