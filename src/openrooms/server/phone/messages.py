"""What the service and the process of the telephone line say to each other: one JSON text on each line."""

import asyncio
from typing import Any, Generic, TypeVar

import msgspec

from openrooms.domain.telephones import LegId, Outcome, PhoneNumber
from openrooms.server.phone.dialogs import Dialog
from openrooms.server.phone.trunk import Trunk

Incoming = TypeVar("Incoming")


class Start(msgspec.Struct, frozen=True, tag=True):
    """Begin, with this trunk. This is the first command."""

    trunk: Trunk


class Dial(msgspec.Struct, frozen=True, tag=True):
    """Call a number; give up if nobody answers within the seconds."""

    leg: LegId
    phone_number: PhoneNumber
    ringing_seconds: float


class Enter(msgspec.Struct, frozen=True, tag=True):
    """Connect the leg to its LiveKit room; the answer to `Waiting`."""

    leg: LegId
    url: str
    token: str

    def __repr__(self) -> str:
        return f"Enter(leg={self.leg!r})"


class Wait(msgspec.Struct, frozen=True, tag=True):
    """LiveKit does not answer the service; ask again. Another answer to `Waiting`."""

    leg: LegId


class HangUp(msgspec.Struct, frozen=True, tag=True):
    """End the leg, which then reports this outcome."""

    leg: LegId
    outcome: Outcome


class Ping(msgspec.Struct, frozen=True, tag=True):
    """Answer at once."""


Command = Start | Dial | Enter | Wait | HangUp | Ping


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The SIP runtime runs."""


class CannotStart(msgspec.Struct, frozen=True, tag=True):
    """The SIP runtime does not start with this trunk."""

    reason: str


class Waiting(msgspec.Struct, frozen=True, tag=True):
    """The leg needs a media token."""

    leg: LegId


class Ringing(msgspec.Struct, frozen=True, tag=True):
    """The phone rings."""

    leg: LegId


class Answered(msgspec.Struct, frozen=True, tag=True):
    """Somebody picked up the phone."""

    leg: LegId


class Ended(msgspec.Struct, frozen=True, tag=True):
    """The leg is over; the last report about it."""

    leg: LegId
    outcome: Outcome
    sip_status: int | None = None


class Talking(msgspec.Struct, frozen=True, tag=True):
    """How to hang up a call, if this process dies."""

    dialog: Dialog


class Over(msgspec.Struct, frozen=True, tag=True):
    """There is nothing to hang up any more."""

    call_id: str


class Pong(msgspec.Struct, frozen=True, tag=True):
    """The answer to `Ping`."""


class Note(msgspec.Struct, frozen=True, tag=True):
    """A warning of the SIP stack, for the log."""

    text: str


Report = Ready | CannotStart | Waiting | Ringing | Answered | Ended | Talking | Over | Pong | Note


class Channel(Generic[Incoming]):
    """One end of the pair of sockets between the two processes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, incoming: Any) -> None:
        """Take the sockets, and the union of the messages that come in."""
        self._reader = reader
        self._writer = writer
        self._decoder: msgspec.json.Decoder[Incoming] = msgspec.json.Decoder(incoming)

    def send(self, message: Command | Report) -> None:
        """Send a message; do nothing if the other end is gone."""
        if not self._writer.is_closing():
            self._writer.write(msgspec.json.encode(message) + b"\n")

    async def receive(self) -> Incoming | None:
        """Return the next message of the other end, `None` once that is gone."""
        try:
            return self._decoder.decode(await self._reader.readuntil(b"\n"))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    def close(self) -> None:
        """Close this end, which the other one notices."""
        self._writer.close()
