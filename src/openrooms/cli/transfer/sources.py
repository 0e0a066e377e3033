"""Where rooms come from: a service, or a file."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import click
from azure.core.exceptions import ResourceNotFoundError

from openrooms import CommunicationRoom
from openrooms.cli.connection import Connection
from openrooms.cli.transfer.records import Record, read_records
from openrooms.domain.roster import is_acs_user
from openrooms.visits import VisitParticipant
from openrooms.wire.adoption import AdoptedPersonBody
from openrooms.wire.dates import format_datetime

_FIRST_PAGE = 500


class Found(NamedTuple):
    """A room that a source has. `load` returns all of it, or `None` if it was deleted meanwhile."""

    id: str
    load: Callable[[], Record | None]


class Source(Protocol):
    """Where rooms come from."""

    name: str
    lost: list[tuple[str, str]]
    """Parts of rooms that no other service takes: the room's ID, and which part."""

    def rooms(self) -> Iterator[Found]:
        """Return every room."""


class FileSource:
    """A file of rooms; `-` is standard input."""

    def __init__(self, path: str) -> None:
        self.name = path
        self.lost: list[tuple[str, str]] = []

    def rooms(self) -> Iterator[Found]:
        """Return the rooms of the file; raise `click.ClickException`."""
        try:
            with self._open() as file:
                for record in read_records(file, self.name):
                    yield Found(record.id, lambda record=record: record)  # type: ignore[misc]
        except OSError as error:
            raise click.ClickException(f"{self.name} cannot be read: {error.strerror}") from error

    def _open(self) -> AbstractContextManager[BinaryIO]:
        return nullcontext(sys.stdin.buffer) if self.name == "-" else Path(self.name).open("rb")


class ServiceSource:
    """Azure's service, or another openrooms, which also has titles, options and names."""

    def __init__(self, connection: Connection) -> None:
        self.name = connection.endpoint
        self.lost: list[tuple[str, str]] = []
        self._is_azure = connection.is_azure
        self._rooms, self._visits = connection.rooms(), connection.visits()

    def rooms(self) -> Iterator[Found]:
        """Return the rooms of the service, the newest first."""
        for room in self._rooms.list_rooms():
            yield Found(room.id, lambda room=room: self._load(room))  # type: ignore[misc]

    def _load(self, room: CommunicationRoom) -> Record | None:
        try:
            return self._plain(room) if self._is_azure else self._visit(room)
        except ResourceNotFoundError:
            return None

    def _plain(self, room: CommunicationRoom) -> Record:
        roster = self._rooms.list_participants(room.id)
        people = [VisitParticipant(participant.communication_identifier, participant.role) for participant in roster]
        return self._record(room, people)

    def _visit(self, room: CommunicationRoom) -> Record:
        visit = self._visits.get_visit(room.id)
        people = list(visit.participants)
        if len(people) >= _FIRST_PAGE:
            people = list(self._visits.list_participants(room.id))
        record = self._record(room, people)
        record.title = visit.title
        record.waiting_room = visit.waiting_room  # type: ignore[assignment]
        record.starts_with = visit.starts_with  # type: ignore[assignment]
        record.extend_by = max(0, visit.extend_by - visit.extended)
        return record

    def _record(self, room: CommunicationRoom, people: list[VisitParticipant]) -> Record:
        kept = []
        for person in people:
            raw_id = person.communication_identifier.raw_id
            if is_acs_user(raw_id):
                kept.append(AdoptedPersonBody(raw_id, str(person.role), person.display_name))
            else:
                self.lost.append((room.id, f"participant {raw_id} is not a user"))
        return Record(
            room.id,
            format_datetime(room.created_at),
            format_datetime(room.valid_from),
            format_datetime(room.valid_until),
            room.pstn_dial_out_enabled,
            participants=kept,
        )
