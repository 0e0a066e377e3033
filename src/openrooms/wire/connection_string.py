"""Connection strings and endpoints: `endpoint=https://HOST[:PORT]/;accesskey=BASE64`.

The forms that the official SDKs read are in docs/evidence.md#connection-strings.
"""

import base64
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
"""The environment variables that may hold a connection string; the first that is set wins.

The SDKs' examples use the second, the Azure command line the third, the quickstarts the fourth.
https://learn.microsoft.com/azure/communication-services/quickstarts/identity/access-tokens
"""

DEVELOPMENT_KEY = base64.b64encode(b"openrooms development key, not a secret!").decode("ascii")
"""The access key of `openrooms dev`. It is public, so it is accepted only on loopback."""

DEVELOPMENT_HTTP_PORT = 8721
"""The port on which `openrooms dev` answers plain HTTP unless it is told otherwise."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 1035, section 2.3.4.
_LONGEST_LABEL = 63
_BAD_HOST = f"the endpoint's host is not a valid name: a part of it is empty or longer than {_LONGEST_LABEL}"
_EXAMPLE = "endpoint=https://HOST/;accesskey=KEY"


class Endpoint(NamedTuple):
    """The address of a service."""

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
        """Whether the endpoint is on this machine."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine can reach the host."""
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # The owner of any other name decides its address, even if the name begins with 127.
        return host == "localhost"


class ConnectionString(NamedTuple):
    """A parsed connection string; `repr` hides the key."""

    endpoint: Endpoint
    access_key: AccessKey


def parse_endpoint(text: str) -> Endpoint:
    """Return the endpoint, by default with https; raise `ValueError` that says what is wrong.

    An endpoint with a path is refused: the service has none, and a signature covers the path of the request.
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
    """Return whether an absolute URL has the origin of this endpoint."""
    try:
        parts = urlsplit(url)
        return parts.username is None and _parsed(parts) == endpoint
    except ValueError:
        return False


def format_connection_string(endpoint: str, key: str) -> str:
    """Return a connection string, in the only form that every official SDK reads.

    docs/evidence.md#connection-strings
    """
    return f"endpoint={endpoint.rstrip('/')}/;accesskey={key}"


def variable_in(environment: Mapping[str, str]) -> str | None:
    """Return the name of the variable with the connection string; an empty variable counts as not set."""
    return next((name for name in VARIABLES if environment.get(name)), None)


def parse_connection_string(text: str) -> ConnectionString:
    """Return endpoint and key; raise `ValueError` that says what is wrong without showing a value.

    Names may be in any case and order, with spaces around names and values; unknown names are ignored.
    """
    if not isinstance(text, str):
        raise TypeError(f"the connection string must be a str, not {type(text).__name__}")
    if not text.strip():
        raise ValueError(f"the connection string is empty; it must be like {_EXAMPLE}")
    values: dict[str, str] = {}
    for part in text.strip().removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not equals or not name:
            raise ValueError(f"the connection string has a part without a name or '='; it must be like {_EXAMPLE}")
        if name in values:
            raise ValueError(f"the connection string has {name} twice")
        values[name] = value.strip()
    for name in ("endpoint", "accesskey"):
        if not values.get(name):
            raise ValueError(f"the connection string has no {name}; it must be like {_EXAMPLE}")
    return ConnectionString(parse_endpoint(values["endpoint"]), AccessKey(values["accesskey"]))


def _parsed(url: SplitResult) -> Endpoint:
    # The error does not quote the text, because it may have a key or a password in it.
    default = _DEFAULT_PORTS.get(url.scheme)
    if default is None:
        raise ValueError(f"the endpoint must begin with https:// or http://, not {url.scheme}://")
    try:
        port = url.port
    except ValueError as error:
        raise ValueError("the endpoint's port must be a number up to 65535") from error
    if not url.hostname or any(character <= " " for character in url.netloc):
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
