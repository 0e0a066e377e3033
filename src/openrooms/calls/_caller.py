"""The base of the sync clients of openrooms' own operations."""

# Written by `make twins` from _caller_async.py: change that one.

from typing import Any, Self

from openrooms.client._base import RETRIES, TIMEOUT
from openrooms.client._base_sync import SyncClient
from openrooms.client._credentials import TokenCredential
from openrooms.client._policies import KeyCredential
from openrooms.identity.credential import CommunicationTokenCredential


class CallerClient(SyncClient):
    """A client that acts as the operator, with an access key, or as a user, with a token."""

    _default_version = ""

    def __init__(
        self,
        endpoint: str,
        credential: KeyCredential | TokenCredential | str,
        *,
        retries: int = RETRIES,
        timeout: float | None = TIMEOUT,
        **options: Any,
    ) -> None:
        """Create a client without sending anything.

        `credential` is an access key, or a `CommunicationTokenCredential` of a user. The other arguments and the errors
        are those of `openrooms.RoomsClient`.
        """
        super().__init__(endpoint, credential, retries=retries, timeout=timeout, **options)

    @classmethod
    def for_user(cls, endpoint: str, token: str, **options: Any) -> Self:
        """Return a client that acts as the user of the token; `options` are those of the constructor."""
        return cls(endpoint, CommunicationTokenCredential(token), **options)
