"""HTTP/1.1 without I/O: the bytes of a request, and what is wrong with an answer. The answer itself: `_parser.py`."""

from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache

_FORBIDDEN = ("\r", "\n", "\0")


class BrokenAnswer(Exception):
    """What arrived is no whole HTTP answer; `str()` says why."""


class OversizedAnswer(BrokenAnswer):
    """What arrived is more than any answer of the service."""


def encode_request(method: str, target: str, host: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the bytes of a request; raise `ValueError` for what cannot stand in its head."""
    # Once: azure-core's headers are slow to go through.
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
    # Not from within the `except`: that error has the whole head in it, with the signature.
    where = _culprits(headers, (unknown,)) or "the URL"
    raise ValueError(f"this request has a character that HTTP has not, {unknown!a}, in {where}")


# Many requests are of the same second.
@lru_cache(maxsize=8)
def http_date(seconds: int) -> str:
    """Return a Unix time as HTTP writes it: `Thu, 01 Jan 1970 00:00:00 GMT`."""
    return formatdate(seconds, usegmt=True)


def _culprits(headers: Mapping[str, str], forbidden: tuple[str, ...]) -> str:
    return ", ".join(repr(name) for name in headers if any(one in f"{name}{headers[name]}" for one in forbidden))
