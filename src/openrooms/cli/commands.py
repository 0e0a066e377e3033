"""All commands. Each is loaded only when it is typed, because the service takes long to import."""

from collections.abc import Iterable, Sequence
from importlib import import_module

import click

from openrooms._version import __version__
from openrooms.server.process.settings import BadSetting, CannotStart

_BAD_USAGE = 2
_INTERRUPTED = 130
_HOMES = {
    "calls": "calls",
    "clock": "development",
    "conformance": "conformance",
    "copy": "copying",
    "demo": "demo",
    "dev": "service",
    "faults": "development",
    "keys": "admin",
    "migrate": "admin",
    "operator-token": "admin",
    "participants": "rooms",
    "requests": "development",
    "resources": "admin",
    "rooms": "rooms",
    "serve": "service",
    "state": "development",
    "users": "rooms",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _HOMES:
            return None
        commands: Iterable[click.Command] = import_module(f"openrooms.cli.{_HOMES[cmd_name]}").COMMANDS
        return next(command for command in commands if command.name == cmd_name)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="openrooms")
def openrooms() -> None:
    """Rooms for calls, on your own machines: Azure Communication Services' Rooms and Identity, and the calls."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code. Print one line if it fails."""
    try:
        code = openrooms(arguments, prog_name="openrooms", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return _BAD_USAGE
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "openrooms"
        return _refused(f"{error.format_message().rstrip('.')}. See `{command} --help`.", _BAD_USAGE)
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
