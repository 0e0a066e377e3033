"""The Java example: its client of the development service compiles and works."""

import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "java" / "DevService.java"


def test_the_client_works(tmp_path: Path) -> None:
    for source in (EXAMPLE, Path(__file__).with_name("Check.java")):
        shutil.copy(source, tmp_path)
    run = {"cwd": tmp_path, "capture_output": True, "text": True, "timeout": 60, "check": False}
    compiled = subprocess.run(["javac", "-Xlint:all", "-Werror", "DevService.java", "Check.java"], **run)
    assert compiled.returncode == 0, compiled.stderr
    folder = tmp_path / "service"
    folder.mkdir()
    done = subprocess.run(["java", "-cp", str(tmp_path), "Check", str(folder), sys.executable], **run)
    assert done.returncode == 0, done.stderr
    assert '"value"' in done.stdout
