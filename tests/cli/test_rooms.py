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
from openrooms.server.process.settings import DEVELOPMENT_KEY

NOBODY = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"


class Person:
    """Somebody at a terminal."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def types(self, *arguments: str) -> str:
        """Return what a command that works prints."""
        code = commands.run(arguments)
        said = self._capsys.readouterr()
        assert (code, said.err) == (0, "")
        return said.out.strip()

    def asks(self, *arguments: str) -> Any:
        return json.loads(self.types(*arguments, "--json"))

    def is_refused(self, *arguments: str) -> str:
        """Return the line of a command that does not work."""
        assert commands.run(arguments) in (1, 2)
        [line] = self._capsys.readouterr().err.splitlines()
        return str(line)


@pytest.fixture
def person(service: Process, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setenv("OPENROOMS_CONNECTION_STRING", service.connectionString)
    monkeypatch.setenv("OPENROOMS_CA", service.ca)
    return Person(capsys)


def test_the_life_of_a_room(person: Person) -> None:
    window = ("--valid-from", "2036-05-01T09:00Z", "--valid-until", "2036-05-01T10:00Z")
    assert "more than 180 days" in person.is_refused("rooms", "create", *window)
    room = person.asks("rooms", "create", "--pstn-dial-out")
    assert room["pstnDialOutEnabled"] is True
    assert person.asks("rooms", "get", room["id"]) == room
    assert room["id"] in [one["id"] for one in person.asks("rooms", "list", "--limit", "1000")]
    changed = person.asks("rooms", "update", room["id"], "--no-pstn-dial-out")
    assert changed == room | {"pstnDialOutEnabled": False}
    assert person.types("rooms", "delete", room["id"]) == f"Deleted {room['id']}."
    assert person.is_refused("rooms", "get", room["id"]).startswith("openrooms: 404 NotFound: ")


@pytest.mark.parametrize(
    ("form", "zone"), [("%Y-%m-%dT%H:%M", 0), ("%Y-%m-%d %H:%M:%S", 0), ("%Y-%m-%d", 0), ("%Y-%m-%dT%H:%M:%S+02:00", 2)]
)
def test_a_time_without_a_zone_is_utc(person: Person, form: str, zone: int) -> None:
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=7)
    typed = (until + timedelta(hours=zone)).strftime(form)
    assert person.asks("rooms", "create", "--valid-until", typed)["validUntil"] == until.isoformat()


def test_a_roster(person: Person) -> None:
    doctor, patient = (person.asks("users", "create")["rawId"] for _ in range(2))
    room = person.asks("rooms", "create", "--participant", f"{doctor}=Presenter")["id"]
    assert "Updated " in person.types("participants", "put", room, patient, f"{NOBODY}=consumer")
    assert person.asks("participants", "list", room) == [
        {"rawId": doctor, "role": "Presenter"},
        {"rawId": patient, "role": "Attendee"},
        {"rawId": NOBODY, "role": "Consumer"},
    ]
    person.types("participants", "remove", room, patient, NOBODY)
    assert person.asks("participants", "list", room) == [{"rawId": doctor, "role": "Presenter"}]
    assert doctor in person.types("participants", "list", room)


def test_a_user_and_their_tokens(person: Person) -> None:
    made = person.asks("users", "create", "--scope", "voip")
    assert made["token"].count(".") == 2
    assert person.asks("users", "token", made["rawId"])["token"] != made["token"]
    assert "Revoked all tokens" in person.types("users", "revoke", made["rawId"])
    assert person.types("users", "delete", made["rawId"]) == f"Deleted {made['rawId']}."


def test_users_made_elsewhere(person: Person, tmp_path: Path, service: Process) -> None:
    made = [f"8:acs:3f14cf17-84d5-42c2-8689-a6365c474b4e_{uuid4()}" for _ in range(3)]
    room = person.asks("rooms", "create", "--participant", made[0])["id"]
    assert "Provided identity doesn't belong to the resource" in person.is_refused("users", "token", made[0])
    with CallsClient.from_connection_string(service.connectionString, connection_verify=service.ca) as calls:
        [rule] = [rule for rule in calls.explain_joining(room, made[0]).rules if not rule.passed]
    assert (rule.name, "openrooms users adopt" in str(rule.message)) == ("userIsActive", True)
    assert person.types("users", "adopt", made[0]) == "Adopted 1 users."
    assert person.asks("users", "token", made[0])["token"].count(".") == 2
    (tmp_path / "ids").write_text("\n".join(made) + "\n\n")
    assert person.types("users", "adopt", "--from", str(tmp_path / "ids")) == "Adopted 3 users."
    assert person.asks("users", "token", made[2])["token"].count(".") == 2
    assert "name raw ids" in person.is_refused("users", "adopt")
    assert "is not the raw ID of a user" in person.is_refused("users", "adopt", "ada")


@pytest.mark.parametrize(
    "form", ["endpoint={};accesskey={}", "Endpoint={}/;AccessKey={}", " AccessKey={1}; ENDPOINT={0} ;"]
)
def test_demo_prints_whole_links_however_the_connection_string_is_written(
    person: Person, service: Process, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    key = service.connectionString.partition("accesskey=")[2]
    monkeypatch.setenv("OPENROOMS_CONNECTION_STRING", form.format(service.endpoint, key))
    assert all(link.startswith(f"{service.endpoint}/call/994") for link in person.asks("demo").values())


def test_demo_prints_two_call_pages(person: Person, service: Process) -> None:
    links = person.asks("demo")
    assert list(links) == ["Presenter", "Attendee"]
    pages = [link.replace(service.endpoint, service.http).partition("#")[0] for link in links.values()]
    for page in pages:
        with urllib.request.urlopen(page) as answer:
            assert answer.headers["content-type"].startswith("text/html")
    assert person.asks("rooms", "get", pages[0].rpartition("/")[2])["id"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param("rooms get 123", "openrooms: 400 BadRequest: GET /rooms/123: ", id="no room has this id"),
        pytest.param("rooms create --valid-from tomorrow", "a time such as", id="no time"),
        pytest.param(f"rooms create --participant {NOBODY}=Boss", "'Boss' is not a role", id="no role"),
        pytest.param("users create --scope sms", "'sms' is not one of", id="no scope"),
        pytest.param("rooms list --connection-string nonsense", "openrooms: ", id="no connection string"),
        pytest.param(
            "rooms list --connection-string endpoint=http://127.0.0.1:1/;accesskey=YWJjZA==",
            "http://127.0.0.1:1 cannot be reached",
            id="nobody there",
        ),
    ],
)
def test_what_is_refused(person: Person, arguments: str, said: str) -> None:
    assert said in person.is_refused(*arguments.split())


def test_a_certificate_that_is_not_trusted_names_the_option(
    service: Process, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    string = f"endpoint={service.endpoint};accesskey={DEVELOPMENT_KEY}"
    assert commands.run(["rooms", "list", "--connection-string", string]) == 1
    assert "Name the file of its CA with --ca or OPENROOMS_CA" in capsys.readouterr().err
    assert commands.run(["rooms", "list", "--connection-string", string, "--ca", service.ca]) == 0
