"""The process of the telephone line: `python -m openrooms.server.phone.child DESCRIPTOR`.

It is a separate process because the SIP stack is a C library whose faults must not end the service. It obeys the
commands that come through the socket, and hangs everything up when the socket is closed: that is how a killed service
leaves no telephone behind.
"""

import asyncio
import logging
import re
import signal
import socket
import sys

import uvloop
from baresip import BaresipError

from openrooms.domain.telephones import LegId, Outcome
from openrooms.server.phone.dialogs import Dialog, follow
from openrooms.server.phone.leg import Leg
from openrooms.server.phone.messages import (
    CannotStart,
    Channel,
    Command,
    Dial,
    Enter,
    HangUp,
    Note,
    Over,
    Ping,
    Pong,
    Ready,
    Start,
    Talking,
    Wait,
    Waiting,
)
from openrooms.server.phone.seat import Entrance
from openrooms.server.phone.sip import Phones
from openrooms.server.phone.sip_text import read_message

_LAST_SECONDS = 5.0
_SILENT_SECONDS = 15.0
_NUMBER = re.compile(r"\+?\d{3,}(?=\d{4})")


class Line:
    """The legs of this process."""

    def __init__(self, channel: Channel[Command], phones: Phones) -> None:
        self._channel = channel
        self._phones = phones
        self._legs: dict[LegId, Leg] = {}
        self._tasks: dict[LegId, asyncio.Task[None]] = {}
        self._entering: dict[LegId, asyncio.Future[Entrance | None]] = {}

    def obey(self, command: Command) -> None:
        """Do what the service says."""
        match command:
            case Dial(leg):
                self._start(leg, command)
            case Enter(leg, url, token):
                self._entered(leg, Entrance(url, token))
            case Wait(leg):
                self._entered(leg, None)
            case HangUp(leg, outcome) if leg in self._legs:
                self._legs[leg].end(outcome)
            case Ping():
                self._channel.send(Pong())

    async def hang_up_all(self) -> None:
        """Hang up every leg, and wait until the phones know."""
        for leg in self._legs.values():
            leg.end(Outcome.FAILED)
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=_LAST_SECONDS)

    def _start(self, leg: LegId, dial: Dial) -> None:
        self._legs[leg] = Leg(dial, self._phones, lambda: self._enter(leg), self._channel.send)
        self._tasks[leg] = task = asyncio.create_task(self._legs[leg].run())
        task.add_done_callback(lambda _: self._forget(leg))

    def _forget(self, leg: LegId) -> None:
        del self._legs[leg], self._tasks[leg]
        self._entering.pop(leg, None)

    async def _enter(self, leg: LegId) -> Entrance | None:
        self._entering[leg] = asyncio.get_running_loop().create_future()
        self._channel.send(Waiting(leg))
        return await self._entering[leg]

    def _entered(self, leg: LegId, entrance: Entrance | None) -> None:
        waiting = self._entering.pop(leg, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(entrance)


class _Notes(logging.Handler):
    """Sends warnings of the SIP stack to the service, without whole telephone numbers."""

    def __init__(self, channel: Channel[Command], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(logging.WARNING)
        self._channel = channel
        self._loop = loop

    def emit(self, record: logging.LogRecord) -> None:
        note = Note(_NUMBER.sub("…", record.getMessage().strip()))
        self._loop.call_soon_threadsafe(self._channel.send, note)


class _Trace(logging.Handler):
    """Follows the calls in the messages that the stack sends and receives.

    It tells the service how to hang up each call, and the phones when the trunk has answered one.
    """

    def __init__(self, channel: Channel[Command], phones: Phones, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(logging.DEBUG)
        self._channel = channel
        self._phones = phones
        self._loop = loop
        self._dialogs: dict[str, Dialog] = {}

    def emit(self, record: logging.LogRecord) -> None:
        # The first line names the addresses.
        text = record.getMessage().partition("\n")[2]
        call_id = read_message(text).first("call-id")
        before = self._dialogs.get(call_id)
        after = follow(before, text)
        if after is None:
            self._dialogs.pop(call_id, None)
        else:
            self._dialogs[call_id] = after
        if after != before:
            self._loop.call_soon_threadsafe(self._note, call_id, after)

    def _note(self, call_id: str, dialog: Dialog | None) -> None:
        self._channel.send(Talking(dialog) if dialog else Over(call_id))
        if dialog is not None and dialog.is_reached:
            self._phones.note_reached(call_id)


async def _serve(descriptor: int) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=socket.socket(fileno=descriptor))
    channel = Channel[Command](reader, writer, Command)
    start = await channel.receive()
    if not isinstance(start, Start):
        return
    logging.getLogger("baresip").addHandler(_Notes(channel, asyncio.get_running_loop()))
    died = asyncio.Event()
    try:
        phones = await Phones.start(start.trunk, died.set)
    except (BaresipError, ValueError) as error:
        channel.send(CannotStart(str(error)))
        return
    _follow_messages(channel, phones)
    channel.send(Ready())
    line = Line(channel, phones)
    watch = asyncio.create_task(died.wait())
    try:
        while not died.is_set():
            # The service pings; if it hangs, nobody enforces who may be in the call.
            step = asyncio.create_task(channel.receive())
            await asyncio.wait([step, watch], timeout=_SILENT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            command = step.result() if step.done() else None
            if command is None:
                break
            line.obey(command)
    finally:
        await line.hang_up_all()
        await phones.close()


def _follow_messages(channel: Channel[Command], phones: Phones) -> None:
    # LiveKit's library may log addresses with tokens in them.
    logging.getLogger("livekit").disabled = True
    trace = logging.getLogger("baresip.native.sip")
    trace.setLevel(logging.DEBUG)
    trace.addHandler(_Trace(channel, phones, asyncio.get_running_loop()))


def main() -> None:
    """Run until the socket is closed."""
    # Ctrl-C is for the service, which then closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
