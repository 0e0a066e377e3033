"""Build LiveKit's server into the user's cache, unless it is already there."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = "v1.13.5"
SOURCE = f"github.com/livekit/livekit-server/cmd/server@{VERSION}"


def main() -> int:
    """Return the exit code: 0 even without Go, because the service can run without calls."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    target = cache / "openrooms" / "bin" / "livekit-server"
    if shutil.which("livekit-server") or target.exists():
        return 0
    go = shutil.which("go")
    if go is None:
        print(f"no Go, so no LiveKit: calls stay off. Get them: Go from https://go.dev/dl/, then go install {SOURCE}")
        return 0
    print(f"building LiveKit {VERSION}, once, into {target} (a few minutes)", flush=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        subprocess.run([go, "install", SOURCE], env=os.environ | {"GOBIN": folder}, check=True)
        # In one step, so that an interrupted build leaves no incomplete server.
        (Path(folder) / "server").rename(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
