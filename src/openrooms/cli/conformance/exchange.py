"""Signed requests, sent one after another without an SDK, so that every byte of an answer can be compared."""

import http.client
import ssl
import time
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from openrooms._version import __version__
from openrooms.wire.connection_string import is_loopback, parse_connection_string
from openrooms.wire.signing import AUTHORIZATION_PREFIX, content_hash, string_to_sign

ROOMS = "2025-03-13"
IDENTITY = "2023-10-01"

_TIMEOUT_SECONDS = 30.0
_PAUSE_SECONDS = 0.2
_TRIES = 3
_LONGEST_WAIT_SECONDS = 60


class Answer(msgspec.Struct, frozen=True):
    """An answer; header names are in lower case, and `json` is `None` if the body is not JSON."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.MsgspecError:
            return None

    @property
    def error(self) -> Mapping[str, Any]:
        """The error in the body; empty if there is none."""
        document = self.json
        error = document.get("error") if isinstance(document, dict) else None
        return error if isinstance(error, dict) else {}


class Exchange:
    """Requests to the service of a connection string, with pauses that are polite to a shared service.

    `sent` counts them. Raise `OSError` or `HTTPException` if the service cannot be reached.
    """

    def __init__(self, connection_string: str, ca: Path | None = None) -> None:
        parts = parse_connection_string(connection_string)
        url = urlsplit(parts.endpoint.url)
        self.host = url.netloc
        self.sent = 0
        self._key = parts.access_key
        self._pause = 0.0 if is_loopback(url.hostname or "") else _PAUSE_SECONDS
        self._connection = _connection(url.scheme, self.host, ca)

    def send(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        version: str | None = ROOMS,
        headers: Mapping[str, str | None] = {},
        late_seconds: int = 0,
        signed_body: bytes | None = None,
        date_header: str = "x-ms-date",
    ) -> Answer:
        """Send a signed request; a body that is not bytes is encoded as JSON. `None` removes a header.

        The signature is dated `late_seconds` ago in `date_header`, and covers `signed_body` if that is another one.
        """
        raw = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        if version is not None:
            target += f"{'&' if '?' in target else '?'}api-version={version}"
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        own = {"Content-Type": kind, "User-Agent": f"openrooms-conformance/{__version__}"}
        for remaining in reversed(range(_TRIES)):
            signed = raw if signed_body is None else signed_body
            date = formatdate(time.time() - late_seconds, usegmt=True)
            fields = {**own, **self._signature(method, target, signed, date, date_header), **headers}
            answer = self._answer(method, target, raw, {name: value for name, value in fields.items() if value})
            if answer.status != http.HTTPStatus.TOO_MANY_REQUESTS or not remaining:
                break
            time.sleep(min(_seconds(answer.headers.get("retry-after", "")), _LONGEST_WAIT_SECONDS))
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _answer(self, method: str, target: str, body: bytes, fields: Mapping[str, str]) -> Answer:
        time.sleep(self._pause)
        self.sent += 1
        try:
            self._connection.request(method, target, body or None, fields)
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # The service closed the kept connection between two requests.
            self._connection.close()
            self._connection.request(method, target, body or None, fields)
            response = self._connection.getresponse()
        content = response.read()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def _signature(self, method: str, target: str, body: bytes, date: str, date_header: str) -> Mapping[str, str]:
        digest = content_hash(body)
        signature = self._key.sign(string_to_sign(method, target, date, self.host, digest))
        prefix = AUTHORIZATION_PREFIX.replace("x-ms-date", date_header.lower())
        return {date_header: date, "x-ms-content-sha256": digest, "Authorization": f"{prefix}{signature}"}


def _connection(scheme: str, host: str, ca: Path | None) -> http.client.HTTPConnection:
    if scheme != "https":
        return http.client.HTTPConnection(host, timeout=_TIMEOUT_SECONDS)
    context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    return http.client.HTTPSConnection(host, timeout=_TIMEOUT_SECONDS, context=context)


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 1.0
