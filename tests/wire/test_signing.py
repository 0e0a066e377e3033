"""Signatures: those of the official Python policy, every SDK's form, and refusal of everything else."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from openrooms.wire.signing import (
    AccessKey,
    content_hash,
    signed_hosts,
    signed_targets,
    signing_key,
    string_to_sign,
)

RECORDED = json.loads((Path(__file__).parent / "signatures.json").read_text())
KEY = AccessKey(RECORDED["key"])
HOST, DATE = RECORDED["host"], RECORDED["date"]
HASH = content_hash(b"")

segments = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
queries = st.lists(st.tuples(segments, st.text(st.characters(codec="utf-8"), max_size=8)), max_size=3)


def verify(signature: bytes, target: str, host: str = HOST, received: str | None = None, **changed: bytes) -> bool:
    """Return whether the signature is valid for a request received with this target and host."""
    path, _, query = target.encode("ascii").partition(b"?")
    parts = {"method": b"GET", "date": DATE.encode(), "body_hash": HASH.encode(), **changed}
    key = signing_key(
        [KEY],
        signature,
        parts["method"],
        signed_targets(path, query),
        parts["date"],
        signed_hosts((received or host).encode()),
        parts["body_hash"],
    )
    return key is KEY


def sign(target: str, host: str = HOST) -> bytes:
    return KEY.digest(string_to_sign("GET", target, DATE, host, HASH))


@pytest.mark.parametrize("recorded", RECORDED["requests"], ids=lambda recorded: recorded["name"])
def test_signatures_of_the_official_policy(recorded: dict[str, Any]) -> None:
    body = recorded["body"].encode()
    assert content_hash(body) == recorded["content_hash"]
    text = string_to_sign(recorded["method"], recorded["target"], DATE, HOST, recorded["content_hash"])
    assert KEY.sign(text) == recorded["signature"]


def test_the_short_key_of_the_sdks_own_unit_test() -> None:
    assert AccessKey("pw==").sign(b"banana") == "88EC05aAS9iXnaimtNO78JLjiPtfWryQB/5QYEzEsu8="


@given(st.binary(min_size=1, max_size=200), st.binary(max_size=300))
def test_digest_is_hmac(secret: bytes, message: bytes) -> None:
    key = AccessKey(base64.b64encode(secret).decode())
    assert key.digest(message) == hmac.digest(secret, message, hashlib.sha256)


@pytest.mark.parametrize("text", ["", "====", "pw", "p w=", "pw==\n", "p\u00e9=="])
def test_a_malformed_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="access key"):
        AccessKey(text)


def raw_target(path: list[str], query: list[tuple[str, str]]) -> str:
    written = "".join(f"/{quote(part, safe='')}" for part in path)
    pairs = "&".join(f"{quote(name, safe='')}={quote(value, safe='/+=')}" for name, value in query)
    return f"{written}?{pairs}" if pairs else written


@given(st.lists(segments, min_size=1, max_size=3), queries)
@example(["rooms"], [("nextLink", "a+b/c=="), ("api-version", "2025-03-13")])
def test_every_form_of_the_target_verifies(path: list[str], query: list[tuple[str, str]]) -> None:
    raw = raw_target(path, query)
    assert verify(sign(raw), raw), "as sent: Python identity, .NET, Java"
    assert verify(sign(unquote(raw)), raw), "decoded: Python rooms"
    if query:
        # As in a browser's form: a space becomes +, * stays, ~ is encoded, and + is read as a space.
        read = [(name, value.replace("+", " ")) for name, value in query]
        form = urlencode(read, safe="*").replace("~", "%7E")
        assert verify(sign(f"{raw.partition('?')[0]}?{form}"), raw), "as a form: JavaScript"


@pytest.mark.parametrize(
    ("query", "targets"),
    [
        pytest.param(b"api-version=2025-03-13", 1, id="as every client writes it"),
        pytest.param(b"a=1%2B2", 2, id="escaped as a form"),
        pytest.param(b"a=1/2", 2, id="not a form"),
        pytest.param(b"a", 2, id="a name alone"),
        pytest.param(b"a&" * 31 + b"a", 2, id="the most fields that are re-encoded"),
        pytest.param(b"a&" * 32 + b"a", 1, id="one field more"),
        pytest.param(b"a&" * 3950, 1, id="many fields"),
    ],
)
def test_only_different_forms_are_tried(query: bytes, targets: int) -> None:
    assert len(list(signed_targets(b"/rooms", query))) == targets


@pytest.mark.parametrize(
    ("received", "signed"),
    [
        ("localhost:8443", "localhost:8443"),
        ("localhost:8443", "localhost"),
        ("localhost", "localhost:443"),
        ("[::1]:8443", "[::1]"),
        ("[::1]", "[::1]:443"),
    ],
)
def test_every_form_of_the_host_verifies(received: str, signed: str) -> None:
    assert verify(sign("/rooms", signed), "/rooms", received=received)


@given(st.binary(max_size=64))
def test_no_other_signature_verifies(signature: bytes) -> None:
    assume(signature != sign("/rooms"))
    assert not verify(signature, "/rooms")


@pytest.mark.parametrize(
    "changed",
    [
        {"method": b"POST"},
        {"date": b"Fri, 29 Aug 2025 00:29:49 GMT"},
        {"body_hash": content_hash(b"x").encode()},
    ],
)
def test_every_part_is_covered(changed: dict[str, bytes]) -> None:
    assert verify(sign("/rooms"), "/rooms")
    assert not verify(sign("/rooms"), "/rooms", **changed)


@pytest.mark.parametrize("host", ["localhost:8444", "localhost:80", "elsewhere", "localhost.evil"])
def test_another_host_does_not_verify(host: str) -> None:
    assert not verify(sign("/rooms", "other:8443"), "/rooms", received=host)


@pytest.mark.parametrize("target", ["/rooms/1", "/rooms?", "/rooms?a=b", "/Rooms"])
def test_another_target_does_not_verify(target: str) -> None:
    assert not verify(sign("/rooms"), target.rstrip("?") if target != "/rooms?" else "/rooms/")


@given(st.binary(max_size=40))
def test_any_query_is_handled_without_an_error(query: bytes) -> None:
    assert next(signed_targets(b"/rooms", query)).startswith(b"/rooms")
    assert len(list(signed_targets(b"/rooms", query))) <= 3
