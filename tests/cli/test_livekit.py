"""Installing LiveKit's server: a stand-in for Go, which takes minutes, shows what the command does with its result."""

import os
import stat
from pathlib import Path

import pytest
from tests.support.service import openrooms

BUILDS = """#!/bin/sh
echo "github.com/livekit/protocol" >&2
echo "github.com/livekit/livekit-server/cmd/server" >&2
[ "$1 $2" = "install -v" ] || exit 2
printf '#!/bin/sh\\necho built from %s\\n' "$3" > "$GOBIN/server"
chmod +x "$GOBIN/server"
"""
FAILS = """#!/bin/sh
echo "cannot find module" >&2
echo incomplete > "$GOBIN/server"
exit 1
"""


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "bin").mkdir()
    return {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path / "cache")}


def put_go(folder: Path, script: str) -> None:
    go = folder / "bin" / "go"
    go.write_text(script)
    go.chmod(go.stat().st_mode | stat.S_IXUSR)


def test_built_server_is_where_dev_looks(places: dict[str, str], tmp_path: Path) -> None:
    put_go(tmp_path, BUILDS)
    done = openrooms("livekit", "install", **places)
    program = tmp_path / "cache" / "openrooms" / "bin" / "livekit-server"
    assert (done.returncode, done.stdout.strip()) == (0, f"Installed LiveKit v1.13.5: {program}"), done.stderr
    assert os.access(program, os.X_OK)
    assert "cmd/server@v1.13.5" in program.read_text()
    assert list(program.parent.iterdir()) == [program]
    assert openrooms("livekit", "install", **places).stdout.startswith(f"There is a LiveKit already: {program}.")


def test_failed_build_leaves_nothing(places: dict[str, str], tmp_path: Path) -> None:
    put_go(tmp_path, FAILS)
    done = openrooms("livekit", "install", **places)
    assert (done.returncode, "cannot find module" in done.stderr) == (1, True)
    assert list((tmp_path / "cache" / "openrooms" / "bin").iterdir()) == []


def test_without_go_it_says_where_to_get_it(places: dict[str, str]) -> None:
    done = openrooms("livekit", "install", **places)
    assert (done.returncode, "https://go.dev/dl/" in done.stderr) == (1, True)
