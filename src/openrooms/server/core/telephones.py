"""Dialling out: a telephone is called into a call, and its leg follows the rules of the room until it ends.

The process that dialled owns the leg. It holds the dial-out in the database and renews that; another process ends a
dial-out that nobody holds any more. Any process may end any dial-out: it writes the end and notifies the owner, which
hangs up. Notifications may be lost, so the owner also compares its legs with the database and the rooms twice a second,
even when the media engine is away. The same rules as in enforcement then decide.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from secrets import token_hex
from typing import Protocol

import msgspec
import structlog

from openrooms.domain import calls, telephones
from openrooms.domain.calls import CallId, notice_of
from openrooms.domain.errors import LineDown, MediaUnavailable, NotInCall, NotSupported, OpenRoomsError, Unavailable
from openrooms.domain.moments import MINUTE, SECOND, Moment, after
from openrooms.domain.rooms import Room
from openrooms.domain.telephones import DialOut, LegEvent, LegId, LegState, Limits, Outcome, Traffic
from openrooms.server.core import numbering
from openrooms.server.core.ports import (
    Clock,
    DialOutStore,
    Figure,
    Leg,
    MediaEngine,
    Notifications,
    StandingKey,
    StandingStore,
    TelephoneLine,
)

LISTED = 100
"""The most dial-outs that a call shows."""

_HELD_FOR = 15 * SECOND
_RENEWED_BEFORE = 10 * SECOND
_CHECK_SECONDS = 0.5
_REAP_SECONDS = 5.0
_RETRY_SECONDS = 0.5
_STEP = 100
_LEG = "leg"

_log = structlog.get_logger("openrooms.telephones")


class TelephoneStore(DialOutStore, StandingStore, Notifications, Protocol):
    """What dialling out reads and writes."""


class _Held(msgspec.Struct):
    """A leg of this process, which holds its dial-out until a moment."""

    call: CallId
    until: Moment


class Telephones:
    """The dial-outs of all calls; without a `line`, none is made here.

    `note_end` is called with each dial-out of this process that ended. `lease_clock` says until when legs are held, and
    cannot be moved.
    """

    def __init__(
        self,
        storage: TelephoneStore,
        engine: MediaEngine,
        line: TelephoneLine | None,
        clock: Clock,
        limits: Limits,
        *,
        call_limit: int,
        note_end: Callable[[DialOut], None] | None = None,
        lease_clock: Clock | None = None,
    ) -> None:
        self._storage = storage
        self._engine = engine
        self._line = line
        self._clock = clock
        self._limits = limits
        self._call_limit = call_limit
        self._note_end = note_end
        self._lease_clock = lease_clock or clock
        self._owner = token_hex(8)
        self._held: dict[LegId, _Held] = {}
        self._events: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._dialled = 0
        self._answered = 0
        self._outcomes: Counter[Outcome] = Counter()
        self._seconds = 0.0
        storage.listen(self._hear)
        if line is not None:
            line.listen(self._events.put_nowait)

    @property
    def has_line(self) -> bool:
        """Whether this server can call telephones at all."""
        return self._line is not None

    async def dial(self, call: CallId, text: str, asked_by: str) -> DialOut:
        """Begin to call a number into the call, for a raw id or, if it is empty, for the operator.

        Raises `DialOutOff`, `OutsideWindow`, `InvalidArgument`, `NotSupported`, `NumberNotAllowed`, `NumberInCall`,
        `TooManyPhones`, `TooManyDialOuts`, `CallFull`, `NoSuchRoom` or `Unavailable`.
        """
        telephones.check_dial_out(await self._storage.get_room(call.resource, call.room), self._clock())
        number = telephones.parse_number(text)
        if self._line is None:
            raise NotSupported("This server has no telephone line, so nobody was called; --sip-trunk gives it one.")
        telephones.check_prefix(number, self._limits)
        numbering.check_possible(number)
        if not self._line.is_up:
            raise LineDown
        leg_id = LegId(token_hex(16))
        present = await self._engine.list_presences(call)
        calls.check_room_left(present, telephones.leg_identity(leg_id), self._call_limit)

        def decide(room: Room, traffic: Traffic) -> DialOut:
            now = self._clock()
            telephones.check_dial_out(room, now)
            telephones.check_limits(number, asked_by, traffic, self._limits)
            until = after(self._lease_clock(), _HELD_FOR)
            return telephones.begin(leg_id, call, number, asked_by, self._owner, until, self._limits, now)

        dial_out = await self._storage.add_dial_out(call, asked_by, after(self._clock(), -MINUTE), decide)
        self._held[leg_id] = _Held(call, dial_out.held_until)
        self._dialled += 1
        await self._begin(self._line, dial_out)
        return dial_out

    async def list_of(self, call: CallId) -> Sequence[DialOut]:
        """Return the dial-outs of a call: those that have not ended, and the newest that ended within an hour."""
        return await self._storage.list_dial_outs(call, LISTED)

    async def find(self, call: CallId, raw_id: str) -> DialOut:
        """Return the dial-out of a telephone that is in the call or is being called; raise `NotInCall`.

        The telephone is named by its number (`4:+1...`) or by its identity in the call.
        """
        for dial_out in await self.list_of(call):
            names = (telephones.phone_raw_id(dial_out.phone_number), telephones.leg_identity(dial_out.id))
            if dial_out.is_live and raw_id in names:
                return dial_out
        raise NotInCall

    async def end(self, dial_out: DialOut, outcome: Outcome) -> None:
        """End a dial-out of any process, and disconnect its leg from the call."""
        decide = partial(telephones.end, outcome=outcome, now=self._clock())
        await self._storage.change_dial_out(dial_out.call.resource, dial_out.id, decide)
        self._storage.notify(f"{_LEG} {dial_out.id} {outcome}")
        # The leg leaves the call by itself, but others need not wait for its owner.
        with suppress(MediaUnavailable):
            await self._engine.disconnect(dial_out.call, telephones.leg_identity(dial_out.id))

    async def end_all(self, call: CallId) -> None:
        """End all dial-outs of a call."""
        for dial_out in await self.list_of(call):
            if dial_out.is_live:
                await self.end(dial_out, Outcome.CLOSED)

    async def mute(self, dial_out: DialOut, *, muted: bool) -> None:
        """Mute or unmute a telephone, even one that has not answered yet."""
        await self._tell(dial_out, {"muted": muted})

    async def send_digits(self, dial_out: DialOut, text: str) -> None:
        """Send digits to a telephone that has answered; raise `InvalidArgument` or `NotInCall`."""
        digits = telephones.parse_digits(text)
        if dial_out.state is not LegState.IN_CALL:
            raise NotInCall("The telephone has not answered yet; send the digits when it is in the call.")
        await self._tell(dial_out, {"digits": digits})

    async def run(self) -> None:
        """Follow the legs of this process until cancelled, and hang them up then."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_events())
                group.create_task(_repeat(_CHECK_SECONDS, self._check_legs))
                group.create_task(_repeat(_REAP_SECONDS, self._reap))
        finally:
            await self._hang_up_all()

    def figures(self) -> Sequence[Figure]:
        """Return the numbers of dial-outs in this process, for metrics."""
        ended = [
            Figure("ended", "Dial-outs that ended, by outcome.", self._outcomes[outcome], True, {"outcome": outcome})
            for outcome in Outcome
        ]
        return [
            Figure("dialled", "Dial-outs that were begun.", self._dialled, is_total=True),
            Figure("answered", "Telephones that answered.", self._answered, is_total=True),
            *ended,
            Figure("legs", "Telephones in calls or being called.", len(self._held)),
            Figure("seconds", "Time that telephones were in calls, of those that ended.", self._seconds, is_total=True),
        ]

    async def _begin(self, line: TelephoneLine, dial_out: DialOut) -> None:
        enter = partial(self._enter, dial_out)
        ringing = self._limits.ringing_seconds
        leg = Leg(dial_out.id, dial_out.phone_number, self._engine.signalling_url or "", enter, ringing)
        try:
            await line.dial(leg)
        except BaseException:
            self._events.put_nowait(LegEvent(dial_out.id, LegState.ENDED, Outcome.FAILED))
            raise

    async def _enter(self, dial_out: DialOut) -> str:
        """Return a media token for a leg; raise the reason why it may not be in the call any more."""
        kept = await self._storage.get_dial_outs([(dial_out.call.resource, dial_out.id)])
        [room] = await self._rooms([dial_out.call])
        open_room = telephones.check_stays(kept.get(dial_out.id), room, self._clock())
        await self._engine.open_call(dial_out.call, notice_of(open_room))
        return self._engine.passes.issue_for_leg(dial_out.call, dial_out.id, numbering.masked(dial_out.phone_number))

    async def _tell(self, dial_out: DialOut, order: dict[str, object]) -> None:
        await self._engine.tell_leg(dial_out.call, dial_out.id, msgspec.json.encode(order))

    async def _keep_events(self) -> None:
        while True:
            event = await self._events.get()
            held = self._held.get(event.leg_id)
            if held is not None:
                await self._keep_at_last(event, held)

    async def _keep_at_last(self, event: LegEvent, held: _Held) -> None:
        # Later events wait, because those of one leg are kept in order.
        while True:
            try:
                await self._keep(event, held)
            except Unavailable as error:
                _log.warning("the state of a telephone cannot be kept now; trying again", reason=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    async def _keep(self, event: LegEvent, held: _Held) -> None:
        decide = partial(telephones.apply, event=event, now=self._clock())
        dial_out = await self._storage.change_dial_out(held.call.resource, event.leg_id, decide)
        if event.state is LegState.IN_CALL:
            self._answered += 1
        elif event.state is LegState.ENDED:
            del self._held[event.leg_id]
            if dial_out is not None:
                self._count_end(dial_out)

    def _count_end(self, dial_out: DialOut) -> None:
        self._outcomes[dial_out.outcome or Outcome.FAILED] += 1
        if dial_out.answered_at is not None:
            self._seconds += (dial_out.since - dial_out.answered_at) / SECOND
        if self._note_end is not None:
            self._note_end(dial_out)

    async def _check_legs(self) -> None:
        """Hang up the legs that may not stay, and renew the others."""
        held = dict(self._held)
        if not held:
            return
        for leg_id, leg in held.items():
            if self._lease_clock() >= leg.until:
                # The database was away for so long that another process may have given the leg up.
                self._hang_up(leg_id, Outcome.FAILED)
        kept = await self._storage.get_dial_outs([(leg.call.resource, leg_id) for leg_id, leg in held.items()])
        rooms = await self._rooms([leg.call for leg in held.values()])
        for (leg_id, leg), room in zip(held.items(), rooms, strict=True):
            await self._check_leg(leg_id, leg, kept.get(leg_id), room)

    async def _check_leg(self, leg_id: LegId, leg: _Held, dial_out: DialOut | None, room: Room | None) -> None:
        try:
            telephones.check_stays(dial_out, room, self._clock())
        except OpenRoomsError:
            self._hang_up(leg_id, (dial_out and dial_out.outcome) or Outcome.CLOSED)
            return
        now = self._lease_clock()
        if leg.until - now < _RENEWED_BEFORE:
            until = after(now, _HELD_FOR)
            await self._storage.change_dial_out(leg.call.resource, leg_id, partial(telephones.hold, until=until))
            leg.until = until

    async def _reap(self) -> None:
        """End the dial-outs that nobody holds any more, and remove old ones."""
        give_up = partial(telephones.give_up, held_now=self._lease_clock(), now=self._clock())
        for resource, leg_id in await self._storage.list_lost_dial_outs(self._lease_clock(), _STEP):
            await self._storage.change_dial_out(resource, leg_id, give_up)
        await self._storage.purge_dial_outs(after(self._clock(), -telephones.SHOWN_FOR), _STEP)

    async def _rooms(self, named: Sequence[CallId]) -> list[Room | None]:
        standings = await self._storage.get_standings([StandingKey(call.resource, call.room, "") for call in named])
        return [standing.room for standing in standings]

    def _hear(self, notification: str) -> None:
        kind, _, rest = notification.partition(" ")
        leg_id, _, outcome = rest.partition(" ")
        if kind == _LEG and leg_id in self._held:
            self._hang_up(LegId(leg_id), Outcome(outcome))

    def _hang_up(self, leg_id: LegId, outcome: Outcome) -> None:
        if self._line is not None:
            self._line.hang_up(leg_id, outcome)

    async def _hang_up_all(self) -> None:
        for leg_id, held in list(self._held.items()):
            self._hang_up(leg_id, Outcome.CLOSED)
            with suppress(Unavailable):
                await self._keep(LegEvent(leg_id, LegState.ENDED, Outcome.CLOSED), held)


async def _repeat(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except Unavailable as error:
            _log.warning("telephones cannot be followed now; trying again", reason=str(error))
        except Exception:
            # No failure may end this loop, or telephones would stay in closed rooms.
            _log.exception("following telephones failed")
