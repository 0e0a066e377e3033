"""The example clinic: its own tests, on the plugin's service and on `openrooms dev`, and on bad days."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.service import Process, environment, running

CLINIC = Path(__file__).parents[2] / "examples" / "clinic"


def run_tests(*arguments: str, folder: Path = CLINIC, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(**variables), capture_output=True, text=True, timeout=110, check=False
    )


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Process]:
    ports = ("--https-port", 0, "--http-port", 0)
    with running("dev", *ports, "--livekit", "simulated", folder=tmp_path / "service") as process:
        yield process


def test_on_the_plugin() -> None:
    done = run_tests()
    assert done.returncode == 0, done.stdout


def test_on_a_running_service(service: Process) -> None:
    """Plain HTTP, because Azure's clients would need the certificate."""
    address = f"endpoint={service.http};{service.connectionString.split(';', 1)[1]}"
    done = run_tests(OPENROOMS_CONNECTION_STRING=address)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("probability=0.2; seed=3; status=503", id="errors"),
        pytest.param("operation=create_room; probability=0.4; seed=5; cut=beforeAnswer", id="lost answers"),
    ],
)
def test_on_a_bad_day(fault: str) -> None:
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
