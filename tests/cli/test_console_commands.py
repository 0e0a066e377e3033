"""The console shows actions as commands, which must be commands of this version."""

import json
from pathlib import Path

import click
import pytest

from openrooms.cli.commands import openrooms

SHOWN = Path(__file__).parents[2] / "web" / "test" / "console-commands.json"


@pytest.mark.parametrize("words", json.loads(SHOWN.read_text(encoding="utf-8")), ids=" ".join)
def test_the_command_line_takes_what_the_console_shows(words: list[str]) -> None:
    command: click.Command | None = openrooms
    while isinstance(command, click.Group):
        name, *words = words
        command = command.get_command(click.Context(command), name)
    assert command is not None
    command.make_context(command.name, words).close()
