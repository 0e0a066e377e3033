"""Decoders of pages: the items, and the URL of the next page."""

import msgspec

from openrooms.client._models import CommunicationRoom, RoomParticipant
from openrooms.client._reading import moment
from openrooms.wire.answers import ParticipantPage, RoomModel, RoomPage

_decode_rooms = msgspec.json.Decoder(RoomPage).decode
_decode_participants = msgspec.json.Decoder(ParticipantPage).decode


def rooms(body: bytes) -> tuple[list[CommunicationRoom], str | None]:
    """Decode a page of rooms; raise `ValueError` if the body is something else."""
    page = _decode_rooms(body)
    return [_room(model) for model in page.value], page.next_link


def participants(body: bytes) -> tuple[list[RoomParticipant], str | None]:
    """Decode a page of a roster; raise `ValueError` if the body is something else."""
    page = _decode_participants(body)
    return [RoomParticipant(model.raw_id, model.role) for model in page.value], page.next_link


def _room(model: RoomModel) -> CommunicationRoom:
    return CommunicationRoom(
        model.id,
        moment(model.created_at),
        moment(model.valid_from),
        moment(model.valid_until),
        model.pstn_dial_out_enabled,
    )
