"""The command that prints who was in the calls of a room."""

import click

from openrooms.cli.connection import Connection, connected
from openrooms.cli.finding import find_room, room_argument
from openrooms.cli.options import output_option
from openrooms.cli.output import Output
from openrooms.cli.render import Row, print_csv, render
from openrooms.visits import Stay

_COLUMNS = ("displayName", "role", "joinedAt", "leftAt", "seconds", "ending", "rawId")


@click.command("attendance")
@room_argument
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a header, for a spreadsheet.")
@output_option
@connected
def attendance(connection: Connection, room_id: str, as_csv: bool, output: Output) -> None:
    """List who was in the calls of a room, from when to when, and how each stay ended; also of a deleted room.

    \b
    openrooms attendance 99412345 --csv > attendance.csv
    """
    if as_csv and output != Output():
        raise click.UsageError("--csv, --output and --quiet are ways to print the same: give only one of them")
    room = find_room(connection, room_id)
    with connection.visits() as client:
        rows = map(_stay, client.list_attendance(room))
        if as_csv:
            print_csv(rows)
        else:
            render(rows, output, _COLUMNS)


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
    }
