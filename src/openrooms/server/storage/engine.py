"""The storage port over an engine that runs steps; what is left to an engine is how."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from typing import ParamSpec, TypeVar

import msgspec

from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import Moment
from openrooms.domain.operators import OperatorToken
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import Participant, RosterChange, RosterView
from openrooms.domain.teams import TeamsAssignment
from openrooms.server.core.ports import (
    Figure,
    Invitation,
    Once,
    RenderedRooms,
    Resource,
    RoomKey,
    RosterKey,
    RosterPage,
    SigningKey,
    Storage,
)
from openrooms.server.storage import sql
from openrooms.server.storage.sealing import Sealer
from openrooms.server.storage.statements import Steps

P = ParamSpec("P")
T = TypeVar("T")


class SqlStorage(Storage, ABC):
    """Rooms and identities in an SQL database."""

    def __init__(self, render: sql.Render, sealer: Sealer) -> None:
        self._render = render
        self._sealer = sealer
        self._listeners: list[Callable[[str], None]] = []

    @abstractmethod
    async def _read(self, operation: Callable[P, Steps[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the operation, which writes nothing, makes of a recent state."""

    @abstractmethod
    async def _write(self, operation: Callable[P, Steps[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the operation's result once its writes are on disk; raise as `ports` says."""

    async def create_room(
        self, resource: ResourceId, room: Room, roster: Sequence[Participant], once: Once | None
    ) -> tuple[str, bool]:
        return await self._write(sql.create_room, resource, room, roster, once, self._render(room))

    async def get_room_document(self, resource: ResourceId, room_id: RoomId) -> str:
        return await self._read(sql.get_room_document, resource, room_id)

    async def get_room(self, resource: ResourceId, room_id: RoomId) -> Room:
        return await self._read(sql.get_room, resource, room_id)

    async def list_rooms(self, resource: ResourceId, after: RoomKey | None, limit: int) -> RenderedRooms:
        return await self._read(sql.list_rooms, resource, after, limit)

    async def change_room(self, resource: ResourceId, room_id: RoomId, decide: Callable[[Room], Room]) -> str:
        return await self._write(sql.change_room, resource, room_id, decide, self._render)

    async def delete_room(self, resource: ResourceId, room_id: RoomId, now: Moment) -> None:
        await self._write(sql.delete_room, resource, room_id, now)

    async def list_roster(
        self, resource: ResourceId, room_id: RoomId, after: RosterKey | None, limit: int
    ) -> RosterPage:
        return await self._read(sql.list_roster, resource, room_id, after, limit)

    async def change_roster(
        self,
        resource: ResourceId,
        room_id: RoomId,
        named: Collection[str],
        decide: Callable[[RosterView], RosterChange],
    ) -> RosterChange:
        return await self._write(sql.change_roster, resource, room_id, named, decide)

    async def create_user(self, resource: ResourceId, user: User) -> User:
        return await self._write(sql.create_user, resource, user)

    async def adopt_users(self, resource: ResourceId, users: Sequence[User], check: Callable[[User], None]) -> None:
        await self._write(sql.adopt_users, resource, users, check)

    async def get_user(self, resource: ResourceId, raw_id: str) -> User:
        return await self._read(sql.get_user, resource, raw_id)

    async def change_user(self, resource: ResourceId, raw_id: str, decide: Callable[[User], User]) -> User:
        return await self._write(sql.change_user, resource, raw_id, decide)

    async def put_teams_assignment(self, resource: ResourceId, assignment: TeamsAssignment) -> bool:
        return await self._write(sql.put_teams_assignment, resource, assignment)

    async def get_teams_assignment(self, resource: ResourceId, tenant_id: str, object_id: str) -> TeamsAssignment:
        return await self._read(sql.get_teams_assignment, resource, tenant_id, object_id)

    async def remove_teams_assignment(self, resource: ResourceId, tenant_id: str, object_id: str) -> None:
        await self._write(sql.remove_teams_assignment, resource, tenant_id, object_id)

    async def get_invitation(self, resource: ResourceId, room_id: RoomId, raw_id: str) -> Invitation:
        return await self._read(sql.get_invitation, resource, room_id, raw_id)

    async def get_invitations(self, asked: Sequence[tuple[ResourceId, RoomId, str]]) -> Sequence[Invitation]:
        return await self._read(sql.get_invitations, asked)

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

    async def remove_resource(self, resource: ResourceId) -> None:
        await self._write(sql.remove_resource, resource)

    async def add_operator_token(self, token: OperatorToken) -> None:
        await self._write(sql.add_operator_token, token)

    async def get_operator_token(self, resource: ResourceId, token_id: str) -> OperatorToken | None:
        return await self._read(sql.get_operator_token, resource, token_id)

    async def list_operator_tokens(self, resource: ResourceId, now: Moment) -> Sequence[OperatorToken]:
        return await self._read(sql.list_operator_tokens, resource, now)

    async def revoke_operator_token(self, resource: ResourceId, token_id: str, now: Moment) -> None:
        await self._write(sql.revoke_operator_token, resource, token_id, now)

    async def list_signing_keys(self) -> Sequence[SigningKey]:
        return [self._opened_key(key) for key in await self._read(sql.list_signing_keys)]

    async def put_signing_key(self, key: SigningKey, only_if_none: bool = False) -> None:
        sealed = msgspec.structs.replace(key, private_pem=self._sealer.seal(key.private_pem, _pem_place(key)))
        await self._write(sql.put_signing_key, sealed, only_if_none)

    async def remove_signing_keys(self, created_before: Moment) -> None:
        await self._write(sql.remove_signing_keys, created_before)

    async def reseal_keys(self) -> int:
        return await self._write(sql.reseal_keys, self._resealed, self._resealed_key)

    async def hold_lease(self, name: str, holder: str, now: Moment, until: Moment) -> bool:
        return await self._write(sql.hold_lease, name, holder, now, until)

    async def purge(self, expired_before: Moment, repeats_before: Moment, limit: int) -> int:
        return await self._write(sql.purge, expired_before, repeats_before, limit)

    def notify(self, notification: str) -> None:
        for heard in self._listeners:
            heard(notification)

    def listen(self, heard: Callable[[str], None]) -> None:
        self._listeners.append(heard)

    def figures(self) -> Sequence[Figure]:
        return ()

    async def check(self) -> None:
        await self._write(sql.check)

    def _sealed(self, resource: Resource) -> Resource:
        return _with_keys(resource, self._sealer.seal)

    def _opened(self, resource: Resource) -> Resource:
        return _with_keys(resource, self._sealer.open)

    def _opened_key(self, key: SigningKey) -> SigningKey:
        return msgspec.structs.replace(key, private_pem=self._sealer.open(key.private_pem, _pem_place(key)))

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
