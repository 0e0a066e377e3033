"""Answers with one thing in them, as a program sees it.

They are read by the standard library, since msgspec takes longer to load than such an answer to get. A list is worth
it: `_lists.py`.
"""

import json
from datetime import UTC, datetime
from typing import Any, TypeVar

from openrooms.client._models import CommunicationRoom

T = TypeVar("T")

_decode = json.JSONDecoder().decode


def nothing(_: bytes) -> None:
    """Read an answer that says nothing beyond its status."""


def room(body: bytes) -> CommunicationRoom:
    """Read a room; raise `ValueError` if it is none."""
    answer = parsed(body)
    return CommunicationRoom(
        member(answer, "id", str),
        moment(member(answer, "createdAt", str)),
        moment(member(answer, "validFrom", str)),
        moment(member(answer, "validUntil", str)),
        # Rooms of api-version 2023-06-14 have none.
        "pstnDialOutEnabled" in answer and member(answer, "pstnDialOutEnabled", bool),
    )


def parsed(body: bytes) -> Any:
    """Return what a JSON text means; raise `ValueError` if it is none. (`json.loads` first guesses the encoding.)"""
    return _decode(body.decode())


def member(answer: Any, name: str, kind: type[T]) -> T:
    """Return what a JSON object has by a name; raise `ValueError` unless it has it, and of this kind."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if isinstance(value, kind):
        return value
    raise ValueError(f"it is no object with {name}, a {kind.__name__}")


def moment(text: str) -> datetime:
    """Return a time of the wire in UTC, cut to microseconds; raise `ValueError`."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is UTC:
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
