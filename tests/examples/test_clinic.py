"""The example clinic: its own tests, on the plugin's service, and on bad days."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.service import environment

CLINIC = Path(__file__).parents[2] / "examples" / "clinic"


def run_tests(*arguments: str, folder: Path = CLINIC, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(**variables), capture_output=True, text=True, timeout=110, check=False
    )


def test_on_the_plugin() -> None:
    done = run_tests()
    assert done.returncode == 0, done.stdout


def test_with_lost_answers() -> None:
    fault = "operation=create_room; probability=0.4; seed=5; cut=beforeAnswer"
    done = run_tests("tests/test_visits.py", "--fault", fault)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("line", "replacement", "failing"),
    [
        pytest.param('"retry_on_methods"', '"user_agent"', "need_not_try_again", id="no retries"),
        pytest.param(".update(once)", ".items()", "booked_once", id="no id"),
        pytest.param("except ClientAuthenticationError", "except KeyError", "its_other_key", id="no other key"),
    ],
)
def test_its_tests_notice_a_mistake(line: str, replacement: str, failing: str, tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    shutil.copytree(CLINIC, folder, ignore=shutil.ignore_patterns("__pycache__"))
    module = folder / "clinic" / "azure.py"
    text = module.read_text()
    assert line in text
    module.write_text(text.replace(line, replacement))
    done = run_tests("tests/test_bad_days.py", "-x", "-k", failing, folder=folder)
    assert done.returncode == 1, done.stdout
