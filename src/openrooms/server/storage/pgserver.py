"""The addresses of a PostgreSQL server, and how connections to it are opened."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, urlsplit

import asyncpg

from openrooms.server.core.ports import CannotOpenStorage
from openrooms.server.storage.batches import Connection

_log = logging.getLogger(__name__)

SCHEMES = ("postgresql", "postgres")
_CONNECT_SECONDS = 1.0
_STATEMENT_SECONDS = 5.0
_SLOW_SECONDS = 0.5
_STATEMENTS = 200
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
# Nothing hangs, and a process that was stopped in a transaction loses its locks.
_SETTINGS = {
    "statement_timeout": f"{_STATEMENT_SECONDS * 1000:.0f}",
    "lock_timeout": "1500",
    "idle_in_transaction_session_timeout": f"{_STATEMENT_SECONDS * 1000:.0f}",
}


class Server:
    """A PostgreSQL server at one or several addresses; connections go to the address that accepts writes.

    `is_shared`: a pooler gives each transaction a different connection to the server. Then nothing that belongs to a
    session works: settings are made in each transaction, and statements are prepared each time.
    """

    def __init__(self, url: str, application: str = "openrooms") -> None:
        """Raise `CannotOpenStorage` if the URL is not of PostgreSQL; the server lists its clients by `application`."""
        self._application = application
        self._addresses = _addresses(url)
        self._settings = dict(_SETTINGS)
        self.name = _name(url)
        # Assumed until `open` has asked the server, because this way works in both cases.
        self.is_shared = True

    async def open(self) -> asyncpg.Connection:
        """Return a first connection, without our settings and limits, after reading the server's properties from it."""
        driver = await self._reach(None)
        with _terminated_on_failure(driver):
            self.is_shared = driver.get_server_pid() != await driver.fetchval("SELECT pg_backend_pid()")
            if await driver.fetchval("SHOW synchronous_commit") == "off":
                self._settings["synchronous_commit"] = "on"
            if await driver.fetchval("SHOW fsync") == "off":
                _log.warning("the database runs with fsync off: answered writes may be lost when its machine stops")
        if self.is_shared:
            _log.warning("the database is behind a pooler: processes learn of each other's changes only by polling")
        return driver

    async def connect(self) -> Connection:
        """Return a new connection; raise the error of the last address if every address fails."""
        driver = await self._reach(_STATEMENT_SECONDS + 1)
        if not self.is_shared:
            with _terminated_on_failure(driver):
                await driver.execute("; ".join(f"SET {name} = {value}" for name, value in self._settings.items()))
        return self._connection(driver)

    def _connection(self, driver: asyncpg.Connection) -> Connection:
        local = "".join(f"; SET LOCAL {name} = {value}" for name, value in self._settings.items())
        return Connection(driver, _BEGIN + local if self.is_shared else _BEGIN, self.is_shared, _SLOW_SECONDS)

    async def _reach(self, command_seconds: float | None) -> asyncpg.Connection:
        last: Exception | None = None
        for address in tuple(self._addresses):
            try:
                driver = await self._connect(address, command_seconds)
            except Exception as error:
                last = error
            else:
                # The next connection begins where this one succeeded.
                self._addresses.remove(address)
                self._addresses.insert(0, address)
                return driver
        raise last or ConnectionError("no address")

    async def _connect(self, address: str, command_seconds: float | None) -> asyncpg.Connection:
        return await asyncpg.connect(
            address,
            timeout=_CONNECT_SECONDS,
            command_timeout=command_seconds,
            statement_cache_size=0 if self.is_shared else _STATEMENTS,
            max_cached_statement_lifetime=0,
            target_session_attrs=None if "target_session_attrs=" in address else "read-write",
            server_settings={"application_name": self._application},
        )


@contextmanager
def _terminated_on_failure(driver: asyncpg.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        driver.terminate()
        raise


def _addresses(url: str) -> list[str]:
    """Return a URL for each address, because each gets its own time to answer."""
    parts = _split(url)
    user, at, hosts = parts.netloc.rpartition("@")
    return [parts._replace(netloc=f"{user}{at}{host}").geturl() for host in hosts.split(",")]


def _name(url: str) -> str:
    """Return the database's URL without user and password."""
    parts = _split(url)
    return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _split(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise CannotOpenStorage("the database's URL must look like postgresql://USER@HOST:5432/DATABASE")
    return parts
