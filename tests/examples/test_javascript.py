"""The examples of tests in JavaScript: Azure's packages and openrooms-testing, which starts the service."""

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.support.service import environment

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web" / "node_modules"
SERVED = ROOT / "src" / "openrooms" / "server" / "web" / "static" / "calling"
CHECK_TYPES = ("--noEmit", "--strict", "--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022")


def install(example: str, folder: Path) -> Path:
    """Copy an example, and install Azure's packages and the packed openrooms-testing as npm would."""
    project = folder / example
    shutil.copytree(ROOT / "examples" / example, project)
    modules = project / "node_modules"
    modules.mkdir()
    for package in (ROOT / "tests" / "js" / "node_modules").glob("[!.]*"):
        (modules / package.name).symlink_to(package)
    address = json.loads((project / "package.json").read_text())["dependencies"]["openrooms-testing"]
    with tarfile.open(SERVED / address.rpartition("/")[2]) as archive:
        archive.extractall(project, filter="data")
    (project / "package").rename(modules / "openrooms-testing")
    return project


def run(project: Path, command: Sequence[str]) -> str:
    done = subprocess.run(
        command,
        cwd=project,
        env=environment(OPENROOMS=f"{sys.executable} -m openrooms", NO_COLOR="1"),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_with_the_runner_of_node(tmp_path: Path) -> None:
    assert "# pass 5" in run(install("javascript", tmp_path), ["node", "--test"])


@pytest.fixture
def vitest_project(tmp_path: Path) -> Path:
    project = install("vitest", tmp_path)
    (project / "node_modules" / "vitest").symlink_to(WEB / "vitest")
    return project


def test_with_vitest(vitest_project: Path) -> None:
    assert "3 passed" in run(vitest_project, [str(WEB / ".bin" / "vitest"), "run"])


def test_its_types_are_right(vitest_project: Path) -> None:
    types = ("--types", "node", "--typeRoots", str(WEB / "@types"), "--skipLibCheck")
    run(vitest_project, [str(WEB / ".bin" / "tsc"), *CHECK_TYPES, *types, "visits.test.ts"])
