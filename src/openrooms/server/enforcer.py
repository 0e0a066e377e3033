"""Keeps running calls in line with their rooms: observe, decide, apply.

A full pass compares every running call and needs no memory, so a restart needs no care. One process of a deployment,
the leader, makes them, the more seldom the longer they take. Between passes each process looks at single calls: at
those whose room it changed itself, and at those whose window is about to close. Looking twice is harmless.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from enum import Enum
from itertools import chain
from secrets import token_hex
from typing import TypeVar

import msgspec
import structlog

from openrooms.domain.calls import CallId, Presence, person
from openrooms.domain.enforcement import Action, ChangeRole, CloseCall, Disconnect, Seat, TakeDown, decide
from openrooms.domain.errors import Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, after
from openrooms.domain.rooms import Room, RoomId, is_open
from openrooms.domain.roster import RawId
from openrooms.server.ports import Clock, MediaEngine, Storage

Result = TypeVar("Result")
Item = TypeVar("Item")

CEILING_SECONDS = 0.5
"""The longest pause between two full passes while they are fast."""

_LEASE = "enforcer"
_LEASE_TIME = 2 * SECOND
# Passes may take a tenth of the time.
_PAUSE_FACTOR = 9
_GATHER_SECONDS = 0.02
# Whoever was still connecting when their room changed is there by now.
_SECOND_LOOK_SECONDS = 0.35
_EDGE_HORIZON_SECONDS = 60.0
_AT_ONCE = 16

_log = structlog.get_logger("openrooms.enforcer")


class Pass(msgspec.Struct, frozen=True):
    """What one comparison saw and did."""

    calls: int
    presences: int
    actions: tuple[Action, ...]


class _Timer(Enum):
    SOON = "soon"
    AGAIN = "again"
    EDGE = "edge"


class Enforcer:
    """Enforces who may be in which call with which rights.

    `drop` is told whom to cut off also where the media engine does not see them yet: somebody, or (`None`) everybody.
    """

    def __init__(
        self,
        storage: Storage,
        engine: MediaEngine,
        clock: Clock,
        drop: Callable[[CallId, RawId | None], None] = lambda _call, _raw_id: None,
        *,
        ceiling: float = CEILING_SECONDS,
    ) -> None:
        self._storage = storage
        self._engine = engine
        self._clock = clock
        self._drop = drop
        self._ceiling = ceiling
        self._holder = token_hex(8)
        self._timers: dict[tuple[CallId, _Timer], asyncio.TimerHandle] = {}
        self._batch: set[CallId] = set()
        self._tasks: set[asyncio.Task[object]] = set()
        self._failing = False

    def room_changed(self, resource: ResourceId, room: RoomId) -> None:
        """Look at the room's call now, and once more when who was connecting is there."""
        self.look(CallId(resource, room))

    def user_changed(self, resource: ResourceId, raw_id: RawId) -> None:
        """Look at the running calls that the user is invited to."""
        self._spawn(self._look_for(resource, raw_id))

    def look(self, call: CallId) -> None:
        """Look at the call now, and once more when who was connecting is there."""
        if (call, _Timer.SOON) not in self._timers:
            self._arm(call, _Timer.SOON, _GATHER_SECONDS)
        self._arm(call, _Timer.AGAIN, _SECOND_LOOK_SECONDS)

    async def run(self) -> None:
        """Enforce until cancelled, beginning with a full pass whoever leads: the last leader may have been we."""
        try:
            pause = await self._full_pass()
            while True:
                await asyncio.sleep(pause)
                pause = await self._full_pass() if await self._is_leader() else self._ceiling
        finally:
            await self._stop()

    async def enforce_once(self) -> Pass:
        """Compare every running call with its room, and put right what differs.

        Raises `Unavailable`.
        """
        resources = {resource.id for resource in await self._storage.list_resources()}
        # Another deployment may use the same media engine.
        return await self._enforce([call for call in await self._engine.list_calls() if call.resource in resources])

    async def _full_pass(self) -> float:
        started = time.monotonic()
        done = await self._guarded(self.enforce_once())
        if done is not None and self._failing:
            self._failing = False
            _log.info("enforcing again")
        return max(self._ceiling, _PAUSE_FACTOR * (time.monotonic() - started))

    async def _is_leader(self) -> bool:
        now = self._clock()
        held = self._storage.hold_lease(_LEASE, self._holder, now, after(now, _LEASE_TIME))
        return bool(await self._guarded(held))

    async def _enforce(self, running: Sequence[CallId]) -> Pass:
        # Presences first: who joined after a change of the roster was let in by it.
        present = list(chain.from_iterable(await _each(self._presences, running)))
        rooms, seats = await self._known(running, present)
        actions = tuple(decide(rooms, seats, self._clock()))
        await _each(self._apply, actions)
        self._arm_edges(rooms)
        (_log.info if actions else _log.debug)(
            "enforced", calls=len(rooms), presences=len(present), actions=[_shown(action) for action in actions]
        )
        return Pass(len(rooms), len(present), actions)

    async def _known(
        self, running: Sequence[CallId], present: Sequence[Presence]
    ) -> tuple[dict[CallId, Room | None], list[Seat]]:
        empty = set(running).difference(one.call for one in present)
        asked = [(one.call.resource, one.call.room, person(one.identity)) for one in present]
        asked += [(call.resource, call.room, RawId("")) for call in empty]
        known = await self._storage.get_invitations(asked)
        seats = [Seat(presence, invitation) for presence, invitation in zip(present, known, strict=False)]
        rooms = {seat.presence.call: seat.invitation.room for seat in seats}
        rooms.update((call, one.room) for call, one in zip(empty, known[len(present) :], strict=True))
        return rooms, seats

    async def _presences(self, call: CallId) -> Sequence[Presence]:
        return await self._guarded(self._engine.list_presences(call)) or ()

    async def _apply(self, action: Action) -> None:
        await self._guarded(self._applying(action))

    async def _applying(self, action: Action) -> None:
        engine = self._engine
        match action:
            case CloseCall(call):
                self._drop(call, None)
                await engine.close_call(call)
            case Disconnect(call, identity):
                self._drop(call, person(identity))
                await engine.disconnect(call, identity)
            case ChangeRole(call, identity, role):
                await engine.change_role(call, identity, role)
            case TakeDown(call, identity, role):
                await engine.take_down(call, identity, role)

    async def _look_for(self, resource: ResourceId, raw_id: RawId) -> None:
        running = [call for call in await self._engine.list_calls() if call.resource == resource]
        known = await self._storage.get_invitations([(resource, call.room, raw_id) for call in running])
        for call, invitation in zip(running, known, strict=True):
            if invitation.role is not None:
                self.look(call)

    def _arm_edges(self, rooms: Mapping[CallId, Room | None]) -> None:
        now = self._clock()
        for call, room in rooms.items():
            if room is not None and is_open(room, now):
                seconds = (room.valid_until - now) / SECOND
                if seconds < _EDGE_HORIZON_SECONDS:
                    self._arm(call, _Timer.EDGE, seconds)

    def _arm(self, call: CallId, timer: _Timer, seconds: float) -> None:
        armed = self._timers.pop((call, timer), None)
        if armed is not None:
            armed.cancel()
        self._timers[call, timer] = asyncio.get_running_loop().call_later(seconds, self._due, call, timer)

    def _due(self, call: CallId, timer: _Timer) -> None:
        del self._timers[call, timer]
        if not self._batch:
            asyncio.get_running_loop().call_soon(self._flush)
        self._batch.add(call)

    def _flush(self) -> None:
        batch, self._batch = self._batch, set()
        self._spawn(self._enforce_running(batch))

    async def _enforce_running(self, batch: Collection[CallId]) -> None:
        # Most rooms that change have no call, and cost no more than this question for many of them at once.
        running = await self._engine.list_calls(batch)
        if running:
            await self._enforce(running)

    def _spawn(self, work: Awaitable[object]) -> None:
        task: asyncio.Task[object] = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Awaitable[Result]) -> Result | None:
        """Return the work's result, or `None` if it failed: the next pass tries again."""
        try:
            return await work
        except Unavailable as error:
            if not self._failing:
                self._failing = True
                _log.warning("cannot enforce now, and keep trying", reason=str(error), cause=repr(error.__cause__))
        except Exception:
            _log.exception("enforcing failed")
        return None

    async def _stop(self) -> None:
        for armed in self._timers.values():
            armed.cancel()
        self._timers.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        now = self._clock()
        await self._guarded(self._storage.hold_lease(_LEASE, self._holder, now, now))


async def _each(work: Callable[[Item], Awaitable[Result]], items: Iterable[Item]) -> list[Result]:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Item) -> Result:
        async with slots:
            return await work(item)

    return await asyncio.gather(*(one(item) for item in items))


def _shown(action: Action) -> str:
    return f"{type(action).__name__} {action.call.room} {getattr(action, 'identity', '')}".rstrip()
