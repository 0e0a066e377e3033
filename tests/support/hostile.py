"""Requests with which attackers may try to make the service work: a name and the bytes of each.

Tests check that each is refused, and `bench/hostile.py` that none costs much more than the simplest refusal.
"""

import base64
from collections.abc import Iterator, Sequence
from email.utils import formatdate
from itertools import count

import msgspec
from tests.support.application import user

from openrooms.wire.signing import AUTHORIZATION_PREFIX, content_hash

PLAINEST = "no Authorization"
"""The refusal with which the others are compared."""

PLAINEST_LAST = "no Authorization, and Connection: close"
"""The same for requests that end their connection, since a new connection costs more than a refusal."""

VERSION = "api-version=2025-03-13"
_TARGET = f"/rooms?{VERSION}"
_JOIN = "/openrooms/rooms/99475330965778483/join"
_SIGNATURE = base64.b64encode(bytes(32)).decode("ascii")
_TARGET_BYTES, _HEAD_BYTES = 8000, 15_000
_MANY_DATES = 5000


class Request(msgspec.Struct, frozen=True):
    """One request; some kinds consist of many, sent one after the other."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    names_host: bool = True

    def encode(self, host: str) -> bytes:
        """Return the bytes of the request to this host."""
        fields = (("Host", host), *self.headers) if self.names_host else self.headers
        if self.body:
            fields = (*fields, ("Content-Length", str(len(self.body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        return f"{self.method} {self.target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + self.body


def kinds(key_id: str) -> dict[str, Sequence[Request]]:
    """Return every kind of hostile request; `key_id` names a published key of the service, like its users' tokens."""
    return {
        PLAINEST: [Request("GET", _TARGET)],
        PLAINEST_LAST: [Request("GET", _TARGET, (("Connection", "close"),))],
        **{f"signature: {name}": list(requests) for name, requests in _signatures().items()},
        **{f"token: {name}": [request] for name, request in _tokens(key_id).items()},
        **{f"gate: {name}": [request] for name, request in _gate().items()},
        **{f"page: {name}": [request] for name, request in _pages().items()},
        **{f"request: {name}": [request] for name, request in _requests().items()},
    }


def _signed(target: str = _TARGET, method: str = "GET", **changes: str) -> Request:
    """Return a request that looks like a signed one."""
    fields = {
        "x-ms-date": formatdate(usegmt=True),
        "x-ms-content-sha256": content_hash(b""),
        "Authorization": AUTHORIZATION_PREFIX + _SIGNATURE,
    }
    fields |= {name.replace("_", "-"): value for name, value in changes.items()}
    return Request(method, target, tuple(fields.items()), names_host="Host" not in fields)


def _signatures() -> dict[str, Sequence[Request]]:
    long = "A" * _HEAD_BYTES
    return {
        "a wrong one": [_signed()],
        "a short one": [_signed(Authorization=AUTHORIZATION_PREFIX + "AAAA")],
        "a long one": [_signed(Authorization=AUTHORIZATION_PREFIX + long)],
        "not base64": [_signed(Authorization=AUTHORIZATION_PREFIX + "*" * len(_SIGNATURE))],
        "of other headers": [_signed(Authorization="HMAC-SHA256 SignedHeaders=host&Signature=" + _SIGNATURE)],
        "3,950 fields": [_signed("/rooms?" + "a&" * 3950)],
        "1,000 fields": [_signed("/rooms?" + "a&" * 1000)],
        "32 fields": [_signed("/rooms?" + "a&" * 32)],
        "a field of escapes": [_signed("/rooms?a=" + "%61" * 650)],
        "32 fields of escapes": [_signed("/rooms?" + ("%7E=" + "%7e" * 19 + "&") * 32)],
        "a query at the target's limit": [_signed("/rooms?a=" + "b" * _TARGET_BYTES)],
        "a path of escapes": [_signed("/rooms/" + "%61" * 660)],
        "a path of many escapes": [_signed("/rooms/" + "%61" * 2600)],
        "a path of 500 segments": [_signed("/rooms" + "/%61" * 490)],
        "a path of slashes": [_signed("/" * 1900 + "rooms")],
        "a path of many slashes": [_signed("/" * _TARGET_BYTES + "rooms")],
        "a date that is none": [_signed(x_ms_date="Fri, 29 Aug 99999 00:29:48 GMT")],
        "a date too long": [_signed(x_ms_date=long)],
        "a date each": [_signed(x_ms_date=date) for date in _dates()],
        "no date": [_signed(x_ms_date="")],
        "a hash too long": [_signed(x_ms_content_sha256=long)],
        "a host too long": [_signed(Host="a" * _HEAD_BYTES)],
        "a host of colons": [_signed(Host="a" + ":1" * 4000)],
        "on join": [_signed(_JOIN, "POST")],
    }


def _dates() -> Iterator[str]:
    for number in range(_MANY_DATES):
        hours, minutes = divmod(number // 60, 60)
        yield f"Fri, 29 Aug 2025 {hours:02}:{minutes:02}:{number % 60:02} +0000"


def _tokens(key_id: str) -> dict[str, Request]:
    def bearer(token: str, target: str = _TARGET, method: str = "GET") -> Request:
        return Request(method, target, (("Authorization", f"Bearer {token}"),))

    def ours(kind: str, claims: bytes = b"{}", signature: str = "A" * 86) -> str:
        head = msgspec.json.encode({"alg": "ES256", "kid": key_id, "typ": kind})
        return f"{_base64url(head)}.{_base64url(claims)}.{signature}"

    numbers = count()
    many = msgspec.json.encode({f"claim{next(numbers)}": [1] for _ in range(500)})
    named = _base64url(msgspec.json.encode({"alg": "RS256", "kid": "another", "typ": "JWT"}))
    return {
        "none": Request("GET", _TARGET, (("Authorization", "Bearer"),)),
        "no dots": bearer("A" * _HEAD_BYTES),
        "dots": bearer("." * _HEAD_BYTES),
        "a head of brackets": bearer(_base64url(b"[" * 10_000) + ".e30.AA"),
        "a head of objects": bearer(_base64url(b'{"kid":' * 1400) + ".e30.AA"),
        "a head of many names": bearer(f"{_base64url(many)}.e30.AA"),
        "a head that is none": bearer("AAAA.e30.AA"),
        "no algorithm": bearer(_base64url(b'{"alg":"none","typ":"JWT"}') + ".e30."),
        "of another key": bearer(f"{named}.{_base64url(many)}.{'A' * 342}"),
        "of an operator, a wrong signature": bearer(ours("operator+jwt")),
        "of an operator, long claims": bearer(ours("operator+jwt", many)),
        "of a user, a wrong signature": bearer(ours("JWT"), _JOIN, "POST"),
        "of a user, long claims": bearer(ours("JWT", many), _JOIN, "POST"),
        "of a user, a long signature": bearer(ours("JWT", signature="A" * 8000), _JOIN, "POST"),
        "of a user, for an operator's path": bearer(ours("JWT")),
        "no token on join": Request("POST", _JOIN),
        "an unknown scheme": Request("GET", _TARGET, (("Authorization", "Basic " + "A" * _HEAD_BYTES),)),
        "two of them": Request("GET", _TARGET, (("Authorization", "Bearer a.b.c"), ("Authorization", "Bearer a.b.c"))),
    }


def _gate() -> dict[str, Request]:
    head = _base64url(b'{"alg":"HS256","typ":"JWT"}')
    token = f"{head}.{_base64url(b'{}')}.{'A' * 43}"
    upgrade = (
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
    )
    return {
        "no token": Request("GET", "/livekit/rtc/validate"),
        "a wrong token": Request("GET", f"/livekit/rtc/validate?access_token={token}"),
        "a wrong token in the header": Request("GET", "/livekit/rtc/validate", (("Authorization", f"Bearer {token}"),)),
        "a long token": Request("GET", "/livekit/rtc/validate?access_token=" + "A" * _TARGET_BYTES),
        "a token of escapes": Request("GET", "/livekit/rtc/validate?access_token=" + "%61" * 2600),
        "names of escapes": Request("GET", "/livekit/rtc/validate?" + ("%61" * 40 + "=1&") * 60),
        "3,950 fields": Request("GET", "/livekit/rtc/validate?" + "a&" * 3950),
        "60 fields of escapes": Request("GET", "/livekit/rtc/validate?" + ("a=" + "%61" * 40 + "&") * 60),
        "a WebSocket without a token": Request("GET", "/livekit/rtc", upgrade),
        "a WebSocket with 3,950 fields": Request("GET", "/livekit/rtc?" + "a&" * 3900, upgrade),
        "another path": Request("GET", "/livekit/twirp/livekit.RoomService/ListRooms"),
        "a path of slashes": Request("GET", "/livekit" + "/" * 7000),
        "asked, no token": Request("GET", "/openrooms/gate/rtc"),
        "asked, 3,950 fields": Request("GET", "/openrooms/gate/rtc?" + "a&" * 3950),
        "asked about a long target": Request(
            "GET", "/openrooms/gate", (("X-Original-URI", "/livekit/rtc?" + "a&" * 7000),)
        ),
        "asked about two": Request("GET", "/openrooms/gate", (("X-Original-URI", "/a"), ("X-Forwarded-Uri", "/b"))),
        "a notice": Request("POST", "/openrooms/livekit", (("Authorization", token),), b"{}"),
        "a long notice": Request("POST", "/openrooms/livekit", (("Authorization", token),), b" " * 60_000),
    }


def _pages() -> dict[str, Request]:
    return {
        "a call's": Request("GET", "/call/99475330965778483"),
        "a path of slashes": Request("GET", "/call" + "/" * _TARGET_BYTES),
        "another method": Request("POST", "/console"),
        "another host": Request("GET", "/console", (("Host", "a b"),), names_host=False),
        "no such file": Request("GET", "/assets/" + "%2e" * 2600),
        "home": Request("GET", "/", (("Accept", "text/html"),)),
    }


def _requests() -> dict[str, Request]:
    preflight = (("Origin", "https://evil.example"), ("Access-Control-Request-Method", "GET"))
    return {
        "many headers": Request("GET", _TARGET, tuple((f"x-{number}", "1") for number in range(1500))),
        "one header many times": Request("GET", _TARGET, (("x-a", "1"),) * 1500),
        "X-Forwarded-For without end": Request("GET", _TARGET, (("X-Forwarded-For", "10.0.0.1," * 1500),)),
        "X-Forwarded-For many times": Request("GET", _TARGET, (("X-Forwarded-For", "10.0.0.1"),) * 500),
        "no host": Request("GET", _TARGET, names_host=False),
        "an unknown method": Request("PROPFIND", _TARGET),
        "an unknown path": Request("GET", "/nothing"),
        "an unknown own path": Request("GET", "/openrooms/nothing"),
        "a preflight": Request("OPTIONS", _TARGET, preflight),
        "a body": Request("POST", _TARGET, body=b"{" * 1000),
        "a participant": Request("GET", f"/openrooms/rooms/99475330965778483/why?rawId={user()}"),
        "the root": Request("GET", "/"),
    }


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
