"""The audit trail: which requests become events, and what the events contain."""

import json
import os
import time
from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from tests.support.application import DATE, KEY, NOW, RESOURCE, SECOND_KEY, Clock, World, signed, user, world

from openrooms.domain.identities import User
from openrooms.domain.moments import HOUR, SECOND
from openrooms.domain.operators import OperatorRole
from openrooms.domain.roster import RawId
from openrooms.server.core.audit import AuditLog
from openrooms.server.core.ports import Resource
from openrooms.server.core.rates import Rate, Rates
from openrooms.server.process.settings import Settings
from openrooms.server.web.app import Records
from openrooms.server.web.limits import Limits
from openrooms.server.web.metrics import Metrics
from openrooms.wire.dates import format_moment
from openrooms.wire.signing import AccessKey

VERSIONED = "api-version=2025-03-13"
PROXIED = Settings(development=True, forwarded_allow=(ip_network("10.0.0.0/8"),))
IDENTITY = "2023-10-01"
THE_RESOURCE = Resource(RESOURCE, None, KEY.reveal(), SECOND_KEY.reveal())
Events = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def events(file: Path) -> Events:
    return lambda: [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture
async def audited(tmp_path: Path, file: Path) -> AsyncIterator[World]:
    log = AuditLog(file, Clock())
    async with world(tmp_path, records=Records(Metrics(), audit=log), settings=PROXIED) as made:
        yield made
    log.close()


async def test_each_write_is_one_event(audited: World, events: Events) -> None:
    answer = await audited.call("POST", "/rooms", headers={"x-forwarded-for": "203.0.113.7"})
    assert events() == [
        {
            "time": format_moment(NOW),
            "operation": "create_room",
            "outcome": "done",
            "status": 201,
            "resource": RESOURCE,
            "caller": f"key:{KEY.id}",
            "client": "127.0.0.1",
            "room": answer.json["id"],
            "requestId": answer.headers["ms-cv"],
        }
    ]


async def test_client_address_comes_from_a_trusted_proxy(audited: World, events: Events) -> None:
    headers = audited.signed("POST", f"/rooms?{VERSIONED}", b"{}") | {"x-forwarded-for": "198.51.100.1, 203.0.113.7"}
    for peer in ("10.1.2.3", "192.0.2.9"):
        await audited.send("POST", f"/rooms?{VERSIONED}", b"{}", headers, peer=peer)
    assert [event["client"] for event in events()] == ["203.0.113.7", "192.0.2.9"]


async def test_writes_are_audited_and_reads_are_not(audited: World, events: Events) -> None:
    room = (await audited.create())["id"]
    path = f"/rooms/{room}"
    for method, target, body in (
        ("GET", path, None),
        ("GET", "/rooms", None),
        ("PATCH", path, {"pstnDialOutEnabled": True}),
        ("PATCH", f"{path}/participants", {"participants": {user(): {"role": "Attendee"}}}),
        ("GET", f"{path}/participants", None),
        ("DELETE", path, None),
    ):
        assert (await audited.call(method, target, body)).status < 300
    made = (await audited.call("POST", "/identities", version=IDENTITY)).json["identity"]["id"]
    target = f"/identities/{made}/:issueAccessToken"
    assert (await audited.call("POST", target, {"scopes": ["voip"]}, version=IDENTITY)).status == 200
    assert [(event["operation"], event.get("room", event.get("user")), event["outcome"]) for event in events()] == [
        ("create_room", room, "done"),
        ("update_room", room, "done"),
        ("add_or_update_participants", room, "done"),
        ("delete_room", room, "done"),
        ("create_user", made, "done"),
        ("get_token", made, "done"),
    ]


async def test_refusals_of_known_callers_are_audited(audited: World, events: Events) -> None:
    reader = await audited.operator_tokens.issue(THE_RESOURCE, OperatorRole.READER, HOUR)
    bearer = {"authorization": f"Bearer {reader}"}
    target = f"/rooms?{VERSIONED}"
    assert (await audited.send("POST", target, b"{}", bearer)).status == 403
    assert (await audited.send("POST", target, b"{}", audited.signed("POST", target))).status == 401
    assert (await audited.call("GET", "/rooms/99400000000000000", key=SECOND_KEY)).status == 404
    assert (await audited.call("GET", "/nowhere")).status == 404
    audited.clock.advance(minutes=60)
    assert (await audited.send("GET", target, headers=bearer)).status == 401
    [token] = {event["caller"] for event in events() if event["caller"].startswith("token:")}
    assert [(event["operation"], event["caller"], event["status"], event["reason"]) for event in events()] == [
        ("create_room", token, 403, "NotAllowed"),
        ("create_room", f"key:{KEY.id}", 401, "BodyDiffers"),
        ("get_room", f"key:{SECOND_KEY.id}", 404, "RoomNotFound"),
        ("unknown", f"key:{KEY.id}", 404, "NotFound"),
        ("list_rooms", token, 401, "NotAuthenticated"),
    ]
    assert {event["outcome"] for event in events()} == {"refused"}


async def test_rate_limited_requests_are_audited(tmp_path: Path, file: Path, events: Events) -> None:
    log = AuditLog(file, Clock())
    limits = Limits(Rates(operator=Rate(0.001, 1)), time.monotonic)
    async with world(tmp_path, records=Records(Metrics(), audit=log), limits=limits) as made:
        assert [(await made.call("GET", "/rooms")).status for _ in range(2)] == [200, 429]
    assert [(event["status"], event["reason"]) for event in events()] == [(429, "TooManyRequests")]


async def test_requests_above_a_limit_leave_one_event_a_minute(tmp_path: Path, file: Path, events: Events) -> None:
    log, timer = AuditLog(file, Clock()), Clock()
    limits = Limits(Rates(person=Rate(0.001, 1), operator=Rate(100, 100)), lambda: timer.now / SECOND)
    async with world(tmp_path, records=Records(Metrics(), audit=log), limits=limits, calls=True) as made:
        bearers = []
        for number in (1, 2):
            await made.storage.adopt_users(RESOURCE, [User(RawId(user(number)), NOW)], lambda _: None)
            path = f"/identities/{user(number)}/:issueAccessToken"
            token = (await made.call("POST", path, {"scopes": ["voip"]}, version=IDENTITY)).json["token"]
            bearers.append({"authorization": f"Bearer {token}"})
        for _ in range(2):
            for bearer in bearers:
                for _ in range(50):
                    await made.send("POST", "/openrooms/rooms/99400000000000001/join", b"{}", bearer)
            timer.advance(seconds=61)
    limited = [event["caller"] for event in events() if event.get("reason") == "TooManyRequests"]
    assert limited == [user(1), user(2)] * 2


async def test_unknown_callers_are_not_audited(audited: World, events: Events) -> None:
    stranger = AccessKey("c3RyYW5nZXIncyBrZXkgdGhhdCBpcyBsb25n")
    target = f"/rooms?{VERSIONED}"
    for headers in ({}, {"authorization": "Bearer x.y.z"}, signed("POST", target, b"{}", DATE, stranger)):
        assert (await audited.send("POST", target, b"{}", headers)).status == 401
    assert (await audited.send("GET", "/openrooms/health")).status == 200
    assert events() == []


async def test_events_have_no_secrets_or_line_breaks(audited: World, events: Events) -> None:
    answer = await audited.call("POST", "/identities", {"createTokenWithScopes": ["voip"]}, version=IDENTITY)
    await audited.call("GET", f"/rooms/{'%0A%22%7D' * 100}")
    written = str(events())
    for secret in (answer.json["accessToken"]["token"], KEY.reveal(), SECOND_KEY.reveal()):
        assert secret not in written
    assert len(events()[1]["room"]) == 256


def test_reopening_starts_a_new_file(file: Path, tmp_path: Path) -> None:
    log = AuditLog(file, Clock())
    log.note("one", 200, RESOURCE, "key:a", "::1")
    file.rename(tmp_path / "audit.1")
    log.note("two", 200, RESOURCE, "key:a", "::1")
    log.reopen()
    log.note("three", 200, RESOURCE, "key:a", "::1")
    log.close()
    assert [json.loads(line)["operation"] for line in (tmp_path / "audit.1").read_text().splitlines()] == ["one", "two"]
    assert json.loads(file.read_text())["operation"] == "three"


def test_failed_write_is_logged_and_counted(capfd: pytest.CaptureFixture[str]) -> None:
    """Every write to this device fails, because it is always full."""
    log = AuditLog(Path("/dev/full"), Clock())
    log.note("create_room", 201, RESOURCE, "key:a", "::1", room="994")
    log.close()
    assert [figure.value for figure in log.figures()] == [1]
    assert "994" in capfd.readouterr().out


def test_audit_file_is_readable_by_owner_and_group_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        AuditLog(tmp_path / "audit", Clock()).close()
    finally:
        os.umask(before)
    assert (tmp_path / "audit").stat().st_mode & 0o777 == 0o640


async def test_invitations_are_recorded_without_their_secrets(audited: World, events: Events) -> None:
    await audited.storage.adopt_users(RESOURCE, [User(user(1), NOW)], lambda _: None)
    planned = (await audited.call("POST", "/openrooms/visits", {"participants": [{"rawId": user(1)}]})).json
    room, invitation = planned["id"], planned["participants"][0]["invitation"]
    secret = invitation["url"].partition("#")[2]
    body = json.dumps({"secret": secret}).encode()
    target = f"/openrooms/rooms/{room}/invitations"
    await audited.send("POST", "/openrooms/invitations:exchange", body)
    await audited.send("POST", "/openrooms/invitations:exchange", b'{"secret":"wrong"}')
    made = (await audited.call("POST", target, {"rawId": user(1)})).json
    await audited.send("POST", "/openrooms/invitations:exchange", body)
    await audited.call("DELETE", f"{target}/{made['id']}")
    fields = ("operation", "outcome", "caller", "room", "user", "reason")
    operator, guest = f"key:{KEY.id}", user(1)
    assert [tuple(event.get(field) for field in fields) for event in events()] == [
        ("create_visit", "done", operator, room, None, None),
        ("exchange_invitation", "done", guest, room, None, None),
        ("create_invitation", "done", operator, room, guest, None),
        ("exchange_invitation", "refused", guest, room, None, "InvitationWithdrawn"),
        ("revoke_invitation", "done", operator, room, guest, None),
    ]
    assert secret not in json.dumps(events())
