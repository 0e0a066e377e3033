"""The command that prints who was in the calls of rooms, and who was refused."""

from datetime import datetime

import click

from openrooms.cli.connection import Connection, connected
from openrooms.cli.finding import RoomId, find_room
from openrooms.cli.options import output_option
from openrooms.cli.output import Output
from openrooms.cli.render import Row, print_csv, render
from openrooms.cli.times import Time, zone_option
from openrooms.visits import Refusal, Stay

_REFUSED = ("displayName", "rule", "message", "count", "firstAt", "lastAt", "rawId")
_STAYS = ("displayName", "role", "joinedAt", "leftAt", "seconds", "ending", "device", "rawId")


@click.command("attendance")
@click.argument("room_id", metavar="[ROOM]", type=RoomId(), required=False)
@click.option("--from", "begins", type=Time(), help="Of all rooms, those who joined at this time or later.")
@click.option("--until", "ends", type=Time(), help="Of all rooms, those who joined before this.")
@zone_option
@click.option("--refused", is_flag=True, help="List who could not join instead, and why.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a header, for a spreadsheet.")
@output_option
@connected
def attendance(
    connection: Connection,
    room_id: str | None,
    begins: datetime | None,
    ends: datetime | None,
    refused: bool,
    as_csv: bool,
    output: Output,
) -> None:
    """List who was in the calls of a room, also of a deleted one, or in those of all rooms at some time: from when to
    when, how each stay ended, and the kind of device.

    \b
    openrooms attendance 99412345
    openrooms attendance 99412345 --refused
    openrooms attendance --from "today 0:00" --until "tomorrow 0:00" --csv > attendance.csv
    """
    if as_csv and output != Output():
        raise click.UsageError("--csv, --output and --quiet are ways to print the same: give only one of them")
    is_timed = begins is not None or ends is not None
    if is_timed == (room_id is not None):
        raise click.UsageError("name either a room, or a time with --from and --until")
    with connection.visits() as client:
        if room_id is not None:
            room = find_room(connection, room_id)
            rows = map(_refusal, client.list_refusals(room)) if refused else map(_stay, client.list_attendance(room))
        elif refused:
            rows = map(_refusal, client.list_all_refusals(from_time=begins, until_time=ends))
        else:
            rows = map(_stay, client.list_all_attendance(from_time=begins, until_time=ends))
        if as_csv:
            print_csv(rows)
        else:
            columns = _REFUSED if refused else _STAYS
            nothing = "Nobody was refused." if refused else "Nobody has been in a call."
            render(rows, output, columns if room_id is not None else ("roomId", "title", *columns), nothing=nothing)


COMMANDS = (attendance,)


def _stay(stay: Stay) -> Row:
    return {
        "roomId": stay.room_id,
        "title": stay.title,
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
        "title": refusal.title,
        "rawId": refusal.communication_identifier.raw_id,
        "displayName": refusal.display_name,
        "rule": refusal.rule,
        "message": refusal.message,
        "count": refusal.count,
        "firstAt": refusal.first_at,
        "lastAt": refusal.last_at,
    }
