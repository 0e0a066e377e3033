"""The audit trail in the database, on both engines."""

from itertools import pairwise

import apsw
import pytest

from openrooms.domain.auditing import AuditEvent, AuditFilter
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, Moment
from openrooms.server.core.ports import AuditKey, Resource, Storage
from openrooms.server.storage.migrations import MIGRATIONS
from openrooms.server.storage.statements import Statement, queries

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
FABRIKAM = ResourceId("6f0a3b52-77f0-4a4e-9d0f-0e1d1c9b8a01")
NOW = Moment(17_564_273_885_964_328)
ROOM, OTHER = "99475330965778483", "99475330965778484"


def event(number: int, resource: ResourceId = CONTOSO, **changed: object) -> AuditEvent:
    """Return an event; two of them have one moment."""
    fields = {"operation": "create_room", "status": 201, "caller": "key:a", "client": "::1", **changed}
    return AuditEvent(f"{number:010x}", Moment(NOW + number // 2 * SECOND), resource=resource, **fields)  # type: ignore[arg-type]


EVENTS = [
    event(0),
    event(1, room=ROOM),
    event(2, room=ROOM, caller="openid:x#ada", operation="delete_room", status=204),
    event(3, room=OTHER, status=403, reason="NotAllowed"),
    event(4, user="8:acs:ada", operation="delete_user", status=503),
    event(5, resource=FABRIKAM, room=ROOM),
]
OWN = EVENTS[:5]


async def listed(storage: Storage, wanted: AuditFilter, limit: int = 100) -> list[AuditEvent]:
    found: list[AuditEvent] = []
    after: AuditKey | None = None
    while True:
        page = await storage.list_audit_events(CONTOSO, wanted, after, limit)
        assert len(page.events) <= limit
        found += page.events
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        pytest.param(AuditFilter(), [4, 3, 2, 1, 0], id="all, newest first"),
        pytest.param(AuditFilter(room=ROOM), [2, 1], id="of a room"),
        pytest.param(AuditFilter(caller="openid:x#ada"), [2], id="of a caller"),
        pytest.param(AuditFilter(room=ROOM, caller="key:a"), [1], id="of a caller in a room"),
        pytest.param(AuditFilter(operation="create_room"), [3, 1, 0], id="of an operation"),
        pytest.param(AuditFilter(outcome="refused"), [3], id="refused"),
        pytest.param(AuditFilter(outcome="failed"), [4], id="failed"),
        pytest.param(AuditFilter(user="8:acs:ada"), [4], id="about a user"),
        pytest.param(AuditFilter(since=Moment(NOW + SECOND)), [4, 3, 2], id="since"),
        pytest.param(AuditFilter(until=Moment(NOW + SECOND)), [1, 0], id="until"),
        pytest.param(AuditFilter(room="nothing"), [], id="nothing"),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_events_are_found(storage: Storage, wanted: AuditFilter, numbers: list[int], limit: int) -> None:
    await storage.add_audit_events(EVENTS)
    assert await listed(storage, wanted, limit) == [OWN[number] for number in numbers]


async def test_events_that_come_twice_are_kept_once(storage: Storage, neighbour: Storage) -> None:
    for store in (storage, neighbour, storage):
        await store.add_audit_events(OWN)
    assert len(await listed(neighbour, AuditFilter())) == len(OWN)


async def test_a_page_reads_a_limited_number_of_events(storage: Storage) -> None:
    """Nobody waits for a search through everything: the page is empty and says where to go on."""
    await storage.add_audit_events([event(number) for number in range(2500)])
    page = await storage.list_audit_events(CONTOSO, AuditFilter(operation="delete_room"), None, 10)
    assert (page.events, page.next) == ((), AuditKey(Moment(NOW + 250 * SECOND), f"{500:010x}"))
    assert await listed(storage, AuditFilter(operation="delete_room")) == []
    found = await listed(storage, AuditFilter(), 333)
    assert len(found) == 2500
    assert all((one.at, one.id) > (two.at, two.id) for one, two in pairwise(found))


async def test_old_events_are_removed(storage: Storage) -> None:
    await storage.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5"))
    await storage.add_audit_events([event(number) for number in range(20)])
    before = Moment(NOW + 5 * SECOND)
    assert [await storage.purge_audit_events(before, 6) for _ in range(3)] == [6, 4, 0]
    assert [one.at >= before for one in await listed(storage, AuditFilter())] == [True] * 10


def plan_of(statement: Statement) -> list[str]:
    """Return the steps of SQLite's plan of a statement."""
    memory = apsw.Connection(":memory:")
    memory.execute(queries.create_migrations.text)
    for migration in MIGRATIONS:
        memory.execute(migration.script)
    arguments = tuple("" for _ in statement.parameters)
    rows = memory.execute(f"EXPLAIN QUERY PLAN {statement.numbered('?')}", arguments).fetchall()
    return [str(row[-1]) for row in rows]


@pytest.mark.parametrize("name", ["list_audit_events", "list_audit_events_of_room", "list_audit_events_of_caller"])
def test_each_list_reads_an_index_in_its_order(name: str) -> None:
    """Neither a sort nor a scan: the cost does not grow with the number of events."""
    [step] = plan_of(getattr(queries, name))
    assert step.startswith("SEARCH audit_events USING")
    assert "noted_at" in step


def test_the_rooms_of_a_user_are_read_by_an_index() -> None:
    plan = plan_of(queries.list_rooms_of_user)
    assert plan[1].startswith("SEARCH rosters USING COVERING INDEX rosters_of_user (resource=? AND raw_id=? AND (room_")
    assert not any("TEMP B-TREE" in step for step in plan)
