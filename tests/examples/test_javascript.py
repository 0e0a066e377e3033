"""The examples of tests in JavaScript: Azure's packages and openrooms-testing, which starts the service."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.support.service import environment
from tools.runners import JEST, PLAYWRIGHT

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web" / "node_modules"
SERVED = ROOT / "src" / "openrooms" / "server" / "web" / "static" / "calling"
CHECK_TYPES = ("--noEmit", "--strict", "--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022")


def install(example: str, folder: Path, runner: Path | None = None) -> Path:
    """Copy an example, and install Azure's packages, the packed openrooms-testing and the runner's packages."""
    project = folder / example
    shutil.copytree(ROOT / "examples" / example, project)
    modules = project / "node_modules"
    link(modules, ROOT / "tests" / "js" / "node_modules")
    if runner is not None:
        assert runner.exists(), "the packages are missing: make sdks"
        link(modules, runner / "node_modules")
    address = json.loads((project / "package.json").read_text())["dependencies"]["openrooms-testing"]
    with tarfile.open(SERVED / address.rpartition("/")[2]) as archive:
        archive.extractall(project, filter="data")
    (project / "package").rename(modules / "openrooms-testing")
    return project


def link(modules: Path, packages: Path) -> None:
    """Link packages into a folder, those of a scope into its own, unless one of the same name is there already."""
    modules.mkdir(exist_ok=True)
    for package in packages.glob("[!.]*"):
        if package.name.startswith("@"):
            link(modules / package.name, package)
        elif not (modules / package.name).is_symlink():
            (modules / package.name).symlink_to(package)


def run(project: Path, command: Sequence[str | Path], **variables: str) -> str:
    done = subprocess.run(
        command,
        cwd=project,
        env=environment(OPENROOMS=f"{sys.executable} -m openrooms", NO_COLOR="1", **variables),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def check_types(project: Path) -> None:
    types = ("--types", "node", "--typeRoots", str(WEB / "@types"), "--skipLibCheck")
    files = [path.name for path in project.glob("*.ts")]
    run(project, [WEB / ".bin" / "tsc", *CHECK_TYPES, *types, *files])


def test_with_the_runner_of_node(tmp_path: Path) -> None:
    assert "# pass 5" in run(install("javascript", tmp_path), ["node", "--test"])


@pytest.fixture
def vitest_project(tmp_path: Path) -> Path:
    project = install("vitest", tmp_path)
    (project / "node_modules" / "vitest").symlink_to(WEB / "vitest")
    return project


def test_with_vitest(vitest_project: Path) -> None:
    assert "3 passed" in run(vitest_project, [WEB / ".bin" / "vitest", "run"])


def test_its_types_are_right(vitest_project: Path) -> None:
    check_types(vitest_project)


@pytest.fixture
def jest_project(tmp_path: Path) -> Path:
    return install("jest", tmp_path, JEST.folder)


def test_with_jest(jest_project: Path) -> None:
    assert "3 passed" in run(jest_project, ["npm", "test"])


def test_the_types_for_jest_are_right(jest_project: Path) -> None:
    check_types(jest_project)


@pytest.fixture
def playwright_project(tmp_path: Path) -> Path:
    return install("playwright", tmp_path, PLAYWRIGHT.folder)


def test_with_playwright(playwright_project: Path) -> None:
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    program = PLAYWRIGHT.folder / "node_modules" / ".bin" / "playwright"
    assert "5 passed" in run(playwright_project, [program, "test"], CHROMIUM=chromium)


def test_the_types_for_playwright_are_right(playwright_project: Path) -> None:
    check_types(playwright_project)
