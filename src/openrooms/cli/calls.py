"""Commands for the calls of rooms: show one, call a telephone into it, hang it up. They use the public client."""

import time

import click

from openrooms.calls import CallParticipant, CallsClient, DialOut
from openrooms.cli.connection import Connection, connected
from openrooms.cli.options import json_option
from openrooms.cli.render import Row, render, render_one

_LOOK_SECONDS = 0.5


@click.group()
def calls() -> None:
    """See the calls of rooms, and call telephones into them."""


@calls.command("show")
@click.argument("room_id")
@json_option
@connected
def show_call(connection: Connection, room_id: str, as_json: bool) -> None:
    """List who is in the call of a room; telephones have their number."""
    with connection.calls() as client:
        call = client.get_call(room_id)
    render([_participant(participant) for participant in call.participants], as_json)


@calls.command("dial-outs")
@click.argument("room_id")
@json_option
@connected
def list_dial_outs(connection: Connection, room_id: str, as_json: bool) -> None:
    """List the telephones that are called, and those whose calls ended within an hour."""
    with connection.calls() as client:
        call = client.get_call(room_id)
    render([_dial_out(dial_out) for dial_out in call.dial_outs], as_json)


@calls.command("dial")
@click.argument("room_id")
@click.argument("number")
@click.option("--wait", "waits", is_flag=True, help="Wait until the telephone answers, or does not.")
@json_option
@connected
def dial(connection: Connection, room_id: str, number: str, waits: bool, as_json: bool) -> None:
    """Call a telephone into the call of a room, such as +15551234567."""
    with connection.calls() as client:
        dial_out = client.dial_out(room_id, number)
        if waits:
            dial_out = _settled(client, room_id, dial_out)
    render_one(_dial_out(dial_out), as_json)


@calls.command("hang-up")
@click.argument("room_id")
@click.argument("number")
@connected
def hang_up(connection: Connection, room_id: str, number: str) -> None:
    """Hang up a telephone that is in the call of a room, or that is being called."""
    with connection.calls() as client:
        client.remove_from_call(room_id, number)
    click.echo(f"Hung up {number}.")


COMMANDS = (calls,)


def _settled(client: CallsClient, room_id: str, dial_out: DialOut) -> DialOut:
    # A telephone rings for a limited time, so this ends.
    while dial_out.state in {"dialing", "ringing"}:
        time.sleep(_LOOK_SECONDS)
        dial_outs = client.get_call(room_id).dial_outs
        dial_out = next(one for one in dial_outs if one.id == dial_out.id)
    return dial_out


def _participant(participant: CallParticipant) -> Row:
    return {
        "rawId": participant.communication_identifier.raw_id,
        "role": participant.role,
        "displayName": participant.display_name,
        "joinedAt": participant.joined_at,
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
