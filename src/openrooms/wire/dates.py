"""Moments on the wire: reads ISO 8601 and HTTP dates, writes the form of .NET's `DateTimeOffset`."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from openrooms.domain.errors import InvalidRequest
from openrooms.domain.moments import SECOND, Moment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO_8601 = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,7})\d*)?)?([Zz]|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
_DIGITS = 7
_PER_MICROSECOND = 10
_UTC = (None, "Z", "z")
_DAY_SECONDS = 86_400
_LONGEST_HTTP_DATE = 40


def parse_moment(text: str) -> Moment:
    """Return the moment, cut to 100 ns; raise `ValueError` unless it is a date or a date-time in ISO 8601.

    As in ASP.NET, a time without a zone is UTC, seconds are optional, and a date alone means midnight:
    docs/evidence.md#dates.
    """
    match = _ISO_8601.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date-time such as 2025-08-29T00:29:48.5964328+00:00")
    day, minute, second, fraction, zone = match.groups()
    offset = "+00:00" if zone in _UTC else zone
    whole = datetime.fromisoformat(f"{day}T{minute or '00:00'}:{second or '00'}{offset}")
    # With its offset, the moment may be outside of the years 1 to 9999, which cannot be written again.
    try:
        since = whole.astimezone(UTC) - _EPOCH
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error
    steps = (since.days * _DAY_SECONDS + since.seconds) * SECOND
    return Moment(steps + int(fraction.ljust(_DIGITS, "0")) if fraction else steps)


def read_parameter(name: str, text: str | None) -> Moment | None:
    """Return the moment in a parameter of a query; raise `InvalidRequest`, which names it, for anything else."""
    try:
        return parse_moment(text) if text else None
    except ValueError as error:
        raise InvalidRequest(f"{name}: {error}") from error


def parse_datetime(text: str) -> datetime:
    """Return the moment as an aware `datetime` in UTC, cut to microseconds; raise what `parse_moment` raises."""
    return _EPOCH + timedelta(microseconds=parse_moment(text) // _PER_MICROSECOND)


def parse_http_date(date: bytes) -> Moment | None:
    """Return the moment of an HTTP date such as `Fri, 29 Aug 2025 00:29:48 GMT`, or `None` if it is not one."""
    return _cached_http_date(date) if len(date) <= _LONGEST_HTTP_DATE else None


def parse_header_date(date: bytes) -> Moment | None:
    """Return the moment of an HTTP date or of a date-time in ISO 8601, or `None` if it is neither."""
    if date[:1].isdigit():
        with suppress(ValueError):
            return parse_moment(date.decode("ascii"))
    return parse_http_date(date)


def format_moment(moment: Moment) -> str:
    """Return e.g. `2025-08-29T00:29:48.5964328+00:00`: up to 7 fraction digits, trailing zeros trimmed."""
    seconds, fraction = divmod(moment, SECOND)
    if not fraction:
        return f"{_second(seconds)}+00:00"
    # The added digit keeps leading zeros; a format with a width is slower.
    return f"{_second(seconds)}.{str(SECOND + fraction)[1:].rstrip('0')}+00:00"


def format_datetime(value: datetime) -> str:
    """Return an aware `datetime` as `format_moment` does."""
    return format_moment(Moment((value - _EPOCH) // timedelta(microseconds=1) * _PER_MICROSECOND))


# All requests of one second have the same date.
@lru_cache(maxsize=4096)
def _cached_http_date(date: bytes) -> Moment | None:
    try:
        moment = parsedate_to_datetime(date.decode("ascii"))
        # `-0000` and the asctime form mean UTC, but the parser returns them without a zone.
        return Moment(int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) * SECOND)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


# Most moments that are written lie in this second, or whole days from it.
@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    days, second = divmod(seconds, _DAY_SECONDS)
    minutes, second = divmod(second, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day(days)}T{hour:02}:{minute:02}:{second:02}"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return datetime.fromtimestamp(days * _DAY_SECONDS, UTC).strftime("%Y-%m-%d").rjust(10, "0")
