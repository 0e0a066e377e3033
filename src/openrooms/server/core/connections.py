"""The signalling connections that pass through this process, so that the service can close them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from openrooms.domain.calls import CallId
from openrooms.domain.roster import RawId
from openrooms.server.core.ports import Figure

Close = Callable[[], Awaitable[None]]

# The media engine needs this time to tell clients why they are disconnected. Clients that are still connecting are not
# known to it, so only closing their connection stops them.
_GRACE_SECONDS = 0.25


class Connections:
    """The open connections of each call, and how to close them."""

    def __init__(self) -> None:
        self._open: dict[CallId, dict[object, tuple[str, Close]]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    @contextmanager
    def connected(self, call: CallId, raw_id: str, close: Close) -> Iterator[None]:
        """Register a connection while the context lasts; `close` ends the connection."""
        token = object()
        self._open.setdefault(call, {})[token] = (raw_id, close)
        try:
            yield
        finally:
            in_call = self._open[call]
            in_call.pop(token, None)
            if not in_call:
                del self._open[call]

    def drop(self, call: CallId, raw_id: RawId | None) -> None:
        """Close the present connections of one user, or of everyone (`None`), after a quarter of a second."""
        connections = self._open.get(call, {}).values()
        closes = [close for connected, close in connections if raw_id is None or connected == raw_id]
        if closes:
            task = asyncio.create_task(_close_all(closes))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def calls(self) -> set[CallId]:
        """Return the calls that have a connection."""
        return set(self._open)

    def figures(self) -> Sequence[Figure]:
        """Return the number of connections, for metrics."""
        return [Figure("gate_connections", "Signalling connections that pass through this process.", len(self))]

    def __contains__(self, call: CallId) -> bool:
        return call in self._open

    def __len__(self) -> int:
        return sum(map(len, self._open.values()))


async def _close_all(closes: list[Close]) -> None:
    await asyncio.sleep(_GRACE_SECONDS)
    await asyncio.gather(*(close() for close in closes), return_exceptions=True)
