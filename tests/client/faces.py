"""The sync and the async clients behind the same interface, so that each case is written once."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openrooms
import openrooms.aio
import openrooms.calls
import openrooms.calls.aio
import openrooms.events
import openrooms.events.aio
import openrooms.identity
import openrooms.identity.aio
import openrooms.visits
import openrooms.visits.aio
from openrooms.client._transport import Transport
from openrooms.client._transport_async import AsyncTransport


class SyncFace:
    """A factory of sync clients."""

    name = "sync"

    def __init__(self) -> None:
        self._clients: list[Any] = []

    def rooms(self, *arguments: Any, **options: Any) -> Any:
        return self._kept(openrooms.RoomsClient(*arguments, **options))

    def identity(self, *arguments: Any, **options: Any) -> Any:
        return self._kept(openrooms.identity.CommunicationIdentityClient(*arguments, **options))

    def calls(self, *arguments: Any, **options: Any) -> Any:
        return self._kept(openrooms.calls.CallsClient(*arguments, **options))

    def visits(self, *arguments: Any, **options: Any) -> Any:
        return self._kept(openrooms.visits.VisitsClient(*arguments, **options))

    def events(self, *arguments: Any, **options: Any) -> Any:
        return self._kept(openrooms.events.EventsClient(*arguments, **options))

    def transport(self, naps: list[float], **options: Any) -> Any:
        """Return a transport that does not wait between attempts, but records the pauses in `naps`."""

        class Impatient(Transport):
            def sleep(self, duration: float) -> None:
                naps.append(duration)

        return Impatient(**options)

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def _kept(self, client: Any) -> Any:
        self._clients.append(client)
        return client


class AsyncFace:
    """A factory of async clients that look blocking."""

    name = "async"

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._clients: list[Any] = []

    def rooms(self, *arguments: Any, **options: Any) -> Any:
        return self._kept(openrooms.aio.RoomsClient(*arguments, **options))

    def identity(self, *arguments: Any, **options: Any) -> Any:
        return self._kept(openrooms.identity.aio.CommunicationIdentityClient(*arguments, **options))

    def calls(self, *arguments: Any, **options: Any) -> Any:
        return self._kept(openrooms.calls.aio.CallsClient(*arguments, **options))

    def visits(self, *arguments: Any, **options: Any) -> Any:
        return self._kept(openrooms.visits.aio.VisitsClient(*arguments, **options))

    def events(self, *arguments: Any, **options: Any) -> Any:
        return self._kept(openrooms.events.aio.EventsClient(*arguments, **options))

    def transport(self, naps: list[float], **options: Any) -> Any:
        class Impatient(AsyncTransport):
            async def sleep(self, duration: float) -> None:
                naps.append(duration)

        return Impatient(**options)

    def close(self) -> None:
        for client in self._clients:
            self._runner.run(client.close())
        self._runner.close()

    def _kept(self, client: Any) -> Any:
        self._clients.append(client)
        return _Blocking(self._runner, client)


class _Blocking:
    def __init__(self, runner: asyncio.Runner, inner: Any) -> None:
        self._runner, self._inner = runner, inner

    def __getattr__(self, name: str) -> Any:
        return self._blocking(getattr(self._inner, name))

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._blocking(self._inner(*arguments, **options))

    def __iter__(self) -> Iterator[Any]:
        return _items(self._runner, aiter(self._inner))

    def __next__(self) -> Any:
        try:
            return self._runner.run(_next(self._inner))
        except StopAsyncIteration:
            raise StopIteration from None

    def __repr__(self) -> str:
        return repr(self._inner)

    def _blocking(self, value: Any) -> Any:
        if inspect.isawaitable(value) and inspect.iscoroutine(value):
            return self._runner.run(value)
        if inspect.ismethod(value) or hasattr(value, "__anext__") or type(value).__name__.endswith("WithResponse"):
            return _Blocking(self._runner, value)
        return value


async def _next(iterator: AsyncIterator[Any]) -> Any:
    return await anext(iterator)


def _items(runner: asyncio.Runner, iterator: AsyncIterator[Any]) -> Iterator[Any]:
    while True:
        try:
            yield runner.run(_next(iterator))
        except StopAsyncIteration:
            return
