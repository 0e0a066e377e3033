"""Raw bytes over a socket: malformed requests, too large requests and slow clients."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.application import World, user
from tests.support.application import world as make_world
from tests.support.listening import Impatient, listening

from openrooms.server.process.settings import Settings
from openrooms.server.web.app import Mount
from openrooms.server.web.connection import HEAD_LIMIT, TARGET_LIMIT
from openrooms.server.web.messages import Receive, Scope, Send

# Every body is JSON and ends with this.
END = b"}"
HEALTH = b"GET /openrooms/health HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.fixture
async def port(world: World) -> AsyncIterator[int]:
    async with listening(world.app) as number:
        yield number


async def talk(port: int, *pieces: bytes, answers: int = 1, pause: float = 0) -> bytes:
    """Send the pieces; return the given number of answers, or fewer if the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
        while received.count(END) < answers and (data := await reader.read(65_536)):
            received += data
    writer.close()
    return received


def request(world: World, method: str, target: str, body: bytes = b"", more: str = "") -> bytes:
    """Return the bytes of a signed request."""
    target += "?api-version=2025-03-13"
    head = "".join(f"{name}: {value}\r\n" for name, value in world.signed(method, target, body, host="x").items())
    length = f"content-length: {len(body)}\r\n" if body and "chunked" not in more else ""
    return f"{method} {target} HTTP/1.1\r\n{head}{length}{more}\r\n".encode() + body


def statuses(answers: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def test_http_1_1_requires_a_host_header(port: int) -> None:
    assert status(await talk(port, b"GET /openrooms/health HTTP/1.1\r\n\r\n")) == 400
    assert status(await talk(port, b"GET /openrooms/health HTTP/1.0\r\n\r\n")) == 200


@pytest.mark.parametrize(
    "garbage",
    [
        b"\r\n\r\nnonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /\x00 HTTP/1.1\r\n\r\n",
        b"GET * HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nname\r\n\r\n",
        b"GET / HTTP/1.1\r\na: b\x01\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
        b"POST / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "GET /\u00e9 HTTP/1.1\r\nhost: x\r\n\r\n".encode(),
    ],
)
async def test_malformed_request_gets_the_usual_error_body(port: int, garbage: bytes) -> None:
    answer = await talk(port, garbage)
    # A chunked body may fail after the head alone was already answered.
    assert status(answer) in (400, 401)
    assert b'{"error":{"code":' in answer
    assert b"Traceback" not in answer
    assert status(await talk(port, HEALTH)) == 200


@pytest.mark.parametrize("size", [TARGET_LIMIT + 1, HEAD_LIMIT + 1, 200_000])
@pytest.mark.parametrize("pieces", [1, 3])
async def test_too_long_target(port: int, size: int, pieces: int) -> None:
    head = b"GET /%b HTTP/1.1\r\nhost: x\r\n\r\n" % (b"a" * size)
    step = len(head) // pieces + 1
    answer = await talk(port, *(head[start : start + step] for start in range(0, len(head), step)), pause=0.01)
    assert status(answer) == 414
    assert b"connection: close" in answer


@pytest.mark.parametrize("headers", [b"a: %b\r\n" % (b"b" * HEAD_LIMIT), b"name: value\r\n" * 1500])
@pytest.mark.parametrize("end", [b"\r\n", b""])
async def test_too_large_headers(port: int, headers: bytes, end: bytes) -> None:
    first = b"GET /rooms HTTP/1.1\r\nhost: x\r\n"
    answer = await talk(port, first, headers, end, pause=0.01)
    assert status(answer) == 431
    assert status(await talk(port, first + headers + b"x: y\r\n\r\n")) == 431


@pytest.mark.parametrize(("fields", "expected"), [(99, 200), (100, 431), (2000, 431)])
async def test_too_many_header_fields(port: int, fields: int, expected: int) -> None:
    answer = await talk(port, b"GET /openrooms/health HTTP/1.1\r\nhost: x\r\n" + b"a:\r\n" * fields + b"\r\n")
    assert status(answer) == expected


async def test_long_head_within_the_limits(port: int) -> None:
    answer = await talk(port, b"GET /openrooms/health HTTP/1.1\r\nhost: x\r\na: %b\r\n\r\n" % (b"b" * 15_000))
    assert status(answer) == 200


async def test_many_requests_on_one_connection(port: int) -> None:
    answer = await talk(port, HEALTH * 5, HEALTH, answers=6)
    assert answer.count(b"HTTP/1.1 200 OK") == 6


class TestWithoutAsgi:
    """Requests that the service answers without ASGI behave like all others."""

    async def test_pipelined_requests_are_answered_in_order(self, world: World, port: int) -> None:
        room = (await world.create())["id"]
        read = request(world, "GET", f"/rooms/{room}")
        write = request(world, "PATCH", f"/rooms/{room}", b"{}") + request(world, "POST", "/rooms", b"{}")
        last = request(world, "DELETE", f"/rooms/{room}", more="connection: close\r\n")
        answers = await talk(port, read + write + HEALTH + read + last, answers=99)
        assert statuses(answers) == [200, 200, 201, 200, 200, 204]

    @pytest.mark.parametrize("pause", [0, 0.01])
    async def test_body_in_pieces(self, world: World, port: int, pause: float) -> None:
        whole = request(world, "POST", "/rooms", b'{"participants":{"%b":{"role":"Presenter"}}}' % user().encode())
        pieces = [whole[start : start + 40] for start in range(0, len(whole), 40)]
        assert status(await talk(port, *pieces, pause=pause)) == 201

    async def test_chunked_body(self, world: World, port: int) -> None:
        whole = request(world, "POST", "/rooms", b"{}", "transfer-encoding: chunked\r\n")
        head = whole.removesuffix(b"{}")
        answer = await talk(port, head, b"1\r\n{\r\n", b"1\r\n}\r\n", b"0\r\n\r\n" + HEALTH, answers=2, pause=0.01)
        assert statuses(answer) == [201, 200]

    async def test_large_body_is_read_as_it_is_consumed(self, world: World, port: int) -> None:
        body = b" " * 900_000 + b"{}"
        answer = await talk(port, request(world, "POST", "/rooms", body) + HEALTH, answers=2)
        assert statuses(answer) == [201, 200]

    async def test_head_has_no_body(self, world: World, port: int) -> None:
        room = (await world.create())["id"]
        answer = await talk(port, request(world, "HEAD", f"/rooms/{room}") + HEALTH, answers=1)
        assert statuses(answer) == [200, 200]
        assert answer.count(b"createdAt") == 0
        assert b"content-length: 1" in answer

    async def test_last_answer_closes_the_connection(self, world: World, port: int) -> None:
        room = (await world.create())["id"]
        last = request(world, "GET", f"/rooms/{room}", more="connection: close\r\n")
        answer = await talk(port, last + HEALTH, answers=2)
        assert statuses(answer) == [200]
        assert answer.count(b"connection: close") == 1

    @pytest.mark.parametrize("target", ["http://x/rooms?a=b", "//rooms?a=b", "/rooms?a=b#part"])
    async def test_other_target_forms_are_served_by_asgi(self, world: World, port: int, target: str) -> None:
        meant = target.removeprefix("http://x").partition("#")[0]
        head = "".join(f"{name}: {value}\r\n" for name, value in world.signed("GET", meant, host="x").items())
        answer = await talk(port, f"GET {target} HTTP/1.1\r\n{head}\r\n".encode())
        # The caller is authenticated, and the error says that the version is missing.
        assert status(answer) == 400
        assert b"ApiVersionUnspecified" in answer

    async def test_unsupported_upgrade_is_ignored(self, world: World, port: int) -> None:
        room = (await world.create())["id"]
        more = "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n"
        assert status(await talk(port, request(world, "GET", f"/rooms/{room}", more=more))) == 200

    async def test_incomplete_request_changes_nothing(self, world: World, port: int) -> None:
        whole = request(world, "POST", "/rooms", b'{"pstnDialOutEnabled":true}')
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(whole[:-1])
        await writer.drain()
        writer.transport.abort()
        assert status(await talk(port, request(world, "GET", "/rooms"))) == 200
        assert (await world.call("GET", "/rooms")).json["value"] == []
        reader.feed_eof()

    async def test_cors_headers_go_to_allowed_origins_only(self, tmp_path: Path) -> None:
        async with (
            make_world(tmp_path, settings=Settings(development=True, cors_origins=("https://app.example",))) as made,
            listening(made.app) as port,
        ):
            for origin, marks in (("", 0), ("origin: https://app.example\r\n", 1), ("origin: https://x\r\n", 0)):
                answer = await talk(port, request(made, "GET", "/rooms", more=origin))
                assert status(answer) == 200
                assert answer.count(b"access-control-allow-origin: https://app.example") == marks


async def test_pipelined_head_has_its_own_limit(world: World, port: int) -> None:
    body = b" " * 60_000 + b"{}"
    target = "/rooms?api-version=2025-03-13"
    head = "".join(f"{name}: {value}\r\n" for name, value in world.signed("POST", target, body, host="x").items())
    first = f"POST {target} HTTP/1.1\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body
    answer = await talk(port, first + HEALTH[:9], HEALTH[9:], answers=2, pause=0.05)
    assert answer.count(b"HTTP/1.1 201 Created") == answer.count(b"HTTP/1.1 200 OK") == 1


async def test_unauthenticated_body_is_not_read(port: int) -> None:
    answer = await talk(port, b"POST /rooms HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n")
    assert status(answer) == 401


async def test_unauthenticated_expect_is_refused_at_once(port: int) -> None:
    head = b"POST /rooms HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n"
    assert status(await talk(port, head)) == 401


@pytest.mark.parametrize(
    ("pieces", "answered"),
    [
        pytest.param([b""], None, id="silent from the start"),
        pytest.param([b"GET / HT"], 408, id="a head that stops"),
        pytest.param([b"GET / HTTP/1.1\r\n", b"a: b\r\n", b"c: d\r\n"], 408, id="a head in drops"),
        pytest.param(
            [b"POST /rooms HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n", b"1"], 401, id="a body that stops"
        ),
        pytest.param([HEALTH, b"GET"], 200, id="a second head that stops"),
    ],
)
async def test_slow_clients_are_closed(world: World, pieces: list[bytes], answered: int | None) -> None:
    async with listening(world.app, Impatient) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(5):
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.03)
            answer = await reader.read()
        writer.close()
    assert (status(answer) if answer else None) == answered


async def test_known_caller_with_stalled_body_gets_408(world: World) -> None:
    async with listening(world.app, Impatient) as port:
        signed = world.signed("POST", "/rooms?api-version=2025-03-13", b"{}", host="x")
        head = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        text = f"POST /rooms?api-version=2025-03-13 HTTP/1.1\r\n{head}content-length: 2\r\n\r\n{{"
        answer = await talk(port, text.encode())
    assert status(answer) == 408
    assert b"RequestTimeout" in answer


async def test_idle_connections_are_closed(world: World) -> None:
    async with listening(world.app, Impatient) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEALTH)
        async with asyncio.timeout(5):
            assert status(await reader.read()) == 200
        writer.close()


async def test_used_connection_stays_open(world: World) -> None:
    async with listening(world.app, Impatient) as port:
        answer = await talk(port, *[HEALTH] * 8, answers=8, pause=0.05)
    assert answer.count(b"HTTP/1.1 200 OK") == 8


async def test_unread_large_body_closes_the_connection(world: World) -> None:
    signed = world.signed("POST", "/rooms?api-version=2025-03-13", b"{}", host="x")
    head = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
    text = f"POST /rooms?api-version=2025-03-13 HTTP/1.1\r\n{head}content-length: 20000000\r\n\r\n"
    async with listening(world.app, Impatient) as port:
        answer = await talk(port, text.encode(), b" " * 300_000, HEALTH, answers=3)
    assert status(answer) == 413
    assert answer.count(b"connection: close") == 1
    assert answer.count(b"HTTP/1.1") == 1


async def test_asgi_answers_are_framed(tmp_path: Path) -> None:
    async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"{whole}"})

    async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for piece in (b"{in ", b"pieces}"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    mounts = [Mount("/page", page), Mount("/stream", stream)]
    async with make_world(tmp_path, mounts=mounts) as made, listening(made.app) as port:
        whole = await talk(port, b"GET /page/1 HTTP/1.1\r\nhost: x\r\n\r\n")
        pieces = await talk(port, b"GET /stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", answers=9)
    assert whole.endswith(b"content-length: 7\r\n\r\n{whole}")
    assert pieces.endswith(b"4\r\n{in \r\n7\r\npieces}\r\n0\r\n\r\n")


async def test_streamed_answer_may_outlast_the_timeout(tmp_path: Path) -> None:
    async def drops(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(8):
            await asyncio.sleep(Impatient.answer_seconds / 3)
            await send({"type": "http.response.body", "body": b"drop", "more_body": True})
        await send({"type": "http.response.body", "body": b"}"})

    async def silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.sleep(60)

    mounts = [Mount("/drops", drops), Mount("/silent", silent)]
    async with make_world(tmp_path, mounts=mounts) as made, listening(made.app, Impatient) as port:
        assert (await talk(port, b"GET /drops HTTP/1.1\r\nhost: x\r\n\r\n")).count(b"drop") == 8
        assert status(await talk(port, b"GET /silent HTTP/1.1\r\nhost: x\r\n\r\n")) == 503


async def test_failing_application_is_a_500(tmp_path: Path) -> None:
    async def failing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("as applications do")

    async def forgetful(_scope: Scope, _receive: Receive, _send: Send) -> None:
        return

    mounts = [Mount("/failing", failing), Mount("/forgetful", forgetful)]
    async with make_world(tmp_path, mounts=mounts) as made, listening(made.app) as port:
        for path in (b"/failing", b"/forgetful"):
            answer = await talk(port, b"GET %b HTTP/1.1\r\nhost: x\r\n\r\n" % path)
            assert status(answer) == 500
            assert b"connection: close" in answer
