"""The stores over a database that runs steps; `sqlite` and `postgres` add how it runs them."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence, Set
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

import msgspec

from openrooms.domain.calls import CallId
from openrooms.domain.erasure import RecordKind
from openrooms.domain.events import EVERYTHING, EventFilter, EventKey
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.domain.subscriptions import Progress, Subscription
from openrooms.server.core.ports import (
    EVENTS_ADDED,
    EarlierEvents,
    EventPage,
    Figure,
    KeptSubscription,
    RecordKey,
    RecordPage,
    Resource,
    ResourceContents,
    SigningKey,
    Storage,
)
from openrooms.server.storage import (
    audit,
    edges,
    erasure,
    listing,
    outbox,
    presence,
    samples,
    sql,
    subscriptions,
    users,
)
from openrooms.server.storage.outbox import LAST_POSITION, Outbox
from openrooms.server.storage.sealing import Sealer
from openrooms.server.storage.statements import Steps

_ANNOUNCE_SECONDS = 0.05

P = ParamSpec("P")
T = TypeVar("T")
Method: TypeAlias = Callable[Concatenate["SqlStorage", P], Coroutine[Any, Any, T]]


def reads(operation: Callable[P, Steps[T]]) -> Method[P, T]:
    """Return the method that runs an operation which writes nothing."""

    def method(self: "SqlStorage", /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        return self._read(operation, *args, **kwargs)

    return method


def writes(operation: Callable[P, Steps[T]]) -> Method[P, T]:
    """Return the method that runs an operation which writes, and returns once its writes are on disk."""

    def method(self: "SqlStorage", /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        return self._write(operation, *args, **kwargs)

    return method


def records(operation: Callable[Concatenate[Outbox, P], Steps[T]]) -> Method[P, T]:
    """Return the method that runs an operation which also writes events of what it changes.

    Its first argument is the resource or the call.
    """

    async def method(self: "SqlStorage", /, *args: P.args, **kwargs: P.kwargs) -> T:
        result = await self._write(operation, self._outbox, *args, **kwargs)
        self._announce(args[0])
        return result

    return method


class SqlStorage(Storage, ABC):
    """All stores in one SQL database: each operation of `sql` as a method; keys are sealed and opened on the way."""

    def __init__(self, sealer: Sealer, outbox: Outbox) -> None:
        self._sealer = sealer
        self._outbox = outbox
        self._listeners: list[Callable[[str], None]] = []
        self._unannounced: set[ResourceId] = set()

    @abstractmethod
    async def _read(self, operation: Callable[P, Steps[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of an operation that writes nothing."""

    @abstractmethod
    async def _write(self, operation: Callable[P, Steps[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the operation's result once its writes are on disk; raise as `ports` says."""

    create_room = records(sql.create_room)
    get_room_document = reads(sql.get_room_document)
    list_rooms = reads(sql.list_rooms)
    change_room = records(sql.change_room)
    delete_room = records(sql.delete_room)
    list_roster = reads(sql.list_roster)
    change_roster = records(sql.change_roster)

    get_visit = reads(sql.get_visit)
    change_visit = records(sql.change_visit)

    list_visits = reads(listing.list_visits)
    get_summaries = reads(listing.get_summaries)
    index_rooms = writes(sql.index_rooms)

    count_people = writes(listing.count_people)
    list_calls_with_people = reads(listing.list_calls_with_people)

    get_room = reads(sql.get_room)
    get_standing = reads(sql.get_standing)
    get_standings = reads(sql.get_standings)

    add_invitation = writes(sql.add_invitation)
    list_invitations = reads(sql.list_invitations)
    get_invited = reads(sql.get_invited)
    find_invited = reads(sql.find_invited)
    change_invitation = writes(sql.change_invitation)

    plan_visit = records(sql.plan_visit)
    add_people = records(sql.add_people)
    adopt_room = records(sql.adopt_room)

    create_user = writes(sql.create_user)
    adopt_users = writes(sql.adopt_users)
    get_user = reads(sql.get_user)
    change_user = writes(sql.change_user)
    list_users = reads(users.list_users)
    find_users = reads(users.find_users)
    list_rooms_of_user = reads(users.list_rooms_of_user)

    erase_records = writes(erasure.erase_records)
    begin_erasure = writes(erasure.begin_erasure)
    list_erasures = reads(erasure.list_erasures)
    has_erasure = reads(erasure.has_erasure)
    end_erasure = writes(erasure.end_erasure)

    put_teams_assignment = writes(sql.put_teams_assignment)
    get_teams_assignment = reads(sql.get_teams_assignment)
    remove_teams_assignment = writes(sql.remove_teams_assignment)

    change_lobby = records(sql.change_lobby)
    hold_places = writes(sql.hold_places)
    list_at_door = reads(sql.list_at_door)
    count_waiting = reads(sql.count_waiting)

    add_dial_out = records(sql.add_dial_out)
    change_dial_out = records(sql.change_dial_out)
    get_dial_outs = reads(sql.get_dial_outs)
    list_dial_outs = reads(sql.list_dial_outs)
    list_lost_dial_outs = reads(sql.list_lost_dial_outs)
    purge_dial_outs = writes(sql.purge_dial_outs)

    note_refusal = records(presence.note_refusal)
    list_refusals = reads(presence.list_refusals)
    list_all_refusals = reads(presence.list_all_refusals)
    purge_attendance = writes(presence.purge_attendance)
    list_edges = reads(edges.list_edges)
    begin_edges = writes(edges.begin_edges)

    list_lasting = reads(presence.list_lasting)
    note_presence = records(presence.note_presence)
    keep_seen = writes(presence.keep_seen)
    get_seen = reads(presence.get_seen)
    list_stays = reads(presence.list_stays)
    list_all_stays = reads(presence.list_all_stays)

    add_event = records(samples.add_event)
    get_event = reads(outbox.get_event)
    last_event = reads(outbox.last_event)
    purge_events = writes(outbox.purge_events)

    remove_subscription = writes(subscriptions.remove_subscription)
    list_waiting = reads(subscriptions.list_waiting)
    list_dead_letters = reads(subscriptions.list_dead_letters)
    revive_dead_letters = writes(subscriptions.revive_dead_letters)
    deliver_again = writes(subscriptions.deliver_again)
    save_deliveries = writes(subscriptions.save_deliveries)
    purge_dead_letters = writes(subscriptions.purge_dead_letters)
    get_events = reads(subscriptions.get_events)

    remove_resource = writes(sql.remove_resource)

    add_operator_token = writes(sql.add_operator_token)
    get_operator_token = reads(sql.get_operator_token)
    list_operator_tokens = reads(sql.list_operator_tokens)
    revoke_operator_token = writes(sql.revoke_operator_token)

    add_session = writes(sql.add_session)
    find_session = reads(sql.find_session)
    find_link = reads(sql.find_link)
    change_session = writes(sql.change_session)
    remove_session = writes(sql.remove_session)

    put_key_uses = writes(sql.put_key_uses)
    list_key_uses = reads(sql.list_key_uses)

    add_audit_events = writes(audit.add_audit_events)
    list_audit_events = reads(audit.list_audit_events)
    purge_audit_events = writes(audit.purge_audit_events)

    remove_signing_keys = writes(sql.remove_signing_keys)

    hold_lease = writes(sql.hold_lease)
    purge = writes(sql.purge)
    remove_leftovers = writes(sql.remove_leftovers)
    check = writes(sql.check)

    async def tell_edges(self, until: Moment) -> int:
        count = await self._write(edges.tell_edges, self._outbox, until)
        for resource in await self._read(sql.list_resources) if count else ():
            self._announce(resource.id)
        return count

    async def list_records(
        self, resource: ResourceId, kind: RecordKind, after: RecordKey | None, people: Set[str], limit: int
    ) -> RecordPage:
        if kind is RecordKind.EVENTS:
            # Otherwise an event with a lower position could be committed after this page was read.
            await self._settled_position(resource)
        return await self._read(erasure.list_records, resource, kind, after, people, limit)

    async def list_events(
        self,
        resource: ResourceId,
        after: EventKey,
        limit: int,
        only: EventFilter = EVERYTHING,
    ) -> EventPage:
        # The events of one room are committed in the order of their sequences.
        up_to = await self._settled_position(resource) if only.room_id is None else LAST_POSITION
        return await self._read(outbox.list_events, resource, after, up_to, limit, only)

    async def list_events_before(
        self,
        resource: ResourceId,
        before: EventKey | None,
        limit: int,
        only: EventFilter = EVERYTHING,
    ) -> EarlierEvents:
        up_to = await self._settled_position(resource) if before is None and only.room_id is None else LAST_POSITION
        return await self._read(outbox.list_events_before, resource, before, up_to, limit, only)

    async def _settled_position(self, resource: ResourceId) -> int:
        """Return a position up to which no event can be added any more."""
        return LAST_POSITION

    async def list_resources(self) -> Sequence[Resource]:
        return [self._opened(resource) for resource in await self._read(sql.list_resources)]

    async def add_resource(self, resource: Resource) -> None:
        await self._write(sql.add_resource, self._sealed(resource))

    async def change_resource(self, resource: ResourceId, decide: Callable[[Resource], Resource]) -> Resource:
        def decide_sealed(kept: Resource) -> Resource:
            opened = self._opened(kept)
            changed = decide(opened)
            return kept if changed == opened else self._sealed(changed)

        return self._opened(await self._write(sql.change_resource, resource, decide_sealed))

    async def get_contents(self, resource: ResourceId) -> ResourceContents:
        found = await self._read(sql.get_contents, resource)
        return msgspec.structs.replace(found, subscriptions=tuple(map(self._opened_secret, found.subscriptions)))

    async def replace_contents(self, resource: ResourceId, contents: ResourceContents) -> None:
        sealed = msgspec.structs.replace(
            contents, subscriptions=tuple(map(self._sealed_secret, contents.subscriptions))
        )
        await self._write(sql.replace_contents, resource, sealed)

    async def add_subscription(self, subscription: Subscription, progress: Progress) -> None:
        await self._write(subscriptions.add_subscription, self._sealed_secret(subscription), progress)

    async def list_subscriptions(self, resource: ResourceId, *, counted: bool = True) -> Sequence[KeptSubscription]:
        found = await self._read(subscriptions.list_subscriptions, resource, counted)
        return [self._opened_kept(kept) for kept in found]

    async def get_subscription(self, resource: ResourceId, subscription_id: str) -> KeptSubscription:
        return self._opened_kept(await self._read(subscriptions.get_subscription, resource, subscription_id))

    async def change_subscription(
        self, resource: ResourceId, subscription_id: str, decide: Callable[[Subscription], Subscription]
    ) -> None:
        def decide_sealed(kept: Subscription) -> Subscription:
            opened = msgspec.structs.replace(kept, secret=self._sealer.open(kept.secret, _secret_place(kept)))
            changed = decide(opened)
            if changed.secret == opened.secret:
                return msgspec.structs.replace(changed, secret=kept.secret)
            return self._sealed_secret(changed)

        await self._write(subscriptions.change_subscription, resource, subscription_id, decide_sealed)

    async def list_signing_keys(self) -> Sequence[SigningKey]:
        return [self._opened_key(key) for key in await self._read(sql.list_signing_keys)]

    async def put_signing_key(self, key: SigningKey, only_if_none: bool = False) -> None:
        sealed = msgspec.structs.replace(key, private_pem=self._sealer.seal(key.private_pem, _pem_place(key)))
        await self._write(sql.put_signing_key, sealed, only_if_none)

    async def reseal_keys(self) -> int:
        return await self._write(sql.reseal_keys, self._resealed, self._resealed_key) + await self._write(
            subscriptions.reseal, lambda kept: self._reseal(kept.secret, _secret_place(kept))
        )

    def _announce(self, changed: object) -> None:
        """Notify everyone of new events, at most once in a while."""
        resource = changed.resource if isinstance(changed, CallId) else changed
        if not self._outbox.is_on or not isinstance(resource, str):
            return
        if not self._unannounced:
            asyncio.get_running_loop().call_later(_ANNOUNCE_SECONDS, self._flush_announcements)
        self._unannounced.add(ResourceId(resource))

    def _flush_announcements(self) -> None:
        resources, self._unannounced = self._unannounced, set()
        for resource in resources:
            self.notify(f"{EVENTS_ADDED} {resource}")

    def notify(self, notification: str) -> None:
        for heard in self._listeners:
            heard(notification)

    def listen(self, heard: Callable[[str], None]) -> None:
        self._listeners.append(heard)

    def figures(self) -> Sequence[Figure]:
        return ()

    def _sealed(self, resource: Resource) -> Resource:
        return _with_keys(resource, self._sealer.seal)

    def _opened(self, resource: Resource) -> Resource:
        return _with_keys(resource, self._sealer.open)

    def _opened_key(self, key: SigningKey) -> SigningKey:
        return msgspec.structs.replace(key, private_pem=self._sealer.open(key.private_pem, _pem_place(key)))

    def _sealed_secret(self, subscription: Subscription) -> Subscription:
        secret = self._sealer.seal(subscription.secret, _secret_place(subscription))
        return msgspec.structs.replace(subscription, secret=secret)

    def _opened_secret(self, subscription: Subscription) -> Subscription:
        secret = self._sealer.open(subscription.secret, _secret_place(subscription))
        return msgspec.structs.replace(subscription, secret=secret)

    def _opened_kept(self, kept: KeptSubscription) -> KeptSubscription:
        return msgspec.structs.replace(kept, subscription=self._opened_secret(kept.subscription))

    def _resealed(self, resource: Resource) -> Resource:
        return _with_keys(resource, self._reseal)

    def _resealed_key(self, key: SigningKey) -> SigningKey:
        return msgspec.structs.replace(key, private_pem=self._reseal(key.private_pem, _pem_place(key)))

    def _reseal(self, kept: str, place: str) -> str:
        text = self._sealer.open(kept, place)
        return kept if self._sealer.is_current(kept) else self._sealer.seal(text, place)


def _with_keys(resource: Resource, change: Callable[[str, str], str]) -> Resource:
    """Return the resource with `change(key, place)` of each of its keys."""
    place = f"resources/{resource.id}"
    return msgspec.structs.replace(
        resource,
        primary_key=change(resource.primary_key, f"{place}/primary_key"),
        secondary_key=change(resource.secondary_key, f"{place}/secondary_key"),
    )


def _pem_place(key: SigningKey) -> str:
    return f"signing_keys/{key.id}/private_pem"


def _secret_place(subscription: Subscription) -> str:
    return f"subscriptions/{subscription.resource}/{subscription.id}/secret"
