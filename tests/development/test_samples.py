"""Sample events of a development service: they fit their types, and are read and delivered like all others."""

import json
from collections import defaultdict

import msgspec
import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from jsonschema import Draft202012Validator
from tests.storage.contents import CONTOSO, NOW, a_room

from openrooms import RoomsClient
from openrooms.events import EventsClient
from openrooms.server.development.samples import Scene, sample
from openrooms.testing import DevService, RoomsService
from openrooms.wire.events import TYPES, schemas

SCENE = Scene(CONTOSO, a_room(1), NOW)
STARTED = "Microsoft.Communication.CallStarted"


@pytest.mark.parametrize("name", TYPES)
def test_a_sample_fits_the_schema_of_its_type(name: str) -> None:
    made = sample(TYPES[name], SCENE)
    assert made.type == name
    Draft202012Validator(schemas()[name]).validate(json.loads(made.data))


def test_samples_have_every_documented_field() -> None:
    found = defaultdict(set)
    for kind in TYPES.values():
        found[kind.data] |= json.loads(sample(kind, SCENE).data).keys()
    for data, names in found.items():
        assert names == {field.encode_name for field in msgspec.structs.fields(data)}, data


def test_a_call_is_the_same_in_all_its_samples() -> None:
    made = [json.loads(sample(TYPES[name], SCENE).data) for name in TYPES if "Call" in name]
    assert len({data["serverCallId"] for data in made}) == 1


def test_a_sample_is_read_like_all_events(
    dev: DevService, rooms_service: RoomsService, rooms_client: RoomsClient
) -> None:
    with EventsClient.from_connection_string(rooms_service.connection_string) as events:
        before = events.get_last_event_id()
        made = dev.trigger_event(STARTED)
        assert (made.type, made.data["room"]["id"]) == (STARTED, made.room_id)
        assert [event.type for event in events.list_events(after=before)] == ["openrooms.room.created", STARTED]
        # The room of samples is there, and is used again until it is gone.
        assert dev.trigger_event("openrooms.waiting").room_id == rooms_client.get_room(made.room_id).id
        assert list(events.list_events(types=[STARTED], room_id=made.room_id)) == [made]
        rooms_client.delete_room(made.room_id)
        assert dev.trigger_event(STARTED).room_id != made.room_id
        own = rooms_client.create_room()
        assert dev.trigger_event(STARTED, room_id=own.id).room_id == own.id


def test_what_is_refused(dev: DevService) -> None:
    with pytest.raises(HttpResponseError, match="no type of events 'nothing'"):
        dev.trigger_event("nothing")
    with pytest.raises(ResourceNotFoundError):
        dev.trigger_event(STARTED, room_id="99400000000000001")
