"""The events as data: every event fits the schema of its type, and Azure's own class reads the envelope."""

import json
from collections.abc import Iterator

import pytest
from azure.core.messaging import CloudEvent
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec.structs import fields, replace

from openrooms.domain import telephones, waiting
from openrooms.domain.calls import CallId
from openrooms.domain.events import BEGINNING, Event, EventKey, Happening, event_id, parse_event_id
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import MINUTE, SECOND, Moment, after
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, room_id
from openrooms.domain.roster import Participant, RawId, RosterChange
from openrooms.domain.telephones import LegState
from openrooms.domain.visits import VisitOptions, WaitingRoom
from openrooms.domain.waiting import Lobby, Place, PlaceState
from openrooms.wire import events, happenings
from openrooms.wire.models import render_room

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
NOW = Moment(17_564_273_885_964_328)
ROOM = Room(room_id(7), NOW, NOW, after(NOW, 30 * MINUTE))
ADA, BO = (RawId(f"8:acs:{CONTOSO}_{number:08x}-0000-4000-8000-000000000000") for number in (1, 2))
PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE
SCHEMAS = events.schemas()
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


CHANGES = list(every_change())


def kept(happening: Happening) -> Event:
    return Event(CONTOSO, 5, ROOM.id, 1, NOW, happening.type, happening.subject, happening.data)


@pytest.mark.parametrize("happening", CHANGES, ids=lambda one: one.type)
def test_data_fits_its_schema_and_nothing_is_left_over(happening: Happening) -> None:
    schema = SCHEMAS[happening.type]
    Draft202012Validator.check_schema(schema)
    strict = json.loads(
        json.dumps(schema).replace('"type": "object"', '"type": "object", "additionalProperties": false')
    )
    Draft202012Validator(strict).validate(json.loads(happening.data))


@pytest.mark.parametrize("happening", CHANGES, ids=lambda one: one.type)
def test_azures_class_reads_the_envelope(happening: Happening) -> None:
    read = CloudEvent.from_dict(json.loads(events.render(kept(happening))))
    assert (read.type, read.id) == (happening.type, event_id(EventKey(5, NOW)))
    assert read.subject == f"rooms/{ROOM.id}"
    assert read.data["room"]["id"] == ROOM.id
    assert read.extensions == {"roomsequence": 1}
    assert read.time is not None


def test_envelope_fits_its_description() -> None:
    sent = json.loads(events.render(kept(CHANGES[0])))
    assert sent.keys() == {field.encode_name for field in fields(events.EventEnvelope)}


def test_every_field_says_how_it_is_known() -> None:
    for name, schema in SCHEMAS.items():
        for title, part in schema["$defs"].items():
            for field, described in part["properties"].items():
                assert title == "RoomModel" or described.get(events.EVIDENCE), f"{name}: {title}.{field}"


def test_unchanged_things_leave_no_event() -> None:
    assert [*happenings.room_changed(ROOM, ROOM, "")] == []
    same = RosterChange(put=(Participant(ADA, PRESENTER),), remove=(BO,))
    assert [*happenings.roster_changed(ROOM.id, {ADA: PRESENTER}, same)] == []
    assert [*happenings.names_changed(ROOM.id, {})] == []
    place = Place(ADA, PlaceState.ADMITTED, NOW)
    assert [*happenings.door_changed(ROOM.id, [place], waiting.admit(Lobby(NOW), [place], NOW))] == []
    # People who were never asked about are in the call without having been admitted by anybody.
    present = waiting.note_presence(Lobby(), {ADA: PRESENTER}, [], NOW)
    assert [*happenings.door_changed(ROOM.id, [], present)] == []
    assert [*happenings.dial_out_changed(DIAL_OUT, replace(DIAL_OUT, held_until=NOW))] == []


def test_a_long_list_is_cut() -> None:
    people = tuple(Participant(RawId(f"{ADA}{number}"), ATTENDEE) for number in range(150))
    [happening] = happenings.roster_changed(ROOM.id, {}, RosterChange(put=people, remove=()))
    data = json.loads(happening.data)
    assert (len(data["added"]), data["isTruncated"]) == (100, True)


@given(position=st.integers(0, 2**62 - 1), happened_at=st.integers(0, 2**60 - 1))
def test_an_id_keeps_place_and_time(position: int, happened_at: int) -> None:
    key = EventKey(position, Moment(happened_at))
    assert parse_event_id(event_id(key)) == key


def test_the_key_before_all_events_has_an_id() -> None:
    assert parse_event_id(event_id(BEGINNING)) == BEGINNING


@pytest.mark.parametrize(
    "text", ["", "7", "9f1f4a52-9d0c-4f39-8c6b-0d7b7f1a2b3c", "{00000000-0000-8000-8000-000000000000}"]
)
def test_other_texts_are_no_ids(text: str) -> None:
    with pytest.raises(ValueError, match="is not the id of an event"):
        parse_event_id(text)
