"""Who asks: an access key, or tokens of Microsoft Entra ID."""

from abc import abstractmethod
from collections.abc import Awaitable
from typing import Any, Protocol, TypeGuard

from openrooms.client._policies import KeyCredential, SignaturePolicy
from openrooms.wire.connection_string import Endpoint

SCOPE = "https://communication.azure.com//.default"


class Token(Protocol):
    """What a token credential gives, such as azure-core's `AccessToken`."""

    @property
    @abstractmethod
    def token(self) -> str:
        """The token itself."""

    @property
    @abstractmethod
    def expires_on(self) -> int:
        """When it expires, in seconds since the epoch."""


class TokenCredential(Protocol):
    """Anything that gives tokens, such as the credentials of azure-identity."""

    @abstractmethod
    def get_token(self, *scopes: str, **kwargs: Any) -> Token:
        """Return a token good for the scopes."""


class AsyncTokenCredential(Protocol):
    """Anything that gives tokens when awaited, such as the credentials of azure.identity.aio."""

    @abstractmethod
    def get_token(self, *scopes: str, **kwargs: Any) -> Awaitable[Token]:
        """Return a token good for the scopes."""


class TextKey:
    """A key given as text; it hides itself in `repr`."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __repr__(self) -> str:
        return "TextKey(...)"


def key_policy(credential: object) -> SignaturePolicy | None:
    """Return what signs with an access key; `None` if the credential is none. Raise `ValueError` for a bad key."""
    if isinstance(credential, str):
        return SignaturePolicy(TextKey(credential))
    return SignaturePolicy(credential) if _has_key(credential) else None


def check_token_credential(credential: object, endpoint: Endpoint, *, enforce_https: bool) -> None:
    """Raise `TypeError` for what is no credential, `ValueError` if tokens would travel in the clear."""
    if not (hasattr(credential, "get_token") or hasattr(credential, "get_token_info")):
        raise TypeError(
            "credential must be an access key (a str or an AzureKeyCredential) or a token credential, "
            f"not {type(credential).__name__}"
        )
    if enforce_https and endpoint.scheme != "https" and not endpoint.is_loopback:
        raise ValueError(f"a token credential needs https: whoever listens on the way to {endpoint.url} could take it")


def _has_key(credential: object) -> TypeGuard[KeyCredential]:
    return isinstance(getattr(credential, "key", None), str)
