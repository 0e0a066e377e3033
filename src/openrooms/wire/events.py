"""The events as data: every type with the fields of its `data`, and the envelope in which they are sent.

This is the one definition: docs/events.md, the JSON schemas and the envelope come from it. Calls have Azure's types in
the form of CloudEvents 1.0 that Event Grid sends: docs/evidence.md#events. Each field says how it is known, with the
marks of that page; `chosen` is our own.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import UNSET, Meta, UnsetType

from openrooms.domain.events import Event, EventKey, event_id
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.wire.answers import Role, RoomModel
from openrooms.wire.dates import format_moment

EVIDENCE = "x-evidence"
"""The key of a field's mark in the JSON schemas."""

SPEC_VERSION = "1.0"
SOURCE_PREFIX = "/resources/"
LISTED = 100
"""The most participants that one event lists."""


def _field(evidence: str, description: str) -> Meta:
    return Meta(description=description, extra_json_schema={EVIDENCE: evidence})


class Data(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """The data of an event, or a part of it."""


class UserIdData(Data):
    """The id of a user."""

    id: Annotated[str, _field("docs, spec", "The raw id.")]


class IdentifierData(Data):
    """The identifier of a user, as all of Azure's APIs have it."""

    raw_id: Annotated[str, _field("docs, spec", "The raw id.")]
    kind: Annotated[str, _field("spec", "`communicationUser`.")]
    communication_user: Annotated[UserIdData, _field("docs, spec", "The user.")]


class PersonData(Data):
    """Somebody in a call."""

    communication_identifier: Annotated[IdentifierData, _field("docs, spec", "Who it is.")]
    role: Annotated[Role | UnsetType, _field("docs, spec", "Their role in the room, as they joined.")] = UNSET


class GroupData(Data):
    """The group of a call; the call of a room has none."""

    id: Annotated[str, _field("docs, spec", "All zeros.")]


class RoomIdData(Data):
    """The room of an event."""

    id: Annotated[str, _field("docs, spec", "The room id.")]


class CallData(Data):
    """What the events of a call have in common."""

    started_by: Annotated[PersonData, _field("docs, spec", "Who joined the call first.")]
    server_call_id: Annotated[str, _field("docs, spec", "Identifies this one call; its form is *chosen*.")]
    group: Annotated[GroupData, _field("docs, spec", "There beside `room` in Azure's examples; empty.")]
    room: Annotated[RoomIdData, _field("docs, spec", "The room.")]
    is_two_party: Annotated[bool, _field("docs, spec", "`false`: the call of a room is a group call.")]
    correlation_id: Annotated[str, _field("docs, spec", "The same in all events of one call.")]
    is_rooms_call: Annotated[bool, _field("docs, spec", "`true`.")]


class CallStartedData(CallData):
    """A call that has begun."""


class CallEndedData(CallData):
    """A call that is over."""

    duration_of_call: Annotated[float, _field("docs", "Seconds from the first joining to the last leaving.")]
    call_duration_in_seconds: Annotated[float, _field("spec", "The same number, under its name in the SDKs.")]


class CallParticipantData(CallData):
    """A connection of somebody to a call."""

    user: Annotated[PersonData, _field("docs, spec", "Who it is.")]
    display_name: Annotated[str, _field("docs, spec", "Their name in the call.")]
    participant_id: Annotated[str, _field("docs, spec", "Identifies this connection, from its joining to its leaving.")]
    user_agent: Annotated[
        str | UnsetType,
        _field(
            "spec; the content chosen",
            "The kind of device, if it is known: `desktop`, `phone`, `tablet`, `app` or `telephone`.",
        ),
    ] = UNSET


class RoomData(Data):
    """A room, and what it has besides Azure's data, as far as that is set."""

    room: Annotated[RoomModel, _field("chosen", "The room as `GET /rooms/{roomId}` returns it.")]
    title: Annotated[str, _field("chosen", "Its title.")] = ""
    waiting_room: Annotated[str, _field("chosen", "Who has to wait.")] = "off"
    starts_with: Annotated[str, _field("chosen", "With whom its call begins.")] = "anyone"


class RoomUpdatedData(RoomData, kw_only=True):
    """A room after a change of its window, its options or its title."""

    changed: Annotated[list[str], _field("chosen", "The names of the fields that changed.")]


class RoomGoneData(Data):
    """A room that was deleted."""

    room: Annotated[RoomIdData, _field("chosen", "The room.")]


class RosterMemberData(Data):
    """Somebody on a roster."""

    raw_id: Annotated[str, _field("chosen", "Who it is.")]
    role: Annotated[Role, _field("chosen", "Their role.")]


class RosterChangedData(Data):
    """A change of a roster; it lists at most 100 participants of each kind."""

    room: Annotated[RoomIdData, _field("chosen", "The room.")]
    added: Annotated[list[RosterMemberData], _field("chosen", "Participants who were added.")] = []
    changed: Annotated[list[RosterMemberData], _field("chosen", "Participants whose role changed.")] = []
    removed: Annotated[list[str], _field("chosen", "The raw ids of participants who were removed.")] = []
    renamed: Annotated[list[str], _field("chosen", "The raw ids of participants whose display name was set.")] = []
    is_truncated: Annotated[bool, _field("chosen", "Whether there are more than those listed.")] = False


class PersonEventData(Data):
    """An event about one person and a room."""

    room: Annotated[RoomIdData, _field("chosen", "The room.")]
    raw_id: Annotated[str, _field("chosen", "Who it is.")]


class RoleChangedData(PersonEventData):
    """A new role."""

    role: Annotated[Role, _field("chosen", "The new role.")]
    role_before: Annotated[Role, _field("chosen", "The role before.")]


class JoinRefusedData(PersonEventData):
    """A refusal of joining."""

    rule: Annotated[str, _field("chosen", "The rule that refused, as `GET .../why` names it.")]
    code: Annotated[str, _field("chosen", "The code of the refusal.")]
    sub_code: Annotated[int | UnsetType, _field("chosen", "The sub-code of the refusal, if it has one.")] = UNSET


class AtDoorData(PersonEventData):
    """Somebody at the door of a call: they began to wait, came in, or were declined."""

    display_name: Annotated[str, _field("chosen", "The name that they typed.")] = ""
    reason: Annotated[str, _field("chosen", "Why they were declined.")] = ""


class PhoneData(Data):
    """A telephone that was called into a call."""

    room: Annotated[RoomIdData, _field("chosen", "The room.")]
    dial_out_id: Annotated[str, _field("chosen", "Identifies the dial-out.")]
    phone_number: Annotated[str, _field("chosen", "The number.")]
    asked_by: Annotated[str, _field("chosen", "The raw id of who dialled; absent for the operator.")] = ""
    outcome: Annotated[str, _field("chosen", "Why it ended.")] = ""
    sip_status: Annotated[int | UnsetType, _field("chosen", "The telephone network's answer, if any.")] = UNSET
    seconds_in_call: Annotated[float | UnsetType, _field("chosen", "How long it was in the call.")] = UNSET


class EventType(NamedTuple):
    """A type of events: its name, the shape of its data, and when it happens."""

    name: str
    data: type[Data]
    summary: str

    def __str__(self) -> str:
        return self.name


_AZURE = "Microsoft.Communication."
_OURS = "openrooms."
CALL_STARTED = EventType(f"{_AZURE}CallStarted", CallStartedData, "Somebody is the first in the call of a room.")
CALL_ENDED = EventType(
    f"{_AZURE}CallEnded", CallEndedData, "The call of a room is over; the time is when the last person left it."
)
PARTICIPANT_ADDED = EventType(
    f"{_AZURE}CallParticipantAdded",
    CallParticipantData,
    "Somebody joined a call. Each connection joins once and leaves once.",
)
PARTICIPANT_REMOVED = EventType(
    f"{_AZURE}CallParticipantRemoved", CallParticipantData, "Somebody left a call, or was removed from it."
)
ROOM_CREATED = EventType(f"{_OURS}room.created", RoomData, "A room was created.")
ROOM_UPDATED = EventType(f"{_OURS}room.updated", RoomUpdatedData, "A room's window or options changed.")
ROOM_DELETED = EventType(f"{_OURS}room.deleted", RoomGoneData, "A room was deleted.")
ROOM_OPENED = EventType(
    f"{_OURS}room.opened",
    RoomData,
    "The window of a room has begun, or a change of it opened the room. One that was created open has no such event.",
)
ROOM_CLOSED = EventType(f"{_OURS}room.closed", RoomData, "The window of a room has ended.")
ROSTER_CHANGED = EventType(
    f"{_OURS}roster.changed", RosterChangedData, "Participants, roles or names on a roster changed."
)
ROLE_CHANGED = EventType(
    f"{_OURS}role.changed",
    RoleChangedData,
    "A participant got another role. Of one change, the first 100 participants have an event each.",
)
JOIN_REFUSED = EventType(
    f"{_OURS}join.refused",
    JoinRefusedData,
    "A user of the resource could not join a call. The same refusal of the same person to the same room is told once "
    "in 10 minutes.",
)
WAITING = EventType(f"{_OURS}waiting", AtDoorData, "Somebody began to wait in the waiting room.")
ADMITTED = EventType(f"{_OURS}admitted", AtDoorData, "Somebody who waited, was declined or kept out may come in.")
DECLINED = EventType(f"{_OURS}declined", AtDoorData, "Somebody who waited was declined.")
PHONE_DIALED = EventType(f"{_OURS}phone.dialed", PhoneData, "A telephone is called into a call.")
PHONE_ANSWERED = EventType(f"{_OURS}phone.answered", PhoneData, "The telephone was answered and is in the call.")
PHONE_ENDED = EventType(f"{_OURS}phone.ended", PhoneData, "The telephone call has ended.")

TYPES: Mapping[str, EventType] = {
    one.name: one
    for one in (
        CALL_STARTED,
        CALL_ENDED,
        PARTICIPANT_ADDED,
        PARTICIPANT_REMOVED,
        ROOM_CREATED,
        ROOM_UPDATED,
        ROOM_DELETED,
        ROOM_OPENED,
        ROOM_CLOSED,
        ROSTER_CHANGED,
        ROLE_CHANGED,
        JOIN_REFUSED,
        WAITING,
        ADMITTED,
        DECLINED,
        PHONE_DIALED,
        PHONE_ANSWERED,
        PHONE_ENDED,
    )
}
"""Every type of events by its name."""


class EventEnvelope(msgspec.Struct):
    """An event in the JSON form of CloudEvents 1.0."""

    id: Annotated[str, _field("docs; the form chosen", "Stays the same when the event is sent again.")]
    source: Annotated[str, _field("docs; the form chosen", "The resource, such as `/resources/1baa2c90-...`.")]
    type: Annotated[str, _field("docs", "The type.")]
    subject: Annotated[str, _field("docs for calls", "What it is about, such as `call/{serverCallId}`.")]
    time: Annotated[str, _field("docs", "When it happened, in UTC.")]
    data: Annotated[dict[str, Any], _field("docs", "The fields of the type.")]
    roomsequence: Annotated[int, _field("chosen", "The event's number in its room, from 1 without gaps.")]
    datacontenttype: Annotated[str, _field("docs", "`application/json`.")] = "application/json"
    specversion: Annotated[str, _field("docs", "`1.0`.")] = SPEC_VERSION


class EventList(msgspec.Struct, rename="camel", omit_defaults=True):
    """A page of events.

    `last` is the id after which to go on, even if `value` is empty, and with `before`, to follow what happens next;
    `nextLink` is there if more may follow at once.
    """

    value: list[EventEnvelope]
    last: str
    next_link: str | None = None


_quoted = msgspec.json.Encoder().encode


def source(resource: ResourceId) -> str:
    """Return the source of a resource's events."""
    return f"{SOURCE_PREFIX}{resource}"


def subject(event: Event) -> str:
    """Return what an event is about."""
    return event.subject or f"rooms/{event.room_id}"


def render(event: Event) -> bytes:
    """Return the event as JSON; its kept data is JSON already."""
    head = (
        f'{{"id":"{event_id(event.key)}","source":"{source(event.resource)}","type":"{event.type}",'
        f'"time":"{utc(event.happened_at)}","specversion":"{SPEC_VERSION}","datacontenttype":"application/json",'
        f'"roomsequence":{event.sequence},"subject":'
    )
    return b'%b%b,"data":%b}' % (head.encode(), _quoted(subject(event)), event.data.encode())


def render_list(rendered: Iterable[bytes], last: EventKey, next_link: str | None) -> bytes:
    """Return a page of rendered events; `next_link` must not need escaping."""
    link = f',"nextLink":"{next_link}"' if next_link else ""
    return b'{"value":[%b],"last":"%b"%b}' % (b",".join(rendered), event_id(last).encode(), link.encode())


def utc(moment: Moment) -> str:
    """Return the moment as Event Grid writes it: docs/evidence.md#events."""
    return format_moment(moment).removesuffix("+00:00") + "Z"


def schemas() -> dict[str, dict[str, Any]]:
    """Return a JSON schema for the data of each type, which stands alone."""
    return {name: _schema(event_type) for name, event_type in TYPES.items()}


def _schema(event_type: EventType) -> dict[str, Any]:
    schema = msgspec.json.schema(event_type.data)
    return {"description": event_type.summary, **schema, "$defs": dict(sorted(schema["$defs"].items()))}
