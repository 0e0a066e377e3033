"""The Java example: its client of the development service compiles without warnings, and JUnit runs its tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.service import environment
from tools.runners import JUNIT
from tools.sdks import ENVIRONMENTS, Java

EXAMPLE = Path(__file__).parents[2] / "examples" / "java"
AZURE = next(packages for packages in ENVIRONMENTS if isinstance(packages, Java) and "1.3.10" in packages.name)


def run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_runs(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    for packages in (AZURE, JUNIT):
        assert packages.folder.exists(), "the packages are missing: make sdks"
    jars = f"{AZURE.folder}/*{os.pathsep}{JUNIT.folder}/*"
    run(tmp_path, "javac", "-Xlint:all", "-Werror", "DevService.java")
    run(tmp_path, "javac", "-cp", f".{os.pathsep}{jars}", "VisitsTest.java")
    junit = ("java", "-cp", f".{os.pathsep}{jars}", "org.junit.platform.console.ConsoleLauncher", "execute")
    output = run(tmp_path, *junit, "--select-class", "VisitsTest", "--details", "summary")
    assert "2 tests successful" in output
