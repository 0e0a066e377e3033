"""Decoders of answers with a single value.

They use the standard library, because importing msgspec takes longer than fetching such an answer. `_lists.py` decodes
lists with msgspec.
"""

import json
from datetime import UTC, datetime
from typing import Any, TypeVar

from openrooms.client._models import CommunicationRoom

T = TypeVar("T")

_decode = json.JSONDecoder().decode


def nothing(_: bytes) -> None:
    """Ignore the body of an answer that has no value."""


def room(body: bytes) -> CommunicationRoom:
    """Decode a room; raise `ValueError` if the body is something else."""
    answer = parsed(body)
    return CommunicationRoom(
        member(answer, "id", str),
        moment(member(answer, "createdAt", str)),
        moment(member(answer, "validFrom", str)),
        moment(member(answer, "validUntil", str)),
        # Rooms of api-version 2023-06-14 do not have this field.
        "pstnDialOutEnabled" in answer and member(answer, "pstnDialOutEnabled", bool),
    )


def parsed(body: bytes) -> Any:
    """Decode JSON in UTF-8; raise `ValueError`. (`json.loads` would first guess the encoding.)"""
    return _decode(body.decode())


def member(answer: Any, name: str, kind: type[T]) -> T:
    """Return a member of a JSON object; raise `ValueError` if it is missing or has another type."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if isinstance(value, kind):
        return value
    raise ValueError(f"it is not an object with {name}, a {kind.__name__}")


def moment(text: str) -> datetime:
    """Parse a time of the wire into UTC, truncated to microseconds; raise `ValueError`."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is UTC:
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
