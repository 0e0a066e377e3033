"""Help, suggestions, and completion in the shells that are installed."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.support.service import OPENROOMS, Process, environment, openrooms

from openrooms.cli import commands


def leaves(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        yield path
        return
    ctx = click.Context(command)
    for name in command.list_commands(ctx):
        child = command.get_command(ctx, name)
        assert child is not None
        yield from leaves(child, (*path, name))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = commands.run(arguments)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.parametrize("path", list(leaves(commands.openrooms, ())), ids=" ".join)
def test_help_has_an_example(capsys: pytest.CaptureFixture[str], path: tuple[str, ...]) -> None:
    code, text, _ = run(capsys, *path, "--help")
    assert code == 0
    name = " ".join(path)
    assert re.search(rf"^ +(\w+: +)?openrooms {re.escape(name.removesuffix(' create'))}", text, re.MULTILINE), text
    assert max(map(len, text.splitlines())) <= 120
    assert run(capsys, "help", *path)[1] == text


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("roms list", "Did you mean 'rooms'?"),
        ("rooms lst", "Did you mean 'list'?"),
        ("rooms list --limt 3", "'--limit'"),
        ("help vist", "'visit'"),
    ],
)
def test_suggestions_for_typos(capsys: pytest.CaptureFixture[str], typed: str, suggestion: str) -> None:
    code, _, error = run(capsys, *typed.split())
    assert (code, suggestion in error) == (2, True), error


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from openrooms import __version__

    assert run(capsys, "--version")[1].split()[-1] == __version__
    assert run(capsys, "version", "-q")[1].strip() == __version__


@pytest.fixture
def shell(tmp_path: Path, service: Process) -> dict[str, str]:
    """Return the environment of a shell that finds `openrooms`, and the service."""
    string = f"endpoint={service.http};{service.connectionString.partition(';')[2]}"
    folder = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    return environment(
        PATH=folder, HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path), OPENROOMS_CONNECTION_STRING=string
    )


def bash(shell: dict[str, str], line: str) -> list[str]:
    """Return what bash offers at the end of the line, which it completes by the script."""
    words = shlex.split(line) + ([""] if line.endswith(" ") else [])
    script = f"""
        source <({shlex.join(OPENROOMS)} completion bash)
        COMP_WORDS=({shlex.join(words)})
        COMP_CWORD={len(words) - 1}
        $(complete -p openrooms | sed 's/.*-F \\([^ ]*\\).*/\\1/') openrooms
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], env=shell, capture_output=True, text=True, timeout=60)
    assert done.stderr == "", done.stderr
    return done.stdout.split()


def test_bash_completes_commands_rooms_and_people(shell: dict[str, str]) -> None:
    assert bash(shell, "openrooms roo") == ["rooms"]
    assert {"extend", "delete"} <= set(bash(shell, "openrooms rooms "))
    assert "--state" in bash(shell, "openrooms rooms list --st")
    assert bash(shell, "openrooms rooms list --state up") == ["upcoming"]
    visit = openrooms("visit", "create", "--attendee", "Pat", "-o", "tsv", **shell).stdout.split("\t")
    room = openrooms("visit", "create", "--attendee", "Pat", "-q", **shell).stdout.strip()
    assert room in bash(shell, f"openrooms rooms delete {room[:14]}")
    assert room in bash(shell, f"openrooms calls end {visit[0][:0]}{room[:14]}")
    [person] = bash(shell, f"openrooms participants mute {room} ")
    assert person in openrooms("participants", "list", room, "-q", **shell).stdout


def test_bash_is_quiet_without_a_service(shell: dict[str, str]) -> None:
    shell["OPENROOMS_CONNECTION_STRING"] = "endpoint=http://127.0.0.1:1;accesskey=YWJjZA=="
    assert bash(shell, "openrooms rooms delete 99") == []
    shell["OPENROOMS_CONNECTION_STRING"] = "nonsense"
    assert bash(shell, "openrooms rooms delete 99") == []


@pytest.mark.parametrize(("name", "check"), [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")])
def test_scripts_are_valid_in_their_shells(capsys: pytest.CaptureFixture[str], name: str, check: str) -> None:
    code, script, _ = run(capsys, "completion", name)
    assert (code, "_OPENROOMS_COMPLETE" in script) == (0, True)
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([program, check], input=script, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_reader_that_has_enough_is_no_failure() -> None:
    """As in `openrooms rooms list | head -1`; other programs end by SIGPIPE, which shells report as 141."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run([*OPENROOMS, "completion", "bash"], stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (141, b"")
