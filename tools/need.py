"""Name the programs that are missing and how to get them; as root on Debian, install them.

python3 tools/need.py run|test|browsers|bench
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Program(NamedTuple):
    """A program that we start: further paths, its Debian package, or where to get it."""

    name: str
    package: str = ""
    elsewhere: str = ""
    folders: str = ""
    at_least: tuple[int, ...] = ()

    def find(self) -> str | None:
        """Return the program's path if it is there and new enough."""
        path = shutil.which(self.name) or next((str(found) for found in Path("/").glob(self.folders or "-")), None)
        if path and self.at_least and _version(path) < self.at_least:
            return None
        return path


def _version(path: str) -> tuple[int, ...]:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+(\.\d+)*", said)
    return tuple(map(int, found[0].split("."))) if found else ()


NODE = Program("node", elsewhere="Node.js 20.19 or later: https://nodejs.org/en/download", at_least=(20, 19))
NPM = Program("npm", elsewhere="npm comes with Node.js: https://nodejs.org/en/download")
RUN = [NODE, NPM]
TEST = [
    *RUN,
    Program("go", elsewhere="Go 1.26 or later builds LiveKit's server: https://go.dev/dl/"),
    Program("chromium", "chromium"),
    Program("caddy", "caddy"),
    Program("haproxy", "haproxy", folders="usr/sbin/haproxy"),
    Program("nginx", "nginx", folders="usr/sbin/nginx"),
    Program("postgres", "postgresql", folders="usr/lib/postgresql/*/bin/postgres"),
    Program("promtool", "prometheus"),
    Program("sipp", "sip-tester"),
    Program("systemd-analyze", "systemd"),
    Program("curl", "curl"),
    Program("redis-server", "redis-server"),
    Program("pgbouncer", "pgbouncer", folders="usr/sbin/pgbouncer"),
    Program("javac", "default-jdk-headless", at_least=(11,)),
    Program("mvn", "maven"),
    Program("zsh", "zsh"),
    Program("fish", "fish"),
]
BROWSERS = [*TEST, Program("firefox-esr", "firefox-esr")]
BENCH = [*TEST, Program("wrk", "wrk"), Program("cc", "gcc")]
NEEDS = {"run": RUN, "test": TEST, "browsers": BROWSERS, "bench": BENCH}


def main(purpose: str) -> int:
    """Return the exit code: 0 if all programs are installed at the end."""
    missing = [program for program in NEEDS[purpose] if not program.find()]
    packages = [program.package for program in missing if program.package]
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(packages)
        missing = [program for program in missing if not program.find()]
    for line in _ways(missing):
        print(line, file=sys.stderr)
    return 1 if missing else 0


def _install(packages: list[str]) -> None:
    # RUNLEVEL=1 keeps the packages from starting services of their own.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    print("installing", *packages, file=sys.stderr)
    # Programs that cannot be installed are named afterwards.
    for command in (["apt-get", "update", "--quiet"], install):
        subprocess.run(command, env=environment, check=False, stdout=sys.stderr)


def _ways(missing: list[Program]) -> Iterator[str]:
    for program in missing:
        way = f"sudo apt-get install {program.package}  (Debian, Ubuntu)" if program.package else program.elsewhere
        yield f"missing: {program.name}. Get it: {way}"


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in NEEDS:
        sys.exit(f"usage: python3 tools/need.py {'|'.join(NEEDS)}")
    sys.exit(main(sys.argv[1]))
