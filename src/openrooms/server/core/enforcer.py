"""Keeps running calls in line with their rooms: observe, decide, apply.

A full pass compares every running call and needs no memory, so a restart needs no care. One process of a deployment,
the leader, makes them, the more seldom the longer they take. Between passes each process looks at single calls: at
those whose room it changed itself, and at those whose window is about to close. Looking twice is harmless.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
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
from openrooms.domain.moments import SECOND, Moment, after
from openrooms.domain.rooms import Room, RoomId, is_open
from openrooms.domain.roster import RawId
from openrooms.server.core.ports import Clock, Figure, MediaEngine, Storage

Result = TypeVar("Result")
Item = TypeVar("Item")

CEILING_SECONDS = 0.5
"""The longest pause between two full passes while they are fast."""

_LEASE = "enforcer"
_LEASE_TIME = 2 * SECOND
# Passes may take a tenth of the time, as long as window edges come into sight of one.
_PAUSE_FACTOR = 9
_LONGEST_PAUSE_SECONDS = 10.0
_GATHER_SECONDS = 0.02
# Whoever was still connecting when their room changed is there by now.
_SECOND_LOOK_SECONDS = 0.35
_EDGE_HORIZON_SECONDS = 60.0
_AT_ONCE = 16
# The database is read while LiveKit prepares the next answers, and no other request waits for long.
_PART = 20

_log = structlog.get_logger("openrooms.enforcer")


class Pass(msgspec.Struct, frozen=True):
    """What one comparison saw and did."""

    calls: int
    presences: int
    actions: tuple[Action, ...]


class _LastPass(msgspec.Struct, frozen=True):
    """The last full pass, when it ended and how long it took."""

    calls: int
    presences: int
    seconds: float
    ended_at: Moment


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
        self._failures = 0
        self._leads = False
        self._passes = 0
        self._passing_seconds = 0.0
        self._last_pass: _LastPass | None = None
        self._actions: Counter[type[Action]] = Counter()

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
        loop = asyncio.get_running_loop()
        try:
            pause = await self._full_pass()
            due = loop.time() + pause
            while True:
                left = due - loop.time()
                # However long the pause, the lease has to be kept.
                await asyncio.sleep(left if 0 < left < self._ceiling else self._ceiling)
                self._leads = await self._is_leader()
                if self._leads and loop.time() >= due:
                    pause = await self._full_pass()
                    due = loop.time() + pause
        finally:
            await self._stop()

    async def enforce_once(self) -> Pass:
        """Compare every running call with its room, and put right what differs.

        Raises `Unavailable`.
        """
        resources = {resource.id for resource in await self._storage.list_resources()}
        # Another deployment may use the same media engine.
        return await self._enforce([call for call in await self._engine.list_calls() if call.resource in resources])

    def state(self) -> str:
        """Return `failing` while LiveKit or the database does not answer, else `ok`."""
        return "failing" if self._failing else "ok"

    def figures(self) -> Sequence[Figure]:
        """Return what enforcing counts of itself; who is in calls is known to the leader."""
        figures = [
            Figure("leader", "1 in the process that makes the full passes, 0 in others.", int(self._leads)),
            Figure("passes", "Full passes that were completed.", self._passes, is_total=True),
            Figure("pass_seconds", "Time that full passes took.", self._passing_seconds, is_total=True),
            Figure("enforcing_failures", "Questions and actions that failed.", self._failures, is_total=True),
        ]
        figures += [
            Figure("actions", "What was done to enforce.", self._actions[kind], True, {"action": kind.__name__})
            for kind in (CloseCall, Disconnect, ChangeRole, TakeDown)
        ]
        last = self._last_pass
        if self._leads and last is not None:
            figures += [
                Figure("running", "Calls in the last full pass.", last.calls),
                Figure("people", "People in calls in the last full pass.", last.presences),
                Figure("last_pass_seconds", "How long the last full pass took.", last.seconds),
                Figure("last_pass_timestamp_seconds", "When the last full pass ended.", last.ended_at / SECOND),
            ]
        return figures

    async def _full_pass(self) -> float:
        """Make a full pass; return the seconds until the next."""
        failures = self._failures
        started = time.monotonic()
        done = await self._guarded(self.enforce_once())
        took = time.monotonic() - started
        if done is not None:
            self._passes += 1
            self._passing_seconds += took
            self._last_pass = _LastPass(done.calls, done.presences, took, self._clock())
        if self._failures != failures:
            # That took the time of waiting for who does not answer.
            return self._ceiling
        if self._failing:
            self._failing = False
            _log.info("enforcing again")
        return max(self._ceiling, min(_PAUSE_FACTOR * took, _LONGEST_PAUSE_SECONDS))

    async def _is_leader(self) -> bool:
        now = self._clock()
        held = self._storage.hold_lease(_LEASE, self._holder, now, after(now, _LEASE_TIME))
        return bool(await self._guarded(held))

    async def _enforce(self, running: Sequence[CallId]) -> Pass:
        parts = [part for part in await _each(self._enforce_part, _parts(running)) if part is not None]
        done = Pass(
            sum(part.calls for part in parts),
            sum(part.presences for part in parts),
            tuple(chain.from_iterable(part.actions for part in parts)),
        )
        (_log.info if done.actions else _log.debug)(
            "enforced", calls=done.calls, presences=done.presences, actions=[_shown(action) for action in done.actions]
        )
        return done

    async def _enforce_part(self, part: Sequence[CallId]) -> Pass | None:
        return await self._guarded(self._compare(part))

    async def _compare(self, part: Sequence[CallId]) -> Pass:
        # Presences first: who joined after a change of the roster was let in by it.
        present: list[Presence] = []
        for found in await self._engine.list_presences_of(part):
            if isinstance(found, Unavailable):
                self._note_failure(found)
            else:
                present += found
        rooms, seats = await self._known(part, present)
        actions = tuple(decide(rooms, seats, self._clock()))
        await _each(lambda action: self._guarded(self._apply(action)), actions)
        self._arm_edges(rooms)
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

    async def _apply(self, action: Action) -> None:
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
        self._actions[type(action)] += 1

    async def _look_for(self, resource: ResourceId, raw_id: RawId) -> None:
        running = [call for call in await self._engine.list_calls() if call.resource == resource]

        async def look_if_invited(part: Sequence[CallId]) -> None:
            known = await self._storage.get_invitations([(resource, call.room, raw_id) for call in part])
            for call, invitation in zip(part, known, strict=True):
                if invitation.role is not None:
                    self.look(call)

        await _each(lambda part: self._guarded(look_if_invited(part)), _parts(running))

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
            self._note_failure(error)
        except Exception:
            self._failures += 1
            _log.exception("enforcing failed")
        return None

    def _note_failure(self, error: Unavailable) -> None:
        self._failures += 1
        if not self._failing:
            self._failing = True
            _log.warning("cannot enforce now, and keep trying", reason=str(error), cause=repr(error.__cause__))

    async def _stop(self) -> None:
        self._leads = False
        for armed in self._timers.values():
            armed.cancel()
        self._timers.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        now = self._clock()
        await self._guarded(self._storage.hold_lease(_LEASE, self._holder, now, now))


async def _each(work: Callable[[Item], Awaitable[Result]], items: Sequence[Item]) -> list[Result]:
    """Return what the work, which never fails, returns for each item, in their order; some of it goes on at once."""
    done: dict[int, Result] = {}
    waiting = iter(enumerate(items))

    async def go_on() -> None:
        for number, item in waiting:
            done[number] = await work(item)

    await asyncio.gather(*(go_on() for _ in range(min(_AT_ONCE, len(items)))))
    return [done[number] for number in range(len(items))]


def _parts(calls: Sequence[CallId]) -> list[Sequence[CallId]]:
    """Split calls so that a part is worth a question to the database, and few are each a part of their own."""
    size = max(1, min(_PART, len(calls) // _AT_ONCE))
    return [calls[start : start + size] for start in range(0, len(calls), size)]


def _shown(action: Action) -> str:
    return f"{type(action).__name__} {action.call.room} {getattr(action, 'identity', '')}".rstrip()
