"""The commands that only a development service obeys: its clock, faults, requests and state."""

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import click
import msgspec

from openrooms.cli.connection import Connection, connected
from openrooms.cli.options import json_option
from openrooms.cli.render import Row, render, render_one
from openrooms.testing import DevService, Fault, RecordedRequest, ServiceClock

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)([dhms])")


class Amount(click.ParamType[timedelta]):
    """An amount of time such as 90s, 2h or 1h30m."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if not re.fullmatch(f"(?:{_AMOUNT.pattern})+", value):
            self.fail(f"{value!r} is not an amount of time: give e.g. 90s, 30m, 2h or 1d12h", param, ctx)
        return sum((timedelta(**{_UNITS[unit]: float(n)}) for n, unit in _AMOUNT.findall(value)), timedelta())


class Moment(click.ParamType[datetime]):
    """A date and time in ISO 8601."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a moment: give e.g. 2026-06-01T09:00Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _development(connection: Connection) -> DevService:
    return DevService.from_connection_string(connection.string, **connection.options())


@click.group()
def clock() -> None:
    """Read and move the clock of a development service."""


@clock.command("show")
@json_option
@connected
def show_clock(connection: Connection, as_json: bool) -> None:
    """Print the service's time."""
    with _development(connection) as service:
        _print_clock(service.get_clock(), as_json)


@clock.command()
@click.argument("amount", type=Amount())
@click.option("--back", is_flag=True, help="Move it back instead.")
@json_option
@connected
def advance(connection: Connection, amount: timedelta, back: bool, as_json: bool) -> None:
    """Move the clock forward by AMOUNT: 90s, 30m, 2h, 1d12h."""
    with _development(connection) as service:
        _print_clock(service.advance_clock(-amount if back else amount), as_json)


@clock.command("set")
@click.argument("moment", type=Moment())
@json_option
@connected
def set_clock(connection: Connection, moment: datetime, as_json: bool) -> None:
    """Set the clock to MOMENT (2026-06-01T09:00Z); without a zone it is UTC."""
    with _development(connection) as service:
        _print_clock(service.set_clock(moment), as_json)


@clock.command()
@json_option
@connected
def freeze(connection: Connection, as_json: bool) -> None:
    """Stop the clock."""
    with _development(connection) as service:
        _print_clock(service.freeze_clock(), as_json)


@clock.command()
@json_option
@connected
def run(connection: Connection, as_json: bool) -> None:
    """Let the clock run on from its present time."""
    with _development(connection) as service:
        _print_clock(service.run_clock(), as_json)


@clock.command("reset")
@connected
def reset_clock(connection: Connection) -> None:
    """Let the clock go by this machine's time again."""
    with _development(connection) as service:
        service.reset_clock()
    click.echo("The clock goes by this machine's time.")


@click.group()
def faults() -> None:
    """Inject faults into the answers of a development service."""


@faults.command("add")
@click.argument("fault", nargs=-1, required=True)
@json_option
@connected
def add_fault(connection: Connection, fault: tuple[str, ...], as_json: bool) -> None:
    """Add a fault, of conditions and effects as NAME=VALUE.

    Conditions: operation, resource, room, userAgent, nth, times, probability, seed. Effects: status, retryAfter,
    retryAfterDate, delay, slowBody, malformed, cut, away, rotatedKey, expiredCertificate.
    """
    with _development(connection) as service:
        added = service.add_fault("; ".join(fault))
    render_one(_fault_row(added), as_json)


@faults.command("list")
@json_option
@connected
def list_faults(connection: Connection, as_json: bool) -> None:
    """List the faults, and how often each was injected."""
    with _development(connection) as service:
        render([_fault_row(fault) for fault in service.list_faults()], as_json)


@faults.command("remove")
@click.argument("fault_id")
@connected
def remove_fault(connection: Connection, fault_id: str) -> None:
    """Remove a fault."""
    with _development(connection) as service:
        service.remove_fault(fault_id)
    click.echo(f"Removed fault {fault_id}.")


@faults.command("clear")
@connected
def clear_faults(connection: Connection) -> None:
    """Remove all faults."""
    with _development(connection) as service:
        service.clear_faults()
    click.echo("Removed all faults.")


@click.command()
@click.option("--follow", is_flag=True, help="Print further requests as they come.")
@click.option("--limit", type=click.IntRange(0, 1000), default=20, show_default=True, help="How many of the newest.")
@json_option
@connected
def requests(connection: Connection, follow: bool, limit: int, as_json: bool) -> None:
    """Print the requests that a development service received, with the reason of each refusal.

    With --json, each line is a request with its headers and bodies.
    """
    with _development(connection) as service:
        found = service.list_requests(limit=limit)
        for request in found:
            _print_request(request, as_json)
        if follow:
            after = found[-1].number if found else None
            for request in service.follow_requests(after=after):
                _print_request(request, as_json)


@click.group()
def state() -> None:
    """Save and restore the rooms and users of a development service."""


@state.command("export")
@click.argument("file", type=click.File("wb"), default="-")
@connected
def export_state(connection: Connection, file: BinaryIO) -> None:
    """Write all rooms, rosters and users to FILE, as JSON; by default to standard output."""
    with _development(connection) as service:
        file.write(service.export_state() + b"\n")


@state.command("import")
@click.argument("file", type=click.File("rb"), default="-")
@connected
def import_state(connection: Connection, file: BinaryIO) -> None:
    """Replace all rooms and users by those of FILE; by default of standard input."""
    with _development(connection) as service:
        service.import_state(file.read())
    click.echo("Imported; what was there before is gone.", err=True)


@state.command("reset")
@connected
def reset_state(connection: Connection) -> None:
    """Begin anew: remove all rooms, users, faults and recorded requests, and reset the clock."""
    with _development(connection) as service:
        service.reset_state()
    click.echo("The service is as new.")


def _print_clock(clock: ServiceClock, as_json: bool) -> None:
    row: Row = {"time": clock.time, "frozen": clock.is_frozen, "moved": clock.is_moved}
    render_one(row, as_json)


def _fault_row(fault: Fault) -> Row:
    counted = {"id", "matched", "injected"}
    values = {name: value for name, value in msgspec.to_builtins(fault).items() if name not in counted}
    defaults = msgspec.to_builtins(Fault("", 0, 0))
    text = " ".join(f"{name}={_lower(value)}" for name, value in values.items() if value != defaults[name])
    return {"id": fault.id, "fault": text, "matched": str(fault.matched), "injected": str(fault.injected)}


def _lower(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _print_request(request: RecordedRequest, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(request).decode())
    else:
        parts = [f"{request.time:%H:%M:%S}", str(request.status or "cut"), request.method, request.target]
        why = [f"fault {request.fault}" if request.fault else "", request.refusal or ""]
        click.echo("  ".join([*parts, *filter(None, why)]))
        if request.string_to_sign is not None:
            click.echo(f"          string to sign: {request.string_to_sign!r}")
    sys.stdout.flush()


COMMANDS = (clock, faults, requests, state)
