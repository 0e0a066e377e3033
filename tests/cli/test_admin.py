"""The operator's commands, on a database alone and while a service runs."""

import base64
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.communication.rooms import RoomsClient
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from tests.support.service import Process, dev, openrooms

from openrooms.cli import commands
from openrooms.server.core import administration
from openrooms.server.process.settings import check_access_key

SECONDS_UNTIL_A_KEY_IS_REFUSED = 5


class Answer:
    """The exit code and the output of a command."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out.strip()
        self.err = err.strip()

    def json(self) -> dict[str, str]:
        assert self.code == 0, self.err
        answer: dict[str, str] = json.loads(self.out)
        return answer


class Operator:
    """An operator who runs commands for one data folder."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Answer:
        self._capsys.readouterr()
        code = commands.run([*arguments, "--data", str(self.data)])
        return Answer(code, *self._capsys.readouterr())


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    command = Operator(tmp_path, capsys)
    assert command("migrate").code == 0
    return command


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with dev(tmp_path_factory.mktemp("service")) as process:
        yield process


@pytest.fixture
def beside(service: Process, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Operator:
    """Return the operator of a running service."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca)
    return Operator(Path(service.ca).parent.parent, capsys)


# Resources


def test_resources_are_added_and_removed(operator: Operator) -> None:
    contoso = operator("resources", "add", "Contoso.Rooms.Example", "--json").json()
    assert contoso["host"] == "contoso.rooms.example"
    fabrikam = operator("resources", "add", "fabrikam.rooms.example", "--json").json()
    listed = json.loads(operator("resources", "list", "--json").out)
    assert {resource["host"]: resource["id"] for resource in listed} == {
        "contoso.rooms.example": contoso["id"],
        "fabrikam.rooms.example": fabrikam["id"],
    }
    assert operator("resources", "remove", "contoso.rooms.example", "--yes").code == 0
    assert [resource["id"] for resource in json.loads(operator("resources", "list", "--json").out)] == [fabrikam["id"]]


def test_table_has_every_resource(operator: Operator) -> None:
    added = operator("resources", "add", "contoso.rooms.example", "--json").json()
    listed = operator("resources", "list").out
    assert added["id"] in listed
    assert "contoso.rooms.example" in listed


@pytest.mark.parametrize(
    ("command", "message"),
    [
        pytest.param(
            "resources add contoso.rooms.example", "another resource answers to this host", id="an existing host"
        ),
        pytest.param("resources add https://contoso.example/", "is not a host name", id="a URL"),
        pytest.param("resources remove nobody.example --yes", "there is no such resource", id="an unknown resource"),
        pytest.param("keys list", "name one with --resource", id="one of two must be named"),
        pytest.param("keys list --resource nobody.example", "there is no such resource", id="unknown resource"),
        pytest.param("operator-token", "name one with --resource", id="a token when one of two must be named"),
    ],
)
def test_invalid_commands(operator: Operator, command: str, message: str) -> None:
    for host in ("contoso.rooms.example", "fabrikam.rooms.example"):
        operator("resources", "add", host)
    answer = operator(*command.split())
    assert answer.code in (1, 2)
    assert message in answer.err
    assert len(answer.err.splitlines()) == 1


def test_resource_with_rooms_cannot_be_removed(beside: Operator, service: Process) -> None:
    with RoomsClient.from_connection_string(service.connectionString) as rooms:
        rooms.create_room()
    [resource] = json.loads(beside("resources", "list", "--json").out)
    answer = beside("resources", "remove", resource["id"], "--yes")
    assert (answer.code, answer.err) == (1, "openrooms: the resource still has rooms or users: delete them first")


def test_missing_database_names_the_way_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = Operator(tmp_path / "nothing", capsys)("keys", "list")
    assert answer.code == 1
    assert f"there is no database in {tmp_path / 'nothing'}: run `openrooms migrate` with the same --data" in answer.err
    assert not (tmp_path / "nothing").exists()


# Keys


def test_regenerated_key_leaves_the_other_unchanged(operator: Operator) -> None:
    before = operator("resources", "add", "contoso.rooms.example", "--json").json()
    after = operator("keys", "regenerate", "primary", "--yes", "--json").json()
    assert after["primaryKey"] != before["primaryKey"]
    assert after["secondaryKey"] == before["secondaryKey"]
    assert len(base64.b64decode(after["primaryKey"], validate=True)) == 64
    assert operator("keys", "list", "--json").json() == after


@pytest.mark.parametrize(
    ("arguments", "endpoint"),
    [
        pytest.param((), "https://contoso.rooms.example/", id="the host of the resource"),
        pytest.param(
            ("--public-url", "https://proxy.example:8443"), "https://proxy.example:8443/", id="the public URL"
        ),
    ],
)
def test_keys_have_connection_strings(operator: Operator, arguments: tuple[str, ...], endpoint: str) -> None:
    operator("resources", "add", "contoso.rooms.example")
    keys = operator("keys", "list", "--json", *arguments).json()
    for name in ("primary", "secondary"):
        assert keys[f"{name}ConnectionString"] == f"endpoint={endpoint};accesskey={keys[f'{name}Key']}"


def test_running_service_takes_a_new_key(beside: Operator, service: Process) -> None:
    """Within seconds it accepts the new key and refuses the old one; the other key works all the time."""
    before = beside("keys", "list", "--json").json()
    after = beside("keys", "regenerate", "secondary", "--yes", "--json").json()
    limit = time.monotonic() + SECONDS_UNTIL_A_KEY_IS_REFUSED
    while not accepts(service, after["secondaryKey"]) or accepts(service, before["secondaryKey"]):
        assert accepts(service, before["primaryKey"])
        assert time.monotonic() < limit
        time.sleep(0.1)


def accepts(service: Process, key: str) -> bool:
    with RoomsClient.from_connection_string(f"endpoint={service.endpoint}/;accesskey={key}") as rooms:
        try:
            next(iter(rooms.list_rooms()), None)
        except ClientAuthenticationError:
            return False
    return True


# Tokens


class Token:
    """A credential that holds one token."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        return AccessToken(self._text, int(time.time()) + 600)


@pytest.mark.parametrize("role", ["reader", "contributor"])
def test_operator_token_has_the_rights_of_its_role(beside: Operator, service: Process, role: str) -> None:
    token = beside("operator-token", "--role", role).out
    with RoomsClient(service.endpoint, Token(token)) as rooms:
        list(rooms.list_rooms())
        if role == "contributor":
            assert rooms.create_room().id
        else:
            with pytest.raises(HttpResponseError) as refused:
                rooms.create_room()
            assert refused.value.status_code == 403


@pytest.mark.parametrize("role", ["reader", "contributor"])
def test_console_link_signs_in(beside: Operator, service: Process, role: str) -> None:
    link = beside("operator-token", "--console", "--role", role, "--public-url", service.http).out
    address, secret = link.split("#")
    assert address == f"{service.http}/console"
    request = urllib.request.Request(
        f"{service.http}/openrooms/console/session",
        json.dumps({"secret": secret}).encode(),
        {"Origin": service.http, "openrooms-console": "1"},
    )
    with urllib.request.urlopen(request) as answer:
        session = json.load(answer)
    assert [one["role"] for one in session["resources"]] == [role]
    [row] = [row for row in json.loads(beside("operator-token", "list", "--json").out) if row["id"] == session["id"]]
    assert row["role"] == role


def test_console_link_has_the_host_or_names_the_way_out(operator: Operator, beside: Operator) -> None:
    assert operator("resources", "add", "contoso.example").code == 0
    assert operator("operator-token", "--console").out.startswith("https://contoso.example/console#")
    answer = beside("operator-token", "--console")
    assert answer.out.startswith("/console#")
    assert "--public-url" in answer.err


def test_operator_token_expires_soon(beside: Operator) -> None:
    payload = beside("operator-token").out.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert claims["exp"] - claims["iat"] == 15 * 60


def test_running_service_refuses_a_revoked_token(beside: Operator, service: Process) -> None:
    text = beside("operator-token", "create", "--role", "contributor").out
    token_id = claims_of(text)["jti"]
    with RoomsClient(service.endpoint, Token(text)) as rooms:
        rooms.create_room()
        assert beside("operator-token", "revoke", token_id, "--yes").code == 0
        limit = time.monotonic() + SECONDS_UNTIL_A_KEY_IS_REFUSED
        while True:
            try:
                next(iter(rooms.list_rooms()), None)
            except ClientAuthenticationError:
                break
            assert time.monotonic() < limit
            time.sleep(0.1)
    [row] = [row for row in json.loads(beside("operator-token", "list", "--json").out) if row["id"] == token_id]
    assert (row["role"], row["state"]) == ("contributor", "revoked")


def test_token_list_says_what_ended_each(operator: Operator) -> None:
    operator("resources", "add", "contoso.rooms.example")
    tokens = {name: claims_of(operator("operator-token").out)["jti"] for name in ("old", "revoked")}
    operator("operator-token", "revoke", tokens["revoked"], "--yes")
    operator("keys", "regenerate", "primary", "--yes")
    tokens["half"] = claims_of(operator("operator-token").out)["jti"]
    operator("keys", "regenerate", "secondary", "--yes")
    states = {row["id"]: row["state"] for row in json.loads(operator("operator-token", "list", "--json").out)}
    assert {name: states[token_id] for name, token_id in tokens.items()} == {
        "old": "ended with its keys",
        "revoked": "revoked",
        "half": "good",
    }


def test_unknown_token_cannot_be_revoked(operator: Operator) -> None:
    operator("resources", "add", "contoso.rooms.example")
    answer = operator("operator-token", "revoke", "nobody", "--yes")
    assert (answer.code, answer.err) == (
        1,
        "openrooms: there is no such token: see `openrooms operator-token list`",
    )


def claims_of(token: str) -> dict[str, str]:
    claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


def test_new_key_is_one_valid_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["keys", "new"]) == 0
    [key] = capsys.readouterr().out.splitlines()
    check_access_key(key)


# Encryption of keys


@pytest.fixture
def key_file(tmp_path: Path) -> Callable[[str], str]:
    """Return a function that returns the path of the key file of a name, made on first use."""

    def path(name: str) -> str:
        file = tmp_path / name
        if not file.exists():
            file.write_text(administration.new_key())
        return str(file)

    return path


def test_migrate_encrypts_replaces_and_decrypts(operator: Operator, key_file: Callable[[str], str]) -> None:
    new, old = "--key-encryption-key-file", "--old-key-encryption-key-file"
    before = operator("resources", "add", "contoso.rooms.example", "--json").json()
    assert operator("migrate", new, key_file("first")).out.endswith("Keys now encrypted: 2.")
    assert operator("keys", "list", "--json", new, key_file("first")).json() == before
    missing = operator("keys", "list")
    assert (missing.code, len(missing.err.splitlines())) == (1, 1)
    assert "give the file of that key with --key-encryption-key-file" in missing.err
    assert "give the right file" in operator("keys", "list", new, key_file("second")).err
    assert operator("migrate", new, key_file("second"), old, key_file("first")).out.endswith("Keys now encrypted: 2.")
    assert operator("keys", "list", "--json", new, key_file("second")).json() == before
    assert operator("migrate", old, key_file("second")).out.endswith("Keys now decrypted: 2.")
    assert operator("keys", "list", "--json").json() == before


def test_migrating_the_schema_needs_no_key(operator: Operator, key_file: Callable[[str], str]) -> None:
    """The database user that migrates may differ from the service's, and need not have the key."""
    operator("resources", "add", "contoso.rooms.example")
    operator("migrate", "--key-encryption-key-file", key_file("first"))
    assert operator("migrate").out == "The database is ready for this version."


def test_bad_key_encryption_key_is_explained(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "short").write_text("c2hvcnQ=")
    answer = operator("migrate", "--key-encryption-key-file", str(tmp_path / "short"))
    assert answer.code == 1
    assert answer.err.endswith("it has fewer than 32 bytes: make one with `openrooms keys new > FILE`")


def test_service_with_encrypted_keys(tmp_path: Path) -> None:
    """A service encrypts the keys that it makes; it starts again only with the file of the key."""
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
    # In a process of its own, because a service that starts sets up the logging of its process.
    answer = openrooms("dev", "--http-port", "0", "--https-port", "0", "--livekit", "off", "--data", data)
    assert answer.returncode == 1
    assert "give the file of that key with --key-encryption-key-file" in answer.stderr
