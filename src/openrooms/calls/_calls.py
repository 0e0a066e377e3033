"""What each method of the calls clients sends, and what it makes of the answer; nothing here waits."""

from collections.abc import Mapping
from typing import Any

import msgspec

from openrooms.calls._errors import CallRefusedError
from openrooms.calls._models import CallParticipant, JoinedCall, JoiningExplanation, JoiningRule, RoomCall
from openrooms.client._calls import Call, encode
from openrooms.client._reading import moment, nothing
from openrooms.domain.roles import ROLES, ParticipantRole
from openrooms.identifiers import CommunicationIdentifier, identifier_from_raw_id
from openrooms.wire import operations
from openrooms.wire.calls import CallModel, JoinedModel, WhyModel

Participant = CommunicationIdentifier | str
"""Whom a method can name."""

REFUSALS: Mapping[int, type[CallRefusedError]] = {401: CallRefusedError, 403: CallRefusedError}

_decode_joined = msgspec.json.Decoder(JoinedModel).decode
_decode_call = msgspec.json.Decoder(CallModel).decode
_decode_why = msgspec.json.Decoder(WhyModel).decode


def join_call(room_id: str, display_name: str) -> Call[JoinedCall]:
    """Ask to be let in."""
    body = encode({"displayName": display_name} if display_name else {})
    return Call(operations.JOIN_CALL, _read_joined, {"room_id": room_id}, body)


def get_call(room_id: str) -> Call[RoomCall]:
    """Read who is in the call."""
    return Call(operations.GET_CALL, _read_call, {"room_id": room_id})


def mute_participant(room_id: str, participant: Participant) -> Call[None]:
    """Mute somebody."""
    return Call(operations.MUTE_PARTICIPANT, nothing, _named(room_id, participant))


def remove_from_call(room_id: str, participant: Participant) -> Call[None]:
    """Put somebody out."""
    return Call(operations.REMOVE_FROM_CALL, nothing, _named(room_id, participant))


def end_call(room_id: str) -> Call[None]:
    """End the call for everybody."""
    return Call(operations.END_CALL, nothing, {"room_id": room_id})


def dial_out(room_id: str, phone_number: str) -> Call[None]:
    """Call a telephone."""
    return Call(operations.DIAL_OUT, nothing, {"room_id": room_id}, encode({"phoneNumber": phone_number}))


def explain_joining(room_id: str, participant: Participant) -> Call[JoiningExplanation]:
    """Ask each rule."""
    return Call(operations.EXPLAIN_JOINING, _read_why, {"room_id": room_id, "rawId": _raw_id(participant)})


def _named(room_id: str, participant: Any) -> dict[str, str]:
    return {"room_id": room_id, "participant": _raw_id(participant)}


def _raw_id(participant: Any) -> str:
    # By what it has, so that identifiers of the official packages are taken too.
    raw_id: str = getattr(participant, "raw_id", participant)
    return raw_id


def _read_joined(body: bytes) -> JoinedCall:
    told = _decode_joined(body)
    return JoinedCall(
        told.room_id,
        identifier_from_raw_id(told.identity),
        _role(told.role),
        frozenset(name for name, able in told.capabilities.items() if able),
        moment(told.valid_until),
        told.media_url,
        told.media_token,
    )


def _read_call(body: bytes) -> RoomCall:
    return RoomCall(
        tuple(
            CallParticipant(
                identifier_from_raw_id(one.communication_identifier.raw_id),
                _role(one.role),
                one.display_name,
                moment(one.joined_at),
            )
            for one in _decode_call(body).participants
        )
    )


def _read_why(body: bytes) -> JoiningExplanation:
    told = _decode_why(body)
    rules = tuple(JoiningRule(one.rule, one.passed, one.message, one.sub_code) for one in told.rules)
    return JoiningExplanation(told.may_join, None if told.role is None else _role(told.role), rules)


def _role(text: str) -> ParticipantRole | str:
    return ROLES.get(text, text)
