"""The sync transport: a client's network settings, and the connections that it makes when they are needed."""

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
    """Sends requests over kept connections.

    Takes what azure-core's own transports take: `connection_timeout` and `read_timeout` (seconds; the latter for the
    whole try), `connection_verify` (`False`, a file or folder of CAs, or an `ssl.SSLContext`), `connection_cert`,
    `proxies` and `use_env_settings`; each but the last also for one call.
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
        """Raise `ValueError` if the transport was closed; connections are made when they are needed."""
        self._check_open()

    def close(self) -> None:
        """Close all connections; those in use when their answer is there."""
        with self._lock:
            self._closed = True
        if self._connections is not None:
            self._connections.close()

    def send(self, request: HttpRequest, **options: Any) -> HttpResponse:
        """Return the whole answer.

        Raise `ServiceRequestError` if there is no connection, `ServiceResponseError` if there is no whole answer.
        """
        connections = self._opened()
        return connections.send(request, self._network.plan(request, **options))

    def _opened(self) -> "Connections":
        with self._lock:
            self._check_open()
            if self._connections is None:
                # A program that makes a client has not asked for anything yet.
                from openrooms.client._connections import Connections

                self._connections = Connections(self._network)
            return self._connections

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError("the client is closed; make a new one")

    def sleep(self, duration: float) -> None:
        """Wait some seconds, between tries."""
        time.sleep(duration)
