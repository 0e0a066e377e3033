"""Moments on the wire: RFC 3339 and HTTP dates in, .NET's form out, exact to 100 ns."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openrooms.domain.moments import SECOND, Moment
from openrooms.wire.dates import format_moment, parse_header_date, parse_http_date, parse_moment

FIRST = parse_moment("0001-01-01T00:00:00Z")
LAST = parse_moment("9999-12-31T23:59:59.9999999Z")
moments = st.integers(FIRST, LAST).map(Moment)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2025-08-29T00:29:48.5964328Z", "2025-08-29T00:29:48.5964328+00:00"),
        ("2025-08-29T00:29:48.596432899Z", "2025-08-29T00:29:48.5964328+00:00"),
        ("2025-08-29T00:29:48.785672Z", "2025-08-29T00:29:48.785672+00:00"),
        ("2025-08-29T00:29:48.0486000Z", "2025-08-29T00:29:48.0486+00:00"),
        ("2025-08-29T00:29:48.000Z", "2025-08-29T00:29:48+00:00"),
        ("2025-03-18T21:57:33+00:00", "2025-03-18T21:57:33+00:00"),
        ("2025-08-29T02:29:48+02:00", "2025-08-29T00:29:48+00:00"),
        ("2025-08-28T18:59:48.1-05:30", "2025-08-29T00:29:48.1+00:00"),
        ("2025-08-29 02:29:48.5+0200", "2025-08-29T00:29:48.5+00:00"),
        ("2023-12-13T12:49:39.549335", "2023-12-13T12:49:39.549335+00:00"),
        ("2023-12-13T12:49:39", "2023-12-13T12:49:39+00:00"),
        ("2023-12-13 12:49:39", "2023-12-13T12:49:39+00:00"),
        ("2023-12-13T12:49:39.1234567890123456789", "2023-12-13T12:49:39.1234567+00:00"),
        ("2023-03-31T10:21", "2023-03-31T10:21:00+00:00"),
        ("2023-03-31T10:21Z", "2023-03-31T10:21:00+00:00"),
        ("2023-03-31T10:21+02:00", "2023-03-31T08:21:00+00:00"),
        ("2023-03-31", "2023-03-31T00:00:00+00:00"),
        ("2024-02-29t23:59:59z", "2024-02-29T23:59:59+00:00"),
        ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.9999999+00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_a_date_is_read_and_written(text: str, written: str) -> None:
    assert format_moment(parse_moment(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2025-08-29Z",
        "2025-08-29+02:00",
        "2025-08-29T",
        "2025-08-29T00",
        "2025-08-29T00:29.5",
        "2025-08-29T0:29:48",
        "20250829T002948Z",
        "2025-W35-5",
        "08/29/2025",
        "2025-13-01T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "2025-08-29T24:00:01Z",
        "2025-08-29T00:29:48.Z",
        "2025-08-29T00:29:48+25:00",
        "2025-08-29T00:29:48+00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "\u0662025-08-29T00:29:48Z",
        "2025-08-29T00:29:48Z\n",
        "1756427388",
    ],
)
def test_a_malformed_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a date-time|out of range|must be in|month|day"):
        parse_moment(text)


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 29 Aug 2025 00:29:48 GMT",
        "29 Aug 2025 00:29:48 GMT",
        "Friday, 29-Aug-25 00:29:48 GMT",
        "Fri Aug 29 00:29:48 2025",
        "Fri, 29 Aug 2025 02:29:48 +0200",
        "Fri, 29 Aug 2025 00:29:48 -0000",
        "Fri, 29 Aug 2025 00:29:48",
    ],
)
def test_dates_in_headers(text: str) -> None:
    assert parse_http_date(text.encode()) == parse_header_date(text.encode()) == parse_moment("2025-08-29T00:29:48Z")


@pytest.mark.parametrize("text", ["2025-08-29T00:29:48.5Z", "2025-08-29T00:29:48.5", "2025-08-29"])
def test_iso_dates_are_not_http_dates(text: str) -> None:
    assert parse_header_date(text.encode()) == parse_moment(text)
    assert parse_http_date(text.encode()) is None


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
@example(b"")
@example(b"Fri, 29 Aug 2025 00:29:48 +9999")
@example(b"2025-08-29T00:29:48+25:00")
@example(b"1" * 5000)
def test_any_header_is_read_without_an_error(date: bytes) -> None:
    for parse in (parse_http_date, parse_header_date):
        moment = parse(date)
        assert moment is None or isinstance(moment, int)


@given(moments)
def test_a_written_moment_is_read_back(moment: Moment) -> None:
    assert parse_moment(format_moment(moment)) == moment


@given(moments, moments)
def test_whole_seconds_sort_as_text(first: Moment, second: Moment) -> None:
    first, second = Moment(first - first % SECOND), Moment(second - second % SECOND)
    assert (format_moment(first) < format_moment(second)) == (first < second)


@given(moments, st.integers(-14 * 60, 14 * 60))
def test_the_offset_does_not_change_the_moment(moment: Moment, minutes: int) -> None:
    exact = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment // 10)
    try:
        elsewhere = exact.astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        return
    assert parse_moment(elsewhere.isoformat()) == moment // 10 * 10
