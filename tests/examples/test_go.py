"""The Go example: it is formatted, and its tests pass."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.service import environment

EXAMPLE = Path(__file__).parents[2] / "examples" / "go"


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(OPENROOMS=f"{sys.executable} -m openrooms"),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_runs(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    assert run(tmp_path, "gofmt", "-l", ".") == ""
    assert run(tmp_path, "go", "test", "-v", ".").count("--- PASS") == 3
