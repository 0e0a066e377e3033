"""Signed requests over a persistent connection, without an SDK."""

import http.client
import time
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

import msgspec

from openrooms.wire.signing import AUTHORIZATION_PREFIX, AccessKey, content_hash, string_to_sign

VERSION = "2025-03-13"
_IDLE_SECONDS = 60.0
"""Less than what the service allows a connection to be idle."""


class Answer(msgspec.Struct):
    """An answer; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Rest:
    """Requests to a service over plain HTTP; raises `OSError` or `HTTPException` if a connection breaks.

    The service closes idle connections, so a request after a while opens a new one.
    """

    def __init__(self, address: str, connection_string: str) -> None:
        self._host = urlsplit(address).netloc
        self._key = AccessKey(connection_string.partition("accesskey=")[2])
        self._connection = http.client.HTTPConnection(self._host, timeout=20)
        self._used_at = time.monotonic()

    def call(self, method: str, target: str, body: object = None, *, version: str = VERSION, **headers: str) -> Answer:
        """Send a signed request; a body that is not bytes is encoded as JSON."""
        raw = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        if version:
            target += f"{'&' if '?' in target else '?'}api-version={version}"
        named = signed(method, target, raw, self._host, self._key)
        if time.monotonic() > self._used_at + _IDLE_SECONDS:
            self._connection.close()
        self._used_at = time.monotonic()
        self._connection.request(method, target, raw or None, {**named, **headers})
        response = self._connection.getresponse()
        content = response.read()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def signed(method: str, target: str, body: bytes, host: str, key: AccessKey) -> dict[str, str]:
    """Return the headers that sign a request now."""
    date, digest = formatdate(usegmt=True), content_hash(body)
    return {
        "x-ms-date": date,
        "x-ms-content-sha256": digest,
        "Authorization": AUTHORIZATION_PREFIX + key.sign(string_to_sign(method, target, date, host, digest)),
    }
