"""Commands for rooms. They use the public client, so most of them also work with Azure's service."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import click

from openrooms import CommunicationRoom, RoomParticipant, RoomsClient
from openrooms.cli.connection import Connection, connected, for_each
from openrooms.cli.finding import find_room, find_rooms, room_argument, rooms_argument
from openrooms.cli.groups import Group
from openrooms.cli.options import confirm, output_option, quiet_option, yes_option
from openrooms.cli.output import Output
from openrooms.cli.people import Invited
from openrooms.cli.render import Row, moment, render, render_one
from openrooms.cli.times import Minutes, Time, zone_option
from openrooms.domain.extending import LONGEST
from openrooms.domain.listing import RoomState
from openrooms.visits import VisitSummary

_LISTED_BY_AZURE = ("id", "state", "validFrom", "validUntil")
_LISTED = ("id", "state", "title", "validFrom", "validUntil", "people")
_OPENS = "When the room opens, such as 2026-05-01T09:00; UTC if it has no zone."
_CLOSES = "When the room closes, such as 2026-05-01T10:00; UTC if it has no zone."
_dial_out = click.option(
    "--pstn-dial-out/--no-pstn-dial-out", default=None, help="Whether presenters may call telephones."
)


@click.group(cls=Group)
def rooms() -> None:
    """Create, list, show, update, extend and delete rooms."""


@rooms.command("list")
@click.option("--state", type=click.Choice([state.value for state in RoomState]), help="Only rooms in this state.")
@click.option("--from", "begins", type=Time(), help="Only rooms that are open later than this.")
@click.option("--until", "ends", type=Time(), help="Only rooms that open before this.")
@click.option("--search", help="Only rooms with these words, or their beginnings, in the title, a name or the ID.")
@click.option(
    "--newest-first/--oldest-first",
    default=None,
    help="Which rooms come first.",
    show_default="oldest first; newest first with `--state ended`",
)
@zone_option
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="The most rooms to print.")
@click.option("--all", "everything", is_flag=True, help="All rooms, however many, also those that have ended.")
@output_option
@connected
def list_rooms(
    connection: Connection,
    state: str | None,
    begins: datetime | None,
    ends: datetime | None,
    search: str | None,
    newest_first: bool | None,
    limit: int,
    everything: bool,
    output: Output,
) -> None:
    """List rooms that are open or will open, those that open first; or others, by these options.

    \b
    openrooms rooms list --state inCall
    openrooms rooms list --from "today 0:00" --until "tomorrow 0:00"
    openrooms rooms list --search "pat knee" --all -o json

    Azure's service has no titles and people in its list, and its newest rooms come first.
    """
    nothing = "There is no such room."
    if not everything and (state, begins, ends, search) == (None, None, None, None):
        begins = datetime.now(UTC)
        nothing = "No room is open or will open. `openrooms rooms list --all` also lists those that have ended."
    rows = listed(connection, state, begins, ends, search, newest_first)
    columns = _LISTED_BY_AZURE if connection.is_azure else _LISTED
    render(rows if everything else islice(rows, limit), output, columns, nothing=nothing)


@rooms.command("get")
@rooms_argument
@output_option
@connected
def get_rooms(connection: Connection, room_ids: tuple[str, ...], output: Output) -> None:
    """Show a room, or several.

    \b
    openrooms rooms get 99412345
    """
    with connection.rooms() as client:
        found = find_rooms(connection, room_ids)
        if len(found) == 1:
            render_one(_shown(connection, client, found[0]), output)
            return
        rows: list[Row] = []
        try:
            for_each(connection, found, lambda room: rows.append(_shown(connection, client, room)))
        finally:
            render(rows, output)


@rooms.command("create")
@click.option("--valid-from", type=Time(), help=_OPENS, show_default="now")
@click.option("--valid-until", type=Time(), help=_CLOSES, show_default="in 180 days")
@_dial_out
@click.option("--participant", "participants", type=Invited(), multiple=True, help="A user to invite; may be repeated.")
@output_option
@connected
def create_room(
    connection: Connection,
    valid_from: datetime | None,
    valid_until: datetime | None,
    pstn_dial_out: bool | None,
    participants: tuple[RoomParticipant, ...],
    output: Output,
) -> None:
    """Create a room and show it. `openrooms visit create` also makes users and links.

    \b
    openrooms rooms create --valid-until "in 2h" --participant 8:acs:RESOURCE_USER=Presenter
    """
    with connection.rooms() as client:
        room = client.create_room(
            valid_from=valid_from,
            valid_until=valid_until,
            pstn_dial_out_enabled=pstn_dial_out,
            participants=participants,
        )
    render_one(_room(room), output)


@rooms.command("update")
@room_argument
@click.option("--valid-from", type=Time(), help=_OPENS, show_default="as it is")
@click.option("--valid-until", type=Time(), help=_CLOSES, show_default="as it is")
@_dial_out
@output_option
@connected
def update_room(
    connection: Connection,
    room_id: str,
    valid_from: datetime | None,
    valid_until: datetime | None,
    pstn_dial_out: bool | None,
    output: Output,
) -> None:
    """Update a room and show it. Give both times or neither.

    \b
    openrooms rooms update 99412345 --valid-from 2026-05-01T09:00Z --valid-until 2026-05-01T10:00Z
    """
    room_id = find_room(connection, room_id)
    with connection.rooms() as client:
        room = client.update_room(
            room_id, valid_from=valid_from, valid_until=valid_until, pstn_dial_out_enabled=pstn_dial_out
        )
    render_one(_room(room), output)


@rooms.command("extend")
@rooms_argument
@click.option("--by", "added", type=Minutes(LONGEST), default="5m", show_default=True, help="What to add, at most 24h.")
@quiet_option
@connected
def extend_rooms(connection: Connection, room_ids: tuple[str, ...], added: int, quiet: bool) -> None:
    """Add minutes to rooms, from their end. A room that has ended opens again, from now on.

    \b
    openrooms rooms extend 99412345 --by 15
    openrooms rooms extend 99412345 --by 1h30m
    """
    with connection.rooms() as client, connection.visits() as visits:

        def extended(room_id: str) -> None:
            room = client.get_room(room_id)
            window = visits.extend_call(room.id, added, valid_until=room.valid_until)
            if not quiet:
                click.echo(f"Room {room.id} is open until {moment(window.valid_until)}.")

        for_each(connection, find_rooms(connection, room_ids), extended)


@rooms.command("delete")
@rooms_argument
@yes_option
@quiet_option
@connected
def delete_rooms(connection: Connection, room_ids: tuple[str, ...], yes: bool, quiet: bool) -> None:
    """Delete rooms and end their calls. Their links stop working.

    \b
    openrooms rooms delete 99412345 99467890 --yes
    """
    found = find_rooms(connection, room_ids)
    named = f"room {found[0]} and end its call" if len(found) == 1 else f"{len(found)} rooms and end their calls"
    confirm(f"Delete {named}? The links stop working.", yes)
    with connection.rooms() as client:

        def deleted(room_id: str) -> None:
            client.delete_room(room_id)
            if not quiet:
                click.echo(f"Deleted {room_id}.")

        for_each(connection, found, deleted)


COMMANDS = (rooms,)


def listed(
    connection: Connection,
    state: str | None = None,
    begins: datetime | None = None,
    ends: datetime | None = None,
    search: str | None = None,
    newest_first: bool | None = None,
) -> Iterator[Row]:
    """Yield the rooms that meet all conditions; raise `click.UsageError` for one that Azure's service does not have."""
    if not connection.is_azure:
        with connection.visits() as visits:
            if newest_first is None:
                # What has just ended is of more interest than the first room that was ever planned.
                newest_first = state == RoomState.ENDED
            found = visits.list_visits(
                state=state, from_time=begins, until_time=ends, search=search, newest_first=newest_first
            )
            yield from map(_visit, found)
        return
    if search is not None or state in (RoomState.IN_CALL, RoomState.WAITING):
        raise click.UsageError("Azure's service can neither search rooms nor say who is in their calls or waits")
    if newest_first is not None:
        raise click.UsageError("Azure's service has one order of rooms: the newest first, by their creation")
    now = datetime.now(UTC)
    with connection.rooms() as client:
        for room in client.list_rooms():
            is_in_time = (begins is None or room.valid_until > begins) and (ends is None or room.valid_from < ends)
            if is_in_time and state in (None, _state(room, now)):
                yield _room(room, now)


def _visit(visit: VisitSummary) -> Row:
    return {
        "id": visit.id,
        "state": str(visit.state),
        "title": visit.title,
        "createdAt": visit.created_at,
        "validFrom": visit.valid_from,
        "validUntil": visit.valid_until,
        "pstnDialOutEnabled": visit.pstn_dial_out_enabled,
        "people": visit.participant_count,
        "inCall": visit.in_call_count,
        "waiting": visit.waiting_count,
    }


def _shown(connection: Connection, client: RoomsClient, room_id: str) -> Row:
    """Return the room; from openrooms with its title and options, which Azure's service does not have."""
    room = _room(client.get_room(room_id))
    if connection.is_azure:
        return room
    with connection.visits() as visits:
        visit = visits.get_visit(room_id)
    options = {"waitingRoom": str(visit.waiting_room), "startsWith": str(visit.starts_with)}
    return {**room, "title": visit.title, **options, "extendBy": visit.extend_by, "extended": visit.extended}


def _room(room: CommunicationRoom, now: datetime | None = None) -> Row:
    return {
        "id": room.id,
        "state": _state(room, now or datetime.now(UTC)),
        "createdAt": room.created_at,
        "validFrom": room.valid_from,
        "validUntil": room.valid_until,
        "pstnDialOutEnabled": room.pstn_dial_out_enabled,
    }


def _state(room: CommunicationRoom, now: datetime) -> str:
    if now < room.valid_from:
        return "upcoming"
    return "open" if now < room.valid_until else "ended"
