"""Continuation tokens: a position in a list, as text that survives every client's encoding of a query.

A token is base64url without padding (docs/evidence.md#lists). Its first byte names the list; a number and, for rooms,
a room id follow.
"""

import base64
import json
import re
import struct

import msgspec

from openrooms.domain.erasure import RecordKind
from openrooms.domain.errors import InvalidRequest, InvalidRoomId
from openrooms.domain.invitations import InvitationId
from openrooms.domain.listing import VisitKey
from openrooms.domain.moments import Moment
from openrooms.domain.rooms import parse_room_id
from openrooms.domain.roster import RawId
from openrooms.server.core.erasures import RecordPlace
from openrooms.server.core.ports import AuditKey, RefusalKey, RoomKey, RosterKey, StayKey

_ROOMS = b"r"
_VISITS = b"v"
_ROSTER = b"p"
_INVITATIONS = b"i"
_AUDIT = b"a"
_USERS = b"u"
_LETTERS = b"l"
_STAYS = b"s"
_REFUSALS = b"f"
_RECORDS = b"k"
_POSITION = struct.Struct(">cq")
_KEY = msgspec.json.Decoder(list[str | int])
_ALPHABET = re.compile("[A-Za-z0-9_-]{12,400}")


class InvalidContinuation(InvalidRequest):
    """The service did not make this continuation token."""

    message = "The continuation token is not valid; list again from the start."


def room_token(key: RoomKey) -> str:
    """Return the token of a position in the list of rooms."""
    return _encode(_ROOMS, key.created_at, key.id)


def parse_room_token(text: str) -> RoomKey:
    """Return the position in a token; raise `InvalidContinuation`."""
    created_at, room_id = _decode(_ROOMS, text)
    try:
        return RoomKey(Moment(created_at), parse_room_id(room_id))
    except InvalidRoomId as error:
        raise InvalidContinuation from error


def visit_token(key: VisitKey) -> str:
    """Return the token of a position in the list of visits."""
    return _encode(_VISITS, key.valid_from, key.id)


def parse_visit_token(text: str) -> VisitKey:
    """Return the position in a token; raise `InvalidContinuation`."""
    valid_from, room_id = _decode(_VISITS, text)
    try:
        return VisitKey(Moment(valid_from), parse_room_id(room_id))
    except InvalidRoomId as error:
        raise InvalidContinuation from error


def roster_token(key: RosterKey) -> str:
    """Return the token of a position on a roster."""
    return _encode(_ROSTER, key.position, "")


def parse_roster_token(text: str) -> RosterKey:
    """Return the position in a token; raise `InvalidContinuation`."""
    position, rest = _decode(_ROSTER, text)
    if rest:
        raise InvalidContinuation
    return RosterKey(position)


def invitation_token(key: InvitationId) -> str:
    """Return the token of a position in the list of invitations."""
    return _encode(_INVITATIONS, 0, key)


def parse_invitation_token(text: str) -> InvitationId:
    """Return the position in a token; raise `InvalidContinuation`."""
    _, key = _decode(_INVITATIONS, text)
    return InvitationId(key)


def user_token(raw_id: RawId) -> str:
    """Return the token of a position in the list of users."""
    return _encode(_USERS, 0, raw_id)


def parse_user_token(text: str) -> RawId:
    """Return the position in a token; raise `InvalidContinuation`."""
    _, raw_id = _decode(_USERS, text)
    return RawId(raw_id)


def audit_token(key: AuditKey) -> str:
    """Return the token of a position in the audit trail."""
    return _encode(_AUDIT, key.at, key.id)


def parse_audit_token(text: str) -> AuditKey:
    """Return the position in a token; raise `InvalidContinuation`."""
    at, event_id = _decode(_AUDIT, text)
    return AuditKey(Moment(at), event_id)


def letter_token(position: int) -> str:
    """Return the token of a position among the dead letters of a subscription."""
    return _encode(_LETTERS, position, "")


def parse_letter_token(text: str) -> int:
    """Return the position in a token; raise `InvalidContinuation`."""
    position, rest = _decode(_LETTERS, text)
    if rest:
        raise InvalidContinuation
    return position


def stay_token(key: StayKey) -> str:
    """Return the token of a position among stays."""
    return _encode(_STAYS, key.joined_at, f"{key.room_id}\n{key.id}")


def parse_stay_token(text: str) -> StayKey:
    """Return the position in a token; raise `InvalidContinuation`."""
    joined_at, rest = _decode(_STAYS, text)
    room_id, line, stay = rest.partition("\n")
    if not line:
        raise InvalidContinuation
    return StayKey(Moment(joined_at), stay, room_id)


def refusal_token(key: RefusalKey) -> str:
    """Return the token of a position among refusals."""
    return _encode(_REFUSALS, key.last_at, "\n".join((key.room_id, key.raw_id, key.rule, key.code)))


def parse_refusal_token(text: str) -> RefusalKey:
    """Return the position in a token; raise `InvalidContinuation`."""
    last_at, rest = _decode(_REFUSALS, text)
    try:
        room_id, raw_id, rule, code = rest.split("\n")
    except ValueError as error:
        raise InvalidContinuation from error
    return RefusalKey(Moment(last_at), room_id, raw_id, rule, code)


def record_token(place: RecordPlace) -> str:
    """Return the token of a position among the records about a person."""
    kind, key = place
    return _encode(_RECORDS, [*RecordKind].index(kind), json.dumps([] if key is None else key))


def parse_record_token(text: str) -> RecordPlace:
    """Return the position in a token; raise `InvalidContinuation`."""
    number, rest = _decode(_RECORDS, text)
    try:
        return [*RecordKind][number], tuple(_KEY.decode(rest)) or None
    except (IndexError, msgspec.MsgspecError) as error:
        raise InvalidContinuation from error


def _encode(kind: bytes, number: int, text: str) -> str:
    return base64.urlsafe_b64encode(_POSITION.pack(kind, number) + text.encode("ascii")).rstrip(b"=").decode("ascii")


def _decode(kind: bytes, token: str) -> tuple[int, str]:
    if _ALPHABET.fullmatch(token) is None or len(token) % 4 == 1:
        raise InvalidContinuation
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    token_kind, number = _POSITION.unpack_from(data)
    if token_kind != kind:
        raise InvalidContinuation
    return number, data[_POSITION.size :].decode("ascii", "replace")
