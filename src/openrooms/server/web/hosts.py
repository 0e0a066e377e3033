"""The host names that a development service accepts.

A web site can point its own name at 127.0.0.1 after its page was loaded (DNS rebinding). The browser then treats this
service, whose access key is public, as part of that site. Such a request still carries the site's name in its Host
header, so the service refuses unknown names.
"""

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address

from openrooms.server.web.messages import CLOSE, HttpError
from openrooms.wire.connection_string import is_loopback

_LONGEST = 255


class HostNames:
    """The accepted names: loopback names and addresses, `names`, and with `addresses` every IP address.

    IP addresses are safe, because DNS cannot point them elsewhere.
    """

    def __init__(self, names: Iterable[str] = (), *, addresses: bool = False) -> None:
        self._names = frozenset(name.lower() for name in names)
        self._addresses = addresses
        self._known = lru_cache(maxsize=64)(self._is_known)

    def knows(self, host: bytes) -> bool:
        """Return whether the value of a Host header, with or without port, is one of the names."""
        return self._known(host) if len(host) <= _LONGEST else False

    def _is_known(self, host: bytes) -> bool:
        name = name_of(host)
        if name in self._names or is_loopback(name) or name.endswith(".localhost"):
            return True
        return self._addresses and _is_address(name)

    def check(self, host: bytes) -> None:
        """Raise `HttpError` (421) unless the host is one of the names."""
        if not self.knows(host):
            text = host.decode("latin-1").encode("unicode_escape").decode("ascii")
            raise HttpError(
                HTTPStatus.MISDIRECTED_REQUEST,
                "MisdirectedRequest",
                f"This development service does not accept the host {text}: use localhost, "
                "or add the host with --host-name.",
                CLOSE,
            )


def name_of(host: bytes) -> str:
    """Return the name or address in the value of a Host header, without its port."""
    text = host.decode("latin-1").lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
