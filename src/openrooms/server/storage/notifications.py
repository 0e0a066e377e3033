"""Notifications between the processes of a deployment: short texts, sent by PostgreSQL's LISTEN and NOTIFY."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from openrooms.server.core.ports import RECONNECTED
from openrooms.server.storage.batches import Connection, describe
from openrooms.server.storage.pgserver import Server

_log = logging.getLogger(__name__)

_CHANNEL = "openrooms"
_NOTIFY = "SELECT pg_notify('openrooms', text) FROM unnest($1::text[]) AS text"
_PAUSE_SECONDS = 0.5
_MOST_UNSENT = 1000


class Notifications:
    """A connection that sends notifications to the other processes and calls `heard` with theirs.

    Notifications are lost while the database is away, beyond a thousand unsent ones, and always behind a pooler.
    """

    def __init__(self, server: Server, heard: Callable[[str], None]) -> None:
        self._server = server
        self._heard = heard
        self._unsent: dict[str, None] = {}
        self._due = asyncio.Event()
        self.tasks = [] if server.is_shared else [asyncio.create_task(self._keep())]

    def send(self, notification: str) -> None:
        """Notify every other process; neither waits nor fails."""
        if self.tasks and len(self._unsent) < _MOST_UNSENT:
            self._unsent[notification] = None
            self._due.set()

    async def close(self) -> None:
        """Stop sending and receiving."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _keep(self) -> None:
        while True:
            try:
                connection = await self._server.connect()
            except Exception:
                # `Batches` logs that the database is away.
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            try:
                await self._speak(connection)
            except Exception as error:
                _log.warning("notifications from other processes are interrupted: %s", describe(error))
            finally:
                self._unsent.clear()
                connection.terminate()

    async def _speak(self, connection: Connection) -> None:
        driver = connection.driver
        # A lost notification does no harm, so none has to wait for the disk.
        await driver.execute("SET synchronous_commit = off")
        await driver.add_listener(_CHANNEL, self._hear)
        self._heard(RECONNECTED)
        driver.add_termination_listener(lambda _: self._due.set())
        while connection.is_open:
            await self._due.wait()
            self._due.clear()
            texts, self._unsent = list(self._unsent), {}
            await driver.execute(_NOTIFY, texts)

    def _hear(self, connection: Any, pid: int, _channel: str, notification: str) -> None:
        if pid != connection.get_server_pid():
            self._heard(notification)
