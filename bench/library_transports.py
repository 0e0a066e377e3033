"""The client's transport with a library, reduced to the minimum for a request, to measure its cost.

Errors, proxies, limits for one call and closing are left out, so the whole of it would cost more. It runs in an
environment that has the client and the library, and nothing of this folder but this file.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Self

from azure.core.configuration import ConnectionConfiguration
from azure.core.pipeline.transport import AsyncHttpTransport, HttpTransport

from openrooms.client._network import CONNECTION_TIMEOUT, IDLE_CONNECTIONS, READ_TIMEOUT, tls_context

TASKS = 16
_WARM_UP = 20
_TIMES = {"connect": CONNECTION_TIMEOUT, "read": READ_TIMEOUT, "write": READ_TIMEOUT, "pool": READ_TIMEOUT}


class Answer:
    """The parts of the client's responses."""

    def __init__(self, status: int, reason: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.reason, self.headers, self._body = status, reason, headers, body

    def content(self) -> bytes:
        return self._body


class Sync(HttpTransport):
    """A sync transport; the library is loaded with the first request."""

    def __init__(self) -> None:
        self.connection_config = ConnectionConfiguration()
        self._pool: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def send(self, request: Any, **_: Any) -> Any:
        from openrooms.client._answers import ReadResponse

        if self._pool is None:
            self._pool = self.make_pool()
        return ReadResponse(request, self.ask(request))


class Urllib3(Sync):
    def make_pool(self) -> Any:
        import urllib3

        self._timeout = urllib3.Timeout(connect=CONNECTION_TIMEOUT, read=READ_TIMEOUT)
        return urllib3.PoolManager(maxsize=IDLE_CONNECTIONS, ssl_context=tls_context(True, None, use_env=True))

    def ask(self, request: Any) -> Answer:
        options = {"retries": False, "redirect": False, "timeout": self._timeout}
        got = self._pool.urlopen(request.method, request.url, body=request.content, headers=request.headers, **options)
        return Answer(got.status, got.reason or "", list(got.headers.items()), got.data)


class Httpcore(Sync):
    def make_pool(self) -> Any:
        import httpcore

        context = tls_context(True, None, use_env=True)
        return httpcore.ConnectionPool(max_connections=IDLE_CONNECTIONS, ssl_context=context)

    def ask(self, request: Any) -> Answer:
        return _from_httpcore(self._pool.request(request.method, request.url, **_for_httpcore(request)))


class Async(AsyncHttpTransport):
    """An async transport; the library is loaded with the first request."""

    def __init__(self) -> None:
        self.connection_config = ConnectionConfiguration()
        self._pool: Any = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def send(self, request: Any, **_: Any) -> Any:
        from openrooms.client._answers import AsyncReadResponse

        if self._pool is None:
            self._pool = self.make_pool()
        return AsyncReadResponse(request, await self.ask(request))


class AsyncHttpcore(Async):
    def make_pool(self) -> Any:
        import httpcore

        context = tls_context(True, None, use_env=True)
        return httpcore.AsyncConnectionPool(max_connections=IDLE_CONNECTIONS, ssl_context=context)

    async def ask(self, request: Any) -> Answer:
        return _from_httpcore(await self._pool.request(request.method, request.url, **_for_httpcore(request)))

    async def close(self) -> None:
        await self._pool.aclose()


class Aiohttp(Async):
    def make_pool(self) -> Any:
        import aiohttp
        import yarl

        self._url = yarl.URL
        connector = aiohttp.TCPConnector(limit=IDLE_CONNECTIONS, ssl=tls_context(True, None, use_env=True))
        timeout = aiohttp.ClientTimeout(total=READ_TIMEOUT, connect=CONNECTION_TIMEOUT)
        return aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())

    async def ask(self, request: Any) -> Answer:
        options = {"data": request.content, "headers": request.headers, "allow_redirects": False}
        url = self._url(request.url, encoded=True)
        async with self._pool.request(request.method, url, **options) as got:
            headers = [(name.decode(), value.decode()) for name, value in got.raw_headers]
            return Answer(got.status, got.reason or "", headers, await got.read())

    async def close(self) -> None:
        await self._pool.close()


def _for_httpcore(request: Any) -> dict[str, Any]:
    return {"content": request.content, "headers": list(request.headers.items()), "extensions": {"timeout": _TIMES}}


def _from_httpcore(got: Any) -> Answer:
    headers = [(name.decode(), value.decode()) for name, value in got.headers]
    return Answer(got.status, got.extensions["reason_phrase"].decode(), headers, got.content)


TRANSPORTS: dict[str, Callable[[], Any]] = {
    "own": lambda: None,
    "urllib3": Urllib3,
    "httpcore": Httpcore,
    "own async": lambda: None,
    "httpcore async": AsyncHttpcore,
    "aiohttp async": Aiohttp,
}


def script(name: str) -> None:
    """Get one room."""
    from openrooms import RoomsClient

    with RoomsClient.from_connection_string(os.environ["BENCH_CONNECTION_STRING"], **_options(name)) as client:
        client.get_room(os.environ["BENCH_ROOM"])


def calls(name: str, times: int) -> float:
    """Return the microseconds of CPU of a `get_room`."""
    if name.endswith("async"):
        return asyncio.run(_async_calls(name, times))
    from openrooms import RoomsClient

    room = os.environ["BENCH_ROOM"]
    with RoomsClient.from_connection_string(os.environ["BENCH_CONNECTION_STRING"], **_options(name)) as client:
        for _ in range(_WARM_UP):
            client.get_room(room)
        began = time.process_time()
        for _ in range(times):
            client.get_room(room)
        return (time.process_time() - began) / times * 1e6


async def _async_calls(name: str, times: int) -> float:
    from openrooms.aio import RoomsClient

    room = os.environ["BENCH_ROOM"]
    async with RoomsClient.from_connection_string(os.environ["BENCH_CONNECTION_STRING"], **_options(name)) as client:

        async def work(count: int) -> None:
            for _ in range(count):
                await client.get_room(room)

        await asyncio.gather(*[work(2) for _ in range(TASKS)])
        began = time.process_time()
        await asyncio.gather(*[work(times // TASKS) for _ in range(TASKS)])
        return (time.process_time() - began) / (times // TASKS * TASKS) * 1e6


def _options(name: str) -> dict[str, Any]:
    transport = TRANSPORTS[name]()
    return {} if transport is None else {"transport": transport}


if __name__ == "__main__":
    print(calls(sys.argv[1], int(sys.argv[2])))
