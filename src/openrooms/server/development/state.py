"""The state of a development service as one document: rooms with their rosters, users, assignments, subscriptions."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

import msgspec

from openrooms.domain import roster, visits
from openrooms.domain.errors import InvalidRequest, MalformedRequest, OpenRoomsError, Problem
from openrooms.domain.identities import ResourceId, User, check_custom_id
from openrooms.domain.invitations import Invitation, InvitationId
from openrooms.domain.moments import Moment
from openrooms.domain.rooms import Room, parse_room_id
from openrooms.domain.roster import Participant
from openrooms.domain.subscriptions import SECRET_PREFIX, Subscription, check_secret, check_url, is_declared
from openrooms.domain.teams import TeamsAssignment, parse_assignment
from openrooms.domain.visits import VisitOptions
from openrooms.server.core.ports import (
    SUBSCRIPTIONS_CHANGED,
    ContentsStore,
    KeptRoom,
    Notifications,
    ResourceContents,
)
from openrooms.wire.dates import format_moment, parse_moment
from openrooms.wire.development import (
    StateAssignment,
    StateInvitation,
    StateModel,
    StateRoom,
    StateSubscription,
    StateUser,
)
from openrooms.wire.models import decoder
from openrooms.wire.subscriptions import event_filter

Model = TypeVar("Model")
Made = TypeVar("Made")

_ANY_SIZE = 10**9
_SUBSCRIPTION_ID = re.compile("[0-9A-Za-z]{1,64}")
_read = decoder(StateModel)
_encode = msgspec.json.Encoder().encode


class StateStore(ContentsStore, Notifications, Protocol):
    """The contents, and how the process that delivers events learns of changes."""


class State:
    """The contents of each resource; they are read and replaced as a whole."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    async def export(self, resource: ResourceId) -> bytes:
        """Return what is kept of the resource, except its keys, its history and the answers to repeated creates."""
        contents = await self._store.get_contents(resource)
        return _encode(
            StateModel(
                list(map(_room_model, contents.rooms)),
                list(map(_user_model, contents.users)),
                list(map(_assignment_model, contents.assignments)),
                list(map(_invitation_model, contents.invitations)),
                [_subscription_model(one) for one in contents.subscriptions if not is_declared(one.id)],
            )
        )

    async def replace(self, resource: ResourceId, document: bytes) -> None:
        """Put what the document holds in the place of everything; raise `MalformedRequest`, and then change nothing."""
        state = _read(document)
        contents = ResourceContents(
            _each("rooms", state.rooms, _room),
            _each("users", state.users, _user),
            _each("teamsAssignments", state.teams_assignments, _assignment),
            _each("invitations", state.invitations, _invitation),
            _each("subscriptions", state.subscriptions, partial(_subscription, resource)),
        )
        _check_different("rooms", [kept.room.id for kept in contents.rooms])
        _check_different("users", [user.raw_id for user in contents.users])
        _check_different("customIds", [user.custom_id for user in contents.users if user.custom_id is not None])
        _check_different("teamsAssignments", [(one.tenant_id, one.object_id) for one in contents.assignments])
        _check_different("invitations", [invitation.id for invitation in contents.invitations])
        _check_different("secretHashes", [invitation.secret_hash for invitation in contents.invitations])
        _check_different("subscriptions", [subscription.id for subscription in contents.subscriptions])
        await self._put(resource, contents)

    async def clear(self, resource: ResourceId) -> None:
        """Remove everything of the resource, except its keys."""
        await self._put(resource, ResourceContents())

    async def _put(self, resource: ResourceId, contents: ResourceContents) -> None:
        await self._store.replace_contents(resource, contents)
        self._store.notify(f"{SUBSCRIPTIONS_CHANGED} {resource}")


def _each(name: str, models: Sequence[Model], made: Callable[[Model], Made]) -> tuple[Made, ...]:
    """Return what is made of each model; an error names its place in the document."""
    done: list[Made] = []
    for model in models:
        try:
            done.append(made(model))
        except (OpenRoomsError, ValueError) as error:
            raise MalformedRequest(Problem(f"$.{name}[{len(done)}]", _reason(error))) from error
    return tuple(done)


def _reason(error: Exception) -> str:
    return error.problems[0].message if isinstance(error, MalformedRequest) and error.problems else str(error)


def _check_different(name: str, keys: Sequence[object]) -> None:
    if len(set(keys)) != len(keys):
        raise MalformedRequest(Problem(f"$.{name}", "Two of them have the same id."))


def _room(model: StateRoom) -> KeptRoom:
    named = visits.change(model.title, model.waiting_room, model.starts_with, model.extend_by, model.display_names)
    room = Room(
        parse_room_id(model.id),
        parse_moment(model.created_at),
        parse_moment(model.valid_from),
        parse_moment(model.valid_until),
        model.pstn_dial_out_enabled,
        visits.changed(VisitOptions(extended=max(0, model.extended)), named),
    )
    invited = roster.new_roster(roster.parse_roles(model.participants), _ANY_SIZE)
    visits.check_named(named.names, {participant.raw_id for participant in invited})
    kept = tuple(Participant(one.raw_id, one.role, named.names.get(one.raw_id, "")) for one in invited)
    return KeptRoom(room, kept, max(0, model.moves))


def _room_model(kept: KeptRoom) -> StateRoom:
    room, options = kept.room, kept.room.options
    return StateRoom(
        room.id,
        format_moment(room.created_at),
        format_moment(room.valid_from),
        format_moment(room.valid_until),
        room.pstn_dial_out_enabled,
        {participant.raw_id: participant.role for participant in kept.roster},
        {participant.raw_id: participant.display_name for participant in kept.roster if participant.display_name},
        options.title,
        options.waiting_room,
        options.starts_with,
        options.extend_by,
        options.extended,
        kept.moves,
    )


def _user(model: StateUser) -> User:
    raw_id = roster.canonical(model.id)
    if not roster.is_acs_user(raw_id):
        raise InvalidRequest(f"{raw_id} is not the raw ID of a user, such as 8:acs:RESOURCE_USER with two GUIDs.")
    return User(
        raw_id,
        parse_moment(model.created_at),
        model.revocations,
        _maybe(model.deleted_at),
        check_custom_id(model.custom_id),
        _maybe(model.last_token_issued_at),
    )


def _user_model(user: User) -> StateUser:
    return StateUser(
        user.raw_id,
        format_moment(user.created_at),
        user.revocations,
        None if user.deleted_at is None else format_moment(user.deleted_at),
        user.custom_id,
        None if user.last_token_issued_at is None else format_moment(user.last_token_issued_at),
    )


def _assignment(model: StateAssignment) -> TeamsAssignment:
    return parse_assignment(model.tenant_id, model.object_id, model.principal_type, model.client_ids)


def _assignment_model(assignment: TeamsAssignment) -> StateAssignment:
    clients = assignment.client_ids
    return StateAssignment(
        assignment.tenant_id,
        assignment.object_id,
        assignment.principal_type,
        None if clients is None else list(clients),
    )


def _invitation(model: StateInvitation) -> Invitation:
    return Invitation(
        InvitationId(model.id),
        parse_room_id(model.room_id),
        roster.canonical(model.raw_id),
        bytes.fromhex(model.secret_hash),
        model.revocations,
        parse_moment(model.created_at),
        model.is_revoked,
        model.bind_to_first_browser,
        None if model.browser_hash is None else bytes.fromhex(model.browser_hash),
        _maybe(model.bound_at),
        _maybe(model.last_used_at),
    )


def _invitation_model(invitation: Invitation) -> StateInvitation:
    return StateInvitation(
        invitation.id,
        invitation.room_id,
        invitation.raw_id,
        invitation.secret_hash.hex(),
        invitation.revocations,
        format_moment(invitation.created_at),
        invitation.is_revoked,
        invitation.bind_to_first_browser,
        None if invitation.browser_hash is None else invitation.browser_hash.hex(),
        None if invitation.bound_at is None else format_moment(invitation.bound_at),
        None if invitation.last_used_at is None else format_moment(invitation.last_used_at),
    )


def _subscription(resource: ResourceId, model: StateSubscription) -> Subscription:
    if not _SUBSCRIPTION_ID.fullmatch(model.id):
        raise InvalidRequest("id must have 1 to 64 letters and digits.")
    return Subscription(
        resource,
        model.id,
        parse_moment(model.created_at),
        check_url(model.url, plain=True),
        check_secret(model.secret),
        event_filter(model.types, model.room),
        model.validation,
        model.is_enabled,
    )


def _subscription_model(subscription: Subscription) -> StateSubscription:
    return StateSubscription(
        subscription.id,
        format_moment(subscription.created_at),
        subscription.url,
        f"{SECRET_PREFIX}{subscription.secret}",
        sorted(subscription.events.types),
        subscription.events.room_id,
        subscription.validation,
        subscription.is_enabled,
    )


def _maybe(text: str | None) -> Moment | None:
    return None if text is None else parse_moment(text)
