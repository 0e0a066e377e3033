"""Commands for invitations: the links with which people join, and calendar files that have them."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from openrooms.cli.connection import Connection, connected, for_each
from openrooms.cli.finding import find_person, find_room, participants, people_argument, room_argument
from openrooms.cli.groups import CreatesByDefault
from openrooms.cli.options import confirm, output_option, quiet_option, yes_option
from openrooms.cli.output import Output
from openrooms.cli.render import Row, counted, render
from openrooms.visits import Invitation, VisitParticipant, VisitsClient

_LONGEST_FILE_NAME = 60


class LinkFile(NamedTuple):
    """A calendar file to write."""

    name: str
    invitation_id: str
    url: str


ics_option = click.option(
    "--ics",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Also write a calendar file with the link for each participant into this folder.",
)
bind_option = click.option("--bind", is_flag=True, help="Only the browser that opens a link first can use it.")


@click.group(cls=CreatesByDefault)
def invite() -> None:
    """Invitations of a room: the links with which its participants join. Without a command, `create` runs."""


@invite.command("create")
@room_argument
@people_argument
@bind_option
@click.option("--keep-others", is_flag=True, help="Their other links to the room go on working.")
@ics_option
@output_option
@connected
def create_invitation(
    connection: Connection,
    room_id: str,
    people: tuple[str, ...],
    bind: bool,
    keep_others: bool,
    ics: Path | None,
    output: Output,
) -> None:
    """Make a new link for participants of a room, and print it. Their other links to the room end.

    \b
    openrooms invite create 99412345 Pat --ics ~/invitations
    """
    room = find_room(connection, room_id)
    roster = participants(connection, room)
    names = _names(roster)
    rows: list[Row] = []
    files = []
    with connection.visits() as client:

        def made(person: str) -> None:
            raw_id = find_person(roster, person)
            invitation = client.create_invitation(room, raw_id, bind_to_first_browser=bind, keep_others=keep_others)
            name = names.get(raw_id, "")
            rows.append({"id": invitation.id, "name": name, "rawId": raw_id, "url": invitation.url})
            files.append(LinkFile(name, invitation.id, invitation.url or ""))

        try:
            for_each(connection, people, made)
        finally:
            # A link cannot be had a second time, so those that were made are printed in any case.
            render(rows, output)
            if ics is not None:
                write_calendars(client, room, files, ics)


@invite.command("list")
@room_argument
@output_option
@connected
def list_invitations(connection: Connection, room_id: str, output: Output) -> None:
    """List the invitations of a room.

    They are those that still work, without their links, which are printed only once.

    \b
    openrooms invite list 99412345
    """
    room = find_room(connection, room_id)
    names = _names(participants(connection, room))
    with connection.visits() as client:
        found = client.list_invitations(room)
        render((_invitation(one, names) for one in found), output, nothing="No link to the room works.")


@invite.command("revoke")
@room_argument
@click.argument("invitation_ids", metavar="INVITATION...", nargs=-1, required=True)
@yes_option
@quiet_option
@connected
def revoke_invitations(
    connection: Connection, room_id: str, invitation_ids: tuple[str, ...], yes: bool, quiet: bool
) -> None:
    """Revoke invitations, and remove their holders from the call.

    \b
    openrooms invite revoke 99412345 $(openrooms invite list 99412345 -q)
    """
    room = find_room(connection, room_id)
    confirm(f"Revoke {counted(len(invitation_ids), 'invitation')} of room {room}? The links stop working.", yes)
    with connection.visits() as client:

        def revoked(invitation_id: str) -> None:
            client.revoke_invitation(room, invitation_id)
            if not quiet:
                click.echo(f"Revoked {invitation_id}.")

        for_each(connection, invitation_ids, revoked)


def write_calendars(client: VisitsClient, room_id: str, files: Sequence[LinkFile], folder: Path) -> None:
    """Write a file for each link. They can be read by their owner alone, because a link admits whoever has it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, file in zip(_file_names(file.name for file in files), files, strict=True):
            content = client.get_calendar(room_id, file.invitation_id, url=file.url)
            path = folder / f"{room_id}-{name}.ics"
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as written:
                written.write(content)
            click.echo(f"Wrote {path}", err=True)
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written: {error}") from error


COMMANDS = (invite,)


def _names(roster: Iterable[VisitParticipant]) -> Mapping[str, str]:
    return {person.communication_identifier.raw_id: person.display_name for person in roster}


def _invitation(invitation: Invitation, names: Mapping[str, str]) -> Row:
    raw_id = invitation.communication_identifier.raw_id
    return {
        "id": invitation.id,
        "name": names.get(raw_id, ""),
        "rawId": raw_id,
        "createdAt": invitation.created_at,
        "lastUsedAt": invitation.last_used_at,
        "bound": invitation.bound_at is not None,
    }


def _file_names(names: Iterable[str]) -> list[str]:
    """Return a different, harmless file name for each name."""
    kept: list[str] = []
    for number, name in enumerate(names, 1):
        plain = "-".join("".join(c if c.isalnum() else " " for c in name).split())[:_LONGEST_FILE_NAME].lower()
        plain = plain or f"participant-{number}"
        kept.append(f"{plain}-{number}" if plain in kept else plain)
    return kept
