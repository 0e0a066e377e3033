"""Which rooms a list has: their state, the time that they overlap, and how few of all rooms need to be looked at.

Rooms are read in the order of `valid_from`. Whether a room overlaps a moment also depends on its length: some last for
minutes, others for half a year. So rooms are grouped by length, into *spans*: a room of a span that overlaps a moment
began at most the span's longest length before that moment. Usual lengths are the longest of their span, so that few
rooms are read in vain.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from openrooms.domain.errors import InvalidRequest
from openrooms.domain.moments import DAY, MINUTE, Moment, after
from openrooms.domain.rooms import LONGEST_WINDOW, Room, RoomId

SPANS: Sequence[int] = (60 * MINUTE, DAY, 7 * DAY, 30 * DAY, 90 * DAY, 179 * DAY, LONGEST_WINDOW)
"""The longest length of each span. The index of rooms in the database has the same ones."""


class RoomState(StrEnum):
    """The state of a room's window; as the condition of a list also that people are in its call, or wait for it."""

    UPCOMING = "upcoming"
    OPEN = "open"
    ENDED = "ended"
    IN_CALL = "inCall"
    WAITING = "waiting"


ROOM_STATES: Mapping[str, RoomState] = {state.value: state for state in RoomState}


class ListOrder(StrEnum):
    """Which rooms of a list come first: those whose windows begin first, or last."""

    OLDEST_FIRST = "oldestFirst"
    NEWEST_FIRST = "newestFirst"


LIST_ORDERS: Mapping[str, ListOrder] = {order.value: order for order in ListOrder}


class RoomFilter(msgspec.Struct, frozen=True):
    """The rooms to list, and their order: those in a state, that overlap [`begin`, `end`), and that a search finds.

    `None`, and no terms, is for no such condition.
    """

    state: RoomState | None = None
    begin: Moment | None = None
    end: Moment | None = None
    terms: tuple[str, ...] = ()
    order: ListOrder = ListOrder.OLDEST_FIRST


class Range(msgspec.Struct, frozen=True):
    """A condition on the windows of rooms.

    `valid_from` is in [`first`, `before`), and `valid_until` in (`ends_after`, `ends_by`].
    """

    first: Moment
    before: Moment
    ends_after: Moment
    ends_by: Moment

    def has(self, valid_from: Moment, valid_until: Moment) -> bool:
        """Return whether a window meets the condition."""
        return self.first <= valid_from < self.before and self.ends_after < valid_until <= self.ends_by


class VisitKey(msgspec.Struct, frozen=True, order=True):
    """A room's place in the list of visits: by `valid_from`, then by id."""

    valid_from: Moment
    id: RoomId


_EVER, _NEVER = Moment(-(2**62)), Moment(2**62)


def checked(wanted: RoomFilter) -> RoomFilter:
    """Return the filter; raise `InvalidRequest` if no room can overlap the time."""
    if wanted.begin is not None and wanted.end is not None and wanted.begin >= wanted.end:
        raise InvalidRequest("until must be later than from.")
    return wanted


def state_of(room: Room, now: Moment) -> RoomState:
    """Return the state of a room."""
    if now < room.valid_from:
        return RoomState.UPCOMING
    return RoomState.OPEN if now < room.valid_until else RoomState.ENDED


def condition(wanted: RoomFilter, now: Moment) -> Range:
    """Return the condition on the windows of the rooms."""
    first, before, ends_after, ends_by = _EVER, _NEVER, _EVER, _NEVER
    if wanted.begin is not None:
        ends_after = wanted.begin
    if wanted.end is not None:
        before = wanted.end
    if wanted.state is RoomState.UPCOMING:
        first = after(now, 1)
    elif wanted.state in (RoomState.OPEN, RoomState.WAITING):
        before, ends_after = min(before, after(now, 1)), max(ends_after, now)
    elif wanted.state is RoomState.ENDED:
        ends_by = now
    return Range(first, before, ends_after, ends_by)


def in_span(windows: Range, span: int) -> Range:
    """Return the condition, with the narrowest range of `valid_from` for the rooms of a span."""
    longest, shorter = SPANS[span], SPANS[span - 1] if span else 0
    first = max(windows.first, after(windows.ends_after, 1 - longest)) if windows.ends_after != _EVER else windows.first
    before = min(windows.before, after(windows.ends_by, -shorter)) if windows.ends_by != _NEVER else windows.before
    return Range(first, before, windows.ends_after, windows.ends_by)


def span_of(valid_from: Moment, valid_until: Moment) -> int:
    """Return the span of a window."""
    length = valid_until - valid_from
    return next((span for span, longest in enumerate(SPANS) if length <= longest), len(SPANS) - 1)
