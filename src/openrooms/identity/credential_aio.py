"""The async token credential of a user, which renews its token when needed; `credential` has the sync one."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from azure.core.credentials import AccessToken as AzureAccessToken

from openrooms.identity.credential import CLOSED, NO_REFRESHER, NOT_RENEWED, SELF_ASKED, logger, weakly
from openrooms.identity.tokens import (
    NO_TOKEN,
    ON_DEMAND_SECONDS,
    PROACTIVE_SECONDS,
    AccessToken,
    Clock,
    HeldToken,
    access_token,
)

AsyncRefresher = Callable[[], Awaitable[str | AzureAccessToken]]


class CommunicationTokenCredential:
    """A credential with a user's token, which `token_refresher` renews before it expires. Tasks can share it.

    Without a refresher, `get_token` returns the token unchanged, even when it has expired. With one, `get_token` renews
    a token that expires within two minutes. With `proactive_refresh`, a background timer renews it ten minutes before
    it expires, from entering `async with` (or the first renewal) until `close()`. A token with a shorter lifetime, or
    one for which the refresher failed, is renewed at half its remaining lifetime.

    >>> async def fetch_token():
    ...     return "e30.eyJleHAiOjQxMDI0NDQ4MDB9.signature"
    >>> async with CommunicationTokenCredential(token_refresher=fetch_token) as credential:
    ...     await credential.get_token()
    AccessToken(token=..., expires_on=4102444800)
    """

    _timer: asyncio.TimerHandle | None = None

    def __init__(
        self,
        token: str | AzureAccessToken | None = None,
        *,
        token_refresher: AsyncRefresher | None = None,
        proactive_refresh: bool = False,
        clock: Clock = time.time,
    ) -> None:
        """Create a credential from a token (a JWT or an `AccessToken`), an async function that fetches one, or both.

        `clock` returns the seconds since the epoch; tests can pass their own.

        Raise `TypeError` if both are missing or the token has another type, `ValueError` if it is not a JWT or if
        `proactive_refresh` has no refresher.
        """
        if proactive_refresh and token_refresher is None:
            raise ValueError(NO_REFRESHER)
        held = NO_TOKEN if token is None and token_refresher is not None else access_token(token)
        self._held = HeldToken(held, PROACTIVE_SECONDS if proactive_refresh else ON_DEMAND_SECONDS, clock)
        self._refresher = token_refresher
        self._proactive = proactive_refresh
        self._renewal: asyncio.Task[AccessToken] | None = None
        self._closed = False

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return the token, renewed first if it is due; the scopes and options are ignored.

        One renewal serves all tasks. The others get the old token while it is valid; afterwards they wait for the new
        one. Cancelling a waiting task does not affect the others.

        Raise the refresher's own errors, `ValueError` if it returns an expired token or text that is not a JWT,
        `TypeError` if it returns something else, and `RuntimeError` after `close` or if the refresher calls this
        method.
        """
        self._check_open()
        refresher = self._refresher
        if refresher is None or not self._held.is_due():
            return self._held.token
        running = self._renewal
        if running is not None and self._held.is_valid():
            return self._held.token
        if running is not None and running is asyncio.current_task():
            raise RuntimeError(SELF_ASKED)
        return await self._wait_for(running or self._begin(refresher))

    async def close(self) -> None:
        """Stop the background renewal. Later calls raise `RuntimeError`; closing again is allowed."""
        self._closed = True
        self._stop_timer()
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.wait([self._renewal])

    async def __aenter__(self) -> Self:
        self._check_open()
        self._start_timer()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()

    def __del__(self) -> None:
        self._stop_timer()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(CLOSED)

    def _begin(self, refresher: AsyncRefresher) -> asyncio.Task[AccessToken]:
        # A separate task, because a task that waits for the renewal may be cancelled.
        self._renewal = asyncio.get_running_loop().create_task(self._renew(refresher))
        self._renewal.add_done_callback(self._settle)
        return self._renewal

    async def _renew(self, refresher: AsyncRefresher) -> AccessToken:
        return self._held.replace(await refresher())

    async def _wait_for(self, renewal: asyncio.Task[AccessToken]) -> AccessToken:
        try:
            return await asyncio.shield(renewal)
        except asyncio.CancelledError:
            # `close` cancels the renewal. That must not look as if the caller had been cancelled.
            if renewal.cancelled() and self._closed:
                raise RuntimeError(CLOSED) from None
            raise

    def _settle(self, renewal: asyncio.Task[AccessToken]) -> None:
        self._renewal = None
        error = None if renewal.cancelled() else renewal.exception()
        if not self._proactive:
            return
        # An expired token is renewed by the next call, not by the timer, because it has no remaining lifetime to halve.
        if self._held.is_valid():
            self._held.put_off()
            self._start_timer()
        if error is not None:
            logger.warning(NOT_RENEWED, max(0, self._held.seconds_left()), exc_info=error)

    def _start_timer(self) -> None:
        self._stop_timer()
        if self._proactive and not self._closed:
            renew = weakly(self._renew_in_background)
            self._timer = asyncio.get_running_loop().call_later(self._held.pause(), renew)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _renew_in_background(self) -> None:
        if self._refresher is None or self._renewal is not None:
            return
        if self._held.is_due():
            self._begin(self._refresher)
        else:
            # The clock was set back, or is slower than the event loop's.
            self._start_timer()
