"""A user's token as a credential that renews it when needed; `credential_aio` has its twin."""

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
NOT_RENEWED = "The token was not renewed; the one at hand is valid for %d s more."
SELF_ASKED = "token_refresher asks the credential that it is to renew for a token; it must get one from elsewhere."
_INTERRUPTED = "The thread that was renewing the token was interrupted; try again."
logger = logging.getLogger(__name__)


class CommunicationTokenCredential:
    """A user's token, renewed by `token_refresher` when it is about to expire. Threads may share it.

    Without a refresher the token is given out as it is, expired or not. With one, `get_token` renews it first in the
    last two minutes of its life. With `proactive_refresh` that is done ten minutes before it expires and in the
    background, from `with` (or the first renewal) until `close()`; a token that lives shorter is renewed at half its
    remaining life, and so is one for which the refresher failed.

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
        """Take a token (a JWT, or an `AccessToken`), a function that fetches a valid one, or both.

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
        self._lock = Lock()
        self._renewal: Future[AccessToken] | None = None
        self._renewing_thread: int | None = None
        self._closed = False

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return the token, renewed first if it is due; scopes and options change nothing.

        One thread renews; the others get the old token while it is valid, and else wait for the new one.

        Raise what the refresher raises, `ValueError` if what it returns has expired or is no JWT, `TypeError` if it is
        no token at all, and `RuntimeError` once closed, or if the refresher itself calls this.
        """
        with self._lock:
            self._check_open()
            refresher = self._refresher
            if refresher is None or not self._held.is_due():
                return self._held.token
            anothers = self._renewal
            if anothers is not None and self._held.is_valid():
                return self._held.token
            if anothers is not None and self._renewing_thread == get_ident():
                raise RuntimeError(SELF_ASKED)
            renewal = self._renewal = anothers or Future()
        if anothers is None:
            self._renew(refresher, renewal)
        return renewal.result()

    def close(self) -> None:
        """Stop renewing in the background; afterwards a call raises `RuntimeError`. Closing twice is fine."""
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
            # Ctrl-C is for the thread that got it, not for those that wait.
            renewal.set_exception(error if isinstance(error, Exception) else RuntimeError(_INTERRUPTED))
            raise
        self._settle(None)
        renewal.set_result(token)

    def _settle(self, error: BaseException | None) -> None:
        with self._lock:
            self._renewal = self._renewing_thread = None
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
                # The clock was set back, or runs slower than the timer's.
                self._start_timer()
                return
        # What failed is in the log, and the next try is set.
        with suppress(Exception):
            self.get_token()


def weakly(method: Callable[[], None]) -> Callable[[], None]:
    """Return what calls the method for as long as its object is in use, so that a timer does not keep it so."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        bound = reference()
        if bound is not None:
            bound()

    return call
