"""Carrying rooms from a source to a target, several at a time."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, TypeVar

import click
from azure.core.exceptions import HttpResponseError

from openrooms.cli.render import clean
from openrooms.cli.transfer.sources import Found, Source
from openrooms.cli.transfer.targets import Target

T = TypeVar("T")

_AT_ONCE = 4
_BATCH = 32
_REFUSED_ROOM = frozenset({400, 404, 409, 413})
"""The statuses that concern one room. After any other the whole copy stops, to be started again later."""


class Outcome(NamedTuple):
    """What became of a room: `reason` says why it was left out."""

    room: str
    is_new: bool = False
    reason: str | None = None
    losses: tuple[str, ...] = ()


@dataclass
class Report:
    """What became of all rooms."""

    copied: int = 0
    present: int = 0
    earlier: int = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)
    lost: list[tuple[str, str]] = field(default_factory=list)

    def note(self, outcome: Outcome) -> None:
        """Count a room."""
        if outcome.reason is not None:
            self.left_out.append((outcome.room, outcome.reason))
            return
        self.copied += outcome.is_new
        self.present += not outcome.is_new
        self.lost += [(outcome.room, loss) for loss in outcome.losses]


def carry(source: Source, target: Target, *, dry_run: bool, show: Callable[[Report], None]) -> Report:
    """Carry every room that an earlier run has not carried, and return what became of them.

    `show` is called after each batch. Raise an error of a client or `click.ClickException` if the copy cannot go on;
    it can be started again then.
    """
    report = Report()

    def carried(found: Found) -> Outcome:
        return _carried(found, target, dry_run)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for batch in _batches(source.rooms()):
            todo = [found for found in batch if not target.has(found.id)]
            report.earlier += len(batch) - len(todo)
            for outcome in threads.map(carried, todo):
                report.note(outcome)
            show(report)
    report.lost += source.lost
    return report


def _carried(found: Found, target: Target, dry_run: bool) -> Outcome:
    record = found.load()
    if record is None:
        return Outcome(found.id, reason="it was deleted while the copy ran")
    reason = target.refusal(record)
    if reason is not None:
        return Outcome(found.id, reason=reason)
    losses = tuple(target.losses(record))
    if dry_run:
        return Outcome(found.id, True, losses=losses)
    try:
        return Outcome(found.id, target.put(record), losses=losses)
    except HttpResponseError as error:
        if error.status_code not in _REFUSED_ROOM:
            raise
        return Outcome(found.id, reason=clean(" ".join(error.message.split())))
    except (ValueError, click.ClickException) as error:
        return Outcome(found.id, reason=clean(str(error)))


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
