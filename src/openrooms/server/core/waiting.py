"""The use cases of the waiting room: asking to come in, admitting, declining, keeping out; noting who is in a call."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec
import structlog

from openrooms.domain import doors, names, telephones, waiting
from openrooms.domain.calls import CallId, person
from openrooms.domain.enforcement import Seat, staying
from openrooms.domain.errors import NoSuchRoom, NotWaiting, RoomNotFound, Unavailable
from openrooms.domain.joining import Standing
from openrooms.domain.moments import SECOND, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room
from openrooms.domain.roster import RawId
from openrooms.domain.waiting import Lobby, LobbyChange, Place, PlaceState
from openrooms.server.core.ports import AtDoor, Clock, DoorNudge, DoorStore, Figure, MediaEngine, StandingKey

LISTED = 100
"""The most people of each kind that a call shows at its door."""

_NOTED_AT_ONCE = 16
_NOTING_TRIES = 3

Decision = Callable[[Lobby, Place | None], LobbyChange]
Noting = Callable[[Lobby, Mapping[RawId, ParticipantRole | None], Sequence[Place], Moment], LobbyChange]

_log = structlog.get_logger("openrooms.waiting")


class Waiters(msgspec.Struct, frozen=True):
    """The people at the door of a call, those who have waited longest first, and how many wait in all."""

    waiting: tuple[AtDoor, ...] = ()
    count: int = 0
    kept_out: tuple[AtDoor, ...] = ()


class WaitingRooms:
    """The operations on the waiting rooms of all calls; `nudge` is called after each change.

    Without an `engine`, calls are off. People hold their places by `held_clock`, because other processes must agree on
    its time even when `clock` was moved.
    """

    def __init__(self, storage: DoorStore, engine: MediaEngine | None, clock: Clock, held_clock: Clock) -> None:
        self.nudge: DoorNudge = lambda _call, _reach: None
        self._storage = storage
        self._engine = engine
        self._clock = clock
        self._held_clock = held_clock
        self._noting: set[CallId] = set()
        self._slots = asyncio.Semaphore(_NOTED_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked = 0
        self._admitted = 0
        self._declined = 0
        self._kept_out = 0
        self._waited = 0

    async def ask(self, call: CallId, raw_id: RawId, display_name: str) -> Place:
        """Return the place of somebody who asks to come in: they wait, unless a Presenter has just decided about them.

        Raises `NoSuchRoom`.
        """
        name = names.typed_name(display_name)

        def decide(lobby: Lobby, before: Place | None) -> LobbyChange:
            held_now = self._held_clock()
            place = waiting.ask(before, raw_id, name, lobby, self._clock(), held_now)
            return waiting.asked(lobby, before, place, held_now)

        place, change = await self._decide(call, raw_id, decide)
        if change.put:
            self._asked += place is None or place.state is not PlaceState.WAITING
            return change.put[0]
        if place is None:
            raise NoSuchRoom
        return place

    async def admit(self, call: CallId, raw_id: RawId) -> None:
        """Admit somebody who waits, was declined or is kept out; raise `NotWaiting` for others."""

        def decide(lobby: Lobby, place: Place | None) -> LobbyChange:
            if place is None:
                raise NotWaiting
            return waiting.admit(lobby, [place], self._clock())

        place, change = await self._decide(call, raw_id, decide)
        self._count_admitted([place] if place is not None and change.put else [])

    async def admit_all(self, call: CallId) -> int:
        """Admit everyone who is listed as waiting; return how many."""
        before: Sequence[Place] = ()

        def decide(lobby: Lobby, places: Sequence[Place]) -> LobbyChange:
            nonlocal before
            held_now = self._held_clock()
            before = [place for place in places if waiting.is_at_door(place, held_now)]
            return waiting.admit(lobby, before, self._clock())

        await self._change(call, None, decide)
        self._count_admitted(before)
        return len(before)

    async def decline(self, call: CallId, raw_id: RawId, reason: str) -> None:
        """Decline somebody who waits; raise `NotWaiting`, or `InvalidRequest` for a reason that is too long."""
        cleaned = names.reason(reason)
        _, change = await self._decide(
            call, raw_id, lambda lobby, place: waiting.decline(lobby, place, cleaned, self._clock())
        )
        self._declined += bool(change.put)

    async def keep_out(self, call: CallId, raw_id: RawId) -> None:
        """Keep somebody out of the call until they are admitted."""
        _, change = await self._decide(
            call, raw_id, lambda lobby, place: waiting.keep_out(lobby, place, raw_id, self._clock())
        )
        self._kept_out += bool(change.put)

    async def end_call(self, call: CallId) -> None:
        """End the call, and with it every admission."""
        await self._change(call, (), lambda lobby, _places: waiting.end_call(lobby))

    async def end_if_over(self, call: CallId) -> None:
        """End the call if nobody was seen in it for a while; keep one that another process has just begun."""
        await self._change(call, (), lambda lobby, _places: waiting.end_if_over(lobby, self._clock()))

    async def keep_present(self, call: CallId) -> None:
        """Let the people who are in the call stay in it, whatever the room's options will be; raise `Unavailable`."""
        await self._insist_on_noting(call, waiting.keep_present)

    async def keep_roles(self, call: CallId) -> None:
        """Let the people who are in the call stay in it, whatever their roles will be; raise `Unavailable`."""
        room = (await self._storage.get_standing(call.resource, call.room, "")).room
        if room is not None and waiting.may_make_wait(room.options):
            await self._insist_on_noting(call, waiting.note_presence)

    async def list_of(self, call: CallId, room: Room, lobby: Lobby) -> Waiters:
        """Return the people at the door of a call."""
        now, held_now = self._clock(), self._held_clock()
        at_door = await self._storage.list_at_door(call, PlaceState.WAITING, held_now, LISTED)
        waiters = [one for one in at_door if waiting.must_wait(room.options, one.role, lobby, now)]
        count = await self.count(call, room, lobby) if len(at_door) == LISTED else len(waiters)
        kept_out = await self._storage.list_at_door(call, PlaceState.KEPT_OUT, Moment(0), LISTED)
        return Waiters(tuple(waiters), count, tuple(kept_out) if waiting.goes_on(lobby, now) else ())

    async def count(self, call: CallId, room: Room, lobby: Lobby) -> int:
        """Return how many people wait for the call."""
        counts = (await self._storage.count_waiting([call], self._held_clock())).get(call, {})
        return waiting.count(room.options, counts, lobby, self._clock())

    # Noting who is in calls.

    def note(self, seats: Sequence[Seat]) -> None:
        """Keep who is in calls whose waiting rooms need to know, in the background; this neither waits nor fails."""
        now = self._clock()
        for call, people in staying([seat for seat in seats if _is_noted(seat.standing)], now).items():
            if call not in self._noting and _is_news(people, now):
                self._noting.add(call)
                task = asyncio.create_task(self._note_call(call))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _note_call(self, call: CallId) -> None:
        try:
            async with self._slots:
                # If somebody decides meanwhile, the next pass observes the call anew.
                await self._note_people(call, waiting.note_presence)
        except (Unavailable, RoomNotFound) as error:
            _log.debug("the people in a call are not noted now", room=call.room, reason=str(error))
        except Exception:
            _log.exception("the people in a call could not be noted")
        finally:
            self._noting.discard(call)

    async def _insist_on_noting(self, call: CallId, change: Noting) -> None:
        for _ in range(_NOTING_TRIES):
            if await self._note_people(call, change):
                return

    async def _note_people(self, call: CallId, change: Noting) -> bool:
        """Keep who is in the call; return `False`, and keep nothing, if somebody decided or ended the call meanwhile.

        The lobby is read before LiveKit is asked who is there, or the people of a call that has just been ended would
        be kept as those of the next one.
        """
        revision = (await self._storage.get_standing(call.resource, call.room, "")).lobby.revision
        roles = await self._people_in(call)
        is_current = True

        def decide(lobby: Lobby, places: Sequence[Place]) -> LobbyChange:
            nonlocal is_current
            is_current = lobby.revision == revision
            return change(lobby, roles, places, self._clock()) if is_current else LobbyChange(lobby)

        if roles:
            await self._change(call, list(roles), decide)
        return is_current

    async def _people_in(self, call: CallId) -> dict[RawId, ParticipantRole | None]:
        """Return the people who are in the call and may stay in it, with their roles."""
        if self._engine is None:
            return {}
        people = telephones.people(await self._engine.list_presences(call))
        keys = [
            StandingKey(call.resource, call.room, person(presence.identity), presence.invitation) for presence in people
        ]
        standings = await self._storage.get_standings(keys)
        found = staying(map(Seat, people, standings), self._clock())
        return {raw_id: standing.role for raw_id, standing in found.get(call, {}).items()}

    def figures(self) -> Sequence[Figure]:
        """Return what happened at doors in this process, for metrics."""
        seconds = self._waited / SECOND
        return [
            Figure("asked", "People who began to wait to be admitted.", self._asked, is_total=True),
            Figure("admitted", "People who were admitted.", self._admitted, is_total=True),
            Figure("declined", "People who were declined.", self._declined, is_total=True),
            Figure("kept_out", "People who were kept out of a call.", self._kept_out, is_total=True),
            Figure("waited_seconds", "Time that people who were admitted had waited.", seconds, is_total=True),
        ]

    def _count_admitted(self, before: Sequence[Place]) -> None:
        now = self._clock()
        self._admitted += len(before)
        self._waited += sum(now - place.since for place in before if place.state is PlaceState.WAITING)

    async def _decide(self, call: CallId, raw_id: RawId, decide: Decision) -> tuple[Place | None, LobbyChange]:
        """Keep the change about one person; return their place before, and the change."""
        before: Place | None = None

        def decide_first(lobby: Lobby, places: Sequence[Place]) -> LobbyChange:
            nonlocal before
            before = places[0] if places else None
            return decide(lobby, before)

        change = await self._change(call, [raw_id], decide_first)
        return before, change

    async def _change(
        self,
        call: CallId,
        named: Sequence[RawId] | None,
        decide: Callable[[Lobby, Sequence[Place]], LobbyChange],
    ) -> LobbyChange:
        before = waiting.NO_LOBBY

        def decide_noting(lobby: Lobby, places: Sequence[Place]) -> LobbyChange:
            nonlocal before
            before = lobby
            return decide(lobby, places)

        try:
            change = await self._storage.change_lobby(call, named, decide_noting)
        except NotWaiting:
            raise
        except RoomNotFound as error:
            raise NoSuchRoom from error
        if change.lobby.revision != before.revision:
            self.nudge(call, doors.reach(before, change, self._clock()))
        return change


def _is_noted(standing: Standing) -> bool:
    """Return whether the waiting room needs to know who is in the call."""
    room = standing.room
    if room is None:
        return False
    return waiting.may_make_wait(room.options) or standing.lobby.seen_at is not None


def _is_news(people: Mapping[RawId, Standing], now: Moment) -> bool:
    has_presenter = any(standing.role is ParticipantRole.PRESENTER for standing in people.values())
    lobby = next(iter(people.values())).lobby
    is_known = all(
        standing.place is not None and standing.place.state is PlaceState.ADMITTED for standing in people.values()
    )
    return not is_known or waiting.is_stale(lobby, has_presenter, now)
