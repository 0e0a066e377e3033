"""Who was in calls: the rows of sessions and stays, each with its event in one transaction.

A row is inserted once and ended once, whoever finds it out first, and only who did so adds the event. So neither a
second process nor a repeated observation tells anything twice, even where no lock is held.
"""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from openrooms.domain import presence
from openrooms.domain.calls import CallId
from openrooms.domain.devices import DEVICES
from openrooms.domain.erasure import anonymous_id
from openrooms.domain.errors import RoomNotFound
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import Moment, Span
from openrooms.domain.presence import (
    CallSession,
    Came,
    Change,
    Ended,
    Ending,
    Known,
    Lasting,
    Observation,
    SessionId,
    Started,
    Stay,
    StayId,
    Went,
)
from openrooms.domain.refusals import Refusal
from openrooms.domain.roles import ROLES, ParticipantRole
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import RawId
from openrooms.domain.telephones import DialOut
from openrooms.server.core.ports import Attended, RefusalKey, RefusalPage, Refused, StayKey, StayPage
from openrooms.server.storage.outbox import Outbox, room_creation
from openrooms.server.storage.statements import Rows, Steps, queries
from openrooms.wire import happenings

_SEEN = "presence"


def list_lasting(calls: Collection[CallId] | None) -> Steps[Mapping[CallId, Lasting]]:
    found: dict[CallId, dict[SessionId, set[StayId]]] = {}
    if calls is None:
        for resource, *_ in (yield queries.list_resources()):
            sessions = yield queries.list_lasting_sessions(resource=resource)
            if sessions:
                _gather(found, resource, sessions, (yield queries.list_lasting_stays(resource=resource)))
    else:
        for call in calls:
            room = {"resource": call.resource, "room_id": call.room}
            sessions = yield queries.list_lasting_sessions_of_room(**room)
            if sessions:
                _gather(found, call.resource, sessions, (yield queries.list_lasting_stays_of_room(**room)))
    return {call: {session: frozenset(stays) for session, stays in of_call.items()} for call, of_call in found.items()}


def _gather(
    found: dict[CallId, dict[SessionId, set[StayId]]], resource: ResourceId, sessions: Rows, stays: Rows
) -> None:
    for room_id, session in sessions:
        found.setdefault(CallId(resource, room_id), {})[session] = set()
    for room_id, session, stay in stays:
        of_call = found.get(CallId(resource, room_id), {})
        if session in of_call:
            of_call[session].add(stay)


def note_presence(outbox: Outbox, call: CallId, observation: Observation) -> Steps[Collection[Change]]:
    # Changes of the room wait, so that its events are in the order in which they are kept.
    yield queries.lock_room(resource=call.resource, id=call.room)
    created_at = yield from room_creation(call.resource, call.room)
    if created_at is None:
        return ()
    lasting = yield queries.list_lasting_sessions_of_room(resource=call.resource, room_id=call.room)
    sessions = presence.sessions_of(observation) | {session for _, session in lasting}
    view = yield from _view(call, sorted(sessions), presence.stays_of(observation))
    kept: list[Change] = []
    anonymous = yield from _stays_of_deleted_users(call, view, observation)
    for change in presence.changes(view, presence.with_stays(observation, anonymous)):
        if (yield from _keep(call, change)):
            kept.append(change)
            caused = [happenings.presence_changed(call, change)]
            yield from outbox.note(call.resource, call.room, created_at, caused, _happened_at(change))
    return kept


def _stays_of_deleted_users(
    call: CallId, view: Mapping[SessionId, Known], observation: Observation
) -> Steps[Mapping[StayId, Stay]]:
    """Return those of the stays that are not known yet and whose users were deleted, without their ids and names."""
    noted = {stay_id for session in view.values() for stay_id in session.stays}
    anonymous: dict[StayId, Stay] = {}
    for stay in presence.seen_in(observation):
        if stay.id not in noted:
            rows = yield queries.get_user(resource=call.resource, raw_id=stay.raw_id)
            if rows and User(*rows[0]).deleted_at is not None:
                raw_id = anonymous_id(call.resource, stay.id.lower())
                anonymous[stay.id] = msgspec.structs.replace(stay, raw_id=raw_id, display_name="")
    return anonymous


def keep_phone(dial_out: DialOut) -> Steps[None]:
    """Keep the stay of a telephone, once its call has ended."""
    stay = presence.stay_of_phone(dial_out)
    if stay is None:
        return
    call, span = dial_out.call, {"since": stay.joined_at, "until": stay.left_at}
    rows = yield queries.list_sessions_between(resource=call.resource, room_id=call.room, **span)
    alone = presence.session_of_phone(stay)
    if not rows:
        yield from _keep(call, Started(alone))
        yield from _keep(call, Ended(alone))
    session = alone if not rows else _session(*rows[-1])
    yield from _keep(call, Came(session, stay))
    yield from _keep(call, Went(session, stay))


def keep_seen(now: Moment) -> Steps[None]:
    yield queries.hold_lease(name=_SEEN, holder=_SEEN, now=now, until=now)


def get_seen() -> Steps[Moment]:
    rows = yield queries.get_lease_end(name=_SEEN)
    return Moment(rows[0][0]) if rows else Moment(0)


def note_refusal(
    outbox: Outbox, call: CallId, refusal: Refusal, count: int, now: Moment, told_before: Moment
) -> Steps[None]:
    created_at = yield from room_creation(call.resource, call.room)
    user = yield queries.get_user(resource=call.resource, raw_id=refusal.raw_id)
    if created_at is None or not user or User(*user[0]).deleted_at is not None:
        return
    [(told_at,)] = yield queries.count_refusals(
        resource=call.resource,
        room_id=call.room,
        raw_id=refusal.raw_id,
        rule=refusal.rule,
        code=refusal.code,
        message=refusal.message,
        count=count,
        now=now,
        told_before=told_before,
    )
    if told_at == now:
        caused = [happenings.join_refused(call.room, refusal)]
        yield from outbox.note(call.resource, call.room, created_at, caused, now)


def purge_attendance(before: Moment, limit: int) -> Steps[int]:
    gone = 0
    for resource, *_ in (yield queries.list_resources()):
        gone += len((yield queries.purge_refusals(resource=resource, before=before, limit=limit - gone)))
        gone += yield from _purge_sessions(resource, before, limit - gone)
    return gone


def _purge_sessions(resource: ResourceId, before: Moment, limit: int) -> Steps[int]:
    gone = 0
    old = yield queries.list_old_call_sessions(resource=resource, before=before, limit=limit)
    # In the order of their keys, as all processes lock them, to prevent deadlocks.
    for room_id, session in sorted(tuple(row) for row in old):
        key = {"resource": resource, "room_id": room_id, "session": session}
        gone += 1 + len((yield queries.remove_stays_of_session(**key)))
        yield queries.remove_call_session(**key)
        if gone >= limit:
            break
    return gone


def list_stays(resource: ResourceId, room_id: RoomId, after: StayKey | None, limit: int) -> Steps[StayPage]:
    start = after or StayKey()
    place = {"resource": resource, "room_id": room_id, "joined_at": start.joined_at, "stay": start.id}
    rows = yield queries.list_stays_of_room(**place, limit=limit + 1)
    if not rows and after is None and (yield from room_creation(resource, room_id)) is None:
        raise RoomNotFound
    return _stay_page(rows, limit)


def list_all_stays(resource: ResourceId, span: Span, after: StayKey | None, limit: int) -> Steps[StayPage]:
    start = after or StayKey(span.since)
    rows = yield queries.list_stays_between(
        resource=resource,
        joined_at=start.joined_at,
        room_id=start.room_id,
        stay=start.id,
        until=span.until,
        limit=limit + 1,
    )
    return _stay_page(rows, limit)


def _stay_page(rows: Rows, limit: int) -> StayPage:
    page = tuple(
        [Attended(room_id, title or "", session, _stay(*stay)) for room_id, title, session, *stay in rows[:limit]]
    )
    return StayPage(page, page[-1].key if len(rows) > limit else None)


def list_refusals(resource: ResourceId, room_id: RoomId, after: RefusalKey | None, limit: int) -> Steps[RefusalPage]:
    start = after or RefusalKey()
    place = {"last_at": start.last_at, "raw_id": start.raw_id, "rule": start.rule, "code": start.code}
    rows = yield queries.list_refusals_of_room(resource=resource, room_id=room_id, **place, limit=limit + 1)
    if not rows and after is None and (yield from room_creation(resource, room_id)) is None:
        raise RoomNotFound
    return _refusal_page(rows, limit)


def list_all_refusals(resource: ResourceId, span: Span, after: RefusalKey | None, limit: int) -> Steps[RefusalPage]:
    start = after or RefusalKey(span.since)
    place = {name: getattr(start, name) for name in RefusalKey.__struct_fields__}
    rows = yield queries.list_refusals_between(resource=resource, **place, until=span.until, limit=limit + 1)
    return _refusal_page(rows, limit)


def _refusal_page(rows: Rows, limit: int) -> RefusalPage:
    page = tuple([_refused(*row) for row in rows[:limit]])
    return RefusalPage(page, page[-1].key if len(rows) > limit else None)


def _refused(
    room_id: RoomId,
    title: str | None,
    display_name: str | None,
    raw_id: RawId,
    rule: str,
    code: str,
    message: str,
    count: int,
    first_at: Moment,
    last_at: Moment,
) -> Refused:
    refusal = Refusal(raw_id, rule, code, message=message)
    return Refused(room_id, title or "", display_name or "", refusal, count, first_at, last_at)


def remove_presences(resource: ResourceId) -> Steps[None]:
    """Remove everything about who was in calls."""
    yield queries.remove_stays(resource=resource)
    yield queries.remove_call_sessions(resource=resource)
    yield queries.remove_refusals(resource=resource)


def _view(call: CallId, sessions: Iterable[SessionId], named: Collection[StayId]) -> Steps[Mapping[SessionId, Known]]:
    """Return what is kept of the sessions, with the stays that last and those that are named."""
    view: dict[SessionId, Known] = {}
    for session_id in sessions:
        session = {"resource": call.resource, "room_id": call.room, "session": session_id}
        rows = yield queries.get_call_session(**session)
        if rows:
            stays = [*(yield queries.list_stays_in(**session))]
            stays += yield queries.get_stay.each(*[{**session, "stay": stay} for stay in sorted(named)])
            view[session_id] = Known(_session(*rows[0]), {row[0]: _stay(*row) for row in stays})
    return view


def _keep(call: CallId, change: Change) -> Steps[bool]:
    """Keep a change; return whether nobody else had kept it."""
    session = {"resource": call.resource, "room_id": call.room, "session": change.session.id}
    match change:
        case Started(started):
            rows = yield queries.add_call_session(
                **session, started_at=started.started_at, started_by=started.started_by, role=started.role or ""
            )
        case Ended(ended):
            rows = yield queries.end_call_session(**session, ended_at=ended.ended_at)
        case Came(_, stay):
            rows = yield queries.add_stay(
                **session,
                stay=stay.id,
                raw_id=stay.raw_id,
                role=stay.role or "",
                display_name=stay.display_name,
                joined_at=stay.joined_at,
                device=stay.device or "",
            )
        case Went(_, stay):
            ending = stay.ending or Ending.UNKNOWN
            rows = yield queries.end_stay(**session, stay=stay.id, left_at=stay.left_at, ending=ending.value)
    return bool(rows)


def _happened_at(change: Change) -> Moment | None:
    match change:
        case Started(session):
            return session.started_at
        case Ended(session):
            return session.ended_at
        case Came(_, stay):
            return stay.joined_at
        case Went(_, stay):
            return stay.left_at


def _session(
    session_id: SessionId,
    started_at: Moment,
    started_by: RawId,
    role: str,
    ended_at: Moment | None,
    last_left_at: Moment | None,
) -> CallSession:
    return CallSession(session_id, started_at, started_by, _role(role), ended_at, last_left_at)


def _stay(
    stay_id: StayId,
    raw_id: RawId,
    role: str,
    display_name: str,
    joined_at: Moment,
    left_at: Moment | None,
    ending: str,
    device: str,
) -> Stay:
    ended = Ending(ending) if ending else None
    return Stay(stay_id, raw_id, _role(role), display_name, joined_at, left_at, ended, DEVICES.get(device))


def _role(text: str) -> ParticipantRole | None:
    return ROLES.get(text)
