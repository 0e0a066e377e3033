"""The audit trail in the database: what the API finds, and that no request waits for it or fails with it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.support.application import KEY, NOW, RESOURCE, Clock, World, local, world

from openrooms.domain.auditing import AuditEvent, AuditFilter
from openrooms.domain.errors import Unavailable
from openrooms.domain.moments import SECOND, Moment
from openrooms.server.core import audit_trail
from openrooms.server.core.audit import AuditLog
from openrooms.server.core.audit_trail import AuditTrail
from openrooms.server.core.ports import AuditKey, AuditPage
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.server.web.app import Records
from openrooms.server.web.metrics import Metrics


class Store:
    """A place for events that may be away."""

    def __init__(self) -> None:
        self.is_away = False
        self.kept: dict[str, AuditEvent] = {}

    async def add_audit_events(self, events: Sequence[AuditEvent]) -> None:
        await asyncio.sleep(0)
        if self.is_away:
            raise Unavailable
        self.kept |= {event.id: event for event in events}

    async def list_audit_events(self, *_: object) -> AuditPage:
        return AuditPage(tuple(self.kept.values()), None)

    async def purge_audit_events(self, before: Moment, limit: int) -> int:
        return 0


@pytest.fixture
async def audited(tmp_path: Path) -> AsyncIterator[World]:
    storage = await SqliteStorage.open(tmp_path / "trail.db")
    trail, clock = AuditTrail(storage), Clock()
    log = AuditLog(None, clock, trail, streams=False)
    async with world(tmp_path, clock=clock, records=Records(Metrics(), audit=log), trail=trail) as made:
        yield made
    await storage.close()


async def test_a_change_is_found_at_once(audited: World) -> None:
    room = (await audited.create())["id"]
    answer = await audited.call("GET", "/openrooms/audit", version=None)
    [event] = answer.json["value"]
    assert (event["operation"], event["caller"], event["room"]) == ("create_room", f"key:{KEY.id}", room)
    assert answer.headers["cache-control"] == "no-store"


async def test_events_are_filtered_and_paged(audited: World) -> None:
    for _ in range(audit_trail.PAGE + 20):
        await audited.create()
        audited.clock.advance(seconds=1)
    await audited.call("GET", "/rooms/99400000000000000")
    first = (await audited.call("GET", "/openrooms/audit?operation=create_room&outcome=done", version=None)).json
    assert "operation=create_room&outcome=done" in first["nextLink"]
    second = (await audited.call("GET", local(first["nextLink"]), version=None)).json
    assert [len(page["value"]) for page in (first, second)] == [audit_trail.PAGE, 20]
    assert "nextLink" not in second
    [refused] = (await audited.call("GET", "/openrooms/audit?outcome=refused", version=None)).json["value"]
    assert refused["reason"] == "RoomNotFound"
    half = quote("2025-08-29T00:30:48Z")
    early = (await audited.call("GET", f"/openrooms/audit?until={half}", version=None)).json["value"]
    assert len(early) == 60


@pytest.mark.parametrize("query", ["outcome=perhaps", "from=yesterday", "until=2025-13-01T00:00:00Z", "nextLink=x"])
async def test_bad_filters_are_named(audited: World, query: str) -> None:
    answer = await audited.call("GET", f"/openrooms/audit?{query}", version=None)
    assert answer.status == 400
    assert query.partition("=")[0].removeprefix("nextLink") in answer.error["message"]


async def test_without_a_trail(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        answer = await made.call("GET", "/openrooms/audit", version=None)
    assert (answer.status, "--audit-days" in answer.error["message"]) == (501, True)


def note(log: AuditLog, count: int) -> None:
    for _ in range(count):
        log.note("create_room", 201, RESOURCE, "key:a", "::1")


async def test_events_wait_while_the_database_is_away() -> None:
    store = Store()
    store.is_away = True
    trail = AuditTrail(store)
    log = AuditLog(None, lambda: NOW, trail, streams=False)
    note(log, 250)
    with pytest.raises(Unavailable):
        await trail.flush()
    store.is_away = False
    note(log, 1)
    page = await trail.list(RESOURCE, AuditFilter(), AuditKey(NOW, ""))
    assert len(page.events) == 251


async def test_events_are_written_when_the_process_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_trail, "_PAUSE_SECONDS", 3600)
    store = Store()
    trail = AuditTrail(store)
    task = asyncio.create_task(trail.run())
    note(AuditLog(None, lambda: NOW, trail, streams=False), 5)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(store.kept) == 5


async def test_waiting_events_are_bounded_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_trail, "_MOST_WAITING", 10)
    trail = AuditTrail(Store())
    note(AuditLog(None, lambda: Moment(NOW + SECOND), trail, streams=False), 15)
    assert [figure.value for figure in trail.figures()] == [5]
