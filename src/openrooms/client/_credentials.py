"""Credentials of clients: an access key, or tokens of Microsoft Entra ID."""

from abc import abstractmethod
from collections.abc import Awaitable
from typing import Any, Protocol, TypeGuard

from openrooms.client._policies import KeyCredential, SignaturePolicy
from openrooms.wire.connection_string import Endpoint

SCOPE = "https://communication.azure.com//.default"


class Token(Protocol):
    """A token that a token credential returns, such as azure-core's `AccessToken`."""

    @property
    @abstractmethod
    def token(self) -> str:
        """The text of the token."""

    @property
    @abstractmethod
    def expires_on(self) -> int:
        """The expiry time in seconds since the epoch."""


class TokenCredential(Protocol):
    """An object that returns tokens, such as the credentials of azure-identity."""

    @abstractmethod
    def get_token(self, *scopes: str, **kwargs: Any) -> Token:
        """Return a token for the scopes."""


class AsyncTokenCredential(Protocol):
    """An object that returns tokens when awaited, such as the credentials of azure.identity.aio."""

    @abstractmethod
    def get_token(self, *scopes: str, **kwargs: Any) -> Awaitable[Token]:
        """Return a token for the scopes."""


class TextKey:
    """An access key given as text; `repr` does not show it."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __repr__(self) -> str:
        return "TextKey(...)"


def key_policy(credential: object) -> SignaturePolicy | None:
    """Return the policy that signs with an access key, or `None` for other credentials.

    Raise `ValueError` for a key that is not base64.
    """
    if isinstance(credential, str):
        return SignaturePolicy(TextKey(credential))
    return SignaturePolicy(credential) if _has_key(credential) else None


def check_token_credential(credential: object, endpoint: Endpoint, *, enforce_https: bool) -> None:
    """Raise `TypeError` if this is not a credential, `ValueError` if tokens would be sent unencrypted."""
    if not (hasattr(credential, "get_token") or hasattr(credential, "get_token_info")):
        raise TypeError(
            "credential must be an access key (a str or an AzureKeyCredential) or a token credential, "
            f"not {type(credential).__name__}"
        )
    if enforce_https and endpoint.scheme != "https" and not endpoint.is_loopback:
        raise ValueError(f"a token credential needs https: a token sent to {endpoint.url} could be read on the way")


def _has_key(credential: object) -> TypeGuard[KeyCredential]:
    return isinstance(getattr(credential, "key", None), str)
