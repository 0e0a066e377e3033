"""HMAC-SHA256 signatures of Azure Communication Services: the text to sign, signing and verifying.

    x-ms-content-sha256 = base64(SHA256(body))
    string-to-sign      = METHOD \\n PATH_AND_QUERY \\n x-ms-date ; HOST ; x-ms-content-sha256
    signature           = base64(HMAC-SHA256(base64-decoded key, string-to-sign))

Older clients sign the header `Date` instead of `x-ms-date`, and declare it: `SignedHeaders=date;host;...`.
The official SDKs use different forms of PATH_AND_QUERY and HOST, so a verifier tries each of them (`signed_targets`,
`signed_hosts`). Every form covers method, date, host and body. See docs/evidence.md#signatures.
https://learn.microsoft.com/azure/communication-services/tutorials/hmac-header-tutorial
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode

SCHEME = "HMAC-SHA256"
SIGNED_HEADERS = "x-ms-date;host;x-ms-content-sha256"
AUTHORIZATION_PREFIX = f"{SCHEME} SignedHeaders={SIGNED_HEADERS}&Signature="
_BLOCK = 64
# Never equal to a string-to-sign, which always has line feeds.
_ID_MESSAGE = b"openrooms key id"
_ID_LENGTH = 16
_MOST_FIELDS = 32
_FORM = re.compile(rb"[\w.*+-]+=[\w.*+-]*(?:&[\w.*+-]+=[\w.*+-]*)*", re.ASCII)
"""A query that re-encoding as a form would not change."""


class AccessKey:
    """The secret of a resource, ready to sign; `repr` hides it."""

    __slots__ = ("_inner", "_outer", "_text")

    def __init__(self, text: str) -> None:
        """Read the key of a connection string; raise `ValueError` unless it is standard padded base64."""
        try:
            secret = base64.b64decode(text, validate=True)
        except ValueError as error:
            raise ValueError("the access key is not base64") from error
        if not secret:
            raise ValueError("the access key is empty")
        block = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
        # Each signature copies HMAC's two keyed states, which depend only on the key.
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        self._text = text

    def __repr__(self) -> str:
        return "AccessKey(...)"

    @property
    def id(self) -> str:
        """A public name for the key, which reveals nothing about a random key."""
        return self.digest(_ID_MESSAGE).hex()[:_ID_LENGTH]

    def reveal(self) -> str:
        """Return the key in the form of a connection string."""
        return self._text

    def digest(self, message: bytes) -> bytes:
        """Return HMAC-SHA256 of the message."""
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def sign(self, message: bytes) -> str:
        """Return the signature of a string-to-sign, in the form of the Authorization header."""
        return base64.b64encode(self.digest(message)).decode("ascii")


def content_hash(body: bytes) -> str:
    """Return the value of `x-ms-content-sha256` for the body."""
    return base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


def string_to_sign(method: str, target: str, date: str, host: str, body_hash: str) -> bytes:
    """Return the text that the signature covers; `target` is path and query."""
    return f"{method}\n{target}\n{date};{host};{body_hash}".encode()


def signing_key(
    keys: Sequence[AccessKey],
    signature: bytes,
    method: bytes,
    targets: Iterable[bytes],
    date: bytes,
    hosts: Iterable[bytes],
    body_hash: bytes,
) -> AccessKey | None:
    """Return the key that made the signature over one of the targets and hosts, or `None`.

    The signature is already decoded from base64.
    """
    tails = [b"%b;%b;%b" % (date, host, body_hash) for host in hosts]
    for target in targets:
        for tail in tails:
            message = b"%b\n%b\n%b" % (method, target, tail)
            for key in keys:
                if hmac.compare_digest(key.digest(message), signature):
                    return key
    return None


def signed_targets(path: bytes, query: bytes) -> Iterator[bytes]:
    """Yield each PATH_AND_QUERY that a client may have signed, from the raw path and query of the request line.

    These are: as sent (Python identity, .NET, Java), percent-decoded (Python rooms), and with the query re-encoded as a
    form (JavaScript).
    """
    raw = b"%b?%b" % (path, query) if query else path
    yield raw
    if b"%" in raw:
        decoded = unquote_to_bytes(raw)
        if decoded != raw:
            yield decoded
    # No client sends so many fields, and re-encoding them takes long.
    if query and not _FORM.fullmatch(query) and query.count(b"&") < _MOST_FIELDS:
        # `URLSearchParams` leaves `*` and encodes `~`; Python does the opposite.
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        form = urlencode(pairs, safe="*").replace("~", "%7E").encode("ascii")
        if form != query:
            yield b"%b?%b" % (path, form)


def signed_hosts(host: bytes, *public: bytes) -> list[bytes]:
    """Return each HOST that a client may have signed: as received, without its port (Java), with `:443` (Python).

    `public` are other names of this server, such as X-Forwarded-Host of a trusted proxy.
    """
    hosts: list[bytes] = []
    for name in (host, *public):
        bare, colon, port = name.rpartition(b":")
        has_port = bool(colon) and port.isdigit()
        hosts += [name, bare if has_port else name + b":443"]
    return list(dict.fromkeys(hosts))
