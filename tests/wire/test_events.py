"""The events as data: every event fits the schema of its type, and Azure's own class reads the envelope."""

import json

import pytest
from azure.core.messaging import CloudEvent
from azure.eventgrid import SystemEventNames
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec.structs import fields, replace
from tests.support.happenings import ADA, ATTENDEE, BO, CHANGES, DIAL_OUT, NOW, PRESENTER, ROOM, kept

from openrooms.domain import waiting
from openrooms.domain.events import BEGINNING, EventKey, Happening, event_id, parse_event_id
from openrooms.domain.moments import Moment
from openrooms.domain.roster import Participant, RawId, RosterChange
from openrooms.domain.waiting import Lobby, Place, PlaceState
from openrooms.wire import events, happenings

SCHEMAS = events.schemas()


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
    assert read.subject == (happening.subject or f"rooms/{ROOM.id}")
    assert (read.type in set(SystemEventNames)) == read.type.startswith("Microsoft.")
    assert read.data["room"]["id"] == ROOM.id
    assert read.extensions == {"roomsequence": 1}
    assert read.time is not None


def test_there_is_a_change_for_every_type() -> None:
    assert {happening.type for happening in CHANGES} == events.TYPES.keys()


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
