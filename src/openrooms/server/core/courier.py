"""Sends HTTP requests to the endpoints of subscriptions, which are addresses that somebody else chose.

Unless it is allowed, nothing is sent to private addresses. The check is made when a socket is opened, for the address
to which it will connect, so neither a name that resolves to another address later nor another spelling of an address
avoids it. Redirects are not followed, no proxy of the environment is used, and no cookie is kept.
"""

import socket
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import aiohttp
from aiohttp import AddrInfoType

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
# Python takes these for public, or did so until recently: site-local addresses (RFC 3879) and special purposes.
# https://www.iana.org/assignments/iana-ipv4-special-registry https://www.iana.org/assignments/iana-ipv6-special-registry
_NOT_PUBLIC = tuple(map(ip_network, ("192.0.0.0/24", "fec0::/10", "64:ff9b:1::/48", "3fff::/20", "5f00::/16")))


class PrivateAddress(OSError):
    """The address of an endpoint is not public; the message does not name it, because it may be of this network."""

    def __init__(self) -> None:
        super().__init__("has no public address; --hooks-to-private-addresses allows others")


class HttpCourier:
    """Sends requests; `to_private` allows loopback and private addresses."""

    def __init__(self, *, to_private: bool) -> None:
        self._to_private = to_private
        self._session: aiohttp.ClientSession | None = None

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Return the answer, or the reason why there was none; raise nothing."""
        try:
            async with self._opened().request(
                method,
                url,
                headers={**headers, "user-agent": f"openrooms/{__version__}"},
                data=body or None,
                allow_redirects=False,
            ) as answer:
                text = await _beginning(answer.content)
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
                    limit=0, limit_per_host=_AT_ONCE, use_dns_cache=False, socket_factory=self._socket
                ),
                timeout=aiohttp.ClientTimeout(total=_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session

    def _socket(self, place: AddrInfoType) -> socket.socket:
        """Return a socket for a connection to an address; raise `PrivateAddress`."""
        family, kind, protocol, _, address = place
        if not (self._to_private or is_public(ip_address(str(address[0]).partition("%")[0]))):
            raise PrivateAddress
        return socket.socket(family, kind, protocol)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether the address, and one that it contains, is on the public internet."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(inner)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if any(address in network for network in _NOT_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    """Return the body of an answer, however many pieces it comes in, up to `_READ` bytes."""
    text = b""
    while len(text) < _READ and (piece := await content.read(_READ - len(text))):
        text += piece
    return text


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
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "has a name that cannot be resolved"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot be reached: {error.os_error.strerror or 'connection failed'}"
    return f"cannot be reached: {type(error).__name__}"
