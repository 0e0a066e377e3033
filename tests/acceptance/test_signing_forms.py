"""Every signing form that an SDK has used, on both ports of a running service."""

import http.client
import itertools
import ssl
from collections.abc import Callable, Iterator
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

import pytest
from tests.support.service import Process

from openrooms.wire.signing import AccessKey, content_hash, string_to_sign

TARGET = "/rooms?api-version=2025-03-13&a=1%2B2/%3D"
TARGETS = {
    "as sent": TARGET,
    "decoded": unquote(TARGET),
    "as a form": "/rooms?api-version=2025-03-13&a=1%2B2%2F%3D",
}
HOSTS: dict[str, Callable[[str, int], str]] = {
    "with its port": lambda host, port: f"{host}:{port}",
    "without its port": lambda host, _: host,
    "with its port twice": lambda host, port: f"{host}:{port}:{port}",
}
DATES = {"x-ms-date": [], "date": [], "x-ms-date with Date": ["date"], "date with x-ms-date": ["x-ms-date"]}


@pytest.fixture(params=["https", "http"])
def connection(request: pytest.FixtureRequest, service: Process) -> Iterator[http.client.HTTPConnection]:
    parts = urlsplit(service.endpoint if request.param == "https" else service.http)
    host, port = str(parts.hostname), parts.port
    made = (
        http.client.HTTPSConnection(host, port, context=ssl.create_default_context(cafile=service.ca), timeout=20)
        if request.param == "https"
        else http.client.HTTPConnection(host, port, timeout=20)
    )
    yield made
    made.close()


@pytest.mark.parametrize(
    ("date", "host", "target"),
    [pytest.param(*form, id=", ".join(form)) for form in itertools.product(DATES, HOSTS, TARGETS)],
)
def test_every_signing_form_on_both_ports(
    service: Process, connection: http.client.HTTPConnection, date: str, host: str, target: str
) -> None:
    key = AccessKey(service.connectionString.partition("accesskey=")[2])
    now, digest = formatdate(usegmt=True), content_hash(b"")
    named = date.partition(" ")[0]
    written = HOSTS[host](connection.host, connection.port)
    signature = key.sign(string_to_sign("GET", TARGETS[target], now, written, digest))
    headers = {
        "Host": written,
        named: now,
        "x-ms-content-sha256": digest,
        "Authorization": f"HMAC-SHA256 SignedHeaders={named};host;x-ms-content-sha256&Signature={signature}",
        **dict.fromkeys(DATES[date], "Mon, 01 Jan 2001 00:00:00 GMT"),
    }
    connection.request("GET", TARGET, headers=headers)
    answer = connection.getresponse()
    assert (answer.status, answer.read()[:9]) == (200, b'{"value":')
