"""What each method of the rooms clients sends, and what it makes of the answer; nothing here waits."""

import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID, uuid4

import msgspec

import openrooms
from openrooms.client._models import CommunicationRoom, RoomParticipant
from openrooms.domain.roster import ParticipantRole
from openrooms.identity.identifiers import CommunicationIdentifier
from openrooms.wire import operations
from openrooms.wire.models import ParticipantPage, RoomModel, RoomPage
from openrooms.wire.operations import Operation

T = TypeVar("T")
Somebody = RoomParticipant | CommunicationIdentifier | str
"""Whom a participant argument can name; without a role they are `Attendee`."""

encode = msgspec.json.Encoder().encode
_PACKAGE = openrooms.__path__[0]


class Call(NamedTuple, Generic[T]):
    """One call of an operation: values for its path, the body, headers of its own, and how to read the answer."""

    operation: Operation
    read: Callable[[bytes], T]
    values: Mapping[str, str] = {}
    body: bytes = b""
    headers: Mapping[str, str] = {}


class Listed(NamedTuple, Generic[T]):
    """What a page holds, and where the next one is."""

    items: list[T]
    next_link: str | None


def nothing(_: bytes) -> None:
    """Read an answer that says nothing beyond its status."""


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
        "Repeatability-First-Sent": formatdate(usegmt=True),
    }
    return Call(operations.CREATE_ROOM, _read_room, body=encode(body), headers=headers)


def update_room(
    room_id: str,
    valid_from: datetime | None,
    valid_until: datetime | None,
    pstn_dial_out_enabled: bool | None,
) -> Call[CommunicationRoom]:
    """Change what is given of a room."""
    body = _window(valid_from, valid_until, pstn_dial_out_enabled)
    return Call(operations.UPDATE_ROOM, _read_room, {"room_id": room_id}, encode(body))


def get_room(room_id: str) -> Call[CommunicationRoom]:
    """Read a room."""
    return Call(operations.GET_ROOM, _read_room, {"room_id": room_id})


def list_rooms() -> Call[Listed[CommunicationRoom]]:
    """Read the first page of rooms."""
    return Call(operations.LIST_ROOMS, _read_rooms)


def delete_room(room_id: str) -> Call[None]:
    """Delete a room."""
    return Call(operations.DELETE_ROOM, nothing, {"room_id": room_id})


def list_participants(room_id: str) -> Call[Listed[RoomParticipant]]:
    """Read the first page of a roster."""
    return Call(operations.LIST_PARTICIPANTS, _read_participants, {"room_id": room_id})


def add_or_update_participants(room_id: str, participants: Iterable[Somebody]) -> Call[None]:
    """Put participants on a roster."""
    body = encode({"participants": _roster(participants)})
    return Call(operations.ADD_OR_UPDATE_PARTICIPANTS, nothing, {"room_id": room_id}, body)


def remove_participants(room_id: str, participants: Iterable[Somebody]) -> Call[None]:
    """Take participants off a roster."""
    body = encode({"participants": dict.fromkeys(_roster(participants))})
    return Call(operations.REMOVE_PARTICIPANTS, nothing, {"room_id": room_id}, body)


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
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
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


_decode_room = msgspec.json.Decoder(RoomModel).decode
_decode_rooms = msgspec.json.Decoder(RoomPage).decode
_decode_participants = msgspec.json.Decoder(ParticipantPage).decode


def _read_room(body: bytes) -> CommunicationRoom:
    return _room(_decode_room(body))


def _read_rooms(body: bytes) -> Listed[CommunicationRoom]:
    page = _decode_rooms(body)
    return Listed([_room(model) for model in page.value], page.next_link)


def _read_participants(body: bytes) -> Listed[RoomParticipant]:
    page = _decode_participants(body)
    return Listed([RoomParticipant(model.raw_id, model.role) for model in page.value], page.next_link)


def _room(model: RoomModel) -> CommunicationRoom:
    return CommunicationRoom(
        model.id,
        moment(model.created_at),
        moment(model.valid_from),
        moment(model.valid_until),
        model.pstn_dial_out_enabled,
    )


def moment(text: str) -> datetime:
    """Return a time of the wire in UTC, cut to microseconds; raise `ValueError`."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is UTC:
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
