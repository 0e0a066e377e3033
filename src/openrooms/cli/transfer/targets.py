"""Where rooms go: a service that keeps their IDs, one that gives them new IDs, or a file."""

import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import click
from azure.core.exceptions import HttpResponseError, ServiceResponseError

from openrooms import RoomParticipant
from openrooms.cli.connection import Connection
from openrooms.cli.transfer.journal import Journal
from openrooms.cli.transfer.records import Record, append, open_to_append, read_records, record_line
from openrooms.domain.roles import ROLES
from openrooms.domain.visits import StartsWith, WaitingRoom
from openrooms.identifiers import CommunicationIdentifier, identifier_from_raw_id
from openrooms.visits import VisitParticipant
from openrooms.wire.dates import parse_datetime

_SERVER_ERRORS = 500
_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
_PLAIN = {"title": "", "waiting_room": WaitingRoom.OFF, "starts_with": StartsWith.ANYONE, "extend_by": 0}


class Target(Protocol):
    """Where rooms go. Threads may share it."""

    name: str

    def has(self, room: str) -> bool:
        """Return whether an earlier run carried the room."""

    def refusal(self, record: Record) -> str | None:
        """Return why the room cannot be carried, if that is known beforehand."""

    def losses(self, record: Record) -> list[str]:
        """Return the parts of the room that cannot be carried."""

    def put(self, record: Record) -> bool:
        """Carry the room; return whether it was not there before. Doing it again changes nothing."""


class FileTarget:
    """A file of rooms; `-` is standard output."""

    def __init__(self, path: str) -> None:
        self.name = path
        self._lock = threading.Lock()
        self._rooms: set[str] = set()
        if path != "-":
            try:
                self._file = open_to_append(Path(path))
            except OSError as error:
                raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error
            self._rooms.update(record.id for record in read_records(self._file, path))

    def has(self, room: str) -> bool:
        return room in self._rooms

    def refusal(self, record: Record) -> str | None:
        return None

    def losses(self, record: Record) -> list[str]:
        return []

    def put(self, record: Record) -> bool:
        with self._lock:
            if self.name == "-":
                sys.stdout.buffer.write(record_line(record))
            else:
                append(self._file, record_line(record))
        return True


class AdoptingTarget:
    """An openrooms, which keeps the IDs of rooms and users."""

    def __init__(self, connection: Connection, journal: Journal | None) -> None:
        self.name = connection.endpoint
        self._journal = journal
        self._visits = connection.visits()

    def has(self, room: str) -> bool:
        return self._journal is not None and room in self._journal.rooms

    def refusal(self, record: Record) -> str | None:
        return None

    def losses(self, record: Record) -> list[str]:
        return []

    def put(self, record: Record) -> bool:
        is_new = self._visits.adopt_room(
            record.id,
            created_at=parse_datetime(record.created_at),
            valid_from=parse_datetime(record.valid_from),
            valid_until=parse_datetime(record.valid_until),
            participants=[
                VisitParticipant(identifier_from_raw_id(person.raw_id), person.role or "", person.display_name)
                for person in record.participants
            ],
            pstn_dial_out_enabled=record.pstn_dial_out_enabled,
            title=record.title,
            waiting_room=record.waiting_room,
            starts_with=record.starts_with,
            extend_by=record.extend_by,
        )
        if self._journal is not None:
            self._journal.carried_room(record.id, record.id)
        return is_new


class CreatingTarget:
    """Azure's service, or an openrooms, with new IDs; the journal has the new ID of each room and user."""

    def __init__(self, connection: Connection, journal: Journal | None) -> None:
        self.name = connection.endpoint
        self._journal = journal
        self._has_visits = not connection.is_azure
        self._rooms, self._visits = connection.rooms(), connection.visits()
        self._identities = connection.identities()
        self._users = threading.Lock()

    def has(self, room: str) -> bool:
        return self._journal is not None and room in self._journal.rooms

    def refusal(self, record: Record) -> str | None:
        ended = parse_datetime(record.valid_until) <= datetime.now(UTC)
        return "it has ended, and a new room must end in the future" if ended else None

    def losses(self, record: Record) -> list[str]:
        return [] if self._has_visits or not _visit_options(record) else ["title, options and names"]

    def put(self, record: Record) -> bool:
        journal = self._needed_journal()
        users = {person.raw_id: self._user(journal, person.raw_id) for person in record.participants}
        made = self._rooms.create_room(
            valid_from=parse_datetime(record.valid_from),
            valid_until=parse_datetime(record.valid_until),
            pstn_dial_out_enabled=record.pstn_dial_out_enabled,
            participants=[
                RoomParticipant(users[person.raw_id], ROLES[person.role or "Attendee"])
                for person in record.participants
            ],
            request_id=journal.begin(record.id),
        )
        options = _visit_options(record)
        if self._has_visits and options:
            names: dict[CommunicationIdentifier | str, str | None]
            names = {users[raw_id]: name for raw_id, name in options.pop("names").items()}
            self._visits.update_visit(made.id, names=names, **options)
        journal.carried_room(record.id, made.id)
        return True

    def _user(self, journal: Journal, raw_id: str) -> str:
        # One at a time, so that a user of several rooms is created once.
        with self._users:
            if raw_id not in journal.users:
                journal.carried_user(raw_id, self._new_user())
            return journal.users[raw_id]

    def _new_user(self) -> str:
        # The client does not repeat this request, because the service may have created the user although it did not
        # answer. Nothing refers to such a user, so here it may be repeated.
        for pause in _PAUSES:
            try:
                return self._identities.create_user().raw_id
            except (ServiceResponseError, HttpResponseError) as error:
                if isinstance(error, HttpResponseError) and (error.status_code or 0) < _SERVER_ERRORS:
                    raise
                time.sleep(pause)
        return self._identities.create_user().raw_id

    def _needed_journal(self) -> Journal:
        if self._journal is None:
            raise TypeError("a copy with new IDs needs a journal")
        return self._journal


def _visit_options(record: Record) -> dict[str, Any]:
    """Return what Azure's rooms do not have; nothing if the room does not have it either."""
    options = {
        "title": record.title,
        "waiting_room": record.waiting_room,
        "starts_with": record.starts_with,
        "extend_by": record.extend_by,
    }
    names = {person.raw_id: person.display_name for person in record.participants if person.display_name}
    return {**options, "names": names} if names or options != _PLAIN else {}
