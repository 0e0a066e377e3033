"""`make` names every program that is missing, with the way to get it."""

import subprocess
import sys
from pathlib import Path

import pytest
from tools.need import NEEDS

NEED = Path(__file__).parents[2] / "tools" / "need.py"


def run(purpose: str, path: Path) -> tuple[int, list[str]]:
    """Return exit code and lines, where only the programs of a folder are there: not even apt-get."""
    done = subprocess.run(
        [sys.executable, str(NEED), purpose], env={"PATH": str(path)}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr.splitlines()


def program(folder: Path, name: str, says: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\necho {says}\n")
    (folder / name).chmod(0o755)


def test_missing_programs_are_named_with_instructions(tmp_path: Path) -> None:
    code, lines = run("run", tmp_path)
    assert code == 1
    assert [line.partition(".")[0] for line in lines] == ["missing: node", "missing: npm"]
    assert all("https://nodejs.org/" in line for line in lines)


@pytest.mark.parametrize(
    ("version", "code"),
    [
        pytest.param("v18.19.0", 1, id="too old"),
        pytest.param("v20.19.0", 0, id="just enough"),
        pytest.param("v24.1.0", 0, id="newer"),
    ],
)
def test_outdated_program_counts_as_missing(tmp_path: Path, version: str, code: int) -> None:
    program(tmp_path, "node", version)
    program(tmp_path, "npm", "11.0.0")
    assert run("run", tmp_path)[0] == code


def test_every_program_has_instructions() -> None:
    for program in {program for programs in NEEDS.values() for program in programs}:
        assert program.package or "https://" in program.elsewhere
