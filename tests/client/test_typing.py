"""mypy and pyright accept the client, and a program that uses it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = Path(__file__).parent / "sample_caller.py"
CLIENT = [ROOT / "src" / "openrooms" / name for name in ("__init__.py", "aio.py", "client", "identity", "testing")]
WRONG = """
from openrooms import CommunicationUserIdentifier, RoomParticipant, RoomsClient

client = RoomsClient("https://contoso.communication.azure.com", 7)
client.create_room(valid_from="tomorrow")
client.update_room("994").valid_until.lower()
client.get_room("994").id = "995"
RoomParticipant("8:acs:a").role = 1
RoomParticipant("8:acs:a").communication_identifier = "8:acs:b"
CommunicationUserIdentifier("8:acs:a").raw_id = "8:acs:b"
"""


def check(*command: object) -> "subprocess.CompletedProcess[str]":
    # Otherwise pyright's Python package reports a newer version on every run.
    environment = os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def mypy(*files: Path) -> "subprocess.CompletedProcess[str]":
    return check("mypy", "--strict", *files)


def pyright(*files: Path) -> "subprocess.CompletedProcess[str]":
    return check("pyright", "--pythonpath", sys.executable, *files)


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_a_program_is_checked_without_complaint(checker):
    done = checker(SAMPLE)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_a_program_with_mistakes_is_told(checker, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(WRONG)
    done = checker(program)
    for line in range(4, 11):
        assert f"program.py:{line}:" in done.stdout, done.stdout + done.stderr


def test_pyright_has_no_complaint_about_the_client_itself():
    done = pyright(*CLIENT)
    assert done.returncode == 0, done.stdout + done.stderr
