"""People whom a development service puts into its simulated calls."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from tests.support.service import dev as dev_process

from openrooms import CommunicationRoom, RoomsClient
from openrooms.calls import CallsClient
from openrooms.testing import DevService

DIRECT = {"use_env_settings": False}


@pytest.fixture(scope="module")
def string(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with dev_process(tmp_path_factory.mktemp("dev"), "--livekit", "simulated") as service:
        yield f"endpoint={service.http};{service.connectionString.partition(';')[2]}"


@pytest.fixture
def simulated(string: str) -> Iterator[DevService]:
    with DevService.from_connection_string(string, **DIRECT) as client:
        yield client
        client.reset_state()


@pytest.fixture
def rooms(string: str) -> Iterator[RoomsClient]:
    with RoomsClient.from_connection_string(string, **DIRECT) as client:
        yield client


@pytest.fixture
def room(simulated: DevService, rooms: RoomsClient) -> CommunicationRoom:
    return rooms.create_room(valid_until=simulated.get_clock().time + timedelta(hours=1))


def test_people_are_in_the_call(simulated: DevService, rooms: RoomsClient, string: str, room: CommunicationRoom):
    ada = simulated.add_person(room.id, role="Presenter", display_name="Dr Ada")
    bob = simulated.add_person(room.id)
    assert [(one.display_name, one.role, one.state) for one in simulated.list_people(room.id)] == [
        ("Dr Ada", "Presenter", "connected"),
        ("", "Attendee", "connected"),
    ]
    with CallsClient.from_connection_string(string, **DIRECT) as calls:
        present = [one.communication_identifier.raw_id for one in calls.get_call(room.id).participants]
        assert present == [ada.raw_id, bob.raw_id]
    assert {one.communication_identifier.raw_id for one in rooms.list_participants(room.id)} == set(present)


def test_people_mute_lose_their_connection_and_leave(simulated: DevService, room: CommunicationRoom):
    ada = simulated.add_person(room.id, role="Presenter")

    def now() -> tuple[str, bool]:
        (person,) = simulated.list_people(room.id)
        return person.state, person.is_muted

    assert now() == ("connected", False)
    simulated.mute(room.id, ada)
    assert now() == ("connected", True)
    simulated.unmute(room.id, ada)
    simulated.lose_connection(room.id, ada)
    assert now() == ("reconnecting", False)
    simulated.reconnect(room.id, ada.raw_id)
    assert now() == ("connected", False)
    simulated.leave(room.id, ada)
    assert simulated.list_people(room.id) == []
    with pytest.raises(ResourceNotFoundError):
        simulated.leave(room.id, ada)


def test_a_role_change_reaches_the_call(simulated: DevService, rooms: RoomsClient, room: CommunicationRoom):
    ada = simulated.add_person(room.id, role="Presenter")
    again = simulated.add_person(room.id, participant=ada.raw_id, role="Consumer")
    assert (again.raw_id, again.role, again.is_muted) == (ada.raw_id, "Consumer", True)


def test_moving_the_clock_past_the_window_ends_the_call(simulated: DevService, room: CommunicationRoom):
    simulated.add_person(room.id)
    simulated.advance_clock(hours=2)
    assert simulated.list_people(room.id) == []
    with pytest.raises(HttpResponseError, match="closed"):
        simulated.add_person(room.id)


def test_calls_while_livekit_is_away(simulated: DevService, room: CommunicationRoom):
    simulated.add_fault(away="livekit")
    with pytest.raises(HttpResponseError) as raised:
        simulated.add_person(room.id)
    assert raised.value.status_code == 503
    simulated.clear_faults()
    assert simulated.add_person(room.id)


def test_without_simulated_calls_it_says_so(tmp_path: Path):
    with dev_process(tmp_path) as service:
        string = f"endpoint={service.http};{service.connectionString.partition(';')[2]}"
        with DevService.from_connection_string(string, **DIRECT) as client, pytest.raises(HttpResponseError) as raised:
            client.list_people("99475330965778483")
    assert raised.value.status_code == 501
