"""Times and amounts of time as people type them: `tomorrow 9:00`, `in 30m`, `2026-12-01 09:00 Europe/Berlin`.

No text is guessed. The parsers for natural language in PyPI (dateparser, parsedatetime, dateutil) take `03/04` for a
day, `12` for a date, or leave out words that they do not know; a visit at a wrong time is worse than a question.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

_ZONE = "openrooms.zone"
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)([dhms])")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST_DAY_NAME = 3
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[tT ](\d\d?:\d\d.*))?")
_HALVES = r"(?P<hour12>\d{1,2})(?::(?P<minute12>\d\d))? ?(?P<half>[ap])m\b"
_WHOLE = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?"
_CLOCK = re.compile(f"{_HALVES}|{_WHOLE}", re.IGNORECASE)
_OFFSET = re.compile(r"(z|utc)|([+-])(\d\d):?(\d\d)", re.IGNORECASE)
_EXAMPLES = "give e.g. 'tomorrow 9:00', 'in 30m', '2026-12-01 09:00' or '2026-12-01T09:00+01:00'"
_HALF_DAY = 12


class Amount(click.ParamType[timedelta]):
    """An amount of time such as 90s, 2h or 1h30m."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            return value if isinstance(value, timedelta) else parse_amount(value)
        except (ValueError, OverflowError) as error:
            self.fail(str(error), param, ctx)


class Minutes(click.ParamType[int]):
    """Whole minutes, from 1 to `most`: a number of them, or an amount of time such as 1h30m."""

    name = "amount"

    def __init__(self, most: int) -> None:
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            minutes = parse_amount(f"{value}m" if value.isdigit() else value) / timedelta(minutes=1)
        except (ValueError, OverflowError) as error:
            self.fail(str(error), param, ctx)
        if not minutes.is_integer() or not 1 <= minutes <= self._most:
            self.fail(f"{value!r} is not a number of whole minutes from 1 to {self._most}", param, ctx)
        return int(minutes)


class Time(click.ParamType[datetime]):
    """A time; without a zone it is in the zone of `zone_option`, and in UTC if the command does not have it."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        zone = UTC if ctx is None else ctx.meta.get(_ZONE, UTC)
        try:
            return value if isinstance(value, datetime) else parse_time(value, zone, datetime.now(UTC))
        except (ValueError, OverflowError) as error:
            self.fail(str(error), param, ctx)


def zone_option(command: Any) -> Any:
    """Add `--zone`, which the command's options of the type `Time` use."""

    def keep(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
        try:
            ctx.meta[_ZONE] = None if value is None else find_zone(value)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from error

    return click.option(
        "--zone",
        envvar="OPENROOMS_ZONE",
        show_envvar=True,
        metavar="NAME",
        is_eager=True,
        expose_value=False,
        callback=keep,
        show_default="this machine's zone",
        help="The zone of times that name none, such as Europe/Berlin or UTC.",
    )(command)


def parse_amount(text: str) -> timedelta:
    """Return the amount; raise `ValueError` that says what to write."""
    if not re.fullmatch(f"(?:{_AMOUNT.pattern})+", text):
        raise ValueError(f"{text!r} is not an amount of time: give e.g. 90s, 30m, 2h or 1d12h")
    return sum((timedelta(**{_UNITS[unit]: float(n)}) for n, unit in _AMOUNT.findall(text)), timedelta())


def parse_time(text: str, zone: tzinfo | None, now: datetime) -> datetime:
    """Return the aware time that the text means at `now`; raise `ValueError` that says what to write instead.

    `zone` is that of a text without one; `None` is this machine's.
    """
    words = " ".join(text.split())
    if words.lower() == "now":
        return now
    if words.lower().startswith("in "):
        return now + parse_amount(words[3:].replace(" ", ""))
    iso = _ISO.fullmatch(words)
    if iso is not None:
        day, rest = _date(iso[1]), iso[2]
        return _at(text, day, rest, zone) if rest else _aware(datetime.combine(day, time()), zone)
    day_word, _, rest = words.partition(" ")
    if _CLOCK.match(words) and not rest.lower().startswith("on "):
        raise ValueError(f"{text!r} names no day: write 'today {words}' or 'tomorrow {words}'")
    day = _day(text, day_word.lower(), now.astimezone(zone).date())
    if not rest:
        raise ValueError(f"{text!r} names no time of the day: write e.g. '{words} 9:00'")
    return _at(text, day, rest.removeprefix("at "), zone)


def find_zone(name: str) -> tzinfo:
    """Return the zone with this name or offset; raise `ValueError`."""
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        return UTC if offset[1] else datetime.strptime(f"{offset[2]}{offset[3]}{offset[4]}", "%z").tzinfo or UTC
    try:
        if "/" not in name:
            raise ValueError
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # An abbreviation such as CST stands for several zones.
        raise ValueError(f"{name!r} is not a zone: give one such as Europe/Berlin, UTC or +01:00") from None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date: {error}") from None


def _day(text: str, word: str, today: date) -> date:
    if word in ("today", "tomorrow"):
        return today + timedelta(days=word == "tomorrow")
    names = [name for name in _WEEKDAYS if len(word) >= _SHORTEST_DAY_NAME and name.startswith(word)]
    if not names:
        raise ValueError(f"{text!r} is not a time: {_EXAMPLES}")
    days = (_WEEKDAYS.index(names[0]) - today.weekday()) % len(_WEEKDAYS)
    if not days:
        later = today + timedelta(weeks=1)
        raise ValueError(f"{text!r} may be today or in a week: write 'today' or '{later}' for the day")
    return today + timedelta(days=days)


def _at(text: str, day: date, rest: str, zone: tzinfo | None) -> datetime:
    """Return the time of the day at which `rest` begins, in the zone with which it may end."""
    match = _CLOCK.match(rest)
    if match is None:
        raise ValueError(f"{text!r} is not a time: {_EXAMPLES}")
    name = rest[match.end() :].strip()
    return _aware(datetime.combine(day, _clock(text, match)), find_zone(name) if name else zone)


def _clock(text: str, match: "re.Match[str]") -> time:
    found = {name: int(value or 0) for name, value in match.groupdict(0).items() if name not in ("half", "fraction")}
    if match["half"] is None:
        hour, minute = found["hour"], found["minute"]
    elif found["hour12"] == _HALF_DAY:
        raise ValueError(f"{text!r} may be noon or midnight: write 12:00 or 0:00")
    else:
        hour, minute = found["hour12"] + _HALF_DAY * (match["half"].lower() == "p"), found["minute12"]
        # 13pm becomes an hour that does not exist.
        hour += 24 * (found["hour12"] > _HALF_DAY)
    try:
        return time(hour, minute, found["second"], int((match["fraction"] or "0")[:6].ljust(6, "0")))
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time: {error}") from None


def _aware(local: datetime, zone: tzinfo | None) -> datetime:
    """Return the local time with its zone; raise `ValueError` if the zone's clocks show it twice or never."""
    first, second = (_placed(local.replace(fold=fold), zone) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    text = f"{local:%Y-%m-%d %H:%M}"
    if _placed(first.astimezone(UTC), zone).replace(tzinfo=None) != local:
        raise ValueError(f"{text} does not exist in the zone {_name(first, zone)}: its clocks are put forward then")
    raise ValueError(
        f"{text} happens twice in the zone {_name(first, zone)}: write {first.isoformat(timespec='minutes')} or "
        f"{second.isoformat(timespec='minutes')}"
    )


def _placed(value: datetime, zone: tzinfo | None) -> datetime:
    if value.tzinfo is not None or zone is None:
        return value.astimezone(zone)
    return value.replace(tzinfo=zone)


def _name(value: datetime, zone: tzinfo | None) -> str:
    return str(zone or value.tzname())
