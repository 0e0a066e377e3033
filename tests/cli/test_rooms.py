"""The commands for rooms, rosters and users, on a running service."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.support.service import Process

from openrooms.calls import CallsClient
from openrooms.cli import commands
from openrooms.wire.connection_string import DEVELOPMENT_KEY

STRANGER = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"


class Terminal:
    """Runs commands as a person at a terminal does."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, *arguments: str) -> str:
        """Return the output of a command that must succeed."""
        code = commands.run(arguments)
        printed = self._capsys.readouterr()
        assert (code, printed.err) == (0, "")
        return printed.out.strip()

    def json(self, *arguments: str) -> Any:
        """Return the JSON that a command prints."""
        return json.loads(self.run(*arguments, "--json"))

    def fail(self, *arguments: str) -> str:
        """Return the error line of a command that must fail."""
        assert commands.run(arguments) in (1, 2)
        [line] = self._capsys.readouterr().err.splitlines()
        return str(line)


@pytest.fixture
def terminal(service: Process, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("OPENROOMS_CONNECTION_STRING", service.connectionString)
    monkeypatch.setenv("OPENROOMS_CA", service.ca)
    return Terminal(capsys)


def test_room_from_create_to_delete(terminal: Terminal) -> None:
    window = ("--valid-from", "2036-05-01T09:00Z", "--valid-until", "2036-05-01T10:00Z")
    assert "more than 180 days" in terminal.fail("rooms", "create", *window)
    room = terminal.json("rooms", "create", "--pstn-dial-out")
    assert room["pstnDialOutEnabled"] is True
    assert terminal.json("rooms", "get", room["id"]).items() >= room.items()
    assert room["id"] in [listed["id"] for listed in terminal.json("rooms", "list", "--all")]
    changed = terminal.json("rooms", "update", room["id"], "--no-pstn-dial-out")
    assert changed == room | {"pstnDialOutEnabled": False}
    assert terminal.run("rooms", "delete", room["id"], "--yes") == f"Deleted {room['id']}."
    assert terminal.fail("rooms", "get", room["id"]).startswith(
        "openrooms: There is no such room. (404 NotFound, request id "
    )


@pytest.mark.parametrize(
    ("form", "zone"), [("%Y-%m-%dT%H:%M", 0), ("%Y-%m-%d %H:%M:%S", 0), ("%Y-%m-%d", 0), ("%Y-%m-%dT%H:%M:%S+02:00", 2)]
)
def test_time_without_a_zone_is_utc(terminal: Terminal, form: str, zone: int) -> None:
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=7)
    typed = (until + timedelta(hours=zone)).strftime(form)
    assert terminal.json("rooms", "create", "--valid-until", typed)["validUntil"] == until.isoformat()


def test_roster(terminal: Terminal) -> None:
    doctor, patient = (terminal.json("users", "create")["rawId"] for _ in range(2))
    room = terminal.json("rooms", "create", "--participant", f"{doctor}=Presenter")["id"]
    assert "Updated " in terminal.run("participants", "put", room, patient, f"{STRANGER}=consumer")
    assert terminal.json("participants", "list", room) == [
        {"rawId": doctor, "role": "Presenter", "displayName": ""},
        {"rawId": patient, "role": "Attendee", "displayName": ""},
        {"rawId": STRANGER, "role": "Consumer", "displayName": ""},
    ]
    terminal.run("participants", "remove", room, patient, STRANGER, "--yes")
    assert terminal.json("participants", "list", room) == [{"rawId": doctor, "role": "Presenter", "displayName": ""}]
    assert doctor in terminal.run("participants", "list", room)


def test_user_and_tokens(terminal: Terminal) -> None:
    made = terminal.json("users", "create", "--scope", "voip")
    assert made["token"].count(".") == 2
    assert terminal.json("users", "token", made["rawId"])["token"] != made["token"]
    assert "Revoked all tokens" in terminal.run("users", "revoke", made["rawId"], "--yes")
    assert terminal.run("users", "delete", made["rawId"], "--yes") == f"Deleted {made['rawId']}."


def test_adopted_users(terminal: Terminal, tmp_path: Path, service: Process) -> None:
    made = [f"8:acs:3f14cf17-84d5-42c2-8689-a6365c474b4e_{uuid4()}" for _ in range(3)]
    room = terminal.json("rooms", "create", "--participant", made[0])["id"]
    assert "Provided identity doesn't belong to the resource" in terminal.fail("users", "token", made[0])
    with CallsClient.from_connection_string(service.connectionString, connection_verify=service.ca) as calls:
        [rule] = [rule for rule in calls.explain_joining(room, made[0]).rules if not rule.passed]
    assert (rule.name, "openrooms users adopt" in str(rule.message)) == ("userIsActive", True)
    assert terminal.run("users", "adopt", made[0]) == "Adopted 1 users."
    assert terminal.json("users", "token", made[0])["token"].count(".") == 2
    (tmp_path / "ids").write_text("\n".join(made) + "\n\n")
    assert terminal.run("users", "adopt", "--from", str(tmp_path / "ids")) == "Adopted 3 users."
    assert terminal.json("users", "token", made[2])["token"].count(".") == 2
    assert "name raw ids" in terminal.fail("users", "adopt")
    assert "is not the raw ID of a user" in terminal.fail("users", "adopt", "ada")


@pytest.mark.parametrize(
    "form", ["endpoint={};accesskey={}", "Endpoint={}/;AccessKey={}", " AccessKey={1}; ENDPOINT={0} ;"]
)
def test_demo_links_for_any_spelling_of_the_string(
    terminal: Terminal, service: Process, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    key = service.connectionString.partition("accesskey=")[2]
    monkeypatch.setenv("OPENROOMS_CONNECTION_STRING", form.format(service.endpoint, key))
    assert all(link.startswith(f"{service.endpoint}/call/994") for link in terminal.json("demo").values())


def test_demo_prints_two_call_pages(terminal: Terminal, service: Process) -> None:
    links = terminal.json("demo")
    assert list(links) == ["Presenter", "Attendee"]
    pages = [link.replace(service.endpoint, service.http).partition("#")[0] for link in links.values()]
    for page in pages:
        with urllib.request.urlopen(page) as answer:
            assert answer.headers["content-type"].startswith("text/html")
    assert terminal.json("rooms", "get", pages[0].rpartition("/")[2])["id"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param("rooms get 123", "there is no room whose ID begins with 123", id="not the beginning of a room ID"),
        pytest.param("rooms create --valid-from tomorrow", "names no time of the day", id="not a time"),
        pytest.param(f"rooms create --participant {STRANGER}=Boss", "'Boss' is not a role", id="not a role"),
        pytest.param("users create --scope sms", "'sms' is not one of", id="not a scope"),
        pytest.param("rooms list --connection-string nonsense", "openrooms: ", id="not a connection string"),
        pytest.param(
            "rooms list --connection-string endpoint=http://127.0.0.1:1/;accesskey=YWJjZA==",
            "http://127.0.0.1:1 cannot be reached",
            id="no service at the address",
        ),
    ],
)
def test_invalid_commands(terminal: Terminal, arguments: str, message: str) -> None:
    assert message in terminal.fail(*arguments.split())


def test_untrusted_certificate_names_the_option(
    service: Process, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    string = f"endpoint={service.endpoint};accesskey={DEVELOPMENT_KEY}"
    assert commands.run(["rooms", "list", "--connection-string", string]) == 1
    assert "Name the file of its CA with --ca or OPENROOMS_CA" in capsys.readouterr().err
    assert commands.run(["rooms", "list", "--connection-string", string, "--ca", service.ca]) == 0
