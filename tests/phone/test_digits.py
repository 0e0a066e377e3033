"""Keys: those that a Presenter sends reach the telephone, and those that the telephone presses reach nobody."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from tests.calls.stage import Person, Refused, eventually, stage
from tests.phone.scene import TALKING, Scene, scene_at, with_trunk
from tests.phone.sipp import TALKS, sipp

pytestmark = pytest.mark.asyncio(loop_scope="session")

_KEYS = "0123456789*#ABCD"
_EVENTS, _PCMU = 101, 0
_FIRST, _LAST = 0x80, 0x80
_HEADER = 12
_SAMPLES = 160
_PACKET_SECONDS = 0.02
_PACKETS = 5
_TONE = bytes([0x00] * 10 + [0x80] * 10) * (_SAMPLES // 20)


class Handset(asyncio.DatagramProtocol):
    """The telephone's end of the audio: it notes the keys that it hears, sends a tone, and presses keys (RFC 4733)."""

    def __init__(self) -> None:
        self.heard = ""
        self._last = b""
        self._transport: asyncio.DatagramTransport
        self._line: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
        self._number = 0
        self._time = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    @property
    def port(self) -> int:
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def close(self) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self._line.done():
            self._line.set_result(addr)
        # All packets of one key have the time of its beginning.
        if data[1] & 0x7F == _EVENTS and data[4:8] != self._last:
            self._last = data[4:8]
            self.heard += _KEYS[data[_HEADER]]

    async def hum(self, seconds: float) -> None:
        for _ in range(round(seconds / _PACKET_SECONDS)):
            await self._send(_PCMU, _TONE)
            self._time += _SAMPLES

    async def press(self, keys: str) -> None:
        for key in keys:
            for packet in range(1, _PACKETS + 1):
                end = _LAST if packet == _PACKETS else 0
                event = bytes([_KEYS.index(key), end | 10]) + (packet * _SAMPLES).to_bytes(2)
                await self._send(_EVENTS | (_FIRST if packet == 1 else 0), event)
            self._time += _PACKETS * _SAMPLES
            await self.hum(0.06)

    async def _send(self, kind: int, payload: bytes) -> None:
        self._number += 1
        head = bytes([0x80, kind]) + self._number.to_bytes(2) + self._time.to_bytes(4) + b"hand"
        self._transport.sendto(head + payload, await self._line)
        await asyncio.sleep(_PACKET_SECONDS)


@asynccontextmanager
async def call(folder: Path) -> AsyncIterator[tuple[Scene, Handset]]:
    """Give a room that a telephone is in, at a service that logs all it can."""
    _, handset = await asyncio.get_running_loop().create_datagram_endpoint(Handset, ("127.0.0.1", 0))
    scenario = TALKS.replace("[media_port]", str(handset.port))
    async with (
        sipp(folder, scenario) as phone,
        stage(folder, webhooks=False, limits=False, options=(*with_trunk(phone), "--log-level", "debug")) as on,
    ):
        scene = await scene_at(on)
        await scene.dial(TALKING, "inCall")
        try:
            yield scene, handset
        finally:
            handset.close()


async def is_heard(handset: Handset, person: Person) -> None:
    """Wait until the person hears the telephone's tone."""
    begin = time.time()
    humming = asyncio.create_task(handset.hum(10))
    await eventually(lambda: max(person.heard.values(), default=0) > begin, 10)
    humming.cancel()


async def send(scene: Scene, digits: str) -> None:
    await scene.ask("POST", f"call/participants/{scene.phone(TALKING)}:sendDtmf", {"digits": digits})


async def test_sent_digits_reach_the_phone(tmp_path: Path):
    """The telephone hears each key once and in order, and no log has them."""
    async with call(tmp_path) as (scene, handset):
        person = await scene.stage.person(scene.room, scene.presenter)
        await is_heard(handset, person)
        await send(scene, "73190#*abd")
        await eventually(lambda: handset.heard == "73190#*ABD", 10)
        with pytest.raises(Refused) as refused:
            await send(scene, "5553x")
        assert "5553" not in str(refused.value)
        written = scene.stage.log.read_text() + scene.stage.audit_log.read_text()
        assert written
        assert not re.search("73190|5553", written)
        await person.leave()


async def test_pressed_digits_reach_nobody(tmp_path: Path):
    """Between two tones that a person hears, the telephone presses keys: no log, no event and no answer has them."""
    async with call(tmp_path) as (scene, handset):
        person = await scene.stage.person(scene.room, scene.presenter)
        events: list[str] = []
        for name in ("data_received", "sip_dtmf_received", "participant_attributes_changed", "transcription_received"):
            person.room.on(name, lambda *_, name=name: events.append(name))
        before = len(scene.stage.log.read_text())
        await is_heard(handset, person)
        await handset.press("8352079146")
        await is_heard(handset, person)
        answer = msgspec.json.encode(await scene.ask("GET", "call")).decode()
        log = scene.stage.log.read_text()[before:]
        for text in (answer, log, scene.stage.audit_log.read_text()):
            assert not re.search("8352|dtmf|digit|telephone-event", text, re.IGNORECASE)
        assert events == []
        await person.leave()
