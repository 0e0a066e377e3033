"""Operators of a resource: their roles, and the tokens that this service issued to them."""

from collections.abc import Collection
from enum import StrEnum

import msgspec

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment

MOST_TOKENS = 1000
"""The most operators' tokens of a resource, with those of sessions, beyond which the API makes no more."""


class OperatorRole(StrEnum):
    """The rights of an operator: to read, or to do everything."""

    READER = "reader"
    CONTRIBUTOR = "contributor"


class Operator(msgspec.Struct, frozen=True):
    """The holder of an operator's token; `name` is their name in the audit trail."""

    name: str
    role: OperatorRole


class OperatorToken(msgspec.Struct, frozen=True):
    """An operator's token as kept; `key_ids` are those of the resource's access keys when the token was issued.

    `subject` is the name of a person who signed in to the console; the token of a session is never given out as text.
    """

    id: str
    resource: ResourceId
    role: OperatorRole
    created_at: Moment
    expires_at: Moment
    key_ids: tuple[str, ...]
    revoked_at: Moment | None = None
    subject: str = ""

    @property
    def holder(self) -> str:
        """The name in the audit trail of the token's holder."""
        return self.subject or token_holder(self.id)


def has_its_key(token: OperatorToken, key_ids: Collection[str]) -> bool:
    """Return whether the resource still has an access key from when the token was issued."""
    return any(key_id in key_ids for key_id in token.key_ids)


def is_valid(token: OperatorToken, key_ids: Collection[str], now: Moment) -> bool:
    """Return whether the token is valid while the resource has these access keys."""
    return token.revoked_at is None and now < token.expires_at and has_its_key(token, key_ids)


def token_holder(token_id: str) -> str:
    """Return the name in the audit trail of a token's holder."""
    return f"token:{token_id}"
