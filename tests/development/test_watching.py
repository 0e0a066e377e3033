"""Operators who watch the list of visits are told of every change."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.rest import Rest
from tests.support.service import Process, running
from tests.support.watching import PATH, Watch

ROOMS = "/openrooms/rooms"


class Clinic:
    """A development service with simulated calls."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.rest = Rest(process.http, process.connectionString)

    def ask(self, method: str, target: str, body: object = None) -> Any:
        answer = self.rest.call(method, target, body, version="")
        assert answer.status < 300, answer.body
        return answer.json if answer.body else None

    def plan(self, title: str = "Check-up", **options: object) -> str:
        people = [{"displayName": "Dr Ada", "role": "Presenter"}, {"displayName": "Bo"}]
        return str(self.ask("POST", "/openrooms/visits", {"title": title, "participants": people, **options})["id"])

    def watch(self, last_id: str = "") -> Watch:
        return Watch(self.process.http, self.process.connectionString.partition("accesskey=")[2], last_id)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder: Path = tmp_path_factory.mktemp("clinic")
    free = ("--https-port", 0, "--http-port", 0, "--livekit", "simulated")
    with running("dev", *free, folder=folder) as process:
        clinic = Clinic(process)
        yield clinic
        clinic.rest.close()


@pytest.fixture
def watch(clinic: Clinic) -> Iterator[Watch]:
    stream = clinic.watch()
    assert stream.event() == ("reload", {})
    yield stream
    stream.close()


def test_a_room_is_told_as_the_list_has_it(clinic: Clinic, watch: Watch) -> None:
    room_id = clinic.plan("Watched")
    [listed] = clinic.ask("GET", f"{ROOMS}?q=watched")["value"]
    assert watch.until("room") == {"room": listed}
    clinic.ask("PATCH", f"{ROOMS}/{room_id}", {"title": "Moved"})
    assert watch.until("room")["room"]["title"] == "Moved"
    clinic.rest.call("DELETE", f"/rooms/{room_id}")
    assert watch.until("gone") == {"id": room_id}
    plain = clinic.rest.call("POST", "/rooms", {}).json["id"]
    assert watch.until("room")["room"]["id"] == plain


def test_people_who_wait_and_are_in_the_call_are_told(clinic: Clinic, watch: Watch) -> None:
    room_id = clinic.plan("Call", waitingRoom="attendees")
    people = f"/openrooms/dev/rooms/{room_id}/people"
    doctor = clinic.ask("POST", people, {"role": "Presenter"})["rawId"]
    watch.until("room", lambda data: data["room"]["inCallCount"] == 1)
    assert [room["id"] for room in clinic.ask("GET", f"{ROOMS}?state=inCall")["value"]] == [room_id]
    clinic.rest.call("POST", people, {"role": "Attendee"}, version="")
    watch.until("room", lambda data: data["room"]["waitingCount"] == 1)
    clinic.ask("POST", f"{ROOMS}/{room_id}/call:admitAll")
    watch.until("room", lambda data: data["room"]["waitingCount"] == 0)
    clinic.ask("POST", f"{people}/{doctor}:leave")
    assert watch.until("room", lambda data: data["room"]["inCallCount"] == 0)["room"]["lastLeftAt"]


def test_a_stream_goes_on_where_it_was(clinic: Clinic, watch: Watch) -> None:
    first = clinic.plan("First")
    watch.until("room")
    watch.close()
    second = clinic.plan("Second")
    clinic.ask("PATCH", f"{ROOMS}/{first}", {"title": "Again"})
    back = clinic.watch(watch.last_id)
    heard = {back.until("room")["room"]["id"] for _ in range(2)}
    assert heard == {first, second}
    # The same once, without a stream.
    once = clinic.rest.call("GET", PATH, version="", **{"Last-Event-ID": watch.last_id}).json
    assert {event["data"]["room"]["id"] for event in once["events"]} == heard
    assert clinic.rest.call("GET", PATH, version="", **{"Last-Event-ID": once["id"]}).json["events"] == []
    for unknown in ("", "x", "0-1", f"{once['id']}9"):
        again = clinic.rest.call("GET", PATH, version="", **{"Last-Event-ID": unknown}).json
        assert [event["type"] for event in again["events"]] == ["reload"]
    back.close()


def test_a_moved_clock_changes_states(clinic: Clinic, watch: Watch) -> None:
    clinic.ask("POST", "/openrooms/dev/clock:advance", {"seconds": 60})
    watch.until("reload")
