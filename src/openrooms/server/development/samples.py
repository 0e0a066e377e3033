"""Sample events: one of each type, with every field that the events of the type may have."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from openrooms.domain.calls import CallId
from openrooms.domain.events import Happening
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import MINUTE, SECOND, Moment, after
from openrooms.domain.presence import CallSession, Came, Change, Ended, Ending, SessionId, Started, Stay, StayId, Went
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room
from openrooms.domain.roster import RawId
from openrooms.wire import events
from openrooms.wire.answers import RoomModel
from openrooms.wire.events import CallParticipantData, EventType, RoomIdData, RosterMemberData
from openrooms.wire.happenings import happening, presence_changed
from openrooms.wire.models import render_room

_DOCTOR, _PATIENT = "00000029-931c-aa89-e84c-09bd456064be", "00000029-931c-aa89-e84c-09bd456064bf"
_LASTED = 12 * MINUTE
_PHONE = {"dial_out_id": "7f9c2ba4e88f827d", "phone_number": "+15551234500"}


class Scene(msgspec.Struct, frozen=True):
    """What a sample is about."""

    resource: ResourceId
    room: Room
    now: Moment

    @property
    def doctor(self) -> RawId:
        """The raw id of a Presenter."""
        return RawId(f"8:acs:{self.resource}_{_DOCTOR}")

    @property
    def patient(self) -> RawId:
        """The raw id of an Attendee."""
        return RawId(f"8:acs:{self.resource}_{_PATIENT}")

    @property
    def room_id(self) -> RoomIdData:
        """The room as most events have it."""
        return RoomIdData(id=self.room.id)


def sample(kind: EventType, scene: Scene) -> Happening:
    """Return a sample of the type; those about calls are of one call."""
    return _SAMPLES[kind.name](kind, scene)


def _of_call(change: Callable[[CallSession, Stay], Change]) -> "_Sample":
    def made(kind: EventType, scene: Scene) -> Happening:
        began = after(scene.now, -_LASTED)
        session = CallSession(
            SessionId("RM_sample"), began, scene.doctor, ParticipantRole.PRESENTER, ended_at=scene.now
        )
        stay = Stay(StayId("PA_sample"), scene.patient, ParticipantRole.ATTENDEE, "Pat Sample", began)
        found = presence_changed(CallId(scene.resource, scene.room.id), change(session, stay))
        if kind.data is not CallParticipantData:
            return found
        data = msgspec.json.decode(found.data, type=CallParticipantData)
        data.user_agent = "Sample/1.0"
        return happening(kind, data, found.subject)

    return made


def _of_room(**more: Any) -> "_Sample":
    def made(kind: EventType, scene: Scene) -> Happening:
        room = msgspec.json.decode(render_room(scene.room), type=RoomModel)
        return happening(
            kind, kind.data(room=room, title="Sample", waiting_room="attendees", starts_with="presenter", **more)
        )

    return made


def _of_person(**more: Any) -> "_Sample":
    return lambda kind, scene: happening(kind, kind.data(room=scene.room_id, raw_id=scene.patient, **more))


def _of_phone(**more: Any) -> "_Sample":
    return lambda kind, scene: happening(kind, kind.data(room=scene.room_id, asked_by=scene.doctor, **_PHONE, **more))


def _deleted(kind: EventType, scene: Scene) -> Happening:
    return happening(kind, kind.data(room=scene.room_id))


def _roster(kind: EventType, scene: Scene) -> Happening:
    data = events.RosterChangedData(
        room=scene.room_id,
        added=[RosterMemberData(raw_id=scene.patient, role=ParticipantRole.ATTENDEE)],
        changed=[RosterMemberData(raw_id=scene.doctor, role=ParticipantRole.PRESENTER)],
        removed=[f"{scene.patient[:-1]}0"],
        renamed=[scene.patient],
        is_truncated=True,
    )
    return happening(kind, data)


_Sample = Callable[[EventType, Scene], Happening]
_SAMPLES: Mapping[str, _Sample] = {
    events.CALL_STARTED.name: _of_call(lambda session, _: Started(session)),
    events.CALL_ENDED.name: _of_call(lambda session, _: Ended(session)),
    events.PARTICIPANT_ADDED.name: _of_call(Came),
    events.PARTICIPANT_REMOVED.name: _of_call(
        lambda session, stay: Went(session, stay.ended(after(stay.joined_at, _LASTED), Ending.LEFT))
    ),
    events.ROOM_CREATED.name: _of_room(),
    events.ROOM_UPDATED.name: _of_room(changed=["validUntil"]),
    events.ROOM_DELETED.name: _deleted,
    events.ROOM_OPENED.name: _of_room(),
    events.ROOM_CLOSED.name: _of_room(),
    events.ROSTER_CHANGED.name: _roster,
    events.ROLE_CHANGED.name: _of_person(role=ParticipantRole.PRESENTER, role_before=ParticipantRole.ATTENDEE),
    events.JOIN_REFUSED.name: _of_person(rule="onRoster", code="Forbidden", sub_code=5828),
    events.WAITING.name: _of_person(display_name="Pat Sample"),
    events.ADMITTED.name: _of_person(display_name="Pat Sample"),
    events.DECLINED.name: _of_person(display_name="Pat Sample", reason="A sample"),
    events.PHONE_DIALED.name: _of_phone(),
    events.PHONE_ANSWERED.name: _of_phone(),
    events.PHONE_ENDED.name: _of_phone(outcome="hungUp", sip_status=200, seconds_in_call=_LASTED / SECOND),
}
