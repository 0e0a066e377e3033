"""Commands for rooms, rosters and users, over the public client: they work with Azure's service too."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any, TextIO

import click

from openrooms import CommunicationRoom, ParticipantRole, RoomParticipant
from openrooms.cli.connection import Connection, connected
from openrooms.cli.options import json_option
from openrooms.cli.render import Row, render, render_one
from openrooms.domain.identities import ADOPTION_LIMIT
from openrooms.domain.roles import ROLES
from openrooms.identity import CommunicationTokenScope, CommunicationUserIdentifier
from openrooms.wire.dates import parse_datetime


class Time(click.ParamType[datetime]):
    """A time in ISO 8601; UTC if it names no zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return value if isinstance(value, datetime) else parse_datetime(value)
        except ValueError as error:
            self.fail(f"{error} (a time such as 2026-05-01T09:00, in UTC, or 2026-05-01T11:00+02:00)", param, ctx)


class Invited(click.ParamType[RoomParticipant]):
    """A raw id, with a role after `=`."""

    name = "participant"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "RAW_ID[=ROLE]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> RoomParticipant:
        raw_id, _, role = str(value).partition("=")
        name = role.capitalize() or ParticipantRole.ATTENDEE
        if name not in ROLES:
            self.fail(f"{role!r} is not a role: give one of {', '.join(ROLES)}", param, ctx)
        return RoomParticipant(raw_id, ROLES[name])


_OPENS = "When it opens: ISO 8601, UTC without a zone."
_CLOSES = "When it closes: ISO 8601, UTC without a zone."
_dial_out = click.option("--pstn-dial-out/--no-pstn-dial-out", default=None, help="May presenters call telephones?")
_scopes = click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([one.value for one in CommunicationTokenScope]),
    help="What the token is good for; may be repeated.",
)


@click.group()
def rooms() -> None:
    """Make, look at, change and delete rooms."""


@rooms.command("list")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many at most, newest first.")
@json_option
@connected
def list_rooms(connection: Connection, limit: int, as_json: bool) -> None:
    """Print rooms, the newest first."""
    with connection.rooms() as client:
        render([_room(room) for room in islice(client.list_rooms(), limit)], as_json)


@rooms.command("get")
@click.argument("room_id", metavar="ROOM")
@json_option
@connected
def get_room(connection: Connection, room_id: str, as_json: bool) -> None:
    """Print a room."""
    with connection.rooms() as client:
        render_one(_room(client.get_room(room_id)), as_json)


@rooms.command("create")
@click.option("--valid-from", type=Time(), help=_OPENS, show_default="now")
@click.option("--valid-until", type=Time(), help=_CLOSES, show_default="in 180 days")
@_dial_out
@click.option("--participant", "participants", type=Invited(), multiple=True, help="Whom to invite; may be repeated.")
@json_option
@connected
def create_room(
    connection: Connection,
    valid_from: datetime | None,
    valid_until: datetime | None,
    pstn_dial_out: bool | None,
    participants: tuple[RoomParticipant, ...],
    as_json: bool,
) -> None:
    """Make a room and print it."""
    with connection.rooms() as client:
        room = client.create_room(
            valid_from=valid_from,
            valid_until=valid_until,
            pstn_dial_out_enabled=pstn_dial_out,
            participants=participants,
        )
    render_one(_room(room), as_json)


@rooms.command("update")
@click.argument("room_id", metavar="ROOM")
@click.option("--valid-from", type=Time(), help=_OPENS, show_default="as it is")
@click.option("--valid-until", type=Time(), help=_CLOSES, show_default="as it is")
@_dial_out
@json_option
@connected
def update_room(
    connection: Connection,
    room_id: str,
    valid_from: datetime | None,
    valid_until: datetime | None,
    pstn_dial_out: bool | None,
    as_json: bool,
) -> None:
    """Change a room and print it; its two times go together."""
    with connection.rooms() as client:
        room = client.update_room(
            room_id, valid_from=valid_from, valid_until=valid_until, pstn_dial_out_enabled=pstn_dial_out
        )
    render_one(_room(room), as_json)


@rooms.command("delete")
@click.argument("room_id", metavar="ROOM")
@connected
def delete_room(connection: Connection, room_id: str) -> None:
    """Delete a room, which ends its call."""
    with connection.rooms() as client:
        client.delete_room(room_id)
    click.echo(f"Deleted {room_id}.")


@click.group()
def participants() -> None:
    """Who is on a room's roster, in which role."""


@participants.command("list")
@click.argument("room_id", metavar="ROOM")
@json_option
@connected
def list_participants(connection: Connection, room_id: str, as_json: bool) -> None:
    """Print a room's roster."""
    with connection.rooms() as client:
        roster = list(client.list_participants(room_id))
    render([{"rawId": one.communication_identifier.raw_id, "role": str(one.role)} for one in roster], as_json)


@participants.command("put")
@click.argument("room_id", metavar="ROOM")
@click.argument("invited", type=Invited(), nargs=-1, required=True)
@connected
def put_participants(connection: Connection, room_id: str, invited: tuple[RoomParticipant, ...]) -> None:
    """Invite people to a room, or give them another role."""
    with connection.rooms() as client:
        client.add_or_update_participants(room_id, invited)
    click.echo(f"Room {room_id} has them.")


@participants.command("remove")
@click.argument("room_id", metavar="ROOM")
@click.argument("raw_ids", metavar="RAW_ID...", nargs=-1, required=True)
@connected
def remove_participants(connection: Connection, room_id: str, raw_ids: tuple[str, ...]) -> None:
    """Take people off a room's roster, which puts them out of its call."""
    with connection.rooms() as client:
        client.remove_participants(room_id, raw_ids)
    click.echo(f"Room {room_id} is without them.")


@click.group()
def users() -> None:
    """Users, and the tokens that speak for them."""


@users.command("create")
@_scopes
@json_option
@connected
def create_user(connection: Connection, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a user and print their raw id, with a token if a scope is named."""
    with connection.identities() as client:
        if not scopes:
            render_one({"rawId": client.create_user().raw_id}, as_json)
            return
        user, token = client.create_user_and_token(scopes)
    render_one({"rawId": user.raw_id, "token": token.token, "expiresOn": _time(token.expires_on)}, as_json)


@users.command("token")
@click.argument("raw_id")
@_scopes
@json_option
@connected
def issue_token(connection: Connection, raw_id: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Print a new token of a user; for voip if no scope is named."""
    with connection.identities() as client:
        token = client.get_token(CommunicationUserIdentifier(raw_id), scopes or (CommunicationTokenScope.VOIP,))
    render_one({"token": token.token, "expiresOn": _time(token.expires_on)}, as_json)


@users.command("revoke")
@click.argument("raw_id")
@connected
def revoke_tokens(connection: Connection, raw_id: str) -> None:
    """Make every token of a user invalid at once."""
    with connection.identities() as client:
        client.revoke_tokens(CommunicationUserIdentifier(raw_id))
    click.echo(f"The tokens of {raw_id} are invalid.")


@users.command("delete")
@click.argument("raw_id")
@connected
def delete_user(connection: Connection, raw_id: str) -> None:
    """Delete a user, which makes every token of theirs invalid."""
    with connection.identities() as client:
        client.delete_user(CommunicationUserIdentifier(raw_id))
    click.echo(f"Deleted {raw_id}.")


@users.command("adopt")
@click.argument("raw_ids", metavar="RAW_ID...", nargs=-1)
@click.option("--from", "file", type=click.File(), help="File with raw ids, one a line; - is the standard input.")
@connected
def adopt_users(connection: Connection, raw_ids: tuple[str, ...], file: TextIO | None) -> None:
    """Have the service issue tokens for users that were made elsewhere, such as those an app has stored.

    Naming a user again does no harm. Azure's service has no such command.
    """
    named = [*raw_ids, *(line.strip() for line in file or () if line.strip())]
    if not named:
        raise click.UsageError("name raw ids, or a file that holds them with --from")
    with connection.identities() as client:
        for start in range(0, len(named), ADOPTION_LIMIT):
            client.adopt_users(named[start : start + ADOPTION_LIMIT])
    click.echo(f"Adopted {len(named)} users.")


COMMANDS = (rooms, participants, users)


def _room(room: CommunicationRoom) -> Row:
    return {
        "id": room.id,
        "createdAt": room.created_at,
        "validFrom": room.valid_from,
        "validUntil": room.valid_until,
        "pstnDialOutEnabled": room.pstn_dial_out_enabled,
    }


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
