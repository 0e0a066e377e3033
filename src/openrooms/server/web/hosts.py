"""The names under which a development service answers.

A page of any site can have its own name lead to 127.0.0.1 once it is loaded (DNS rebinding); the browser then takes the
service, whose access key is public, for that site. What such a request cannot have is a Host header with another name.
"""

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address

from openrooms.server.web.messages import CLOSE, HttpError
from openrooms.wire.connection_string import is_loopback

_LONGEST = 255


class HostNames:
    """Knows loopback names and addresses, and the names given; with `addresses`, every IP address too.

    An address leads to one machine only, so no site can have it for a name.
    """

    def __init__(self, names: Iterable[str] = (), *, addresses: bool = False) -> None:
        self._names = frozenset(name.lower() for name in names)
        self._addresses = addresses
        self._known = lru_cache(maxsize=64)(self._is_known)

    def knows(self, host: bytes) -> bool:
        """Return whether the value of a Host header, with or without port, is one of the names."""
        return self._known(host) if len(host) <= _LONGEST else False

    def _is_known(self, host: bytes) -> bool:
        name = _name(host)
        if name in self._names or is_loopback(name) or name.endswith(".localhost"):
            return True
        return self._addresses and _is_address(name)

    def check(self, host: bytes) -> None:
        """Raise `HttpError` (421) for any other name."""
        if not self.knows(host):
            shown = host.decode("latin-1").encode("unicode_escape").decode("ascii")
            raise HttpError(
                HTTPStatus.MISDIRECTED_REQUEST,
                "MisdirectedRequest",
                f"This development service does not answer to the host {shown}: use localhost, "
                "or name the host with --host-name.",
                CLOSE,
            )


def _name(host: bytes) -> str:
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
