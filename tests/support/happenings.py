"""An event of each type, as the changes that cause them leave them."""

from collections.abc import Iterator

from msgspec.structs import replace

from openrooms.domain import telephones, waiting
from openrooms.domain.calls import CallId
from openrooms.domain.events import Event, Happening
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import MINUTE, SECOND, Moment, after
from openrooms.domain.presence import CallSession, Came, Ended, Ending, SessionId, Started, Stay, StayId, Went
from openrooms.domain.refusals import Refusal
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, room_id
from openrooms.domain.roster import Participant, RawId, RosterChange
from openrooms.domain.telephones import LegState
from openrooms.domain.visits import VisitOptions, WaitingRoom
from openrooms.domain.waiting import Lobby, Place, PlaceState
from openrooms.wire import happenings
from openrooms.wire.models import render_room

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
NOW = Moment(17_564_273_885_964_328)
ROOM = Room(room_id(7), NOW, NOW, after(NOW, 30 * MINUTE))
ADA, BO = (RawId(f"8:acs:{CONTOSO}_{number:08x}-0000-4000-8000-000000000000") for number in (1, 2))
PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE
DIAL_OUT = telephones.begin(
    telephones.LegId("0" * 32),
    CallId(CONTOSO, ROOM.id),
    telephones.PhoneNumber("+15551234567"),
    ADA,
    "process",
    NOW,
    telephones.Limits(),
    NOW,
)


def titled(title: str) -> Room:
    return replace(ROOM, options=VisitOptions(title, WaitingRoom.ATTENDEES))


def every_change() -> Iterator[Happening]:
    """Yield the events of one change of each kind."""
    yield happenings.room_created(ROOM, render_room(ROOM))
    yield happenings.room_created(titled('A "visit"'), render_room(ROOM))
    yield from happenings.room_changed(ROOM, titled("Visit"), render_room(ROOM))
    yield happenings.room_deleted(ROOM.id)
    yield happenings.room_opened(ROOM)
    yield happenings.room_closed(titled("Visit"))
    change = RosterChange(put=(Participant(ADA, PRESENTER), Participant(BO, ATTENDEE)), remove=())
    yield from happenings.roster_changed(ROOM.id, {ADA: ATTENDEE}, change)
    yield from happenings.names_changed(ROOM.id, {ADA: "Dr Ada"})
    waits = Place(BO, PlaceState.WAITING, NOW, display_name="Bo")
    lobby = Lobby(NOW, NOW)
    yield from happenings.door_changed(ROOM.id, [], waiting.asked(lobby, None, waits, NOW))
    yield from happenings.door_changed(ROOM.id, [waits], waiting.admit(lobby, [waits], NOW))
    yield from happenings.door_changed(ROOM.id, [waits], waiting.decline(lobby, waits, "Later", NOW))
    yield from happenings.dial_out_changed(None, DIAL_OUT)
    talks = replace(DIAL_OUT, state=LegState.IN_CALL, answered_at=NOW)
    yield from happenings.dial_out_changed(DIAL_OUT, talks)
    ended = replace(talks, state=LegState.ENDED, since=after(NOW, SECOND), outcome=telephones.Outcome.HUNG_UP)
    yield from happenings.dial_out_changed(talks, ended)
    yield happenings.join_refused(ROOM.id, Refusal(BO, "insideWindow", "Forbidden", 5829))
    session = CallSession(SessionId("RM_1"), NOW, ADA, PRESENTER)
    stay = Stay(StayId("PA_1"), ADA, PRESENTER, "Dr Ada", NOW)
    end = after(NOW, SECOND)
    for change in (Started(session), Came(session, stay), Went(session, stay.ended(end, Ending.LEFT))):
        yield happenings.presence_changed(CallId(CONTOSO, ROOM.id), change)
    yield happenings.presence_changed(CallId(CONTOSO, ROOM.id), Ended(replace(session, ended_at=end)))


CHANGES = list(every_change())


def kept(happening: Happening) -> Event:
    return Event(CONTOSO, 5, ROOM.id, 1, NOW, happening.type, happening.subject, happening.data)
