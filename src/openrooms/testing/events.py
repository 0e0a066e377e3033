"""The events of a service under test: what happened, and how a test waits for what follows."""

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from openrooms import CommunicationRoom
from openrooms.events import Event
from openrooms.testing.calls import PATIENCE, POLL_SECONDS

if TYPE_CHECKING:
    from openrooms.testing.bench import RoomsBench

SomeRoom = CommunicationRoom | str
"""Names a room, also by its id."""


class RoomsEvents:
    """The events of the service under test since it began. Their times are those of its clock."""

    def __init__(self, bench: "RoomsBench") -> None:
        self._bench = bench

    def list(self, *types: str, room: SomeRoom | None = None) -> Sequence[Event]:
        """Return the events until now, oldest first: those of the types and of the room, if any are given."""
        return list(self._bench.events_client.list_events(types=types, room_id=_room_id(room)))

    def wait_for(
        self,
        type: str,  # noqa: A002
        room: SomeRoom | None = None,
        *,
        count: int = 1,
        seconds: float = PATIENCE,
    ) -> Event:
        """Return the first event of a type, or the one that is number `count`; wait for it if it has not happened.

        Raise `AssertionError` after so many seconds, and `HttpResponseError` for a type that does not exist.
        """
        deadline = time.monotonic() + seconds
        while len(found := self.list(type, room=room)) < count:
            if time.monotonic() > deadline:
                raise self.too_late(type, room, count, seconds)
            time.sleep(POLL_SECONDS)
        return found[count - 1]

    def too_late(self, missing: str, room: SomeRoom | None, count: int, seconds: float) -> AssertionError:
        """Return the error of an event that did not come."""
        number = "no event" if count == 1 else f"no event number {count} of type"
        there = ", ".join(event.type for event in self.list(room=room)) or "none"
        return AssertionError(f"there was {number} {missing} within {seconds:g} s; the events are: {there}")


class AsyncRoomsEvents:
    """The events of the service under test, for async tests: what waits is awaited."""

    def __init__(self, events: RoomsEvents) -> None:
        self._events = events

    async def list(self, *types: str, room: SomeRoom | None = None) -> Sequence[Event]:
        """Return the events until now, as `RoomsEvents.list` does."""
        return await asyncio.to_thread(lambda: self._events.list(*types, room=room))

    async def wait_for(
        self,
        type: str,  # noqa: A002
        room: SomeRoom | None = None,
        *,
        count: int = 1,
        seconds: float = PATIENCE,
    ) -> Event:
        """Return an event, or wait for it, as `RoomsEvents.wait_for` does."""
        deadline = time.monotonic() + seconds
        while len(found := await self.list(type, room=room)) < count:
            if time.monotonic() > deadline:
                raise await asyncio.to_thread(self._events.too_late, type, room, count, seconds)
            await asyncio.sleep(POLL_SECONDS)
        return found[count - 1]


def _room_id(room: SomeRoom | None) -> str | None:
    return room.id if isinstance(room, CommunicationRoom) else room
