"""The request and the reader of the answer for each method of the rooms clients; no I/O."""

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
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
ParticipantLike = RoomParticipant | CommunicationIdentifier | str
"""The types that a participant argument accepts; one without a role means `Attendee`."""

_PACKAGE = "openrooms."
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


Listed = tuple[list[T], str | None]
"""The items of a page and the URL of the next page (`None` after the last page)."""


class Call(Generic[T]):
    """One call of an operation: the values for its path, the body, additional headers and the decoder of the answer."""

    __slots__ = ("body", "headers", "operation", "read", "values")

    def __init__(
        self,
        operation: Operation,
        read: Callable[[bytes], T],
        values: Mapping[str, str | Sequence[str]] = {},
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
    participants: Iterable[ParticipantLike] | None,
    request_id: UUID | str | None,
) -> Call[CommunicationRoom]:
    """Create a room; the repeatability id and date make the call safe to repeat."""
    body = window(valid_from, valid_until, pstn_dial_out_enabled)
    roster = {} if participants is None else _roster(participants)
    if roster:
        body["participants"] = roster
    return Call(operations.CREATE_ROOM, reading.room, body=encode(body), headers=repeatable(request_id))


def repeatable(request_id: UUID | str | None) -> dict[str, str]:
    """Return the headers that make a request safe to repeat; raise `TypeError` or `ValueError` for a bad id."""
    return {
        "Repeatability-Request-ID": str(uuid4() if request_id is None else _uuid(request_id)),
        "Repeatability-First-Sent": http_date(int(time.time())),
    }


def update_room(
    room_id: str,
    valid_from: datetime | None,
    valid_until: datetime | None,
    pstn_dial_out_enabled: bool | None,
) -> Call[CommunicationRoom]:
    """Update the given fields of a room."""
    body = window(valid_from, valid_until, pstn_dial_out_enabled)
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


def add_or_update_participants(room_id: str, participants: Iterable[ParticipantLike]) -> Call[None]:
    """Add participants to a roster, or change their roles."""
    body = encode({"participants": _roster(participants)})
    return Call(operations.ADD_OR_UPDATE_PARTICIPANTS, reading.nothing, {"room_id": room_id}, body)


def remove_participants(room_id: str, participants: Iterable[ParticipantLike]) -> Call[None]:
    """Remove participants from a roster."""
    body = encode({"participants": dict.fromkeys(_roster(participants))})
    return Call(operations.REMOVE_PARTICIPANTS, reading.nothing, {"room_id": room_id}, body)


def window(
    valid_from: datetime | None, valid_until: datetime | None, pstn_dial_out_enabled: bool | None
) -> dict[str, Any]:
    """Return those of a room's fields that are given; raise `TypeError` or `ValueError`."""
    body: dict[str, Any] = {}
    if valid_from is not None:
        body["validFrom"] = moment_text("valid_from", valid_from)
    if valid_until is not None:
        body["validUntil"] = moment_text("valid_until", valid_until)
    if pstn_dial_out_enabled is not None:
        if not isinstance(pstn_dial_out_enabled, bool):
            raise TypeError(f"pstn_dial_out_enabled must be a bool, not {type(pstn_dial_out_enabled).__name__}")
        body["pstnDialOutEnabled"] = pstn_dial_out_enabled
    return body


def moment_text(name: str, value: datetime) -> str:
    """Return the time as it is sent; `name` is the argument's, for errors and the warning of a time without a zone."""
    if not isinstance(value, datetime):
        raise TypeError(f"{name} must be a datetime, not {type(value).__name__}")
    if value.utcoffset() is None:
        warnings.warn(
            f"{name} has no time zone and is taken as UTC; pass an aware datetime, e.g. datetime.now(UTC)",
            UserWarning,
            stacklevel=_caller_level(),
        )
        value = value.replace(tzinfo=UTC)
    try:
        value = value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(
            f"{name} cannot be converted to UTC, because it is too close to the first or last year: {value}"
        ) from error
    return f"{value.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _caller_level() -> int:
    """Return the stack level of the code that called this package, for `warnings.warn` in `moment_text`."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level


def _roster(participants: Iterable[ParticipantLike]) -> dict[str, dict[str, str]]:
    if isinstance(participants, Mapping):
        # Iterating over it would silently leave out the roles.
        raise TypeError(
            "participants must be a list, not a mapping; for raw ids and roles that is "
            "[RoomParticipant(raw_id, role) for raw_id, role in participants.items()]"
        )
    if isinstance(participants, str | RoomParticipant) or not isinstance(participants, Iterable):
        raise TypeError(
            "participants must be a list (or another iterable) of RoomParticipant, identifiers or raw ids, "
            f"not {type(participants).__name__}"
        )
    roster: dict[str, dict[str, str]] = {}
    for participant in participants:
        raw_id, role = _raw_id_and_role(participant)
        if raw_id in roster:
            raise ValueError(f"participants names {raw_id} twice")
        roster[raw_id] = {"role": role}
    return roster


def _raw_id_and_role(participant: Any) -> tuple[str, str]:
    # Duck-typed, so that models of the official packages are accepted too.
    identifier = getattr(participant, "communication_identifier", participant)
    raw_id = identifier if isinstance(identifier, str) else getattr(identifier, "raw_id", None)
    if not isinstance(raw_id, str):
        raise TypeError(
            "participants must be RoomParticipant, identifiers or raw ids, "
            f"not {type(participant).__name__}; for a user that is RoomParticipant(CommunicationUserIdentifier(id))"
        )
    if not raw_id:
        raise ValueError("participants has an entry whose raw id is empty")
    role = getattr(participant, "role", None) or ParticipantRole.ATTENDEE
    return raw_id, str(getattr(role, "value", role))


def _uuid(request_id: UUID | str) -> UUID:
    if isinstance(request_id, UUID):
        return request_id
    if not isinstance(request_id, str):
        raise TypeError(f"request_id must be a UUID, not {type(request_id).__name__}")
    try:
        return UUID(request_id)
    except ValueError as error:
        raise ValueError("request_id must be a UUID; use uuid.uuid5 to derive one from a name") from error


def _read_rooms(body: bytes) -> Listed[CommunicationRoom]:
    from openrooms.client import _lists

    return _lists.rooms(body)


def _read_participants(body: bytes) -> Listed[RoomParticipant]:
    from openrooms.client import _lists

    return _lists.participants(body)
