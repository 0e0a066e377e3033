"""A part of the process fails: the failure is logged, accepted requests are answered, and the process exits with 1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.service import environment

_FAILING = """
import asyncio, {module}
async def fail(*_):
    await asyncio.sleep(0.5)
    raise RuntimeError("a fault for the test")
{module}.{name} = fail
"""
_FAILING_THREAD = """
import {module}
def fail(*_):
    raise RuntimeError("a fault for the test")
{module}.{name} = fail
"""


def ended(folder: Path, fault: str, *arguments: object) -> tuple[int, str]:
    """Run a development service with the fault in it; return its exit code and what it printed."""
    code = f"import sys\n{fault}\nfrom openrooms.cli import main\nmain()"
    places = ("--https-port", "0", "--http-port", "0", "--data", folder, "--ready-file", folder / "ready.json")
    done = subprocess.run(
        [sys.executable, "-c", code, "dev", *map(str, (*places, *arguments))],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert not (folder / "ready.json").exists()
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        pytest.param(
            "the server of port",
            _FAILING.format(module="openrooms.server.web.server", name="Server.serve_until_cancelled"),
            id="server that does not start",
        ),
        pytest.param(
            "the server of port",
            _FAILING.format(module="openrooms.server.web.server", name="Server._accept"),
            id="server that ends",
        ),
        pytest.param("the upkeep", _FAILING.format(module="openrooms.server.core.upkeep", name="_repeat"), id="upkeep"),
        pytest.param(
            "the renewal of the certificate",
            _FAILING.format(module="openrooms.server.process.run", name="_keep_valid"),
            id="renewal",
        ),
        pytest.param(
            "the storage",
            _FAILING_THREAD.format(module="openrooms.server.storage.sqlite", name="_Checkpointer._copy_when_due"),
            id="checkpointer",
        ),
    ],
)
def test_failing_part_ends_the_process(tmp_path: Path, part: str, fault: str) -> None:
    code, printed = ended(tmp_path, fault, "--livekit", "off")
    assert code == os.EX_SOFTWARE
    assert f"openrooms: stopped, because {part}" in printed
    assert "a fault for the test" in printed


def test_failing_enforcer_ends_the_process(tmp_path: Path) -> None:
    fault = _FAILING.format(module="openrooms.server.core.enforcer", name="Enforcer.run")
    code, printed = ended(tmp_path, fault)
    assert code == os.EX_SOFTWARE
    assert "openrooms: stopped, because the enforcer failed" in printed
