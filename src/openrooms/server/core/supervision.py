"""Essential tasks of a process: if one ends before it is stopped, the whole process stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

_log = structlog.get_logger("openrooms.supervision")


class EndedEarly(Exception):
    """A part of the process ended before it was stopped."""


class Parts:
    """Tasks that run beside the body of `supervised`."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        """Run the work until it is cancelled; it may finish a step before it raises the cancellation."""
        self._tasks.append(self._group.create_task(_endless(name, work), name=name))

    def stop(self) -> None:
        """Cancel all tasks."""
        for task in self._tasks:
            task.cancel()


@asynccontextmanager
async def supervised() -> AsyncIterator[Parts]:
    """Give the tasks that run beside the body; stop them and wait for them when the body ends.

    If a task ends by itself, log it, cancel the body and the other tasks, and raise `EndedEarly`.
    """
    try:
        async with asyncio.TaskGroup() as group:
            parts = Parts(group)
            yield parts
            parts.stop()
    except BaseExceptionGroup as failures:
        # The first failure caused the others, so it alone is raised, with its own cause.
        first = failures.exceptions[0]
        raise first from first.__cause__


async def _endless(name: str, work: Callable[[], Awaitable[object]]) -> None:
    this = asyncio.current_task()
    try:
        await work()
    except (Exception, asyncio.CancelledError) as error:
        if isinstance(error, asyncio.CancelledError) and this is not None and this.cancelling():
            raise
        _log.exception("a part of the process failed, so the process stops", part=name)
        raise EndedEarly(f"{name} failed") from error
    _log.error("a part of the process ended, so the process stops", part=name)
    raise EndedEarly(f"{name} ended")
