"""The request and the decoder of the answer for each method of the visits clients; no I/O."""

from collections.abc import Mapping
from typing import Any

import msgspec

from openrooms.client._calls import Call, Listed, encode
from openrooms.client._reading import moment
from openrooms.domain.roles import ROLES
from openrooms.domain.visits import StartsWith, WaitingRoom
from openrooms.identifiers import CommunicationIdentifier, identifier_from_raw_id
from openrooms.visits._models import Visit, VisitParticipant
from openrooms.wire import operations
from openrooms.wire.visits import VisitModel, VisitParticipantModel

Participant = CommunicationIdentifier | str
"""The types that name a participant; a text is a raw id."""

_WAITING_ROOMS: Mapping[str, WaitingRoom] = {option.value: option for option in WaitingRoom}
_STARTS: Mapping[str, StartsWith] = {option.value: option for option in StartsWith}
_decode_visit = msgspec.json.Decoder(VisitModel).decode


def get_visit(room_id: str) -> Call[Visit]:
    """Read a visit."""
    return Call(operations.GET_VISIT, _read_visit, {"room_id": room_id})


def list_participants(room_id: str) -> Call[Listed[VisitParticipant]]:
    """Read the first page of participants with their names."""
    return Call(operations.GET_VISIT, _read_participants, {"room_id": room_id})


def update_visit(
    room_id: str,
    title: str | None,
    waiting_room: WaitingRoom | str | None,
    starts_with: StartsWith | str | None,
    extend_by: int | None,
    names: Mapping[Any, str | None] | None,
) -> Call[Visit]:
    """Update the given options and names."""
    options = {"title": title, "waitingRoom": waiting_room, "startsWith": starts_with, "extendBy": extend_by}
    body: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if names:
        body["participants"] = {_raw_id(person): {"displayName": name} for person, name in names.items()}
    return Call(operations.UPDATE_VISIT, _read_visit, {"room_id": room_id}, encode(body))


def _raw_id(participant: Any) -> str:
    # Duck-typed, so that identifiers of the official packages are accepted too.
    raw_id: str = getattr(participant, "raw_id", participant)
    return raw_id


def _read_visit(body: bytes) -> Visit:
    visit = _decode_visit(body)
    return Visit(
        visit.id,
        visit.title,
        moment(visit.valid_from),
        moment(visit.valid_until),
        _WAITING_ROOMS.get(visit.waiting_room, visit.waiting_room),
        _STARTS.get(visit.starts_with, visit.starts_with),
        visit.extend_by,
        visit.extended,
        tuple(map(_participant, visit.participants)),
    )


def _read_participants(body: bytes) -> Listed[VisitParticipant]:
    visit = _decode_visit(body)
    return list(map(_participant, visit.participants)), visit.next_link or None


def _participant(model: VisitParticipantModel) -> VisitParticipant:
    return VisitParticipant(identifier_from_raw_id(model.raw_id), ROLES.get(model.role, model.role), model.display_name)
