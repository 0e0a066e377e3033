"""The resources of this server, found by the Host header, with access keys that are ready to verify."""

from typing import Self

import msgspec

from openrooms.domain.identities import ResourceId
from openrooms.server.core.ports import Resource, ResourceStore
from openrooms.wire.signing import AccessKey

REFRESH_SECONDS = 2.0
"""How long another process may still accept a key that was regenerated."""


class Tenant(msgspec.Struct, frozen=True):
    """A resource, prepared for authenticating requests."""

    id: ResourceId
    keys: tuple[AccessKey, ...]
    key_ids: tuple[str, ...]
    callers: tuple[str, ...]
    """The names of the callers in the audit trail, one for each key."""

    @classmethod
    def of(cls, resource: ResourceId, *keys: AccessKey) -> Self:
        """Return the resource with these keys."""
        key_ids = tuple(key.id for key in keys)
        return cls(resource, keys, key_ids, tuple(f"key:{key_id}" for key_id in key_ids))


class Resources:
    """A copy of the resources in storage, renewed by `refresh` at least every `REFRESH_SECONDS`."""

    def __init__(self, storage: ResourceStore) -> None:
        self._storage = storage
        self._resources: tuple[Resource, ...] = ()
        self._by_id: dict[ResourceId, Tenant] = {}
        self._by_host: dict[bytes, Tenant] = {}
        self._any_host: Tenant | None = None

    async def refresh(self) -> None:
        """Read the resources from storage; raise `Unavailable`, and then keep the old copy."""
        resources = tuple(await self._storage.list_resources())
        if resources == self._resources:
            return
        tenants = {resource.id: tenant_of(resource) for resource in resources}
        self._by_id = tenants
        named = [resource for resource in resources if resource.host is not None]
        self._by_host = {str(resource.host).encode(): tenants[resource.id] for resource in named}
        self._any_host = next((tenants[resource.id] for resource in resources if resource.host is None), None)
        self._resources = resources

    @property
    def all(self) -> tuple[Resource, ...]:
        """All resources, by id."""
        return self._resources

    @property
    def are_several(self) -> bool:
        """Whether there is more than one resource."""
        return len(self._resources) > 1

    def get(self, resource: ResourceId) -> Tenant | None:
        """Return the resource with this id."""
        return self._by_id.get(resource)

    def find(self, host: bytes) -> Tenant | None:
        """Return the resource of a Host header, whatever its port and its case."""
        if not self._by_host:
            return self._any_host
        return self._by_host.get(host) or self._by_host.get(_name(host), self._any_host)


def key_ids(resource: Resource) -> tuple[str, ...]:
    """Return the key ids of the resource's access keys."""
    return tenant_of(resource).key_ids


def tenant_of(resource: Resource) -> Tenant:
    """Return the resource, prepared for authenticating requests."""
    return Tenant.of(resource.id, AccessKey(resource.primary_key), AccessKey(resource.secondary_key))


def _name(host: bytes) -> bytes:
    name, colon, port = host.rpartition(b":")
    return (name if colon and port.isdigit() else host).lower().rstrip(b".")
