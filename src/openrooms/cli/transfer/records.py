"""A room on its way from one service to another, and the files of rooms: a JSON object on each line."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from openrooms.wire.adoption import RoomAdoptionBody

Record = RoomAdoptionBody

_decode = msgspec.json.Decoder(RoomAdoptionBody).decode
_encode = msgspec.json.Encoder().encode


def read_records(file: BinaryIO, name: str) -> Iterator[Record]:
    """Return the rooms of a file; raise `click.ClickException` that names a bad line."""
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                yield _decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise click.ClickException(f"{name}, line {number} is not a room: {error}") from error


def record_line(record: Record) -> bytes:
    """Return the line of a room."""
    return _encode(record) + b"\n"


def open_to_append(path: Path) -> BinaryIO:
    """Open a file of lines, which only its owner may read, and remove an incomplete last line."""
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    content = file.read()
    file.truncate(content.rfind(b"\n") + 1)
    file.seek(0)
    return file


def append(file: BinaryIO, line: bytes) -> None:
    """Add a line that is on disk when this returns."""
    file.seek(0, os.SEEK_END)
    file.write(line)
    file.flush()
    os.fsync(file.fileno())
