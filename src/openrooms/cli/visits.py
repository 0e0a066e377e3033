"""Commands for visits: plan, change, add people, and find out why somebody cannot join; with the public client."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click

from openrooms import CommunicationIdentifier, ParticipantRole
from openrooms.cli.connection import Connection, connected
from openrooms.cli.finding import find_person, find_room, participants, person_argument, room_argument
from openrooms.cli.groups import Group
from openrooms.cli.invitations import LinkFile, bind_option, ics_option, write_calendars
from openrooms.cli.options import output_option
from openrooms.cli.output import Format, Output
from openrooms.cli.render import Row, clean, print_json, render, render_one
from openrooms.cli.times import Amount, Time, zone_option
from openrooms.domain.visits import StartsWith, WaitingRoom
from openrooms.visits import Guest, InvitedParticipant, PlannedVisit
from openrooms.wire.dates import format_datetime


class _Guest(click.ParamType[Guest]):
    """A name, a raw ID, or both: NAME=RAW_ID."""

    name = "guest"

    def __init__(self, role: ParticipantRole) -> None:
        self._role = role

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "NAME[=RAW_ID]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Guest:
        if isinstance(value, Guest):
            return value
        name, equals, raw_id = str(value).rpartition("=")
        if equals and raw_id.startswith("8:"):
            return Guest(name, self._role, raw_id)
        return Guest("", self._role, value) if value.startswith("8:") else Guest(value, self._role)


def _guests(command: Any) -> Any:
    for role in reversed(ParticipantRole):
        command = click.option(
            f"--{role.lower()}",
            f"{role.lower()}s",
            type=_Guest(role),
            multiple=True,
            help=f"Name of the {role}, a new user unless you add =RAW_ID; may be repeated.",
        )(command)
    return command


_title = partial(click.option, "--title", help="The title that everyone reads.")
_waiting_room = partial(
    click.option,
    "--waiting-room",
    type=click.Choice([choice.value for choice in WaitingRoom]),
    help="Who has to wait until a Presenter admits them.",
)
_starts_with = partial(
    click.option,
    "--starts-with",
    type=click.Choice([choice.value for choice in StartsWith]),
    help="Whose coming begins the call.",
)
_extend_by = partial(
    click.option, "--extend-by", type=click.IntRange(0), help="Minutes that Presenters may add in all."
)


@click.group(cls=Group)
def visit() -> None:
    """Plan visits: a room, its people, and a link for each of them. Add people, change it."""


@visit.command("create")
@_title(default="")
@_guests
@click.option("--from", "begins", type=Time(), default="now", show_default=True, help="When the room opens.")
@click.option("--for", "lasts", type=Amount(), help="How long it is open, such as 30m or 1h30m.  [default: 30m]")
@click.option("--until", "ends", type=Time(), help="When it closes, instead of --for.")
@zone_option
@_waiting_room(default=WaitingRoom.OFF.value, show_default=True)
@_starts_with(default=StartsWith.ANYONE.value, show_default=True)
@_extend_by(default=0)
@click.option("--pstn-dial-out", is_flag=True, help="Presenters may call telephones.")
@bind_option
@ics_option
@output_option
@connected
def create_visit(
    connection: Connection,
    title: str,
    begins: datetime,
    lasts: timedelta | None,
    ends: datetime | None,
    waiting_room: str,
    starts_with: str,
    extend_by: int,
    pstn_dial_out: bool,
    bind: bool,
    ics: Path | None,
    output: Output,
    **guests: tuple[Guest, ...],
) -> None:
    """Plan a visit and print a link for each participant.

    \b
    openrooms visit create --title "Knee, 6 weeks" --presenter "Dr Ada" --attendee "Pat" \\
        --from "tomorrow 9:00" --for 30m --zone Europe/Berlin

    Anyone who has a link can join with it, so send each only to its participant.
    """
    people = _named(guests)
    until = _end(begins, lasts, ends)
    with connection.visits() as client:
        planned = client.create_visit(
            people,
            title=title,
            valid_from=begins,
            valid_until=until,
            pstn_dial_out_enabled=pstn_dial_out,
            waiting_room=waiting_room,
            starts_with=starts_with,
            extend_by=extend_by,
            bind_to_first_browser=bind,
        )
        _print_planned(planned, begins, output)
        if ics is not None:
            write_calendars(client, planned.id, _files(planned.participants), ics)


@visit.command("add")
@room_argument
@_guests
@ics_option
@output_option
@connected
def add_people(
    connection: Connection, room_id: str, ics: Path | None, output: Output, **guests: tuple[Guest, ...]
) -> None:
    """Add people to a room that is planned, all or nobody, and print a link for each of them.

    \b
    openrooms visit add 99412345 --attendee "Pat" --consumer "Interpreter"

    Anyone who has a link can join with it, so send each only to its participant.
    """
    people = _named(guests)
    room = find_room(connection, room_id)
    with connection.visits() as client:
        added = client.add_people(room, people)
        if output.is_table:
            _print_links(added)
        else:
            render(map(_invited, added), output)
        if ics is not None:
            write_calendars(client, room, _files(added), ics)


@visit.command("update")
@room_argument
@_title(show_default="as it is")
@_waiting_room(show_default="as it is")
@_starts_with(show_default="as it is")
@_extend_by(show_default="as it is")
@click.option(
    "--name",
    "names",
    type=(str, str),
    metavar="PERSON NAME",
    multiple=True,
    help="Give a participant this display name, or none by ''; may be repeated.",
)
@output_option
@connected
def update_visit(
    connection: Connection,
    room_id: str,
    title: str | None,
    waiting_room: str | None,
    starts_with: str | None,
    extend_by: int | None,
    names: tuple[tuple[str, str], ...],
    output: Output,
) -> None:
    """Change a visit's title and options, or names of its participants, and show it.

    \b
    openrooms visit update 99412345 --title "Knee, 8 weeks" --name Pat "Pat Lee"

    `openrooms rooms update` and `rooms extend` change when it takes place.
    """
    room = find_room(connection, room_id)
    roster = participants(connection, room) if names else ()
    named: dict[CommunicationIdentifier | str, str | None] = {
        find_person(roster, person): name or None for person, name in names
    }
    with connection.visits() as client:
        visit = client.update_visit(
            room,
            title=title,
            waiting_room=waiting_room,
            starts_with=starts_with,
            extend_by=extend_by,
            names=named or None,
        )
    render_one(
        {
            "id": visit.id,
            "title": visit.title,
            "validFrom": visit.valid_from,
            "validUntil": visit.valid_until,
            "waitingRoom": visit.waiting_room,
            "startsWith": visit.starts_with,
            "extendBy": visit.extend_by,
        },
        output,
    )


@click.command()
@room_argument
@person_argument
@output_option
@connected
def why(connection: Connection, room_id: str, person: str, output: Output) -> None:
    """Explain whether somebody may join a room now: each rule that the service checks, with its result.

    \b
    openrooms why 99412345 Pat
    """
    room = find_room(connection, room_id)
    roster = participants(connection, room)
    raw_id = find_person(roster, person)
    with connection.calls() as client:
        found = client.explain_joining(room, raw_id)
    rows: list[Row] = [
        {"rule": rule.name, "passed": rule.passed, "message": rule.message, "subCode": rule.sub_code}
        for rule in found.rules
    ]
    if output.form is Format.JSON:
        print_json({"rawId": raw_id, "mayJoin": found.may_join, "role": found.role, "rules": rows})
        return
    render(rows, output)
    if output.is_table:
        role = f" as {found.role}" if found.role else ""
        named = next((one.display_name for one in roster if one.communication_identifier.raw_id == raw_id), "")
        click.echo(f"\n{clean(named or raw_id)} may {'' if found.may_join else 'not '}join room {room} now{role}.")


COMMANDS = (visit, why)


def _named(guests: Mapping[str, tuple[Guest, ...]]) -> list[Guest]:
    people = [guest for role in ParticipantRole for guest in guests[f"{role.lower()}s"]]
    if not people:
        raise click.UsageError("name somebody: --presenter, --collaborator, --attendee or --consumer")
    return people


def _files(people: Iterable[InvitedParticipant]) -> list[LinkFile]:
    return [LinkFile(one.display_name, one.invitation_id, one.url) for one in people]


def _end(begins: datetime, lasts: timedelta | None, ends: datetime | None) -> datetime:
    if lasts is not None and ends is not None:
        raise click.UsageError("--for and --until both say when the room closes: give only one of them")
    until = ends or begins + (lasts or timedelta(minutes=30))
    if until <= begins:
        raise click.UsageError(f"the room would close at {_full(until)}, which is not after it opens, {_full(begins)}")
    if until <= datetime.now(UTC):
        raise click.UsageError(f"the room would close at {_full(until)}, which is over: give another --from")
    return until


def _full(value: datetime) -> str:
    """Return a time with its day of the week and its zone, so that a wrong one is seen."""
    name = str(value.tzinfo) if "/" in str(value.tzinfo) else value.tzname()
    offset = f"{value:%z}"
    zone = name if name == "UTC" else f"{name}, UTC{offset[:3]}:{offset[3:]}"
    return f"{value:%A %Y-%m-%d %H:%M} ({zone})"


def _print_planned(planned: PlannedVisit, begins: datetime, output: Output) -> None:
    people = [_invited(person) for person in planned.participants]
    if output.is_quiet:
        click.echo(planned.id)
    elif output.form is Format.TSV:
        render(people, output)
    elif output.form is Format.JSON:
        times = {"validFrom": format_datetime(planned.valid_from), "validUntil": format_datetime(planned.valid_until)}
        print_json({"id": planned.id, "title": planned.title, **times, "participants": people})
    else:
        zone = begins.tzinfo
        window = {
            "from": _full(planned.valid_from.astimezone(zone)),
            "until": _full(planned.valid_until.astimezone(zone)),
        }
        render_one({"room": planned.id, "title": planned.title, **window}, output)
        click.echo()
        _print_links(planned.participants)


def _print_links(people: Iterable[InvitedParticipant]) -> None:
    texts = (
        f"{clean(person.display_name) or person.communication_identifier.raw_id} ({person.role})\n  {person.url}"
        for person in people
    )
    click.echo("\n\n".join(texts))


def _invited(person: InvitedParticipant) -> dict[str, Any]:
    raw_id = person.communication_identifier.raw_id
    named = {"rawId": raw_id, "role": str(person.role), "displayName": person.display_name}
    return {**named, "invitationId": person.invitation_id, "url": person.url}
