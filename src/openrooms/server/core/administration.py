"""What an operator does to the deployment: resources and their access keys."""

import base64
import contextlib
import re
import secrets
import uuid
from enum import StrEnum

import msgspec

from openrooms.domain.identities import ResourceId
from openrooms.server.core.ports import HostTaken, Resource, ResourceNotFound, Storage

_KEY_BYTES = 64
_LONGEST_HOST = 253
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.ASCII)


class KeyName(StrEnum):
    """Which of the two access keys: one is renewed while clients use the other."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class InvalidHost(Exception):
    """The text cannot be the name in a Host header."""


class ResourceUnclear(Exception):
    """There are several resources and none was named."""


def new_key() -> str:
    """Return a random access key."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


async def add_resource(storage: Storage, host: str | None, primary_key: str | None = None) -> Resource:
    """Keep and return a new resource that answers to the host (`None`: to any); raise `InvalidHost` or `HostTaken`."""
    name = None if host is None else host_name(host)
    resource = Resource(ResourceId(str(uuid.uuid4())), name, primary_key or new_key(), new_key())
    await storage.add_resource(resource)
    return resource


def host_name(host: str) -> str:
    """Return the name as a Host header's is compared; raise `InvalidHost`."""
    name = host.lower().rstrip(".")
    if len(name) > _LONGEST_HOST or _HOST.fullmatch(name) is None:
        raise InvalidHost(f"{host} is no host: give a name such as contoso.rooms.example, without scheme and port")
    return name


async def find_resource(storage: Storage, named: str | None) -> Resource:
    """Return the resource of an id or host, without a name the only one.

    Raises `ResourceNotFound` or `ResourceUnclear`.
    """
    known = await storage.list_resources()
    found = [one for one in known if named is None or named in (one.id, one.host)]
    if not found:
        raise ResourceNotFound
    if len(found) > 1:
        raise ResourceUnclear
    return found[0]


async def regenerate_key(storage: Storage, resource: ResourceId, which: KeyName) -> Resource:
    """Keep and return the resource with one new key; the other one stays good. Raise `ResourceNotFound`."""
    key = new_key()
    return await storage.change_resource(resource, lambda kept: _with_key(kept, which, key))


def _with_key(resource: Resource, which: KeyName, key: str) -> Resource:
    if which is KeyName.PRIMARY:
        return msgspec.structs.replace(resource, primary_key=key)
    return msgspec.structs.replace(resource, secondary_key=key)


async def provide_resource(storage: Storage, access_key: str | None, first_key: str | None) -> Resource:
    """Return the resource that answers to any host, or the first there is; make one in an empty database.

    An `access_key` becomes its primary key; `first_key` is the primary key of one that is made now.
    """
    known = await storage.list_resources()
    if not known:
        with contextlib.suppress(HostTaken):
            return await add_resource(storage, None, access_key or first_key)
        # Another process, starting at the same moment, was first.
        known = await storage.list_resources()
    resource = next((one for one in known if one.host is None), known[0])
    if access_key is None or resource.primary_key == access_key:
        return resource
    return await storage.change_resource(resource.id, lambda kept: _with_key(kept, KeyName.PRIMARY, access_key))
