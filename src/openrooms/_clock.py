"""A clock that can be frozen and moved, for development services and tests."""

import threading
import time
from collections.abc import Callable

from openrooms.domain.moments import Moment, after


def real_time() -> Moment:
    """Return the time of this machine."""
    return Moment(time.time_ns() // 100)


class MovableClock:
    """A clock that goes like the machine's until it is moved or frozen. Threads can share it.

    A frozen clock advances by 100 ns with each reading, so that later events have later times.
    """

    strict_signatures = False
    """Whether signatures are judged by this clock alone, and not also by the machine's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = 0
        self._frozen: Moment | None = None
        self._listeners: list[Callable[[], None]] = []

    def __call__(self) -> Moment:
        """Return the time of an event."""
        if self._frozen is None:
            return after(real_time(), self._offset)
        with self._lock:
            # Another thread may have set the clock going.
            if self._frozen is not None:
                self._frozen = after(self._frozen, 1)
            return self.now()

    def now(self) -> Moment:
        """Return the time without advancing a frozen clock."""
        frozen = self._frozen
        return after(real_time(), self._offset) if frozen is None else frozen

    @property
    def is_frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen is not None

    @property
    def is_moved(self) -> bool:
        """Whether the clock differs from the machine's."""
        return self._frozen is not None or self._offset != 0

    @property
    def offset(self) -> int:
        """How far the clock is ahead of the machine's, in steps of 100 ns."""
        return self._offset if self._frozen is None else self._frozen - real_time()

    def listen(self, changed: Callable[[], None]) -> None:
        """Have `changed` called after the clock was moved, frozen or set going, by the thread that did it."""
        self._listeners.append(changed)

    def freeze(self) -> None:
        """Stop the clock."""
        with self._lock:
            self._frozen = self.now()
        self._tell()

    def run(self) -> None:
        """Set the clock going again, from its present time."""
        with self._lock:
            self._offset, self._frozen = self.offset, None
        self._tell()

    def set(self, moment: Moment) -> None:
        """Set the clock to a moment; a frozen clock stays frozen."""
        with self._lock:
            self._move(moment - self.now())
        self._tell()

    def advance(self, steps: int) -> None:
        """Move the clock forward by steps of 100 ns, or back if negative."""
        with self._lock:
            self._move(steps)
        self._tell()

    def reset(self) -> None:
        """Go by the machine's clock again."""
        with self._lock:
            self._offset, self._frozen = 0, None
            self.strict_signatures = False
        self._tell()

    def _move(self, steps: int) -> None:
        if self._frozen is None:
            self._offset += steps
        else:
            self._frozen = after(self._frozen, steps)

    def _tell(self) -> None:
        for changed in self._listeners:
            changed()
