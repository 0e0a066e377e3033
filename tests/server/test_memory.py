"""The modules that a running service loads."""

import subprocess
import sys


def test_unused_modules_are_not_loaded():
    """A service with calls does not load these modules, which would add a third to its memory."""
    used = (
        "openrooms.cli.service, openrooms.server.process.run, openrooms.server.media.livekit, openrooms.server.web.gate"
    )
    code = f"import sys, {used}; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    )
    assert "livekit.protocol.room" in loaded
    assert loaded.isdisjoint({"aiohttp", "asyncpg", "azure", "livekit.api", "openrooms.cli.render"})
