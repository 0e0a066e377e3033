"""Copying a deployment from one database to another."""

import asyncio

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from openrooms._startup import CannotStart
from openrooms.server.core.ports import CannotOpenStorage
from openrooms.server.storage.copy import CannotCopy
from openrooms.server.storage.copy import copy as copy_all


def copy_database(source: str, target: str) -> int:
    """Copy and verify everything, with a bar for each table; return the number of rows. Raise `CannotStart`."""
    try:
        with _Bars() as bars:
            return asyncio.run(copy_all(source, target, bars.show))
    except (CannotCopy, CannotOpenStorage) as error:
        raise CannotStart(str(error)) from error


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
