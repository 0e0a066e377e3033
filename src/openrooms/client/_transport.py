"""The sync transport: the network settings of a client, and its connections, which are opened when needed."""

# Written by `make twins` from _transport_async.py: change that one.

import threading
import time
from typing import TYPE_CHECKING, Any, Self

from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest, HttpResponse

from openrooms.client._network import Network

if TYPE_CHECKING:
    from openrooms.client._connections import Connections


class Transport(HttpTransport[HttpRequest, HttpResponse]):
    """A transport that keeps connections open between requests.

    It accepts the options of azure-core's transports: `connection_timeout` and `read_timeout` (seconds; the latter
    limits the whole attempt), `connection_verify` (`False`, a file or folder of CAs, or an `ssl.SSLContext`),
    `connection_cert`, `proxies` and `use_env_settings`. All but the last can also be given for one call.
    """

    def __init__(self, **options: Any) -> None:
        self._network = Network(**options)
        self.connection_config = self._network.config
        self._connections: Connections | None = None
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Raise `ValueError` if the transport is closed; connections are opened when they are needed."""
        self._check_open()

    def close(self) -> None:
        """Close the idle connections now, and those in use once their answer is complete."""
        with self._lock:
            self._closed = True
        if self._connections is not None:
            self._connections.close()

    def send(self, request: HttpRequest, **options: Any) -> HttpResponse:
        """Send the request and return the complete answer.

        Raise `ServiceRequestError` if there is no connection, `ServiceResponseError` if there is no complete answer.
        """
        connections = self._opened()
        return connections.send(request, self._network.plan(request, **options))

    def _opened(self) -> "Connections":
        with self._lock:
            self._check_open()
            if self._connections is None:
                # Imported on the first request, so that creating a client stays fast.
                from openrooms.client._connections import Connections

                self._connections = Connections(self._network)
            return self._connections

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError("the client is closed; make a new one")

    def sleep(self, duration: float) -> None:
        """Wait `duration` seconds between two attempts."""
        time.sleep(duration)
