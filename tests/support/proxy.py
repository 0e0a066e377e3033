"""A TCP proxy between two programs, which can fail like a network."""

import asyncio
import contextlib
from typing import Self


class Proxy:
    """Listens on a free port and forwards bytes to another port of this machine."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._flows: set[asyncio.Task[None]] = set()
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.gather(*self._flows, return_exceptions=True)

    def cut(self) -> None:
        """Reset all open connections; new ones are still accepted."""
        for flow in self._flows:
            flow.cancel()

    def freeze(self) -> None:
        """Forward nothing and close nothing, like an unplugged cable."""
        self._open.clear()

    def thaw(self) -> None:
        """Forward everything again, including what was held back."""
        self._open.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._flows.add(task)
        try:
            await self._open.wait()
            with contextlib.suppress(OSError):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
                try:
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._pass(reader, far_writer))
                        group.create_task(self._pass(far_reader, writer))
                finally:
                    far_writer.transport.abort()
        except (asyncio.CancelledError, ExceptionGroup):
            pass
        finally:
            self._flows.discard(task)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._open.wait()
            writer.write(data)
            await writer.drain()
        # When one side ends, the other side ends too.
        raise ConnectionResetError
