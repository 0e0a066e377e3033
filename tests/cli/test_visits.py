"""The commands of an operator's day: visits, invitations, people and calls, on a service with simulated calls."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from tests.support.line import until
from tests.support.service import Process, openrooms, running

from openrooms.testing import DevService


class Desk:
    """Runs commands against the service."""

    def __init__(self, service: Process) -> None:
        self.string = f"endpoint={service.http};{service.connectionString.partition(';')[2]}"

    def run(self, *arguments: str, code: int = 0) -> str:
        done = openrooms(*arguments, OPENROOMS_CONNECTION_STRING=self.string)
        assert done.returncode == code, done.stderr
        return (done.stdout if code == 0 else done.stderr).strip()

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "-o", "json"))

    def visit(self, *options: str) -> Any:
        people = ("--presenter", "Dr Ada", "--attendee", "Pat", "--attendee", "Bo")
        return self.json("visit", "create", "--title", "Knee", *people, *options)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    ports = ("--https-port", 0, "--http-port", 0, "--livekit", "simulated")
    with running("dev", *ports, folder=tmp_path_factory.mktemp("desk")) as service:
        yield Desk(service)


@pytest.fixture
def dev(desk: Desk) -> Iterator[DevService]:
    with DevService.from_connection_string(desk.string) as service:
        yield service


def test_visit_has_people_times_and_links(desk: Desk, tmp_path: Path) -> None:
    raw_id = desk.json("users", "create")["rawId"]
    visit = desk.visit("--for", "45m", "--consumer", f"Ann={raw_id}", "--ics", str(tmp_path))
    assert visit["title"] == "Knee"
    assert [(person["displayName"], person["role"]) for person in visit["participants"]] == [
        ("Dr Ada", "Presenter"),
        ("Pat", "Attendee"),
        ("Bo", "Attendee"),
        ("Ann", "Consumer"),
    ]
    assert visit["participants"][3]["rawId"] == raw_id
    assert all("/j#" in person["url"] for person in visit["participants"])
    assert len(list(tmp_path.iterdir())) == 4
    assert desk.run("visit", "create", "--attendee", "Pat", "-q").startswith("994")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--attendee", "Pat", "--for", "30m", "--until", "tomorrow 9:00"], "give only one"),
        (["--title", "Knee"], "name somebody"),
        (["--attendee", "Pat", "--from", "2020-01-01 09:00"], "which is over"),
        (["--attendee", "Pat", "--from", "tomorrow 9:00", "--until", "tomorrow 8:00"], "not after it opens"),
        (["--attendee", "Pat", "--from", "9:00"], "write 'today 9:00' or 'tomorrow 9:00'"),
        (["--attendee", "Pat", "--zone", "CET"], "is not a zone"),
    ],
)
def test_unclear_visit_is_refused(desk: Desk, options: list[str], message: str) -> None:
    assert message in desk.run("visit", "create", *options, code=2)


def test_people_are_added_to_a_visit_with_their_links(desk: Desk, tmp_path: Path) -> None:
    room = desk.visit()["id"]
    added = desk.json("visit", "add", room, "--attendee", "Cy", "--consumer", "Interpreter", "--ics", str(tmp_path))
    assert [(person["displayName"], person["role"]) for person in added] == [
        ("Cy", "Attendee"),
        ("Interpreter", "Consumer"),
    ]
    assert len(list(tmp_path.iterdir())) == 2
    assert [row["displayName"] for row in desk.json("participants", "list", room)][-2:] == ["Cy", "Interpreter"]
    printed = desk.run("visit", "add", room, "--attendee", "Di").splitlines()
    assert (len(printed), printed[0]) == (2, "Di (Attendee)")
    assert "/j#" in printed[1]
    assert "name somebody" in desk.run("visit", "add", room, code=2)
    refused = ("--attendee", "Eve", "--attendee", f"Cy={added[0]['rawId']}")
    assert "(400 " in desk.run("visit", "add", room, *refused, code=1)
    assert desk.json("participants", "list", room)[-1]["displayName"] == "Di"


def test_title_options_and_names_are_changed(desk: Desk) -> None:
    room = desk.visit()["id"]
    options = ("--waiting-room", "everyone", "--starts-with", "presenter", "--extend-by", "15")
    changed = desk.json("visit", "update", room, "--title", "Hip", *options, "--name", "Pat", "Pat Lee")
    assert [changed[name] for name in ("title", "waitingRoom", "startsWith", "extendBy")] == [
        "Hip",
        "everyone",
        "presenter",
        15,
    ]
    again = desk.json("visit", "update", room, "--title", "", "--name", "Pat Lee", "", "--name", "Bo", "Bo Chen")
    assert (again["title"], again["waitingRoom"]) == ("", "everyone")
    assert [row["displayName"] for row in desk.json("participants", "list", room)] == ["Dr Ada", "", "Bo Chen"]
    assert "no participant of the room with the name or ID Pat" in desk.run(
        "visit", "update", room, "--title", "Knee", "--name", "Pat", "Eve", code=1
    )
    assert desk.json("visit", "update", room)["title"] == ""


def test_new_link_replaces_the_old_one_and_is_revoked(desk: Desk) -> None:
    room = desk.visit()["id"]
    # Without a command, `invite` creates.
    [made] = desk.json("invite", room, "Pat")
    invitations = desk.json("invite", "list", room)
    assert {"Dr Ada", "Pat"} <= {row["name"] for row in invitations}
    listed = {row["id"]: row["rawId"] for row in invitations}
    assert (len(listed), listed[made["id"]]) == (3, made["rawId"])
    assert "add --yes" in desk.run("invite", "revoke", room, made["id"], code=2)
    # One that does not exist hides neither the others nor the failure.
    error = desk.run("invite", "revoke", room, "nobody", made["id"], "--yes", code=1)
    assert error.startswith("openrooms: nobody: ")
    assert "(404 NotFound, request id " in error
    assert made["id"] not in desk.run("invite", "list", room, "-q")


def test_why_names_each_rule(desk: Desk) -> None:
    room = desk.visit("--from", "in 2h")["id"]
    found = desk.json("why", room, "Pat")
    assert (found["mayJoin"], found["role"]) == (False, "Attendee")
    [failed] = [rule for rule in found["rules"] if not rule["passed"]]
    assert failed["message"] == "The room is not open yet."
    assert f"may not join room {room} now as Attendee." in desk.run("why", room, "Pat")


def test_people_of_a_call(desk: Desk, dev: DevService) -> None:
    visit = desk.visit("--waiting-room", "attendees")
    room, (doctor, pat, _) = visit["id"], [person["rawId"] for person in visit["participants"]]
    dev.add_person(room, participant=doctor)
    assert {row["id"]: row["inCall"] for row in desk.json("calls", "list")}[room] == 1
    assert desk.run("participants", "mute", room, "dr ada") == f"Muted: dr ada ({doctor})"
    error = desk.run("participants", "admit", room, "Pat", "Nobody", code=1)
    assert "Pat: This person is not waiting. (404" in error
    assert "Nobody: there is no participant of the room with the name or ID Nobody" in error
    assert desk.run("participants", "keep-out", room, doctor) == f"Kept out: {doctor}"
    states = {row["rawId"]: row["state"] for row in desk.json("calls", "show", room)}
    assert states == {doctor: "keptOut"}
    assert desk.run("participants", "admit", room, "Dr Ada").startswith("Admitted: Dr Ada")
    dev.add_person(room, participant=doctor)
    assert desk.run("participants", "remove", room, "Dr Ada", "--call-only").startswith("Removed from the call")
    assert desk.run("participants", "remove", room, "Pat", "--yes") == f"Removed 1 participant from room {room}."
    assert [row["displayName"] for row in desk.json("participants", "list", room)] == ["Dr Ada", "Bo"]
    assert pat


def test_attendance(desk: Desk, dev: DevService) -> None:
    visit = desk.visit()
    room, doctor = visit["id"], visit["participants"][0]["rawId"]
    dev.add_person(room, participant=doctor)
    until(lambda: [stay["leftAt"] for stay in desk.json("attendance", room)] == [None])
    desk.run("calls", "end", room, "--yes")
    until(lambda: [bool(stay["ending"]) for stay in desk.json("attendance", room)] == [True])
    [stay] = csv.DictReader(StringIO(desk.run("attendance", room, "--csv")))
    assert (stay["rawId"], stay["displayName"], stay["role"]) == (doctor, "Dr Ada", "Presenter")
    assert datetime.fromisoformat(stay["leftAt"]) >= datetime.fromisoformat(stay["joinedAt"])
    assert "give only one" in desk.run("attendance", room, "--csv", "-q", code=2)
    stays = desk.json("attendance", "--from", "2020-01-01")
    assert [(one["title"], one["rawId"]) for one in stays if one["roomId"] == room] == [("Knee", doctor)]
    assert desk.json("attendance", "--until", "2020-01-01") == []
    assert "name either a room, or a time" in desk.run("attendance", room, "--from", "2020-01-01", code=2)
    assert "name either a room, or a time" in desk.run("attendance", code=2)


def test_a_person_is_exported_and_erased(desk: Desk, dev: DevService) -> None:
    visit = desk.visit()
    room, doctor = visit["id"], visit["participants"][0]["rawId"]
    dev.add_person(room, participant=doctor)
    until(lambda: len(desk.json("attendance", room)) == 1)
    document = json.loads(desk.run("users", "export", doctor))
    assert document["rawId"] == doctor
    assert {"users", "participants", "invitations", "stays", "events"} <= document["records"].keys()
    assert document["records"]["participants"][0]["displayName"] == "Dr Ada"
    assert "There is no terminal" in desk.run("users", "erase", doctor, code=2)
    assert desk.run("users", "erase", doctor, "--yes").startswith(f"Erased {doctor}.")
    assert json.loads(desk.run("users", "export", doctor))["records"].keys() <= {"audit"}
    [stay] = desk.json("attendance", room)
    assert (stay["displayName"], "_erased-" in stay["rawId"], bool(stay["leftAt"])) == ("", True, True)
    assert [row["displayName"] for row in desk.json("participants", "list", room)] == ["Pat", "Bo"]


def test_refused_tries(desk: Desk, dev: DevService) -> None:
    visit = desk.visit()
    room, doctor = visit["id"], visit["participants"][0]["rawId"]
    desk.run("participants", "remove", room, doctor, "--yes")
    with pytest.raises(HttpResponseError):
        dev.add_person(room, participant=doctor)
    until(lambda: [one["rule"] for one in desk.json("attendance", room, "--refused")] == ["onRoster"])
    table = desk.run("attendance", room, "--refused")
    assert any(one["roomId"] == room for one in desk.json("attendance", "--refused", "--from", "2020-01-01"))
    assert "You are not on the roster of this room." in " ".join(table.split())
    [refusal] = csv.DictReader(StringIO(desk.run("attendance", room, "--refused", "--csv")))
    assert (refusal["rawId"], refusal["count"]) == (doctor, "1")


def test_ending_several_calls_and_extending(desk: Desk, dev: DevService) -> None:
    rooms = [desk.visit() for _ in range(2)]
    for visit in rooms:
        dev.add_person(visit["id"], participant=visit["participants"][0]["rawId"])
    ids = [visit["id"] for visit in rooms]
    assert len(desk.run("calls", "end", *ids, "--yes").splitlines()) == 2
    assert not {row["id"] for row in desk.json("calls", "list")} & set(ids)
    until = desk.json("rooms", "get", ids[0])["validUntil"]
    assert desk.run("rooms", "extend", *ids, "--by", "1h3m").startswith(f"Room {ids[0]} is open until ")
    longer = datetime.fromisoformat(desk.json("rooms", "get", ids[0])["validUntil"])
    assert longer - datetime.fromisoformat(until) == timedelta(minutes=63)
    assert "whole minutes from 1 to 1440" in desk.run("rooms", "extend", *ids, "--by", "25h", code=2)


def test_beginning_of_an_id_names_the_room(desk: Desk) -> None:
    rooms = [desk.json("rooms", "create")["id"] for _ in range(2)]
    assert desk.json("rooms", "get", rooms[0][:12])["id"] == rooms[0]
    error = desk.run("rooms", "delete", "994", "--yes", code=1)
    assert "there is more than one room whose ID begins with 994: 994" in error
    assert [row["id"] for row in desk.json("rooms", "get", *rooms)] == rooms
    # A beginning that names no room stops the command before it deletes anything.
    assert "begins with 12" in desk.run("rooms", "delete", rooms[0], "12", "--yes", code=1)
    assert desk.run("rooms", "delete", *rooms, "--yes").count("Deleted") == 2


def test_rooms_by_state_time_and_words(desk: Desk) -> None:
    upcoming = desk.visit("--from", "in 3h", "--attendee", "Zoë Quill")["id"]
    for options, is_listed in (
        ((), True),
        (("--state", "upcoming"), True),
        (("--state", "open"), False),
        (("--state", "inCall"), False),
        (("--state", "waiting"), False),
        (("--search", "zoe knee"), True),
        (("--search", upcoming[:10]), True),
        (("--search", "nobody"), False),
        (("--from", "in 2h", "--until", "in 4h"), True),
        (("--until", "in 1h"), False),
    ):
        assert (upcoming in desk.run("rooms", "list", *options, "-q")) is is_listed, options
    later = desk.visit("--from", "in 5h", "--attendee", "Zoë Quill")["id"]
    oldest, newest = (
        desk.run("rooms", "list", "--search", "quill", "-q", *order).split() for order in ((), ("--newest-first",))
    )
    assert oldest == newest[::-1] == [upcoming, later]
    [row] = desk.json("rooms", "list", "--search", "zoe", "--until", "in 4h")
    assert (row["title"], row["people"], row["state"]) == ("Knee", 4, "upcoming")
