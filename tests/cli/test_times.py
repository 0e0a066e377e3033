"""Times as people type them."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from openrooms.cli.times import find_zone, parse_time

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 30, 13, 45, tzinfo=UTC)


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    os.environ.pop("TZ", None)
    time.tzset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-30T13:45:00+00:00"),
        ("in 30m", "2026-11-30T14:15:00+00:00"),
        ("In 1h 30m", "2026-11-30T15:15:00+00:00"),
        ("today 16:00", "2026-11-30T16:00:00+01:00"),
        ("tomorrow 9:00", "2026-12-01T09:00:00+01:00"),
        ("  Tomorrow   at 9am ", "2026-12-01T09:00:00+01:00"),
        ("tomorrow 9:30 pm +02:00", "2026-12-01T21:30:00+02:00"),
        ("tue 14:30", "2026-12-01T14:30:00+01:00"),
        ("Sunday 8:05", "2026-12-06T08:05:00+01:00"),
        ("tomorrow 9:00 America/New_York", "2026-12-01T09:00:00-05:00"),
        ("2026-12-01 9:00 UTC", "2026-12-01T09:00:00+00:00"),
        ("2026-12-01", "2026-12-01T00:00:00+01:00"),
        ("2026-12-01T09:00:01.1234567+00:00", "2026-12-01T09:00:01.123456+00:00"),
        ("2027-06-01 09:00", "2027-06-01T09:00:00+02:00"),
    ],
)
def test_time_has_its_zone(text: str, expected: str) -> None:
    assert parse_time(text, BERLIN, MONDAY).isoformat() == expected


@pytest.mark.parametrize(
    ("text", "way_out"),
    [
        pytest.param("9:00", "write 'today 9:00' or 'tomorrow 9:00'", id="no day"),
        pytest.param("friday", "write e.g. 'friday 9:00'", id="no time of the day"),
        pytest.param("monday 9:00", "write 'today' or '2026-12-07'", id="today or in a week"),
        pytest.param("next monday 9:00", "give e.g.", id="this week's or the next one's"),
        pytest.param("tomorrow 12am", "write 12:00 or 0:00", id="noon or midnight"),
        pytest.param("03/04/2027 9:00", "give e.g.", id="March or April"),
        pytest.param("12", "give e.g.", id="a number"),
        pytest.param("tomorrow 9", "give e.g.", id="an hour without minutes"),
        pytest.param("tomorrow 9:00 CST", "give one such as Europe/Berlin", id="an abbreviation of several zones"),
        pytest.param("tomorrow 25:00", "hour must be", id="no such hour"),
        pytest.param("tomorrow 13pm", "hour must be", id="no such half of a day"),
        pytest.param("2026-02-30 9:00", "is not a date", id="no such day"),
        pytest.param("2027-03-28 02:30", "does not exist in the zone Europe/Berlin", id="clocks are put forward"),
        pytest.param(
            "2026-10-25 02:30", "write 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00", id="clocks are put back"
        ),
        pytest.param("in a while", "give e.g. 90s", id="not an amount"),
        pytest.param("", "give e.g.", id="nothing"),
    ],
)
def test_unclear_time_is_refused_with_the_way_out(text: str, way_out: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        parse_time(text, BERLIN, MONDAY)
    assert way_out in str(refusal.value)


def test_this_machines_zone_has_summer_and_winter(in_new_york: None) -> None:
    assert parse_time("2027-01-15 9:00", None, MONDAY).isoformat() == "2027-01-15T09:00:00-05:00"
    assert parse_time("2027-07-15 9:00", None, MONDAY).isoformat() == "2027-07-15T09:00:00-04:00"
    with pytest.raises(ValueError, match="does not exist"):
        parse_time("2027-03-14 2:30", None, MONDAY)


@pytest.mark.parametrize("name", ["", "CET", "../etc/passwd", "Europe/Nowhere", "/etc/passwd", "a/../../b"])
def test_other_names_are_not_zones(name: str) -> None:
    with pytest.raises(ValueError, match="is not a zone"):
        find_zone(name)
