"""The operator's commands, on a database and beside a running service."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.communication.rooms import RoomsClient
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from tests.support.service import Process, dev

from openrooms.cli import commands
from openrooms.server.core import administration
from openrooms.server.process.settings import check_access_key

SECONDS_UNTIL_A_KEY_IS_DEAD = 5


class Answer:
    """What a command said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out.strip()
        self.err = err.strip()

    def json(self) -> dict[str, str]:
        assert self.code == 0, self.err
        answer: dict[str, str] = json.loads(self.out)
        return answer


class Operator:
    """Types commands for one data folder."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Answer:
        self._capsys.readouterr()
        code = commands.run([*arguments, "--data", str(self.data)])
        return Answer(code, *self._capsys.readouterr())


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    made = Operator(tmp_path, capsys)
    assert made("migrate").code == 0
    return made


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with dev(tmp_path_factory.mktemp("service")) as process:
        yield process


@pytest.fixture
def beside(service: Process, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Operator:
    """The operator of a service that runs."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca)
    return Operator(Path(service.ca).parent.parent, capsys)


# Resources


def test_resources_come_and_go(operator: Operator) -> None:
    contoso = operator("resources", "add", "Contoso.Rooms.Example", "--json").json()
    assert contoso["host"] == "contoso.rooms.example"
    fabrikam = operator("resources", "add", "fabrikam.rooms.example", "--json").json()
    listed = json.loads(operator("resources", "list", "--json").out)
    assert {one["host"]: one["id"] for one in listed} == {
        "contoso.rooms.example": contoso["id"],
        "fabrikam.rooms.example": fabrikam["id"],
    }
    assert operator("resources", "remove", "contoso.rooms.example").code == 0
    assert [one["id"] for one in json.loads(operator("resources", "list", "--json").out)] == [fabrikam["id"]]


def test_a_list_for_people_names_everything(operator: Operator) -> None:
    added = operator("resources", "add", "contoso.rooms.example", "--json").json()
    listed = operator("resources", "list").out
    assert added["id"] in listed
    assert "contoso.rooms.example" in listed


@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param("resources add contoso.rooms.example", "another resource answers to this host", id="a host twice"),
        pytest.param("resources add https://contoso.example/", "is not a host name", id="a URL"),
        pytest.param("resources remove nobody.example", "there is no such resource", id="an unknown one"),
        pytest.param("keys list", "name one with --resource", id="which of two"),
        pytest.param("keys list --resource nobody.example", "there is no such resource", id="keys of an unknown one"),
        pytest.param("operator-token", "name one with --resource", id="a token for which of two"),
    ],
)
def test_what_is_refused(operator: Operator, command: str, said: str) -> None:
    for host in ("contoso.rooms.example", "fabrikam.rooms.example"):
        operator("resources", "add", host)
    answer = operator(*command.split())
    assert answer.code in (1, 2)
    assert said in answer.err
    assert len(answer.err.splitlines()) == 1


def test_a_resource_with_rooms_stays(beside: Operator, service: Process) -> None:
    with RoomsClient.from_connection_string(service.connectionString) as rooms:
        rooms.create_room()
    [resource] = json.loads(beside("resources", "list", "--json").out)
    answer = beside("resources", "remove", resource["id"])
    assert (answer.code, answer.err) == (1, "openrooms: the resource still has rooms or users: delete them first")


def test_an_error_without_a_database_names_the_flags(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = Operator(tmp_path / "nothing", capsys)("keys", "list")
    assert answer.code == 1
    assert "run `openrooms migrate`" in answer.err


# Keys


def test_one_key_is_renewed_and_the_other_stays(operator: Operator) -> None:
    before = operator("resources", "add", "contoso.rooms.example", "--json").json()
    after = operator("keys", "regenerate", "primary", "--json").json()
    assert after["primaryKey"] != before["primaryKey"]
    assert after["secondaryKey"] == before["secondaryKey"]
    assert len(base64.b64decode(after["primaryKey"], validate=True)) == 64
    assert operator("keys", "list", "--json").json() == after


@pytest.mark.parametrize(
    ("arguments", "endpoint"),
    [
        pytest.param((), "https://contoso.rooms.example/", id="the host of the resource"),
        pytest.param(
            ("--public-url", "https://proxy.example:8443"), "https://proxy.example:8443/", id="the address given"
        ),
    ],
)
def test_keys_come_with_connection_strings(operator: Operator, arguments: tuple[str, ...], endpoint: str) -> None:
    operator("resources", "add", "contoso.rooms.example")
    keys = operator("keys", "list", "--json", *arguments).json()
    for name in ("primary", "secondary"):
        assert keys[f"{name}ConnectionString"] == f"endpoint={endpoint};accesskey={keys[f'{name}Key']}"


def test_a_running_service_follows(beside: Operator, service: Process) -> None:
    """A regenerated key is good and the old one dead within seconds; the other one is good all the time."""
    before = beside("keys", "list", "--json").json()
    after = beside("keys", "regenerate", "secondary", "--json").json()
    limit = time.monotonic() + SECONDS_UNTIL_A_KEY_IS_DEAD
    while not takes(service, after["secondaryKey"]) or takes(service, before["secondaryKey"]):
        assert takes(service, before["primaryKey"])
        assert time.monotonic() < limit
        time.sleep(0.1)


def takes(service: Process, key: str) -> bool:
    with RoomsClient.from_connection_string(f"endpoint={service.endpoint}/;accesskey={key}") as rooms:
        try:
            next(iter(rooms.list_rooms()), None)
        except ClientAuthenticationError:
            return False
    return True


# Tokens


class Token:
    """The credential of somebody who has a token."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        return AccessToken(self._text, int(time.time()) + 600)


@pytest.mark.parametrize("role", ["reader", "contributor"])
def test_an_operator_token_opens_the_service(beside: Operator, service: Process, role: str) -> None:
    token = beside("operator-token", "--role", role).out
    with RoomsClient(service.endpoint, Token(token)) as rooms:
        list(rooms.list_rooms())
        if role == "contributor":
            assert rooms.create_room().id
        else:
            with pytest.raises(HttpResponseError) as refused:
                rooms.create_room()
            assert refused.value.status_code == 403


def test_an_operator_token_is_short_lived(beside: Operator) -> None:
    payload = beside("operator-token").out.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert claims["exp"] - claims["iat"] == 15 * 60


def test_a_running_service_refuses_a_revoked_token(beside: Operator, service: Process) -> None:
    text = beside("operator-token", "create", "--role", "contributor").out
    token_id = claims_of(text)["jti"]
    with RoomsClient(service.endpoint, Token(text)) as rooms:
        rooms.create_room()
        assert beside("operator-token", "revoke", token_id).code == 0
        limit = time.monotonic() + SECONDS_UNTIL_A_KEY_IS_DEAD
        while True:
            try:
                next(iter(rooms.list_rooms()), None)
            except ClientAuthenticationError:
                break
            assert time.monotonic() < limit
            time.sleep(0.1)
    [row] = [row for row in json.loads(beside("operator-token", "list", "--json").out) if row["id"] == token_id]
    assert (row["role"], row["state"]) == ("contributor", "revoked")


def test_tokens_are_listed_with_what_ended_them(operator: Operator) -> None:
    operator("resources", "add", "contoso.rooms.example")
    tokens = {name: claims_of(operator("operator-token").out)["jti"] for name in ("old", "revoked")}
    operator("operator-token", "revoke", tokens["revoked"])
    operator("keys", "regenerate", "primary")
    tokens["half"] = claims_of(operator("operator-token").out)["jti"]
    operator("keys", "regenerate", "secondary")
    states = {row["id"]: row["state"] for row in json.loads(operator("operator-token", "list", "--json").out)}
    assert {name: states[token_id] for name, token_id in tokens.items()} == {
        "old": "ended with its keys",
        "revoked": "revoked",
        "half": "good",
    }


def test_only_a_token_that_is_there_can_be_revoked(operator: Operator) -> None:
    operator("resources", "add", "contoso.rooms.example")
    answer = operator("operator-token", "revoke", "nobody")
    assert (answer.code, answer.err) == (
        1,
        "openrooms: there is no such token: see `openrooms operator-token list`",
    )


def claims_of(token: str) -> dict[str, str]:
    claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


def test_a_new_key_is_one_line_that_the_service_accepts(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["keys", "new"]) == 0
    [key] = capsys.readouterr().out.splitlines()
    check_access_key(key)


# Encryption of keys


@pytest.fixture
def key_file(tmp_path: Path) -> Callable[[str], str]:
    def made(name: str) -> str:
        file = tmp_path / name
        if not file.exists():
            file.write_text(administration.new_key())
        return str(file)

    return made


def test_migrate_encrypts_replaces_and_decrypts(operator: Operator, key_file: Callable[[str], str]) -> None:
    new, old = "--key-encryption-key-file", "--old-key-encryption-key-file"
    before = operator("resources", "add", "contoso.rooms.example", "--json").json()
    assert operator("migrate", new, key_file("one")).out.endswith("Keys now encrypted: 2.")
    assert operator("keys", "list", "--json", new, key_file("one")).json() == before
    missing = operator("keys", "list")
    assert (missing.code, len(missing.err.splitlines())) == (1, 1)
    assert "give the file of that key with --key-encryption-key-file" in missing.err
    assert "give the right file" in operator("keys", "list", new, key_file("two")).err
    assert operator("migrate", new, key_file("two"), old, key_file("one")).out.endswith("Keys now encrypted: 2.")
    assert operator("keys", "list", "--json", new, key_file("two")).json() == before
    assert operator("migrate", old, key_file("two")).out.endswith("Keys now decrypted: 2.")
    assert operator("keys", "list", "--json").json() == before


def test_migrating_the_schema_needs_no_key(operator: Operator, key_file: Callable[[str], str]) -> None:
    """Its user may be another one than the service's, and need not have the key."""
    operator("resources", "add", "contoso.rooms.example")
    operator("migrate", "--key-encryption-key-file", key_file("one"))
    assert operator("migrate").out == "The database is ready for this version."


def test_a_bad_key_encryption_key_is_explained(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "short").write_text("c2hvcnQ=")
    answer = operator("migrate", "--key-encryption-key-file", str(tmp_path / "short"))
    assert answer.code == 1
    assert answer.err.endswith("it has fewer than 32 bytes: make one with `openrooms keys new > FILE`")


def test_a_service_with_encrypted_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It makes its keys encrypted, starts again with the file, and not without it."""
    file = tmp_path / "key"
    file.write_text(administration.new_key())
    with dev(tmp_path, "--key-encryption-key-file", file) as process:
        [data] = process.database[1:]
        with RoomsClient.from_connection_string(process.connectionString, connection_verify=process.ca) as rooms:
            room = rooms.create_room().id
        assert process.stop() == 0
    with dev(tmp_path, "--key-encryption-key-file", file) as process:
        with RoomsClient.from_connection_string(process.connectionString, connection_verify=process.ca) as rooms:
            assert rooms.get_room(room).id == room
        assert process.stop() == 0
    assert "not encrypted yet" not in process.output()
    capsys.readouterr()
    assert commands.run(["dev", "--http-port", "0", "--https-port", "0", "--livekit", "off", "--data", data]) == 1
    assert "give the file of that key with --key-encryption-key-file" in capsys.readouterr().err
