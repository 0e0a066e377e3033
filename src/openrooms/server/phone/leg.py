"""One leg: a telephone call, and its participant in the room.

Only the process of the telephone line imports this module.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from baresip import BaresipError, Call, Event, StackEvent

from openrooms.domain.telephones import Outcome
from openrooms.server.phone.messages import Answered, Dial, Ended, Report, Ringing
from openrooms.server.phone.outcomes import read_reason
from openrooms.server.phone.seat import Entrance, Seat
from openrooms.server.phone.sip import Phones, audio_rate, hang_up, send_digits

_TICK_SECONDS = 0.02
# What the phone has not played yet hides that ticks come late.
_AHEAD_SECONDS = 0.06
_SAMPLE_BYTES = 2
_MOST_READ = 32768
_CLOSING_SECONDS = 2.0
# SIP gives up an INVITE that nobody answers after this time.
_UNREACHED_SECONDS = 32.0


class Leg:
    """A leg, from dialling to its end.

    `enter` returns an entrance to the room, or `None` if LiveKit cannot be used now.
    """

    def __init__(
        self,
        dial: Dial,
        phones: Phones,
        enter: Callable[[], Awaitable[Entrance | None]],
        report: Callable[[Report], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        self._dial = dial
        self._phones = phones
        self._report = report
        self._seat = Seat(enter, self._press)
        self._call: Call | None = None
        self._rang = False
        self._is_encrypted = False
        self._reached = asyncio.Event()
        self._answered = loop.create_future()
        self._closed: asyncio.Future[str] = loop.create_future()
        self._ending: asyncio.Future[Ended] = loop.create_future()
        self._pressing: asyncio.Task[None] | None = None

    def end(self, outcome: Outcome) -> None:
        """Hang up; the first outcome counts."""
        self._end(Ended(self._dial.leg, outcome))

    async def run(self) -> None:
        """Live until the end, and report it."""
        tasks = [asyncio.create_task(work) for work in (self._follow_phone(), self._follow_seat())]
        try:
            ended = await self._ending
        finally:
            for task in tasks:
                task.cancel()
            if self._pressing is not None:
                self._pressing.cancel()
        if self._call is not None and self._reached.is_set():
            # Before anything else: somebody may be listening who was removed.
            await hang_up(self._call)
        self._report(ended)
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(self._seat.leave(), self._clear())

    async def _clear(self) -> None:
        """See the call off; the stack would not cancel a call before the first answer, and the phone would ring."""
        if self._call is None:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._reached.wait(), _UNREACHED_SECONDS)
        await hang_up(self._call)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closed, _CLOSING_SECONDS)
        self._phones.forget(self._call)

    async def _follow_seat(self) -> None:
        self.end(await self._seat.keep())

    async def _follow_phone(self) -> None:
        try:
            # A cancelled `dial` would leave a call that nobody can hang up.
            dialling = asyncio.ensure_future(self._phones.dial(self._dial.phone_number, self))
            try:
                self._call = await asyncio.shield(dialling)
            except asyncio.CancelledError:
                self._call = await dialling
                raise
        except BaresipError:
            self.end(Outcome.UNREACHABLE)
            return
        try:
            async with asyncio.timeout(self._dial.ringing_seconds):
                await self._answered
        except TimeoutError:
            self.end(Outcome.NO_ANSWER if self._rang else Outcome.UNREACHABLE)
            return
        await self._carry_audio(self._call)

    def note_reached(self) -> None:
        self._reached.set()

    def hear(self, event: StackEvent) -> None:
        """Take an event of the call."""
        if event.event in {Event.CALL_RINGING, Event.CALL_PROGRESS} and not self._rang:
            self._rang = True
            self._report(Ringing(self._dial.leg))
        elif event.event is Event.CALL_MENC:
            self._is_encrypted = True
        elif event.event is Event.CALL_ESTABLISHED and not self._answered.done():
            self._take_answer()
        elif event.event is Event.CALL_CLOSED and not self._closed.done():
            self._closed.set_result(event.text or "")
            self._reached.set()
            self._end(self._closing(event.text or ""))

    def _take_answer(self) -> None:
        # The stack offers encrypted audio alone, and yet goes on if the answer has none.
        if self._phones.must_encrypt and not self._is_encrypted:
            self.end(Outcome.FAILED)
            return
        self._answered.set_result(None)
        self._report(Answered(self._dial.leg))

    def _closing(self, reason: str) -> Ended:
        if self._answered.done() and not self._answered.cancelled():
            return Ended(self._dial.leg, Outcome.HUNG_UP)
        return Ended(self._dial.leg, *read_reason(reason))

    def _end(self, ended: Ended) -> None:
        if not self._ending.done():
            self._ending.set_result(ended)

    def _press(self, digits: str) -> None:
        if self._call is None or not self._answered.done():
            return
        before, call = self._pressing, self._call

        async def press() -> None:
            if before is not None:
                await before
            await send_digits(call, digits)

        self._pressing = asyncio.create_task(press())

    async def _carry_audio(self, call: Call) -> None:
        """Carry audio both ways, a little more often than the phone plays it."""
        audio, loop = call.audio, asyncio.get_running_loop()
        due = loop.time()
        while True:
            rates = audio_rate(audio)
            if rates is not None:
                self._seat.open_audio(*rates)
                with suppress(BaresipError):
                    await self._seat.speak(audio.read(_MOST_READ))
                    ahead = int(rates[0] * _AHEAD_SECONDS) - audio.info().tx_buffered // _SAMPLE_BYTES
                    if ahead > 0:
                        audio.write(self._seat.hear(ahead))
            due = max(due + _TICK_SECONDS, loop.time())
            await asyncio.sleep(due - loop.time())
