"""Keeps running calls in line with their rooms: observe, decide, apply.

A full pass compares every running call with its room. It keeps no state, so a restart needs no recovery. One process of
a deployment, the leader, makes the full passes; the longer they take, the longer the pauses between them. In addition,
each process checks single calls: those whose room it changed, and those whose window ends soon. Repeated checks are
harmless.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from enum import Enum
from functools import partial
from itertools import chain
from secrets import token_hex
from typing import Protocol, TypeVar

import msgspec
import structlog

from openrooms.domain import waiting
from openrooms.domain.calls import CallId, Presence, RunningCall, WaitingNotice, person
from openrooms.domain.enforcement import (
    Action,
    Announce,
    ChangeRole,
    CloseCall,
    Disconnect,
    PhoneSeat,
    Rename,
    Seat,
    TakeDown,
    decide,
    headcounts,
)
from openrooms.domain.errors import Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.joining import Standing
from openrooms.domain.moments import SECOND, Moment, after
from openrooms.domain.rooms import RoomId, is_open
from openrooms.domain.roster import RawId
from openrooms.domain.telephones import is_phone, leg_of
from openrooms.server.core.ports import (
    Clock,
    DialOutStore,
    Figure,
    Leases,
    MediaEngine,
    ResourceStore,
    StandingKey,
    StandingStore,
    WaitingStore,
)
from openrooms.server.core.presence import Look

Result = TypeVar("Result")
Item = TypeVar("Item")

CEILING_SECONDS = 0.5
"""The longest pause between two full passes while they are fast."""

_LEASE = "enforcer"
_LEASE_TIME = 2 * SECOND
# Passes take at most a tenth of the time. The pause stays shorter than _WINDOW_HORIZON_SECONDS, so that no end of a
# window is missed.
_PAUSE_FACTOR = 9
_LONGEST_PAUSE_SECONDS = 10.0
_GATHER_SECONDS = 0.02
# A client that was connecting during the change appears in LiveKit within this time.
_SECOND_CHECK_SECONDS = 0.35
# Everyone in the call gets each announcement, so that people who ask over and over cannot cause more of them.
_COUNT_SECONDS = 0.2
_WINDOW_HORIZON_SECONDS = 60.0
_TESTS_SECONDS = 10.0
_CONCURRENCY = 16
# Small parts let the database work while LiveKit prepares the next answers, and keep other requests from waiting.
_PART = 20

_log = structlog.get_logger("openrooms.enforcer")


class Pass(msgspec.Struct, frozen=True):
    """The result of comparing calls with their rooms: how many calls and presences, the actions, and how many people
    are in each call.
    """

    calls: int
    presences: int
    actions: tuple[Action, ...]
    people: Mapping[CallId, int] = {}


class _LastPass(msgspec.Struct, frozen=True):
    """The last full pass, with its duration and its end."""

    calls: int
    presences: int
    seconds: float
    ended_at: Moment


class _Timer(Enum):
    FIRST_CHECK = "first check"
    SECOND_CHECK = "second check"
    WINDOW_END = "window end"
    COUNT = "count"


class Counting(Protocol):
    """Keeps how many people are in calls; neither waits nor fails."""

    def note(self, counts: Mapping[CallId, int]) -> None:
        """Keep the numbers of some calls."""

    def note_all(self, counts: Mapping[CallId, int]) -> None:
        """Keep the numbers of all running calls."""


class History(Protocol):
    """Keeps who is in calls, as `core.presence` does."""

    async def begin(self, calls: Collection[CallId] | None = None) -> Look:
        """Return what is known before the media engine is asked about these calls, or about all."""

    def looked(
        self, look: Look, running: Mapping[CallId, RunningCall], seen: Mapping[CallId, Sequence[Presence]]
    ) -> bool:
        """Keep what was found; return whether everybody who was known is still there."""

    async def keep_seen(self, look: Look) -> None:
        """Keep that everybody in a look at all calls was seen now."""


class EnforcementStore(StandingStore, WaitingStore, DialOutStore, ResourceStore, Leases, Protocol):
    """What enforcement compares running calls with."""


class Enforcer:
    """Enforces who may be in each call, and with which grants.

    `drop` closes the signalling connections of a user, or of everyone (`None`), even those that the media engine
    does not report yet. `note` is called with everyone in the compared calls. Leases go by `lease_clock`, because other
    processes must agree on their time even when `clock` was moved.
    """

    def __init__(
        self,
        storage: EnforcementStore,
        engine: MediaEngine,
        clock: Clock,
        drop: Callable[[CallId, RawId | None], None] = lambda _call, _raw_id: None,
        *,
        note: Callable[[Sequence[Seat]], None] = lambda _seats: None,
        headcounts: Counting | None = None,
        history: History | None = None,
        ceiling: float = CEILING_SECONDS,
        lease_clock: Clock | None = None,
    ) -> None:
        self._storage = storage
        self._engine = engine
        self._note = note
        self._headcounts = headcounts
        self._history = history
        self._clock = clock
        self._lease_clock = lease_clock or clock
        self._drop = drop
        self._ceiling = ceiling
        self._holder = token_hex(8)
        self._timers: dict[tuple[CallId, _Timer], asyncio.TimerHandle] = {}
        self._batch: set[CallId] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopped = False
        self._failing = False
        self._failures = 0
        self._is_leader = False
        self._passes = 0
        self._passing_seconds = 0.0
        self._last_pass: _LastPass | None = None
        self._actions: Counter[type[Action]] = Counter()

    def room_changed(self, resource: ResourceId, room: RoomId) -> None:
        """Check the call of a changed room."""
        self.check_call(CallId(resource, room))

    def user_changed(self, resource: ResourceId, raw_id: RawId) -> None:
        """Check the running calls to which the user is invited."""
        self._spawn(partial(self._check_calls_of, resource, raw_id))

    def check_call(self, call: CallId) -> None:
        """Check the call now, and again when clients that are connecting now appear in LiveKit."""
        if (call, _Timer.FIRST_CHECK) not in self._timers:
            self._arm(call, _Timer.FIRST_CHECK, _GATHER_SECONDS)
        self._arm(call, _Timer.SECOND_CHECK, _SECOND_CHECK_SECONDS)

    def count_again(self, call: CallId) -> None:
        """Announce to the call how many people wait for it, a few times a second at most."""
        if (call, _Timer.COUNT) not in self._timers:
            self._arm(call, _Timer.COUNT, _COUNT_SECONDS)

    async def run(self) -> None:
        """Enforce until cancelled.

        It begins with a full pass in every process, because the lease of a restarted leader has not expired yet.
        """
        loop = asyncio.get_running_loop()
        try:
            pause = await self._full_pass()
            due = tests_due = loop.time() + pause
            while True:
                remaining = due - loop.time()
                # The lease must be renewed even during a long pause.
                await asyncio.sleep(remaining if 0 < remaining < self._ceiling else self._ceiling)
                self._is_leader = await self._renew_lease()
                if self._is_leader and loop.time() >= due:
                    pause = await self._full_pass()
                    due = loop.time() + pause
                if self._is_leader and loop.time() >= tests_due:
                    await self._guarded(self._end_tests())
                    tests_due = loop.time() + _TESTS_SECONDS
        finally:
            await self._stop()

    async def enforce_once(self) -> Pass:
        """Compare every running call with its room and apply the actions; raise `Unavailable`."""
        resources = await self._resources()
        look = await self._history.begin() if self._history is not None else {}
        running = {
            call: found for call, found in (await self._engine.list_calls()).items() if call.resource in resources
        }
        result, is_complete = await self._enforce(running, look)
        if self._history is not None and is_complete:
            await self._history.keep_seen(look)
        return result

    async def _end_tests(self) -> None:
        """End the tests of connections that outlast their time, because a proxy relays them or their people stay."""
        await self._engine.end_tests(await self._resources(), self._clock())

    async def _resources(self) -> set[ResourceId]:
        """Return the resources of this deployment; another one may use the same media engine."""
        return {resource.id for resource in await self._storage.list_resources()}

    def state(self) -> str:
        """Return `failing` while LiveKit or the database does not answer, else `ok`."""
        return "failing" if self._failing else "ok"

    def figures(self) -> Sequence[Figure]:
        """Return the figures of enforcement, for metrics; only the leader knows the numbers of calls and people."""
        figures = [
            Figure("leader", "1 in the process that makes the full passes, 0 in others.", int(self._is_leader)),
            Figure("passes", "Full passes that were completed.", self._passes, is_total=True),
            Figure("pass_seconds", "Time that full passes took.", self._passing_seconds, is_total=True),
            Figure("enforcing_failures", "Questions and actions that failed.", self._failures, is_total=True),
        ]
        figures += [
            Figure("actions", "What was done to enforce.", self._actions[kind], True, {"action": kind.__name__})
            for kind in (CloseCall, Disconnect, ChangeRole, TakeDown, Rename, Announce)
        ]
        last = self._last_pass
        if self._is_leader and last is not None:
            figures += [
                Figure("running", "Calls in the last full pass.", last.calls),
                Figure("people", "People in calls in the last full pass.", last.presences),
                Figure("last_pass_seconds", "How long the last full pass took.", last.seconds),
                Figure("last_pass_timestamp_seconds", "When the last full pass ended.", last.ended_at / SECOND),
            ]
        return figures

    async def _full_pass(self) -> float:
        """Make a full pass; return the pause after it in seconds."""
        failures = self._failures
        started = time.monotonic()
        result = await self._guarded(self.enforce_once())
        took = time.monotonic() - started
        if result is not None:
            self._passes += 1
            self._passing_seconds += took
            self._last_pass = _LastPass(result.calls, result.presences, took, self._clock())
        if result is not None and self._failures == failures and self._headcounts is not None:
            self._headcounts.note_all(result.people)
        if self._failures != failures:
            # The duration includes waiting for LiveKit or the database, so it says nothing about the next pass.
            return self._ceiling
        if self._failing:
            self._failing = False
            _log.info("enforcing again")
        return max(self._ceiling, min(_PAUSE_FACTOR * took, _LONGEST_PAUSE_SECONDS))

    async def _renew_lease(self) -> bool:
        now = self._lease_clock()
        renewal = self._storage.hold_lease(_LEASE, self._holder, now, after(now, _LEASE_TIME))
        return bool(await self._guarded(renewal))

    async def _enforce(self, running: Mapping[CallId, RunningCall], look: Look) -> tuple[Pass, bool]:
        """Return the result, and whether everybody in the look was seen."""
        seen: dict[CallId, list[Presence]] = {}

        async def enforce_part(part: Sequence[CallId]) -> Pass | None:
            return await self._guarded(self._compare(part, running, seen))

        parts = [part for part in await _each(enforce_part, _parts(list(running))) if part is not None]
        total = Pass(
            sum(part.calls for part in parts),
            sum(part.presences for part in parts),
            tuple(chain.from_iterable(part.actions for part in parts)),
            {call: people for part in parts for call, people in part.people.items()},
        )
        (_log.info if total.actions else _log.debug)(
            "enforced",
            calls=total.calls,
            presences=total.presences,
            actions=[_description(action) for action in total.actions],
        )
        return total, self._history is not None and self._history.looked(look, running, seen)

    async def _compare(
        self, part: Sequence[CallId], running: Mapping[CallId, RunningCall], seen: dict[CallId, list[Presence]]
    ) -> Pass:
        """Compare some of the running calls, and add the people in them to those who were seen."""
        # Presences are read before rosters, or someone invited in between would seem uninvited.
        presences: list[Presence] = []
        unread: set[CallId] = set()
        for call, outcome in zip(part, await self._engine.list_presences_of(part), strict=True):
            if isinstance(outcome, Unavailable):
                self._note_failure(outcome)
                unread.add(call)
            else:
                presences += outcome
                seen[call] = [*outcome]
        standings, seats = await self._read_standings(part, presences)
        self._note([seat for seat in seats if isinstance(seat, Seat)])
        actions = await self._act(standings, running, seats)
        self._arm_window_ends(standings)
        people = {call: count for call, count in headcounts(part, seats).items() if call not in unread}
        return Pass(len(standings), len(presences), actions, people)

    async def _act(
        self,
        standings: Mapping[CallId, Standing],
        running: Mapping[CallId, RunningCall],
        seats: Sequence[Seat | PhoneSeat],
    ) -> tuple[Action, ...]:
        rooms = {call: standing.room for call, standing in standings.items()}
        notices = {call: running[call].notice for call in rooms}
        actions = tuple(decide(rooms, notices, seats, self._clock(), await self._count_waiting(standings)))
        await _each(lambda action: self._guarded(self._apply(action)), actions)
        return actions

    async def _announce(self, call: CallId) -> None:
        """Bring in line what the call says of its room, without a look at the people in it."""
        running = await self._engine.list_calls([call])
        if running:
            standings, _ = await self._read_standings([call], [])
            await self._act(standings, running, [])

    async def _count_waiting(self, standings: Mapping[CallId, Standing]) -> dict[CallId, WaitingNotice]:
        """Return how many people wait for those of the calls for which somebody may have to."""
        rooms = {call: standing.room for call, standing in standings.items() if standing.room is not None}
        with_rules = {call: room for call, room in rooms.items() if waiting.may_make_wait(room.options)}
        if not with_rules:
            return {}
        now = self._clock()
        counts = await self._storage.count_waiting(list(with_rules), self._lease_clock())
        return {
            call: WaitingNotice(
                waiting.count(room.options, counts.get(call, {}), standings[call].lobby, now),
                standings[call].lobby.revision,
            )
            for call, room in with_rules.items()
        }

    async def _read_standings(
        self, running: Sequence[CallId], presences: Sequence[Presence]
    ) -> tuple[dict[CallId, Standing], list[Seat | PhoneSeat]]:
        """Return a standing of each call, and everyone in them with theirs."""
        people = [presence for presence in presences if not is_phone(presence.identity)]
        phones = [presence for presence in presences if is_phone(presence.identity)]
        others = set(running).difference(presence.call for presence in people)
        keys = [
            StandingKey(presence.call.resource, presence.call.room, person(presence.identity), presence.invitation)
            for presence in people
        ]
        keys += [StandingKey(call.resource, call.room, "") for call in others]
        standings = await self._storage.get_standings(keys)
        seats = [Seat(presence, standing) for presence, standing in zip(people, standings, strict=False)]
        of_calls = {seat.presence.call: seat.standing for seat in seats}
        of_calls.update(zip(others, standings[len(people) :], strict=True))
        return of_calls, [*seats, *await self._phone_seats(phones)]

    async def _phone_seats(self, phones: Sequence[Presence]) -> list[PhoneSeat]:
        legs = [(presence, leg_of(presence.identity)) for presence in phones]
        keys = [(presence.call.resource, leg_id) for presence, leg_id in legs if leg_id is not None]
        dial_outs = await self._storage.get_dial_outs(keys) if keys else {}
        return [PhoneSeat(presence, dial_outs.get(leg_id) if leg_id else None) for presence, leg_id in legs]

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
            case Rename(call, identity, name):
                await engine.rename(call, identity, name)
            case Announce(call, notice):
                await engine.announce(call, notice)
        self._actions[type(action)] += 1

    async def _check_calls_of(self, resource: ResourceId, raw_id: RawId) -> None:
        running = [call for call in await self._engine.list_calls() if call.resource == resource]

        async def check_if_invited(part: Sequence[CallId]) -> None:
            standings = await self._storage.get_standings([StandingKey(resource, call.room, raw_id) for call in part])
            for call, standing in zip(part, standings, strict=True):
                if standing.role is not None:
                    self.check_call(call)

        await _each(lambda part: self._guarded(check_if_invited(part)), _parts(running))

    def _arm_window_ends(self, standings: Mapping[CallId, Standing]) -> None:
        now = self._clock()
        for call, standing in standings.items():
            room = standing.room
            if room is not None and is_open(room, now):
                seconds = (room.valid_until - now) / SECOND
                if seconds < _WINDOW_HORIZON_SECONDS:
                    self._arm(call, _Timer.WINDOW_END, seconds)

    def _arm(self, call: CallId, timer: _Timer, seconds: float) -> None:
        if self._is_stopped:
            return
        handle = self._timers.pop((call, timer), None)
        if handle is not None:
            handle.cancel()
        self._timers[call, timer] = asyncio.get_running_loop().call_later(seconds, self._due, call, timer)

    def _due(self, call: CallId, timer: _Timer) -> None:
        del self._timers[call, timer]
        if timer is _Timer.COUNT:
            self._spawn(partial(self._announce, call))
            return
        if not self._batch:
            asyncio.get_running_loop().call_soon(self._flush)
        self._batch.add(call)

    def _flush(self) -> None:
        batch, self._batch = self._batch, set()
        self._spawn(partial(self._enforce_running, batch))

    async def _enforce_running(self, batch: Collection[CallId]) -> None:
        # Most changed rooms have no call, so one request about many of them is all that they cost.
        look = await self._history.begin(batch) if self._history is not None else {}
        running = await self._engine.list_calls(batch)
        people: Mapping[CallId, int] = {}
        if running or look:
            result, _ = await self._enforce(running, look)
            people = result.people
        if self._headcounts is not None:
            self._headcounts.note({**{call: 0 for call in batch if call not in running}, **people})

    def _spawn(self, work: Callable[[], Awaitable[object]]) -> None:
        if self._is_stopped:
            return

        async def run() -> None:
            # Created here, because a task that is cancelled before it begins would never await it.
            await self._guarded(work())

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Awaitable[Result]) -> Result | None:
        """Return the work's result; log a failure and return `None`, because the next pass tries again."""
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
            _log.warning("cannot enforce now; trying again", reason=str(error), cause=repr(error.__cause__))

    async def _stop(self) -> None:
        self._is_leader = False
        # Requests that are still being answered may report changes; the next leader checks those.
        self._is_stopped = True
        for handle in self._timers.values():
            handle.cancel()
        self._timers.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        now = self._lease_clock()
        await self._guarded(self._storage.hold_lease(_LEASE, self._holder, now, now))


async def _each(work: Callable[[Item], Awaitable[Result]], items: Sequence[Item]) -> list[Result]:
    """Return the results of the work for each item, in order; at most `_CONCURRENCY` items are worked on at once.

    The work must not raise.
    """
    results: dict[int, Result] = {}
    waiting = iter(enumerate(items))

    async def take_items() -> None:
        for number, item in waiting:
            results[number] = await work(item)

    await asyncio.gather(*(take_items() for _ in range(min(_CONCURRENCY, len(items)))))
    return [results[number] for number in range(len(items))]


def _parts(calls: Sequence[CallId]) -> list[Sequence[CallId]]:
    """Split calls into parts, each worth a query; a few calls become one part each."""
    size = max(1, min(_PART, len(calls) // _CONCURRENCY))
    return [calls[start : start + size] for start in range(0, len(calls), size)]


def _description(action: Action) -> str:
    return f"{type(action).__name__} {action.call.room} {getattr(action, 'identity', '')}".rstrip()
