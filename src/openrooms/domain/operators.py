"""Operators of a resource: their roles, and the tokens that were issued to them here."""

from collections.abc import Collection
from enum import StrEnum

import msgspec

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment


class OperatorRole(StrEnum):
    """What an operator may do: read, or everything."""

    READER = "reader"
    CONTRIBUTOR = "contributor"


class Operator(msgspec.Struct, frozen=True):
    """The holder of an operator's token; `name` is what the audit trail calls them."""

    name: str
    role: OperatorRole


class OperatorToken(msgspec.Struct, frozen=True):
    """An operator's token as kept; `key_ids` names the access keys that the resource had when it was issued."""

    id: str
    resource: ResourceId
    role: OperatorRole
    created_at: Moment
    expires_at: Moment
    key_ids: tuple[str, ...]
    revoked_at: Moment | None = None


def has_its_key(token: OperatorToken, key_ids: Collection[str]) -> bool:
    """Return whether the resource still has one of the access keys that it had when the token was issued."""
    return any(key_id in key_ids for key_id in token.key_ids)


def is_alive(token: OperatorToken, key_ids: Collection[str], now: Moment) -> bool:
    """Return whether the token is still good, with these access keys in place."""
    return token.revoked_at is None and now < token.expires_at and has_its_key(token, key_ids)


def token_holder(token_id: str) -> str:
    """Return what the audit trail calls the holder of a token that was issued here."""
    return f"token:{token_id}"
