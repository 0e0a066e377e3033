"""Opens the database that a URL names."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from openrooms._startup import CannotStart
from openrooms.domain.errors import StorageFull, Unavailable
from openrooms.server.core.ports import CannotOpenStorage, Clock, Storage
from openrooms.server.process.settings import KeyEncryption, Secret
from openrooms.server.storage.outbox import Outbox
from openrooms.server.storage.sealing import Sealer, SealingKey
from openrooms.server.storage.sqlite import SqliteStorage

_log = structlog.get_logger("openrooms.database")


@contextlib.asynccontextmanager
async def open_storage(
    url: str,
    key_encryption: KeyEncryption | None,
    *,
    migrate: bool,
    exclusive: bool,
    events_clock: Clock | None = None,
) -> AsyncIterator[Storage]:
    """Open the database of a URL, for one service (`exclusive`) or beside it.

    With `events_clock`, changes leave events. Without `key_encryption`, the keys in it are not read. Raise
    `CannotStart`, also if the database fails meanwhile.
    """
    encryption = key_encryption or KeyEncryption()
    sealer = Sealer(_sealing_key(encryption.key), _sealing_key(encryption.old_key))
    async with contextlib.AsyncExitStack() as stack:
        try:
            storage = await _open(url, sealer, Outbox(events_clock), migrate, exclusive)
            stack.push_async_callback(storage.close)
            if key_encryption is not None:
                # This finds a wrong key before the service starts.
                await storage.list_resources()
                await storage.list_signing_keys()
            if exclusive and sealer.has_read_plain:
                _log.warning("there are keys in the database that are not encrypted yet: run `openrooms migrate`")
            yield storage
        except CannotOpenStorage as error:
            raise CannotStart(str(error)) from error
        except StorageFull as error:
            raise CannotStart(f"{error} Make room for the database {_without_password(url)}") from error
        except Unavailable as error:
            raise CannotStart(
                f"the database {_without_password(url)} does not answer: look at its log, and try again"
            ) from error


def _sealing_key(text: Secret | None) -> SealingKey | None:
    try:
        return None if text is None else SealingKey(text)
    except ValueError as error:
        raise CannotStart(
            f"the key encryption key cannot be used, {error}: make one with `openrooms keys new > FILE`"
        ) from error


async def _open(url: str, sealer: Sealer, outbox: Outbox, migrate: bool, exclusive: bool) -> Storage:
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite" and rest:
        return await SqliteStorage.open(Path(rest), migrate=migrate, exclusive=exclusive, sealer=sealer, outbox=outbox)
    if scheme in ("postgresql", "postgres"):
        # The driver is loaded only if it is used, because it needs memory.
        from openrooms.server.storage import postgres

        connections = postgres.DEFAULT_CONNECTIONS if exclusive else postgres.FEWEST_CONNECTIONS
        return await postgres.PostgresStorage.open(
            url, migrate=migrate, connections=connections, sealer=sealer, outbox=outbox
        )
    raise CannotStart(
        f"the database {_without_password(url)} cannot be used: give sqlite:PATH or postgresql://USER@HOST/DATABASE"
    )


def _without_password(url: str) -> str:
    return urlsplit(url)._replace(netloc=urlsplit(url).hostname or "").geturl()
