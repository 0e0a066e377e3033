"""Access tokens: what a token says of itself, and when to renew it."""

import base64
from datetime import UTC, datetime
from typing import Self

import msgspec
from azure.core.credentials import AccessToken as AzureAccessToken

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

    @classmethod
    def from_jwt(cls, token: str) -> Self:
        """Return the token with the expiry that it states; its signature is not checked.

        Raise `TypeError` unless it is a `str`, `ValueError` unless it is a JWT with an `exp`.
        """
        return cls(token, _expiry(token))

    @property
    def expires_at(self) -> datetime:
        """When the token expires, in UTC."""
        return datetime.fromtimestamp(self.expires_on, UTC)

    def __repr__(self) -> str:
        return f"AccessToken(token=..., expires_on={self.expires_on})"


class _Claims(msgspec.Struct):
    exp: int | float


_read_claims = msgspec.json.Decoder(_Claims).decode


def _expiry(jwt: object) -> int:
    if not isinstance(jwt, str):
        raise TypeError(f"Token must be a string, not {type(jwt).__name__}.")
    parts = jwt.split(".")
    if len(parts) < _PARTS:
        raise ValueError("Token is not formatted correctly: a JWT has three parts, separated by dots.")
    try:
        # Longer padding than needed does no harm, shorter does.
        return int(_read_claims(base64.urlsafe_b64decode(parts[1] + "==")).exp)
    except ValueError:
        # Not chained: the cause could quote the token.
        raise ValueError("Token is not formatted correctly: its second part has no numeric 'exp'.") from None
