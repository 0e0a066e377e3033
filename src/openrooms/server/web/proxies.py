"""The client's address, scheme and host, as a trusted proxy forwards them."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import structlog

from openrooms.server.web.messages import Request

_log = structlog.get_logger("openrooms.web")

_MOST_HOPS = 16
"""More hops than any real chain of proxies; entries before them come from the client and are not read."""


class Proxies:
    """The addresses whose `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host` are trusted."""

    def __init__(self, trusted: Iterable[IPv4Network | IPv6Network] = ()) -> None:
        """Trust the addresses of these networks; `trusts(address)` returns whether an address is trusted."""
        self._networks = tuple(trusted)
        self.trusts = lru_cache(maxsize=256)(self._is_trusted)
        self._has_warned = False

    def restore(self, request: Request) -> None:
        """Give the request the address, scheme and host that the client used, if a trusted proxy says so."""
        headers = request.headers
        if not self._networks or not self.trusts(request.peer):
            if b"x-forwarded-for" in headers and not self._has_warned:
                self._warn(request.peer)
            return
        scheme = _nearest(headers.get(b"x-forwarded-proto"))
        if scheme in (b"http", b"https"):
            request.scheme = scheme.decode("ascii")
        request.host = _nearest(headers.get(b"x-forwarded-host")) or request.host
        request.peer = self._client(request.peer, headers.get(b"x-forwarded-for", b""))

    def _warn(self, peer: str) -> None:
        # From a public address, the header may simply be forged by a client.
        address = _address(peer)
        if address is not None and address.is_private:
            self._has_warned = True
            _log.warning(
                "a proxy is not trusted by --forwarded-allow, so all its clients count as one address", address=peer
            )

    def _client(self, peer: str, forwarded: bytes) -> str:
        """Return the last address that is not a trusted proxy's, since a client may have forged those before it."""
        for hop in reversed(forwarded.rsplit(b",", _MOST_HOPS)[-_MOST_HOPS:]):
            address = _forwarded_address(hop)
            if address is None:
                return peer
            peer = str(address)
            if not self.trusts(peer):
                return peer
        return peer

    def _is_trusted(self, peer: str) -> bool:
        address = _address(peer)
        return address is not None and any(address in network for network in self._networks)


def _forwarded_address(text: bytes) -> IPv4Address | IPv6Address | None:
    """Return the address of a hop, which some proxies write with a port; `None` if it is not an address."""
    host = text.strip().decode("latin-1")
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    address = _address(host)
    # A zone names an interface of the proxy's machine. If kept, one address would count as several.
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _nearest(value: bytes | None) -> bytes | None:
    """Return the last item of a list, which the trusted proxy added."""
    return None if value is None else value.rpartition(b",")[2].strip()
