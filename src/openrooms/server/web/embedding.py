"""Which pages of other sites may frame the call page."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

import msgspec

from openrooms.server.web.messages import Header
from openrooms.wire.connection_string import is_loopback

_DEFAULT_PORTS = {"https": 443, "http": 80}
_NOWHERE: Header = (b"x-frame-options", b"DENY")


def parse_origin(text: str) -> str:
    """Return the origin as browsers write it; raise `ValueError`, which says what is wrong.

    Browsers give a camera only to frames in pages that came over https or from the own machine.
    """
    form = f"{text} is not an origin of the form https://HOST or https://HOST:PORT"
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise ValueError(form) from error
    is_plain = text.isascii() and text.isprintable() and not set(text) & set("*;,'\" ")
    if parts.scheme not in _DEFAULT_PORTS or not host or text != f"{parts.scheme}://{parts.netloc}" or not is_plain:
        raise ValueError(form)
    if parts.username is not None or parts.netloc.endswith(":"):
        raise ValueError(form)
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"{text} is not https, so browsers would give the call no camera: give https://{parts.netloc}")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + ("" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}")


class Embedding(msgspec.Struct, frozen=True):
    """The origins whose pages may frame the call page; by default none."""

    origins: Sequence[str] = ()

    @property
    def ancestors(self) -> str:
        """The sources of the directive `frame-ancestors`."""
        return " ".join(self.origins) or "'none'"

    @property
    def headers(self) -> tuple[Header, ...]:
        """The older header, which knows no list: absent where some origin may frame the page."""
        return () if self.origins else (_NOWHERE,)

    @property
    def head(self) -> bytes:
        """The element of the page's head with the origins to which it may send messages."""
        if not self.origins:
            return b""
        origins = escape(msgspec.json.encode(self.origins).decode())
        return f'<meta name="openrooms-embedding" content="{origins}" />'.encode()


NOWHERE = Embedding()
