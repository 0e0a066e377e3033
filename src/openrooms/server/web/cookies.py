"""Cookies that only this service reads."""

from openrooms.server.web.messages import Header, Request


def read_cookie(request: Request, name: bytes) -> bytes:
    """Return the value of a cookie, empty if the browser did not send it."""
    for pair in request.headers.get(b"cookie", b"").split(b";"):
        found, _, value = pair.strip().partition(b"=")
        if found == name:
            return value
    return b""


def set_cookie(name: bytes, value: bytes, *, path: bytes, seconds: int, is_secure: bool) -> Header:
    """Return the header that sets a cookie for this site alone, which no script reads; 0 seconds remove it."""
    text = b"%b=%b; Path=%b; Max-Age=%d; HttpOnly; SameSite=Strict%b"
    return b"set-cookie", text % (name, value, path, seconds, b"; Secure" if is_secure else b"")
