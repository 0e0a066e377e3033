"""A development service over PostgreSQL: its clock, its events and its state are the same as over SQLite."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.postgres import Cluster
from tests.support.service import dev as dev_process

from openrooms import RoomsClient
from openrooms.events import EventsClient
from openrooms.testing import DevService

DIRECT = {"use_env_settings": False}


class Clients(NamedTuple):
    """The clients of one service."""

    dev: DevService
    rooms: RoomsClient
    events: EventsClient


@pytest.fixture
def clients(postgres_cluster: Cluster, tmp_path: Path) -> Iterator[Clients]:
    database = postgres_cluster.create_database()
    with ExitStack() as stack:
        stack.callback(postgres_cluster.drop_database, database)
        service = stack.enter_context(dev_process(tmp_path, "--database", database, "--livekit", "simulated"))
        string = f"endpoint={service.http};{service.connectionString.partition(';')[2]}"
        yield Clients(
            stack.enter_context(DevService.from_connection_string(string, **DIRECT)),
            stack.enter_context(RoomsClient.from_connection_string(string, **DIRECT)),
            stack.enter_context(EventsClient.from_connection_string(string, **DIRECT)),
        )


def test_the_clock_moves_everything(clients: Clients) -> None:
    dev, rooms, events = clients
    opens = dev.freeze_clock().time.replace(microsecond=0) + timedelta(days=1)
    visit = rooms.create_room(valid_from=opens, valid_until=opens + timedelta(hours=1)).id
    dev.set_clock(opens)
    dev.add_person(visit, role="Presenter")
    saved = dev.export_state()
    dev.advance_clock(hours=1)
    assert dev.list_people(visit) == []
    kinds = [event.type.removeprefix("openrooms.room.") for event in events.list_events(room_id=visit)]
    assert [kind for kind in kinds if "." not in kind] == ["created", "opened", "closed"]
    dev.advance_clock(days=31)
    assert list(rooms.list_rooms()) == []
    dev.set_clock(opens)
    dev.import_state(saved)
    assert [room.id for room in rooms.list_rooms()] == [visit]
