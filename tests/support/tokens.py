"""When a token expires, read as each official SDK's credential reads it."""

import base64
import re

import msgspec


def java_expiry(token: str) -> int:
    """Read a token as Java's credential does: standard alphabet, strict, `exp` by a regular expression."""
    part = token.split(".")[1]
    payload = base64.b64decode(part + "=" * (-len(part) % 4), validate=True).decode("ascii")
    found = re.search(r'"exp":*([0-9]+)', payload)
    assert found is not None
    return int(found[1])


def dotnet_expiry(token: str) -> int:
    """Read a token as .NET's credential does: three parts, `-` mapped back and `_` not, `exp` an integer."""
    _, part, _ = token.split(".")
    payload = base64.b64decode((part + "=" * (-len(part) % 4)).replace("-", "+"), validate=True)
    said = msgspec.json.decode(payload)
    assert isinstance(said["exp"], int)
    assert isinstance(said["acsScope"], str)
    return said["exp"]


def javascript_expiry(token: str) -> int:
    """Read a token as JavaScript's credential does."""
    part = token.split(".")[1]
    expiry: int = msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["exp"]
    return expiry
