"""The operations of the audit trail, as steps; see `statements.Steps`."""

from collections.abc import Sequence

from openrooms.domain import auditing
from openrooms.domain.auditing import AuditEvent, AuditFilter
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.server.core.ports import AuditKey, AuditPage
from openrooms.server.storage.statements import Rows, Steps, queries

_NEWEST = AuditKey(Moment(2**63 - 1), "")
_AT_ONCE = 200
_MOST_READ = 2000
"""How many events one page reads at most, so that a rare event does not make others wait."""


def add_audit_events(events: Sequence[AuditEvent]) -> Steps[None]:
    # In the order of their keys, as all processes lock them, to prevent deadlocks.
    rows = sorted((_row(event) for event in events), key=lambda row: (row["resource"], row["noted_at"], row["id"]))
    yield queries.add_audit_event.each(*rows)


def list_audit_events(
    resource: ResourceId, wanted: AuditFilter, after: AuditKey | None, limit: int
) -> Steps[AuditPage]:
    key = min(after or _NEWEST, AuditKey(wanted.until, ""), key=lambda one: (one.at, one.id))
    found: list[AuditEvent] = []
    for _ in range(_MOST_READ // _AT_ONCE):
        rows = yield from _read(resource, wanted, key)
        for row in rows:
            event = _event(resource, *row)
            key = AuditKey(event.at, event.id)
            if auditing.matches(event, wanted):
                found.append(event)
                if len(found) == limit:
                    return AuditPage(tuple(found), key)
        if len(rows) < _AT_ONCE:
            return AuditPage(tuple(found), None)
    return AuditPage(tuple(found), key)


def purge_audit_events(before: Moment, limit: int) -> Steps[int]:
    gone = 0
    for resource, *_ in (yield queries.list_resources()):
        gone += len((yield queries.purge_audit_events(resource=resource, before=before, limit=limit - gone)))
    return gone


def _read(resource: ResourceId, wanted: AuditFilter, key: AuditKey) -> Steps[Rows]:
    """Return the next events by the index that excludes most others."""
    place = {"resource": resource, "since": wanted.since, "noted_at": key.at, "id": key.id, "limit": _AT_ONCE}
    if wanted.room:
        return (yield queries.list_audit_events_of_room(**place, room_id=wanted.room))
    if wanted.caller:
        return (yield queries.list_audit_events_of_caller(**place, caller=wanted.caller))
    return (yield queries.list_audit_events(**place))


def _event(
    resource: ResourceId,
    noted_at: Moment,
    event_id: str,
    operation: str,
    status: int,
    caller: str,
    client: str,
    *about: str,
) -> AuditEvent:
    return AuditEvent(event_id, noted_at, operation, status, resource, caller, client, *about)


def _row(event: AuditEvent) -> dict[str, object]:
    return {
        "resource": event.resource,
        "noted_at": event.at,
        "id": event.id,
        "operation": event.operation,
        "status": event.status,
        "caller": event.caller,
        "client": event.client,
        "room_id": event.room,
        "raw_id": event.user,
        "reason": event.reason,
        "request_id": event.request_id,
    }
