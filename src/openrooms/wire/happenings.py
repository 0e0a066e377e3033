"""The events that changes cause: each function returns those of one change, in their order."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import msgspec

from openrooms.domain.calls import CallId
from openrooms.domain.events import Happening
from openrooms.domain.moments import SECOND
from openrooms.domain.presence import Came, Change, Ended, SessionId, Started, StayId, Went
from openrooms.domain.refusals import Refusal
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import RawId, RosterChange
from openrooms.domain.telephones import DialOut, LegState
from openrooms.domain.visits import NO_OPTIONS, VisitOptions
from openrooms.domain.waiting import LobbyChange, Place, PlaceState
from openrooms.wire import events
from openrooms.wire.events import LISTED, Data, EventType, RoomIdData, RosterMemberData
from openrooms.wire.models import render_room

_encode = msgspec.json.Encoder().encode
_NO_GROUP = "00000000-0000-0000-0000-000000000000"
# The fields that a change may name, besides those of the options.
_WINDOW = {"valid_from": "validFrom", "valid_until": "validUntil", "pstn_dial_out_enabled": "pstnDialOutEnabled"}
_OPTIONS = {
    "title": "title",
    "waiting_room": "waitingRoom",
    "starts_with": "startsWith",
    "extend_by": "extendBy",
    "extended": "extended",
}


def happening(kind: EventType, data: Data, subject: str = "") -> Happening:
    """Return an event of this type that has no place yet."""
    return Happening(kind.name, _encode(data).decode(), subject)


def room_created(room: Room, document: str) -> Happening:
    """Return the event of a new room with this document."""
    return _about_room(events.ROOM_CREATED, room, document)


def room_changed(before: Room, room: Room, document: str) -> Iterator[Happening]:
    """Yield the event of a changed room with this document; nothing if it is unchanged."""
    names = [name for field, name in _WINDOW.items() if getattr(before, field) != getattr(room, field)]
    names += [
        name for field, name in _OPTIONS.items() if getattr(before.options, field) != getattr(room.options, field)
    ]
    if names:
        yield _about_room(events.ROOM_UPDATED, room, document, changed=names)


def room_deleted(room_id: RoomId) -> Happening:
    """Return the event of a deleted room."""
    return Happening(events.ROOM_DELETED.name, f'{{"room":{{"id":"{room_id}"}}}}')


def room_opened(room: Room) -> Happening:
    """Return the event of a room whose window has begun."""
    return _about_room(events.ROOM_OPENED, room, render_room(room))


def room_closed(room: Room) -> Happening:
    """Return the event of a room whose window has ended."""
    return _about_room(events.ROOM_CLOSED, room, render_room(room))


def roster_changed(
    room_id: RoomId, present: Mapping[str, ParticipantRole], change: RosterChange
) -> Iterator[Happening]:
    """Yield the events of a changed roster, on which the named people had the `present` roles."""
    room = RoomIdData(id=room_id)
    added = [put for put in change.put if put.raw_id not in present]
    moved = [put for put in change.put if put.raw_id in present and present[put.raw_id] is not put.role]
    removed = [raw_id for raw_id in change.remove if raw_id in present]
    if not (added or moved or removed):
        return
    data = events.RosterChangedData(
        room=room,
        added=[RosterMemberData(raw_id=one.raw_id, role=one.role) for one in added[:LISTED]],
        changed=[RosterMemberData(raw_id=one.raw_id, role=one.role) for one in moved[:LISTED]],
        removed=[*removed[:LISTED]],
        is_truncated=any(len(people) > LISTED for people in (added, moved, removed)),
    )
    yield happening(events.ROSTER_CHANGED, data)
    for participant in moved[:LISTED]:
        raw_id, role = participant.raw_id, participant.role
        yield happening(
            events.ROLE_CHANGED,
            events.RoleChangedData(room=room, raw_id=raw_id, role=role, role_before=present[raw_id]),
        )


def names_changed(room_id: RoomId, names: Mapping[RawId, str]) -> Iterator[Happening]:
    """Yield the event of names that the organiser set; nothing if there are none."""
    if names:
        renamed: list[str] = list(islice(names, LISTED))
        data = events.RosterChangedData(room=RoomIdData(id=room_id), renamed=renamed, is_truncated=len(names) > LISTED)
        yield happening(events.ROSTER_CHANGED, data)


def door_changed(room_id: RoomId, places: Sequence[Place], change: LobbyChange) -> Iterator[Happening]:
    """Yield the events of decisions about people who had these places."""
    before = {place.raw_id: place for place in places}
    for place in change.put:
        kind = _door_event(before.get(place.raw_id), place)
        if kind is not None:
            yield happening(
                kind,
                events.AtDoorData(
                    room=RoomIdData(id=room_id),
                    raw_id=place.raw_id,
                    display_name=place.display_name,
                    reason=place.reason,
                ),
            )


def _door_event(before: Place | None, place: Place) -> EventType | None:
    state_before = before.state if before is not None else None
    match place.state:
        case PlaceState.WAITING:
            # Somebody who comes back after a while waits anew.
            is_same = before is not None and (before.state, before.since) == (place.state, place.since)
            return None if is_same else events.WAITING
        case PlaceState.ADMITTED:
            return events.ADMITTED if state_before not in (None, PlaceState.ADMITTED) else None
        case PlaceState.DECLINED:
            return events.DECLINED if state_before is not PlaceState.DECLINED else None
        case PlaceState.KEPT_OUT:
            return None


def dial_out_changed(before: DialOut | None, dial_out: DialOut) -> Iterator[Happening]:
    """Yield the events of a dial-out, new or changed."""
    if before is None:
        yield happening(events.PHONE_DIALED, _phone(dial_out))
    elif before.state is not dial_out.state:
        if dial_out.state is LegState.IN_CALL:
            yield happening(events.PHONE_ANSWERED, _phone(dial_out))
        elif not dial_out.is_live:
            yield happening(events.PHONE_ENDED, _phone(dial_out))


def _phone(dial_out: DialOut) -> events.PhoneData:
    data = events.PhoneData(
        room=RoomIdData(id=dial_out.call.room),
        dial_out_id=dial_out.id,
        phone_number=dial_out.phone_number,
        asked_by=dial_out.asked_by,
        outcome="" if dial_out.outcome is None else dial_out.outcome.value,
    )
    if dial_out.sip_status is not None:
        data.sip_status = dial_out.sip_status
    if dial_out.answered_at is not None and not dial_out.is_live:
        data.seconds_in_call = (dial_out.since - dial_out.answered_at) / SECOND
    return data


def join_refused(room_id: RoomId, refusal: Refusal) -> Happening:
    """Return the event of a refused join."""
    data = events.JoinRefusedData(
        room=RoomIdData(id=room_id), raw_id=refusal.raw_id, rule=refusal.rule, code=refusal.code
    )
    if refusal.sub_code is not None:
        data.sub_code = refusal.sub_code
    return happening(events.JOIN_REFUSED, data)


def presence_changed(call: CallId, change: Change) -> Happening:
    """Return the event of a change of who is in a call: docs/evidence.md#events."""
    session = change.session
    call_id = server_call_id(call, session.id)
    common: dict[str, Any] = {
        "started_by": _person(session.started_by, session.role),
        "server_call_id": call_id,
        "group": events.GroupData(id=_NO_GROUP),
        "room": RoomIdData(id=call.room),
        "is_two_party": False,
        "correlation_id": _uuid(session.id),
        "is_rooms_call": True,
    }
    match change:
        case Started():
            data = events.CallStartedData(**common)
            return happening(events.CALL_STARTED, data, f"call/{call_id}/startedBy/{session.started_by}")
        case Ended():
            seconds = ((session.ended_at or session.started_at) - session.started_at) / SECOND
            ended = events.CallEndedData(**common, duration_of_call=seconds, call_duration_in_seconds=seconds)
            return happening(events.CALL_ENDED, ended, f"call/{call_id}")
        case Came(_, stay) | Went(_, stay):
            kind = events.PARTICIPANT_ADDED if isinstance(change, Came) else events.PARTICIPANT_REMOVED
            participant = events.CallParticipantData(
                **common,
                user=_person(stay.raw_id, stay.role),
                display_name=stay.display_name,
                participant_id=participant_id(stay.id),
                user_agent=msgspec.UNSET if stay.device is None else stay.device.value,
            )
            return happening(kind, participant, f"call/{call_id}/participant/{stay.raw_id}")


def server_call_id(call: CallId, session: SessionId) -> str:
    """Return what Azure calls the `serverCallId`; clients take any text."""
    return urlsafe_b64encode(f"{call.room}/{session}".encode()).decode().rstrip("=")


def participant_id(stay: StayId) -> str:
    """Return what Azure calls the `participantId`."""
    return _uuid(stay)


def _person(raw_id: RawId, role: ParticipantRole | None) -> events.PersonData:
    identifier = events.IdentifierData(
        raw_id=raw_id, kind="communicationUser", communication_user=events.UserIdData(id=raw_id)
    )
    return events.PersonData(communication_identifier=identifier, role=msgspec.UNSET if role is None else role)


def _uuid(text: str) -> str:
    """Return the same UUID for the same id of the media engine."""
    return str(uuid5(NAMESPACE_OID, text))


def _about_room(kind: EventType, room: Room, document: str, **more: Any) -> Happening:
    """Return an event with the room's document, which is JSON already."""
    if room.options == NO_OPTIONS and not more:
        return Happening(kind.name, f'{{"room":{document}}}')
    fields = dict(chain({"room": msgspec.Raw(document.encode())}.items(), _options(room.options), more.items()))
    return Happening(kind.name, _encode(fields).decode())


def _options(options: VisitOptions) -> Iterator[tuple[str, str]]:
    """Yield those of the options that are set and that events have."""
    for field in ("title", "waiting_room", "starts_with"):
        value = getattr(options, field)
        if value != getattr(NO_OPTIONS, field):
            yield _OPTIONS[field], str(value)
