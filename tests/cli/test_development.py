"""The commands for a development service's clock, faults and requests."""

import json
import subprocess
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.support.service import OPENROOMS, Process, dev, environment

from openrooms import RoomsClient
from openrooms.cli.commands import openrooms

DIRECT = {"use_env_settings": False}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with dev(tmp_path_factory.mktemp("dev")) as process:
        yield process


@pytest.fixture
def string(service: Process) -> str:
    return f"endpoint={service.http};{service.connectionString.partition(';')[2]}"


def run(string: str, *arguments: str) -> str:
    """Return what the command prints; it must succeed."""
    result = CliRunner().invoke(openrooms, [*arguments, "--connection-string", string])
    assert result.exit_code == 0, result.output
    return result.output


def told(string: str, *arguments: str) -> datetime:
    return datetime.fromisoformat(json.loads(run(string, "clock", *arguments, "--json"))["time"])


def test_the_clock_is_moved(string: str):
    assert told(string, "set", "2031-05-01T09:00Z").isoformat().startswith("2031-05-01T09:00:00")
    frozen = told(string, "freeze")
    assert told(string, "advance", "1h30m") - frozen < timedelta(hours=1, minutes=31)
    assert told(string, "advance", "1h30m", "--back") - frozen < timedelta(seconds=1)
    assert '"frozen": false' in run(string, "clock", "run", "--json")
    assert "machine" in run(string, "clock", "reset")
    assert "no" in run(string, "clock", "show")


@pytest.mark.parametrize("amount", ["2", "2x", "", "1h-2m", "h"])
def test_a_bad_amount_is_explained(string: str, amount: str):
    result = CliRunner().invoke(openrooms, ["clock", "advance", amount, "--connection-string", string])
    assert result.exit_code == 2
    assert "30m" in result.output


def test_people_come_and_go(tmp_path: Path):
    with dev(tmp_path, "--livekit", "simulated") as process:
        string = f"endpoint={process.http};{process.connectionString.partition(';')[2]}"
        room = json.loads(run(string, "rooms", "create", "--json"))["id"]
        ada = json.loads(run(string, "people", "join", room, "--role", "presenter", "--name", "Dr. Ada", "--json"))
        assert (ada["role"], ada["displayName"], ada["state"]) == ("Presenter", "Dr. Ada", "connected")
        run(string, "people", "join", room, "--name", "Bo")
        again = run(string, "people", "join", room, "--user", ada["rawId"], "--name", "Ada", "--json")
        assert json.loads(again)["rawId"] == ada["rawId"]

        def states() -> list[list[str]]:
            people = json.loads(run(string, "people", "list", room, "--json"))
            return [[person["displayName"], person["state"], person["muted"]] for person in people]

        assert run(string, "people", "mute", room, "Bo") == "mute: Bo\n"
        run(string, "people", "lose-connection", room, ada["rawId"])
        assert states() == [["Bo", "connected", True], ["Ada", "reconnecting", False]]
        run(string, "people", "unmute", room, "bo", "--quiet")
        run(string, "people", "reconnect", room, "Ada")
        assert states() == [["Bo", "connected", False], ["Ada", "connected", False]]
        run(string, "people", "leave", room, "Ada", "Bo")
        assert states() == []


def test_a_person_who_is_not_in_the_call_is_named(tmp_path: Path):
    with dev(tmp_path, "--livekit", "simulated") as process:
        string = f"endpoint={process.http};{process.connectionString.partition(';')[2]}"
        room = run(string, "rooms", "create", "--quiet").strip()
        result = CliRunner().invoke(openrooms, ["people", "leave", room, "Eve", "--connection-string", string])
        assert result.exit_code == 1
        assert "Eve" in result.output


def test_faults_are_added_listed_and_removed(string: str):
    added = json.loads(run(string, "faults", "add", "operation=create_room", "nth=2", "cut=beforeAnswer", "--json"))
    assert added["fault"] == "operation=create_room nth=2 cut=beforeAnswer"
    assert added["fault"] in run(string, "faults", "list")
    run(string, "faults", "remove", added["id"])
    run(string, "faults", "add", "malformed=true")
    assert "malformed=true" in run(string, "faults", "list")
    run(string, "faults", "clear")
    assert json.loads(run(string, "faults", "list", "--json")) == []


def test_a_bad_fault_is_explained(string: str):
    result = CliRunner().invoke(openrooms, ["faults", "add", "status=200", "--connection-string", string])
    assert result.exit_code == 1
    assert "200 is not an error status" in result.output


@pytest.mark.parametrize("fault", ["bogus=1", "status", "cut=never", "status=high"])
def test_a_fault_that_cannot_be_read_is_a_mistake_of_use(string: str, fault: str):
    result = CliRunner().invoke(openrooms, ["faults", "add", fault, "--connection-string", string])
    assert result.exit_code == 2
    assert "A fault is written as" in result.output


def test_requests_are_printed_with_their_refusals(string: str):
    with RoomsClient.from_connection_string(string, **DIRECT) as rooms, pytest.raises(Exception, match="400"):
        rooms.get_room("12")
    line = run(string, "requests", "--limit", "1").strip()
    assert "400  GET  /rooms/12?api-version=" in line
    assert line.endswith("Invalid room ID length.")
    assert json.loads(run(string, "requests", "--limit", "1", "--json"))["operation"] == "get_room"


def test_requests_are_followed(string: str):
    finish = threading.Event()

    def create_rooms() -> None:
        # Until the command has started, it misses them.
        with RoomsClient.from_connection_string(string, **DIRECT) as rooms:
            while not finish.wait(0.1):
                rooms.create_room()

    command = [*OPENROOMS, "requests", "--follow", "--limit", "0", "--connection-string", string]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as following:
        creating = threading.Thread(target=create_rooms)
        creating.start()
        try:
            assert following.stdout is not None
            assert "201  POST  /rooms?api-version=" in following.stdout.readline()
        finally:
            finish.set()
            creating.join()
            following.kill()
