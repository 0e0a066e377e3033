"""All commands. Each is loaded only when it is typed, because the service takes long to import."""

import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module

import click

from openrooms._startup import BadSetting, CannotStart
from openrooms._version import __version__
from openrooms.cli.groups import summary

_BAD_USAGE = 2
_INTERRUPTED = 130
_PIPE_CLOSED = 141
_SERVER = 'pip install "openrooms[server]"'
_SECTIONS: dict[str, dict[str, str]] = {
    "Visits": {"visit": "visits", "invite": "invitations", "why": "visits", "demo": "demo"},
    "Rooms, people, calls": {
        "rooms": "rooms",
        "participants": "people",
        "calls": "calls",
        "attendance": "attendance",
        "users": "users",
    },
    "Events": {"events": "events", "subscriptions": "subscriptions", "listen": "listening"},
    "The service": {
        "dev": "service",
        "serve": "service",
        "migrate": "admin",
        "keys": "admin",
        "operator-token": "admin",
        "resources": "admin",
        "livekit": "livekit",
        "copy": "copying",
        "conformance": "conformance",
    },
    "A development service": {
        "clock": "development",
        "faults": "development",
        "requests": "development",
        "people": "simulated",
        "state": "development",
        "trigger": "development",
    },
    "This program": {"config": "config", "completion": "program", "help": "program", "version": "program"},
}
_HOMES = {name: home for section in _SECTIONS.values() for name, home in section.items()}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _HOMES:
            return None
        try:
            commands: Iterable[click.Command] = import_module(f"openrooms.cli.{_HOMES[cmd_name]}").COMMANDS
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] == "openrooms":
                raise
            return _unavailable(cmd_name, error.name)
        return next(command for command in commands if command.name == cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # click would end the program, with the exit code of a failure.
            ctx.exit(_PIPE_CLOSED)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            # click suggests only commands that are loaded.
            raise click.NoSuchCommand(error.command_name, possibilities=_HOMES, ctx=ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section, names in _SECTIONS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(section):
                formatter.write_dl([(name, summary(one)) for name, one in commands if one])


def _unavailable(name: str, library: str) -> click.Command:
    """Return a command that says how to install what it needs."""

    def refuse() -> None:
        raise click.ClickException(f"`openrooms {name}` is a part of the service, which needs {library}: {_SERVER}")

    anything = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
    return click.Command(name, context_settings=anything, callback=refuse, help=f"Not installed: {_SERVER}")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="openrooms")
def openrooms() -> None:
    """Rooms for calls, on your own machines: Azure Communication Services' Rooms and Identity, and the calls."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code. Print one line if it fails."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader, such as `head`, has enough. Python flushes again at its end, which must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = openrooms(arguments, prog_name="openrooms", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return _BAD_USAGE
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "openrooms"
        message = error.format_message().rstrip(".")
        return _refused(f"{message}{'' if message.endswith('?') else '.'} See `{command} --help`.", _BAD_USAGE)
    except click.ClickException as error:
        return _refused(error.format_message(), 1)
    except BadSetting as error:
        return _refused(str(error), _BAD_USAGE)
    except CannotStart as error:
        return _refused(str(error), 1)
    except click.Abort:
        return _INTERRUPTED
    return code if isinstance(code, int) else 0


def _refused(line: str, code: int) -> int:
    click.echo(f"openrooms: {line}", err=True)
    return code
