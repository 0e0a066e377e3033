"""Settings: their sources, their precedence, and invalid values."""

from contextlib import nullcontext
from pathlib import Path

import msgspec
import pytest

from openrooms._startup import CannotStart
from openrooms.cli import commands, service
from openrooms.cli.settings import SecretText
from openrooms.domain.events import EventFilter
from openrooms.domain.identities import ResourceId
from openrooms.domain.operators import OperatorRole
from openrooms.domain.rooms import RoomId
from openrooms.domain.subscriptions import Declaration, Validation
from openrooms.server.core.openid import Client, Issuer, OperatorIssuer
from openrooms.server.core.ports import Resource
from openrooms.server.core.rates import Rate, Rates
from openrooms.server.process.settings import Settings, check_resources
from openrooms.wire.connection_string import DEVELOPMENT_KEY

OWN_KEY = "b3VyIG93biBrZXksIGxvbmcgZW5vdWdoIHRvIGJlIG9uZQ=="
SECRET = "a-livekit-secret-that-is-long-enough-for-us"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Collect the settings of services instead of running them."""
    collected: list[Settings] = []
    monkeypatch.setattr(service, "_run", collected.append)
    return collected


@pytest.mark.parametrize(
    ("variables", "lines", "flags", "expected"),
    [
        pytest.param({}, "", (), 350, id="the default"),
        pytest.param({}, "call-limit = 1", (), 1, id="a file overrides the default"),
        pytest.param({"OPENROOMS_CALL_LIMIT": "2"}, "call-limit = 1", (), 2, id="a variable overrides a file"),
        pytest.param(
            {"OPENROOMS_CALL_LIMIT": "2"}, "call_limit = 1", ("--call-limit", "3"), 3, id="a flag overrides all"
        ),
    ],
)
def test_precedence(
    started: list[Settings],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    lines: str,
    flags: tuple[str, ...],
    expected: int,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    Path("openrooms.toml").write_text(lines)
    assert commands.run(["serve", "--data", "data", "--config", "openrooms.toml", *flags]) == 0
    assert started[0].call_limit == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("dev", True),
        ("dev --strict-versions", False),
        ("serve --data data", False),
        ("serve --data data --newest-for-unknown-versions", True),
    ],
)
def test_commands_that_accept_a_newer_api_version(started: list[Settings], arguments: str, expected: bool) -> None:
    assert commands.run(arguments.split()) == 0
    assert started[0].newest_for_unknown_versions is expected


def test_file_replaces_flags(started: list[Settings]) -> None:
    Path("openrooms.toml").write_text(
        f"""
        data = "data"
        http-port = "off"
        https-port = 443
        tls-cert = "cert.pem"
        tls-key = "key.pem"
        forwarded-allow = ["10.0.0.0/8", "::1"]
        livekit = "ws://10.0.0.7:7880"
        livekit-api-key = "openrooms"
        livekit-api-secret = "{SECRET}"
        cors-origin = ["https://app.example"]

        [[oidc]]
        issuer = "https://login.example/tenant/v2.0"
        audience = "api://rooms"
        reader = "Rooms.Read"
        contributor = "Rooms.Write"
    """
    )
    assert commands.run(["serve", "--config", "openrooms.toml"]) == 0
    [settings] = started
    assert (settings.http_port, settings.https_port) == (None, 443)
    assert [str(network) for network in settings.forwarded_allow] == ["10.0.0.0/8", "::1/128"]
    assert settings.cors_origins == ("https://app.example",)
    assert settings.oidc == (
        OperatorIssuer(
            Issuer("https://login.example/tenant/v2.0", ("api://rooms",)),
            {"Rooms.Read": OperatorRole.READER, "Rooms.Write": OperatorRole.CONTRIBUTOR},
        ),
    )


def test_client_of_an_issuer(started: list[Settings]) -> None:
    Path("client-secret").write_text("hidden\n")
    oidc = "issuer=https://login.example,audience=api,client=console,client-secret-file=client-secret,title=Clinic"
    assert commands.run(["serve", "--data", "data", "--oidc", oidc]) == 0
    client = started[0].oidc[0].client
    assert client == Client("console", "hidden", "openid", "Clinic")
    assert "hidden" not in repr(started[0])


def test_variable_with_several_values(started: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROOMS_FORWARDED_ALLOW", "10.0.0.1 10.0.0.2")
    assert commands.run(["serve", "--data", "data"]) == 0
    assert [str(network) for network in started[0].forwarded_allow] == ["10.0.0.1/32", "10.0.0.2/32"]


@pytest.mark.parametrize(
    ("flags", "ports"),
    [
        pytest.param((), (None, 8721), id="for a proxy"),
        pytest.param(("--tls-cert", "c", "--tls-key", "k"), (8720, None), id="with a certificate"),
        pytest.param(("--tls-cert", "c", "--tls-key", "k", "--http-port", "80"), (8720, 80), id="both"),
    ],
)
def test_ports_of_serve(started: list[Settings], flags: tuple[str, ...], ports: tuple[int | None, int | None]) -> None:
    assert commands.run(["serve", "--data", "data", *flags]) == 0
    assert (started[0].https_port, started[0].http_port) == ports


def test_limits_are_on_for_serve_and_off_for_dev(started: list[Settings]) -> None:
    for command in ("serve", "dev"):
        assert commands.run([command, "--data", "data"]) == 0
    assert [settings.rates for settings in started] == [Rates(), None]


def test_every_limit_is_a_setting(started: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROOMS_PERSON_RATE", "5:7")
    Path("openrooms.toml").write_text(
        'data = "data"\noperator-rate = 50\nresource-rate = "0.5:20"\nrefusal-rate = "off"'
    )
    assert commands.run(["serve", "--config", "openrooms.toml", "--address-rate", "off"]) == 0
    assert started[0].rates == Rates(
        address=None, person=Rate(5, 7), refusal=None, operator=Rate(50, 500), resource=Rate(0.5, 20)
    )


def test_repr_hides_secrets(started: list[Settings]) -> None:
    livekit = ("--livekit", "ws://x", "--livekit-api-key", "openrooms", "--livekit-api-secret", SECRET)
    assert commands.run(["serve", "--data", "data", "--access-key", OWN_KEY, *livekit]) == 0
    assert OWN_KEY not in repr(started)
    assert SECRET not in repr(started)


@pytest.mark.parametrize(
    ("command", "way"),
    [("dev", "a flag"), ("dev", "a variable"), ("serve", "a flag"), ("serve", "a variable"), ("serve", "a line")],
)
def test_every_secret_can_come_from_a_file(
    started: list[Settings], monkeypatch: pytest.MonkeyPatch, command: str, way: str
) -> None:
    secrets = {
        "access-key": OWN_KEY,
        "database": "sqlite:x.db",
        "livekit-api-key": "APIclinic",
        "livekit-api-secret": SECRET,
    }
    arguments, lines = [command, "--livekit", "ws://127.0.0.1:7880"], []
    for name, secret in secrets.items():
        Path(name).write_text(f"{secret}\n")
        if way == "a flag":
            arguments += [f"--{name}-file", name]
        elif way == "a variable":
            monkeypatch.setenv(f"OPENROOMS_{name.upper().replace('-', '_')}_FILE", name)
        else:
            lines.append(f'{name}-file = "{name}"\n')
    if lines:
        Path("openrooms.toml").write_text("".join(lines))
        arguments += ["--config", "openrooms.toml"]
    assert commands.run(arguments) == 0
    [settings] = started
    assert (settings.access_key, settings.database) == (OWN_KEY, "sqlite:x.db")
    assert (settings.livekit.api_key, settings.livekit.api_secret) == ("APIclinic", SECRET)
    assert not any(secret in repr(settings) for secret in secrets.values())


def test_every_secret_has_a_file_option() -> None:
    """`ps` shows the value of an option to everyone, but not the content of a file."""
    for command in service.COMMANDS:
        names = {option.name for option in command.params}
        secrets = {option.name for option in command.params if isinstance(option.type, SecretText)}
        assert {f"{name}_file" for name in secrets} <= names
        assert len(secrets) == 5


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "must hold only the secret, on one line", id="empty"),
        pytest.param(b"b25l\nb25l\n", "must hold only the secret, on one line", id="two lines"),
        pytest.param(b"\xff\xfe", "cannot be read: it is not UTF-8", id="not text"),
        pytest.param(None, "does not exist", id="missing"),
    ],
)
def test_error_names_a_bad_secret_file(capsys: pytest.CaptureFixture[str], content: bytes | None, message: str) -> None:
    if content is not None:
        Path("key").write_bytes(content)
    assert commands.run(["serve", "--data", "data", "--access-key-file", "key"]) == 2
    assert message in capsys.readouterr().err


def test_secret_cannot_be_set_twice(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("key").write_text(OWN_KEY)
    monkeypatch.setenv("OPENROOMS_ACCESS_KEY", OWN_KEY)
    assert commands.run(["serve", "--data", "data", "--access-key-file", "key"]) == 2
    assert "--access-key and --access-key-file are two ways" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param("dev --colour blue", "No such option '--colour'", id="an unknown flag"),
        pytest.param("dev --https-port 70000", "is not a port", id="a port out of range"),
        pytest.param("dev --https-port off --http-port off", "both ports are off", id="no port"),
        pytest.param("dev --https-port 8721", "give two ports", id="one port twice"),
        pytest.param("dev --access-key secret%", "is not standard padded base64", id="a key that is not base64"),
        pytest.param("dev --access-key c2hvcnQ=", "fewer than 16 bytes", id="a key that can be guessed"),
        pytest.param("dev --tls-cert cert.pem", "both --tls-cert and --tls-key", id="half a certificate"),
        pytest.param("serve", "give --data DIR or --database URL", id="no place for data"),
        pytest.param("serve --data . --https-port 8720", "HTTPS takes a certificate", id="TLS without a certificate"),
        pytest.param(
            f"serve --data . --access-key {DEVELOPMENT_KEY}", "development access key is public", id="the public key"
        ),
        pytest.param("serve --data . --livekit auto", "does not start LiveKit", id="LiveKit of our own"),
        pytest.param("serve --data . --livekit ws://127.0.0.1:7880", "--livekit-api-key", id="LiveKit without a key"),
        pytest.param(
            "serve --data . --livekit ws://x --livekit-api-key devkey --livekit-api-secret secret",
            "development one or too short",
            id="LiveKit with its development key",
        ),
        pytest.param("serve --data . --forwarded-allow proxy", "an address such as", id="a proxy by name"),
        pytest.param("serve --data . --person-rate often", "such as 50, or 50:500", id="not a rate"),
        pytest.param("serve --data . --person-rate 0", "such as 50, or 50:500", id="a rate of zero"),
        pytest.param("serve --data . --person-rate nan", "such as 50, or 50:500", id="a rate that is not a number"),
        pytest.param("serve --data . --person-rate 1:0", "such as 50, or 50:500", id="a rate without a burst"),
        pytest.param("serve --data . --public-url rooms.example", "is not of the form", id="half a URL"),
        pytest.param("serve --data . --oidc issuer=https://x", "audience is missing", id="half an issuer"),
        pytest.param(
            "serve --data . --oidc issuer=http://x,audience=y", "must begin with https://", id="an issuer without TLS"
        ),
        pytest.param(
            "serve --data . --oidc issuer=https://x,audience=y,age=7",
            "'age' is none of",
            id="an unknown field",
        ),
        pytest.param(
            "serve --data . --oidc issuer=https://x,audience=y,title=Clinic", "give client=ID", id="a title alone"
        ),
        pytest.param(
            "serve --data . --oidc issuer=https://x,audience=y,client=z,scope=email",
            "does not include openid",
            id="a scope without openid",
        ),
        pytest.param(
            "serve --data . --oidc issuer=https://x,audience=y,client=z,client-secret-file=none",
            "none cannot be read",
            id="no file of a client's secret",
        ),
        pytest.param("serve --data . --config none.toml", "does not exist", id="no file"),
        pytest.param("keys regenerate tertiary", "'tertiary' is not one of", id="a third key"),
    ],
)
def test_invalid_settings(
    started: list[Settings], capsys: pytest.CaptureFixture[str], arguments: str, message: str
) -> None:
    """One line names the setting, and the exit code is that of bad usage."""
    assert commands.run(arguments.split()) == 2
    out, err = capsys.readouterr()
    [line] = err.splitlines()
    assert message in line
    assert (out, started) == ("", [])


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        pytest.param("colour = 'blue'", "there is no setting 'colour'", id="an unknown setting"),
        pytest.param("host = ", "openrooms.toml", id="not TOML"),
        pytest.param("call-limit = 'many'", "'many' is not a valid integer", id="a wrong type"),
    ],
)
def test_invalid_file(started: list[Settings], capsys: pytest.CaptureFixture[str], lines: str, message: str) -> None:
    Path("openrooms.toml").write_text(lines)
    assert commands.run(["serve", "--data", "data", "--config", "openrooms.toml"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert message in line
    assert started == []


ANY_RESOURCE = OperatorIssuer(Issuer("https://login.example", ("api://rooms",)), {"admin": OperatorRole.CONTRIBUTOR})


@pytest.mark.parametrize(
    ("issuer", "count", "is_refused"),
    [
        pytest.param(ANY_RESOURCE, 1, False, id="one resource"),
        pytest.param(ANY_RESOURCE, 2, True, id="two"),
        pytest.param(
            msgspec.structs.replace(ANY_RESOURCE, resource=ResourceId("1")),
            2,
            False,
            id="one of two",
        ),
    ],
)
def test_issuer_must_name_one_of_several_resources(issuer: OperatorIssuer, count: int, is_refused: bool) -> None:
    settings = Settings(development=True, oidc=(issuer,))
    resources = [Resource(ResourceId(str(number)), f"{number}.example", OWN_KEY, OWN_KEY) for number in range(count)]
    with pytest.raises(CannotStart, match="names no resource, and there are 2") if is_refused else nullcontext():
        check_resources(settings, resources)


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        pytest.param("dev", "off", id="dev"),
        pytest.param("serve --data data", "stdout", id="serve"),
        pytest.param("serve --data data --audit-log off", "off", id="off"),
        pytest.param("dev --audit-log audit.jsonl", "audit.jsonl", id="a file"),
    ],
)
def test_destination_of_the_audit_trail(started: list[Settings], arguments: str, place: str) -> None:
    assert commands.run(arguments.split()) == 0
    assert started[0].audit_log == place


WHSEC = "whsec_c2VjcmV0IG9mIDI0IGJ5dGVzIGF0IGxlYXN0"


@pytest.mark.parametrize("command", [("serve", "--data", "data"), ("dev",)], ids=lambda words: words[0])
def test_subscriptions_of_the_file(started: list[Settings], command: tuple[str, ...]) -> None:
    Path("billing.secret").write_text(f"{WHSEC}\n")
    Path("openrooms.toml").write_text(
        f"""
        [[subscription]]
        name = "billing"
        url = "https://app.example/billing"
        secret-file = "billing.secret"
        types = ["CallEnded", "openrooms.join.refused"]
        room = "99412345678901234"
        validation = "cloudEvents"

        [[subscription]]
        name = "all"
        url = "https://app.example/all"
        secret = "{WHSEC}"
        """
    )
    assert commands.run([*command, "--config", "openrooms.toml"]) == 0
    types = frozenset({"Microsoft.Communication.CallEnded", "openrooms.join.refused"})
    assert started[0].subscriptions == (
        Declaration(
            "billing",
            "https://app.example/billing",
            WHSEC.removeprefix("whsec_"),
            EventFilter(RoomId("99412345678901234"), types),
            Validation.CLOUD_EVENTS,
        ),
        Declaration("all", "https://app.example/all", WHSEC.removeprefix("whsec_")),
    )
    assert WHSEC.removeprefix("whsec_") not in repr(started)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (f"name=a,url=https://app.example/,secret={WHSEC},types=CalEnded", "did you mean CallEnded?"),
        (f"name=A b,url=https://app.example/,secret={WHSEC}", "small letters, digits and hyphens"),
        ("name=a,url=https://app.example/", "give either secret or secret-file"),
        ("name=a,url=https://app.example/,secret=short", "secret must be whsec_"),
        (f"name=a,url=https://app.example/,secret={WHSEC},room=1", "room"),
        (f"name=a,url=https://app.example/,secret={WHSEC},validation=always", "is none of none, cloudEvents"),
        (f"name=a,url=http://app.example/,secret={WHSEC}", "--subscription a: url must begin with https"),
        (f"url=https://app.example/,secret={WHSEC}", "name is missing"),
    ],
)
def test_unclear_subscription_is_refused(
    started: list[Settings], capsys: pytest.CaptureFixture[str], fields: str, problem: str
) -> None:
    assert commands.run(["serve", "--data", "data", "--subscription", fields]) == 2
    error = capsys.readouterr().err
    assert problem in error
    assert WHSEC not in error
    assert not started


def test_names_of_subscriptions_and_their_resources_are_clear() -> None:
    billing = Declaration("billing", "https://app.example/", "c2VjcmV0")
    with pytest.raises(CannotStart, match="two subscriptions have the name billing"):
        Settings(development=True, subscriptions=(billing, billing))
    settings = Settings(development=True, subscriptions=(billing,))
    resources = [Resource(ResourceId(name), name, OWN_KEY, OWN_KEY) for name in ("one", "two")]
    with pytest.raises(CannotStart, match="names no resource, and there are 2"):
        check_resources(settings, resources)
    elsewhere = msgspec.structs.replace(billing, resource=ResourceId("three"))
    with pytest.raises(CannotStart, match="names the resource three, which does not exist"):
        check_resources(Settings(development=True, subscriptions=(elsewhere,)), resources)
