"""The resources that this server answers for, chosen by Host, with their access keys ready to verify."""

from typing import Self

import msgspec

from openrooms.domain.identities import ResourceId
from openrooms.server.core.ports import Resource, Storage
from openrooms.wire.signing import AccessKey

REFRESH_SECONDS = 2.0
"""How long a regenerated key may still be taken by a process that did not regenerate it."""


class Tenant(msgspec.Struct, frozen=True):
    """A resource as requests meet it."""

    id: ResourceId
    keys: tuple[AccessKey, ...]
    key_ids: tuple[str, ...]
    callers: tuple[str, ...]
    """What the audit trail calls who signs with each key."""

    @classmethod
    def of(cls, resource: ResourceId, *keys: AccessKey) -> Self:
        """Return the resource with these keys."""
        key_ids = tuple(key.id for key in keys)
        return cls(resource, keys, key_ids, tuple(f"key:{key_id}" for key_id in key_ids))


class Resources:
    """A copy of the resources in storage, renewed by `refresh` at least every `REFRESH_SECONDS`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._known: tuple[Resource, ...] = ()
        self._by_host: dict[bytes, Tenant] = {}
        self._any_host: Tenant | None = None

    async def refresh(self) -> None:
        """Take over what storage holds now; raise `Unavailable` (the copy stays as it was)."""
        known = tuple(await self._storage.list_resources())
        if known == self._known:
            return
        tenants = {resource.id: _tenant(resource) for resource in known}
        self._by_host = {one.host.encode(): tenants[one.id] for one in known if one.host is not None}
        self._any_host = next((tenants[one.id] for one in known if one.host is None), None)
        self._known = known

    @property
    def are_several(self) -> bool:
        """Whether there is more than one resource."""
        return len(self._known) > 1

    def find(self, host: bytes) -> Tenant | None:
        """Return the resource that answers to a Host header, with or without port, in any case of letters."""
        if not self._by_host:
            return self._any_host
        return self._by_host.get(host) or self._by_host.get(_name(host), self._any_host)


def key_ids(resource: Resource) -> tuple[str, ...]:
    """Return the names of the resource's access keys."""
    return _tenant(resource).key_ids


def _tenant(resource: Resource) -> Tenant:
    return Tenant.of(resource.id, AccessKey(resource.primary_key), AccessKey(resource.secondary_key))


def _name(host: bytes) -> bytes:
    name, colon, port = host.rpartition(b":")
    return (name if colon and port.isdigit() else host).lower().rstrip(b".")
