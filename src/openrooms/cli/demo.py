"""A room in which to try a call, with a link for each of two users."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec

from openrooms import ParticipantRole, RoomNotFoundError, RoomParticipant, RoomsClient
from openrooms._files import write_whole
from openrooms.cli.connection import Connection, connected
from openrooms.cli.options import output_option
from openrooms.cli.output import Output
from openrooms.cli.render import render_one
from openrooms.identity import CommunicationIdentityClient, CommunicationTokenScope, CommunicationUserIdentifier

_ROLES = (ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE)
_SCOPES = (CommunicationTokenScope.VOIP,)
_FILE = "demo.json"
_TIME = timedelta(hours=24)


class Demo(msgspec.Struct):
    """A room, and the raw id of its user in each role."""

    room: str
    people: dict[str, str]


@click.command()
@output_option
@connected
def demo(connection: Connection, output: Output) -> None:
    """Create a room in which to try a call.

    It is valid for a day and has a Presenter and an Attendee. Open the two links that the command prints.

    \b
    openrooms demo
    """
    with connection.identities() as identities, connection.rooms() as rooms:
        made = _make(identities, rooms, datetime.now(UTC) + _TIME)
        links = _links(connection, identities, made)
    render_one(links, output)


def kept_links(connection: Connection, folder: Path) -> Mapping[str, str]:
    """Return the links to the room in the folder; create one if there is none or it can no longer be joined."""
    with connection.identities() as identities, connection.rooms() as rooms:
        kept = _read(folder)
        if kept is None or not _can_be_joined(rooms, kept.room):
            kept = _make(identities, rooms, None)
            write_whole(folder / _FILE, msgspec.json.encode(kept))
        return _links(connection, identities, kept)


def _make(identities: CommunicationIdentityClient, rooms: RoomsClient, valid_until: datetime | None) -> Demo:
    people = {role: identities.create_user() for role in _ROLES}
    room = rooms.create_room(
        valid_until=valid_until,
        participants=[RoomParticipant(user, role) for role, user in people.items()],
        # Without a telephone line, the call page does not offer telephones.
        pstn_dial_out_enabled=True,
    )
    return Demo(room.id, {role.value: user.raw_id for role, user in people.items()})


def _links(connection: Connection, identities: CommunicationIdentityClient, demo: Demo) -> dict[str, str]:
    tokens = {
        role: identities.get_token(CommunicationUserIdentifier(raw_id), _SCOPES).token
        for role, raw_id in demo.people.items()
    }
    return {role: f"{connection.endpoint}/call/{demo.room}#{token}" for role, token in tokens.items()}


def _read(folder: Path) -> Demo | None:
    try:
        return msgspec.json.decode((folder / _FILE).read_bytes(), type=Demo)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _can_be_joined(rooms: RoomsClient, room_id: str) -> bool:
    try:
        return rooms.get_room(room_id).valid_until > datetime.now(UTC) + _TIME
    except RoomNotFoundError:
        return False


COMMANDS = (demo,)
