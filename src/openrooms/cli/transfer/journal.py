"""The journal of a copy: what was carried, and under which new ID. A copy that was interrupted goes on from it."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import uuid4

import click
import msgspec

from openrooms.cli.transfer.records import append, open_to_append

# The service recognises a repeated request for a day.
_REPEATABLE = timedelta(hours=23)


class Header(msgspec.Struct, frozen=True, rename="camel", tag="copy"):
    """The first line: from where to where."""

    source: str
    target: str
    new_ids: bool


class Begun(msgspec.Struct, frozen=True, rename="camel", tag="begun"):
    """A room that is about to be created, with the ID by which the service recognises the request."""

    room: str
    request_id: str
    time: datetime


class CarriedRoom(msgspec.Struct, frozen=True, rename="camel", tag="room"):
    """A room that was carried, and its ID there."""

    room: str
    new_id: str


class CarriedUser(msgspec.Struct, frozen=True, rename="camel", tag="user"):
    """A user who was carried, and their raw ID there."""

    user: str
    new_id: str


Line = Header | Begun | CarriedRoom | CarriedUser

_decode = msgspec.json.Decoder(Line).decode
_encode = msgspec.json.Encoder().encode


class Journal:
    """The journal in a file. Threads may share it."""

    def __init__(self, path: Path, header: Header) -> None:
        """Open or begin the file; raise `click.ClickException` if it is that of another copy."""
        self._lock = threading.Lock()
        self.rooms: dict[str, str] = {}
        self.users: dict[str, str] = {}
        self._begun: dict[str, Begun] = {}
        try:
            self._file = open_to_append(path)
            lines = [_decode(line) for line in self._file]
        except (OSError, msgspec.MsgspecError) as error:
            raise click.ClickException(f"{path} cannot be used as a journal: {error}") from error
        if lines and lines[0] != header:
            first = lines[0]
            which = f", from {first.source} to {first.target}" if isinstance(first, Header) else ""
            raise click.ClickException(
                f"{path} is the journal of another copy{which}: name another file with --journal"
            )
        if not lines:
            self._add(header)
        for line in lines:
            self._note(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def begin(self, room: str) -> str:
        """Return the ID of the request that creates a room: the same as before the copy was interrupted.

        Raise `click.ClickException` if that was so long ago that the service may create a second room.
        """
        with self._lock:
            begun = self._begun.get(room)
            if begun is None:
                begun = Begun(room, str(uuid4()), datetime.now(UTC))
                self._add(begun)
            elif datetime.now(UTC) - begun.time > _REPEATABLE:
                raise click.ClickException(
                    f"its creation was begun at {begun.time:%Y-%m-%d %H:%M}Z and may have succeeded: look for it "
                    "in the other service, and remove its line from the journal"
                )
            return begun.request_id

    def carried_room(self, room: str, new_id: str) -> None:
        """Note that a room was carried."""
        with self._lock:
            self._add(CarriedRoom(room, new_id))

    def carried_user(self, user: str, new_id: str) -> None:
        """Note that a user was carried."""
        with self._lock:
            self._add(CarriedUser(user, new_id))

    def _add(self, line: Line) -> None:
        append(self._file, _encode(line) + b"\n")
        self._note(line)

    def _note(self, line: Line) -> None:
        match line:
            case Begun():
                self._begun[line.room] = line
            case CarriedRoom():
                self.rooms[line.room] = line.new_id
            case CarriedUser():
                self.users[line.user] = line.new_id
            case Header():
                pass
