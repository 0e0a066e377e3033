"""The request log: what a production service logs of a request, and what only a development service adds."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from msgspec.structs import replace
from tests.support.application import DATE, HOST, KEY, World, http_date, signed, world
from tests.support.line import Line, statuses
from tests.support.service import Process, dev
from tests.web.test_auth import DENIED, OTHER_KEY, TARGET

from openrooms.domain.moments import HOUR, Moment
from openrooms.server.web.app import Mount, Records
from openrooms.server.web.messages import Receive, Scope, Send
from openrooms.server.web.metrics import Metrics
from openrooms.server.web.request_log import RequestLog


async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def development(tmp_path: Path) -> AsyncIterator[World]:
    mounts = [Mount("/call", page)]
    async with world(
        tmp_path / "development", records=Records(Metrics(), RequestLog(explains=True)), mounts=mounts
    ) as made:
        yield made


@pytest.fixture
async def production(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "production", records=Records(Metrics(), RequestLog())) as made:
        yield made


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> None:
    for name in ("development", "production"):
        (tmp_path / name).mkdir()


def refused(change: dict[str, str | None]) -> dict[str, str]:
    headers: dict[str, str | None] = {**signed("GET", TARGET, b"", DATE), **change}
    return {name: value for name, value in headers.items() if value is not None}


REFUSALS = [
    pytest.param({"authorization": None}, "form: there is no Authorization header", id="nothing"),
    pytest.param({"authorization": "Basic eDp5"}, "form: Authorization is neither", id="another scheme"),
    pytest.param({"x-ms-date": None}, "date: the signed date is missing", id="no date"),
    pytest.param({"x-ms-date": "yesterday"}, "date: the signed date is missing, or not of the form", id="no such date"),
    pytest.param({"x-ms-content-sha256": None}, "body hash: there is no", id="no body hash"),
    pytest.param({"authorization": "Bearer x"}, "token: this service did not issue it", id="no token"),
    pytest.param(
        signed("GET", TARGET, b"", http_date(Moment(0)), KEY), "date: the signed date is too far", id="an old signature"
    ),
    pytest.param(signed("GET", TARGET, b"", DATE, OTHER_KEY), "key: the signature was made with", id="another key"),
    pytest.param(signed("GET", TARGET, b"other", DATE), "body hash: x-ms-content-sha256 is not", id="another body"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSALS)
async def test_only_development_logs_the_reason(
    development: World, production: World, change: dict[str, str | None], reason: str
) -> None:
    headers = refused(change)
    with structlog.testing.capture_logs() as events:
        here = await development.send("GET", TARGET, headers=headers)
        there = await production.send("GET", TARGET, headers=headers)
    assert here.status == there.status == 401
    assert here.body == there.body
    explained, plain = (event for event in events if event["event"] == "request")
    assert explained["why"].startswith(reason)
    assert (explained["path"], explained["operation"]) == ("/rooms", "list_rooms")
    assert "why" not in plain
    assert reason not in str(plain)


async def test_unknown_host_is_logged_as_the_reason(development: World) -> None:
    [resource] = await development.storage.list_resources()
    await development.storage.change_resource(resource.id, lambda kept: replace(kept, host="another.example"))
    await development.resources.refresh()
    with structlog.testing.capture_logs() as events:
        answer = await development.call("GET", "/rooms")
    assert answer.json == DENIED
    assert events[0]["why"] == "host: no resource answers to this Host header"


async def test_string_to_sign_is_logged_for_bad_signatures_only(development: World, production: World) -> None:
    headers = signed("GET", TARGET, b"", DATE, OTHER_KEY)
    with structlog.testing.capture_logs() as events:
        await development.send("GET", TARGET, headers=headers)
        await development.call("GET", "/rooms")
        await production.send("GET", TARGET, headers=headers)
    [text] = [event["text"] for event in events if event["event"] == "string to sign"]
    assert text == f"GET\n{TARGET}\n{DATE};{HOST};{headers['x-ms-content-sha256']}"


async def test_expired_token_is_logged_as_expired(development: World) -> None:
    user = (
        await development.call("POST", "/identities", {"createTokenWithScopes": ["voip"]}, version="2023-10-01")
    ).json
    development.clock.advance(seconds=25 * HOUR / 10_000_000)
    headers = {"authorization": f"Bearer {user['accessToken']['token']}"}
    with structlog.testing.capture_logs() as events:
        assert (await development.send("GET", "/openrooms/x", headers=headers)).status == 401
    assert events[-1]["why"] == "token: it has expired or was revoked"


async def test_other_refusals_log_their_message(development: World) -> None:
    with structlog.testing.capture_logs() as events:
        assert (await development.call("GET", "/rooms/99475330965778483")).status == 404
    assert events[0]["why"] == "The server cannot find the requested resource."


async def test_logged_page_paths_have_no_control_characters(development: World) -> None:
    with structlog.testing.capture_logs() as events:
        assert (await development.send("GET", "/call/\x1b[2J")).status == 200
    [event] = events
    assert (event["method"], event["path"], event["status"]) == ("GET", r"/call/\x1b[2J", 200)


@pytest.fixture(scope="module")
def with_calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with dev(tmp_path_factory.mktemp("calls"), "--livekit", "ws://127.0.0.1:9") as process:
        yield process


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        pytest.param("/livekit/rtc", "token: there is no access_token", id="no token"),
        pytest.param("/livekit/rtc?access_token=a.b", "token: it does not have the form", id="no such form"),
        pytest.param(
            f"/livekit/rtc?access_token=eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.{'A' * 43}",
            "token: Signature verification failed",
            id="another key",
        ),
        pytest.param("/livekit/rtc?access_token=a&access_token=b", "token: there are several", id="two tokens"),
        pytest.param("/livekit/twirp/x", "This path is not one of LiveKit's", id="another path"),
    ],
)
@pytest.mark.parametrize("is_websocket", [False, True], ids=["validate", "connect"])
def test_development_logs_why_the_gate_refuses(
    with_calls: Process, target: str, reason: str, is_websocket: bool
) -> None:
    path, _, query = target.partition("?")
    target = target if is_websocket else f"{path}/validate?{query}"
    upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    upgrade += f"sec-websocket-key: {'A' * 22}==\r\n"
    before = len(with_calls.output())
    with Line(with_calls) as line:
        head = f"GET {target} HTTP/1.1\r\nhost: localhost\r\n{upgrade if is_websocket else ''}\r\n"
        [status] = statuses(line.send(head.encode()).read(1))
    [event] = [json.loads(text) for text in with_calls.output()[before:].splitlines() if '"event": "request"' in text]
    assert event["status"] == status
    assert status in (401, 403)
    assert event["why"].startswith(reason)
