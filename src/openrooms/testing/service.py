"""What a test sees of the service that it runs: where it is, and its clock. Needs nothing of the server."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from openrooms.domain.moments import SECOND, Moment

_STEPS_IN_MICROSECOND = SECOND // 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RoomsService:
    """A running service: where it is and what its clients sign with."""

    endpoint: str
    access_key: str = field(repr=False)

    @property
    def connection_string(self) -> str:
        """What `from_connection_string` takes."""
        return f"endpoint={self.endpoint};accesskey={self.access_key}"


class RoomsClock:
    """A clock that stands still until it is moved. Threads may share it.

    >>> clock = RoomsClock(datetime(2026, 6, 1, 9, 0, tzinfo=UTC))
    >>> clock.advance(minutes=5)
    >>> clock.now()
    datetime.datetime(2026, 6, 1, 9, 5, tzinfo=datetime.timezone.utc)
    """

    def __init__(self, moment: datetime | None = None) -> None:
        """Stand at a moment, or at the present one in whole seconds; raise `ValueError` if it has no time zone."""
        self._lock = threading.Lock()
        self._steps = _steps(moment) if moment else int(time.time()) * SECOND

    def now(self) -> datetime:
        """Return the moment in UTC."""
        return _EPOCH + timedelta(microseconds=self._steps // _STEPS_IN_MICROSECOND)

    def time(self) -> float:
        """Return the moment as seconds since the epoch, as `CommunicationTokenCredential(clock=...)` takes it."""
        return self._steps / SECOND

    def advance(
        self,
        amount: timedelta | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Move forward, or back by a negative amount."""
        total = (amount or timedelta()) + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        with self._lock:
            self._steps += total // timedelta(microseconds=1) * _STEPS_IN_MICROSECOND

    def set(self, moment: datetime) -> None:
        """Move to a moment; raise `ValueError` if it has no time zone."""
        with self._lock:
            self._steps = _steps(moment)

    def tick(self) -> Moment:
        """Return the moment for the service, 100 ns after the last one, so that what happens later has a later time."""
        with self._lock:
            self._steps += 1
            return Moment(self._steps)


def _steps(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: give e.g. datetime(..., tzinfo=UTC)")
    return (moment - _EPOCH) // timedelta(microseconds=1) * _STEPS_IN_MICROSECOND
