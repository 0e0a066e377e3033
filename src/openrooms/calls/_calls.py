"""The request and the decoder of the answer for each method of the calls clients; no I/O."""

from collections.abc import Mapping
from typing import Any

import msgspec

from openrooms.calls._errors import CallRefusedError, MustWaitError
from openrooms.calls._models import (
    CallParticipant,
    CallWait,
    DialOut,
    JoinedCall,
    JoiningExplanation,
    JoiningRule,
    PersonAtDoor,
    RoomCall,
)
from openrooms.client._calls import Call, encode
from openrooms.client._reading import moment, nothing
from openrooms.domain.roles import ROLES, ParticipantRole
from openrooms.identifiers import CommunicationIdentifier, identifier_from_raw_id
from openrooms.wire import operations
from openrooms.wire.calls import AtDoorModel, CallModel, DialOutModel, JoinedModel, WhyModel
from openrooms.wire.waiting import WaitingModel

Participant = CommunicationIdentifier | str
"""The types that name a participant; a text is a raw id, or a telephone number in E.164 form."""

REFUSALS: Mapping[int, type[CallRefusedError]] = {401: CallRefusedError, 403: CallRefusedError}

_PHONE = "4:"
_OPERATOR = "operator"
_decode_joined = msgspec.json.Decoder(JoinedModel).decode
_decode_waiting = msgspec.json.Decoder(WaitingModel).decode
_decode_call = msgspec.json.Decoder(CallModel).decode
_decode_dial_out = msgspec.json.Decoder(DialOutModel).decode
_decode_why = msgspec.json.Decoder(WhyModel).decode


class _State(msgspec.Struct):
    """The part of an answer to joining that only somebody who has to wait is sent."""

    state: str = ""


_decode_state = msgspec.json.Decoder(_State).decode


def join_call(room_id: str, display_name: str) -> Call[JoinedCall | CallWait]:
    """Join a call."""
    body = encode({"displayName": display_name} if display_name else {})
    return Call(operations.JOIN_CALL, _read_joining, {"room_id": room_id}, body)


def joined(result: JoinedCall | CallWait) -> JoinedCall:
    """Return the result of joining; raise `MustWaitError` for somebody who has to wait."""
    if isinstance(result, CallWait):
        raise MustWaitError(result)
    return result


def get_call(room_id: str) -> Call[RoomCall]:
    """Read the participants of the call."""
    return Call(operations.GET_CALL, _read_call, {"room_id": room_id})


def mute_participant(room_id: str, participant: Participant) -> Call[None]:
    """Mute a participant."""
    return Call(operations.MUTE_PARTICIPANT, nothing, _participant_path(room_id, participant))


def remove_from_call(room_id: str, participant: Participant, keep_out: bool) -> Call[None]:
    """Remove a participant from the call."""
    body = encode({"keepOut": True}) if keep_out else b""
    return Call(operations.REMOVE_FROM_CALL, nothing, _participant_path(room_id, participant), body)


def end_call(room_id: str) -> Call[None]:
    """End the call for everyone."""
    return Call(operations.END_CALL, nothing, {"room_id": room_id})


def dial_out(room_id: str, phone_number: Participant) -> Call[DialOut]:
    """Dial a telephone number."""
    number = _raw_id(phone_number).removeprefix(_PHONE)
    return Call(operations.DIAL_OUT, _read_dial_out, {"room_id": room_id}, encode({"phoneNumber": number}))


def unmute_phone(room_id: str, phone: Participant) -> Call[None]:
    """Unmute a telephone."""
    return Call(operations.UNMUTE_PHONE, nothing, _participant_path(room_id, phone))


def send_dtmf(room_id: str, phone: Participant, digits: str) -> Call[None]:
    """Send digits to a telephone."""
    return Call(operations.SEND_DTMF, nothing, _participant_path(room_id, phone), encode({"digits": digits}))


def explain_joining(room_id: str, participant: Participant) -> Call[JoiningExplanation]:
    """Explain whether a participant may join."""
    return Call(operations.EXPLAIN_JOINING, _read_why, {"room_id": room_id, "rawId": _raw_id(participant)})


def _participant_path(room_id: str, participant: Any) -> dict[str, str]:
    return {"room_id": room_id, "participant": _raw_id(participant)}


def _raw_id(participant: Any) -> str:
    # Duck-typed, so that identifiers of the official packages are accepted too.
    raw_id: str = getattr(participant, "raw_id", participant)
    return f"{_PHONE}{raw_id}" if raw_id.startswith("+") else raw_id


def _read_joining(body: bytes) -> JoinedCall | CallWait:
    return _read_waiting(body) if _decode_state(body).state == "waiting" else _read_joined(body)


def _read_waiting(body: bytes) -> CallWait:
    waiting = _decode_waiting(body)
    return CallWait(
        waiting.room_id,
        identifier_from_raw_id(waiting.identity),
        _role(waiting.role),
        waiting.awaits,
        moment(waiting.since),
        moment(waiting.valid_until),
    )


def _read_joined(body: bytes) -> JoinedCall:
    joined = _decode_joined(body)
    return JoinedCall(
        joined.room_id,
        identifier_from_raw_id(joined.identity),
        _role(joined.role),
        frozenset(name for name, is_allowed in joined.capabilities.items() if is_allowed),
        moment(joined.valid_until),
        joined.media_url,
        joined.media_token,
    )


def _read_call(body: bytes) -> RoomCall:
    call = _decode_call(body)
    participants = [
        CallParticipant(
            identifier_from_raw_id(participant.communication_identifier.raw_id),
            _role(participant.role),
            participant.display_name,
            moment(participant.joined_at),
            participant.name_source,
        )
        for participant in call.participants
    ]
    return RoomCall(
        tuple(participants),
        tuple(map(_dial_out, call.dial_outs)),
        tuple(map(_at_door, call.waiting or ())),
        call.waiting_count or 0,
        tuple(map(_at_door, call.kept_out or ())),
    )


def _at_door(model: AtDoorModel) -> PersonAtDoor:
    identifier = identifier_from_raw_id(model.communication_identifier.raw_id)
    return PersonAtDoor(identifier, _role(model.role), model.display_name, moment(model.since))


def _read_dial_out(body: bytes) -> DialOut:
    return _dial_out(_decode_dial_out(body))


def _dial_out(model: DialOutModel) -> DialOut:
    return DialOut(
        model.id,
        model.phone_number,
        model.state,
        None if model.asked_by == _OPERATOR else identifier_from_raw_id(model.asked_by),
        moment(model.since),
        None if model.answered_at is None else moment(model.answered_at),
        model.outcome,
        model.sip_status,
    )


def _read_why(body: bytes) -> JoiningExplanation:
    explanation = _decode_why(body)
    rules = tuple(JoiningRule(rule.rule, rule.passed, rule.message, rule.sub_code) for rule in explanation.rules)
    role = None if explanation.role is None else _role(explanation.role)
    return JoiningExplanation(explanation.may_join, role, rules)


def _role(text: str) -> ParticipantRole | str:
    return ROLES.get(text, text)
