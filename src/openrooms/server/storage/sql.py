"""Each operation of the stores, written once as a generator of steps; see `statements.Steps`.

An operation that decides locks its room or user first and reads afterwards: in PostgreSQL a statement sees what had
been committed when it began, so a read after the lock sees the latest state.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from openrooms.domain.calls import CallId
from openrooms.domain.errors import (
    AssignmentNotFound,
    IdentityNotOwned,
    InvitationNotFound,
    InvitationUnknown,
    RepeatMismatch,
    RoomNotFound,
)
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.invitations import Invitation, InvitationId, Invited
from openrooms.domain.moments import Moment
from openrooms.domain.operators import OperatorRole, OperatorToken
from openrooms.domain.roles import ROLES, ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import Participant, RawId, RosterChange, RosterView
from openrooms.domain.sessions import Session
from openrooms.domain.subscriptions import Progress
from openrooms.domain.teams import PrincipalType, TeamsAssignment
from openrooms.domain.telephones import DialOut, LegId, LegState, Outcome, PhoneNumber, Traffic
from openrooms.domain.visits import NO_OPTIONS, STARTS, WAITING_ROOMS, VisitOptions
from openrooms.domain.waiting import NO_LOBBY, Lobby, LobbyChange, Place, PlaceState
from openrooms.server.core.ports import (
    AtDoor,
    CreatedRoom,
    HostTaken,
    InvitationPage,
    KeptRoom,
    NewPeople,
    Once,
    OperatorTokenNotFound,
    RenderedRooms,
    Resource,
    ResourceContents,
    ResourceInUse,
    ResourceNotFound,
    RoomIdTaken,
    RoomKey,
    RosterKey,
    RosterPage,
    SigningKey,
    Standing,
    StandingKey,
)
from openrooms.server.storage import search, windows
from openrooms.server.storage.outbox import NO_OUTBOX, Outbox, last_event, remove_all_events, room_creation
from openrooms.server.storage.presence import keep_phone, remove_presences
from openrooms.server.storage.statements import Rows, Step, Steps, queries
from openrooms.server.storage.subscriptions import add_subscription, list_subscriptions
from openrooms.wire import happenings, models

_ANY_HOST = ""
_NEWEST = RoomKey(Moment(2**63 - 1), RoomId(""))
_FIRST = RosterKey(0)
_INVITATION_COLUMNS = len(Invitation.__struct_fields__)
_ROOM_COLUMNS = len(Room.__struct_fields__) - 1 + len(VisitOptions.__struct_fields__)
_LOBBY_COLUMNS = len(Lobby.__struct_fields__)
_PLACE_COLUMNS = len(Place.__struct_fields__)


# Rooms


def create_room(
    outbox: Outbox, resource: ResourceId, room: Room, roster: Sequence[Participant], once: Once | None
) -> Steps[CreatedRoom]:
    document = models.render_room(room)
    if once is not None:
        kept = yield _keep_repeat(resource, once, document, room.created_at)
        if not kept:
            first = yield from _repeat(resource, once)
            return CreatedRoom(RoomId(models.read_room_id(first)), first)
    yield from _add_room(outbox, resource, room, document, roster)
    return CreatedRoom(room.id, document)


def _add_room(
    outbox: Outbox, resource: ResourceId, room: Room, document: str, roster: Sequence[Participant]
) -> Steps[None]:
    names = {participant.raw_id: participant.display_name for participant in roster if participant.display_name}
    words = search.words_of(room, names.values())
    row = {**_room_columns(resource, room, document), "words": " ".join(words)}
    if not (yield from outbox.add_room(row, happenings.room_created(room, document))):
        raise RoomIdTaken
    if words:
        yield search.add(resource, room.id, words)
    yield _add(resource, room, roster, 0)
    if room.options != NO_OPTIONS:
        yield queries.put_options(**_option_columns(resource, room))
        # Its first title is not a move.
        yield queries.put_moves(resource=resource, id=room.id, moves=0)
    if names:
        yield _name(resource, room, names)


def get_room_document(resource: ResourceId, room_id: RoomId) -> Steps[str]:
    rows = yield queries.get_room_document(resource=resource, id=room_id)
    if not rows:
        raise RoomNotFound
    document: str
    document, form = rows[0]
    if form < models.ROOM_FORM:
        return models.render_room((yield from get_room(resource, room_id)))
    return document


def get_room(resource: ResourceId, room_id: RoomId) -> Steps[Room]:
    rows = yield queries.get_room(resource=resource, id=room_id)
    if not rows:
        raise RoomNotFound
    return read_room(*rows[0])


def list_rooms(resource: ResourceId, after: RoomKey | None, limit: int) -> Steps[RenderedRooms]:
    start = after or _NEWEST
    place = {"resource": resource, "created_at": start.created_at, "id": start.id, "limit": limit}
    rows = yield queries.list_rooms(**place)
    [(documents, form)] = [row[:2] for row in rows if row[3] is None]
    if form is not None and form < models.ROOM_FORM:
        return _rendered((yield queries.list_whole_rooms(**place)), limit)
    ends = [(created_at, room_id) for _, _, created_at, room_id in rows if room_id is not None]
    return RenderedRooms(documents or "", RoomKey(*max(ends)) if len(ends) > 1 else None)


def change_room(outbox: Outbox, resource: ResourceId, room_id: RoomId, decide: Callable[[Room], Room]) -> Steps[str]:
    room = yield from _lock_room(resource, room_id)
    return (yield from _put(outbox, resource, room, decide(room)))


def delete_room(outbox: Outbox, resource: ResourceId, room_id: RoomId, now: Moment) -> Steps[None]:
    removed = yield queries.remove_room(resource=resource, id=room_id)
    if removed:
        created_at, words = removed[0]
        yield queries.remove_roster(resource=resource, created_at=created_at, room_id=room_id)
        yield from _remove_lobby(resource, room_id)
        yield search.remove(resource, room_id, search.split(words))
        yield queries.add_tombstone(resource=resource, id=room_id, deleted_at=now, room_created_at=created_at)
        yield from outbox.note(resource, room_id, created_at, [happenings.room_deleted(room_id)], now)
    elif not (yield queries.get_tombstone(resource=resource, id=room_id)):
        raise RoomNotFound


# Rosters


def list_roster(resource: ResourceId, room_id: RoomId, after: RosterKey | None, limit: int) -> Steps[RosterPage]:
    start = after or _FIRST
    rows = yield queries.list_roster(resource=resource, room_id=room_id, position=start.position, limit=limit + 1)
    if not rows:
        raise RoomNotFound
    # A room whose roster is empty, or has no more participants, is one row of nulls.
    page = [row for row in rows[:limit] if row[0] is not None]
    going_on = RosterKey(page[-1][3]) if len(rows) > limit else None
    return RosterPage(tuple([Participant(raw_id, ROLES[role], name) for raw_id, role, name, _ in page]), going_on)


def change_roster(
    outbox: Outbox,
    resource: ResourceId,
    room_id: RoomId,
    named: Collection[str],
    decide: Callable[[RosterView], RosterChange],
) -> Steps[None]:
    room = yield from _lock_room(resource, room_id)
    place = {"resource": resource, "created_at": room.created_at, "room_id": room_id}
    rows = yield queries.get_role.each(*[{**place, "raw_id": raw_id} for raw_id in named])
    present = {raw_id: ROLES[role] for raw_id, role in rows}
    size = last = len(present)
    if size < len(named):
        # Somebody may be added; measuring a roster takes as long as it is.
        [(size, last)] = yield queries.measure_roster(**place)
    change = decide(RosterView(size, present))
    yield queries.remove_participant.each(*[{**place, "raw_id": raw_id} for raw_id in change.remove])
    if change.remove:
        # In the order of their keys, as `hold_places` locks them.
        leaving = [{"resource": resource, "room_id": room_id, "raw_id": raw_id} for raw_id in sorted(change.remove)]
        yield queries.end_invitations.each(*leaving)
        yield queries.remove_place.each(*leaving)
    yield queries.change_role.each(
        *[{**place, "raw_id": put.raw_id, "role": put.role} for put in change.put if put.raw_id in present]
    )
    yield _add(resource, room, [put for put in change.put if put.raw_id not in present], last)
    if change.remove and (yield from search.has_words(resource, room_id)):
        yield from search.read_again(resource, room)
    yield from outbox.note(resource, room_id, room.created_at, happenings.roster_changed(room_id, present, change))


# Visits


def get_visit(
    resource: ResourceId, room_id: RoomId, after: RosterKey | None, limit: int
) -> Steps[tuple[Room, RosterPage]]:
    room = yield from get_room(resource, room_id)
    return room, (yield from list_roster(resource, room_id, after, limit))


def change_visit(
    outbox: Outbox,
    resource: ResourceId,
    room_id: RoomId,
    names: Mapping[RawId, str],
    decide: Callable[[Room, Collection[str]], Room],
) -> Steps[Room]:
    room = yield from _lock_room(resource, room_id)
    place = {"resource": resource, "created_at": room.created_at, "room_id": room_id}
    rows = yield queries.get_role.each(*[{**place, "raw_id": raw_id} for raw_id in names])
    changed = decide(room, {raw_id for raw_id, _ in rows})
    yield from _put(outbox, resource, room, changed)
    yield _name(resource, room, names)
    if names or changed.options.title != room.options.title:
        yield from search.read_again(resource, changed)
    yield from outbox.note(resource, room_id, room.created_at, happenings.names_changed(room_id, names))
    return changed


# The contents of a resource


def get_contents(resource: ResourceId) -> Steps[ResourceContents]:
    rosters: dict[str, list[Participant]] = {}
    rows = yield queries.list_all_rooms(resource=resource)
    for room_id, raw_id, role, name in (yield queries.list_all_participants(resource=resource)):
        rosters.setdefault(room_id, []).append(Participant(raw_id, ROLES[role], name))
    users = yield queries.list_all_users(resource=resource)
    assignments = yield queries.list_all_teams_assignments(resource=resource)
    invitations = yield queries.list_all_invitations(resource=resource)
    return ResourceContents(
        tuple(KeptRoom(read_room(*row), tuple(rosters.get(row[0], ())), moves) for *row, moves in rows),
        tuple(User(*row) for row in users),
        tuple(_assignment(*row) for row in assignments),
        tuple(_invitation(*row) for row in invitations),
        tuple(kept.subscription for kept in (yield from list_subscriptions(resource, counted=False))),
    )


def replace_contents(resource: ResourceId, contents: ResourceContents) -> Steps[None]:
    yield from _remove_contents(resource)
    for kept in contents.rooms:
        yield from _add_room(NO_OUTBOX, resource, kept.room, models.render_room(kept.room), kept.roster)
        if kept.moves:
            yield queries.put_moves(resource=resource, id=kept.room.id, moves=kept.moves)
    yield queries.add_user.each(*[_user_columns(resource, user) for user in contents.users])
    for assignment in contents.assignments:
        yield from put_teams_assignment(resource, assignment)
    yield _add_invitations(resource, contents.invitations)
    progress = Progress((yield from last_event(resource)))
    for subscription in contents.subscriptions:
        yield from add_subscription(subscription, progress)


def _remove_contents(resource: ResourceId) -> Steps[None]:
    yield queries.remove_rosters(resource=resource)
    yield queries.remove_rooms(resource=resource)
    yield queries.remove_words(resource=resource)
    yield queries.remove_invitations(resource=resource)
    yield queries.remove_places(resource=resource)
    yield queries.remove_lobbies(resource=resource)
    yield queries.remove_users(resource=resource)
    yield queries.remove_erasures(resource=resource)
    yield queries.remove_teams_assignments(resource=resource)
    yield queries.remove_tombstones(resource=resource)
    yield queries.remove_repeats(resource=resource)
    yield queries.remove_dial_outs(resource=resource)
    yield from remove_all_events(resource)
    yield from remove_presences(resource)
    yield queries.remove_all_deliveries(resource=resource)
    yield queries.remove_subscriptions(resource=resource)


# Users


def create_user(resource: ResourceId, user: User) -> Steps[User]:
    if user.custom_id is None:
        yield queries.add_user(**_user_columns(resource, user))
        return user
    while not (yield queries.add_custom_user(**_user_columns(resource, user))):
        # The user with this custom id may have been deleted in the meantime; then try again.
        for row in (yield queries.get_custom_user(resource=resource, custom_id=user.custom_id)):
            return User(*row)
    return user


def adopt_users(resource: ResourceId, users: Sequence[User], check: Callable[[User], None]) -> Steps[None]:
    # In the order of their keys, as all processes lock them, to prevent deadlocks.
    added = sorted(users, key=lambda user: user.raw_id)
    yield queries.adopt_user.each(*[_user_columns(resource, user) for user in added])
    for row in (yield queries.get_user.each(*[{"resource": resource, "raw_id": user.raw_id} for user in added])):
        check(User(*row))


def get_user(resource: ResourceId, raw_id: str) -> Steps[User]:
    rows = yield queries.get_user(resource=resource, raw_id=raw_id)
    if not rows:
        raise IdentityNotOwned
    return User(*rows[0])


def change_user(resource: ResourceId, raw_id: str, decide: Callable[[User], User]) -> Steps[User]:
    rows = yield queries.lock_user(resource=resource, raw_id=raw_id)
    if not rows:
        raise IdentityNotOwned
    user = User(*rows[0])
    changed = decide(user)
    if changed != user:
        yield queries.put_user(**_user_columns(resource, changed))
    return changed


# Teams extension


def put_teams_assignment(resource: ResourceId, assignment: TeamsAssignment) -> Steps[bool]:
    clients = assignment.client_ids
    columns = {
        "resource": resource,
        "tenant_id": assignment.tenant_id,
        "object_id": assignment.object_id,
        "principal_type": assignment.principal_type,
        "client_ids": None if clients is None else " ".join(clients),
    }
    if (yield queries.add_teams_assignment(**columns)):
        return True
    yield queries.put_teams_assignment(**columns)
    return False


def get_teams_assignment(resource: ResourceId, tenant_id: str, object_id: str) -> Steps[TeamsAssignment]:
    rows = yield queries.get_teams_assignment(resource=resource, tenant_id=tenant_id, object_id=object_id)
    if not rows:
        raise AssignmentNotFound
    return _assignment(tenant_id, object_id, *rows[0])


def _assignment(tenant_id: str, object_id: str, principal_type: str, clients: str | None) -> TeamsAssignment:
    client_ids = None if clients is None else tuple(clients.split())
    return TeamsAssignment(tenant_id, object_id, PrincipalType(principal_type), client_ids)


def remove_teams_assignment(resource: ResourceId, tenant_id: str, object_id: str) -> Steps[None]:
    yield queries.remove_teams_assignment(resource=resource, tenant_id=tenant_id, object_id=object_id)


# Calls


def get_standing(resource: ResourceId, room_id: RoomId, raw_id: str, invitation: str = "") -> Steps[Standing]:
    [row] = yield queries.get_standing(resource=resource, room_id=room_id, raw_id=raw_id, invitation=invitation)
    return _standing_at_door(row)


def get_standings(keys: Sequence[StandingKey]) -> Steps[Sequence[Standing]]:
    rows = yield queries.get_standing.each(*[key._asdict() for key in keys])
    return [_standing_at_door(row) for row in rows]


# Invitations


def plan_visit(
    outbox: Outbox,
    resource: ResourceId,
    room: Room,
    roster: Sequence[Participant],
    users: Sequence[User],
    invite: Callable[[Mapping[RawId, User]], Sequence[Invitation]],
    once: Once | None,
    answer: str,
) -> Steps[str]:
    if once is not None and not (yield _keep_repeat(resource, once, answer, room.created_at)):
        return (yield from _repeat(resource, once))
    document = models.render_room(room)
    yield from _add_room(outbox, resource, room, document, roster)
    yield from _invite(resource, roster, users, invite)
    return answer


def add_people(
    outbox: Outbox,
    resource: ResourceId,
    room_id: RoomId,
    people: NewPeople,
    decide: Callable[[RosterView], RosterChange],
    invite: Callable[[Mapping[RawId, User]], Sequence[Invitation]],
    once: Once | None,
    answer: str,
    now: Moment,
) -> Steps[str]:
    if once is not None and not (yield _keep_repeat(resource, once, answer, now)):
        return (yield from _repeat(resource, once))
    roster = people.participants
    yield from change_roster(outbox, resource, room_id, [one.raw_id for one in roster], decide)
    names = {one.raw_id: one.display_name for one in roster if one.display_name}
    if names:
        yield from change_visit(outbox, resource, room_id, names, lambda room, _present: room)
    yield from _invite(resource, roster, people.users, invite)
    return answer


def _invite(
    resource: ResourceId,
    roster: Sequence[Participant],
    users: Sequence[User],
    invite: Callable[[Mapping[RawId, User]], Sequence[Invitation]],
) -> Steps[None]:
    """Keep the new users, and the invitations of all who are on the roster."""
    yield queries.add_user.each(*[_user_columns(resource, user) for user in users])
    rows = yield queries.get_user.each(
        *[{"resource": resource, "raw_id": participant.raw_id} for participant in roster]
    )
    yield _add_invitations(resource, invite({user.raw_id: user for user in (User(*row) for row in rows)}))


def adopt_room(
    outbox: Outbox,
    resource: ResourceId,
    room: Room,
    roster: Sequence[Participant],
    users: Sequence[User],
    check_user: Callable[[User], None],
    check_room: Callable[[Room, Sequence[Participant]], None],
) -> Steps[bool]:
    # The users come first: their statement has no key, so operations that lock the same users never run together.
    yield from adopt_users(resource, users, check_user)
    document = models.render_room(room)
    try:
        yield from _add_room(NO_OUTBOX, resource, room, document, roster)
    except RoomIdTaken:
        try:
            kept, page = yield from get_visit(resource, room.id, None, len(roster) + 1)
        except RoomNotFound:
            raise RoomIdTaken from None
        check_room(kept, page.participants)
        return False
    yield from outbox.note(resource, room.id, room.created_at, [happenings.room_created(room, document)])
    return True


def add_invitation(
    resource: ResourceId,
    invitation: Invitation,
    decide: Callable[[Standing, Sequence[Invitation]], tuple[Invitation, Sequence[Invitation]]],
) -> Steps[Invitation]:
    room_id, raw_id = invitation.room_id, invitation.raw_id
    yield queries.lock_room(resource=resource, id=room_id)
    standing = yield from get_standing(resource, room_id, raw_id)
    links = yield queries.list_links(resource=resource, room_id=room_id, raw_id=raw_id)
    added, ended = decide(standing, [_invitation(*link) for link in links])
    yield queries.put_invitation.each(*[_invitation_changes(resource, link) for link in ended])
    yield queries.add_invitation(**_invitation_columns(resource, added))
    return added


def list_invitations(
    resource: ResourceId, room_id: RoomId, after: InvitationId | None, limit: int
) -> Steps[InvitationPage]:
    yield from get_room(resource, room_id)
    raw_id = ""
    if after is not None:
        raw_id, _ = yield from _get_invitation(resource, room_id, after)
    start = {"resource": resource, "room_id": room_id, "raw_id": raw_id, "id": after or ""}
    rows = yield queries.list_invitations(**start, limit=limit + 1)
    page = tuple([_invitation(*row) for row in rows[:limit]])
    return InvitationPage(page, page[-1].id if len(rows) > limit else None)


def get_invited(resource: ResourceId, room_id: RoomId, invitation_id: str) -> Steps[Invited]:
    _, secret_hash = yield from _get_invitation(resource, room_id, invitation_id)
    return (yield from find_invited(resource, secret_hash))


def _get_invitation(resource: ResourceId, room_id: RoomId, invitation_id: str) -> Steps[tuple[str, bytes]]:
    for raw_id, secret_hash in (yield queries.get_invitation(resource=resource, room_id=room_id, id=invitation_id)):
        return raw_id, secret_hash
    raise InvitationNotFound


def find_invited(resource: ResourceId, secret_hash: bytes) -> Steps[Invited]:
    rows = yield queries.find_invited(resource=resource, secret_hash=secret_hash)
    if not rows:
        raise InvitationUnknown
    invitation, (moves, *standing) = rows[0][:_INVITATION_COLUMNS], rows[0][_INVITATION_COLUMNS:]
    return Invited(_invitation(*invitation), _standing(standing), moves or 0)


def change_invitation(
    resource: ResourceId, invitation_id: str, decide: Callable[[Invitation], Invitation]
) -> Steps[Invitation]:
    rows = yield queries.lock_invitation(resource=resource, id=invitation_id)
    if not rows:
        raise InvitationNotFound
    invitation = _invitation(*rows[0])
    changed = decide(invitation)
    if changed != invitation:
        yield queries.put_invitation(**_invitation_changes(resource, changed))
    return changed


# The waiting room


def change_lobby(
    outbox: Outbox,
    call: CallId,
    named: Collection[RawId] | None,
    decide: Callable[[Lobby, Sequence[Place]], LobbyChange],
) -> Steps[LobbyChange]:
    room = {"resource": call.resource, "room_id": call.room}
    # Every change, deletion and decision about the room waits for its lock.
    created_at = (yield from _lock_room(call.resource, call.room)).created_at
    lobby = _lobby((yield queries.get_lobby(**room)))
    if named is None:
        rows = yield queries.list_places(**room, state=PlaceState.WAITING.value)
    else:
        rows = yield queries.get_place.each(*[{**room, "raw_id": raw_id} for raw_id in named])
    places = [_place(*row) for row in rows]
    change = decide(lobby, places)
    if change.ends_call:
        for state in (PlaceState.ADMITTED, PlaceState.KEPT_OUT):
            yield queries.remove_places_of_call(**room, state=state.value)
    # In the order of their keys, as `hold_places` locks them.
    put = sorted(change.put, key=lambda place: place.raw_id)
    yield queries.put_place.each(*[{**room, **_place_columns(place)} for place in put])
    if change.lobby != lobby:
        seen_at, presenter_at, revision = msgspec.structs.astuple(change.lobby)
        yield queries.put_lobby(**room, seen_at=seen_at, presenter_at=presenter_at, revision=revision)
    yield from outbox.note(call.resource, call.room, created_at, happenings.door_changed(call.room, places, change))
    return change


def hold_places(keys: Sequence[tuple[CallId, RawId]], until: Moment) -> Steps[None]:
    # In the order of their keys, as all processes lock them, to prevent deadlocks.
    yield queries.hold_place.each(
        *[
            {
                "resource": call.resource,
                "room_id": call.room,
                "raw_id": raw_id,
                "state": PlaceState.WAITING.value,
                "held_until": until,
            }
            for call, raw_id in sorted(keys)
        ]
    )


def list_at_door(call: CallId, state: PlaceState, held_now: Moment, limit: int) -> Steps[Sequence[AtDoor]]:
    rows = yield queries.list_people_at_door(
        resource=call.resource, room_id=call.room, state=state.value, held_now=held_now, limit=limit
    )
    return [AtDoor(_place(*row[:-2]), ROLES[row[-2]], row[-1]) for row in rows]


def count_waiting(calls: Sequence[CallId], held_now: Moment) -> Steps[Mapping[CallId, Mapping[ParticipantRole, int]]]:
    counts: dict[CallId, dict[ParticipantRole, int]] = {}
    rows = yield queries.count_people_at_door.each(
        *[
            {"resource": call.resource, "room_id": call.room, "state": PlaceState.WAITING.value, "held_now": held_now}
            for call in calls
        ]
    )
    for resource, room_id, role, count in rows:
        counts.setdefault(CallId(resource, room_id), {})[ROLES[role]] = count
    return counts


def _remove_lobby(resource: ResourceId, room_id: RoomId) -> Steps[None]:
    yield queries.remove_places_of_room(resource=resource, room_id=room_id)
    yield queries.remove_lobby(resource=resource, room_id=room_id)


def _lobby(rows: Rows) -> Lobby:
    return Lobby(*rows[0]) if rows else NO_LOBBY


def _place(
    raw_id: RawId, state: str, since: Moment, held_until: Moment, display_name: str, reason: str, declines: int
) -> Place:
    return Place(raw_id, PlaceState(state), since, held_until, display_name, reason, declines)


def _place_columns(place: Place) -> dict[str, object]:
    return {
        "raw_id": place.raw_id,
        "state": place.state.value,
        "since": place.since,
        "held_until": place.held_until,
        "display_name": place.display_name,
        "reason": place.reason,
        "declines": place.declines,
    }


# Telephones


def add_dial_out(
    outbox: Outbox, call: CallId, asked_by: str, since: Moment, decide: Callable[[Room, Traffic], DialOut]
) -> Steps[DialOut]:
    # The limits of a resource hold even if many dial out at once.
    yield queries.lock_resource(id=call.resource)
    room = yield from get_room(call.resource, call.room)
    [measures] = yield queries.measure_dial_outs(resource=call.resource, since=since, asked_by=asked_by)
    rows = yield queries.list_numbers_in_call(resource=call.resource, room_id=call.room)
    dial_out = decide(room, Traffic(frozenset([number for (number,) in rows]), *measures))
    yield queries.add_dial_out(**_dial_out_row(dial_out))
    yield from outbox.note(call.resource, call.room, room.created_at, happenings.dial_out_changed(None, dial_out))
    return dial_out


def change_dial_out(
    outbox: Outbox, resource: ResourceId, leg_id: LegId, decide: Callable[[DialOut], DialOut]
) -> Steps[DialOut | None]:
    rows = yield queries.lock_dial_out(resource=resource, id=leg_id)
    if not rows:
        return None
    dial_out = _dial_out(*rows[0])
    changed = decide(dial_out)
    if changed != dial_out:
        columns = _dial_out_row(changed)
        yield queries.put_dial_out(**{name: columns[name] for name in queries.put_dial_out.parameters})
        created_at = yield from room_creation(resource, changed.call.room)
        if created_at is not None:
            caused = happenings.dial_out_changed(dial_out, changed)
            yield from outbox.note(resource, changed.call.room, created_at, caused, changed.since)
            yield from keep_phone(changed)
    return changed


def get_dial_outs(keys: Sequence[tuple[ResourceId, LegId]]) -> Steps[Mapping[LegId, DialOut]]:
    rows = yield queries.get_dial_out.each(*[{"resource": resource, "id": leg_id} for resource, leg_id in keys])
    return {row[0]: _dial_out(*row) for row in rows}


def list_dial_outs(call: CallId, limit: int) -> Steps[Sequence[DialOut]]:
    rows = yield queries.list_dial_outs(resource=call.resource, room_id=call.room, limit=limit)
    return [_dial_out(*row) for row in rows]


def list_lost_dial_outs(now: Moment, limit: int) -> Steps[Sequence[tuple[ResourceId, LegId]]]:
    lost: list[tuple[ResourceId, LegId]] = []
    for resource, *_ in (yield queries.list_resources()):
        rows = yield queries.list_lost_dial_outs(resource=resource, now=now, limit=limit - len(lost))
        lost += [(resource, leg_id) for (leg_id,) in rows]
    return lost


def purge_dial_outs(ended_before: Moment, limit: int) -> Steps[int]:
    gone = 0
    for resource, *_ in (yield queries.list_resources()):
        gone += len((yield queries.purge_dial_outs(resource=resource, before=ended_before, limit=limit - gone)))
    return gone


# The deployment


def list_resources() -> Steps[Sequence[Resource]]:
    rows = yield queries.list_resources()
    return [_resource(*row) for row in rows]


def add_resource(resource: Resource) -> Steps[None]:
    yield from _check_host(resource)
    yield queries.add_resource(**_resource_row(resource))


def change_resource(resource: ResourceId, decide: Callable[[Resource], Resource]) -> Steps[Resource]:
    rows = yield queries.lock_resource(id=resource)
    if not rows:
        raise ResourceNotFound
    kept = _resource(*rows[0])
    changed = decide(kept)
    if changed.host != kept.host:
        yield from _check_host(changed)
    if changed != kept:
        yield queries.put_resource(**_resource_row(changed))
    return changed


def remove_resource(resource: ResourceId) -> Steps[None]:
    if (yield queries.find_room(resource=resource)) or (yield queries.find_user(resource=resource)):
        raise ResourceInUse
    if not (yield queries.remove_resource(id=resource)):
        raise ResourceNotFound
    yield from _remove_contents(resource)
    yield queries.remove_event_marks(resource=resource)
    yield queries.remove_operator_tokens(resource=resource)
    yield queries.remove_audit_events(resource=resource)
    yield queries.remove_key_uses(resource=resource)


def add_operator_token(token: OperatorToken) -> Steps[None]:
    # Expired tokens are of no more use.
    yield queries.purge_operator_tokens(resource=token.resource, before=token.created_at)
    yield queries.add_operator_token(**_operator_token_row(token))


def get_operator_token(resource: ResourceId, token_id: str) -> Steps[OperatorToken | None]:
    rows = yield queries.get_operator_token(resource=resource, id=token_id)
    return _operator_token(*rows[0]) if rows else None


def list_operator_tokens(resource: ResourceId, now: Moment) -> Steps[Sequence[OperatorToken]]:
    rows = yield queries.list_operator_tokens(resource=resource, now=now)
    return [_operator_token(*row) for row in rows]


def revoke_operator_token(resource: ResourceId, token_id: str, now: Moment) -> Steps[None]:
    if not (yield queries.revoke_operator_token(resource=resource, id=token_id, now=now)):
        raise OperatorTokenNotFound


def add_session(session: Session, tokens: Sequence[OperatorToken]) -> Steps[None]:
    # Expired sessions are of no more use.
    yield queries.purge_sessions(before=session.created_at)
    yield queries.add_session(**_session_row(session))
    for token in tokens:
        yield from add_operator_token(token)


def find_session(secret_hash: bytes) -> Steps[Session | None]:
    rows = yield queries.find_session(secret_hash=secret_hash)
    return _session(*rows[0]) if rows else None


def find_link(link_hash: bytes) -> Steps[Session | None]:
    rows = yield queries.find_link(link_hash=link_hash)
    return _session(*rows[0]) if rows else None


def change_session(session_id: str, decide: Callable[[Session], Session]) -> Steps[Session | None]:
    rows = yield queries.lock_session(id=session_id)
    if not rows:
        return None
    session = _session(*rows[0])
    changed = decide(session)
    if changed != session:
        yield queries.put_session(id=changed.id, secret_hash=changed.secret_hash, used_at=changed.used_at)
    return changed


def remove_session(session: Session, now: Moment) -> Steps[None]:
    yield queries.remove_session(id=session.id)
    for resource in session.resources:
        yield queries.revoke_operator_token(resource=resource, id=session.id, now=now)


def put_key_uses(used: Sequence[tuple[ResourceId, str]], now: Moment) -> Steps[None]:
    yield queries.put_key_use.each(
        *[{"resource": resource, "key_id": key_id, "used_at": now} for resource, key_id in used]
    )


def list_key_uses(resource: ResourceId) -> Steps[Mapping[str, Moment]]:
    rows = yield queries.list_key_uses(resource=resource)
    return {str(key_id): Moment(used_at) for key_id, used_at in rows}


def list_signing_keys() -> Steps[Sequence[SigningKey]]:
    rows = yield queries.list_signing_keys()
    return [SigningKey(*row) for row in rows]


def put_signing_key(key: SigningKey, only_if_none: bool) -> Steps[None]:
    if only_if_none:
        yield queries.take_turn(name="signing keys")
        if (yield queries.find_signing_key()):
            return
    yield queries.put_signing_key(id=key.id, private_pem=key.private_pem, created_at=key.created_at)


def remove_signing_keys(created_before: Moment) -> Steps[None]:
    yield queries.remove_signing_keys(created_before=created_before)


def reseal_keys(
    reseal_resource: Callable[[Resource], Resource], reseal_key: Callable[[SigningKey], SigningKey]
) -> Steps[int]:
    changed = 0
    for resource, *_ in (yield queries.list_resources()):
        for row in (yield queries.lock_resource(id=resource)):
            kept = _resource(*row)
            resealed = reseal_resource(kept)
            if resealed != kept:
                yield queries.put_resource(**_resource_row(resealed))
                changed += (resealed.primary_key != kept.primary_key) + (resealed.secondary_key != kept.secondary_key)
    for row in (yield queries.list_signing_keys()):
        key = SigningKey(*row)
        resealed_key = reseal_key(key)
        if resealed_key != key:
            changed += len((yield queries.reseal_signing_key(id=key.id, private_pem=resealed_key.private_pem)))
    return changed


def hold_lease(name: str, holder: str, now: Moment, until: Moment) -> Steps[bool]:
    rows = yield queries.hold_lease(name=name, holder=holder, now=now, until=until)
    return bool(rows)


def purge(expired_before: Moment, repeats_before: Moment, limit: int) -> Steps[int]:
    gone = 0
    for resource, *_ in (yield queries.list_resources()):
        gone += yield from _purge_rooms(resource, expired_before, limit - gone)
        if gone < limit:
            gone += yield from _purge_tombstones(resource, expired_before, limit - gone)
        if gone < limit:
            gone += len((yield queries.purge_repeats(resource=resource, before=repeats_before, limit=limit - gone)))
        if gone >= limit:
            break
    return gone


def remove_leftovers(after: CallId | None, limit: int) -> Steps[CallId | None]:
    for resource, *_ in (yield queries.list_resources()):
        if after is not None and resource < after.resource:
            continue
        start = after.room if after is not None and resource == after.resource else ""
        rows = yield queries.list_rooms_in_use(resource=resource, after=start, limit=limit)
        left = [{"resource": resource, "room_id": room_id} for room_id, is_there in rows if not is_there]
        yield queries.remove_places_of_room.each(*left)
        yield queries.remove_lobby.each(*left)
        yield queries.forget_invitations.each(*left)
        if len(rows) == limit:
            return CallId(resource, rows[-1][0])
    return None


def check() -> Steps[None]:
    yield queries.take_turn(name="check")


def _resource(resource: ResourceId, host: str, primary_key: str, secondary_key: str) -> Resource:
    return Resource(resource, host or None, primary_key, secondary_key)


def _resource_row(resource: Resource) -> dict[str, object]:
    return {
        "id": resource.id,
        "host": resource.host or _ANY_HOST,
        "primary_key": resource.primary_key,
        "secondary_key": resource.secondary_key,
    }


def _operator_token(
    token_id: str,
    resource: ResourceId,
    role: str,
    created_at: Moment,
    expires_at: Moment,
    key_ids: str,
    revoked_at: Moment | None,
    subject: str,
) -> OperatorToken:
    return OperatorToken(
        token_id, resource, OperatorRole(role), created_at, expires_at, tuple(key_ids.split()), revoked_at, subject
    )


def _operator_token_row(token: OperatorToken) -> dict[str, object]:
    return {**msgspec.structs.asdict(token), "role": token.role.value, "key_ids": " ".join(token.key_ids)}


def _session(session_id: str, resources: str, *columns: Any) -> Session:
    return Session(session_id, tuple(map(ResourceId, resources.split())), *columns)


def _session_row(session: Session) -> dict[str, object]:
    return {**msgspec.structs.asdict(session), "resources": " ".join(session.resources)}


def _check_host(resource: Resource) -> Steps[None]:
    yield queries.take_turn(name="resources")
    if any(owner != resource.id for (owner,) in (yield queries.get_host_owner(host=resource.host or _ANY_HOST))):
        raise HostTaken


def _room_columns(resource: ResourceId, room: Room, document: str) -> dict[str, object]:
    return {
        "resource": resource,
        "id": room.id,
        "created_at": room.created_at,
        "valid_from": room.valid_from,
        "valid_until": room.valid_until,
        "pstn_dial_out_enabled": room.pstn_dial_out_enabled,
        "document": document,
        "document_form": models.ROOM_FORM,
    }


def _option_columns(resource: ResourceId, room: Room) -> dict[str, object]:
    options = room.options
    return {
        "resource": resource,
        "id": room.id,
        "title": options.title,
        "waiting_room": options.waiting_room.value,
        "starts_with": options.starts_with.value,
        "extend_by": options.extend_by,
        "extended": options.extended,
        "added": options.added,
    }


def read_room(
    room_id: RoomId, created_at: Moment, valid_from: Moment, valid_until: Moment, pstn: bool, *options: Any
) -> Room:
    return Room(room_id, created_at, valid_from, valid_until, bool(pstn), _options(*options) if options else NO_OPTIONS)


def _options(
    title: str, waiting_room: str, starts_with: str, extend_by: int, extended: int, added: int
) -> VisitOptions:
    return VisitOptions(title, WAITING_ROOMS[waiting_room], STARTS[starts_with], extend_by, extended, added)


def _user_columns(resource: ResourceId, user: User) -> dict[str, object]:
    return {
        "resource": resource,
        "raw_id": user.raw_id,
        "created_at": user.created_at,
        "revocations": user.revocations,
        "deleted_at": user.deleted_at,
        "custom_id": user.custom_id,
        "last_token_issued_at": user.last_token_issued_at,
    }


def _invitation(
    invitation_id: InvitationId,
    room_id: RoomId,
    raw_id: RawId,
    secret_hash: bytes,
    revocations: int,
    created_at: Moment,
    is_revoked: bool,
    bind_to_first_browser: bool,
    *uses: Any,
) -> Invitation:
    ends = bool(is_revoked), bool(bind_to_first_browser)
    return Invitation(invitation_id, room_id, raw_id, secret_hash, revocations, created_at, *ends, *uses)


def _invitation_columns(resource: ResourceId, invitation: Invitation) -> dict[str, object]:
    return {"resource": resource, **msgspec.structs.asdict(invitation)}


def _add_invitations(resource: ResourceId, invitations: Iterable[Invitation]) -> Step:
    return queries.add_invitation.each(*[_invitation_columns(resource, invitation) for invitation in invitations])


def _invitation_changes(resource: ResourceId, invitation: Invitation) -> dict[str, object]:
    columns = _invitation_columns(resource, invitation)
    return {name: columns[name] for name in queries.put_invitation.parameters}


def _dial_out_row(dial_out: DialOut) -> dict[str, object]:
    return {
        "resource": dial_out.call.resource,
        "id": dial_out.id,
        "room_id": dial_out.call.room,
        "phone_number": dial_out.phone_number,
        "asked_by": dial_out.asked_by,
        "asked_at": dial_out.asked_at,
        "hang_up_at": dial_out.hang_up_at,
        "owner": dial_out.owner,
        "held_until": dial_out.held_until,
        "state": dial_out.state.value,
        "since": dial_out.since,
        "answered_at": dial_out.answered_at,
        "ended_at": None if dial_out.is_live else dial_out.since,
        "outcome": None if dial_out.outcome is None else dial_out.outcome.value,
        "sip_status": dial_out.sip_status,
    }


def _dial_out(
    leg_id: LegId,
    resource: ResourceId,
    room_id: RoomId,
    phone_number: PhoneNumber,
    asked_by: str,
    asked_at: Moment,
    hang_up_at: Moment,
    owner: str,
    held_until: Moment,
    state: str,
    since: Moment,
    answered_at: Moment | None,
    outcome: str | None,
    sip_status: int | None,
) -> DialOut:
    return DialOut(
        leg_id,
        CallId(resource, room_id),
        phone_number,
        asked_by,
        asked_at,
        hang_up_at,
        owner,
        held_until,
        LegState(state),
        since,
        answered_at,
        None if outcome is None else Outcome(outcome),
        sip_status,
    )


def _rendered(rows: Rows, limit: int) -> RenderedRooms:
    rooms = [read_room(*row) for row in rows[:limit]]
    documents = ",".join(map(models.render_room, rooms))
    return RenderedRooms(documents, RoomKey(rooms[-1].created_at, rooms[-1].id) if len(rows) > limit else None)


def index_rooms(limit: int) -> Steps[int]:
    done = 0
    for resource, *_ in (yield queries.list_resources()):
        rows = yield queries.list_rooms_without_words(resource=resource, limit=limit - done)
        for (room_id,) in rows:
            for row in (yield queries.lock_room(resource=resource, id=room_id)):
                yield from search.read_again(resource, read_room(*row))
                done += 1
    return done


def _lock_room(resource: ResourceId, room_id: RoomId) -> Steps[Room]:
    rows = yield queries.lock_room(resource=resource, id=room_id)
    if not rows:
        raise RoomNotFound
    return read_room(*rows[0])


def _put(outbox: Outbox, resource: ResourceId, room: Room, changed: Room) -> Steps[str]:
    """Keep what has changed, with its event, and return the document of the changed room."""
    document = models.render_room(changed)
    now = outbox.now()
    moves = (changed.valid_from, changed.valid_until) != (room.valid_from, room.valid_until)
    if moves and now is not None:
        yield from windows.tell_before_change(outbox, resource, room, now)
    if changed != room:
        yield queries.put_room(**_room_columns(resource, changed, document), now=now)
    if changed.options != room.options:
        yield queries.put_options(**_option_columns(resource, changed))
    yield from outbox.note(resource, room.id, room.created_at, happenings.room_changed(room, changed, document))
    if moves and now is not None:
        yield from windows.tell_change(outbox, resource, room, changed, now)
    return document


def _keep_repeat(resource: ResourceId, once: Once, answer: str, now: Moment) -> Step:
    return queries.keep_repeat(
        resource=resource,
        request_id=once.request_id,
        fingerprint=once.fingerprint,
        document=answer,
        kept_at=now,
    )


def _repeat(resource: ResourceId, once: Once) -> Steps[str]:
    """Return the answer of the first request."""
    [(fingerprint, answer)] = yield queries.get_repeat(resource=resource, request_id=once.request_id)
    if fingerprint != once.fingerprint:
        raise RepeatMismatch
    return str(answer)


def _add(resource: ResourceId, room: Room, participants: Sequence[Participant], last: int) -> Step:
    place = {"resource": resource, "created_at": room.created_at, "room_id": room.id}
    return queries.add_participant.each(
        *[
            {**place, "raw_id": participant.raw_id, "position": position, "role": participant.role}
            for position, participant in enumerate(participants, last + 1)
        ]
    )


def _name(resource: ResourceId, room: Room, names: Mapping[RawId, str]) -> Step:
    place = {"resource": resource, "created_at": room.created_at, "room_id": room.id}
    return queries.name_participant.each(
        *[{**place, "raw_id": raw_id, "display_name": name} for raw_id, name in names.items()]
    )


def _standing_at_door(row: Sequence[Any]) -> Standing:
    standing = _standing(row[: -_LOBBY_COLUMNS - _PLACE_COLUMNS])
    lobby, place = row[-_LOBBY_COLUMNS - _PLACE_COLUMNS : -_PLACE_COLUMNS], row[-_PLACE_COLUMNS:]
    if lobby[-1] is None and place[0] is None:
        return standing
    return msgspec.structs.replace(
        standing,
        lobby=NO_LOBBY if lobby[-1] is None else Lobby(*lobby),
        place=None if place[0] is None else _place(*place),
    )


def _standing(row: Sequence[Any]) -> Standing:
    room, (role, name, is_withdrawn, *user) = row[:_ROOM_COLUMNS], row[_ROOM_COLUMNS:]
    return Standing(
        read_room(*room) if room[0] is not None else None,
        ROLES[role] if role is not None else None,
        User(*user) if user[0] is not None else None,
        name or "",
        bool(is_withdrawn),
    )


def _purge_rooms(resource: ResourceId, before: Moment, limit: int) -> Steps[int]:
    gone = 0
    expired = yield queries.list_expired_rooms(resource=resource, before=before, limit=limit)
    # In the order of their keys, as all processes lock them, to prevent deadlocks.
    for room_id in sorted([room_id for (room_id,) in expired]):
        removed = yield queries.remove_expired_room(resource=resource, id=room_id, before=before)
        for created_at, words in removed:
            roster = yield queries.remove_roster(resource=resource, created_at=created_at, room_id=room_id)
            invitations = yield queries.forget_invitations(resource=resource, room_id=room_id)
            yield from _remove_lobby(resource, room_id)
            yield search.remove(resource, room_id, search.split(words))
            yield queries.remove_event_mark(resource=resource, room_id=room_id)
            gone += 1 + len(roster) + len(invitations)
        if gone >= limit:
            break
    return gone


def _purge_tombstones(resource: ResourceId, before: Moment, limit: int) -> Steps[int]:
    # Until then, the invitations to a deleted room tell that it was deleted.
    purged = yield queries.purge_tombstones(resource=resource, before=before, limit=limit)
    rooms = [{"resource": resource, "room_id": room_id} for room_id in sorted([room_id for (room_id,) in purged])]
    # A process of the version before, which knows no waiting room, may have deleted the room and left them.
    yield queries.remove_places_of_room.each(*rooms)
    yield queries.remove_lobby.each(*rooms)
    yield queries.remove_event_mark.each(*rooms)
    return len(rooms) + len((yield queries.forget_invitations.each(*rooms)))
