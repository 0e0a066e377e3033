"""The command that copies: a whole deployment between databases, or rooms and users between services and files."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from os import environ
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console

from openrooms.cli import profiles
from openrooms.cli.connection import Connection, explained
from openrooms.cli.options import output_option
from openrooms.cli.output import Format, Output
from openrooms.cli.render import counted, print_json, render
from openrooms.cli.transfer.journal import Header, Journal
from openrooms.cli.transfer.run import Report, carry
from openrooms.cli.transfer.sources import FileSource, ServiceSource, Source
from openrooms.cli.transfer.targets import AdoptingTarget, CreatingTarget, FileTarget, Target
from openrooms.wire.connection_string import parse_connection_string

_DATABASES = ("sqlite:", "postgresql:", "postgres:")
_RETRIES = 8
_TIMEOUT = 600.0
_NOT_CARRIED = (
    "Not carried, because no service gives them out: links and tokens (make new ones), users that are on no roster "
    "(openrooms users adopt), and running calls."
)
_CERTIFICATE = click.Path(dir_okay=False, exists=True, path_type=Path)


@click.command()
@click.option("--from", "source", metavar="PLACE", required=True, help="What to copy.")
@click.option("--to", "target", metavar="PLACE", required=True, help="Where to copy it to.")
@click.option("--from-ca", type=_CERTIFICATE, help="CA certificate (PEM) of the service to copy.")
@click.option("--to-ca", type=_CERTIFICATE, help="CA certificate (PEM) of the service to copy to.")
@click.option("--new-ids", is_flag=True, help="Give rooms and users new IDs, as Azure's service always does.")
@click.option("--dry-run", is_flag=True, help="Read everything and report, but write nothing.")
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    default="openrooms-copy.jsonl",
    show_default=True,
    help="File that has what was carried, and the new IDs.",
)
@output_option
def copy(
    source: str,
    target: str,
    from_ca: Path | None,
    to_ca: Path | None,
    new_ids: bool,
    dry_run: bool,
    journal: Path,
    output: Output,
) -> None:
    """Copy rooms and users from one service to another, or a whole deployment from one database to another.

    \b
    openrooms copy --from profile:azure --to profile:clinic
    openrooms copy --from env:OPENROOMS_CONNECTION_STRING --to rooms.jsonl
    openrooms copy --from rooms.jsonl --to profile:azure --new-ids
    openrooms copy --from sqlite:data/openrooms.db --to postgresql://openrooms@db/openrooms

    A PLACE is a service (profile:NAME, env:VARIABLE or a connection string), a file of rooms (a JSON object on each
    line; - is standard input or output), or a database (sqlite:PATH, postgresql://USER@HOST/DATABASE).

    Between services, rooms keep their windows and rosters, their titles, options and names, and the IDs of rooms and
    users. Between databases everything is copied and verified: stop every service first. Either way, run the same
    command again to continue an interrupted copy.
    """
    are_databases = {place.startswith(_DATABASES) for place in (source, target)}
    if are_databases == {True, False}:
        raise click.UsageError("a database is only copied to a database, as a whole: give two, or two other places")
    if are_databases == {True}:
        _copy_database(source, target)
        return
    places = _Places(_place(source, from_ca, "--from"), _place(target, to_ca, "--to"))
    uses_new_ids = new_ids or (isinstance(places.target, Connection) and places.target.is_azure)
    if isinstance(places.target, str) and new_ids:
        raise click.UsageError("a file keeps the IDs: leave out --new-ids")
    named = next((place for place in reversed(places) if isinstance(place, Connection)), None)
    if named is None:
        raise click.UsageError("one of the two places must be a service")
    with _opened(places, uses_new_ids, dry_run, journal) as (came_from, goes_to), _explained(named):
        report = _carried(came_from, goes_to, dry_run)
    if target == "-":
        # The rooms are on standard output.
        click.echo(_summary(report, dry_run), err=True)
    else:
        _print(report, output, dry_run)
    if isinstance(places.target, Connection) and not dry_run and output.is_table:
        click.echo(f"The journal with the IDs of rooms and users: {journal}", err=True)
    if report.left_out:
        click.get_current_context().exit(1)


COMMANDS = (copy,)


class _Places(NamedTuple):
    """From where to where: services, or files."""

    source: Connection | str
    target: Connection | str


def _copy_database(source: str, target: str) -> None:
    try:
        from openrooms.cli.database_copy import copy_database
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f'databases are copied by the service, which needs {error.name}: pip install "openrooms[server]"'
        ) from error
    rows = copy_database(source, target)
    click.echo(f"Copied and verified: {rows} rows.")


def _place(text: str, ca: Path | None, flag: str) -> Connection | str:
    kind, _, name = text.partition(":")
    if kind == "profile":
        profile = profiles.get(name)
        trusted = ca or (None if profile.ca is None else Path(profile.ca))
        return Connection(profile.connection_string, trusted, _RETRIES, _TIMEOUT)
    if kind == "env" and not environ.get(name):
        raise click.BadParameter(f"the variable {name} is not set", param_hint=flag)
    string = environ[name] if kind == "env" else text
    if kind != "env" and "accesskey=" not in text.lower():
        return text
    try:
        parse_connection_string(string)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=flag) from error
    return Connection(string, ca, _RETRIES, _TIMEOUT)


@contextmanager
def _opened(places: _Places, new_ids: bool, dry_run: bool, journal: Path) -> Iterator[tuple[Source, Target]]:
    source = ServiceSource(places.source) if isinstance(places.source, Connection) else FileSource(places.source)
    if isinstance(places.target, str):
        # Reading a file that does not exist is how a dry run writes nothing.
        yield source, FileTarget("-" if dry_run else places.target)
        return
    header = Header(source.name, places.target.endpoint, new_ids)
    needed: AbstractContextManager[Journal | None] = (
        nullcontext() if dry_run and not journal.exists() else Journal(journal, header)
    )
    with needed as kept:
        yield source, (CreatingTarget if new_ids else AdoptingTarget)(places.target, kept)


@contextmanager
def _explained(connection: Connection) -> Iterator[None]:
    try:
        with explained(connection):
            yield
    except click.ClickException as error:
        again = "What was carried is in the journal: run the same command again to continue"
        raise click.ClickException(f"{error.format_message().rstrip('.')}. {again}") from error


def _carried(source: Source, target: Target, dry_run: bool) -> Report:
    console = Console(stderr=True)
    with console.status("reading rooms") as status:

        def show(report: Report) -> None:
            status.update(f"{counted(report.copied, 'room')} copied, {len(report.left_out)} left out")

        return carry(source, target, dry_run=dry_run, show=show)


def _print(report: Report, output: Output, dry_run: bool) -> None:
    if output.form is Format.JSON:
        print_json(
            {
                "copied": report.copied,
                "present": report.present,
                "earlier": report.earlier,
                "leftOut": [{"room": room, "reason": reason} for room, reason in report.left_out],
                "lost": [{"room": room, "part": part} for room, part in report.lost],
            }
        )
        return
    rows = [(room, "left out", reason) for room, reason in report.left_out]
    rows += [(room, "without", part) for room, part in report.lost]
    render([{"room": room, "result": result, "reason": reason} for room, result, reason in rows], output)
    if output.is_table:
        click.echo(_summary(report, dry_run))


def _summary(report: Report, dry_run: bool) -> str:
    done = "Would copy" if dry_run else "Copied"
    there = f"; {report.present} were there already" if report.present else ""
    before = f"; {report.earlier} were carried before" if report.earlier else ""
    copied = f"{done} {counted(report.copied, 'room')}{there}{before}; {len(report.left_out)} left out."
    return f"{copied}\n{_NOT_CARRIED}"
