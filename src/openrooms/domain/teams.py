"""Assignments of Teams extension: which principals of a tenant may use the resource from Teams.

The service only keeps and returns them (docs/evidence.md#users): Teams, where they would have an effect, does not know
this service.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from openrooms.domain.errors import InvalidArgument

CLIENT_LIMIT = 100
_GUID = re.compile("-".join(f"[0-9a-f]{{{digits}}}" for digits in (8, 4, 4, 4, 12)))


class PrincipalType(StrEnum):
    """The kind of account of an assignment."""

    USER = "user"
    RESOURCE_ACCOUNT = "resourceAccount"


class TeamsAssignment(msgspec.Struct, frozen=True):
    """One assignment; its ids are GUIDs in lower case, `client_ids` is `None` if the request named none."""

    tenant_id: str
    object_id: str
    principal_type: PrincipalType
    client_ids: tuple[str, ...] | None = None


def parse_key(tenant_id: str, object_id: str) -> tuple[str, str]:
    """Return the ids of a tenant and of a principal in it; raise `InvalidArgument` unless both are GUIDs."""
    return _guid("TenantId", tenant_id), _guid("ObjectId", object_id)


def parse_assignment(
    tenant_id: str, object_id: str, principal_type: str | None, client_ids: Iterable[str] | None
) -> TeamsAssignment:
    """Return the assignment; raise `InvalidArgument` that names the wrong field."""
    key = parse_key(tenant_id, object_id)
    if principal_type not in set(PrincipalType):
        raise InvalidArgument("PrincipalType", f"PrincipalType must be one of {', '.join(PrincipalType)}.")
    clients = None if client_ids is None else tuple(dict.fromkeys(_guid("ClientIds", text) for text in client_ids))
    if clients is not None and len(clients) > CLIENT_LIMIT:
        raise InvalidArgument("ClientIds", f"ClientIds must name at most {CLIENT_LIMIT} applications.")
    return TeamsAssignment(*key, PrincipalType(principal_type), clients)


def _guid(target: str, text: str) -> str:
    guid = text.lower()
    if _GUID.fullmatch(guid) is None:
        raise InvalidArgument(target, f"{target}: '{text}' is not a GUID.")
    return guid
