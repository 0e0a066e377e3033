"""Access tokens: their expiry time, and the time to renew them."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime

from azure.core.credentials import AccessToken as AzureAccessToken

Clock = Callable[[], float]
"""Returns the current time in seconds since the epoch."""

ON_DEMAND_SECONDS = 120
PROACTIVE_SECONDS = 600
_SHORTEST_PAUSE = 1.0
_PARTS = 3


class AccessToken(AzureAccessToken):
    """A token with its expiry time `expires_on`, in seconds since the epoch. `repr` does not show the token.

    >>> token = AccessToken("eyJhbGciOi...", 1_767_225_600)
    >>> token.expires_at
    datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> token
    AccessToken(token=..., expires_on=1767225600)
    """

    __slots__ = ()

    @property
    def expires_at(self) -> datetime:
        """The expiry time in UTC."""
        return datetime.fromtimestamp(self.expires_on, UTC)

    def __repr__(self) -> str:
        return f"AccessToken(token=..., expires_on={self.expires_on})"


NO_TOKEN = AccessToken("", 0)
"""A placeholder for a token that has not been fetched yet."""


class HeldToken:
    """The token of a credential, which is due for renewal `margin` seconds before it expires.

    A renewed token with a shorter lifetime is due at half its lifetime, so that it is not renewed by every call. The
    methods neither wait nor lock.
    """

    def __init__(self, token: AccessToken, margin: float, clock: Clock) -> None:
        self.token = token
        self._margin = margin
        self._clock = clock
        self._due = token.expires_on - margin

    def seconds_left(self) -> float:
        """Return the seconds until the token expires; 0 or less means that it has expired."""
        return self.token.expires_on - self._clock()

    def is_valid(self) -> bool:
        """Return whether the token has not expired."""
        return self.seconds_left() > 0

    def is_due(self) -> bool:
        """Return whether to renew the token before returning it to a caller."""
        return self._clock() >= min(self._due, self.token.expires_on)

    def replace(self, refreshed: object) -> AccessToken:
        """Store and return the token of a refresher.

        Raise `ValueError` if it has expired or is not a JWT, `TypeError` if it is not a token.
        """
        token = access_token(refreshed)
        if token.expires_on <= self._clock():
            raise ValueError("The token returned from the token_refresher is expired.")
        self.token = token
        self.put_off()
        return token

    def put_off(self) -> None:
        """Make the token due `pause()` seconds from now, at the latest when it expires."""
        self._due = self._clock() + self.pause()

    def pause(self) -> float:
        """Return the seconds from now to the next renewal in the background."""
        left = self.seconds_left()
        if left > self._margin:
            return left - self._margin
        return max(left / 2, _SHORTEST_PAUSE) if left > 0 else 0.0


def access_token(source: object) -> AccessToken:
    """Return the `AccessToken` for a JWT or for an object with `token` and `expires_on`.

    The signature is not checked. Raise `ValueError` if a string is not a JWT with a numeric `exp`, `TypeError` for
    other types.
    """
    if isinstance(source, str):
        return AccessToken(source, _expiry(source))
    token, expires_on = getattr(source, "token", None), getattr(source, "expires_on", None)
    if isinstance(token, str) and isinstance(expires_on, int | float):
        return AccessToken(token, int(expires_on))
    raise TypeError(
        "Token must be a string (a JWT) or an AccessToken whose expires_on is a number; "
        f"this {type(source).__name__} is neither."
    )


def _expiry(jwt: str) -> int:
    parts = jwt.split(".")
    if len(parts) < _PARTS:
        raise ValueError("Token is not formatted correctly: a JWT has three parts, separated by dots.")
    try:
        # Too much padding is accepted, too little is not.
        exp = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))["exp"]
        if type(exp) not in (int, float):
            raise TypeError
        return int(exp)
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        # Not chained, because the message of the cause could contain the token.
        raise ValueError("Token is not formatted correctly: its second part has no numeric 'exp'.") from None
