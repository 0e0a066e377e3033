"""The example of a GitHub Actions workflow: its form, and its steps as plain shell on the example clinic."""

import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from tests.support.service import environment

EXAMPLES = Path(__file__).parents[2] / "examples"
WORKFLOW = EXAMPLES / "ci" / "tests.yaml"
PROGRAMS = Path(sys.executable).parent

STEPS = {step["name"]: step for step in yaml.safe_load(WORKFLOW.read_text())["jobs"]["test"]["steps"] if "run" in step}


class Runner:
    """What a runner gives to each step: a folder for temporary files, and variables from one step to the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clinic"
        shutil.copytree(EXAMPLES / "clinic", self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        self._variables = folder / "variables"
        self._variables.touch()
        self._environment = environment(
            PATH=f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
            RUNNER_TEMP=str(folder),
            GITHUB_ENV=str(self._variables),
            PYTEST_ADDOPTS="-p no:asyncio -p no:cacheprovider",
        )

    def run(self, name: str) -> None:
        variables = dict(line.split("=", 1) for line in self._variables.read_text().splitlines())
        done = subprocess.run(
            ["bash", "-e", "-c", STEPS[name]["run"]],
            cwd=self.folder,
            env=self._environment | variables,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_it_is_a_workflow() -> None:
    checker = str(PROGRAMS / "check-jsonschema")
    done = subprocess.run(
        [checker, "--builtin-schema", "vendor.github-workflows", str(WORKFLOW)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_it_installs_what_the_clinic_needs() -> None:
    project = tomllib.loads((EXAMPLES / "clinic" / "pyproject.toml").read_text())
    needed = [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]
    installed = shlex.split(STEPS["Install"]["run"])
    assert sorted(installed[2:]) == sorted(requirement.partition(">=")[0] for requirement in needed)


@pytest.mark.timeout(300)
def test_its_steps_run(runner: Runner) -> None:
    """The first one is the same as in the clinic's own test."""
    runner.run("Start a service")
    try:
        runner.run("Test on the service")
        runner.run("Test on a bad day")
        runner.run("Show what the service received")
    finally:
        runner.run("Stop the service")


def test_no_step_is_left_out() -> None:
    run = ["Test on the plugin's service", "Start a service", "Test on the service", "Test on a bad day"]
    assert list(STEPS) == ["Install", *run, "Show what the service received", "Stop the service"]
