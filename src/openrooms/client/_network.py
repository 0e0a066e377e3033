"""Network settings: TLS, proxies and timeouts, without I/O on the network.

The environment variables are those of the official clients: `REQUESTS_CA_BUNDLE` (sync clients), `SSL_CERT_FILE` and
`SSL_CERT_DIR` (async clients), `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
"""

import base64
import math
import os
import select
import ssl
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from azure.core.configuration import ConnectionConfiguration
from azure.core.exceptions import (
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.rest import HttpRequest

from openrooms.client._http1 import OversizedAnswer, encode_request
from openrooms.wire.connection_string import Endpoint, parse_endpoint

CONNECTION_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
"""The default limits in seconds: for connecting, and for one attempt including the whole answer."""

IDLE_CONNECTIONS = 100
"""The number of idle connections kept for each server, and the most that an async client opens at a time."""

IDLE_SECONDS = 55.0
"""The age at which an idle connection is closed; servers and load balancers usually close it after a minute."""

MOST_SECONDS = 2_000_000.0
"""The value for no limit: the longest timeout of a socket, 23 days."""

_CLIENT_DEFAULT: Any = object()
# The first variable of each group that is set is used.
_CA_BUNDLES = (("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), ("SSL_CERT_FILE",))
_SYSTEM_PROXIES = ("darwin", "win32")
_SUCCESS = range(200, 300)
_BAD_PROXY = (
    "a proxy must be http://[USER:PASSWORD@]HOST:PORT, nothing more; "
    "a '/', '?', '#' or '@' in the user name or password must be percent-encoded"
)

Verify = bool | str | ssl.SSLContext
Cert = str | tuple[str, ...] | None


class Proxy(NamedTuple):
    """An HTTP proxy; `authorization` is the value of its Proxy-Authorization header, if it needs one."""

    host: str
    port: int
    authorization: str | None = None

    def __repr__(self) -> str:
        return f"Proxy({self.host!r}, {self.port})"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that only the proxy receives."""
        return {"Proxy-Authorization": self.authorization} if self.authorization else {}


class Route(NamedTuple):
    """The way to a server, with its Host header. All connections of a route are interchangeable."""

    server: Endpoint
    host: str
    proxy: Proxy | None
    verify: Verify
    cert: Cert

    @property
    def address(self) -> tuple[str, int]:
        """The host and port to connect to: those of the proxy, if there is one."""
        return (self.proxy.host, self.proxy.port) if self.proxy else (self.server.host, self.server.port)

    @property
    def is_tls(self) -> bool:
        """Whether the connection to the server uses TLS."""
        return self.server.scheme == "https"

    def tunnel(self) -> bytes | None:
        """Return the CONNECT request for the proxy, or `None` if none is needed."""
        if self.proxy is None or not self.is_tls:
            return None
        host = f"[{self.server.host}]" if ":" in self.server.host else self.server.host
        target = f"{host}:{self.server.port}"
        return encode_request("CONNECT", target, target, self.proxy.headers, b"")

    def encode(self, request: HttpRequest, target: str) -> bytes:
        """Return the bytes of a request."""
        content = request.content
        body = content.encode() if isinstance(content, str) else content or b""
        if not isinstance(body, bytes):
            raise TypeError(f"the body of a request must be bytes or str, not {type(body).__name__}")
        headers: Mapping[str, str] = request.headers
        if self.proxy and not self.is_tls:
            target, headers = self.server.url + target, {**headers, **self.proxy.headers}
        return encode_request(request.method, target, self.host, headers, body)


class Attempt(NamedTuple):
    """One attempt to send a request: the route, the bytes, and the limits in seconds for connecting and in total."""

    route: Route
    data: bytes
    connecting: float
    limit: float

    def __repr__(self) -> str:
        # The data contains the signature.
        return f"Attempt({self.route.host!r})"


def split_url(url: str) -> tuple[str, str]:
    """Return the origin, and the path with the query as they appear in the request line."""
    url = url.partition("#")[0]
    slash = url.find("/", url.find("://") + 3)
    return (url, "/") if slash < 0 else (url[:slash], url[slash:])


def is_sendable(url: str) -> bool:
    """Return whether a URL from outside can appear in a request line unchanged."""
    return url.isascii() and url.isprintable() and " " not in url


def seconds(name: str, limit: float | None) -> float:
    """Return a timeout in seconds that a socket accepts; `None` means no limit. Raise `TypeError` or `ValueError`."""
    if limit is None:
        return MOST_SECONDS
    if isinstance(limit, bool) or not isinstance(limit, int | float):
        raise TypeError(f"{name} must be a number of seconds or None, not {type(limit).__name__}")
    if math.isnan(limit):
        raise ValueError(f"{name} must be a number of seconds or None, not nan")
    return min(limit, MOST_SECONDS)


class Network:
    """The network settings of a client, completed from the environment."""

    def __init__(
        self,
        *,
        connection_timeout: float | None = CONNECTION_TIMEOUT,
        read_timeout: float | None = READ_TIMEOUT,
        connection_verify: Verify = True,
        connection_cert: Cert = None,
        use_env_settings: bool = True,
        **_: Any,
    ) -> None:
        # azure-core's retry policy reads the timeouts from this attribute.
        self.config = ConnectionConfiguration(
            connection_timeout=seconds("connection_timeout", connection_timeout),
            read_timeout=seconds("read_timeout", read_timeout),
        )
        self._verify = connection_verify
        self._cert = connection_cert
        self._use_env = use_env_settings
        self._routes: dict[tuple[object, ...], Route] = {}
        self._contexts: dict[tuple[Verify, Cert], ssl.SSLContext] = {}

    def plan(
        self,
        request: HttpRequest,
        *,
        connection_timeout: float | None = _CLIENT_DEFAULT,
        read_timeout: float | None = _CLIENT_DEFAULT,
        connection_verify: Verify | None = None,
        connection_cert: Cert = None,
        proxies: Mapping[str, str] | None = None,
        stream: bool = False,
        **unknown: Any,
    ) -> Attempt:
        """Return the attempt for a request; the options of this call override those of the client.

        Answers are always read completely, whatever `stream` is. Raise `TypeError` for an unknown keyword, `ValueError`
        for an unsupported kind of proxy.
        """
        if unknown:
            raise TypeError(f"no call takes the keyword {', '.join(unknown)}")
        origin, target = split_url(request.url)
        route = self._route(origin, connection_verify, connection_cert, proxies)
        limit, connecting = self.config.read_timeout, self.config.timeout
        if read_timeout is not _CLIENT_DEFAULT:
            limit = seconds("read_timeout", read_timeout)
        if connection_timeout is not _CLIENT_DEFAULT:
            connecting = seconds("connection_timeout", connection_timeout)
        return Attempt(route, route.encode(request, target), min(connecting, limit), limit)

    def _route(self, origin: str, verify: Verify | None, cert: Cert, proxies: Mapping[str, str] | None) -> Route:
        key = (origin, verify, cert, tuple(sorted(proxies.items())) if proxies else None)
        route = self._routes.get(key)
        if route is None:
            server = parse_endpoint(origin)
            route = self._routes[key] = Route(
                server,
                server.netloc,
                find_proxy(server, proxies, use_env=self._use_env),
                self._verify if verify is None else verify,
                cert or self._cert,
            )
        return route

    def tls(self, route: Route) -> ssl.SSLContext | None:
        """Return the TLS context of a route, or `None` without TLS; raise `ValueError` for a bad certificate file."""
        if not route.is_tls:
            return None
        key = (route.verify, route.cert)
        context = self._contexts.get(key)
        if context is None:
            context = self._contexts[key] = tls_context(*key, use_env=self._use_env)
        return context


def tls_context(verify: Verify, cert: Cert, *, use_env: bool) -> ssl.SSLContext:
    """Return a TLS context that verifies as `verify` says: `True`, `False`, a file or folder of CAs, or a context.

    Raise `ValueError` if a certificate file cannot be read.
    """
    if isinstance(verify, ssl.SSLContext):
        return verify
    if verify is False:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context = _trusting(_bundles(verify, use_env))
    if cert:
        files = [cert] if isinstance(cert, str) else cert
        try:
            context.load_cert_chain(*files)
        except OSError as error:
            raise ValueError(f"connection_cert: cannot use {files[0]}: {error}") from error
    return context


def find_proxy(server: Endpoint, proxies: Mapping[str, str] | None, *, use_env: bool) -> Proxy | None:
    """Return the proxy for a server, from `proxies` by host or scheme, else from the environment."""
    proxies = proxies or {}
    names = (f"{server.scheme}://{server.host}", server.scheme, f"all://{server.host}", "all")
    url = next((proxies[name] for name in names if proxies.get(name)), None)
    if url is None and use_env:
        url = _environment_proxy(server)
    return _parse_proxy(url) if url else None


def check_tunnel(route: Route, status: int, reason: str) -> None:
    """Raise `ServiceRequestError` unless the proxy connected to the server."""
    if status not in _SUCCESS:
        host, port = route.address
        answer = f"{status} {reason}".rstrip()
        raise ServiceRequestError(f"the proxy {host}:{port} did not connect to {route.server.netloc}: {answer}")


def connect_failure(route: Route, error: Exception, limit: float) -> ServiceRequestError:
    """Return the error for a connection that could not be opened."""
    via = f" through the proxy {route.proxy.host}:{route.proxy.port}" if route.proxy else ""
    where = f"{route.host}{via}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return ServiceRequestError(
            f"the certificate of {where} is not trusted: {error.verify_message}. Name the CA's file with "
            "connection_verify=, REQUESTS_CA_BUNDLE or SSL_CERT_FILE",
            error=error,
        )
    if isinstance(error, ssl.SSLError):
        return ServiceRequestError(
            f"the TLS handshake with {where} failed: {error.reason or error}. Does it speak https?", error=error
        )
    if isinstance(error, TimeoutError):
        return ServiceRequestTimeoutError(f"no connection to {where} within {limit:g} s", error=error)
    return ServiceRequestError(f"no connection to {where}: {error}", error=error)


def answer_failure(request: HttpRequest, error: Exception, limit: float) -> ServiceResponseError:
    """Return the error for a connection that gave no complete answer."""
    if isinstance(error, TimeoutError):
        return ServiceResponseTimeoutError(f"{describe(request)}: no complete answer within {limit:g} s", error=error)
    return ServiceResponseError(f"{describe(request)}: {error}", error=error)


def describe(request: HttpRequest) -> str:
    """Return the text that names a request in errors: method, URL without the query, and request id."""
    request_id = request.headers.get("x-ms-client-request-id")
    url = request.url.partition("?")[0]
    return f"{request.method} {url}" + (f" (request id {request_id})" if request_id else "")


def is_readable(sock: Any) -> bool:
    """Return whether an idle socket was closed, or has received data that belongs to no request."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])


def is_permanent(error: object) -> bool:
    """Return whether repeating the request cannot help, as with an untrusted certificate or an oversized answer."""
    if isinstance(error, OversizedAnswer):
        return True
    return isinstance(error, ssl.SSLError) and not isinstance(
        error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError
    )


def _bundles(verify: bool | str, use_env: bool) -> list[str]:
    """Return the files and folders of CAs to trust; an empty list means those of the system."""
    if isinstance(verify, str | os.PathLike):
        return [os.fspath(verify)]
    if not use_env:
        return []
    # Each official client reads only one of the two groups, so the CAs of both are trusted.
    named = [next(filter(None, map(os.environ.get, names)), None) for names in _CA_BUNDLES]
    return [name for name in dict.fromkeys(named) if name]


def _trusting(bundles: list[str]) -> ssl.SSLContext:
    if not bundles:
        return _trusting_the_system()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for bundle in bundles:
        if os.path.isdir(bundle):  # noqa: PTH112 - pathlib takes longer to load than the certificates
            context.load_verify_locations(capath=bundle)
            continue
        try:
            context.load_verify_locations(cafile=bundle)
        except OSError as error:
            raise ValueError(
                f"{bundle}, which connection_verify=, REQUESTS_CA_BUNDLE or SSL_CERT_FILE names, "
                f"is not a readable certificate file: {error}"
            ) from error
    return context


def _trusting_the_system() -> ssl.SSLContext:
    context = ssl.create_default_context()
    folder = ssl.get_default_verify_paths().capath
    if not context.cert_store_stats()["x509"] and not (folder and os.listdir(folder)):  # noqa: PTH208 - as above
        # There are no system certificates in small containers and with Python from python.org on macOS.
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _environment_proxy(server: Endpoint) -> str | None:
    if sys.platform not in _SYSTEM_PROXIES and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    url = proxies.get(server.scheme) or proxies.get("all")
    if url is None or _is_exempt(server, proxies.get("no", "")):
        return None
    host = f"[{server.host}]" if ":" in server.host else server.host
    return None if proxy_bypass(f"{host}:{server.port}") else url


def _is_exempt(server: Endpoint, no_proxy: str) -> bool:
    """Return whether `NO_PROXY` lists the IP address of a server or its network; host names are not resolved."""
    import ipaddress

    try:
        address = ipaddress.ip_address(server.host)
    except ValueError:
        return False
    for entry in no_proxy.split(","):
        network, _, port = entry.strip().removeprefix("[").partition("]")
        with suppress(ValueError):
            if port in ("", f":{server.port}") and address in ipaddress.ip_network(network, strict=False):
                return True
    return False


def _parse_proxy(url: str) -> Proxy:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port, more = parts.port, parts.path.strip("/") or parts.query or parts.fragment
    except ValueError:
        # The text of the caught error may contain a part of the password.
        raise ValueError(_BAD_PROXY) from None
    if more:
        raise ValueError(_BAD_PROXY)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(
            f"a proxy must be http://HOST:PORT, not {parts.scheme}://; for other kinds, pass one of azure-core's "
            "transports: transport=RequestsTransport(), or AsyncioRequestsTransport() to an async client"
        )
    authorization = None
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {base64.b64encode(user.encode()).decode('ascii')}"
    return Proxy(parts.hostname, port or 80, authorization)
