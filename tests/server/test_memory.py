"""What a running service has loaded."""

import subprocess
import sys


def test_a_service_with_calls_loads_nothing_that_it_does_not_use():
    """What these take, a third of its memory, is for programs that use the client, show tables or ask an issuer."""
    used = (
        "openrooms.cli.service, openrooms.server.process.run, openrooms.server.media.livekit, openrooms.server.web.gate"
    )
    code = f"import sys, {used}; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    )
    assert "livekit.protocol.room" in loaded
    assert loaded.isdisjoint({"aiohttp", "asyncpg", "azure", "livekit.api", "openrooms.cli.render"})
