"""Starts a module of this package as a process, joined to this one by a pair of sockets.

The process sees the other end close when this process ends, however that happens.
"""

import asyncio
import os
import socket
import sys
from contextlib import suppress
from typing import Any, Generic

from openrooms.server.phone.messages import Channel, Incoming

_END_SECONDS = 8.0


class ChildProcess(Generic[Incoming]):
    """A running process and the channel to it."""

    def __init__(self, process: asyncio.subprocess.Process, channel: Channel[Incoming]) -> None:
        self._process = process
        self.channel = channel

    @classmethod
    async def start(cls, module: str, incoming: Any) -> "ChildProcess[Incoming]":
        """Start `python -m MODULE DESCRIPTOR`, which sends messages of the union `incoming`."""
        ours, theirs = socket.socketpair()
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                # Without -P, a file in the working directory could take the place of a library.
                *("-P", "-m", module, str(theirs.fileno())),
                pass_fds=[theirs.fileno()],
                # Our variables may hold secrets.
                env={"PATH": os.environ.get("PATH", os.defpath)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                # Ctrl-C must reach only the service.
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process, Channel(*await asyncio.open_unix_connection(sock=ours), incoming))

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def kill(self) -> None:
        """End the process without its help."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def stop(self) -> int:
        """Close the channel, which ends the process; kill it if that takes too long. Return its exit code."""
        self.channel.close()
        try:
            return await asyncio.wait_for(self._process.wait(), _END_SECONDS)
        except TimeoutError:
            self.kill()
            return await self._process.wait()
