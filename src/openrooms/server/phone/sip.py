"""The SIP side of a leg: one runtime of baresip for the life of the process, and one call for each leg.

Only the process of the telephone line imports this module.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import certifi
from baresip import Account, BaresipError, Call, CallAudio, Config, Event, Runtime, StackEvent, UserAgent

from openrooms.server.phone.trunk import MediaEncryption, Transport, Trunk

# Wideband first; a trunk takes what it has.
_CODECS = ("g722/16000/1", "pcmu", "pcma")
_NOBODY = "openrooms"
_LOOPBACK = "127.0.0.1"
_SILENT_SECONDS = 30
_DIGIT_PAUSE_MS = 100


class Listener(Protocol):
    """What wants to know how a call goes on."""

    def hear(self, event: StackEvent) -> None:
        """Take an event of the call."""

    def note_reached(self) -> None:
        """Take it that the trunk has answered anything, after which the call can be cancelled."""


class Phones:
    """The SIP runtime and the user agent that calls through the trunk."""

    def __init__(self, trunk: Trunk, runtime: Runtime, agent: UserAgent) -> None:
        self._trunk = trunk
        self._runtime = runtime
        self._agent = agent
        self._listeners: dict[int, Listener] = {}
        self._handles: dict[str, int] = {}
        self._dialling = 0
        self._early: dict[int, list[StackEvent]] = {}
        self._reached_early: set[int] = set()
        runtime.subscribe(self._hear)

    @classmethod
    async def start(cls, trunk: Trunk, died: Callable[[], None]) -> "Phones":
        """Start the runtime; raise `BaresipError`, or `ValueError` for a trunk that the stack does not take."""
        runtime = Runtime()
        runtime.on_dead = died
        await runtime.start(_config(trunk))
        # A REFER asks us to call another number, at the operator's cost.
        agent = await UserAgent.create(runtime, _account(trunk), transfer_policy="reject")
        return cls(trunk, runtime, agent)

    @property
    def must_encrypt(self) -> bool:
        """Whether audio may only travel encrypted."""
        return self._trunk.media_encryption is not MediaEncryption.OFF

    async def dial(self, phone_number: str, listener: Listener) -> Call:
        """Send an INVITE; the listener gets every event of the call. Raise `BaresipError`."""
        self._dialling += 1
        try:
            uri = f"sip:{phone_number}@{self._trunk.address};transport={self._trunk.transport}"
            call = await self._agent.dial(uri)
        finally:
            self._dialling -= 1
        self._listeners[call.handle] = listener
        # A refusal may come before `dial` returns, which is when the number of the call becomes known.
        for event in self._early.pop(call.handle, ()):
            listener.hear(event)
        if call.handle in self._reached_early:
            listener.note_reached()
        if not self._dialling:
            self._early.clear()
            self._reached_early.clear()
        return call

    def note_reached(self, call_id: str) -> None:
        """Take it that the trunk has answered the call with this Call-ID."""
        handle = self._handles.get(call_id)
        if handle in self._listeners:
            self._listeners[handle].note_reached()
        elif handle is not None and self._dialling:
            self._reached_early.add(handle)

    def forget(self, call: Call) -> None:
        """Stop delivering events of a call."""
        self._listeners.pop(call.handle, None)
        self._handles = {call_id: handle for call_id, handle in self._handles.items() if handle != call.handle}

    async def close(self) -> None:
        """Stop the runtime."""
        with suppress(BaresipError):
            await self._runtime.close()

    def _hear(self, event: StackEvent) -> None:
        if event.event is Event.CALL_INCOMING:
            # Nobody calls us. The stack would ring until the caller gives up.
            asyncio.ensure_future(hang_up(Call._from_incoming(self._runtime, event)))  # noqa: RUF006
            return
        if event.event is Event.CALL_OUTGOING and event.call_id:
            self._handles[event.call_id] = event.call
        if event.call in self._listeners:
            self._listeners[event.call].hear(event)
        elif self._dialling and event.call:
            self._early.setdefault(event.call, []).append(event)


async def hang_up(call: Call) -> None:
    """Send CANCEL or BYE, or decline; do nothing if the call is over."""
    with suppress(BaresipError):
        await call.hangup()


async def send_digits(call: Call, digits: str) -> None:
    """Press keys; do nothing if the call is over."""
    with suppress(BaresipError, ValueError):
        await call.send_dtmf(digits, _DIGIT_PAUSE_MS)


def audio_rate(audio: CallAudio) -> tuple[int, int] | None:
    """Return the sample rates to and from the phone; `None` while there is no audio."""
    try:
        info = audio.info()
    except BaresipError:
        return None
    return (info.tx_sample_rate, info.rx_sample_rate) if info.tx_ready and info.rx_ready else None


def _config(trunk: Trunk) -> Config:
    lines = [f"rtp_ports {trunk.rtp_ports}", f"sip_transports {trunk.transport}"]
    if trunk.transport is Transport.TLS:
        # Without these lines, the stack accepts any certificate.
        lines += [f"sip_cafile {trunk.ca or certifi.where()}", "sip_verify_server yes"]
    return Config(
        # The stack does not look for routes through loopback.
        net_interface=_LOOPBACK if trunk.is_loopback else None,
        max_concurrent_calls=None,
        rtp_timeout=_SILENT_SECONDS,
        sip_trace=True,
        extra_config_text="\n".join(lines),
    )


def _account(trunk: Trunk) -> Account:
    encrypted = trunk.media_encryption is MediaEncryption.SDES
    return Account(
        user=trunk.caller or trunk.user or _NOBODY,
        domain=trunk.address,
        password=trunk.password or "",
        auth_user=trunk.user,
        reg_interval=0,
        transport=trunk.transport.value,
        audio_codecs=_CODECS,
        extra_params=("mediaenc=srtp-mand",) if encrypted else (),
    )
