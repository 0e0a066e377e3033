"""The call page: only the built files are served, with a strict policy."""

import gzip
import time

import pytest

from openrooms.server.web.branding import Description, brand
from openrooms.server.web.embedding import Embedding, parse_origin
from openrooms.server.web.limits import Limits
from openrooms.server.web.pages import Pages
from openrooms.server.web.proxies import Proxies

UNLIMITED = Limits(None, time.monotonic)


@pytest.fixture
def pages(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "call.html").write_text("<!doctype html><title>Call</title>")
    (tmp_path / "console.html").write_text("<!doctype html><title>Console</title>")
    (tmp_path / "assets" / "blur-1a2b").mkdir()
    (tmp_path / "assets" / "blur-1a2b" / "runtime.wasm.gz").write_bytes(gzip.compress(b"\0asm"))
    (tmp_path / "assets" / "call-1a2b.js").write_text("let x = 1;" * 100)
    (tmp_path / "assets" / "sound-1a2b.mp3").write_bytes(b"\xff\xfb")
    (tmp_path / "calling").mkdir()
    (tmp_path / "calling" / "openrooms-calling-1.46.0.tgz").write_bytes(b"\x1f\x8b")
    (tmp_path / "secret.txt").write_text("not for everyone")
    return Pages(Proxies(()), UNLIMITED, folder=tmp_path)


async def get(pages, path, method="GET", host="rooms.example", **headers):
    messages = []

    async def send(message):
        messages.append(message)

    async def receive():
        raise AssertionError("a page has no body to read")

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "https",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 443),
        "headers": [
            (b"host", host.encode()),
            *((k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()),
        ],
    }
    await pages(scope, receive, send)
    return messages[0]["status"], dict(messages[0]["headers"]), messages[1]["body"]


async def test_every_room_has_the_page_without_caching(pages):
    for path in ("/call/99400000000000000", "/call", "/call/", "/j", "/j/", "/j#SECRET", "/j%23SECRET", "/j/#SECRET"):
        status, headers, body = await get(pages, path)
        assert (status, body) == (200, b"<!doctype html><title>Call</title>")
        assert headers[b"content-type"] == b"text/html"
        assert headers[b"cache-control"] == b"no-cache"


async def test_every_address_of_the_console_has_its_page(pages):
    for path in ("/console", "/console/", "/console/rooms", "/console/rooms/99400000000000000", "/console/nowhere"):
        status, headers, body = await get(pages, path)
        assert (status, body) == (200, b"<!doctype html><title>Console</title>")
        assert headers[b"cache-control"] == b"no-cache"
        assert "unsafe" not in headers[b"content-security-policy"].decode()


async def test_apps_install_the_calling_package_from_the_service(pages):
    status, headers, body = await get(pages, "/openrooms/calling/openrooms-calling-1.46.0.tgz", accept_encoding="gzip")
    assert (status, body) == (200, b"\x1f\x8b")
    assert headers[b"content-type"] == b"application/gzip"
    assert b"content-encoding" not in headers
    for name in ("", "openrooms-calling-1.0.0.tgz", "../secret.txt"):
        status, _, body = await get(pages, f"/openrooms/calling/{name}")
        assert (status, body) == (404, b"There is no such file.")


async def test_the_policy_allows_only_the_own_service(pages):
    _, headers, _ = await get(pages, "/call/99400000000000000")
    policy = dict(part.split(" ", 1) for part in headers[b"content-security-policy"].decode().split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert policy["connect-src"] == "'self' wss://rooms.example"
    assert policy["frame-ancestors"] == "'none'"
    _, others, _ = await get(pages, "/console")
    assert "unsafe" not in others[b"content-security-policy"].decode()
    assert headers[b"referrer-policy"] == b"no-referrer"
    assert b"camera=(self)" in headers[b"permissions-policy"]


async def test_assets_are_immutable_and_compressed(pages):
    """Only files that get smaller are compressed."""
    status, headers, body = await get(pages, "/assets/call-1a2b.js", accept_encoding="br, gzip")
    assert status == 200
    assert gzip.decompress(body) == b"let x = 1;" * 100
    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"vary"] == b"Accept-Encoding"
    assert b"immutable" in headers[b"cache-control"]
    assert headers[b"x-content-type-options"] == b"nosniff"
    _, headers, body = await get(pages, "/assets/call-1a2b.js")
    assert (body, b"content-encoding" in headers) == (b"let x = 1;" * 100, False)
    _, headers, body = await get(pages, "/assets/sound-1a2b.mp3", accept_encoding="gzip")
    assert (body, b"content-encoding" in headers) == (b"\xff\xfb", False)


async def test_a_large_asset_is_compressed_by_the_build(pages):
    """Clients that accept no gzip get it as it was."""
    for accepted in ({"accept_encoding": "gzip"}, {}):
        status, headers, body = await get(pages, "/assets/blur-1a2b/runtime.wasm", **accepted)
        assert (status, headers[b"content-type"]) == (200, b"application/wasm")
        assert (gzip.decompress(body) if accepted else body) == b"\0asm"
        assert headers.get(b"content-encoding") == (b"gzip" if accepted else None)


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/blur-1a2b",
        "/assets/blur-1a2b/runtime.wasm.gz",
        "/assets/nothing.js",
        "/assets/../secret.txt",
        "/assets/..%2fsecret.txt",
        "/assets//etc/passwd",
        "/assets",
    ],
)
async def test_nothing_else_is_served(pages, path):
    status, _, body = await get(pages, path)
    assert status == 404
    assert b"everyone" not in body


async def test_head_has_no_body_and_post_is_refused(pages):
    status, headers, body = await get(pages, "/call/1", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers[b"content-length"]) > 0
    assert (await get(pages, "/call/1", method="POST"))[0] == 405


async def test_a_malformed_host_is_refused(pages):
    """It must not appear in a header of the answer."""
    status, headers, _ = await get(pages, "/call/1", host="x; script-src *")
    assert status == 400
    assert b"content-security-policy" not in headers


async def test_a_missing_page_is_reported(tmp_path):
    status, _, body = await get(Pages(Proxies(()), UNLIMITED, folder=tmp_path), "/call/1")
    assert status == 404
    assert b"not been built" in body


async def test_a_branding_is_on_the_call_page_alone(pages, tmp_path):
    """Its images are kept for a year; one that is opened by itself is sandboxed."""
    branding = brand(
        Description(name="Clinic", logo="logo.svg"), {"logo": b'<svg xmlns="http://www.w3.org/2000/svg"/>'}
    )
    (tmp_path / "call.html").write_text("<head><title>Call</title></head>")
    (tmp_path / "console.html").write_text("<head><title>Console</title></head>")
    branded = Pages(Proxies(()), UNLIMITED, folder=tmp_path, branding=branding)
    for path in ("/call/1", "/j"):
        _, headers, body = await get(branded, path, accept_encoding="gzip")
        assert gzip.decompress(body) == b"<head><title>Call</title>" + branding.head + b"</head>"
        assert headers[b"content-security-policy"] == (await get(pages, path))[1][b"content-security-policy"]
    assert b"Clinic" not in (await get(branded, "/console"))[2]
    [path] = branding.assets
    status, headers, _ = await get(branded, path)
    assert (status, headers[b"content-type"]) == (200, b"image/svg+xml")
    assert b"immutable" in headers[b"cache-control"]
    assert headers[b"content-security-policy"] == b"default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert (await get(branded, "/assets/branding-0.svg"))[0] == 404


async def test_only_named_origins_frame_the_call_page(pages, tmp_path):
    _, headers, _ = await get(pages, "/call/1")
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]
    assert headers[b"x-frame-options"] == b"DENY"
    embedding = Embedding(("https://clinic.example", "https://portal.example:8443"))
    (tmp_path / "call.html").write_text("<head></head>")
    embeddable = Pages(Proxies(()), UNLIMITED, folder=tmp_path, embedding=embedding)
    for path in ("/call/1", "/j"):
        _, headers, body = await get(embeddable, path)
        policy = headers[b"content-security-policy"]
        assert policy.endswith(b"frame-ancestors https://clinic.example https://portal.example:8443")
        # It knows no list, so browsers would obey it instead of the list.
        assert b"x-frame-options" not in headers
        assert b'content="[&quot;https://clinic.example&quot;,&quot;https://portal.example:8443&quot;]"' in body
    _, headers, body = await get(embeddable, "/console")
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]
    assert headers[b"x-frame-options"] == b"DENY"
    assert b"clinic.example" not in body


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://clinic.example", "https://clinic.example"),
        ("https://Clinic.example:443", "https://clinic.example"),
        ("https://clinic.example:8443", "https://clinic.example:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_origin_is_as_browsers_write_it(text, origin):
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        *(
            "*",
            "clinic.example",
            "https://",
            "https://*.clinic.example",
            "https://clinic.example/",
            "https://clinic.example/visit",
        ),
        *(
            "https://clinic.example?x",
            "https://user@clinic.example",
            "https://clinic.example:",
            "https://clinic.example:99999",
        ),
        *(
            "https://clinic.example; script-src *",
            "https://clinic.example 'self'",
            "https://a,b",
            "data:text/html",
            "'none'",
            "",
        ),
        *("https://clinic.example\n", "https://klinik\u00e4.example", "https://[::1", "null"),
    ],
)
def test_what_is_not_an_origin(text):
    with pytest.raises(ValueError, match="is not an origin of the form https://HOST"):
        parse_origin(text)


def test_a_page_over_http_cannot_frame_a_call():
    with pytest.raises(ValueError, match=r"no camera: give https://clinic\.example:8080"):
        parse_origin("http://clinic.example:8080")
