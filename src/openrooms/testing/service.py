"""The values that tests get from the fixtures: the service's address and its clock. Nothing here needs the server."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from openrooms._clock import MovableClock
from openrooms.domain.moments import SECOND, Moment

_STEPS_IN_MICROSECOND = SECOND // 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RoomsService:
    """The URL and the access key of a running service."""

    endpoint: str
    access_key: str = field(repr=False)

    @property
    def connection_string(self) -> str:
        """The connection string for `from_connection_string`."""
        return f"endpoint={self.endpoint};accesskey={self.access_key}"


class RoomsClock:
    """A clock that stands still until it is moved. Threads can share it.

    >>> clock = RoomsClock(datetime(2026, 6, 1, 9, 0, tzinfo=UTC))
    >>> clock.advance(minutes=5)
    >>> clock.now()
    datetime.datetime(2026, 6, 1, 9, 5, tzinfo=datetime.timezone.utc)
    """

    def __init__(self, moment: datetime | None = None) -> None:
        """Set the clock to `moment`, by default now in whole seconds; raise `ValueError` if it has no time zone."""
        self._clock = MovableClock()
        self._clock.freeze()
        self._clock.set(_steps(moment) if moment else Moment(int(time.time()) * SECOND))
        self._settle: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        """Return the clock's time in UTC."""
        return _EPOCH + timedelta(microseconds=self._clock.now() // _STEPS_IN_MICROSECOND)

    def time(self) -> float:
        """Return the time in seconds since the epoch; pass this method as `CommunicationTokenCredential(clock=...)`."""
        return self._clock.now() / SECOND

    def advance(
        self,
        amount: timedelta | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Move the clock forward by the sum of the amounts, or back if the sum is negative.

        When this returns, the running service has done what the time decides: calls that are over have ended.
        """
        total = (amount or timedelta()) + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        self._clock.advance(total // timedelta(microseconds=1) * _STEPS_IN_MICROSECOND)
        self._settle()

    def set(self, moment: datetime) -> None:
        """Set the clock to `moment`, like `advance`; raise `ValueError` if it has no time zone."""
        self._clock.set(_steps(moment))
        self._settle()

    def tick(self) -> Moment:
        """Advance the clock by 100 ns and return its time, so that later events of the service have later times."""
        return self._clock()

    @contextmanager
    def settling(self, settle: Callable[[], None]) -> Iterator[None]:
        """Call `settle` after each move while the context lasts."""
        self._settle = settle
        try:
            yield
        finally:
            self._settle = lambda: None

    @property
    def of_service(self) -> MovableClock:
        """The clock by which the service goes."""
        return self._clock


def _steps(moment: datetime) -> Moment:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: give e.g. datetime(..., tzinfo=UTC)")
    return Moment((moment - _EPOCH) // timedelta(microseconds=1) * _STEPS_IN_MICROSECOND)
