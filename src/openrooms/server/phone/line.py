"""The telephone line: legs by SIP through a trunk, in a separate process that this one starts and watches."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog

from openrooms.domain.errors import LineDown, OpenRoomsError, Unavailable
from openrooms.domain.telephones import LegEvent, LegId, LegState, Outcome
from openrooms.server.core.ports import Figure, Leg
from openrooms.server.core.supervision import supervised
from openrooms.server.phone.child_process import ChildProcess
from openrooms.server.phone.dialogs import Dialog
from openrooms.server.phone.farewell import say_goodbye, tls_context
from openrooms.server.phone.messages import (
    Answered,
    CannotStart,
    Command,
    Dial,
    Ended,
    Enter,
    HangUp,
    Note,
    Over,
    Ping,
    Pong,
    Ready,
    Report,
    Ringing,
    Start,
    Talking,
    Wait,
    Waiting,
)
from openrooms.server.phone.trunk import Trunk

_MODULE = "openrooms.server.phone.child"
_READY_SECONDS = 15.0
_PING_SECONDS = 3.0
_SILENT_SECONDS = 10.0
_SHORTEST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
_STEADY_SECONDS = 60.0

_log = structlog.get_logger("openrooms.telephones")


class NotReady(Exception):
    """The process of the line did not start; `str()` says why."""


class SipLine:
    """The legs of this process of the service."""

    def __init__(self, trunk: Trunk) -> None:
        self._trunk = trunk
        self._child: ChildProcess[Report] | None = None
        self._legs: dict[LegId, Leg] = {}
        self._heard: Callable[[LegEvent], None] = lambda _: None
        self._dialogs: dict[str, Dialog] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._restarts = 0
        self._last_pong = 0.0

    def __repr__(self) -> str:
        return f"SipLine({self._trunk!r})"

    @property
    def is_up(self) -> bool:
        return self._child is not None

    def listen(self, heard: Callable[[LegEvent], None]) -> None:
        self._heard = heard

    async def dial(self, leg: Leg) -> None:
        if self._child is None:
            raise LineDown
        self._legs[leg.id] = leg
        self._child.channel.send(Dial(leg.id, leg.phone_number, leg.ringing_seconds))

    def hang_up(self, leg_id: LegId, outcome: Outcome) -> None:
        if leg_id in self._legs:
            self._send(HangUp(leg_id, outcome))

    def figures(self) -> Sequence[Figure]:
        return [
            Figure("line_up", "1 while telephones can be called, 0 while the line restarts.", int(self.is_up)),
            Figure("line_restarts", "Times that the process of the line was started again.", self._restarts, True),
        ]

    async def start(self) -> None:
        """Start the process; raise `NotReady`."""
        try:
            # The SIP stack would start with a file that has no certificate in it, and trust nobody.
            tls_context(self._trunk)
        except OSError as error:
            raise NotReady(f"--sip-ca {self._trunk.ca} cannot be used: {error}") from error
        child = await ChildProcess[Report].start(_MODULE, Report)
        try:
            child.channel.send(Start(self._trunk))
            await _wait_until_ready(child)
        except BaseException:
            await child.stop()
            raise
        self._last_pong = asyncio.get_running_loop().time()
        self._child = child

    async def keep(self) -> None:
        """Watch the process until cancelled, and start it again with growing pauses while it keeps ending."""
        loop = asyncio.get_running_loop()
        pause = _SHORTEST_PAUSE
        while True:
            started = loop.time()
            if self._child is not None:
                await self._follow(self._child)
            pause = _SHORTEST_PAUSE if loop.time() - started > _STEADY_SECONDS else min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(pause)
            try:
                await self.start()
                self._restarts += 1
            except (NotReady, OSError) as error:
                _log.error("the telephone line does not start again", reason=str(error), pause=pause)

    async def _follow(self, child: ChildProcess[Report]) -> None:
        """Hear the process until its end, and then end its legs."""
        pinging = asyncio.create_task(self._ping(child))
        try:
            while (report := await child.channel.receive()) is not None:
                self._take(report)
        finally:
            pinging.cancel()
            self._child = None
            code = await child.stop()
            for leg_id in list(self._legs):
                self._take(Ended(leg_id, Outcome.FAILED))
            left, self._dialogs = list(self._dialogs.values()), {}
            # A process that ends by itself has hung everything up.
            if code != 0:
                self._spawn(say_goodbye(self._trunk, left))
        _log.error("the telephone line ended; its legs ended with it", code=code)

    async def _ping(self, child: ChildProcess[Report]) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() - self._last_pong < _SILENT_SECONDS:
            child.channel.send(Ping())
            await asyncio.sleep(_PING_SECONDS)
        _log.error("the telephone line does not answer")
        child.kill()

    def _take(self, report: Report) -> None:
        match report:
            case Ringing(leg):
                self._tell(LegEvent(leg, LegState.RINGING))
            case Answered(leg):
                self._tell(LegEvent(leg, LegState.IN_CALL))
            case Ended(leg, outcome, sip_status):
                self._tell(LegEvent(leg, LegState.ENDED, outcome, sip_status))
                self._legs.pop(leg, None)
            case Waiting(leg) if leg in self._legs:
                self._spawn(self._let_in(self._legs[leg]))
            case Talking(dialog):
                self._dialogs[dialog.call_id] = dialog
            case Over(call_id):
                self._dialogs.pop(call_id, None)
            case Pong():
                self._last_pong = asyncio.get_running_loop().time()
            case Note(text):
                _log.warning("the SIP stack says", text=text)

    def _tell(self, event: LegEvent) -> None:
        if event.leg_id in self._legs:
            self._heard(event)

    async def _let_in(self, leg: Leg) -> None:
        try:
            self._send(Enter(leg.id, leg.media_url, await leg.enter()))
        except Unavailable:
            self._send(Wait(leg.id))
        except OpenRoomsError:
            self._send(HangUp(leg.id, Outcome.CLOSED))
        except Exception:
            _log.exception("a leg could not enter its room")
            self._send(HangUp(leg.id, Outcome.FAILED))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send(self, command: Command) -> None:
        if self._child is not None:
            self._child.channel.send(command)


@asynccontextmanager
async def telephone_line(trunk: Trunk) -> AsyncIterator[SipLine]:
    """Keep a line running; raise `NotReady` if it never starts. At the end, every leg is hung up."""
    line = SipLine(trunk)
    await line.start()
    async with supervised() as parts:
        parts.start("the watch over the telephone line", line.keep)
        yield line


async def _wait_until_ready(child: ChildProcess[Report]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_READY_SECONDS):
            while (report := await child.channel.receive()) is not None:
                if isinstance(report, Ready):
                    return
                if isinstance(report, CannotStart):
                    raise NotReady(report.reason)
    raise NotReady("its process ended or did not answer; its own messages are above")
