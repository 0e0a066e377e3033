"""The rules of rooms: ids, windows and changes."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain.errors import InvalidRoomId, InvalidWindow
from openrooms.domain.moments import DAY, HOUR, MINUTE, SECOND, Moment
from openrooms.domain.rooms import (
    LONGEST_WINDOW,
    ROOM_IDS,
    Room,
    RoomChange,
    RoomId,
    Window,
    changed,
    check_change,
    is_open,
    new_room,
    new_window,
    parse_room_id,
    room_id,
)

NOW = Moment(17_564_273_885_964_328)
STEP = 1

TOO_LATE = ("ValidFrom", "Value is incorrect or more than 180 days in the future.")
PAST = ("ValidUntil", "The time range end is in the past.")
BAD_RANGE = ("ValidUntil", "The time range is incorrect, or larger than 180 days.")
ONLY_ONE = ("", "validFrom and validUntil should be set together.")

offsets = st.integers(-400 * DAY, 400 * DAY) | st.sampled_from(
    [sign * base + step for base in (0, LONGEST_WINDOW) for sign in (-1, 1) for step in (-1, 0, 1)]
)
moments = offsets.map(lambda offset: Moment(NOW + offset))
changes = st.builds(RoomChange, st.none() | moments, st.none() | moments, st.none() | st.booleans())


def change_of(valid_from: int | None = None, valid_until: int | None = None) -> RoomChange:
    """Return a change with moments relative to `NOW`."""
    return RoomChange(
        None if valid_from is None else Moment(NOW + valid_from),
        None if valid_until is None else Moment(NOW + valid_until),
    )


def problems(rule: Callable[[], object]) -> list[tuple[str, str]]:
    try:
        rule()
    except InvalidWindow as error:
        return [(problem.target, problem.message) for problem in error.problems]
    return []


WINDOWS = [
    pytest.param(change_of(0, HOUR), [], id="starts now"),
    pytest.param(change_of(-3 * DAY, HOUR), [], id="a start in the past is kept"),
    pytest.param(change_of(0, LONGEST_WINDOW), [], id="exactly the longest window"),
    pytest.param(change_of(0, LONGEST_WINDOW + STEP), [BAD_RANGE], id="a step longer than the longest window"),
    pytest.param(change_of(LONGEST_WINDOW, LONGEST_WINDOW + STEP), [], id="the latest start"),
    pytest.param(change_of(LONGEST_WINDOW, 2 * LONGEST_WINDOW), [], id="the latest start, the longest window"),
    pytest.param(
        change_of(LONGEST_WINDOW + STEP, LONGEST_WINDOW + HOUR), [TOO_LATE], id="a step after the latest start"
    ),
    pytest.param(change_of(-HOUR, -STEP), [PAST], id="ends a step ago"),
    pytest.param(change_of(-HOUR, 0), [], id="ends now"),
    pytest.param(change_of(HOUR, HOUR), [BAD_RANGE], id="ends as it starts"),
    pytest.param(change_of(2 * HOUR, HOUR), [BAD_RANGE], id="ends before it starts"),
    pytest.param(change_of(-200 * DAY, -10 * DAY), [PAST], id="a past end hides a bad range"),
    pytest.param(change_of(-170 * DAY, 11 * DAY), [BAD_RANGE], id="too long, begun in the past"),
    pytest.param(change_of(200 * DAY, -STEP), [TOO_LATE, PAST], id="both ends are wrong"),
    pytest.param(change_of(200 * DAY, 100 * DAY), [TOO_LATE, BAD_RANGE], id="too late, and ends before"),
]


@pytest.mark.parametrize(("change", "expected"), WINDOWS)
def test_the_window_of_a_new_room(change: RoomChange, expected: list[tuple[str, str]]) -> None:
    assert problems(lambda: new_window(change, NOW)) == expected


@pytest.mark.parametrize(("change", "expected"), WINDOWS)
def test_the_window_of_a_changed_room(change: RoomChange, expected: list[tuple[str, str]]) -> None:
    assert problems(lambda: check_change(change, NOW)) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(change_of(), Window(NOW, Moment(NOW + LONGEST_WINDOW)), id="neither"),
        pytest.param(change_of(valid_until=MINUTE), Window(NOW, Moment(NOW + MINUTE)), id="only the end"),
        pytest.param(
            change_of(valid_from=10 * DAY),
            Window(Moment(NOW + 10 * DAY), Moment(NOW + LONGEST_WINDOW)),
            id="only the start: the end counts from now",
        ),
    ],
)
def test_the_default_window(change: RoomChange, expected: Window) -> None:
    assert new_window(change, NOW) == expected


def test_a_late_start_without_an_end_is_one_problem() -> None:
    assert problems(lambda: new_window(change_of(valid_from=200 * DAY), NOW)) == [TOO_LATE]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(change_of(), [], id="neither"),
        pytest.param(change_of(0, HOUR), [], id="both"),
        pytest.param(change_of(valid_from=0), [ONLY_ONE], id="only the start"),
        pytest.param(change_of(valid_until=HOUR), [ONLY_ONE], id="only the end"),
        pytest.param(change_of(valid_until=-HOUR), [ONLY_ONE], id="only the end, and past"),
    ],
)
def test_an_update_names_both_ends_or_neither(change: RoomChange, expected: list[tuple[str, str]]) -> None:
    assert problems(lambda: check_change(change, NOW)) == expected


@pytest.mark.parametrize("dial_out", [None, False, True])
def test_new_room_may_dial_out_only_on_request(dial_out: bool | None) -> None:
    room = new_room(7, RoomChange(None, None, dial_out), NOW)
    assert room == Room(room_id(7), NOW, NOW, Moment(NOW + LONGEST_WINDOW), dial_out is True)


@given(changes)
def test_a_new_window_keeps_the_given_ends(change: RoomChange) -> None:
    try:
        window = new_window(change, NOW)
    except InvalidWindow:
        return
    assert change.valid_from in (None, window.valid_from)
    assert change.valid_until in (None, window.valid_until)
    assert NOW <= window.valid_until <= NOW + 2 * LONGEST_WINDOW
    assert window.valid_from <= NOW + LONGEST_WINDOW
    if change.valid_until is not None:
        assert 0 < window.valid_until - window.valid_from <= LONGEST_WINDOW


@given(changes)
def test_a_refusal_names_each_end_once_in_order(change: RoomChange) -> None:
    targets = [target for target, _ in problems(lambda: check_change(change, NOW))]
    assert targets in ([], [""], ["ValidFrom"], ["ValidUntil"], ["ValidFrom", "ValidUntil"])


@given(changes, st.builds(Room, st.just(RoomId("99400000000000001")), moments, moments, moments, st.booleans()))
def test_a_change_replaces_only_the_fields_it_names(change: RoomChange, room: Room) -> None:
    after = changed(room, change)
    assert (after.id, after.created_at) == (room.id, room.created_at)
    for field in ("valid_from", "valid_until", "pstn_dial_out_enabled"):
        named = getattr(change, field)
        assert getattr(after, field) == (getattr(room, field) if named is None else named)
    assert changed(after, change) == after


ROOM = Room(RoomId("99475330965778483"), NOW, NOW, Moment(NOW + HOUR))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(-STEP, False, id="a step before"),
        pytest.param(0, True, id="as it starts"),
        pytest.param(HOUR - STEP, True, id="the last step"),
        pytest.param(HOUR, False, id="as it ends"),
    ],
)
def test_a_window_is_half_open(now: int, expected: bool) -> None:
    assert is_open(ROOM, Moment(NOW + now)) is expected


@given(moments, moments, moments, moments)
def test_back_to_back_rooms_never_overlap(now: Moment, start: Moment, middle: Moment, end: Moment) -> None:
    first = Room(ROOM.id, NOW, start, middle)
    second = Room(ROOM.id, NOW, middle, end)
    assert not (is_open(first, now) and is_open(second, now))


@pytest.mark.parametrize("text", ["9943804248885169", "99475330965778483", "994753309657784831", "0000000000000000"])
def test_an_id_has_sixteen_to_eighteen_digits(text: str) -> None:
    assert parse_room_id(text) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Invalid room ID length."),
        ("123", "Invalid room ID length."),
        ("invalid_id", "Invalid room ID length."),
        ("994753309657784", "Invalid room ID length."),
        ("9947533096577848312", "Invalid room ID length."),
        ("NotExistingRoomID", "Invalid room ID."),
        ("non-existingroomId", "Invalid room ID."),
        ("9947533096577848x", "Invalid room ID."),
        ("99475330965778 83", "Invalid room ID."),
        ("-9475330965778483", "Invalid room ID."),
        pytest.param("\u0669" * 17, "Invalid room ID.", id="digits of another script"),
        pytest.param("9947533096577848\n", "Invalid room ID.", id="a line feed"),
        pytest.param("9947533096577848\x00", "Invalid room ID.", id="NUL"),
    ],
)
def test_a_malformed_id_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(InvalidRoomId) as refusal:
        parse_room_id(text)
    assert str(refusal.value) == message


@given(st.integers(0, ROOM_IDS - 1) | st.sampled_from([0, ROOM_IDS - 1]))
def test_new_ids_have_the_form_of_azures(number: int) -> None:
    text = room_id(number)
    assert parse_room_id(text) == text
    assert text.startswith("994")
    assert len(text) == 17
    assert int(text[3:]) == number


def test_a_moment_is_100_nanoseconds() -> None:
    assert (SECOND, DAY) == (10**7, 86_400 * 10**7)
