"""Hangs up telephones whose process has died."""

import asyncio
import ssl
from collections.abc import Collection
from contextlib import suppress

import certifi
import structlog

from openrooms.server.phone.dialogs import Dialog, goodbye
from openrooms.server.phone.trunk import Transport, Trunk

_PORT, _TLS_PORT = 5060, 5061
_PAUSES = (0.5, 1.0, 2.0)
_ANSWER_SECONDS = 5.0
_ANSWER_BYTES = 4096

_log = structlog.get_logger("openrooms.telephones")


async def say_goodbye(trunk: Trunk, dialogs: Collection[Dialog]) -> None:
    """Send each call's BYE or CANCEL to the trunk; log the calls for which that fails."""
    outcomes = await asyncio.gather(*(_end(trunk, dialog) for dialog in dialogs), return_exceptions=True)
    failures = [outcome for outcome in outcomes if outcome is not None]
    if failures:
        _log.error("telephones may still be connected", count=len(failures), reason=str(failures[0]))


def tls_context(trunk: Trunk) -> ssl.SSLContext:
    """Return how to check the trunk's certificate; raise `OSError` if its authorities cannot be read."""
    return ssl.create_default_context(cafile=trunk.ca or certifi.where())


async def _end(trunk: Trunk, dialog: Dialog) -> None:
    port = trunk.port or (_TLS_PORT if trunk.transport is Transport.TLS else _PORT)
    host = trunk.host.strip("[]")
    if trunk.transport is Transport.UDP:
        await _send_datagrams(host, port, dialog)
    else:
        await _send_stream(host, port, dialog, trunk)


class _Answers(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.came = asyncio.Event()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.came.set()


async def _send_datagrams(host: str, port: int, dialog: Dialog) -> None:
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(_Answers, remote_addr=(host, port))
    try:
        request = goodbye(dialog, Transport.UDP, _address(transport))
        for pause in _PAUSES:
            transport.sendto(request)
            with suppress(TimeoutError):
                await asyncio.wait_for(answers.came.wait(), pause)
                return
    finally:
        transport.close()
    raise TimeoutError("the trunk did not answer")


async def _send_stream(host: str, port: int, dialog: Dialog, trunk: Trunk) -> None:
    tls = tls_context(trunk) if trunk.transport is Transport.TLS else None
    async with asyncio.timeout(_ANSWER_SECONDS):
        reader, writer = await asyncio.open_connection(host, port, ssl=tls)
        try:
            writer.write(goodbye(dialog, trunk.transport, _address(writer)))
            await reader.read(_ANSWER_BYTES)
        finally:
            writer.close()


def _address(transport: asyncio.BaseTransport | asyncio.StreamWriter) -> str:
    host, port, *_ = transport.get_extra_info("sockname")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
