"""Output of the commands: a table for people, JSON and TSV for programs."""

import csv
import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from io import StringIO
from typing import TextIO

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from openrooms._terminal import may_style
from openrooms.cli.output import Format, Output
from openrooms.wire.dates import format_datetime

Value = str | bool | int | datetime | None
Row = Mapping[str, Value]

_UNLIMITED = 10_000
_GAP = 2
_NARROWEST_TEXT = 12
# Embeddings, overrides and isolates: with them a name could change how the rest of its line reads.
_BIDI_CONTROLS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_FIRST_STRONG, _POP = "\u2068", "\u2069"
_FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
_TSV = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def render(
    rows: Iterable[Row],
    output: Output,
    columns: Sequence[str] | None = None,
    *,
    optional: Sequence[str] = (),
    nothing: str = "There are none.",
) -> None:
    """Print the rows. TSV, JSON and IDs are printed as the rows come; the first column has the ID.

    A table has only these `columns`, and the `optional` ones only if it fits the terminal with them. For a table
    without rows, a terminal gets the text `nothing`.
    """
    if output.is_quiet:
        for row in rows:
            click.echo(_tsv(next(iter(row.values()))))
    elif output.form is Format.TSV:
        for row in rows:
            click.echo("\t".join(map(_tsv, row.values())))
    elif output.form is Format.JSON:
        _print_array(rows)
    else:
        whole = list(rows)
        rows = whole if columns is None else [{name: row[name] for name in columns} for row in whole]
        if not rows and sys.stdout.isatty():
            click.echo(nothing, err=True)
        width = _width(sys.stdout)
        narrow = [_without(row, optional) for row in rows]
        fitting = narrow if not _fits(rows, width) and _fits(narrow, width) else rows
        click.echo(_table(fitting, width, may_style(sys.stdout)), nl=False)


def render_one(row: Row, output: Output) -> None:
    """Print one row; in a table's place, a line for each value. People copy the values, so they are not cut."""
    if output.is_quiet or output.form is Format.TSV:
        render([row], output)
    elif output.form is Format.JSON:
        print_json(plain(row))
    else:
        click.echo(_record(row), nl=False)


def print_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2))


def print_csv(rows: Iterable[Row]) -> None:
    """Print the rows as CSV (RFC 4180) with a header, as they come; nothing if there are none."""
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})


def clean(text: str) -> str:
    """Return the text without what could move the cursor or reorder a line, because other people wrote it."""
    return "".join(map(_clean, text))


def moment(value: datetime) -> str:
    """Return a time for people, in this machine's zone, with its offset."""
    local = value.astimezone()
    return local.isoformat(sep=" ", timespec="seconds" if local.second else "minutes")


def plain(row: Row) -> dict[str, object]:
    """Return the row as JSON has it, with times in the form of the REST API."""
    return {name: format_datetime(value) if isinstance(value, datetime) else value for name, value in row.items()}


def counted(count: int, noun: str) -> str:
    """Return e.g. `1 room` or `2 rooms`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _clean(character: str) -> str:
    if character in "\t\n\r\u2028\u2029":
        return " "
    # Surrogates cannot be printed at all.
    if unicodedata.category(character) in ("Cc", "Cs") or ord(character) in _BIDI_CONTROLS:
        return "\N{REPLACEMENT CHARACTER}"
    return character


def _width(stream: TextIO) -> int:
    # Programs that read a table from a pipe need its values whole.
    return shutil.get_terminal_size().columns if stream.isatty() else _UNLIMITED


def _table(rows: Sequence[Row], width: int, styled: bool) -> str:
    """Return a table of that width; if its IDs and times do not fit into it, a record for each row."""
    if not rows:
        return ""
    if not _fits(rows, width):
        return "\n".join(map(_record, rows))
    names = list(rows[0])
    columns = {name: _column([row[name] for row in rows]) for name in names}
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold" if styled else "")
    for name in names:
        table.add_column(_header(name, rows), no_wrap=_is_whole(name, rows), overflow="fold")
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, map(_isolated, cells) if width < _UNLIMITED else cells))
    return _printed(table, width, styled)


def _fits(rows: Sequence[Row], width: int) -> bool:
    """Return whether a table of the rows needs no more than the width."""
    names = list(rows[0]) if rows else []
    least = sum(_least(name, _column([row[name] for row in rows]), rows) for name in names)
    return least + _GAP * (len(names) - 1) <= width


def _without(row: Row, names: Sequence[str]) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _printed(table: Table, width: int, styled: bool) -> str:
    written = StringIO()
    console = Console(
        file=written, width=width, force_terminal=styled, color_system="standard" if styled else None, highlight=False
    )
    console.print(table)
    # A terminal would wrap the spaces that end a full line.
    return "".join(f"{line.rstrip()}\n" for line in written.getvalue().splitlines())


def _record(row: Row) -> str:
    width = max(map(len, row))
    return "".join(f"{name:<{width}}  {_text(value)}\n" for name, value in row.items())


def _header(name: str, rows: Sequence[Row]) -> str:
    offset = _shared_offset([row[name] for row in rows])
    return name if offset is None else f"{name} {offset}"


def _column(values: Sequence[Value]) -> list[str]:
    if _shared_offset(values) is None:
        return list(map(_text, values))
    # The header has the zone.
    times = [value.astimezone() if isinstance(value, datetime) else None for value in values]
    this_year = datetime.now().astimezone().year
    form = "%b %d %H:%M" if all(time is None or time.year == this_year for time in times) else "%Y-%m-%d %H:%M"
    return ["-" if time is None else time.strftime(form) for time in times]


def _shared_offset(values: Sequence[Value]) -> str | None:
    """Return the zone of a column of times, if all have the same."""
    times = [value.astimezone() for value in values if isinstance(value, datetime)]
    if not times or len({time.utcoffset() for time in times}) != 1:
        return None
    return "UTC" if times[0].utcoffset() == timedelta() else times[0].isoformat()[-6:]


def _is_whole(name: str, rows: Sequence[Row]) -> bool:
    """Return whether the column's values must stay on one line: IDs, which people copy, and everything but texts."""
    return name.lower().endswith(("id", "url")) or not all(isinstance(row[name], str | None) for row in rows)


def _least(name: str, cells: Sequence[str], rows: Sequence[Row]) -> int:
    longest = max(map(cell_len, cells))
    header = cell_len(_header(name, rows))
    return max(header, longest if _is_whole(name, rows) else min(longest, _NARROWEST_TEXT))


def _isolated(text: str) -> str:
    """Return the text so that a terminal with right-to-left text does not mix it with its neighbours."""
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return f"{_FIRST_STRONG}{text}{_POP}"
    return text


def _print_array(rows: Iterable[Row]) -> None:
    separator = "[\n"
    for row in rows:
        text = json.dumps(plain(row), indent=2).replace("\n", "\n  ")
        click.echo(f"{separator}  {text}", nl=False)
        separator = ",\n"
    click.echo("[]" if separator == "[\n" else "\n]")


def _tsv(value: Value) -> str:
    if isinstance(value, datetime):
        return format_datetime(value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value).translate(_TSV)


def _cell(value: Value) -> str | int | None:
    if isinstance(value, datetime):
        return format_datetime(value)
    # Spreadsheets would compute a text that begins so: https://owasp.org/www-community/attacks/CSV_Injection
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def _text(value: Value) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None or value == "" else clean(str(value))
