"""The command that prints who was in the calls of a room, and who was refused."""

import click

from openrooms.cli.connection import Connection, connected
from openrooms.cli.finding import find_room, room_argument
from openrooms.cli.options import output_option
from openrooms.cli.output import Output
from openrooms.cli.render import Row, print_csv, render
from openrooms.visits import Refusal, Stay

_REFUSED = ("displayName", "rule", "message", "count", "firstAt", "lastAt", "rawId")
_COLUMNS = ("displayName", "role", "joinedAt", "leftAt", "seconds", "ending", "device", "rawId")


@click.command("attendance")
@room_argument
@click.option("--refused", is_flag=True, help="List who could not join instead, and why.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a header, for a spreadsheet.")
@output_option
@connected
def attendance(connection: Connection, room_id: str, refused: bool, as_csv: bool, output: Output) -> None:
    """List who was in the calls of a room, from when to when, and how each stay ended; also of a deleted room.

    \b
    openrooms attendance 99412345 --csv > attendance.csv
    openrooms attendance 99412345 --refused
    """
    if as_csv and output != Output():
        raise click.UsageError("--csv, --output and --quiet are ways to print the same: give only one of them")
    room = find_room(connection, room_id)
    with connection.visits() as client:
        rows = map(_refusal, client.list_refusals(room)) if refused else map(_stay, client.list_attendance(room))
        if as_csv:
            print_csv(rows)
        else:
            render(rows, output, _REFUSED if refused else _COLUMNS)


COMMANDS = (attendance,)


def _stay(stay: Stay) -> Row:
    return {
        "participantId": stay.participant_id,
        "callId": stay.call_id,
        "rawId": stay.communication_identifier.raw_id,
        "displayName": stay.display_name,
        "role": stay.role,
        "joinedAt": stay.joined_at,
        "leftAt": stay.left_at,
        "seconds": None if stay.duration is None else round(stay.duration.total_seconds()),
        "ending": stay.ending,
        "device": stay.device,
    }


def _refusal(refusal: Refusal) -> Row:
    return {
        "roomId": refusal.room_id,
        "rawId": refusal.communication_identifier.raw_id,
        "displayName": refusal.display_name,
        "rule": refusal.rule,
        "message": refusal.message,
        "count": refusal.count,
        "firstAt": refusal.first_at,
        "lastAt": refusal.last_at,
    }
