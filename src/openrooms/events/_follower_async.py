"""An async iterator over events as they happen."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Self

from azure.core.exceptions import AzureError

from openrooms.events import _calls as calls
from openrooms.events._calls import LATEST, POLL_SECONDS, EventPage
from openrooms.events._models import Event

OnConnection = Callable[[AzureError | None], object]
"""A function that is told why the connection was lost, and then `None` when it is back."""


class AsyncEventFollower:
    """Events as they happen: iterate over it. It ends at its time limit, or once it is closed."""

    def __init__(
        self,
        read: Callable[[str, int], Awaitable[EventPage]],
        after: str | None,
        seconds: float | None,
        on_connection: OnConnection | None,
    ) -> None:
        self._read = read
        self._on_connection = on_connection
        self._position = after
        self._given = after
        self._ends = math.inf if seconds is None else monotonic() + seconds
        self._events: deque[Event] = deque()
        self._has_begun = False
        self._failures = 0
        self._is_closed = False

    @property
    def last(self) -> str | None:
        """The id after which to go on another time; `None` before the first step without an `after`."""
        return self._given if self._events else self._position

    def close(self) -> None:
        """End the iteration; a step that waits for events ends within 10 seconds."""
        self._is_closed = True

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """Return the next event; raise `StopAsyncIteration` at the end."""
        while not (self._events or self._is_closed or self._ends <= monotonic()):
            await self._look()
        if self._is_closed or not self._events:
            raise StopAsyncIteration
        event = self._events.popleft()
        self._given = event.id
        return event

    async def _look(self) -> None:
        """Read what has come; if the service is away for a while, only wait."""
        remaining = self._ends - monotonic()
        try:
            page = await self._read(self._position or LATEST, math.ceil(min(remaining, POLL_SECONDS)))
        except AzureError as error:
            if not (self._has_begun and calls.may_pass(error)):
                raise
            self._failures += 1
            if self._failures == 1 and self._on_connection is not None:
                self._on_connection(error)
            await asyncio.sleep(max(0.0, min(calls.pause(self._failures), self._ends - monotonic())))
            return
        if self._failures and self._on_connection is not None:
            self._on_connection(None)
        self._has_begun, self._failures = True, 0
        self._position = page.last
        self._events.extend(page.events)
