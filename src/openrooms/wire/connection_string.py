"""Connection strings and endpoints: `endpoint=https://HOST[:PORT]/;accesskey=BASE64`."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from openrooms.wire.signing import AccessKey

VARIABLES = (
    "OPENROOMS_CONNECTION_STRING",
    "COMMUNICATION_CONNECTION_STRING",
    "AZURE_COMMUNICATION_CONNECTION_STRING",
    "COMMUNICATION_SERVICES_CONNECTION_STRING",
)
"""The environment variables that may have a connection string, the first that is set wins.

The second is that of the SDKs' examples, the third that of the Azure command line, the fourth that of the quickstarts.
https://learn.microsoft.com/azure/communication-services/quickstarts/identity/access-tokens
"""

_DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 1035, section 2.3.4.
_LONGEST_LABEL = 63
_BAD_HOST = f"the endpoint's host cannot be a name: a part of it is empty or longer than {_LONGEST_LABEL}"
_EXAMPLE = "endpoint=https://HOST/;accesskey=KEY"


class Endpoint(NamedTuple):
    """Where a service answers."""

    scheme: str
    host: str
    port: int

    @property
    def netloc(self) -> str:
        """The Host header: lower case, without a default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Scheme and Host, with no slash at the end."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine reach the host."""
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # Any other name leads to wherever its owner wants, also one that begins with 127.
        return host == "localhost"


class ConnectionString(NamedTuple):
    """What a connection string says; the key hides itself in `repr`."""

    endpoint: Endpoint
    access_key: AccessKey


def parse_endpoint(text: str) -> Endpoint:
    """Return the endpoint; no scheme means https. Raise `ValueError` that says what is wrong.

    A path is refused: the service has none, and a signature covers the path that is sent.
    """
    if not isinstance(text, str):
        raise TypeError(f"endpoint must be a str, not {type(text).__name__}")
    if "accesskey=" in text.lower():
        raise ValueError("the endpoint is a whole connection string; use from_connection_string")
    stripped = text.strip()
    url = urlsplit(stripped if "://" in stripped else f"https://{stripped}")
    endpoint = _parsed(url)
    if url.username is not None or url.path.strip("/") or url.query or url.fragment:
        raise ValueError(f"endpoint {endpoint.url} must be a scheme and a host with an optional port, nothing more")
    return endpoint


def same_origin(endpoint: Endpoint, url: str) -> bool:
    """Return whether an absolute URL leads to this endpoint."""
    try:
        parts = urlsplit(url)
        return parts.username is None and _parsed(parts) == endpoint
    except ValueError:
        return False


def variable_in(environment: Mapping[str, str]) -> str | None:
    """Return the name of the variable that has the connection string; an empty one counts as not set."""
    return next((name for name in VARIABLES if environment.get(name)), None)


def parse_connection_string(text: str) -> ConnectionString:
    """Return endpoint and key; raise `ValueError` that says what is wrong and shows no value.

    Names in any case and order, spaces around names and values and unknown names are all right.
    """
    if not isinstance(text, str):
        raise TypeError(f"the connection string must be a str, not {type(text).__name__}")
    values: dict[str, str] = {}
    for part in text.strip().removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not equals or not name:
            raise ValueError(f"the connection string has a part without name or '='; it must be like {_EXAMPLE}")
        if name in values:
            raise ValueError(f"the connection string has {name} twice")
        values[name] = value.strip()
    for name in ("endpoint", "accesskey"):
        if not values.get(name):
            raise ValueError(f"the connection string has no {name}; it must be like {_EXAMPLE}")
    return ConnectionString(parse_endpoint(values["endpoint"]), AccessKey(values["accesskey"]))


def _parsed(url: SplitResult) -> Endpoint:
    # What is wrong is said without the text: somebody may have put a key or a password there.
    default = _DEFAULT_PORTS.get(url.scheme)
    if default is None:
        raise ValueError(f"the endpoint must begin with https:// or http://, not {url.scheme}://")
    try:
        port = url.port
    except ValueError as error:
        raise ValueError("the endpoint's port must be a number up to 65535") from error
    if not url.hostname or any(one <= " " for one in url.netloc):
        raise ValueError("the endpoint has no host")
    return Endpoint(url.scheme, _ascii_host(url.hostname), default if port is None else port)


def _ascii_host(name: str) -> str:
    try:
        host = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(_BAD_HOST) from error
    if ":" not in host and not all(0 < len(label) <= _LONGEST_LABEL for label in host.removesuffix(".").split(".")):
        raise ValueError(_BAD_HOST)
    return host
