"""A client that signs, encodes and follows links like the .NET SDK, whose packages are not available in tests."""

import http.client
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import msgspec
import pytest
from tests.support.application import user
from tests.support.service import Process
from tests.support.tokens import dotnet_expiry

from openrooms.wire.signing import AUTHORIZATION_PREFIX, AccessKey, content_hash, string_to_sign

ROOMS, IDENTITY = "2024-04-15", "2023-10-01"


class DotNet:
    """Signs `Uri.PathAndQuery` and the authority with its port, also sends `Date`, and writes 7 fraction digits."""

    def __init__(self, service: Process) -> None:
        parts = urlsplit(service.endpoint)
        self.host, self.port = str(parts.hostname), int(parts.port or 443)
        self.key = AccessKey(re.fullmatch(r"endpoint=.*;accesskey=(.*)", service.connectionString)[1])  # type: ignore[index]
        context = ssl.create_default_context(cafile=service.ca)
        self.connection = http.client.HTTPSConnection(self.host, self.port, context=context, timeout=20)

    def close(self) -> None:
        self.connection.close()

    def moment(self, when: datetime) -> str:
        return when.strftime("%Y-%m-%dT%H:%M:%S.%f") + "7Z"

    def send(self, method: str, target: str, body: object = None, **headers: str) -> tuple[int, Any, Any]:
        raw = b"" if body is None else msgspec.json.encode(body)
        date, digest, host = formatdate(usegmt=True), content_hash(raw), f"{self.host}:{self.port}"
        text = string_to_sign(method, target, date, host, digest)
        named = {
            "Host": host,
            "Date": date,
            "x-ms-date": date,
            "x-ms-content-sha256": digest,
            "Authorization": AUTHORIZATION_PREFIX + self.key.sign(text),
            "x-ms-return-client-request-id": "true",
            "x-ms-client-request-id": str(uuid4()),
            **headers,
        }
        self.connection.request(method, target, raw or None, named)
        response = self.connection.getresponse()
        content = response.read()
        return response.status, response.headers, msgspec.json.decode(content) if content else None

    def follow(self, link: str) -> tuple[int, Any, Any]:
        """Request a next link unchanged, from the host in it."""
        parts = urlsplit(link)
        assert parts.netloc == f"{self.host}:{self.port}"
        return self.send("GET", f"{parts.path}?{parts.query}")


@pytest.fixture
def client(service: Process) -> Iterator[DotNet]:
    made = DotNet(service)
    yield made
    made.close()


def test_rooms(client: DotNet) -> None:
    start = datetime.now(UTC) + timedelta(days=1)
    body = {
        "validFrom": client.moment(start),
        "validUntil": client.moment(start + timedelta(days=1)),
        "participants": {user(1): {"role": "Presenter"}, user(2): {"role": "Attendee"}},
    }
    repeatable = {"Repeatability-Request-ID": str(uuid4()), "Repeatability-First-Sent": formatdate(usegmt=True)}
    status, headers, room = client.send("POST", f"/rooms?api-version={ROOMS}", body, **repeatable)
    assert (status, headers["Location"], headers["Repeatability-Result"]) == (201, room["id"], "accepted")
    # .NET's tests compare sent and returned times to the 100 ns.
    assert room["validFrom"] == re.sub(r"(\.\d{7})\d*Z$", r"\1+00:00", str(body["validFrom"])).replace("Z", "+00:00")
    assert client.send("POST", f"/rooms?api-version={ROOMS}", body, **repeatable)[2] == room

    path = f"/rooms/{room['id']}"
    assert client.send("GET", f"{path}?api-version={ROOMS}")[2] == room
    merge = {"Content-Type": "application/merge-patch+json"}
    status, _, changed = client.send("PATCH", f"{path}?api-version={ROOMS}", {"pstnDialOutEnabled": True}, **merge)
    assert (status, changed) == (200, room | {"pstnDialOutEnabled": True})
    patch = {"participants": {user(1): None, user(3): {"role": "Consumer"}}}
    assert client.send("PATCH", f"{path}/participants?api-version={ROOMS}", patch, **merge)[::2] == (200, {})
    roster = client.send("GET", f"{path}/participants?api-version={ROOMS}")[2]
    assert [one["rawId"] for one in roster["value"]] == [user(2), user(3)]
    assert client.send("DELETE", f"{path}?api-version={ROOMS}", None, **{"Content-Length": "0"})[::2] == (204, None)


def test_links(client: DotNet) -> None:
    for _ in range(101):
        client.send("POST", f"/rooms?api-version={ROOMS}", {})
    page = client.send("GET", f"/rooms?api-version={ROOMS}")[2]
    status, _, following = client.follow(page["nextLink"])
    assert status == 200
    assert not {room["id"] for room in page["value"]} & {room["id"] for room in following["value"]}


def test_identities(client: DotNet) -> None:
    status, _, made = client.send("POST", f"/identities?api-version={IDENTITY}", {})
    assert (status, list(made)) == (201, ["identity"])
    path = f"/identities/{quote(made['identity']['id'], safe='')}"
    status, _, token = client.send("POST", f"{path}/:issueAccessToken?api-version={IDENTITY}", {"scopes": ["voip"]})
    assert status == 200
    expires = int(datetime.fromisoformat(token["expiresOn"]).timestamp())
    assert dotnet_expiry(token["token"]) == expires
    assert client.send("POST", f"{path}/:revokeAccessTokens?api-version={IDENTITY}")[0] == 204
    assert client.send("DELETE", f"{path}?api-version={IDENTITY}")[0] == 204
