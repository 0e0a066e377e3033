"""Profiles: services with their keys in a file that only its owner can read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.service import OPENROOMS, Process, environment
from tests.support.terminal import at_terminal

from openrooms.cli import commands

KEY = "YWJjZA=="
STAGING = f"endpoint=https://staging.example/;accesskey={KEY}"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def ran(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", _Typed(typed))
        code = commands.run(arguments)
        printed = capsys.readouterr()
        return code, printed.out.strip(), printed.err.strip()

    return ran


class _Typed:
    """Standard input that is not a terminal."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read(self) -> str:
        return self._text

    def isatty(self) -> bool:
        return False


def file(folder: Path) -> Path:
    return folder / "openrooms" / "profiles.json"


def test_profile_names_the_service(run: Run, service: Process, tmp_path: Path) -> None:
    string = f"endpoint={service.http};{service.connectionString.partition(';')[2]}"
    assert run("config", "add", "clinic", "--use", typed=f"{string}\n")[0] == 0
    assert run("config", "add", "staging", typed=STAGING)[0] == 0
    assert file(tmp_path).stat().st_mode & 0o777 == 0o600
    code, printed, errors = run("rooms", "list", "--json")
    assert (code, errors, type(json.loads(printed))) == (0, "", list)
    assert "which the profile clinic names" in run("rooms", "list", "--verbose")[2]
    listed = run("config", "list", "-o", "json")[1]
    assert [(row["name"], row["inUse"]) for row in json.loads(listed)] == [("clinic", True), ("staging", False)]
    assert KEY not in listed
    assert run("config", "remove", "clinic", "--yes")[0] == 0
    assert "asking the development service" in run("rooms", "list", "--limit", "1")[2]


@pytest.mark.parametrize(
    ("arguments", "source"),
    [
        (["--connection-string", "endpoint=http://127.0.0.1:1;accesskey=YWJjZA=="], "--connection-string"),
        (["--profile", "one"], "the profile one"),
        ([], "OPENROOMS_CONNECTION_STRING"),
    ],
)
def test_flag_is_above_variable_above_profile(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], source: str
) -> None:
    for name in ("one", "two"):
        run("config", "add", name, "--use", typed=f"endpoint=http://127.0.0.1:1;accesskey={KEY}")
    monkeypatch.setenv("OPENROOMS_CONNECTION_STRING", f"endpoint=http://127.0.0.1:2;accesskey={KEY}")
    monkeypatch.setenv("OPENROOMS_PROFILE", "two")
    assert f"which {source} names" in run("rooms", "list", "--verbose", *arguments)[2]


@pytest.mark.parametrize(
    ("prepare", "arguments", "message"),
    [
        pytest.param(None, ["--profile", "nobody"], "there is no profile 'nobody'", id="unknown"),
        pytest.param(0o644, ["--profile", "staging"], "others may read it: run chmod 600", id="readable by others"),
        pytest.param("{", ["--profile", "staging"], "cannot be read", id="broken"),
        pytest.param(None, ["--profile", "staging", "--connection-string", STAGING], "give only one", id="two ways"),
    ],
)
def test_profile_that_cannot_be_used(
    run: Run, tmp_path: Path, prepare: Any, arguments: list[str], message: str
) -> None:
    run("config", "add", "staging", typed=STAGING)
    if isinstance(prepare, int):
        file(tmp_path).chmod(prepare)
    elif prepare:
        file(tmp_path).write_text(prepare)
    code, _, errors = run("rooms", "list", *arguments)
    assert code in (1, 2)
    assert message in errors
    assert KEY not in errors


def test_wrong_string_is_not_kept_or_shown(run: Run, tmp_path: Path) -> None:
    code, printed, errors = run("config", "add", "staging", typed=f"endpoint=https://x;accesskey={KEY};accesskey=2")
    assert (code, "accesskey twice" in errors, file(tmp_path).exists()) == (1, True, False)
    assert KEY not in printed + errors


def test_string_is_typed_unseen_at_a_terminal(tmp_path: Path) -> None:
    variables = environment(XDG_CONFIG_HOME=str(tmp_path), TERM="xterm")
    with at_terminal([*OPENROOMS, "config", "add", "staging"], variables, tmp_path, 80) as terminal:
        terminal.read_until("Connection string:")
        terminal.type(f"{STAGING}\n")
        code, text = terminal.read_all()
    assert (code, "Added staging: https://staging.example" in text, KEY in text) == (0, True, False)
