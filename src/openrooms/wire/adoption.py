"""The JSON shapes of adopting a room that another service made."""

import msgspec

from openrooms.domain import adoption, visits
from openrooms.domain.errors import MalformedRequest, Problem
from openrooms.domain.moments import Moment
from openrooms.domain.rooms import Room, parse_room_id
from openrooms.domain.roster import Participant, parse_roles
from openrooms.domain.visits import NO_OPTIONS, StartsWith, WaitingRoom
from openrooms.wire.answers import Role
from openrooms.wire.dates import parse_moment
from openrooms.wire.models import RequestBody


class AdoptedPersonBody(RequestBody):
    """A participant of a room to adopt; the role is `Attendee` by default."""

    raw_id: str
    role: Role | None = None
    display_name: str = ""


class RoomAdoptionBody(RequestBody):
    """The body of adopting a room, and a line of the files that `openrooms copy` writes."""

    id: str
    created_at: str
    valid_from: str
    valid_until: str
    pstn_dial_out_enabled: bool = False
    title: str = ""
    waiting_room: WaitingRoom = WaitingRoom.OFF
    starts_with: StartsWith = StartsWith.ANYONE
    extend_by: int = 0
    participants: list[AdoptedPersonBody] = msgspec.field(default_factory=list)


class AdoptedRoomModel(msgspec.Struct, rename="camel"):
    """The id of the adopted room, and whether it was adopted now; it was already there if not."""

    id: str
    is_new: bool


def adopted_room(body: RoomAdoptionBody) -> Room:
    """Return the room; raise `InvalidRoomId`, `MalformedRequest` for a malformed date, or `InvalidRequest`."""
    options = visits.change(body.title, body.waiting_room, body.starts_with, body.extend_by, {})
    return Room(
        parse_room_id(body.id),
        _moment("createdAt", body.created_at),
        _moment("validFrom", body.valid_from),
        _moment("validUntil", body.valid_until),
        body.pstn_dial_out_enabled,
        visits.changed(NO_OPTIONS, options),
    )


def adopted_roster(body: RoomAdoptionBody) -> tuple[Participant, ...]:
    """Return the participants; raise `InvalidRole`, `InvalidIdentifier` or `InvalidRequest`."""
    roles = parse_roles({str(place): person.role for place, person in enumerate(body.participants)})
    return tuple(
        adoption.participant(person.raw_id, roles[str(place)], person.display_name)
        for place, person in enumerate(body.participants)
    )


def _moment(name: str, text: str) -> Moment:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise MalformedRequest(Problem(f"$.{name}", str(error))) from error
