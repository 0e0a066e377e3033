"""Building LiveKit's server, in the version that the service is tested with.

It imports only the standard library: `make livekit` runs it before anything is installed.
"""

import os
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path

PROGRAM = "livekit-server"
VERSION = "v1.13.5"
SOURCE = f"github.com/livekit/livekit-server/cmd/server@{VERSION}"
GO = "https://go.dev/dl/"

_LAST_LINES = 20


class BuildFailed(Exception):
    """Go could not build the server; `str()` has the last lines of its output."""


def build(go: str, target: Path, show: Callable[[str], None]) -> None:
    """Build the server into the file. `show` is given each module that Go fetches and each package that it compiles.

    An interrupted build leaves no incomplete file. Raise `BuildFailed` or `OSError`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        _run_go(go, folder, show)
        # The command is named for its folder in LiveKit's source.
        (Path(folder) / "server").replace(target)


def _run_go(go: str, folder: str, show: Callable[[str], None]) -> None:
    last: deque[str] = deque(maxlen=_LAST_LINES)
    command = [go, "install", "-v", SOURCE]
    variables = os.environ | {"GOBIN": folder}
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as program:  # noqa: S603 - our own
        assert program.stderr is not None  # noqa: S101 - it is a pipe
        try:
            for line in program.stderr:
                last.append(line)
                show(line.strip())
        except BaseException:
            program.terminate()
            raise
    if program.returncode:
        raise BuildFailed("".join(last).strip() or f"go ended with {program.returncode}")
