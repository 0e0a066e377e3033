"""Reads the expiry of a token as the credential of each official SDK does."""

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
    claims = msgspec.json.decode(payload)
    assert isinstance(claims["exp"], int)
    assert isinstance(claims["acsScope"], str)
    return claims["exp"]


def javascript_expiry(token: str) -> int:
    """Read a token as JavaScript's credential does."""
    part = token.split(".")[1]
    expiry: int = msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["exp"]
    return expiry
