"""The use cases of data protection: exporting what is kept about a person, and erasing it.

An erasure begins in one transaction, which also invalidates the user's tokens. The rest is done in small steps beside
the requests, by one process of a deployment at a time; all of it can be repeated, so a process that is killed loses
nothing. One pass over the tables erases everybody whose erasure has begun.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from openrooms.domain import erasure, identities
from openrooms.domain.erasure import SETTLED_AFTER, SWEPT, Erasure, RecordKind
from openrooms.domain.errors import IdentityNotOwned, RoomNotFound, Unavailable
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import SECOND, after
from openrooms.domain.rooms import Room
from openrooms.domain.roster import RawId, RosterChange
from openrooms.server.core.leases import Lease
from openrooms.server.core.ports import (
    Clock,
    ErasureStore,
    Leases,
    PersonalRecord,
    Random,
    RecordKey,
    RoomNudge,
    RoomStore,
    UserNudge,
    UserRoom,
    UserStore,
    VisitStore,
)

_LEASE = "erasures"
# Short, because nobody else can go on before the lease of a killed process has ended.
_LEASE_TIME = 6 * SECOND
_LOOK_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 0.5
_POLL_SECONDS = 0.1
_WAIT_SECONDS = 20.0
_RANDOM_BITS = 80
_PAGE = 200
_ROOMS = 100
_EXPORTED_PAGES = 10
# Passes for deleted users take at most a twentieth of the time, however large the tables are.
_REST_FACTOR = 20
# Other requests wait for a step, so pauses leave most of the time to them.
_PAUSE_FACTOR = 2

_log = structlog.get_logger("openrooms.erasures")


class PersonalStore(ErasureStore, UserStore, RoomStore, VisitStore, Leases, Protocol):
    """Where something about people is kept."""


RecordPlace = tuple[RecordKind, RecordKey | None]
"""Where an export goes on: a kind, and the place among its records."""

_START: RecordPlace = (next(iter(RecordKind)), None)


class Erasures:
    """Exports and erases what is kept about people.

    Leases and waiting go by `lease_clock`, because other processes must agree on its time even when `clock` was moved.
    """

    def __init__(
        self,
        storage: PersonalStore,
        clock: Clock,
        random: Random,
        user_changed: UserNudge,
        room_changed: RoomNudge,
        *,
        lease_clock: Clock | None = None,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._lease_clock = lease_clock or clock
        self._random = random
        self._user_changed = user_changed
        self._room_changed = room_changed
        self._lease = Lease(storage, _LEASE, _LEASE_TIME, self._lease_clock)
        self._begun = asyncio.Event()
        self._rests_until = 0.0

    async def delete_user(self, resource: ResourceId, raw_id: RawId) -> None:
        """Delete a user and begin to remove their name everywhere; raise `IdentityNotOwned`."""

        def decide(user: User | None) -> User | None:
            if user is None:
                raise IdentityNotOwned
            return identities.delete(user, self._clock())

        await self._begin(resource, raw_id, decide, is_complete=False)

    async def erase(self, resource: ResourceId, raw_id: RawId) -> bool:
        """Erase a person; return whether that is done. Otherwise it goes on, and asking again waits for it again."""
        now = self._clock()

        def decide(user: User | None) -> User | None:
            return None if user is None else identities.delete(user, now)

        is_user = bool(await self._storage.find_users(resource, raw_id))
        await self._begin(resource, raw_id, decide, is_complete=True, is_settled=not is_user)
        deadline = time.monotonic() + _WAIT_SECONDS
        while await self._storage.has_erasure(resource, raw_id):
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True

    async def export(
        self, resource: ResourceId, raw_id: RawId, place: RecordPlace | None
    ) -> tuple[Sequence[PersonalRecord], RecordPlace | None]:
        """Return the next records about a person, maybe none, and where to go on (`None` at the end)."""
        kind, key = place or _START
        kinds = [*RecordKind]
        found: list[PersonalRecord] = []
        for _ in range(_EXPORTED_PAGES):
            page = await self._storage.list_records(resource, kind, key, {raw_id}, _PAGE)
            found += page.records
            key = page.next
            if key is None:
                following = kinds[kinds.index(kind) + 1 :]
                if not following:
                    return found, None
                kind = following[0]
            # Reading does not wait with SQLite.
            await asyncio.sleep(0)
        return found, (kind, key)

    async def run(self) -> None:
        """Do what erasures have yet to do, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._begun.wait()
            self._begun.clear()
            try:
                await self.work()
            except Unavailable as error:
                _log.warning("erasing has to wait", reason=str(error))
            except Exception:
                _log.exception("erasing failed")

    async def work(self) -> None:
        """Finish the erasures that are due, unless another process does; raise `Unavailable`."""
        waiting = await self._storage.list_erasures()
        if not waiting:
            return
        if not await self._lease.hold():
            self._look_again()
            return
        try:
            for resource, erasures in waiting.items():
                await self._erase(resource, erasures)
        finally:
            await self._lease.release()

    async def _begin(
        self,
        resource: ResourceId,
        raw_id: RawId,
        decide: Callable[[User | None], User | None],
        *,
        is_complete: bool,
        is_settled: bool = False,
    ) -> None:
        bits, now = self._random(1 << _RANDOM_BITS), self._lease_clock()
        # Nobody who is not a user can be in a call.
        asked_at = after(now, -SETTLED_AFTER) if is_settled else now
        begun = erasure.begin(resource, raw_id, bits, asked_at, is_complete=is_complete)
        await self._storage.begin_erasure(resource, begun, decide)
        self._user_changed(resource, raw_id)
        self._begun.set()

    async def _erase(self, resource: ResourceId, erasures: Sequence[Erasure]) -> None:
        now = self._lease_clock()
        due = [person for person in erasures if person.is_due(now)]
        if len(due) < len(erasures):
            self._look_again()
        if not due or (time.monotonic() < self._rests_until and not any(person.is_complete for person in due)):
            return
        began = time.monotonic()
        for person in due:
            await self._leave_rooms(resource, person)
        erased: dict[str, str] = {person.raw_id: person.anonymous_id for person in due}
        for kind in SWEPT:
            await self._sweep(resource, kind, erased)
        for person in due:
            await self._storage.end_erasure(resource, person)
        ended = time.monotonic()
        self._rests_until = ended + _REST_FACTOR * (ended - began)
        _log.info("people were erased", people=len(due), seconds=round(ended - began, 3))

    def _look_again(self) -> None:
        asyncio.get_running_loop().call_later(_LOOK_AGAIN_SECONDS, self._begun.set)

    async def _leave_rooms(self, resource: ResourceId, person: Erasure) -> None:
        """Remove the person from rosters, or only their name if the erasure is not complete."""
        key = None
        while True:
            page = await self._storage.list_rooms_of_user(resource, person.raw_id, key, _ROOMS)
            for of_user in page.rooms:
                if not await self._lease.hold():
                    raise Unavailable
                with suppress(RoomNotFound):
                    await self._leave(resource, person, of_user)
            key = page.next
            if key is None:
                return

    async def _leave(self, resource: ResourceId, person: Erasure, of_user: UserRoom) -> None:
        room_id = of_user.room.id
        if person.is_complete:
            removed = RosterChange(remove=(person.raw_id,))
            await self._storage.change_roster(resource, room_id, [person.raw_id], lambda _: removed)
        elif of_user.participant.display_name:
            await self._storage.change_visit(resource, room_id, {person.raw_id: ""}, _unchanged)
        else:
            return
        self._room_changed(resource, room_id)

    async def _sweep(self, resource: ResourceId, kind: RecordKind, erased: erasure.Erased) -> None:
        key: RecordKey | None = None
        while await self._lease.hold():
            began = time.monotonic()
            page = await self._storage.list_records(resource, kind, key, erased.keys(), _PAGE)
            if page.records:
                await self._storage.erase_records(resource, page.records, erased)
            key = page.next
            if key is None:
                return
            await asyncio.sleep(_PAUSE_FACTOR * (time.monotonic() - began))
        raise Unavailable


def _unchanged(room: Room, _present: object) -> Room:
    return room
