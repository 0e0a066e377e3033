"""The commands that only a development service obeys: its clock, faults, requests and state."""

import sys
from datetime import datetime, timedelta
from typing import BinaryIO

import click
import msgspec

from openrooms.cli.connection import Connection, connected, for_each
from openrooms.cli.event_types import EventTypeName, short
from openrooms.cli.finding import RoomId, find_room
from openrooms.cli.groups import Group
from openrooms.cli.options import confirm, output_option, quiet_option, yes_option
from openrooms.cli.output import Format, Output
from openrooms.cli.render import Row, print_json, render, render_one
from openrooms.cli.times import Amount, Time
from openrooms.testing import DevService, Fault, RecordedRequest, ServiceClock
from openrooms.wire.events import TYPES


def development(connection: Connection) -> DevService:
    """Return the client of a development service's own operations."""
    return DevService.from_connection_string(connection.string, **connection.options())


@click.group(cls=Group)
def clock() -> None:
    """Read and move the clock of a development service."""


@clock.command("show")
@output_option
@connected
def show_clock(connection: Connection, output: Output) -> None:
    """Print the service's time.

    \b
    openrooms clock show
    """
    with development(connection) as service:
        _print_clock(service.get_clock(), output)


@clock.command()
@click.argument("amount", type=Amount())
@click.option("--back", is_flag=True, help="Move it back instead.")
@output_option
@connected
def advance(connection: Connection, amount: timedelta, back: bool, output: Output) -> None:
    """Move the clock forward by AMOUNT: 90s, 30m, 2h, 1d12h.

    \b
    openrooms clock advance 30m
    """
    with development(connection) as service:
        _print_clock(service.advance_clock(-amount if back else amount), output)


@clock.command("set")
@click.argument("moment", type=Time())
@output_option
@connected
def set_clock(connection: Connection, moment: datetime, output: Output) -> None:
    """Set the clock to MOMENT (2026-06-01T09:00Z); without a zone it is UTC.

    \b
    openrooms clock set 2026-06-01T09:00Z
    """
    with development(connection) as service:
        _print_clock(service.set_clock(moment), output)


@clock.command()
@output_option
@connected
def freeze(connection: Connection, output: Output) -> None:
    """Stop the clock.

    \b
    openrooms clock freeze
    """
    with development(connection) as service:
        _print_clock(service.freeze_clock(), output)


@clock.command()
@output_option
@connected
def run(connection: Connection, output: Output) -> None:
    """Let the clock run on from its present time.

    \b
    openrooms clock run
    """
    with development(connection) as service:
        _print_clock(service.run_clock(), output)


@clock.command("reset")
@connected
def reset_clock(connection: Connection) -> None:
    """Let the clock go by this machine's time again.

    \b
    openrooms clock reset
    """
    with development(connection) as service:
        service.reset_clock()
    click.echo("The clock goes by this machine's time.")


@click.group(cls=Group)
def faults() -> None:
    """Inject faults into the answers of a development service."""


@faults.command("add")
@click.argument("fault", nargs=-1, required=True)
@output_option
@connected
def add_fault(connection: Connection, fault: tuple[str, ...], output: Output) -> None:
    """Add a fault, of conditions and effects as NAME=VALUE.

    Conditions: operation, resource, room, userAgent, endpoint, lasts, nth, times, probability, seed. Effects: status,
    retryAfter, retryAfterDate, delay, slowBody, malformed, cut, away, rotatedKey, expiredCertificate.

    \b
    openrooms faults add operation=create_room status=503 retryAfter=2 times=1
    """
    with development(connection) as service:
        try:
            added = service.add_fault("; ".join(fault))
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    render_one(_fault_row(added), output)


@faults.command("list")
@output_option
@connected
def list_faults(connection: Connection, output: Output) -> None:
    """List the faults, and how often each was injected.

    \b
    openrooms faults list
    """
    with development(connection) as service:
        render([_fault_row(fault) for fault in service.list_faults()], output)


@faults.command("remove")
@click.argument("fault_ids", metavar="FAULT...", nargs=-1, required=True)
@quiet_option
@connected
def remove_faults(connection: Connection, fault_ids: tuple[str, ...], quiet: bool) -> None:
    """Remove faults.

    \b
    openrooms faults remove f1 f2
    """
    with development(connection) as service:

        def removed(fault_id: str) -> None:
            service.remove_fault(fault_id)
            if not quiet:
                click.echo(f"Removed fault {fault_id}.")

        for_each(connection, fault_ids, removed)


@faults.command("clear")
@connected
def clear_faults(connection: Connection) -> None:
    """Remove all faults.

    \b
    openrooms faults clear
    """
    with development(connection) as service:
        service.clear_faults()
    click.echo("Removed all faults.")


@click.command()
@click.option("--follow", is_flag=True, help="Print further requests as they come.")
@click.option("--limit", type=click.IntRange(0, 1000), default=20, show_default=True, help="How many of the newest.")
@output_option
@connected
def requests(connection: Connection, follow: bool, limit: int, output: Output) -> None:
    """Print the requests that a development service received, with the reason of each refusal.

    With JSON, each line is a request with its headers and bodies.

    \b
    openrooms requests --follow
    """
    with development(connection) as service:
        found = service.list_requests(limit=limit)
        for request in found:
            _print_request(request, output)
        if follow:
            after = found[-1].number if found else None
            for request in service.follow_requests(after=after):
                _print_request(request, output)


@click.group(cls=Group)
def state() -> None:
    """Save and restore the rooms and users of a development service."""


@state.command("export")
@click.argument("file", type=click.File("wb"), default="-")
@connected
def export_state(connection: Connection, file: BinaryIO) -> None:
    """Write all rooms, rosters and users to FILE, as JSON; by default to standard output.

    \b
    openrooms state export clinic.json
    """
    with development(connection) as service:
        file.write(service.export_state() + b"\n")


@state.command("import")
@click.argument("file", type=click.File("rb"), default="-")
@yes_option
@connected
def import_state(connection: Connection, file: BinaryIO, yes: bool) -> None:
    """Replace all rooms and users by those of FILE; by default of standard input.

    \b
    openrooms state import clinic.json --yes
    """
    confirm(f"Replace all rooms and users of {connection.endpoint}?", yes)
    with development(connection) as service:
        service.import_state(file.read())
    click.echo("Imported; what was there before is gone.", err=True)


@state.command("reset")
@yes_option
@connected
def reset_state(connection: Connection, yes: bool) -> None:
    """Begin anew: remove all rooms, users, faults and recorded requests, and reset the clock.

    \b
    openrooms state reset --yes
    """
    confirm(f"Remove all rooms and users of {connection.endpoint}?", yes)
    with development(connection) as service:
        service.reset_state()
    click.echo("The service is as new.")


@click.command(
    help=f"""Make a sample event of a type, which is read and delivered as all others.

    \b
    openrooms trigger CallStarted
    openrooms trigger join.refused --room 99412345

    Without --room, it is about a room that the service makes for samples. The types are:

    {", ".join(map(short, TYPES))}.
    """,
    short_help="Make a sample event of a type, for a program that handles it.",
)
@click.argument("event_type", metavar="TYPE", type=EventTypeName())
@click.option("--room", metavar="ROOM", type=RoomId(), help="The room that it is about.")
@output_option
@connected
def trigger(connection: Connection, event_type: str, room: str | None, output: Output) -> None:
    room_id = None if room is None else find_room(connection, room)
    with development(connection) as service:
        event = service.trigger_event(event_type, room_id=room_id)
    if output.form is Format.JSON and not output.is_quiet:
        print_json(event.envelope)
    elif output.is_table:
        click.echo(f"{short(event.type)} of room {event.room_id}: {event.id}")
    else:
        render([{"id": event.id, "type": event.type, "roomId": event.room_id}], output)


def _print_clock(clock: ServiceClock, output: Output) -> None:
    row: Row = {"time": clock.time, "frozen": clock.is_frozen, "moved": clock.is_moved}
    render_one(row, output)


def _fault_row(fault: Fault) -> Row:
    counted = {"id", "matched", "injected"}
    values = {name: value for name, value in msgspec.to_builtins(fault).items() if name not in counted}
    defaults = msgspec.to_builtins(Fault("", 0, 0))
    text = " ".join(f"{name}={_lower(value)}" for name, value in values.items() if value != defaults[name])
    return {"id": fault.id, "fault": text, "matched": str(fault.matched), "injected": str(fault.injected)}


def _lower(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _print_request(request: RecordedRequest, output: Output) -> None:
    if output.form is Format.JSON:
        click.echo(msgspec.json.encode(request).decode())
    else:
        parts = [f"{request.time:%H:%M:%S}", str(request.status or "cut"), request.method, request.target]
        why = [f"fault {request.fault}" if request.fault else "", request.refusal or ""]
        click.echo("  ".join([*parts, *filter(None, why)]))
        if request.string_to_sign is not None:
            click.echo(f"          string to sign: {request.string_to_sign!r}")
    sys.stdout.flush()


COMMANDS = (clock, faults, requests, state, trigger)
