"""Moments: whole steps of 100 ns since the Unix epoch, the resolution of the wire.

.NET's `DateTimeOffset` has this resolution, and a client's value must come back unchanged, so `datetime`, with its
microseconds, is too coarse: docs/evidence.md#dates.
"""

from typing import NamedTuple, NewType

Moment = NewType("Moment", int)

SECOND = 10_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Span(NamedTuple):
    """A time from a moment until another one, which is not part of it."""

    since: Moment = Moment(-(2**63))
    until: Moment = Moment(2**63 - 1)


def after(moment: Moment, steps: int) -> Moment:
    """Return the moment `steps` of 100 ns later (earlier if negative)."""
    return Moment(moment + steps)


def whole_seconds(moment: Moment) -> int:
    """Return the Unix time in seconds, rounded down, as JWT claims have it."""
    return moment // SECOND
