"""Rooms and users copied between two services and through a file: interrupted, with faults, and with new IDs."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.patience import patient
from tests.support.service import OPENROOMS, Process, environment, openrooms, running

from openrooms import RoomsClient
from openrooms.identity import CommunicationIdentityClient, CommunicationUserIdentifier
from openrooms.testing import DevService
from openrooms.visits import Guest, VisitsClient
from openrooms.wire.dates import parse_datetime

ROOMS = 70
PORTS = ("--https-port", 0, "--http-port", 0, "--livekit", "off")


class Place:
    """A service with its own data, and its state as `openrooms state` has it."""

    def __init__(self, service: Process) -> None:
        self.string = f"endpoint={service.http};{service.connectionString.partition(';')[2]}"
        self.dev = DevService.from_connection_string(self.string)

    def state(self) -> Any:
        return json.loads(self.dev.export_state())

    def rooms(self) -> dict[str, Any]:
        """Return each room by its ID, with its times to the microsecond, as clients have them."""
        times = ("createdAt", "validFrom", "validUntil")
        return {
            room["id"]: {**room, "moves": 0, **{name: parse_datetime(room[name]) for name in times}}
            for room in self.state()["rooms"]
        }


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Process, Process]]:
    folder = tmp_path_factory.mktemp("copying")
    with running("dev", *PORTS, folder=folder / "one") as one, running("dev", *PORTS, folder=folder / "two") as two:
        yield one, two


@pytest.fixture
def source(services: tuple[Process, Process]) -> Place:
    place = Place(services[0])
    place.dev.reset_state()
    with VisitsClient.from_connection_string(place.string) as client:
        for number in range(ROOMS):
            people = [Guest(f"Dr {number}", "Presenter"), Guest(f"Pat {number}")]
            client.create_visit(people, title=f"Visit {number}", waiting_room="attendees", extend_by=10)
    with RoomsClient.from_connection_string(place.string) as rooms:
        rooms.create_room(pstn_dial_out_enabled=True)
    return place


@pytest.fixture
def target(services: tuple[Process, Process]) -> Place:
    place = Place(services[1])
    place.dev.reset_state()
    return place


def copy(source: Place | Path, target: Place | Path, folder: Path, *options: str, code: int = 0) -> Any:
    """Run the command to its end and return its report."""
    variables = {}
    for name, place in (("SOURCE", source), ("TARGET", target)):
        if isinstance(place, Place):
            variables[name] = place.string
    ends = [f"env:{n}" if isinstance(p, Place) else str(p) for n, p in (("SOURCE", source), ("TARGET", target))]
    journal = ("--journal", folder / "journal.jsonl")
    done = openrooms("copy", "--from", ends[0], "--to", ends[1], *journal, "-o", "json", *options, **variables)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if code != 2 else done.stderr


def test_rooms_and_users_keep_their_ids(source: Place, target: Place, tmp_path: Path) -> None:
    assert copy(source, target, tmp_path, "--dry-run")["copied"] == ROOMS + 1
    assert (target.rooms(), list(tmp_path.iterdir())) == ({}, [])
    assert copy(source, target, tmp_path)["copied"] == ROOMS + 1
    assert target.rooms() == source.rooms()
    with CommunicationIdentityClient.from_connection_string(target.string) as client:
        for user in source.state()["users"]:
            assert client.get_token(CommunicationUserIdentifier(user["id"]), ["voip"])
    again = copy(source, target, tmp_path)
    assert (again["copied"], again["earlier"]) == (0, ROOMS + 1)
    # Another journal finds the same rooms there.
    (tmp_path / "other").mkdir()
    other = copy(source, target, tmp_path / "other")
    assert (other["copied"], other["present"], other["leftOut"]) == (0, ROOMS + 1, [])


def test_changed_room_is_left_out_and_named(source: Place, target: Place, tmp_path: Path) -> None:
    copy(source, target, tmp_path)
    room = next(iter(source.rooms()))
    with VisitsClient.from_connection_string(target.string) as client:
        client.update_visit(room, title="Changed here")
    (tmp_path / "other").mkdir()
    report = copy(source, target, tmp_path / "other", code=1)
    [left_out] = report["leftOut"]
    assert (left_out["room"], "409 RoomExists" in left_out["reason"], report["present"]) == (room, True, ROOMS)
    with VisitsClient.from_connection_string(target.string) as client:
        assert client.get_visit(room).title == "Changed here"


def test_through_a_file(source: Place, target: Place, tmp_path: Path) -> None:
    file = tmp_path / "rooms.jsonl"
    assert copy(source, file, tmp_path)["copied"] == ROOMS + 1
    assert file.stat().st_mode & 0o777 == 0o600
    whole = file.read_bytes()
    # A write that was interrupted leaves an incomplete line.
    file.write_bytes(whole[: len(whole) // 2])
    assert copy(source, file, tmp_path)["earlier"] > 0
    assert sorted(file.read_bytes().splitlines()) == sorted(whole.splitlines())
    copy(file, target, tmp_path)
    assert target.rooms() == source.rooms()
    file.write_text('{"id": 5}\n')
    journal = ("--journal", tmp_path / "another.jsonl")
    assert "line 1 is not a room" in openrooms("copy", "--from", file, "--to", source.string, *journal).stderr


def test_new_ids_and_the_map_to_them(source: Place, target: Place, tmp_path: Path) -> None:
    assert copy(source, target, tmp_path, "--new-ids")["copied"] == ROOMS + 1
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    rooms = {line["room"]: line["newId"] for line in lines if line["type"] == "room"}
    users = {line["user"]: line["newId"] for line in lines if line["type"] == "user"}
    old, new = source.rooms(), target.rooms()
    assert set(rooms.values()) == set(new)
    assert not {user["id"] for user in source.state()["users"]} & {user["id"] for user in target.state()["users"]}
    for room, there in rooms.items():
        assert [users[raw_id] for raw_id in roster(old[room])] == list(roster(new[there]))
        for key in ("title", "waitingRoom", "validUntil"):
            assert old[room].get(key) == new[there].get(key)
    assert "accesskey" not in (tmp_path / "journal.jsonl").read_text()


def roster(room: Any) -> list[str]:
    people = room.get("participants") or []
    return [person["rawId"] for person in people] if isinstance(people, list) else list(people)


@pytest.mark.parametrize("options", [(), ("--new-ids",)], ids=["same IDs", "new IDs"])
def test_killed_in_the_middle_it_goes_on(
    source: Place, target: Place, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Nothing is there twice, and nothing is missing."""
    # Slow answers, so that the kill is in the middle.
    target.dev.add_fault(delay=0.05)
    for _ in range(3):
        before = len(target.rooms())
        ends = ("--from", "env:SOURCE", "--to", "env:TARGET")
        program = subprocess.Popen(
            [*OPENROOMS, "copy", *ends, "--journal", str(tmp_path / "journal.jsonl"), *options],
            env=environment(SOURCE=source.string, TARGET=target.string),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        limit = time.monotonic() + patient(30)
        while len(target.rooms()) < before + 8 and program.poll() is None:
            assert time.monotonic() < limit
        os.kill(program.pid, signal.SIGKILL)
        program.wait()
    assert 0 < len(target.rooms()) <= ROOMS + 1
    target.dev.clear_faults()
    report = copy(source, target, tmp_path, *options)
    assert report["leftOut"] == []
    titles = sorted(str(room.get("title")) for room in target.rooms().values())
    assert titles == sorted(str(room.get("title")) for room in source.rooms().values())
    if not options:
        assert target.rooms() == source.rooms()


def test_busy_and_broken_services_are_asked_again(source: Place, target: Place, tmp_path: Path) -> None:
    for place in (source, target):
        place.dev.add_fault(status=503, retry_after=1, probability=0.05, seed=1)
        place.dev.add_fault(status=429, retry_after=1, probability=0.05, seed=2)
        place.dev.add_fault(cut="beforeAnswer", probability=0.03, seed=3)
        place.dev.add_fault(cut="inBody", probability=0.03, seed=4)
    try:
        report = copy(source, target, tmp_path, "--new-ids")
    finally:
        for place in (source, target):
            place.dev.clear_faults()
    assert (report["copied"], report["leftOut"]) == (ROOMS + 1, [])
    assert len(target.rooms()) == ROOMS + 1


def test_places_that_cannot_be_used(source: Place, tmp_path: Path) -> None:
    done = openrooms("copy", "--from", source.string, "--to", tmp_path / "x" / "rooms.jsonl")
    assert (done.returncode, "cannot be written" in done.stderr) == (1, True)
    done = openrooms("copy", "--from", tmp_path / "a.jsonl", "--to", tmp_path / "b.jsonl")
    assert (done.returncode, "one of the two places must be a service" in done.stderr) == (2, True)
