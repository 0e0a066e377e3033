"""Commands about the program itself."""

import platform

import click
from click.shell_completion import get_completion_class

from openrooms._version import __version__
from openrooms.cli.options import output_option
from openrooms.cli.output import Output
from openrooms.cli.render import render_one

_VARIABLE = "_OPENROOMS_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script with which the shell completes commands, options, rooms, people and profiles.

    \b
    bash:  openrooms completion bash > ~/.local/share/bash-completion/completions/openrooms
    zsh:   openrooms completion zsh > "${fpath[1]}/_openrooms"
    fish:  openrooms completion fish > ~/.config/fish/completions/openrooms.fish

    It takes effect in new shells. For this one, in bash: source <(openrooms completion bash)
    """
    made = get_completion_class(shell)
    if made is None:
        raise click.ClickException(f"there is no completion for {shell}")
    root = click.get_current_context().find_root()
    click.echo(made(root.command, {}, "openrooms", _VARIABLE).source())


@click.command("help")
@click.argument("words", metavar="COMMAND...", nargs=-1)
def print_help(words: tuple[str, ...]) -> None:
    """Print the help of a command.

    \b
    openrooms help visit create
    """
    ctx = click.get_current_context().find_root()
    for word in words:
        if not isinstance(ctx.command, click.Group):
            break
        _, command, _ = ctx.command.resolve_command(ctx, [word])
        if command is not None:
            ctx = click.Context(command, ctx, word, **ctx.command.context_settings)
    click.echo(ctx.get_help())


@click.command()
@output_option
def version(output: Output) -> None:
    """Print the versions of this program and of Python.

    \b
    openrooms version
    """
    render_one({"openrooms": __version__, "python": platform.python_version()}, output)


COMMANDS = (completion, print_help, version)
