"""Administration of a deployment: resources and their access keys."""

import base64
import contextlib
import re
import secrets
import uuid
from enum import StrEnum

import msgspec

from openrooms.domain.identities import ResourceId
from openrooms.server.core.ports import HostTaken, Resource, ResourceNotFound, ResourceStore

_KEY_BYTES = 64
_LONGEST_HOST = 253
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.ASCII)


class KeyName(StrEnum):
    """The names of the two access keys; one can be replaced while clients use the other."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class InvalidHost(Exception):
    """The text is not a valid name for a Host header."""


class ResourceUnclear(Exception):
    """There are several resources, and the caller named none."""


def new_key() -> str:
    """Return a random access key."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


async def add_resource(storage: ResourceStore, host: str | None, primary_key: str | None = None) -> Resource:
    """Keep and return a new resource for the host (`None`: for any host); raise `InvalidHost` or `HostTaken`."""
    name = None if host is None else host_name(host)
    resource = Resource(ResourceId(str(uuid.uuid4())), name, primary_key or new_key(), new_key())
    await storage.add_resource(resource)
    return resource


def host_name(host: str) -> str:
    """Return the normalised name of a host; raise `InvalidHost`."""
    name = host.lower().rstrip(".")
    if len(name) > _LONGEST_HOST or _HOST.fullmatch(name) is None:
        raise InvalidHost(f"{host} is not a host name: give one such as contoso.rooms.example, without scheme and port")
    return name


async def find_resource(storage: ResourceStore, name: str | None) -> Resource:
    """Return the resource with this id or host; without a name, return the only resource.

    Raises `ResourceNotFound` or `ResourceUnclear`.
    """
    resources = await storage.list_resources()
    found = [resource for resource in resources if name is None or name in (resource.id, resource.host)]
    if not found:
        raise ResourceNotFound
    if len(found) > 1:
        raise ResourceUnclear
    return found[0]


async def regenerate_key(storage: ResourceStore, resource: ResourceId, key_name: KeyName) -> Resource:
    """Keep and return the resource with one new key; the other key stays valid. Raise `ResourceNotFound`."""
    key = new_key()
    return await storage.change_resource(resource, lambda kept: _with_key(kept, key_name, key))


def _with_key(resource: Resource, key_name: KeyName, key: str) -> Resource:
    if key_name is KeyName.PRIMARY:
        return msgspec.structs.replace(resource, primary_key=key)
    return msgspec.structs.replace(resource, secondary_key=key)


async def provide_resource(storage: ResourceStore, access_key: str | None, first_key: str | None) -> Resource:
    """Return the resource for any host, or else the first one; add a resource to an empty database.

    An `access_key` becomes its primary key; `first_key` is the primary key only of a resource that is added.
    """
    resources = await storage.list_resources()
    if not resources:
        with contextlib.suppress(HostTaken):
            return await add_resource(storage, None, access_key or first_key)
        # Another process started at the same time and added one first.
        resources = await storage.list_resources()
    resource = next((resource for resource in resources if resource.host is None), resources[0])
    if access_key is None or resource.primary_key == access_key:
        return resource
    return await storage.change_resource(resource.id, lambda kept: _with_key(kept, KeyName.PRIMARY, access_key))
