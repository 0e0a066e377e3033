"""The command that installs LiveKit's server."""

import shutil

import click
from rich.console import Console

from openrooms.cli.groups import Group
from openrooms.server.media import livekit_build
from openrooms.server.media.livekit_build import BuildFailed
from openrooms.server.media.livekit_process import cached_program, find_program


@click.group(cls=Group)
def livekit() -> None:
    """LiveKit's server, which `openrooms dev` starts for the audio and video of calls."""


@livekit.command()
@click.option("--force", is_flag=True, help="Build it again, even if there is one.")
def install(force: bool) -> None:
    """Build LiveKit's server with Go, in the version that this service is tested with, into your cache.

    \b
    openrooms livekit install

    It takes a few minutes and about 1 GB for Go's own caches. `openrooms dev` then finds it.
    """
    found = find_program()
    if found is not None and not force:
        click.echo(f"There is a LiveKit already: {found}. Build another one with --force.")
        return
    go = shutil.which("go")
    if go is None:
        raise click.ClickException(f"building LiveKit needs Go: install it from {livekit_build.GO}, and run this again")
    target = cached_program()
    click.echo(f"Building LiveKit {livekit_build.VERSION} into {target}", err=True)
    with Console(stderr=True).status("starting Go") as status:
        lines = 0

        def show(line: str) -> None:
            nonlocal lines
            lines += 1
            status.update(f"{lines} steps: {line[:60]}")

        try:
            livekit_build.build(go, target, show)
        except BuildFailed as error:
            click.echo(str(error), err=True)
            raise click.ClickException("Go could not build LiveKit; its last words are above") from error
        except OSError as error:
            raise click.ClickException(f"{target} cannot be written: {error.strerror}") from error
    click.echo(f"Installed LiveKit {livekit_build.VERSION}: {target}")


COMMANDS = (livekit,)
