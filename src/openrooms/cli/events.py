"""Commands for events: list and follow them, and have one delivered again."""

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import click
from azure.core.exceptions import AzureError

from openrooms.cli.connection import Connection, connected, explained
from openrooms.cli.event_types import short, types_option
from openrooms.cli.finding import (
    EventId,
    RoomId,
    event_argument,
    find_event,
    find_room,
    find_subscription,
    subscription_option,
)
from openrooms.cli.groups import Group
from openrooms.cli.options import output_option
from openrooms.cli.output import Format, Output
from openrooms.cli.render import Row, clean, render
from openrooms.cli.times import Amount
from openrooms.events import Event

_COLUMNS = ("id", "type", "time", "roomId")
_ABOUT = ("displayName", "title", "phoneNumber", "rule", "role", "outcome", "reason")

room_option = click.option("--room", metavar="ROOM", type=RoomId(), help="Only events of this room.")
after_option = click.option("--after", metavar="EVENT", type=EventId(), help="Begin after the event with this ID.")
lasts_option = click.option(
    "--for", "lasts", type=Amount(), help="Stop after this time, such as 10m.  [default: at Ctrl+C]"
)


@click.group(cls=Group)
def events() -> None:
    """See what happened, follow it, and have an event delivered again."""


@events.command("list")
@types_option
@room_option
@after_option
@click.option("--oldest-first", is_flag=True, help="Begin with the oldest event; so does --after.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="The most events to print.")
@click.option("--all", "everything", is_flag=True, help="All events, however many.")
@output_option
@connected
def list_events(
    connection: Connection,
    types: tuple[str, ...],
    room: str | None,
    after: str | None,
    oldest_first: bool,
    limit: int,
    everything: bool,
    output: Output,
) -> None:
    """List the events that are kept, the newest first.

    \b
    openrooms events list --room 99412345 --type CallStarted --type CallEnded
    openrooms events list --type join.refused --all --oldest-first -o json
    """
    room_id = None if room is None else find_room(connection, room)
    begin = None if after is None else find_event(connection, after)
    with connection.events() as client:
        newest_first = begin is None and not oldest_first
        found = client.list_events(after=begin, types=types, room_id=room_id, newest_first=newest_first)
        rows = map(_row, found if everything else islice(found, limit))
        render(rows, output, _COLUMNS, optional=("roomId",))


@events.command("tail")
@types_option
@room_option
@after_option
@lasts_option
@output_option
@connected
def tail_events(
    connection: Connection,
    types: tuple[str, ...],
    room: str | None,
    after: str | None,
    lasts: timedelta | None,
    output: Output,
) -> None:
    """Print events as they happen, also after the service was away; with JSON, an object on each line.

    \b
    openrooms events tail --type CallParticipantAdded --type CallParticipantRemoved
    openrooms events tail --room 99412345 -o json | jq .data
    """
    for event in followed(connection, types, room, after, lasts):
        if output.is_table:
            click.echo(line(event))
        elif output.form is Format.JSON and not output.is_quiet:
            click.echo(json.dumps(event.envelope))
        else:
            render([_row(event)], output)
        # A program that follows the output must not wait for a full buffer.
        sys.stdout.flush()


@events.command("resend")
@event_argument
@subscription_option
@output_option
@connected
def resend_event(connection: Connection, event_id: str, subscription: str | None, output: Output) -> None:
    """Have an event delivered again, to all enabled subscriptions that get it or to one.

    \b
    openrooms events resend 03e669d3-1b5e-8828-8000-000000000005
    openrooms events resend 03e669d3-1b --subscription 5b0d
    """
    found = find_event(connection, event_id)
    named = None if subscription is None else find_subscription(connection, subscription)
    with connection.events() as client:
        resent = client.resend_event(found, subscription_id=named)
        if output.is_table:
            click.echo(f"It is delivered again to: {', '.join(resent)}." if resent else "No subscription gets it.")
        else:
            render([{"subscriptionId": one} for one in resent], output)


COMMANDS = (events,)


def followed(
    connection: Connection, types: tuple[str, ...], room: str | None, after: str | None, lasts: timedelta | None
) -> Iterator[Event]:
    """Yield events as they happen; say when the service is away, and when it is back."""
    room_id = None if room is None else find_room(connection, room)
    begin = None if after is None else find_event(connection, after)
    with connection.events() as client:
        yield from client.follow_events(
            after=begin,
            types=types,
            room_id=room_id,
            seconds=None if lasts is None else lasts.total_seconds(),
            on_connection=lambda error: _tell(connection, error),
        )


def line(event: Event) -> str:
    """Return an event in a line for people."""
    head = f"{event.time.astimezone():%H:%M:%S}  {short(event.type):<22}  {event.id}"
    about = _about(event)
    if not about:
        return head
    space = (shutil.get_terminal_size().columns if sys.stdout.isatty() else 1000) - len(head) - 2
    return f"{head}  {about}" if len(about) <= space else f"{head}\n{'':8}  {about}"


def _tell(connection: Connection, error: AzureError | None) -> None:
    if error is None:
        click.echo(f"openrooms: {connection.endpoint} is back", err=True)
        return
    try:
        with explained(connection):
            raise error
    except click.ClickException as explanation:
        click.echo(f"openrooms: {explanation.format_message()}; trying again", err=True)


def _about(event: Event) -> str:
    """Return the name of who did something, and what is particular."""
    texts = (event.data.get(name) for name in _ABOUT)
    return clean(", ".join(text for text in texts if isinstance(text, str) and text))


def _row(event: Event) -> Row:
    return {
        "id": event.id,
        "type": short(event.type),
        "time": event.time,
        "roomId": event.room_id,
        "roomSequence": event.room_sequence,
        "subject": event.subject,
        "data": json.dumps(event.data, ensure_ascii=False),
    }
