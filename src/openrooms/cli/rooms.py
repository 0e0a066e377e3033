"""Commands for rooms, rosters and users. They use the public client, so they also work with Azure's service."""

from collections.abc import Sized
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
    """A time in ISO 8601; UTC if it has no zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return value if isinstance(value, datetime) else parse_datetime(value)
        except ValueError as error:
            self.fail(f"{error} (a time such as 2026-05-01T09:00, in UTC, or 2026-05-01T11:00+02:00)", param, ctx)


class Invited(click.ParamType[RoomParticipant]):
    """A raw id, optionally with `=` and a role."""

    name = "participant"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "RAW_ID[=ROLE]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> RoomParticipant:
        raw_id, _, role = str(value).partition("=")
        name = role.capitalize() or ParticipantRole.ATTENDEE
        if name not in ROLES:
            self.fail(f"{role!r} is not a role: give one of {', '.join(ROLES)}", param, ctx)
        return RoomParticipant(raw_id, ROLES[name])


_OPENS = "When the room opens, in ISO 8601; UTC if it has no zone."
_CLOSES = "When the room closes, in ISO 8601; UTC if it has no zone."
_dial_out = click.option(
    "--pstn-dial-out/--no-pstn-dial-out", default=None, help="Whether presenters may call telephones."
)
_scopes = click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([one.value for one in CommunicationTokenScope]),
    help="A scope of the token; may be repeated.",
)


@click.group()
def rooms() -> None:
    """Create, list, show, update and delete rooms."""


@rooms.command("list")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="The most rooms to print, newest first."
)
@json_option
@connected
def list_rooms(connection: Connection, limit: int, as_json: bool) -> None:
    """List rooms, the newest first."""
    with connection.rooms() as client:
        render([_room(room) for room in islice(client.list_rooms(), limit)], as_json)


@rooms.command("get")
@click.argument("room_id", metavar="ROOM")
@json_option
@connected
def get_room(connection: Connection, room_id: str, as_json: bool) -> None:
    """Show a room."""
    with connection.rooms() as client:
        render_one(_room(client.get_room(room_id)), as_json)


@rooms.command("create")
@click.option("--valid-from", type=Time(), help=_OPENS, show_default="now")
@click.option("--valid-until", type=Time(), help=_CLOSES, show_default="in 180 days")
@_dial_out
@click.option("--participant", "participants", type=Invited(), multiple=True, help="A user to invite; may be repeated.")
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
    """Create a room and show it."""
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
    """Update a room and show it. Give both times or neither."""
    with connection.rooms() as client:
        room = client.update_room(
            room_id, valid_from=valid_from, valid_until=valid_until, pstn_dial_out_enabled=pstn_dial_out
        )
    render_one(_room(room), as_json)


@rooms.command("delete")
@click.argument("room_id", metavar="ROOM")
@connected
def delete_room(connection: Connection, room_id: str) -> None:
    """Delete a room and end its call."""
    with connection.rooms() as client:
        client.delete_room(room_id)
    click.echo(f"Deleted {room_id}.")


@click.group()
def participants() -> None:
    """The roster of a room: its participants and their roles."""


@participants.command("list")
@click.argument("room_id", metavar="ROOM")
@json_option
@connected
def list_participants(connection: Connection, room_id: str, as_json: bool) -> None:
    """List the participants of a room."""
    with connection.rooms() as client:
        roster = list(client.list_participants(room_id))
    render([{"rawId": one.communication_identifier.raw_id, "role": str(one.role)} for one in roster], as_json)


@participants.command("put")
@click.argument("room_id", metavar="ROOM")
@click.argument("invited", type=Invited(), nargs=-1, required=True)
@connected
def put_participants(connection: Connection, room_id: str, invited: tuple[RoomParticipant, ...]) -> None:
    """Add participants to a room, or change their roles."""
    with connection.rooms() as client:
        client.add_or_update_participants(room_id, invited)
    click.echo(f"Updated {_people(invited)} of room {room_id}.")


@participants.command("remove")
@click.argument("room_id", metavar="ROOM")
@click.argument("raw_ids", metavar="RAW_ID...", nargs=-1, required=True)
@connected
def remove_participants(connection: Connection, room_id: str, raw_ids: tuple[str, ...]) -> None:
    """Remove participants from a room and disconnect them from its call."""
    with connection.rooms() as client:
        client.remove_participants(room_id, raw_ids)
    click.echo(f"Removed {_people(raw_ids)} from room {room_id}.")


@click.group()
def users() -> None:
    """Users and their tokens."""


@users.command("create")
@_scopes
@json_option
@connected
def create_user(connection: Connection, scopes: tuple[str, ...], as_json: bool) -> None:
    """Create a user and print the raw id, and a token if you name a scope."""
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
    """Issue a token for a user, with the scope voip if you name none."""
    with connection.identities() as client:
        token = client.get_token(CommunicationUserIdentifier(raw_id), scopes or (CommunicationTokenScope.VOIP,))
    render_one({"token": token.token, "expiresOn": _time(token.expires_on)}, as_json)


@users.command("revoke")
@click.argument("raw_id")
@connected
def revoke_tokens(connection: Connection, raw_id: str) -> None:
    """Revoke all tokens of a user at once."""
    with connection.identities() as client:
        client.revoke_tokens(CommunicationUserIdentifier(raw_id))
    click.echo(f"Revoked all tokens of {raw_id}.")


@users.command("delete")
@click.argument("raw_id")
@connected
def delete_user(connection: Connection, raw_id: str) -> None:
    """Delete a user and revoke all tokens of the user."""
    with connection.identities() as client:
        client.delete_user(CommunicationUserIdentifier(raw_id))
    click.echo(f"Deleted {raw_id}.")


@users.command("adopt")
@click.argument("raw_ids", metavar="RAW_ID...", nargs=-1)
@click.option("--from", "file", type=click.File(), help="File of raw ids, one on each line; - reads standard input.")
@connected
def adopt_users(connection: Connection, raw_ids: tuple[str, ...], file: TextIO | None) -> None:
    """Register users that another service created, so that this service issues tokens for them.

    You may adopt a user again. Azure's service does not support this command.
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


def _people(named: Sized) -> str:
    return "1 participant" if len(named) == 1 else f"{len(named)} participants"


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
