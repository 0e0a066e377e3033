"""Output of the commands: a table for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import click
from rich.console import Console
from rich.table import Table

Value = str | bool | datetime | None
Row = Mapping[str, Value]

_UNLIMITED = 10_000


def render(rows: Sequence[Row], as_json: bool) -> None:
    """Print the rows as a table or as JSON."""
    if as_json:
        click.echo(json.dumps([_plain(row) for row in rows], indent=2))
        return
    table = Table(*(rows[0] if rows else ()), box=None, header_style="bold")
    for row in rows:
        table.add_row(*map(_text, row.values()))
    # People copy ids from the table, so rich must not cut or wrap them.
    Console(width=_UNLIMITED, markup=False, emoji=False, highlight=False).print(table)


def render_one(row: Row, as_json: bool) -> None:
    """Print one row, a line for each value. People copy the values, so they are not cut, wrapped or padded."""
    if as_json:
        click.echo(json.dumps(_plain(row), indent=2))
        return
    width = max(map(len, row))
    for name, value in row.items():
        click.echo(f"{name:<{width}}  {_text(value)}")


def _plain(row: Row) -> dict[str, str | bool | None]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _text(value: Value) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else value
