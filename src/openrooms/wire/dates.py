"""Moments as the wire writes them: RFC 3339 in, .NET's `DateTimeOffset` form out."""

import re
from datetime import UTC, datetime
from functools import lru_cache

from openrooms.domain.moments import SECOND, Moment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC_3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(?:([Zz])|([+-]\d\d:\d\d))", re.ASCII)
_DIGITS = 7
_DAY_SECONDS = 86_400


def parse_moment(text: str) -> Moment:
    """Return the moment, cut to 100 ns; raise `ValueError` unless it is a date-time with an offset (RFC 3339)."""
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date-time such as 2025-08-29T00:29:48.5964328+00:00")
    day, time, fraction, zulu, offset = match.groups()
    # An offset may lead out of the years 1 to 9999, which could not be written again.
    try:
        since = datetime.fromisoformat(f"{day}T{time}{'+00:00' if zulu else offset}").astimezone(UTC) - _EPOCH
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error
    steps = (since.days * _DAY_SECONDS + since.seconds) * SECOND
    return Moment(steps + int(fraction[:_DIGITS].ljust(_DIGITS, "0")) if fraction else steps)


def format_moment(moment: Moment) -> str:
    """Return e.g. `2025-08-29T00:29:48.5964328+00:00`: up to 7 fraction digits, trailing zeros trimmed."""
    seconds, fraction = divmod(moment, SECOND)
    if not fraction:
        return f"{_second(seconds)}+00:00"
    # The digit in front keeps the zeros; a format with a width would take longer.
    return f"{_second(seconds)}.{str(SECOND + fraction)[1:].rstrip('0')}+00:00"


# What is written is mostly of this second, or a round number of days from it.
@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    days, second = divmod(seconds, _DAY_SECONDS)
    minutes, second = divmod(second, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day(days)}T{hour:02}:{minute:02}:{second:02}"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return datetime.fromtimestamp(days * _DAY_SECONDS, UTC).strftime("%Y-%m-%d").rjust(10, "0")
