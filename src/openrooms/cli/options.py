"""Options that the commands share. Most are also environment variables."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from click.core import ParameterSource

from openrooms._startup import BadSetting
from openrooms.cli.output import Format, Output

Command = TypeVar("Command", bound=Callable[..., Any])

quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask for confirmation.")


def setting(flag: str, **attributes: Any) -> Callable[[Command], Command]:
    """Return the decorator of an option `--NAME` that is also the variable `OPENROOMS_NAME`."""
    variable = "OPENROOMS_" + flag.removeprefix("--").upper().replace("-", "_")
    attributes.setdefault("show_default", attributes.get("default") not in (None, ()))
    return click.option(flag, envvar=variable, show_envvar=True, **attributes)


def or_from_file(flag: str, kind: Callable[[str], str] = str) -> Callable[[Command], Command]:
    """Return the decorator of an option `FLAG-file`, whose content replaces the value of the flag.

    This keeps secrets off the command line, where `ps` shows them to everyone.
    """
    name, file_name = _argument(flag), _argument(f"{flag}-file")
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    option = setting(f"{flag}-file", type=path, help=f"File that holds it, instead of {flag}.")

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_secret(**arguments: Any) -> Any:
            file = arguments.pop(file_name)
            if file is not None:
                if click.get_current_context().get_parameter_source(name) is not ParameterSource.DEFAULT:
                    raise BadSetting(f"{flag} and {flag}-file are two ways to give one setting: give only one of them")
                arguments[name] = kind(read_line(file))
            return command(**arguments)

        return option(cast("Command", with_secret))

    return decorate


def read_line(file: Path) -> str:
    """Return the file's only line; raise `BadSetting` if it is empty, has several lines or cannot be read."""
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadSetting(f"{file} cannot be read: {reason}") from error
    if not text or len(text.splitlines()) != 1:
        raise BadSetting(f"{file} must hold only the secret, on one line")
    return text


def output_option(command: Command) -> Command:
    """Add an `output` argument to the command: the form in which it prints its result."""

    @functools.wraps(command)
    def run(form: str | None, as_json: bool, quiet: bool, **arguments: Any) -> Any:
        if as_json and form not in (None, Format.JSON):
            raise click.UsageError(f"--json means --output json: leave out --output {form}")
        printed_as = Format.JSON if as_json else Format(form or Format.TABLE)
        return command(output=Output(printed_as, quiet), **arguments)

    forms = click.Choice([form.value for form in Format])
    output = click.option("--output", "-o", "form", type=forms, help="The form of the output.  [default: table]")
    alias = click.option("--json", "as_json", is_flag=True, help="Print JSON, as --output json does.")
    quiet = click.option("--quiet", "-q", is_flag=True, help="Print only IDs, one on each line.")
    return output(alias(quiet(cast("Command", run))))


def confirm(question: str, yes: bool) -> None:
    """Ask at the terminal unless `yes`; raise `click.ClickException` if the answer is no or nobody can answer."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(f"{question} There is no terminal at which to ask, so nothing was done: add --yes")
    if not click.confirm(question, err=True):
        raise click.ClickException("nothing was done")


def _argument(flag: str) -> str:
    return flag.removeprefix("--").replace("-", "_")
