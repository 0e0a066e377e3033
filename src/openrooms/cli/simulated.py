"""The commands for people in the simulated calls of a development service."""

from collections.abc import Callable

import click

from openrooms import ParticipantRole
from openrooms.cli.connection import Connection, connected, for_each
from openrooms.cli.development import development
from openrooms.cli.finding import RoomId, find_person, find_room
from openrooms.cli.groups import Group
from openrooms.cli.options import output_option, quiet_option
from openrooms.cli.output import Output
from openrooms.cli.render import Row, clean, render, render_one
from openrooms.identifiers import identifier_from_raw_id
from openrooms.testing import DevService, SimulatedPerson
from openrooms.visits import VisitParticipant

_ROLES = click.Choice([role.value for role in ParticipantRole], case_sensitive=False)
_ACTIONS: dict[str, tuple[str, Callable[[DevService, str, str], None]]] = {
    "leave": ("Have people leave the call.", DevService.leave),
    "mute": ("Have people mute their microphones.", DevService.mute),
    "unmute": ("Have people unmute their microphones.", DevService.unmute),
    "lose-connection": (
        "Have people lose the connection; the call shows them for a while.",
        DevService.lose_connection,
    ),
    "reconnect": ("Have people restore a lost connection.", DevService.reconnect),
}


@click.group(cls=Group)
def people() -> None:
    """Put people into the simulated calls of a development service."""


@people.command()
@click.argument("room_id", metavar="ROOM", type=RoomId())
@click.option("--role", type=_ROLES, help="Put them on the roster first; a new user is an Attendee by default.")
@click.option("--name", default="", help="The name that the others see.")
@click.option("--user", "raw_id", metavar="RAW_ID", help="Who it is, instead of a new user.")
@output_option
@connected
def join(connection: Connection, room_id: str, role: str | None, name: str, raw_id: str | None, output: Output) -> None:
    """Have a person join the call of ROOM, by the rules of joining.

    \b
    openrooms people join 99412345 --role Presenter --name "Dr. Ada"
    """
    room = find_room(connection, room_id)
    with development(connection) as service:
        person = service.add_person(room, role=role, participant=raw_id, display_name=name)
    render_one(_row(person), output)


@people.command("list")
@click.argument("room_id", metavar="ROOM", type=RoomId())
@output_option
@connected
def list_people(connection: Connection, room_id: str, output: Output) -> None:
    """List who is in the simulated call of ROOM, in the order of joining.

    \b
    openrooms people list 99412345
    """
    room = find_room(connection, room_id)
    with development(connection) as service:
        render([_row(person) for person in service.list_people(room)], output)


def _acting(name: str) -> click.Command:
    summary, act = _ACTIONS[name]

    @click.command(name, help=f"{summary}\n\n\b\nopenrooms people {name} 99412345 Pat")
    @click.argument("room_id", metavar="ROOM", type=RoomId())
    @click.argument("named", metavar="PERSON...", nargs=-1, required=True)
    @quiet_option
    @connected
    def command(connection: Connection, room_id: str, named: tuple[str, ...], quiet: bool) -> None:
        room = find_room(connection, room_id)
        with development(connection) as service:
            present = [_participant(person) for person in service.list_people(room)]

            def acted(person: str) -> None:
                act(service, room, find_person(present, person))
                if not quiet:
                    click.echo(f"{name}: {clean(person)}")

            for_each(connection, named, acted)

    return command


for _name in _ACTIONS:
    people.add_command(_acting(_name))


def _participant(person: SimulatedPerson) -> VisitParticipant:
    return VisitParticipant(identifier_from_raw_id(person.raw_id), person.role, person.display_name)


def _row(person: SimulatedPerson) -> Row:
    return {
        "rawId": person.raw_id,
        "role": person.role,
        "displayName": person.display_name,
        "state": person.state,
        "muted": person.is_muted,
    }


COMMANDS = (people,)
