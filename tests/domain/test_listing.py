"""Which rooms a list has, and which are looked at."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain import listing
from openrooms.domain.errors import InvalidRequest
from openrooms.domain.listing import SPANS, RoomFilter, RoomState
from openrooms.domain.moments import DAY, HOUR, Moment
from openrooms.domain.rooms import LONGEST_WINDOW, Room, RoomId
from openrooms.server import storage

NOW = Moment(17_564_273_885_964_328)
QUERIES = Path(storage.__file__).with_name("queries.sql").read_text()
MIGRATION = next(Path(storage.__file__).parent.joinpath("migrations").glob("*_listing.sql")).read_text()

STATES = (RoomState.UPCOMING, RoomState.OPEN, RoomState.ENDED)

lengths = st.one_of(st.sampled_from(SPANS), st.integers(1, LONGEST_WINDOW))
moments = st.integers(NOW - 200 * DAY, NOW + 200 * DAY).map(Moment)
filters = st.builds(RoomFilter, st.sampled_from([None, *STATES]), st.none() | moments, st.none() | moments)


def a_room(valid_from: int, valid_until: int) -> Room:
    return Room(RoomId("1"), NOW, Moment(valid_from), Moment(valid_until))


@pytest.mark.parametrize(
    ("begins", "ends", "state"),
    [(1, 2, RoomState.UPCOMING), (0, 1, RoomState.OPEN), (-1, 1, RoomState.OPEN), (-1, 0, RoomState.ENDED)],
)
def test_the_state_of_a_room(begins: int, ends: int, state: RoomState) -> None:
    assert listing.state_of(a_room(NOW + begins, NOW + ends), NOW) is state


@given(filters, moments, lengths)
def test_a_condition_says_the_same_as_the_filter(wanted: RoomFilter, valid_from: Moment, length: int) -> None:
    room = a_room(valid_from, valid_from + length)
    expected = (
        (wanted.state is None or listing.state_of(room, NOW) is wanted.state)
        and (wanted.begin is None or room.valid_until > wanted.begin)
        and (wanted.end is None or room.valid_from < wanted.end)
    )
    assert listing.condition(wanted, NOW).has(room.valid_from, room.valid_until) is expected


@given(filters, moments, lengths)
def test_a_span_loses_no_room(wanted: RoomFilter, valid_from: Moment, length: int) -> None:
    windows = listing.condition(wanted, NOW)
    valid_until = Moment(valid_from + length)
    narrow = listing.in_span(windows, listing.span_of(valid_from, valid_until))
    assert narrow.has(valid_from, valid_until) is windows.has(valid_from, valid_until)


def test_rooms_of_usual_lengths_are_looked_at_if_they_overlap() -> None:
    windows = listing.condition(RoomFilter(begin=NOW, end=Moment(NOW + DAY)), NOW)
    for span, length in enumerate(SPANS):
        narrow = listing.in_span(windows, span)
        assert (narrow.first, narrow.before) == (NOW - length + 1, NOW + DAY)
    ended = listing.condition(RoomFilter(RoomState.ENDED), NOW)
    assert listing.in_span(ended, 1).before == NOW - HOUR


def test_a_time_must_not_be_empty() -> None:
    with pytest.raises(InvalidRequest, match="until must be later than from"):
        listing.checked(RoomFilter(begin=NOW, end=NOW))


@pytest.mark.parametrize(("text", "count"), [(QUERIES, 2), (MIGRATION, 1)], ids=["queries", "migration"])
def test_the_database_has_the_same_spans(text: str, count: int) -> None:
    found = re.findall(r"valid_until - valid_from <= (\d+) THEN (\d)", text)
    assert [(int(longest), int(span)) for longest, span in found] == count * [
        (longest, span) for span, longest in enumerate(SPANS[:-1])
    ]
    assert text.count(f"ELSE {len(SPANS) - 1} END") == count
