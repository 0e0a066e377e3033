"""Commands for subscriptions: endpoints to which events are delivered, and what they did not take."""

import click

from openrooms.cli.connection import Connection, connected, for_each
from openrooms.cli.event_types import short, types_option
from openrooms.cli.events import after_option
from openrooms.cli.finding import (
    RoomId,
    find_dead_letter,
    find_event,
    find_room,
    find_subscription,
    find_subscriptions,
    letters_argument,
    subscription_argument,
    subscriptions_argument,
)
from openrooms.cli.groups import Group
from openrooms.cli.options import confirm, or_from_file, output_option, quiet_option, yes_option
from openrooms.cli.output import Output
from openrooms.cli.render import Row, counted, render, render_one
from openrooms.events import DeadLetter, Subscription, Validation

_COLUMNS = ("id", "state", "url", "waiting", "deadLetters", "error")
_FREQUENT = ("waiting", "error")

_validation = click.option(
    "--validation",
    type=click.Choice([one.value for one in Validation]),
    help="The handshake by which the endpoint shows that it wants the events.",
)
_room = click.option("--room", metavar="ROOM", type=RoomId(), help="Only events of this room.")
_secret = click.option("--secret", envvar="OPENROOMS_SECRET", show_envvar=True, help="A secret of yours, `whsec_...`.")


@click.group(cls=Group)
def subscriptions() -> None:
    """Have events delivered to endpoints, and look after the deliveries."""


@subscriptions.command("create")
@click.argument("url")
@types_option
@_room
@or_from_file("--secret")
@_secret
@_validation
@after_option
@output_option
@connected
def create_subscription(
    connection: Connection,
    url: str,
    types: tuple[str, ...],
    room: str | None,
    secret: str | None,
    validation: str | None,
    after: str | None,
    output: Output,
) -> None:
    """Have events delivered to URL, and print the secret that signs them.

    They are those from now on, or after the event that --after names. No other command shows the secret.

    \b
    openrooms subscriptions create https://app.example/hooks/rooms --type CallEnded --type join.refused
    """
    if output.is_quiet and secret is None:
        raise click.UsageError("the secret is printed only now, so --quiet takes a --secret of yours")
    room_id = None if room is None else find_room(connection, room)
    begin = None if after is None else find_event(connection, after)
    with connection.events() as client:
        made = client.create_subscription(
            url,
            types=types,
            room_id=room_id,
            secret=secret,
            validation=validation or Validation.NONE,
            after=begin,
        )
    render_one({**_row(made), "secret": made.secret}, output)


@subscriptions.command("list")
@output_option
@connected
def list_subscriptions(connection: Connection, output: Output) -> None:
    """List all subscriptions, and how their delivery goes.

    \b
    openrooms subscriptions list
    """
    with connection.events() as client:
        render(map(_row, client.list_subscriptions()), output, _COLUMNS, optional=_FREQUENT)


@subscriptions.command("show")
@subscription_argument
@output_option
@connected
def show_subscription(connection: Connection, subscription: str, output: Output) -> None:
    """Show a subscription, and how its delivery goes.

    \b
    openrooms subscriptions show 5b0d
    """
    with connection.events() as client:
        render_one(_row(client.get_subscription(find_subscription(connection, subscription))), output)


@subscriptions.command("update")
@subscription_argument
@click.option("--url", help="The new endpoint.")
@types_option
@click.option("--all-types", is_flag=True, help="Events of all types.")
@_room
@click.option("--all-rooms", is_flag=True, help="Events of all rooms.")
@or_from_file("--secret")
@_secret
@_validation
@click.option("--enable/--disable", "is_enabled", default=None, help="Deliver, or stop delivering.")
@output_option
@connected
def update_subscription(
    connection: Connection,
    subscription: str,
    url: str | None,
    types: tuple[str, ...],
    all_types: bool,
    room: str | None,
    all_rooms: bool,
    secret: str | None,
    validation: str | None,
    is_enabled: bool | None,
    output: Output,
) -> None:
    """Change a subscription, which is then tried at once. Enabled again, it goes on where it was.

    \b
    openrooms subscriptions update 5b0d --type CallEnded --all-rooms
    openrooms subscriptions update 5b0d --disable
    """
    if (types and all_types) or (room and all_rooms):
        raise click.UsageError("--type and --all-types, and --room and --all-rooms, exclude each other")
    found = find_subscription(connection, subscription)
    room_id = "" if all_rooms else None if room is None else find_room(connection, room)
    with connection.events() as client:
        changed = client.update_subscription(
            found,
            url=url,
            types=types if types or all_types else None,
            room_id=room_id,
            secret=secret,
            validation=validation,
            is_enabled=is_enabled,
        )
    render_one(_row(changed), output)


@subscriptions.command("delete")
@subscriptions_argument
@yes_option
@quiet_option
@connected
def delete_subscriptions(connection: Connection, subscriptions: tuple[str, ...], yes: bool, quiet: bool) -> None:
    """Delete subscriptions, and what they still had to deliver.

    \b
    openrooms subscriptions delete 5b0d --yes
    """
    found = find_subscriptions(connection, subscriptions)
    named = f"subscription {found[0]}" if len(found) == 1 else counted(len(found), "subscription")
    confirm(f"Delete {named}, and what is still to be delivered?", yes)
    with connection.events() as client:

        def deleted(subscription: str) -> None:
            client.delete_subscription(subscription)
            if not quiet:
                click.echo(f"Deleted {subscription}.")

        for_each(connection, found, deleted)


@subscriptions.command("dead-letters")
@subscription_argument
@output_option
@connected
def list_dead_letters(connection: Connection, subscription: str, output: Output) -> None:
    """List the events whose delivery was given up, the oldest first.

    \b
    openrooms subscriptions dead-letters 5b0d
    """
    found = find_subscription(connection, subscription)
    with connection.events() as client:
        render(map(_letter, client.list_dead_letters(found)), output, optional=("roomId", "attempts", "since"))


@subscriptions.command("resend")
@subscription_argument
@letters_argument
@quiet_option
@connected
def resend_dead_letters(connection: Connection, subscription: str, event_ids: tuple[str, ...], quiet: bool) -> None:
    """Have dead letters delivered again: all of them, or those that are named.

    \b
    openrooms subscriptions resend 5b0d
    openrooms subscriptions resend 5b0d 03e669d3-1b5e
    """
    found = find_subscription(connection, subscription)
    with connection.events() as client:
        if not event_ids:
            client.resend_dead_letters(found)
            if not quiet:
                click.echo(f"All dead letters of {found} are delivered again.")
            return

        def resent(text: str) -> None:
            event_id = find_dead_letter(connection, found, text)
            client.resend_dead_letter(found, event_id)
            if not quiet:
                click.echo(f"{event_id} is delivered again.")

        for_each(connection, event_ids, resent)


COMMANDS = (subscriptions,)


def _row(subscription: Subscription) -> Row:
    return {
        "id": subscription.id,
        "state": subscription.state,
        "url": subscription.url,
        "types": " ".join(subscription.types),
        "roomId": subscription.room_id,
        "validation": subscription.validation,
        "createdAt": subscription.created_at,
        "delivered": subscription.delivered,
        "deliveredAt": subscription.delivered_at,
        "waiting": subscription.waiting,
        "deadLetters": subscription.dead_letters,
        "lagSeconds": round(subscription.lag.total_seconds()),
        "error": subscription.error,
        "nextAttemptAt": subscription.next_attempt_at,
    }


def _letter(letter: DeadLetter) -> Row:
    return {
        "id": letter.event_id,
        "type": short(letter.type),
        "time": letter.time,
        "roomId": letter.room_id,
        "since": letter.since,
        "attempts": letter.attempts,
        "error": letter.error,
    }
