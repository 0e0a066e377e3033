"""Sends HTTP requests to the endpoints of subscriptions, which are addresses that somebody else chose.

Unless it is allowed, nothing is sent to private addresses: each connection goes to an address that was checked after
its name was resolved, so a name that resolves to another address later gains nothing. Redirects are not followed, no
proxy of the environment is used, and no cookie is kept.
"""

import asyncio
import socket
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from openrooms._version import __version__
from openrooms.domain.moments import SECOND
from openrooms.domain.subscriptions import Answer
from openrooms.server.core.ports import Reply

_SECONDS = 8.0
_READ = 16 * 1024
_AT_ONCE = 8
"""The most connections to one endpoint."""
_RETRY_AFTER = 3600
"""The longest pause in seconds that an endpoint can ask for."""
_MOST_DIGITS = 9
# The well-known prefix of NAT64, behind which there may be any IPv4 address.
_NAT64 = ip_network("64:ff9b::/96")


class PrivateAddress(OSError):
    """The endpoint has no public address."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} has no public address; --hooks-to-private-addresses allows others")


class HttpCourier:
    """Sends requests; `to_private` allows loopback and private addresses."""

    def __init__(self, *, to_private: bool) -> None:
        self._to_private = to_private
        self._session: aiohttp.ClientSession | None = None

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Return the answer, or the reason why there was none; raise nothing."""
        try:
            self._check_literal(url)
            async with self._opened().request(
                method,
                url,
                headers={**headers, "user-agent": f"openrooms/{__version__}"},
                data=body or None,
                allow_redirects=False,
            ) as answer:
                text = await answer.content.read(_READ)
                received = {name.lower(): value for name, value in answer.headers.items()}
                wait = _retry_after(received.get("retry-after", ""))
                return Reply(Answer(answer.status, "", wait), received, text)
        except TimeoutError:
            return Reply(Answer(0, f"did not answer within {_SECONDS:g} s"))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Reply(Answer(0, _reason(error)))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=_Resolver(to_private=self._to_private),
                    limit=0,
                    limit_per_host=_AT_ONCE,
                    use_dns_cache=False,
                ),
                timeout=aiohttp.ClientTimeout(total=_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session

    def _check_literal(self, url: str) -> None:
        """Raise `PrivateAddress` if the host is such an address; aiohttp does not resolve those."""
        host = urlsplit(url).hostname or ""
        try:
            address = ip_address(host)
        except ValueError:
            return
        if not (self._to_private or is_public(address)):
            raise PrivateAddress(host)


class _Resolver(AbstractResolver):
    """Resolves names by the system, and leaves out addresses that are not allowed."""

    def __init__(self, *, to_private: bool) -> None:
        self._to_private = to_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        results: list[ResolveResult] = []
        for kind, _, protocol, _, place in found:
            address = str(place[0])
            if self._to_private or is_public(ip_address(address.partition("%")[0])):
                results.append(
                    {
                        "hostname": host,
                        "host": address,
                        "port": port,
                        "family": kind,
                        "proto": protocol,
                        "flags": socket.AI_NUMERICHOST,
                    }
                )
        if not results:
            raise PrivateAddress(host)
        return results

    async def close(self) -> None:
        pass


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether the address, and one that it contains, is on the public internet."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(inner)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _retry_after(text: str) -> int:
    """Return the time of a `Retry-After` header, in units of 100 ns."""
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return min(int(text), _RETRY_AFTER) * SECOND
    try:
        moment = parsedate_to_datetime(text)
        seconds = (moment - moment.now(moment.tzinfo)).total_seconds()
    except (TypeError, ValueError):
        return 0
    return int(min(max(seconds, 0), _RETRY_AFTER)) * SECOND


def _reason(error: Exception) -> str:
    """Return why there was no answer; the texts of libraries may be long, and may have the endpoint's bytes."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "has a certificate that is not valid for its name, or of an unknown authority"
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, PrivateAddress):
        return str(error.os_error)
    if isinstance(error, PrivateAddress):
        return str(error)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "has a name that cannot be resolved"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot be reached: {error.os_error.strerror or 'connection failed'}"
    return f"cannot be reached: {type(error).__name__}"
