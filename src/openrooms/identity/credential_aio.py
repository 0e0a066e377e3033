"""A user's token as a credential that renews it when needed, for asyncio; the twin of `credential`."""

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
    """A user's token, renewed by `token_refresher` when it is about to expire. Tasks may share it.

    Without a refresher the token is given out as it is, expired or not. With one, `get_token` renews it first in the
    last two minutes of its life. With `proactive_refresh` that is done ten minutes before it expires and in the
    background, from `async with` (or the first renewal) until `close()`; a token that lives shorter is renewed at half
    its remaining life, and so is one for which the refresher failed.

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
        """Take a token (a JWT, or an `AccessToken`), an async function that fetches a valid one, or both.

        `clock` returns the seconds since the epoch; tests hand in their own.

        Raise `TypeError` if there is neither or the token is no text, `ValueError` if it is no JWT or
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
        """Return the token, renewed first if it is due; scopes and options change nothing.

        One renewal serves all tasks; who asks meanwhile gets the old token while it is valid, and else waits for the
        new one. Cancelling a task that waits does not disturb the others.

        Raise what the refresher raises, `ValueError` if what it returns has expired or is no JWT, `TypeError` if it is
        no token at all, and `RuntimeError` once closed, or if the refresher itself calls this.
        """
        self._check_open()
        refresher = self._refresher
        if refresher is None or not self._held.is_due():
            return self._held.token
        anothers = self._renewal
        if anothers is not None and self._held.is_valid():
            return self._held.token
        if anothers is not None and anothers is asyncio.current_task():
            raise RuntimeError(SELF_ASKED)
        return await self._wait_for(anothers or self._begin(refresher))

    async def close(self) -> None:
        """Stop renewing in the background; afterwards a call raises `RuntimeError`. Closing twice is fine."""
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
        # A task of its own, since who waits for it may be cancelled.
        self._renewal = asyncio.get_running_loop().create_task(self._renew(refresher))
        self._renewal.add_done_callback(self._settle)
        return self._renewal

    async def _renew(self, refresher: AsyncRefresher) -> AccessToken:
        return self._held.replace(await refresher())

    async def _wait_for(self, renewal: asyncio.Task[AccessToken]) -> AccessToken:
        try:
            return await asyncio.shield(renewal)
        except asyncio.CancelledError:
            # Closing cancels the renewal, which must not look as if the caller had been cancelled.
            if renewal.cancelled() and self._closed:
                raise RuntimeError(CLOSED) from None
            raise

    def _settle(self, renewal: asyncio.Task[AccessToken]) -> None:
        self._renewal = None
        error = None if renewal.cancelled() else renewal.exception()
        if not self._proactive:
            return
        # An expired token is renewed by whoever asks next: there is no life left to halve.
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
            # The clock was set back, or runs slower than the loop's.
            self._start_timer()
