"""SIP over TLS and encrypted audio, with a telephone by baresip."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.phone.exchange import exchange
from tests.phone.sipp import TALKS, sipp
from tests.support.ports import free_port

from openrooms.domain.telephones import LegState, Outcome
from openrooms.server.phone.trunk import MediaEncryption, Transport, Trunk
from openrooms.server.process.tls import Authority

NUMBER = "+15551234567"
ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def telephone(certificate: Path, encryption: str = "", host: str = "127.0.0.1") -> AsyncIterator[int]:
    """Run a telephone that speaks SIP over TLS; yield its port."""
    process, port = await started(certificate, encryption, host)
    try:
        yield port + 1
    finally:
        process.kill()
        await process.communicate()


async def started(certificate: Path, encryption: str, host: str) -> tuple[asyncio.subprocess.Process, int]:
    """Start a telephone; try again if the port after the free one is taken."""
    for _ in range(5):
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.phone.telephone", host, str(port), str(certificate), encryption),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(20):
            while line := await process.stdout.readline():
                if line == b"READY\n":
                    return process, port
        await process.wait()
    raise AssertionError("the telephone does not start")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ours")


@pytest.fixture
def certificate(authority: Authority) -> Path:
    return authority.issue(datetime.now(UTC), ["127.0.0.1"])


def trunk(
    port: int,
    authority: Authority | None = None,
    encryption: MediaEncryption = MediaEncryption.OFF,
    host: str = "127.0.0.1",
) -> Trunk:
    return Trunk(
        host=host,
        port=port,
        transport=Transport.TLS,
        ca=str(authority.certificate) if authority else None,
        media_encryption=encryption,
    )


@pytest.mark.parametrize("encryption", [MediaEncryption.OFF, MediaEncryption.SDES])
async def test_private_authority(authority: Authority, certificate: Path, encryption: MediaEncryption):
    """A trunk with a certificate of the named authority is called, with encrypted audio if that is set."""
    mode = "srtp-mand" if encryption is MediaEncryption.SDES else ""
    async with telephone(certificate, mode) as port, exchange(trunk(port, authority, encryption)) as at:
        leg = await at.dial(NUMBER, "room")
        await at.reaches(leg, LegState.IN_CALL)
        at.line.hang_up(leg, Outcome.REMOVED)
        assert (await at.ends(leg)).event.outcome is Outcome.REMOVED


@pytest.mark.parametrize("trusted", ["public", "another"])
async def test_unknown_authority_is_refused(tmp_path: Path, certificate: Path, trusted: str):
    other = None
    if trusted == "another":
        other = Authority(tmp_path / "other")
        other.issue(datetime.now(UTC), ["127.0.0.1"])
    async with telephone(certificate) as port, exchange(trunk(port, other)) as at:
        ended = await at.ends(await at.dial(NUMBER, "room", ringing=3))
        assert (ended.event.outcome, ended.event.sip_status) == (Outcome.UNREACHABLE, None)


async def test_certificate_of_another_host_is_refused(authority: Authority, certificate: Path):
    host = "127.0.0.2"
    async with telephone(certificate, host=host) as port, exchange(trunk(port, authority, host=host)) as at:
        ended = await at.ends(await at.dial(NUMBER, "room", ringing=3))
        assert ended.event.outcome is Outcome.UNREACHABLE


async def test_plain_audio_is_refused(tmp_path: Path):
    """With encryption set, a telephone that answers without it is hung up."""
    async with sipp(tmp_path, TALKS) as phone:
        there = Trunk(host="127.0.0.1", port=phone.port, media_encryption=MediaEncryption.SDES)
        async with exchange(there) as at:
            leg = await at.dial(NUMBER, "room", ringing=3)
            await at.ends(leg)
            assert LegState.IN_CALL not in [heard.event.state for heard in at.heard[leg]]
            await phone.is_free()
