"""The host names that a development service accepts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.application import World, http_date, signed, world

from openrooms.server.web.hosts import HostNames

OURS = ["localhost", "LOCALHOST:8720", "127.0.0.1:8720", "[::1]:8721", "localhost.", "contoso.localhost:8721"]
STRANGE = ["evil.example", "evil.example:8720", "localhost.evil.example", "127.0.0.1.evil.example", "xlocalhost", ""]


@pytest.mark.parametrize("host", OURS)
def test_loopback_names_are_accepted(host: str) -> None:
    assert HostNames().knows(host.encode())


@pytest.mark.parametrize("host", [*STRANGE, "192.168.1.7", "[2001:db8::1]:8720"])
def test_other_hosts_are_refused(host: str) -> None:
    assert not HostNames().knows(host.encode())


@pytest.mark.parametrize("host", ["laptop.example", "Laptop.Example:8720", *OURS])
def test_added_name_is_accepted(host: str) -> None:
    assert HostNames(["LAPTOP.example"]).knows(host.encode())


@pytest.mark.parametrize("host", ["192.168.1.7:8720", "[2001:db8::1]:8720"])
def test_any_address_is_accepted_beyond_loopback(host: str) -> None:
    names = HostNames(addresses=True)
    assert names.knows(host.encode())
    assert not any(names.knows(name.encode()) for name in STRANGE)


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, hosts=HostNames()) as made:
        yield made


@pytest.mark.parametrize("target", ["/rooms?api-version=2025-03-13", "/openrooms/health", "/call/x", "/nowhere"])
async def test_unknown_host_is_refused_for_every_path(guarded: World, target: str) -> None:
    """A valid signature does not help either: a page that uses DNS rebinding knows the development key."""
    headers = signed("GET", target, b"", http_date(guarded.clock.now), host="evil.example")
    answer = await guarded.send("GET", target, headers=headers)
    assert (answer.status, answer.error["code"]) == (421, "MisdirectedRequest")
    assert "--host-name" in answer.error["message"]
    assert (await guarded.call("GET", "/rooms")).status == 200
