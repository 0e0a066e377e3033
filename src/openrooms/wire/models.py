"""The JSON shapes of requests to Rooms and Identity, and conversions to and from the domain.

The shapes of answers are in `answers`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec

from openrooms.domain.errors import MalformedRequest, Problem
from openrooms.domain.moments import Moment
from openrooms.domain.rooms import Room, RoomChange
from openrooms.domain.roster import Participant
from openrooms.wire.answers import Role
from openrooms.wire.dates import format_moment, parse_moment

Body = TypeVar("Body", bound=msgspec.Struct)


class RequestBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of a request; strict, so that `decoder` notices unknown names of fields and can compare without case."""


class ParticipantBody(RequestBody):
    """The value of a raw id in `participants`; null instead removes the participant."""

    role: Role | None = None


class RoomBody(RequestBody):
    """The body of create and update; a null field counts as absent."""

    valid_from: str | None = None
    valid_until: str | None = None
    pstn_dial_out_enabled: bool | None = None
    participants: dict[str, ParticipantBody | None] | None = None


class RosterBody(RequestBody):
    """The body of a change of participants."""

    participants: dict[str, ParticipantBody | None] | None = None


class UserBody(RequestBody):
    """The body of creating a user: scopes also ask for a token, and a custom id returns its user if there is one."""

    custom_id: str | None = None
    create_token_with_scopes: list[str] | None = None
    expires_in_minutes: int | None = None


class TokenBody(RequestBody):
    """The body of issuing a token."""

    scopes: list[str] | None = None
    expires_in_minutes: int | None = None


class TeamsExchangeBody(RequestBody):
    """The body of exchanging a Teams user's Entra token."""

    token: str | None = None
    app_id: str | None = None
    user_id: str | None = None

    def __repr__(self) -> str:
        return f"TeamsExchangeBody(app_id={self.app_id!r}, user_id={self.user_id!r})"


class TeamsAssignmentBody(RequestBody):
    """The body of keeping an assignment of Teams extension."""

    principal_type: str | None = None
    client_ids: list[str] | None = None


class AdoptionBody(RequestBody):
    """The body of adopting users."""

    raw_ids: list[str] = []


_UNREADABLE = (RecursionError, UnicodeDecodeError, msgspec.DecodeError)
_read_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def decoder(shape: type[Body]) -> Callable[[bytes], Body]:
    """Return a function that reads a body of this shape; it raises `MalformedRequest` that names the place.

    As in ASP.NET, the case of field names does not matter, and unknown fields are ignored: docs/evidence.md#bodies.
    """
    decode = msgspec.json.Decoder(shape).decode

    def read(body: bytes) -> Body:
        try:
            # msgspec skips unknown fields without checking their encoding.
            if not body.isascii():
                body.decode("utf-8")
            try:
                return decode(body)
            except msgspec.ValidationError:
                return decode(_fields(shape, body))
        except _UNREADABLE as error:
            raise _malformed(error) from error

    return read


def strict_decoder(shape: type[Body]) -> Callable[[bytes], Body]:
    """Return a function that reads a body of this shape, and refuses unknown fields, with the errors of `decoder`."""
    decode = msgspec.json.Decoder(shape).decode

    def read(body: bytes) -> Body:
        try:
            return decode(body)
        except _UNREADABLE as error:
            raise _malformed(error) from error

    return read


def room_change(body: RoomBody) -> RoomChange:
    """Return the requested change; raise `MalformedRequest` for a malformed date."""
    problems: list[Problem] = []
    valid_from = _moment("$.validFrom", body.valid_from, problems)
    valid_until = _moment("$.validUntil", body.valid_until, problems)
    if problems:
        raise MalformedRequest(*problems)
    return RoomChange(valid_from, valid_until, body.pstn_dial_out_enabled)


def named_roles(participants: Mapping[str, ParticipantBody | None] | None) -> dict[str, str | None]:
    """Return the role text of each raw id to put on the roster; `None` if the body has no role."""
    return {raw_id: body.role for raw_id, body in (participants or {}).items() if body is not None}


ROOM_FORM = 1
"""The version of the form that `render_room` returns. Raise it with each change: kept documents are rendered again."""


def render_room(room: Room) -> str:
    """Return the RoomModel as JSON, with the keys in Azure's order: docs/evidence.md#bodies."""
    return (
        f'{{"id":"{room.id}","createdAt":"{format_moment(room.created_at)}",'
        f'"validFrom":"{format_moment(room.valid_from)}","validUntil":"{format_moment(room.valid_until)}",'
        f'"pstnDialOutEnabled":{"true" if room.pstn_dial_out_enabled else "false"}}}'
    )


class _Identified(msgspec.Struct):
    id: str


_read_identified = msgspec.json.Decoder(_Identified).decode


def read_room_id(document: str) -> str:
    """Return the id of a rendered room."""
    return _read_identified(document).id


def without_pstn(room: str) -> str:
    """Return one or several rendered rooms in the form of api-version 2023-06-14: docs/evidence.md#api-versions."""
    return room.replace(',"pstnDialOutEnabled":false', "").replace(',"pstnDialOutEnabled":true', "")


def render_page(items: str, next_link: str | None) -> str:
    """Return a page of items that are already rendered and joined; `next_link` must not need escaping."""
    return f'{{"value":[{items}],"nextLink":"{next_link}"}}' if next_link else f'{{"value":[{items}]}}'


def render_participants(roster: Iterable[Participant]) -> str:
    """Return participants as JSON, joined by commas; raw ids and roles on a roster need no escaping."""
    return ",".join(f'{{"rawId":"{participant.raw_id}","role":"{participant.role}"}}' for participant in roster)


def _malformed(error: Exception) -> MalformedRequest:
    """Return the error for the client, which names the place."""
    match error:
        case RecursionError():
            problem = Problem("$", "The JSON is nested too deeply.")
        case UnicodeDecodeError():
            problem = Problem("$", f"The JSON is not UTF-8 at byte {error.start}.")
        case _:
            problem = _problem(error)
    return MalformedRequest(problem)


def _fields(shape: type[msgspec.Struct], value: bytes) -> bytes:
    """Return an object with only the shape's fields, in the shape's spelling; return any other value unchanged."""
    if not value.lstrip().startswith(b"{"):
        return value
    names = {field.encode_name.lower(): field.encode_name for field in msgspec.structs.fields(shape)}
    fields = {names.get(name.lower()): field for name, field in _read_object(value).items()}
    fields.pop(None, None)
    if "participants" in fields:
        fields["participants"] = msgspec.Raw(_participants(bytes(fields["participants"])))
    return msgspec.json.encode(fields)


def _participants(value: bytes) -> bytes:
    if not value.startswith(b"{"):
        return value
    participants = {raw_id: _fields(ParticipantBody, bytes(body)) for raw_id, body in _read_object(value).items()}
    return msgspec.json.encode({raw_id: msgspec.Raw(body) for raw_id, body in participants.items()})


def _moment(target: str, text: str | None, problems: list[Problem]) -> Moment | None:
    if text is None:
        return None
    try:
        return parse_moment(text)
    except ValueError as error:
        problems.append(Problem(target, str(error)))
        return None


def _problem(error: Exception) -> Problem:
    """Split msgspec's message, which ends with ` - at `$.path``."""
    text, _, path = str(error).rpartition(" - at `")
    return Problem(path.rstrip("`"), text) if text else Problem("$", str(error))
