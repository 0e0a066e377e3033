"""Streams of events about the list of visits."""

import http.client
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.support.patience import patient
from tests.support.rest import signed

from openrooms.wire.signing import AccessKey

PATH = "/openrooms/rooms/events"


class Watch:
    """An open stream of an operator; `last_id` is the id of the last event that was read."""

    def __init__(self, address: str, access_key: str, last_id: str = "") -> None:
        host = urlsplit(address).netloc
        headers = {**signed("GET", PATH, b"", host, AccessKey(access_key)), "Accept": "text/event-stream"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        self.last_id = last_id
        self._connection = http.client.HTTPConnection(host, timeout=20)
        self._connection.request("GET", PATH, headers=headers)
        self._response = self._connection.getresponse()
        assert self._response.status == 200, self._response.read()

    def event(self) -> tuple[str, Any]:
        """Return the type and the data of the next event."""
        fields: dict[str, str] = {}
        while True:
            line = self._response.readline().decode().rstrip("\n")
            if not line and "data" in fields:
                break
            name, _, value = line.partition(": ")
            fields[name] = value
        self.last_id = fields["id"]
        return fields["event"], json.loads(fields["data"])

    def until(self, kind: str, holds: Callable[[Any], bool] = lambda _: True) -> Any:
        """Return the data of the next event of a type for which a condition holds."""
        limit = time.monotonic() + patient(10)
        while time.monotonic() < limit:
            found, data = self.event()
            if found == kind and holds(data):
                return data
        raise AssertionError(f"no such event: {kind}")

    def close(self) -> None:
        """Close the connection."""
        self._response.close()
        self._connection.close()
