"""Access tokens: what a token says of itself, and when to renew it."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime

from azure.core.credentials import AccessToken as AzureAccessToken

Clock = Callable[[], float]
"""Returns the present moment in seconds since the epoch."""

ON_DEMAND_SECONDS = 120
PROACTIVE_SECONDS = 600
_SHORTEST_PAUSE = 1.0
_PARTS = 3


class AccessToken(AzureAccessToken):
    """A token and when it expires: `expires_on`, seconds since the epoch. The token hides itself in `repr`.

    >>> token = AccessToken("eyJhbGciOi...", 1_767_225_600)
    >>> token.expires_at
    datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> token
    AccessToken(token=..., expires_on=1767225600)
    """

    __slots__ = ()

    @property
    def expires_at(self) -> datetime:
        """When the token expires, in UTC."""
        return datetime.fromtimestamp(self.expires_on, UTC)

    def __repr__(self) -> str:
        return f"AccessToken(token=..., expires_on={self.expires_on})"


NO_TOKEN = AccessToken("", 0)
"""Stands for one that is yet to be asked for."""


class HeldToken:
    """The token that a credential holds and when it is due for renewal: `margin` seconds before it expires.

    A renewed one that lives shorter than that is due at half its life, so that it is not renewed over and over.
    Neither waits nor locks.
    """

    def __init__(self, token: AccessToken, margin: float, clock: Clock) -> None:
        self.token = token
        self._margin = margin
        self._clock = clock
        self._due = token.expires_on - margin

    def seconds_left(self) -> float:
        """Return how long the token is valid; it has expired at 0 or below."""
        return self.token.expires_on - self._clock()

    def is_valid(self) -> bool:
        """Return whether the token has not expired."""
        return self.seconds_left() > 0

    def is_due(self) -> bool:
        """Return whether to renew the token before giving it away."""
        return self._clock() >= min(self._due, self.token.expires_on)

    def replace(self, given: object) -> AccessToken:
        """Hold what a refresher gave; raise `ValueError` for an expired token, `TypeError` for what is none."""
        token = access_token(given)
        if token.expires_on <= self._clock():
            raise ValueError("The token returned from the token_refresher is expired.")
        self.token = token
        self.put_off()
        return token

    def put_off(self) -> None:
        """Let the token be due after `pause()` from now, at the latest when it expires."""
        self._due = self._clock() + self.pause()

    def pause(self) -> float:
        """Return the seconds from now to the next renewal in the background."""
        left = self.seconds_left()
        if left > self._margin:
            return left - self._margin
        return max(left / 2, _SHORTEST_PAUSE) if left > 0 else 0.0


def access_token(given: object) -> AccessToken:
    """Return the token that a JWT is, or anything with `token` and `expires_on`; the signature is not checked.

    Raise `ValueError` for text that is no JWT with an `exp`, `TypeError` for everything else.
    """
    if isinstance(given, str):
        return AccessToken(given, _expiry(given))
    token, expires_on = getattr(given, "token", None), getattr(given, "expires_on", None)
    if isinstance(token, str) and isinstance(expires_on, int | float):
        return AccessToken(token, int(expires_on))
    raise TypeError(
        "Token must be a string (a JWT) or an AccessToken whose expires_on is a number; "
        f"this {type(given).__name__} is neither."
    )


def _expiry(jwt: str) -> int:
    parts = jwt.split(".")
    if len(parts) < _PARTS:
        raise ValueError("Token is not formatted correctly: a JWT has three parts, separated by dots.")
    try:
        # Longer padding than needed does no harm, shorter does.
        exp = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))["exp"]
        if type(exp) not in (int, float):
            raise TypeError
        return int(exp)
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        # Not chained: the cause could quote the token.
        raise ValueError("Token is not formatted correctly: its second part has no numeric 'exp'.") from None
