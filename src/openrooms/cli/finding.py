"""Rooms and people as commands name them: by an ID, by the beginning of one, or by a name that the organiser gave."""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import click
from azure.core.exceptions import AzureError, ResourceNotFoundError
from click.shell_completion import CompletionItem

from openrooms._startup import BadSetting
from openrooms.cli.connection import Connection, completing
from openrooms.cli.event_types import short
from openrooms.cli.render import clean
from openrooms.visits import VisitParticipant

_SHORTEST_ROOM_ID = 16
_EVENT_ID = 36
_EVENT_ID_PART = re.compile("[0-9a-f-]+")
_MOST_ROOMS = 10_000
_MOST_EVENTS = 10_000
_MOST_LISTED = 10
_MOST_COMPLETED = 100
_COMPLETION_SECONDS = 2.0


class RoomId(click.ParamType[str]):
    """A room's ID, or its beginning if no other room's begins with it."""

    name = "room"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        def ids(connection: Connection) -> list[CompletionItem[str]]:
            with connection.rooms() as client:
                rooms = islice(client.list_rooms(timeout=_COMPLETION_SECONDS), _MOST_COMPLETED)
                return [
                    CompletionItem(room.id, help=f"until {room.valid_until:%Y-%m-%d %H:%M}Z")
                    for room in rooms
                    if room.id.startswith(incomplete)
                ]

        return _completed(ctx, ids)


class PersonName(click.ParamType[str]):
    """A participant of the command's room: a raw ID, the beginning of one or of its last part, or a name."""

    name = "person"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        def people(connection: Connection) -> list[CompletionItem[str]]:
            found = participants(connection, find_room(connection, str(ctx.params["room_id"])))
            # A shell splits words at colons, so the last part of a raw ID stands for all of it.
            return [
                CompletionItem(last_part(person), help=clean(person.display_name) or str(person.role))
                for person in found[:_MOST_COMPLETED]
                if last_part(person).startswith(incomplete)
            ]

        return _completed(ctx, people)


class SubscriptionId(click.ParamType[str]):
    """A subscription's ID, or its beginning if no other's begins with it."""

    name = "subscription"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        def ids(connection: Connection) -> list[CompletionItem[str]]:
            with connection.events() as client:
                found = client.list_subscriptions(timeout=_COMPLETION_SECONDS)
                return [CompletionItem(one.id, help=clean(one.url)) for one in found if one.id.startswith(incomplete)]

        return _completed(ctx, ids)


class EventId(click.ParamType[str]):
    """An event's ID, or its beginning if no other's begins with it."""

    name = "event"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        def ids(connection: Connection) -> list[CompletionItem[str]]:
            with connection.events() as client:
                newest = islice(client.list_events(newest_first=True, timeout=_COMPLETION_SECONDS), _MOST_COMPLETED)
                return [
                    CompletionItem(event.id, help=f"{short(event.type)} {event.time:%Y-%m-%d %H:%M:%S}Z")
                    for event in newest
                    if event.id.startswith(incomplete)
                ]

        return _completed(ctx, ids)


class DeadLetterId(click.ParamType[str]):
    """The ID of an event that the command's subscription has as a dead letter, or its beginning."""

    name = "event"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        def ids(connection: Connection) -> list[CompletionItem[str]]:
            subscription = find_subscription(connection, str(ctx.params["subscription"]))
            with connection.events() as client:
                letters = islice(client.list_dead_letters(subscription, timeout=_COMPLETION_SECONDS), _MOST_COMPLETED)
                return [
                    CompletionItem(one.event_id, help=clean(one.error))
                    for one in letters
                    if one.event_id.startswith(incomplete)
                ]

        return _completed(ctx, ids)


subscription_argument = click.argument("subscription", metavar="SUBSCRIPTION", type=SubscriptionId())
subscriptions_argument = click.argument(
    "subscriptions", metavar="SUBSCRIPTION...", type=SubscriptionId(), nargs=-1, required=True
)
subscription_option = click.option(
    "--subscription", metavar="SUBSCRIPTION", type=SubscriptionId(), help="Only to this one, even if it is disabled."
)
event_argument = click.argument("event_id", metavar="EVENT", type=EventId())
letters_argument = click.argument("event_ids", metavar="[EVENT]...", type=DeadLetterId(), nargs=-1)
room_argument = click.argument("room_id", metavar="ROOM", type=RoomId())
rooms_argument = click.argument("room_ids", metavar="ROOM...", type=RoomId(), nargs=-1, required=True)
person_argument = click.argument("person", type=PersonName())
people_argument = click.argument("people", metavar="PERSON...", type=PersonName(), nargs=-1, required=True)


def find_room(connection: Connection, text: str) -> str:
    """Return the ID of the only room whose ID begins with the text; raise `click.ClickException`.

    A text as long as an ID is returned as it is.
    """
    return find_rooms(connection, [text])[0]


def find_rooms(connection: Connection, texts: Sequence[str]) -> list[str]:
    """Return what `find_room` returns for each text; raise `click.ClickException` if one of them names no room."""
    return [
        _only(_rooms_that_begin(connection, text), f"room whose ID begins with {text}") if _is_beginning(text) else text
        for text in texts
    ]


def _rooms_that_begin(connection: Connection, text: str) -> list[str]:
    found: list[str] = []
    with connection.rooms() as client, connection.visits() as visits:
        if connection.is_azure:
            ids = (room.id for room in client.list_rooms())
        else:
            ids = (visit.id for visit in visits.list_visits(search=text))
        for number, room_id in enumerate(ids):
            if number == _MOST_ROOMS:
                raise click.ClickException(f"there are more than {_MOST_ROOMS} rooms, so name the room by its whole ID")
            found += [room_id] if room_id.startswith(text) else []
            if len(found) > _MOST_LISTED:
                break
    return found


def _is_beginning(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < _SHORTEST_ROOM_ID


def find_subscription(connection: Connection, text: str) -> str:
    """Return the ID of the only subscription whose ID begins with the text; raise `click.ClickException`."""
    return find_subscriptions(connection, [text])[0]


def find_subscriptions(connection: Connection, texts: Sequence[str]) -> list[str]:
    """Return what `find_subscription` returns for each text."""
    with connection.events() as client:
        ids = [one.id for one in client.list_subscriptions()]

    def found(text: str) -> str:
        begun = [text] if text in ids else [one for one in ids if one.startswith(text)]
        return _only(begun, f"subscription whose ID begins with {clean(text)}")

    return list(map(found, texts))


def find_event(connection: Connection, text: str) -> str:
    """Return the ID of the only event whose ID begins with the text; raise `click.ClickException`.

    Only the newest 10,000 events are looked at. A text that cannot be the beginning of an ID is returned as it is.
    """
    if len(text) >= _EVENT_ID or not _EVENT_ID_PART.fullmatch(text):
        return text
    with connection.events() as client:
        newest = islice(client.list_events(newest_first=True), _MOST_EVENTS)
        found = list(islice((event.id for event in newest if event.id.startswith(text)), _MOST_LISTED + 1))
    return _only(found, f"event among the newest {_MOST_EVENTS:,} whose ID begins with {clean(text)}")


def find_dead_letter(connection: Connection, subscription: str, text: str) -> str:
    """Return the ID of the only dead letter whose event's ID begins with the text; raise `click.ClickException`."""
    if len(text) == _EVENT_ID:
        return text
    with connection.events() as client:
        ids = (letter.event_id for letter in client.list_dead_letters(subscription))
        found = list(islice((one for one in ids if one.startswith(text)), _MOST_LISTED + 1))
    return _only(found, f"dead letter whose event ID begins with {clean(text)}")


def find_person(people: Iterable[VisitParticipant], text: str) -> str:
    """Return the raw ID of the participant that the text names; raise `click.ClickException`.

    A whole raw ID and a telephone number are returned as they are, because neither needs to be on the roster.
    """
    if text.startswith(("8:", "4:", "28:", "+")):
        return text
    wanted = text.casefold()
    named = [person for person in people if person.display_name.casefold() == wanted]
    found = named or [person for person in people if last_part(person).startswith(text)]
    raw_ids = [person.communication_identifier.raw_id for person in found]
    return _only(raw_ids, f"participant of the room with the name or ID {clean(text)}")


def participants(connection: Connection, room_id: str) -> Sequence[VisitParticipant]:
    """Return the room's participants with their names; without names from a service that keeps none."""
    try:
        with connection.visits() as visits:
            return list(visits.list_participants(room_id))
    except ResourceNotFoundError:
        # Either there is no such room, or the service has no names.
        with connection.rooms() as rooms:
            roster = list(rooms.list_participants(room_id))
    return [VisitParticipant(participant.communication_identifier, participant.role) for participant in roster]


def last_part(person: VisitParticipant) -> str:
    """Return the part of a raw ID that is the person's own."""
    return person.communication_identifier.raw_id.rpartition("_")[2]


def _only(found: Sequence[str], noun: str) -> str:
    if not found:
        raise click.ClickException(f"there is no {noun}")
    if len(found) > 1:
        listed = ", ".join(found[:_MOST_LISTED]) + (", ..." if len(found) > _MOST_LISTED else "")
        raise click.ClickException(f"there is more than one {noun}: {listed}")
    return found[0]


def _completed(
    ctx: click.Context, complete: Callable[[Connection], list[CompletionItem[str]]]
) -> list[CompletionItem[str]]:
    # A message would appear in the middle of the line that is typed.
    logging.disable()
    try:
        return complete(completing(ctx))
    except (AzureError, ValueError, click.ClickException, BadSetting):
        return []
    finally:
        logging.disable(logging.NOTSET)
