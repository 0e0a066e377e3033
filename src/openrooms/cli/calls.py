"""Commands for the calls of rooms: list, watch and end them, and call telephones. They use the public client."""

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

from openrooms.calls import CallParticipant, CallsClient, DialOut, PersonAtDoor, RoomCall
from openrooms.cli.connection import Connection, connected, explained, for_each
from openrooms.cli.finding import find_room, find_rooms, room_argument, rooms_argument
from openrooms.cli.groups import Group
from openrooms.cli.options import confirm, output_option, quiet_option, yes_option
from openrooms.cli.output import Format, Output
from openrooms.cli.render import Row, clean, plain, render, render_one
from openrooms.cli.rooms import listed
from openrooms.cli.times import Amount
from openrooms.domain.listing import RoomState

_LOOK_SECONDS = 0.5
_WATCH_SECONDS = 1.0
_SERVER_ERRORS = 500
_TOO_MANY_REQUESTS = 429


@click.group(cls=Group)
def calls() -> None:
    """See the calls of rooms, end them, and call telephones into them."""


@calls.command("list")
@output_option
@connected
def list_calls(connection: Connection, output: Output) -> None:
    """List the calls that go on now.

    Each has how many people are in it, and how many wait.

    \b
    openrooms calls list
    """
    rooms = (room for room in listed(connection, RoomState.OPEN) if room["inCall"] or room["waiting"])
    columns = ("id", "title", "inCall", "waiting", "people", "validUntil")
    render(rooms, output, columns, nothing="Nobody is in a call or waits.")


@calls.command("show")
@room_argument
@output_option
@connected
def show_call(connection: Connection, room_id: str, output: Output) -> None:
    """List who is in the call of a room, who waits and who is kept out; telephones have their number.

    \b
    openrooms calls show 99412345
    """
    with connection.calls() as client:
        call = client.get_call(find_room(connection, room_id))
        render(_people(call), output, nothing="Nobody is in the call or waits.")


@calls.command("watch")
@room_argument
@click.option("--for", "lasts", type=Amount(), help="Stop after this time, such as 10m.  [default: at Ctrl+C]")
@output_option
@connected
def watch_call(connection: Connection, room_id: str, lasts: timedelta | None, output: Output) -> None:
    """Print who comes into the call of a room, waits or leaves, as it happens; with JSON, an object on each line.

    \b
    openrooms calls watch 99412345
    """
    room = find_room(connection, room_id)
    ends = None if lasts is None else time.monotonic() + lasts.total_seconds()
    states: dict[str, Row] = {}
    with connection.calls() as client:
        for call in _looks(connection, client, room, ends):
            rows = {str(row["rawId"]): row for row in _people(call)}
            for raw_id in [*rows, *(gone for gone in states if gone not in rows)]:
                row = rows.get(raw_id, {**states.get(raw_id, {}), "state": "left"})
                if row["state"] != states.get(raw_id, {}).get("state"):
                    _print_change(row, output)
            states = rows


@calls.command("end")
@rooms_argument
@yes_option
@quiet_option
@connected
def end_calls(connection: Connection, room_ids: tuple[str, ...], yes: bool, quiet: bool) -> None:
    """End the calls of rooms for everyone. The rooms stay open, so people can join again.

    \b
    openrooms calls end 99412345
    """
    found = find_rooms(connection, room_ids)
    named = f"call of room {found[0]}" if len(found) == 1 else f"calls of {len(found)} rooms"
    confirm(f"End the {named} for everyone?", yes)
    with connection.calls() as client:

        def ended(room: str) -> None:
            client.end_call(room)
            if not quiet:
                click.echo(f"Ended the call of room {room}.")

        for_each(connection, found, ended)


@calls.command("dial-outs")
@room_argument
@output_option
@connected
def list_dial_outs(connection: Connection, room_id: str, output: Output) -> None:
    """List the telephones that are called, and those whose calls ended within an hour.

    \b
    openrooms calls dial-outs 99412345
    """
    with connection.calls() as client:
        call = client.get_call(find_room(connection, room_id))
    render([_dial_out(dial_out) for dial_out in call.dial_outs], output)


@calls.command("dial")
@room_argument
@click.argument("number")
@click.option("--wait", "waits", is_flag=True, help="Wait until the telephone answers, or does not.")
@output_option
@connected
def dial(connection: Connection, room_id: str, number: str, waits: bool, output: Output) -> None:
    """Call a telephone into the call of a room.

    \b
    openrooms calls dial 99412345 +15551234567 --wait
    """
    room = find_room(connection, room_id)
    with connection.calls() as client:
        dial_out = client.dial_out(room, number)
        if waits:
            dial_out = _settled(client, room, dial_out)
    render_one(_dial_out(dial_out), output)


@calls.command("hang-up")
@room_argument
@click.argument("numbers", metavar="NUMBER...", nargs=-1, required=True)
@quiet_option
@connected
def hang_up(connection: Connection, room_id: str, numbers: tuple[str, ...], quiet: bool) -> None:
    """Hang up telephones that are in the call of a room, or that are being called.

    \b
    openrooms calls hang-up 99412345 +15551234567
    """
    room = find_room(connection, room_id)
    with connection.calls() as client:

        def hung_up(number: str) -> None:
            client.remove_from_call(room, number)
            if not quiet:
                click.echo(f"Hung up {number}.")

        for_each(connection, numbers, hung_up)


COMMANDS = (calls,)


def _looks(connection: Connection, client: CallsClient, room: str, ends: float | None) -> Iterator[RoomCall]:
    """Return the call again and again, also after the service was away for a while."""
    is_away = False
    while True:
        call = None
        try:
            with explained(connection):
                call = client.get_call(room)
        except click.ClickException as error:
            if not _may_pass(error.__cause__):
                raise
            if not is_away:
                click.echo(f"openrooms: {error.format_message()}; trying again", err=True)
        is_away = call is None
        if call is not None:
            yield call
        if ends is not None and time.monotonic() + _WATCH_SECONDS > ends:
            return
        time.sleep(_WATCH_SECONDS)


def _may_pass(error: BaseException | None) -> bool:
    if isinstance(error, HttpResponseError):
        return (error.status_code or 0) >= _SERVER_ERRORS or error.status_code == _TOO_MANY_REQUESTS
    return isinstance(error, ServiceRequestError | ServiceResponseError)


def _print_change(row: Row, output: Output) -> None:
    if output.form is Format.JSON:
        click.echo(json.dumps({"time": datetime.now(UTC).isoformat(), **plain(row)}))
    elif output.form is Format.TSV or output.is_quiet:
        render([row], output)
    else:
        name = clean(str(row["displayName"] or row["rawId"]))
        click.echo(
            f"{datetime.now().astimezone():%H:%M:%S%z}  {row['state']:<8}  {name} ({row['role'] or 'telephone'})"
        )
    # A program that follows the output must not wait for a full buffer.
    sys.stdout.flush()


def _settled(client: CallsClient, room_id: str, dial_out: DialOut) -> DialOut:
    # A telephone rings for a limited time, so this ends.
    while dial_out.state in {"dialing", "ringing"}:
        time.sleep(_LOOK_SECONDS)
        dial_outs = client.get_call(room_id).dial_outs
        dial_out = next(one for one in dial_outs if one.id == dial_out.id)
    return dial_out


def _people(call: RoomCall) -> list[Row]:
    return [
        *map(_participant, call.participants),
        *(_at_door(person, "waiting") for person in call.waiting),
        *(_at_door(person, "keptOut") for person in call.kept_out),
    ]


def _participant(participant: CallParticipant) -> Row:
    return {
        "rawId": participant.communication_identifier.raw_id,
        "role": participant.role,
        "displayName": participant.display_name,
        "state": "inCall",
        "joinedAt": participant.joined_at,
    }


def _at_door(person: PersonAtDoor, state: str) -> Row:
    return {
        "rawId": person.communication_identifier.raw_id,
        "role": person.role,
        "displayName": person.display_name,
        "state": state,
        "joinedAt": None,
    }


def _dial_out(dial_out: DialOut) -> Row:
    return {
        "phoneNumber": dial_out.phone_number,
        "state": dial_out.state,
        "outcome": dial_out.outcome,
        "sipStatus": None if dial_out.sip_status is None else str(dial_out.sip_status),
        "since": dial_out.since,
        "askedBy": "operator" if dial_out.asked_by is None else dial_out.asked_by.raw_id,
    }
