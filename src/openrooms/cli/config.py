"""The commands for profiles."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
from click.shell_completion import CompletionItem

from openrooms.cli import profiles
from openrooms.cli.groups import Group
from openrooms.cli.options import confirm, output_option, yes_option
from openrooms.cli.output import Output
from openrooms.cli.profiles import Profile, Profiles
from openrooms.cli.render import Row, render
from openrooms.wire.connection_string import parse_connection_string


class ProfileName(click.ParamType[str]):
    """The name of a profile."""

    name = "profile"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        names = profiles.read().profiles
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


_name = click.argument("name", type=ProfileName())


@click.group(cls=Group)
def config() -> None:
    """Profiles: services that you name once, so that commands need no connection string."""


@config.command("add")
@click.argument("name")
@click.option(
    "--ca", type=click.Path(dir_okay=False, exists=True, path_type=Path), help="CA certificate (PEM) to trust."
)
@click.option("--use", "is_used", is_flag=True, help="Use this profile when a command names no service.")
def add_profile(name: str, ca: Path | None, is_used: bool) -> None:
    """Add a profile, or replace it. The connection string is typed at a prompt or read from standard input.

    \b
    openrooms config add clinic --use < connection-string.txt
    """
    if not name.isprintable() or not name.strip():
        raise click.BadParameter("a name needs printable characters", param_hint="NAME")
    string = _typed()
    profile = Profile(string, None if ca is None else str(ca.resolve()))

    def added(kept: Profiles) -> Profiles:
        return Profiles({**kept.profiles, name: profile}, name if is_used else kept.in_use)

    _change(added)
    click.echo(f"Added {name}: {parse_connection_string(string).endpoint.url}, in {profiles.path()}.")


@config.command("list")
@output_option
def list_profiles(output: Output) -> None:
    """List the profiles, without their keys.

    \b
    openrooms config list
    """
    kept = profiles.read()
    render([_row(name, profile, kept.in_use) for name, profile in kept.profiles.items()], output)


@config.command("use")
@_name
def use_profile(name: str) -> None:
    """Use a profile when a command names no service.

    \b
    openrooms config use clinic
    """
    profiles.get(name)
    _change(lambda kept: msgspec.structs.replace(kept, in_use=name))
    click.echo(f"Using {name}.")


@config.command("remove")
@_name
@yes_option
def remove_profile(name: str, yes: bool) -> None:
    """Remove a profile and its key from this machine.

    \b
    openrooms config remove clinic
    """
    profiles.get(name)
    confirm(f"Remove the profile {name} with its key?", yes)

    def without(kept: Profiles) -> Profiles:
        others = {other: profile for other, profile in kept.profiles.items() if other != name}
        return Profiles(others, None if kept.in_use == name else kept.in_use)

    _change(without)
    click.echo(f"Removed {name}.")


@config.command("path")
def print_path() -> None:
    """Print the path of the file that has the profiles.

    \b
    openrooms config path
    """
    click.echo(profiles.path())


COMMANDS = (config,)


def _change(change: Callable[[Profiles], Profiles]) -> None:
    profiles.write(change(profiles.read()))


def _typed() -> str:
    # An argument would be visible to everyone in the list of processes, and stay in the shell's history.
    if sys.stdin.isatty():
        string = str(click.prompt("Connection string", hide_input=True, err=True))
    else:
        string = sys.stdin.read()
    string = string.strip()
    try:
        parse_connection_string(string)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    return string


def _row(name: str, profile: Profile, in_use: str | None) -> Row:
    endpoint = parse_connection_string(profile.connection_string).endpoint.url
    return {"name": name, "endpoint": endpoint, "ca": profile.ca, "inUse": name == in_use}
