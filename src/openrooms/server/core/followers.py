"""The people who follow the door of a room: each learns of every change within a moment.

What a person was told is not kept: they are told the state that the database has now. So nothing is missed after a lost
notification, a restart or a change of process. A process that changes something notifies the others; because
notifications may be lost, every door is also checked every few seconds, and at the edges of the room's window.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec
import structlog

from openrooms.domain import doors, waiting
from openrooms.domain.calls import CallId
from openrooms.domain.doors import Door, DoorState
from openrooms.domain.errors import Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.joining import Standing
from openrooms.domain.moments import SECOND, Moment, after
from openrooms.domain.rooms import Room
from openrooms.domain.roster import RawId
from openrooms.server.core.ports import Clock, DoorStore, Figure, StandingKey

LOOK_SECONDS = 10.0
"""How often every door is checked, even without a notification."""

MOST_STREAMS = 5
"""The most streams that one person has of a room in one process; a new one ends the oldest."""

_PART = 50
_PARTS = 20
_GATHER_SECONDS = 0.01

_log = structlog.get_logger("openrooms.followers")


class View(msgspec.Struct, frozen=True):
    """The state that a person is told: the room, unless they have no right to know it, and their door."""

    room: Room | None
    door: Door


class Follower:
    """One stream of a person; `tell` is called with each view, `end` when the stream must end.

    `key` and `revocations` come from the person's token, which expires at `expires_at`.
    """

    def __init__(
        self,
        key: StandingKey,
        revocations: int,
        expires_at: Moment,
        tell: Callable[[View], None],
        end: Callable[[], None],
    ) -> None:
        self.key = key
        self.call = CallId(key.resource, key.room_id)
        self.raw_id = RawId(key.raw_id)
        self.revocations = revocations
        self.expires_at = expires_at
        self.tell = tell
        self.end = end
        self.is_waiting = False


class Followers:
    """The followers of this process."""

    def __init__(self, storage: DoorStore, clock: Clock, held_clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._held_clock = held_clock
        self._of_call: dict[CallId, dict[RawId, list[Follower]]] = {}
        self._due: dict[CallId, set[RawId]] = {}
        self._edges: dict[CallId, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def look(self, key: StandingKey, revocations: int) -> View:
        """Return what the holder of a token is told now, and hold their place for a while if they wait.

        Raises `TokenRefused`, `NoSuchRoom`, `NotInvited` or `Unavailable`.
        """
        standing = await self._storage.get_standing(*key)
        view = self._view(standing, revocations)
        if view.door.is_final and view.door.refusal is not None:
            raise view.door.refusal
        await self._hold([(CallId(key.resource, key.room_id), standing)], waiting.HELD_BY_REQUEST)
        return view

    async def follow(self, follower: Follower) -> None:
        """Begin to tell a follower, first the current state; raise `Unavailable`."""
        own = self._of_call.setdefault(follower.call, {}).setdefault(follower.raw_id, [])
        for oldest in own[: max(0, len(own) - MOST_STREAMS + 1)]:
            oldest.end()
        own.append(follower)
        try:
            await self._tell([follower])
        except BaseException:
            self._forget(follower)
            raise

    async def leave(self, follower: Follower) -> None:
        """Stop telling a follower, and release the place of somebody who waited here only."""
        self._forget(follower)
        if not follower.is_waiting or self._streams_of(follower):
            return
        until = after(self._held_clock(), waiting.HELD_WITHOUT_STREAM)
        try:
            await self._storage.hold_places([(follower.call, follower.raw_id)], until)
        except Unavailable:
            _log.debug("a place is released later", room=follower.call.room)

    def check(self, call: CallId, people: Collection[RawId] | None = None) -> None:
        """Tell these people, or everyone (`None`), of those who follow a call what has changed."""
        following = self._of_call.get(call, {})
        due = following if people is None else [raw_id for raw_id in people if raw_id in following]
        if due:
            if not self._due:
                asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._flush)
            self._due.setdefault(call, set()).update(due)

    def check_user(self, resource: ResourceId, raw_id: RawId) -> None:
        """Tell the followers who are this user."""
        for call in self._of_call:
            if call.resource == resource:
                self.check(call, [raw_id])

    def check_all(self) -> None:
        """Tell everyone what has changed, for example because the clock was moved."""
        for call in self._of_call:
            self.check(call)

    async def run(self) -> None:
        """Check every door every few seconds until cancelled, a part of them at a time."""
        while True:
            followers = self._everyone()
            size = max(_PART, -(-len(followers) // _PARTS))
            parts = [followers[start : start + size] for start in range(0, len(followers), size)]
            for part in parts:
                await self._guarded([follower for follower in part if self._follows(follower)])
                await asyncio.sleep(LOOK_SECONDS / _PARTS)
            await asyncio.sleep(LOOK_SECONDS * max(0, _PARTS - len(parts)) / _PARTS)

    def end_all(self) -> None:
        """End every stream, because the process stops; the followers go to another one."""
        for follower in self._everyone():
            follower.end()

    def figures(self) -> Sequence[Figure]:
        """Return the numbers of followers, and of those who wait, for metrics."""
        followers = self._everyone()
        waiting_people = {(one.call, one.raw_id) for one in followers if one.is_waiting}
        return [
            Figure("followers", "Streams of events of people at the doors of rooms.", len(followers)),
            Figure("waiting", "People who wait to be admitted, by their streams of events.", len(waiting_people)),
        ]

    def _everyone(self) -> list[Follower]:
        return [one for of_call in self._of_call.values() for streams in of_call.values() for one in streams]

    def _streams_of(self, follower: Follower) -> list[Follower]:
        """Return the streams of the follower's person in their call."""
        return self._of_call.get(follower.call, {}).get(follower.raw_id, [])

    def _forget(self, follower: Follower) -> None:
        if not self._follows(follower):
            return
        of_call = self._of_call[follower.call]
        of_call[follower.raw_id].remove(follower)
        if not of_call[follower.raw_id]:
            del of_call[follower.raw_id]
        if not of_call:
            del self._of_call[follower.call]
            edge = self._edges.pop(follower.call, None)
            if edge is not None:
                edge.cancel()

    def _follows(self, follower: Follower) -> bool:
        return follower in self._streams_of(follower)

    def _flush(self) -> None:
        due, self._due = self._due, {}
        of_calls = [(self._of_call.get(call, {}), people) for call, people in due.items()]
        followers = [one for of_call, people in of_calls for raw_id in people for one in of_call.get(raw_id, ())]
        for start in range(0, len(followers), _PART):
            task = asyncio.create_task(self._guarded(followers[start : start + _PART]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _guarded(self, followers: Collection[Follower]) -> None:
        try:
            await self._tell(followers)
        except Unavailable as error:
            _log.debug("doors cannot be looked at now", reason=str(error))
        except Exception:
            # No failure may end the rounds, or people would wait although they were admitted.
            _log.exception("looking at doors failed")

    async def _tell(self, followers: Collection[Follower]) -> None:
        if not followers:
            return
        standings = await self._storage.get_standings([follower.key for follower in followers])
        for follower, standing in zip(followers, standings, strict=True):
            if self._follows(follower):
                self._tell_one(follower, standing)
        self._arm(dict(zip([follower.call for follower in followers], standings, strict=True)))
        waiters = [
            (follower.call, standing)
            for follower, standing in zip(followers, standings, strict=True)
            if follower.is_waiting
        ]
        await self._hold(waiters, waiting.HELD_BY_STREAM)

    def _tell_one(self, follower: Follower, standing: Standing) -> None:
        view = self._view(standing, follower.revocations)
        follower.is_waiting = view.door.state is DoorState.WAITING
        follower.tell(view)
        if view.door.is_final or self._clock() >= follower.expires_at:
            follower.end()

    def _view(self, standing: Standing, revocations: int) -> View:
        door = doors.door(standing, revocations, self._clock(), self._held_clock())
        return View(None if door.is_final else standing.room, door)

    async def _hold(self, waiters: Iterable[tuple[CallId, Standing]], length: int) -> None:
        """Hold the places of people who wait, before they lapse."""
        held_now = self._held_clock()
        keys = [
            (call, place.raw_id)
            for call, standing in waiters
            if (place := standing.place) is not None
            and waiting.is_waiting(place, held_now)
            and waiting.renewed(place.held_until, length, held_now) != place.held_until
        ]
        if keys:
            await self._storage.hold_places(keys, after(held_now, length))

    def _arm(self, standings: Mapping[CallId, Standing]) -> None:
        """Look at the doors again at the next edge of each room's window."""
        now, loop = self._clock(), asyncio.get_running_loop()
        for call, standing in standings.items():
            armed = self._edges.pop(call, None)
            if armed is not None:
                armed.cancel()
            room = standing.room
            edges = [edge for edge in (room.valid_from, room.valid_until) if edge > now] if room is not None else []
            if edges and call in self._of_call:
                # A longer time is looked at every few seconds anyway.
                seconds = min((min(edges) - now) / SECOND, LOOK_SECONDS)
                self._edges[call] = loop.call_later(seconds, self.check, call)
