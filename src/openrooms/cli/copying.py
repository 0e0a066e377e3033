"""The command that moves a deployment from one database to another."""

import asyncio

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from openrooms.server.core.ports import CannotOpenStorage
from openrooms.server.process.settings import CannotStart
from openrooms.server.storage.copy import CannotCopy
from openrooms.server.storage.copy import copy as copy_all


@click.command()
@click.option("--from", "source", metavar="URL", required=True, help="The database to copy.")
@click.option(
    "--to", "target", metavar="URL", required=True, help="An empty database, or an interrupted copy to continue."
)
def copy(source: str, target: str) -> None:
    """Copy everything from one database to another, of either kind, and verify it.

    Stop every service first. URLs are sqlite:PATH or postgresql://USER@HOST/DATABASE. To continue an interrupted
    copy, run the same command again.
    """
    try:
        with _Bars() as bars:
            rows = asyncio.run(copy_all(source, target, bars.show))
    except (CannotCopy, CannotOpenStorage) as error:
        raise CannotStart(str(error)) from error
    click.echo(f"Copied and verified: {rows} rows.")


class _Bars:
    """A bar for each table, on a terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, table: str, done: int, total: int) -> None:
        """Move the table's bar."""
        if table not in self._bars:
            self._bars[table] = self._progress.add_task(table)
        self._progress.update(self._bars[table], completed=done, total=total)


COMMANDS = (copy,)
