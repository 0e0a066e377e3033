"""The examples of a container for tests fit the published Testcontainers, and our container file."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.examples.test_javascript import CHECK_TYPES, WEB
from tools.runners import TESTCONTAINERS, TESTCONTAINERS_JAVA, TESTCONTAINERS_JAVASCRIPT, TESTCONTAINERS_PYTHON

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "testcontainers"


@pytest.fixture(autouse=True)
def packages() -> None:
    for environment in TESTCONTAINERS:
        assert environment.folder.exists(), "the packages are missing: make sdks"


def check(*command: str | Path, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_python(tmp_path: Path) -> None:
    python = TESTCONTAINERS_PYTHON.folder / "bin" / "python"
    options = ("--strict", "--config-file=", "--cache-dir", tmp_path, "--python-executable", python)
    check(sys.executable, "-m", "mypy", *options, EXAMPLES / "rooms.py", folder=tmp_path)


def test_javascript(tmp_path: Path) -> None:
    (tmp_path / "rooms.ts").write_text((EXAMPLES / "rooms.ts").read_text())
    (tmp_path / "node_modules").symlink_to(TESTCONTAINERS_JAVASCRIPT.folder / "node_modules")
    types = ("--types", "node", "--typeRoots", WEB / "@types", "--skipLibCheck")
    check(WEB / ".bin" / "tsc", *CHECK_TYPES, *types, "rooms.ts", folder=tmp_path)


def test_java(tmp_path: Path) -> None:
    jars = f"{TESTCONTAINERS_JAVA.folder}/*"
    check("javac", "-Xlint:all", "-Werror", "-cp", jars, "-d", ".", EXAMPLES / "Rooms.java", folder=tmp_path)


@pytest.mark.parametrize("example", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_they_start_our_container(example: Path) -> None:
    """The image's name, port, path of health and variable are those of the container file."""
    text = (ROOT / "deploy" / "container" / "Containerfile").read_text()
    [image] = re.findall(r"--target development .* -t (\S+) \.", text)
    [ports] = re.findall(r"^EXPOSE (.+)$", text, re.MULTILINE)
    [port, path] = re.findall(r"^HEALTHCHECK .*\n.*//127\.0\.0\.1:(\d+)(/[\w/]+)'", text, re.MULTILINE)[0]
    assert port in ports.split()
    code = example.read_text()
    assert f'"{image}"' in code
    assert f'"{path}"' in code
    assert set(re.findall(r"\b\d{4,5}\b", code)) == {port}
    assert re.findall(r"OPENROOMS_\w+", code) == re.findall(r"It needs (OPENROOMS_\w+)", text)
