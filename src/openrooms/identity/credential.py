"""The sync token credential of a user, which renews its token when needed; `credential_aio` has the async one."""

import logging
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import TIMEOUT_MAX, Lock, Timer, get_ident
from types import TracebackType
from typing import Any, Self

from azure.core.credentials import AccessToken as AzureAccessToken

from openrooms.identity.tokens import (
    NO_TOKEN,
    ON_DEMAND_SECONDS,
    PROACTIVE_SECONDS,
    AccessToken,
    Clock,
    HeldToken,
    access_token,
)

Refresher = Callable[[], str | AzureAccessToken]

CLOSED = "An instance of CommunicationTokenCredential cannot be reused once it has been closed."
NO_REFRESHER = "When 'proactive_refresh' is True, 'token_refresher' must not be None."
NOT_RENEWED = "The token was not renewed; the current one is valid for another %d s."
SELF_ASKED = "token_refresher called get_token of the credential that it renews; it must fetch a token from elsewhere."
_INTERRUPTED = "The thread that was renewing the token was interrupted; try again."
logger = logging.getLogger(__name__)


class CommunicationTokenCredential:
    """A credential with a user's token, which `token_refresher` renews before it expires. Threads can share it.

    Without a refresher, `get_token` returns the token unchanged, even when it has expired. With one, `get_token` renews
    a token that expires within two minutes. With `proactive_refresh`, a background timer renews it ten minutes before
    it expires, from entering `with` (or the first renewal) until `close()`. A token with a shorter lifetime, or one for
    which the refresher failed, is renewed at half its remaining lifetime.

    >>> def fetch_token():
    ...     return "e30.eyJleHAiOjQxMDI0NDQ4MDB9.signature"
    >>> with CommunicationTokenCredential(token_refresher=fetch_token) as credential:
    ...     credential.get_token()
    AccessToken(token=..., expires_on=4102444800)
    """

    _timer: Timer | None = None

    def __init__(
        self,
        token: str | AzureAccessToken | None = None,
        *,
        token_refresher: Refresher | None = None,
        proactive_refresh: bool = False,
        clock: Clock = time.time,
    ) -> None:
        """Create a credential from a token (a JWT or an `AccessToken`), a function that fetches a valid token, or both.

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
        self._lock = Lock()
        self._renewal: Future[AccessToken] | None = None
        self._renewing_thread: int | None = None
        self._closed = False

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return the token, renewed first if it is due; the scopes and options are ignored.

        One thread renews the token. The others get the old token while it is valid; afterwards they wait for the new
        one.

        Raise the refresher's own errors, `ValueError` if it returns an expired token or text that is not a JWT,
        `TypeError` if it returns something else, and `RuntimeError` after `close` or if the refresher calls this
        method.
        """
        with self._lock:
            self._check_open()
            refresher = self._refresher
            if refresher is None or not self._held.is_due():
                return self._held.token
            running = self._renewal
            if running is not None and self._held.is_valid():
                return self._held.token
            if running is not None and self._renewing_thread == get_ident():
                raise RuntimeError(SELF_ASKED)
            renewal = self._renewal = running or Future()
        if running is None:
            self._renew(refresher, renewal)
        return renewal.result()

    def close(self) -> None:
        """Stop the background renewal. Later calls raise `RuntimeError`; closing again is allowed."""
        with self._lock:
            self._closed = True
            self._stop_timer()

    def __enter__(self) -> Self:
        with self._lock:
            self._check_open()
            self._start_timer()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self._stop_timer()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(CLOSED)

    def _renew(self, refresher: Refresher, renewal: Future[AccessToken]) -> None:
        self._renewing_thread = get_ident()
        try:
            token = self._held.replace(refresher())
        except BaseException as error:
            self._settle(error)
            # Ctrl-C interrupts only the thread that received it, not the waiting threads.
            renewal.set_exception(error if isinstance(error, Exception) else RuntimeError(_INTERRUPTED))
            raise
        self._settle(None)
        renewal.set_result(token)

    def _settle(self, error: BaseException | None) -> None:
        with self._lock:
            self._renewal = self._renewing_thread = None
            if not self._proactive:
                return
            # An expired token is renewed by the next call, not by the timer, because it has no remaining lifetime to
            # halve.
            if self._held.is_valid():
                self._held.put_off()
                self._start_timer()
        if error is not None:
            logger.warning(NOT_RENEWED, max(0, self._held.seconds_left()), exc_info=error)

    def _start_timer(self) -> None:
        self._stop_timer()
        if self._proactive and not self._closed:
            self._timer = Timer(min(self._held.pause(), TIMEOUT_MAX), weakly(self._renew_in_background))
            self._timer.daemon = True
            self._timer.start()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _renew_in_background(self) -> None:
        with self._lock:
            if not self._held.is_due():
                # The clock was set back, or is slower than the timer's.
                self._start_timer()
                return
        # The failure has been logged, and the timer has been started for the next attempt.
        with suppress(Exception):
            self.get_token()


def weakly(method: Callable[[], None]) -> Callable[[], None]:
    """Return a function that calls the method while its object exists, without keeping the object alive."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        bound = reference()
        if bound is not None:
            bound()

    return call
