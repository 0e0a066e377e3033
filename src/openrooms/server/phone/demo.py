"""A telephone to develop against: `--sip-trunk demo`.

The last two digits of a number choose what happens, as those of a status of SIP: 00 answers, plays a tone for a second
and then echoes; 86 is busy, 03 declines, 04 does not exist, 08 rings until the caller gives up. It speaks as much SIP
as that takes, over UDP on loopback. It is no telephone for any other use.
"""

import asyncio
import math
import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from openrooms.server.phone.sip_text import Message, read_message, write_message
from openrooms.server.phone.trunk import Trunk

HOST = "127.0.0.1"
_DIGITS = re.compile(r"sip:[^@;>]*?(\d\d)@")
_URI = re.compile(r"sips?:[^>;]+")
_MEDIA_PORT = re.compile(r"^m=audio (\d+) ", re.MULTILINE)
_REFUSALS: Mapping[str, str] = {
    "03": "603 Decline",
    "04": "404 Not Found",
    "86": "486 Busy Here",
}
_ANSWERS = "00"
_RINGS = "08"
_RINGING_SECONDS = 0.5
_TONE_SECONDS = 1.0
_SILENT_SECONDS = 10.0
_PACKET_SECONDS = 0.02
_PACKET_SAMPLES = 160
_RATE = 8000
_TONE_HERTZ = 425
_LOUDNESS = 8000
_RTP_HEADER = 12
_PCMU = b"\x80\x00"


class DemoTelephone(asyncio.DatagramProtocol):
    """Every number of the demo trunk."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport
        self._calls: dict[str, _Call] = {}

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    @property
    def port(self) -> int:
        """The port of the trunk."""
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    @property
    def calls(self) -> int:
        """How many calls ring or go on."""
        return len(self._calls)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        message = read_message(data.decode("utf-8", "replace"))
        call = self._calls.get(message.first("call-id"))
        match message.method:
            case "INVITE" if call is None:
                self._ring(message, addr)
            case "INVITE" if call is not None:
                call.invite_again(message)
            case "CANCEL" | "BYE":
                self._send(answer(message, "200 OK"), addr)
                if call is not None:
                    call.end()
            case "ACK" | "SIP/2.0":
                pass
            case _:
                self._send(answer(message, "501 Not Implemented"), addr)

    def close(self) -> None:
        """Hang up every call."""
        for call in list(self._calls.values()):
            call.hang_up()
        self._transport.close()

    def _ring(self, invite: Message, addr: tuple[str, int]) -> None:
        call_id = invite.first("call-id")
        call = _Call(invite, self.port, lambda data: self._send(data, addr))
        self._calls[call_id] = call
        call.task.add_done_callback(lambda _: self._calls.pop(call_id, None))

    def _send(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(data, addr)


class _Call:
    """One call of a demo telephone, from its INVITE to its end."""

    def __init__(self, invite: Message, port: int, send: Callable[[bytes], None]) -> None:
        self._invite = invite
        self._contact = f"Contact: <sip:demo@{HOST}:{port}>"
        self._send = send
        self._tag = secrets.token_hex(4)
        self._last_answer = b""
        self._is_answered = False
        self._media: _Media | None = None
        self.task = asyncio.create_task(self._run())

    def invite_again(self, invite: Message) -> None:
        """Answer an INVITE that was sent again, or a later one, which changes nothing."""
        if invite.first("cseq") == self._invite.first("cseq"):
            self._send(self._last_answer)
        elif self._is_answered and self._media is not None:
            self._send(self._answer(invite, "200 OK", self._media.description()))

    def end(self) -> None:
        """End the call, because the other side sent CANCEL or BYE."""
        self.task.cancel()
        if not self._is_answered:
            self._tell("487 Request Terminated")

    def hang_up(self) -> None:
        """End the call with BYE."""
        self.task.cancel()
        if self._is_answered:
            self._send(self._bye())

    async def _run(self) -> None:
        self._tell("100 Trying")
        ending = _last_digits(self._invite)
        if ending in _REFUSALS:
            self._tell(_REFUSALS[ending])
            return
        self._tell("180 Ringing")
        if ending == _RINGS:
            await asyncio.Event().wait()
        await asyncio.sleep(_RINGING_SECONDS)
        async with _media(self._invite.body) as self._media:
            self._is_answered = True
            self._tell("200 OK", self._media.description())
            await self._media.talk()
            self._send(self._bye())

    def _tell(self, status: str, description: str = "") -> None:
        self._last_answer = self._answer(self._invite, status, description)
        self._send(self._last_answer)

    def _answer(self, request: Message, status: str, description: str = "") -> bytes:
        return answer(request, status, self._tag, self._contact, description)

    def _bye(self) -> bytes:
        invite = self._invite
        target = _URI.search(invite.first("contact"))
        lines = [
            f"BYE {target[0] if target else 'sip:' + HOST} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST};branch=z9hG4bK{secrets.token_hex(8)};rport",
            "Max-Forwards: 70",
            f"From: {invite.first('to')};tag={self._tag}",
            f"To: {invite.first('from')}",
            f"Call-ID: {invite.first('call-id')}",
            "CSeq: 1 BYE",
            "Content-Length: 0",
        ]
        return write_message(lines)


def answer(request: Message, status: str, tag: str = "", contact: str = "", description: str = "") -> bytes:
    """Return an answer to a request; a description of media is its body."""
    to = request.first("to")
    lines = [
        f"SIP/2.0 {status}",
        *(f"Via: {via}" for via in request.all("via")),
        *(f"Record-Route: {route}" for route in request.all("record-route")),
        f"From: {request.first('from')}",
        f"To: {to}" if "tag=" in to or not tag else f"To: {to};tag={tag}",
        f"Call-ID: {request.first('call-id')}",
        f"CSeq: {request.first('cseq')}",
        *([contact] if contact else []),
        *(["Content-Type: application/sdp"] if description else []),
        f"Content-Length: {len(description)}",
    ]
    return write_message(lines, description)


def _last_digits(invite: Message) -> str:
    match = _DIGITS.search(invite.line)
    return match[1] if match else "04"


class _Media(asyncio.DatagramProtocol):
    """The audio of a call: PCMU, a tone at first and then an echo."""

    def __init__(self, there: tuple[str, int]) -> None:
        self._there = there
        self._transport: asyncio.DatagramTransport
        self._source = secrets.token_bytes(4)
        self._sent = 0
        self._silent = asyncio.Event()
        self._silence = self._await_silence()
        self._echoes = False

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._silence.cancel()
        self._silence = self._await_silence()
        if self._echoes and data[:1] == _PCMU[:1] and data[1] & 0x7F == 0:
            self._speak(data[_RTP_HEADER:])

    def description(self) -> str:
        """Return the description of this end, for the answer."""
        port = self._transport.get_extra_info("sockname")[1]
        lines = [
            "v=0",
            f"o=demo 1 1 IN IP4 {HOST}",
            "s=-",
            f"c=IN IP4 {HOST}",
            "t=0 0",
            f"m=audio {port} RTP/AVP 0 101",
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:101 telephone-event/8000",
            "",
        ]
        return "\r\n".join(lines)

    async def talk(self) -> None:
        """Play the tone, then echo until nothing was heard for some time."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number, packet in enumerate(_TONE):
            self._speak(packet)
            await asyncio.sleep(begin + (number + 1) * _PACKET_SECONDS - loop.time())
        self._echoes = True
        await self._silent.wait()

    def _await_silence(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(_SILENT_SECONDS, self._silent.set)

    def _speak(self, samples: bytes) -> None:
        number = self._sent.to_bytes(4, "big")[2:] + (self._sent * _PACKET_SAMPLES).to_bytes(8, "big")[4:]
        self._transport.sendto(_PCMU + number + self._source + samples, self._there)
        self._sent += 1


@asynccontextmanager
async def _media(description: str) -> AsyncIterator[_Media]:
    port = _MEDIA_PORT.search(description)
    there = HOST, int(port[1]) if port else 9
    loop = asyncio.get_running_loop()
    transport, media = await loop.create_datagram_endpoint(lambda: _Media(there), (HOST, 0))
    try:
        yield media
    finally:
        transport.close()


def _mu_law(sample: int) -> int:
    """Return a sample of 16 bits in the coding of G.711."""
    level = min(abs(sample) + 0x84, 0x7FFF)
    exponent = level.bit_length() - 8
    mantissa = (level >> (exponent + 3)) & 0x0F
    return ~((0x80 if sample < 0 else 0) | exponent << 4 | mantissa) & 0xFF


def _tone() -> list[bytes]:
    samples = bytes(
        _mu_law(round(_LOUDNESS * math.sin(2 * math.pi * _TONE_HERTZ * n / _RATE)))
        for n in range(round(_TONE_SECONDS * _RATE))
    )
    return [samples[start : start + _PACKET_SAMPLES] for start in range(0, len(samples), _PACKET_SAMPLES)]


_TONE = _tone()


@asynccontextmanager
async def demo_telephone() -> AsyncIterator[Trunk]:
    """Run the telephone and yield its trunk."""
    loop = asyncio.get_running_loop()
    _, telephone = await loop.create_datagram_endpoint(DemoTelephone, (HOST, 0))
    try:
        yield Trunk(host=HOST, port=telephone.port)
    finally:
        telephone.close()
