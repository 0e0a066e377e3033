"""The service to which a command sends its requests, and how the command names it."""

import json

import pytest
from tests.support.service import Process

from openrooms.cli import commands, connection
from openrooms.wire.connection_string import VARIABLES

KEY = "YWJjZA=="
UNREACHABLE = f"endpoint=http://127.0.0.1:1/;accesskey={KEY}"


@pytest.fixture(autouse=True)
def _no_variables(service: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset the variables that name a service, and take the tests' service as the development service."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    key = service.connectionString.partition("accesskey=")[2]
    monkeypatch.setattr(connection, "_DEVELOPMENT", f"endpoint={service.http}/;accesskey={key}")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, list[str]]:
    """Return the exit code of a command, its output and the lines of its stderr."""
    code = commands.run(["rooms", "list", "--json", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err.splitlines()


def test_command_says_that_it_uses_the_development_service(capsys, service: Process):
    code, printed, [line] = run(capsys)
    assert code == 0
    assert isinstance(json.loads(printed), list)
    assert line.startswith(f"openrooms: asking the development service, {service.http}, because neither ")


def test_ignored_variable_is_named(capsys, monkeypatch):
    monkeypatch.setenv("COMMUNICATION_CONNECTION_STRING_ROOMS", UNREACHABLE)
    [line] = run(capsys)[2]
    assert line.endswith("(COMMUNICATION_CONNECTION_STRING_ROOMS is not read)")
    assert KEY not in line


@pytest.mark.parametrize("name", VARIABLES)
def test_each_variable_names_the_service(capsys, monkeypatch, name):
    monkeypatch.setenv(name, UNREACHABLE)
    code, _, lines = run(capsys, "--verbose")
    assert code == 1
    assert lines[0] == f"openrooms: asking http://127.0.0.1:1, which {name} names"
    assert lines[1].startswith("openrooms: http://127.0.0.1:1 cannot be reached")


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("text", [" ", "nonsense", "https://contoso.communication.azure.com", f"accesskey={KEY}"])
def test_invalid_variable_is_an_error(capsys, monkeypatch, name, text):
    monkeypatch.setenv(name, text)
    code, printed, [line] = run(capsys)
    assert (code, printed) == (2, "")
    assert line.startswith(f"openrooms: {name}: the connection string {'is empty' if text == ' ' else 'has'}")
    assert KEY not in line


def test_empty_option_is_an_error(capsys):
    code, _, [line] = run(capsys, "--connection-string", "")
    assert code == 2
    assert line.startswith("openrooms: --connection-string: the connection string is empty")


def test_option_overrides_variables_silently(capsys, monkeypatch, service: Process):
    monkeypatch.setenv("OPENROOMS_CONNECTION_STRING", "nonsense")
    option = ("--connection-string", service.connectionString, "--ca", service.ca)
    assert run(capsys, *option)[::2] == (0, [])
    assert run(capsys, *option, "--verbose")[2] == [
        f"openrooms: asking {service.endpoint}, which --connection-string names"
    ]
