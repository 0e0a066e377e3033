"""What each method of the rooms clients sends, and what it makes of the answer; nothing here waits."""

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from openrooms.client import _reading as reading
from openrooms.client._http1 import http_date
from openrooms.client._models import CommunicationRoom, RoomParticipant
from openrooms.domain.roles import ParticipantRole
from openrooms.identifiers import CommunicationIdentifier
from openrooms.wire import operations
from openrooms.wire.operations import Operation

T = TypeVar("T")
Somebody = RoomParticipant | CommunicationIdentifier | str
"""Whom a participant argument can name; without a role they are `Attendee`."""

_PACKAGE = "openrooms."
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


Listed = tuple[list[T], str | None]
"""What a page holds, and where the next one is."""


class Call(Generic[T]):
    """One call of an operation: values for its path, the body, headers of its own, and how to read the answer."""

    __slots__ = ("body", "headers", "operation", "read", "values")

    def __init__(
        self,
        operation: Operation,
        read: Callable[[bytes], T],
        values: Mapping[str, str] = {},
        body: bytes = b"",
        headers: Mapping[str, str] = {},
    ) -> None:
        self.operation = operation
        self.read = read
        self.values = values
        self.body = body
        self.headers = headers


def encode(body: Mapping[str, Any]) -> bytes:
    """Return the JSON of a body."""
    return _encode(body).encode()


def create_room(
    valid_from: datetime | None,
    valid_until: datetime | None,
    pstn_dial_out_enabled: bool | None,
    participants: Iterable[Somebody] | None,
    request_id: UUID | str | None,
) -> Call[CommunicationRoom]:
    """Create a room; the id and the date make it safe to repeat."""
    body = _window(valid_from, valid_until, pstn_dial_out_enabled)
    roster = {} if participants is None else _roster(participants)
    if roster:
        body["participants"] = roster
    headers = {
        "Repeatability-Request-ID": str(uuid4() if request_id is None else _uuid(request_id)),
        "Repeatability-First-Sent": http_date(int(time.time())),
    }
    return Call(operations.CREATE_ROOM, reading.room, body=encode(body), headers=headers)


def update_room(
    room_id: str,
    valid_from: datetime | None,
    valid_until: datetime | None,
    pstn_dial_out_enabled: bool | None,
) -> Call[CommunicationRoom]:
    """Change what is given of a room."""
    body = _window(valid_from, valid_until, pstn_dial_out_enabled)
    return Call(operations.UPDATE_ROOM, reading.room, {"room_id": room_id}, encode(body))


def get_room(room_id: str) -> Call[CommunicationRoom]:
    """Read a room."""
    return Call(operations.GET_ROOM, reading.room, {"room_id": room_id})


def list_rooms() -> Call[Listed[CommunicationRoom]]:
    """Read the first page of rooms."""
    return Call(operations.LIST_ROOMS, _read_rooms)


def delete_room(room_id: str) -> Call[None]:
    """Delete a room."""
    return Call(operations.DELETE_ROOM, reading.nothing, {"room_id": room_id})


def list_participants(room_id: str) -> Call[Listed[RoomParticipant]]:
    """Read the first page of a roster."""
    return Call(operations.LIST_PARTICIPANTS, _read_participants, {"room_id": room_id})


def add_or_update_participants(room_id: str, participants: Iterable[Somebody]) -> Call[None]:
    """Put participants on a roster."""
    body = encode({"participants": _roster(participants)})
    return Call(operations.ADD_OR_UPDATE_PARTICIPANTS, reading.nothing, {"room_id": room_id}, body)


def remove_participants(room_id: str, participants: Iterable[Somebody]) -> Call[None]:
    """Take participants off a roster."""
    body = encode({"participants": dict.fromkeys(_roster(participants))})
    return Call(operations.REMOVE_PARTICIPANTS, reading.nothing, {"room_id": room_id}, body)


def _window(
    valid_from: datetime | None, valid_until: datetime | None, pstn_dial_out_enabled: bool | None
) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if valid_from is not None:
        body["validFrom"] = _moment("valid_from", valid_from)
    if valid_until is not None:
        body["validUntil"] = _moment("valid_until", valid_until)
    if pstn_dial_out_enabled is not None:
        if not isinstance(pstn_dial_out_enabled, bool):
            raise TypeError(f"pstn_dial_out_enabled must be a bool, not {type(pstn_dial_out_enabled).__name__}")
        body["pstnDialOutEnabled"] = pstn_dial_out_enabled
    return body


def _moment(name: str, value: datetime) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{name} must be a datetime, not {type(value).__name__}")
    if value.utcoffset() is None:
        warnings.warn(
            f"{name} has no time zone and is taken as UTC; say which it is, e.g. datetime.now(UTC)",
            UserWarning,
            stacklevel=_caller_level(),
        )
        value = value.replace(tzinfo=UTC)
    try:
        value = value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{name} is too near to the first or last year for a time in UTC: {value}") from error
    return f"{value.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _caller_level() -> int:
    """Return the stack level, for `warnings.warn` in `_moment`, of whoever called this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level


def _roster(participants: Iterable[Somebody]) -> dict[str, dict[str, str]]:
    if isinstance(participants, str | RoomParticipant) or not isinstance(participants, Iterable):
        raise TypeError(
            "participants must be a list (or another iterable) of RoomParticipant, identifiers or raw ids, "
            f"not {type(participants).__name__}"
        )
    roster: dict[str, dict[str, str]] = {}
    for somebody in participants:
        raw_id, role = _named(somebody)
        if raw_id in roster:
            raise ValueError(f"participants names {raw_id} twice")
        roster[raw_id] = {"role": role}
    return roster


def _named(somebody: Any) -> tuple[str, str]:
    # By what they have, so that models of the official packages are taken too.
    identifier = getattr(somebody, "communication_identifier", somebody)
    raw_id = identifier if isinstance(identifier, str) else getattr(identifier, "raw_id", None)
    if not isinstance(raw_id, str):
        raise TypeError(
            "participants must be RoomParticipant, identifiers or raw ids, "
            f"not {type(somebody).__name__}; for a user that is RoomParticipant(CommunicationUserIdentifier(id))"
        )
    if not raw_id:
        raise ValueError("participants has somebody whose raw id is empty")
    role = getattr(somebody, "role", None) or ParticipantRole.ATTENDEE
    return raw_id, str(getattr(role, "value", role))


def _uuid(given: UUID | str) -> UUID:
    if isinstance(given, UUID):
        return given
    if not isinstance(given, str):
        raise TypeError(f"request_id must be a UUID, not {type(given).__name__}")
    try:
        return UUID(given)
    except ValueError as error:
        raise ValueError("request_id must be a UUID; make one of a name of yours with uuid.uuid5") from error


def _read_rooms(body: bytes) -> Listed[CommunicationRoom]:
    from openrooms.client import _lists

    return _lists.rooms(body)


def _read_participants(body: bytes) -> Listed[RoomParticipant]:
    from openrooms.client import _lists

    return _lists.participants(body)
