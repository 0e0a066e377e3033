"""The real LiveKit as a child process of the service."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from tests.calls.stage import eventually

from openrooms.server.media.livekit import LiveKit
from openrooms.server.media.livekit_process import NotReady, Plan, find_program, kept_secret, livekit_process

PROGRAM = find_program()
CALL_LIMIT = 10
SECRET = "a secret of more than thirty-two characters"


def plan() -> Plan:
    assert PROGRAM is not None, "there is no livekit-server: run `make livekit`"
    return Plan(PROGRAM, SECRET, CALL_LIMIT)


async def answers(url: str) -> bool:
    async with aiohttp.ClientSession() as session:
        with suppress(aiohttp.ClientError):
            async with session.get(url) as answer:
                return answer.ok
    return False


def children() -> set[int]:
    """Return the process ids of the LiveKits that this process started."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"livekit-server" in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
    return found


async def test_livekit_is_ready_and_has_the_key():
    async with livekit_process(plan()) as running:
        engine = LiveKit(running.url, running.key, running.secret)
        await engine.check()
        await engine.close()
    assert not await answers(running.url)


async def test_livekit_is_restarted_when_it_ends():
    of_other_tests = children()
    async with livekit_process(plan()) as running:
        (first,) = children() - of_other_tests
        os.kill(first, signal.SIGKILL)

        async def is_another() -> bool:
            return bool(children() - of_other_tests - {first}) and await answers(running.url)

        await eventually(is_another, 10)
    assert children() == of_other_tests


async def test_livekit_is_restarted_when_its_program_is_back(tmp_path):
    """While the program is being replaced, it is missing for a moment."""
    program = tmp_path / "livekit-server"
    program.symlink_to(plan().program)
    of_other_tests = children()
    async with livekit_process(Plan(program, SECRET, CALL_LIMIT)) as running:
        (first,) = children() - of_other_tests
        program.unlink()
        os.kill(first, signal.SIGKILL)
        await asyncio.sleep(1)
        program.symlink_to(plan().program)

        async def is_another() -> bool:
            return bool(children() - of_other_tests - {first}) and await answers(running.url)

        await eventually(is_another, 10)


async def test_livekit_ends_with_a_killed_parent():
    code = f"""
import asyncio
from pathlib import Path
from openrooms.server.media.livekit_process import Plan, livekit_process
async def main():
    async with livekit_process(Plan(Path({str(PROGRAM)!r}), {SECRET!r}, 10)) as running:
        print(running.url, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    url = (await parent.stdout.readline()).decode().strip()
    assert await answers(url)
    parent.kill()
    await parent.wait()

    async def is_gone() -> bool:
        return not await answers(url)

    await eventually(is_gone, 10)


async def test_a_program_that_does_not_answer_is_reported():
    with pytest.raises(NotReady, match="exit code 1"):
        async with livekit_process(Plan(Path("/bin/false"), SECRET, CALL_LIMIT)):
            pass


def test_only_the_owner_can_read_the_secret(tmp_path):
    secret = kept_secret(tmp_path)
    assert len(secret) >= 32
    assert kept_secret(tmp_path) == secret
    assert (tmp_path / "livekit-secret").stat().st_mode & 0o777 == 0o600
    assert secret not in repr(Plan(Path("x"), secret, CALL_LIMIT))
