"""Logs: one line for each event, for machines or people, and never a secret."""

import asyncio
import datetime as dt
import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
import structlog

from openrooms._terminal import may_style
from openrooms.domain.errors import NotAuthenticated
from openrooms.server.core.redaction import without_secrets
from openrooms.server.process import logs
from openrooms.server.web import request_log
from openrooms.server.web.messages import Connection, Request
from openrooms.server.web.request_log import RequestLog

TOKEN = "eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl"
OPAQUE = "c2VjcmV0/IHNlY3JldA=="
ENCODED = quote(OPAQUE, safe="")


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Return a function that returns what went to standard error; restore logging afterwards."""
    root = logging.getLogger()
    before = root.handlers, root.level
    yield lambda: capsys.readouterr().err
    root.handlers, root.level = before
    structlog.reset_defaults()


def test_json_has_one_line_for_each_event(printed: Callable[[], str]) -> None:
    logs.configure("info", "json")
    with structlog.contextvars.bound_contextvars(request_id="7"):
        structlog.get_logger("openrooms").info("room created", room="99475330965778483")
        logging.getLogger("some.library").warning("retrying %s", "soon")
    ours, theirs = map(json.loads, printed().splitlines())
    assert (ours["event"], ours["room"], ours["level"], ours["request_id"]) == (
        "room created",
        "99475330965778483",
        "info",
        "7",
    )
    assert (theirs["event"], theirs["logger"], theirs["request_id"]) == ("retrying soon", "some.library", "7")


def test_text_has_no_colors_in_a_pipe(printed: Callable[[], str]) -> None:
    logs.configure("info", "text")
    structlog.get_logger("openrooms").info("room created", room="99475330965778483")
    line = printed()
    assert "room created" in line
    assert "\x1b" not in line


def test_events_below_the_level_are_not_printed(printed: Callable[[], str]) -> None:
    logs.configure("warning", "json")
    structlog.get_logger("openrooms").info("room created")
    assert printed() == ""


def test_hidden_secrets_leave_valid_json(printed: Callable[[], str]) -> None:
    logs.configure("info", "json")
    texts = [f'"accesskey={TOKEN}"', f"Signature={TOKEN}\nnext", f'"https://a:{TOKEN}@b"', f"Bearer {TOKEN}"]
    structlog.get_logger("openrooms").info("said", texts=texts, odd=object(), surrogate="\udcff")
    said = json.loads(printed())
    assert said["texts"] == ['"accesskey=..."', "Signature=...\nnext", '"https://a:...@b"', "Bearer ..."]
    assert said["surrogate"] == "\udcff"


async def test_a_request_has_the_line_that_structlog_writes(
    printed: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.configure("info", "json")
    # A logger keeps the stream of its first event.
    monkeypatch.setattr(request_log, "_log", structlog.get_logger("openrooms.web"))
    request = Request("GET", b"/rooms", b"", (), Connection("http", "2001:db8::1", 8720))
    direct = RequestLog(write=logs.line_writer("json"))
    for log in (RequestLog(), direct):
        log.note(request, "list_rooms", 401, 0.00126, b"7.0", NotAuthenticated("date: missing"))
    with logs.without_requests():
        direct.note(request, "list_rooms", 200, 0.00126, b"8.0")
    await asyncio.sleep(0)
    theirs, ours = printed().splitlines()
    assert json.loads(ours).keys() == json.loads(theirs).keys()
    (theirs, time), (ours, our_time) = (line.split('"timestamp": ') for line in (theirs, ours))
    assert ours == theirs
    assert 0 <= (_moment(our_time) - _moment(time)).total_seconds() < 60


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.strip('"}'))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"GET /livekit/rtc?access_token={TOKEN}&v=1", id="a media token in a query"),
        pytest.param(f"GET /livekit/rtc/v1?join_request={TOKEN}", id="a join request"),
        pytest.param(f"Authorization: Bearer {TOKEN}", id="a bearer token"),
        pytest.param(f"endpoint=https://x/;accesskey={TOKEN}", id="a connection string"),
        pytest.param(f"HMAC-SHA256 SignedHeaders=x-ms-date&Signature={TOKEN}", id="a signature"),
        pytest.param(f"postgresql://openrooms:{TOKEN}@db/openrooms", id="a password in a URL"),
        pytest.param(f"cannot use {TOKEN}", id="a bare token"),
        pytest.param(f"https://rooms.example/call/99475330965778483#{TOKEN}", id="a call link"),
        pytest.param(f'{{"token":"{TOKEN}","expiresOn":"2030"}}', id="a token in JSON"),
        pytest.param(f"host=db password={OPAQUE} user=openrooms", id="a password among parameters"),
        pytest.param(f"host=db password='{OPAQUE} {OPAQUE}'", id="a quoted password with a space"),
        pytest.param(f'{{"token":"{OPAQUE}"}}', id="an opaque token in JSON"),
        pytest.param(f"{{'mediaToken': '{OPAQUE}'}}", id="a token in a dictionary"),
        pytest.param(f'{{"primaryKey": "{OPAQUE}", "secondaryKey": "{OPAQUE}"}}', id="access keys in JSON"),
        pytest.param(f'{{"name":"primary","key":"{OPAQUE}"}}', id="an access key that was asked for"),
        pytest.param(f"whsec_{OPAQUE}", id="the secret of a subscription"),
        pytest.param(f"LiveKit(api_secret={OPAQUE})", id="an API secret"),
        pytest.param(f'"url":"https://rooms.example/j#{OPAQUE}"', id="the link of an invitation"),
        pytest.param(f"GET /j%23{OPAQUE}", id="a link that a mail program encoded"),
        pytest.param(f"GET /j/%2523{OPAQUE} HTTP/1.1", id="a link that was encoded twice"),
        pytest.param(f"set-cookie: openrooms-invitation-00ff={OPAQUE}; HttpOnly", id="a browser's key"),
        pytest.param(f"openrooms-invitation-secret: {OPAQUE}", id="the secret of an invitation"),
        pytest.param(f"https://rooms.example/console#{OPAQUE}", id="a one-time link to the console"),
        pytest.param(f"GET /console/callback?code={OPAQUE}&state={OPAQUE}", id="the answer of an issuer"),
        pytest.param(f"cookie: __Host-openrooms-console={OPAQUE}; a=b", id="the cookie of a session"),
        pytest.param(f"openrooms-sign-in-8721=0.{OPAQUE}", id="the cookie of a sign-in"),
        pytest.param(f"next=%2Frtc%3Faccess_token%3D{ENCODED}%26v%3D1", id="a percent-encoded query"),
        pytest.param(f"accesskey%253D{OPAQUE}", id="an access key encoded twice"),
        pytest.param(f"Authorization%3A%20Bearer%20{OPAQUE}", id="a percent-encoded bearer token"),
        pytest.param(f"postgresql%3A%2F%2Fopenrooms%3A{ENCODED}%40db%2Fopenrooms", id="a percent-encoded URL"),
        pytest.param(f"-----BEGIN PRIVATE KEY-----\n{OPAQUE}\n-----END PRIVATE KEY-----", id="a PEM block"),
        pytest.param(f"-----BEGIN%20EC%20PRIVATE%20KEY-----%0A{OPAQUE}", id="a PEM block that is cut off"),
    ],
)
@pytest.mark.parametrize("style", ["json", "text"])
def test_secrets_are_hidden(printed: Callable[[], str], style: str, text: str) -> None:
    logs.configure("info", style)
    structlog.get_logger("openrooms").info(text, value=text)
    logging.getLogger("some.library").warning(text)
    try:
        raise RuntimeError(text)
    except RuntimeError:
        structlog.get_logger("openrooms").exception("failed")
        logging.getLogger("some.library").exception("failed")
    said = printed()
    assert TOKEN not in said
    assert OPAQUE not in said
    assert ENCODED not in said
    assert said.count("RuntimeError") >= 2


def test_request_is_one_short_line(printed: Callable[[], str]) -> None:
    logs.configure("info", "text")
    log = structlog.get_logger("openrooms")
    log.info("request", operation="get_room", method="GET", path="/rooms/7", status=200, ms=1.26, request_id="7")
    log.info("request", operation="list_rooms", method="GET", path="/rooms", status=401, ms=0.3, why="date: missing")
    good, bad = printed().splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d GET     /rooms/7 200 1.3 ms get_room", good)
    assert bad.endswith("GET     /rooms 401 0.3 ms list_rooms  date: missing")


@pytest.mark.parametrize(
    ("variables", "has_colors"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colors_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], has_colors: bool
) -> None:
    for name, value in ({"NO_COLOR": "", "TERM": "xterm"} | variables).items():
        monkeypatch.setenv(name, value)
    primary, secondary = os.openpty()
    with os.fdopen(primary, closefd=True), os.fdopen(secondary, "w") as terminal:
        assert may_style(terminal) is has_colors


def test_own_requests_are_not_logged(printed: Callable[[], str]) -> None:
    logs.configure("info", "text")
    log = structlog.get_logger("openrooms")
    with logs.without_requests():
        log.info("request", method="GET", status=200, ms=1.0)
        log.info("room created")
    log.info("request", method="PUT", status=200, ms=1.0)
    said = printed()
    assert "GET" not in said
    assert said.count("\n") == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"event": "request", "operation": "issue_token", "status": 201, "credential": "primary key"}',
        "GET /rooms?api-version=2025-03-13&maxPageSize=5",
        "the key and the token are kept: see https://rooms.example/keys",
        "2026-01-01T00:00:00Z https://rooms.example:8443/rooms@home",
    ],
)
def test_other_text_is_unchanged(text: str) -> None:
    assert without_secrets(text) == text


def test_colored_field_hides_its_secret() -> None:
    assert OPAQUE not in without_secrets(f"\x1b[36mpassword\x1b[0m=\x1b[35m{OPAQUE}\x1b[0m")
