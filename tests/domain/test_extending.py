"""Extending a room from its call: once for each end that somebody saw, and within what is allowed."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain.errors import EndMoved, InvalidRequest, InvalidWindow, NotExtendable, OpenRoomsError
from openrooms.domain.extending import LONGEST, STEPS, Extension, check_minutes, extended
from openrooms.domain.moments import DAY, HOUR, MINUTE, SECOND, Moment, after
from openrooms.domain.rooms import LONGEST_WINDOW, Room, RoomChange, RoomId, changed, is_open, planned_until
from openrooms.domain.visits import VisitOptions

NINE, TEN = Moment(9 * HOUR), Moment(10 * HOUR)


def a_room(until: Moment = TEN, extend_by: int = 20, extended: int = 0) -> Room:
    """Return a room that was planned to end at ten; `extended` are the minutes that Presenters have added."""
    added = round((until - TEN) / MINUTE)
    options = VisitOptions("Check-up", extend_by=extend_by, extended=extended, added=added)
    return Room(RoomId("99475330965778483"), Moment(0), NINE, until, True, options)


@pytest.mark.parametrize("minutes", [-5, 0, 1, 20])
def test_presenters_add_only_some_minutes(minutes: int) -> None:
    with pytest.raises(InvalidRequest, match="one of 5, 10, 15"):
        check_minutes(minutes, limited=True)


@pytest.mark.parametrize("minutes", [-5, 0, LONGEST + 1])
def test_the_operator_adds_at_most_a_day(minutes: int) -> None:
    with pytest.raises(InvalidRequest, match="between 1 and 1440"):
        check_minutes(minutes, limited=False)


@pytest.mark.parametrize(
    ("minutes", "limited"),
    [*((minutes, True) for minutes in STEPS), *((minutes, False) for minutes in (1, 7, LONGEST))],
)
def test_minutes_are_added_to_the_end(minutes: int, limited: bool) -> None:
    check_minutes(minutes, limited)
    room = extended(a_room(), Extension(minutes, TEN, limited), NINE)
    # The operator's minutes are not counted as those of Presenters, and the plan stays what it was.
    assert planned_until(room) == TEN
    assert room == a_room(after(TEN, minutes * MINUTE), extended=minutes if limited else 0)
    assert extended(room, Extension(minutes, TEN, limited), NINE) == room


@pytest.mark.parametrize(
    ("seen", "is_same"),
    [
        pytest.param(0, True, id="the same moment"),
        pytest.param(7, True, id="in microseconds"),
        pytest.param(SECOND - 1, True, id="in whole seconds"),
        pytest.param(-SECOND + 1, True, id="rounded up"),
        pytest.param(SECOND, False, id="a second apart"),
        pytest.param(-SECOND, False, id="a second later"),
    ],
)
def test_the_seen_end_may_be_rounded(seen: int, is_same: bool) -> None:
    """The times of JavaScript and Python have fewer digits."""
    extension = Extension(5, Moment(TEN - seen), limited=True)
    if is_same:
        assert extended(a_room(), extension, NINE) == a_room(after(TEN, 5 * MINUTE), extended=5)
    else:
        with pytest.raises(EndMoved) as moved:
            extended(a_room(), extension, NINE)
        assert moved.value.valid_until == TEN


@pytest.mark.parametrize(
    ("until", "outcome"),
    [
        pytest.param(after(TEN, 15 * MINUTE), None, id="it lasts longer already"),
        pytest.param(after(TEN, 5 * MINUTE), None, id="somebody else added as much"),
        pytest.param(after(TEN, 2 * MINUTE), EndMoved, id="the organiser moved it a little"),
        pytest.param(Moment(TEN - HOUR // 2), EndMoved, id="the organiser shortened it"),
    ],
)
def test_the_end_has_moved(until: Moment, outcome: type[Exception] | None) -> None:
    extension = Extension(5, TEN, limited=True)
    if outcome is None:
        assert extended(a_room(until), extension, NINE) == a_room(until)
    else:
        with pytest.raises(outcome):
            extended(a_room(until), extension, NINE)


@pytest.mark.parametrize(
    ("allowed", "added", "message"),
    [(0, 0, "may not extend"), (4, 0, "4 more minutes"), (30, 26, "4 more minutes"), (10, 30, "may not extend")],
)
def test_presenters_stay_within_what_is_allowed(allowed: int, added: int, message: str) -> None:
    with pytest.raises(NotExtendable, match=message):
        extended(a_room(extend_by=allowed, extended=added), Extension(5, TEN, limited=True), NINE)
    room = extended(a_room(extend_by=allowed, extended=added), Extension(5, TEN, limited=False), NINE)
    assert (room.valid_until, room.options.extended) == (after(TEN, 5 * MINUTE), added)


def test_a_new_window_is_the_plan() -> None:
    room = extended(a_room(), Extension(5, TEN, limited=True), NINE)
    moved = changed(room, RoomChange(NINE, after(TEN, HOUR)))
    assert planned_until(moved) == moved.valid_until
    assert moved.options.extended == 5


def test_a_room_that_has_ended_opens_again() -> None:
    now = after(TEN, HOUR)
    room = extended(a_room(), Extension(5, TEN, limited=False), now)
    assert room == a_room(after(now, 5 * MINUTE))
    assert is_open(room, now)
    assert extended(room, Extension(5, TEN, limited=False), after(now, MINUTE)) == room


def test_a_room_lasts_at_most_180_days() -> None:
    longest = after(NINE, LONGEST_WINDOW)
    room = a_room(Moment(longest - 5 * MINUTE))
    assert extended(room, Extension(5, room.valid_until, limited=False), NINE).valid_until == longest
    with pytest.raises(InvalidWindow):
        extended(room, Extension(10, room.valid_until, limited=False), NINE)


requests = st.lists(
    st.tuples(
        st.sampled_from(STEPS), st.integers(0, 5), st.booleans(), st.integers(-2 * HOUR, 2 * HOUR), st.booleans()
    ),
    max_size=12,
)


@given(requests, st.integers(0, 40))
def test_no_order_of_requests_exceeds_the_allowance(wishes, allowed: int) -> None:
    """Callers have seen any of the ends so far; between their requests, the organiser may move the end."""
    room = a_room(extend_by=allowed)
    ends, by_presenters = [room.valid_until], 0
    for minutes, age, limited, moved, is_moved in wishes:
        if is_moved:
            room = msgspec.structs.replace(room, valid_until=after(TEN, moved % DAY))
        extension = Extension(minutes, ends[-1 - age % len(ends)], limited)
        try:
            changed = extended(room, extension, NINE)
        except OpenRoomsError:
            continue
        assert changed.valid_until - room.valid_until in {0, minutes * MINUTE}
        if changed != room and limited:
            by_presenters += minutes
        # What was answered once is answered again, and adds nothing.
        assert extended(changed, extension, NINE) == changed
        room = changed
        ends.append(room.valid_until)
    assert room.options.extended == by_presenters <= allowed
