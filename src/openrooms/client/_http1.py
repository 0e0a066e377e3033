"""HTTP/1.1 without I/O: the encoding of a request and the errors of an answer. `_parser.py` decodes answers."""

from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache

_FORBIDDEN = ("\r", "\n", "\0")


class BrokenAnswer(Exception):
    """The received bytes are not a complete HTTP answer; `str()` gives the reason."""


class OversizedAnswer(BrokenAnswer):
    """The received bytes exceed the size of any answer of the service."""


def encode_request(method: str, target: str, host: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the bytes of a request; raise `ValueError` if the URL or a header has a forbidden character."""
    # Copied once, because iterating over azure-core's headers is slow.
    fields = list(headers.items())
    names = {name.lower() for name, _ in fields}
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in names:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in fields]
    if "content-length" not in names and (body or method in ("POST", "PATCH", "PUT")):
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines)
    if "\0" in head or head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise ValueError(f"a header of this request must not contain a line break: {_culprits(headers, _FORBIDDEN)}")
    try:
        return b"%b\r\n\r\n%b" % (head.encode("latin-1"), body)
    except UnicodeEncodeError as error:
        unknown = error.object[error.start]
    # Raised outside the `except`, because the caught error contains the whole head, including the signature.
    where = _culprits(headers, (unknown,)) or "the URL"
    raise ValueError(f"this request has a character that HTTP does not allow, {unknown!a}, in {where}")


# Cached, because many requests are sent in the same second.
@lru_cache(maxsize=8)
def http_date(seconds: int) -> str:
    """Return a Unix time in seconds as an HTTP date: `Thu, 01 Jan 1970 00:00:00 GMT` (RFC 9110, 5.6.7)."""
    return formatdate(seconds, usegmt=True)


def _culprits(headers: Mapping[str, str], forbidden: tuple[str, ...]) -> str:
    return ", ".join(repr(name) for name in headers if any(text in f"{name}{headers[name]}" for text in forbidden))
