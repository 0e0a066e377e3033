"""Moments on the wire: .NET's form out, RFC 3339 in, to the 100 ns."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain.moments import SECOND, Moment
from openrooms.wire.dates import format_moment, parse_moment

FIRST = parse_moment("0001-01-01T00:00:00Z")
LAST = parse_moment("9999-12-31T23:59:59.9999999Z")
moments = st.integers(FIRST, LAST).map(Moment)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2025-08-29T00:29:48.5964328Z", "2025-08-29T00:29:48.5964328+00:00"),
        ("2025-08-29T00:29:48.596432899Z", "2025-08-29T00:29:48.5964328+00:00"),
        ("2025-08-29T00:29:48.785672Z", "2025-08-29T00:29:48.785672+00:00"),
        ("2025-08-29T00:29:48.0486000Z", "2025-08-29T00:29:48.0486+00:00"),
        ("2025-08-29T00:29:48.000Z", "2025-08-29T00:29:48+00:00"),
        ("2025-03-18T21:57:33+00:00", "2025-03-18T21:57:33+00:00"),
        ("2025-08-29T02:29:48+02:00", "2025-08-29T00:29:48+00:00"),
        ("2025-08-28T18:59:48.1-05:30", "2025-08-29T00:29:48.1+00:00"),
        ("2024-02-29t23:59:59z", "2024-02-29T23:59:59+00:00"),
        ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.9999999+00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_what_comes_in_goes_out(text: str, shown: str) -> None:
    assert format_moment(parse_moment(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2025-08-29",
        "2025-08-29T00:29:48",
        "2025-08-29T00:29Z",
        "2025-13-01T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "2025-08-29T24:00:01Z",
        "2025-08-29T00:29:48.Z",
        "2025-08-29T00:29:48+25:00",
        "2025-08-29T00:29:48+0000",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "\u0662025-08-29T00:29:48Z",
        "2025-08-29T00:29:48Z\n",
        "1756427388",
    ],
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a date-time|out of range|must be in|month|day"):
        parse_moment(text)


@given(moments)
def test_a_moment_survives_the_wire(moment: Moment) -> None:
    assert parse_moment(format_moment(moment)) == moment


@given(moments, moments)
def test_whole_seconds_sort_as_text(first: Moment, second: Moment) -> None:
    one, other = Moment(first - first % SECOND), Moment(second - second % SECOND)
    assert (format_moment(one) < format_moment(other)) == (one < other)


@given(moments, st.integers(-14 * 60, 14 * 60))
def test_offsets_mean_the_same_moment(moment: Moment, minutes: int) -> None:
    exact = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment // 10)
    try:
        elsewhere = exact.astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        return
    assert parse_moment(elsewhere.isoformat()) == moment // 10 * 10
