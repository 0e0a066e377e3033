"""Build LiveKit's server into the user's cache, unless it is already there."""

import os
import runpy
import shutil
import sys
from pathlib import Path

# By its path, because the package need not be installed yet.
_FILE = Path(__file__).parents[1] / "src" / "openrooms" / "server" / "media" / "livekit_build.py"


def main() -> int:
    """Return the exit code: 0 even without Go, because the service can run without calls."""
    building = runpy.run_path(str(_FILE))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    target = cache / "openrooms" / "bin" / building["PROGRAM"]
    if shutil.which(building["PROGRAM"]) or target.exists():
        return 0
    go = shutil.which("go")
    if go is None:
        print(
            f"no Go, so no LiveKit: calls stay off. Get them: Go from {building['GO']}, then go install "
            f"{building['SOURCE']}"
        )
        return 0
    print(f"building LiveKit {building['VERSION']}, once, into {target} (a few minutes)", flush=True)
    building["build"](go, target, lambda _line: None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
