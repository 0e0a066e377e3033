"""Commands for the people of a room: its roster, and who may stay in its call. They use the public client."""

from collections.abc import Callable
from typing import Any

import click

from openrooms import ParticipantRole, RoomParticipant
from openrooms.cli.connection import Connection, connected, for_each
from openrooms.cli.finding import PersonName, find_person, find_room, participants, people_argument, room_argument
from openrooms.cli.groups import Group
from openrooms.cli.options import confirm, output_option, quiet_option, yes_option
from openrooms.cli.output import Output
from openrooms.cli.render import Row, clean, counted, render
from openrooms.domain.roles import ROLES
from openrooms.visits import VisitParticipant


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


@click.group("participants", cls=Group)
def people() -> None:
    """The people of a room: its roster with their roles, and what becomes of them in its call."""


@people.command("list")
@room_argument
@output_option
@connected
def list_participants(connection: Connection, room_id: str, output: Output) -> None:
    """List the participants of a room.

    \b
    openrooms participants list 99412345
    """
    render(map(_participant, participants(connection, find_room(connection, room_id))), output)


@people.command("put")
@room_argument
@click.argument("invited", type=Invited(), nargs=-1, required=True)
@quiet_option
@connected
def put_participants(connection: Connection, room_id: str, invited: tuple[RoomParticipant, ...], quiet: bool) -> None:
    """Add participants to a room, or change their roles.

    \b
    openrooms participants put 99412345 8:acs:RESOURCE_USER=Presenter
    """
    room = find_room(connection, room_id)
    with connection.rooms() as client:
        client.add_or_update_participants(room, invited)
    if not quiet:
        click.echo(f"Updated {counted(len(invited), 'participant')} of room {room}.")


@people.command("remove")
@room_argument
@people_argument
@click.option("--call-only", is_flag=True, help="Only from the call; they stay on the roster and can join again.")
@yes_option
@quiet_option
@connected
def remove_participants(
    connection: Connection, room_id: str, people: tuple[str, ...], call_only: bool, yes: bool, quiet: bool
) -> None:
    """Remove participants from a room and disconnect them from its call. Their links stop working.

    \b
    openrooms participants remove 99412345 Pat
    openrooms participants remove 99412345 Pat --call-only
    """
    room = find_room(connection, room_id)
    if call_only:
        with connection.calls() as calls:
            _each(connection, room, people, "Removed from the call", calls.remove_from_call, quiet)
        return
    roster = _roster(connection, room, people)
    raw_ids = [find_person(roster, person) for person in people]
    confirm(f"Remove {counted(len(raw_ids), 'participant')} from room {room}? Their links stop working.", yes)
    with connection.rooms() as client:
        client.remove_participants(room, raw_ids)
    if not quiet:
        click.echo(f"Removed {counted(len(raw_ids), 'participant')} from room {room}.")


@people.command()
@room_argument
@people_argument
@quiet_option
@connected
def mute(connection: Connection, room_id: str, people: tuple[str, ...], quiet: bool) -> None:
    """Mute participants of the call; people can unmute themselves.

    \b
    openrooms participants mute 99412345 Pat
    """
    with connection.calls() as client:
        _each(connection, find_room(connection, room_id), people, "Muted", client.mute_participant, quiet)


@people.command("keep-out")
@room_argument
@people_argument
@quiet_option
@connected
def keep_out(connection: Connection, room_id: str, people: tuple[str, ...], quiet: bool) -> None:
    """Remove participants from the call, or from its waiting room, until you admit them or the call has ended.

    \b
    openrooms participants keep-out 99412345 Pat
    """
    with connection.visits() as client:
        _each(connection, find_room(connection, room_id), people, "Kept out", client.keep_out, quiet)


@people.command()
@room_argument
@click.argument("people", metavar="PERSON...", type=PersonName(), nargs=-1)
@click.option("--all", "everyone", is_flag=True, help="Everyone who waits.")
@quiet_option
@connected
def admit(connection: Connection, room_id: str, people: tuple[str, ...], everyone: bool, quiet: bool) -> None:
    """Admit participants who wait, were declined or are kept out, to this call.

    \b
    openrooms participants admit 99412345 Pat
    openrooms participants admit 99412345 --all
    """
    if everyone == bool(people):
        raise click.UsageError("name the participants, or admit everyone who waits with --all")
    room = find_room(connection, room_id)
    with connection.visits() as client:
        if everyone:
            count = client.admit_everyone(room)
            if not quiet:
                click.echo(f"Admitted {counted(count, 'participant')}.")
            return
        _each(connection, room, people, "Admitted", client.admit_participant, quiet)


@people.command()
@room_argument
@people_argument
@click.option("--reason", default="", help="What they read, at most 200 characters.")
@quiet_option
@connected
def decline(connection: Connection, room_id: str, people: tuple[str, ...], reason: str, quiet: bool) -> None:
    """Decline participants who wait. They may ask again after a while.

    \b
    openrooms participants decline 99412345 Pat --reason "We call you tomorrow."
    """
    with connection.visits() as client:

        def declined(room: str, person: str) -> None:
            client.decline_participant(room, person, reason=reason)

        _each(connection, find_room(connection, room_id), people, "Declined", declined, quiet)


COMMANDS = (people,)


def _each(
    connection: Connection,
    room: str,
    named: tuple[str, ...],
    done: str,
    act: Callable[[str, str], None],
    quiet: bool,
) -> None:
    """Call `act` with the room and the raw ID of each person, and say so."""
    roster = _roster(connection, room, named)

    def acted(person: str) -> None:
        raw_id = find_person(roster, person)
        act(room, raw_id)
        if not quiet:
            click.echo(f"{done}: {clean(person)}" + ("" if person == raw_id else f" ({raw_id})"))

    for_each(connection, named, acted)


def _roster(connection: Connection, room: str, named: tuple[str, ...]) -> list[VisitParticipant]:
    # Only what is not a raw ID or a number has to be looked up.
    if all(":" in person or person.startswith("+") for person in named):
        return []
    return list(participants(connection, room))


def _participant(person: VisitParticipant) -> Row:
    raw_id = person.communication_identifier.raw_id
    return {"rawId": raw_id, "role": str(person.role), "displayName": person.display_name}
