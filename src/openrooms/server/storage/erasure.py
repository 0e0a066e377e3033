"""What is kept about people, table by table: finding it, to export or to erase it, and the erasures that have begun.

`RECORDS` has every table with something about a person, except operators: their tokens and sessions name those who
work with the service. Tables are read in the order of their keys, a page at a time, because few have an index by person
and an index would cost every write; one pass erases any number of people.
"""

import json
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, NamedTuple

from openrooms.domain.erasure import Erased, Erasure, RecordKind, is_mentioned, without_ids, without_people
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.roster import RawId
from openrooms.server.core.ports import PersonalRecord, RecordKey, RecordPage
from openrooms.server.storage.statements import Statement, Step, Steps, queries

_BEFORE_ALL_NUMBERS = -(2**63)
_FORGOTTEN_AT_ONCE = 200

Columns = Mapping[str, Any]


class _Table(NamedTuple):
    """How the records of a kind are read and erased.

    `order` are the columns of the key, `people` those that may have a raw id, and `texts` those that have one among
    other text. `erase` returns the step that erases people from a record; `None`: it stays, or is removed in another
    way.
    """

    page: Statement
    columns: tuple[str, ...]
    order: tuple[str, ...]
    people: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    erase: Callable[[Columns, Erased], Step] | None = None

    def mentions(self, record: Columns, people: Set[str]) -> bool:
        """Return whether a record has something about one of the people."""
        return not people.isdisjoint([record[name] for name in self.people]) or any(
            is_mentioned(record[name], people) for name in self.texts
        )

    def start(self) -> tuple[Any, ...]:
        """Return the place before all records."""
        return tuple(_BEFORE_ALL_NUMBERS if name in _NUMBERS else "" for name in self.order)


_NUMBERS = {"room_created_at", "position", "noted_at"}


def _anonymised(statement: Statement, column: str) -> Callable[[Columns, Erased], Step]:
    """Return what puts anonymous ids into a column that is not of the key, or is its only person."""

    def erase(record: Columns, erased: Erased) -> Step:
        return statement(**_of(statement, record), anonymous_id=erased[record[column]])

    return erase


def _removed(statement: Statement) -> Callable[[Columns, Erased], Step]:
    return lambda record, _erased: statement(**_of(statement, record))


def _of(statement: Statement, record: Columns) -> Mapping[str, Any]:
    """Return those of a record's columns that a statement names."""
    return {name: record[name] for name in statement.parameters if name in record}


def _erased_dial_out(record: Columns, erased: Erased) -> Step:
    number = record["phone_number"]
    return queries.anonymise_dial_out(
        resource=record["resource"],
        id=record["id"],
        asked_by=erased.get(record["asked_by"], record["asked_by"]),
        phone_number="" if f"4:{number}" in erased else number,
    )


def _erased_event(record: Columns, erased: Erased) -> Step:
    return queries.rewrite_event(
        resource=record["resource"],
        position=record["position"],
        subject=without_ids(record["subject"], erased),
        data=json.dumps(without_people(json.loads(record["data"]), erased), ensure_ascii=False, separators=(",", ":")),
    )


_ROOM = ("title", "valid_from", "valid_until")
# Events come last, because erasing the others may leave events.
RECORDS: Mapping[RecordKind, _Table] = {
    RecordKind.USERS: _Table(
        queries.page_of_users,
        ("raw_id", "created_at", "deleted_at", "custom_id", "last_token_issued_at"),
        ("raw_id",),
        ("raw_id",),
    ),
    RecordKind.PARTICIPANTS: _Table(
        queries.page_of_rosters,
        ("room_created_at", "room_id", "raw_id", "role", "display_name", *_ROOM),
        ("room_created_at", "room_id", "raw_id"),
        ("raw_id",),
    ),
    RecordKind.INVITATIONS: _Table(
        queries.page_of_invitations,
        ("id", "room_id", "raw_id", "created_at", "is_revoked", "bind_to_first_browser", "bound_at", "last_used_at"),
        ("id",),
        ("raw_id",),
        erase=_removed(queries.forget_invitation),
    ),
    RecordKind.WAITING: _Table(
        queries.page_of_places,
        ("room_id", "raw_id", "state", "since", "held_until", "display_name", "reason", "declines"),
        ("room_id", "raw_id"),
        ("raw_id",),
        erase=_removed(queries.remove_place),
    ),
    RecordKind.CALLS_STARTED: _Table(
        queries.page_of_call_sessions,
        ("room_id", "session", "started_at", "started_by", "role", "ended_at"),
        ("room_id", "session"),
        ("started_by",),
        erase=_anonymised(queries.anonymise_call_session, "started_by"),
    ),
    RecordKind.STAYS: _Table(
        queries.page_of_stays,
        (
            *("room_id", "session", "stay", "raw_id", "role", "display_name", "joined_at", "left_at", "ending"),
            "device",
        ),
        ("room_id", "session", "stay"),
        ("raw_id",),
        erase=_anonymised(queries.anonymise_stay, "raw_id"),
    ),
    RecordKind.REFUSALS: _Table(
        queries.page_of_refusals,
        ("room_id", "raw_id", "rule", "code", "message", "count", "first_at", "last_at"),
        ("room_id", "raw_id", "rule", "code"),
        ("raw_id",),
        erase=_anonymised(queries.anonymise_refusal, "raw_id"),
    ),
    RecordKind.DIAL_OUTS: _Table(
        queries.page_of_dial_outs,
        ("id", "room_id", "phone_id", "phone_number", "asked_by", "asked_at", "answered_at", "ended_at", "outcome"),
        ("id",),
        ("asked_by", "phone_id"),
        erase=_erased_dial_out,
    ),
    RecordKind.AUDIT: _Table(
        queries.page_of_audit_events,
        ("noted_at", "id", "operation", "status", "caller", "client", "room_id", "raw_id", "reason"),
        ("noted_at", "id"),
        ("caller", "raw_id"),
    ),
    RecordKind.EVENTS: _Table(
        queries.page_of_events,
        ("position", "room_id", "happened_at", "type", "subject", "data"),
        ("position",),
        texts=("subject", "data"),
        erase=_erased_event,
    ),
}


def list_records(
    resource: ResourceId, kind: RecordKind, after: RecordKey | None, people: Set[str], limit: int
) -> Steps[RecordPage]:
    table = RECORDS[kind]
    place = dict(zip(table.order, after or table.start(), strict=True))
    rows = yield table.page(resource=resource, limit=limit, **place)
    records = [dict(zip(table.columns, row, strict=True)) for row in rows]
    found = tuple([PersonalRecord(kind, record) for record in records if table.mentions(record, people)])
    last = tuple([records[-1][name] for name in table.order]) if len(rows) == limit else None
    return RecordPage(found, last)


def erase_records(resource: ResourceId, records: Sequence[PersonalRecord], erased: Erased) -> Steps[None]:
    for record in records:
        erase = RECORDS[record.kind].erase
        if erase is not None:
            yield erase({"resource": resource, **record.columns}, erased)


def begin_erasure(resource: ResourceId, erasure: Erasure, decide: Callable[[User | None], User | None]) -> Steps[None]:
    rows = yield queries.lock_user(resource=resource, raw_id=erasure.raw_id)
    user = User(*rows[0]) if rows else None
    changed = decide(user)
    if changed is not None and changed != user:
        yield queries.delete_user(
            resource=resource,
            raw_id=changed.raw_id,
            revocations=changed.revocations,
            deleted_at=changed.deleted_at,
        )
    yield queries.put_erasure(
        resource=resource,
        raw_id=erasure.raw_id,
        anonymous_id=erasure.anonymous_id,
        asked_at=erasure.asked_at,
        is_complete=erasure.is_complete,
    )


def list_erasures() -> Steps[Mapping[ResourceId, Sequence[Erasure]]]:
    found: dict[ResourceId, Sequence[Erasure]] = {}
    for resource, *_ in (yield queries.list_resources()):
        rows = yield queries.list_erasures(resource=resource, limit=_FORGOTTEN_AT_ONCE)
        if rows:
            found[resource] = [_erasure(*row) for row in rows]
    return found


def has_erasure(resource: ResourceId, raw_id: RawId) -> Steps[bool]:
    return bool((yield queries.get_erasure(resource=resource, raw_id=raw_id)))


def end_erasure(resource: ResourceId, erasure: Erasure) -> Steps[None]:
    # It goes on if it was asked for again meanwhile, which may be more complete.
    ended = yield queries.remove_erasure(resource=resource, raw_id=erasure.raw_id, asked_at=erasure.asked_at)
    if ended and erasure.is_complete:
        yield queries.forget_user(resource=resource, raw_id=erasure.raw_id)


def _erasure(raw_id: RawId, anonymous_id: RawId, asked_at: Any, is_complete: bool) -> Erasure:
    return Erasure(raw_id, anonymous_id, asked_at, bool(is_complete))
