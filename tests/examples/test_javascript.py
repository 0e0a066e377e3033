"""The example of tests in JavaScript: Azure's packages and openrooms-testing, which starts the service."""

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from tests.support.service import environment

ROOT = Path(__file__).parents[2]
SERVED = ROOT / "src" / "openrooms" / "server" / "web" / "static" / "calling"


def install(folder: Path) -> None:
    """Put Azure's packages and the packed openrooms-testing into the folder, as npm would."""
    modules = folder / "node_modules"
    modules.mkdir()
    for package in (ROOT / "tests" / "js" / "node_modules").glob("[!.]*"):
        (modules / package.name).symlink_to(package)
    address = json.loads((folder / "package.json").read_text())["dependencies"]["openrooms-testing"]
    with tarfile.open(SERVED / address.rpartition("/")[2]) as archive:
        archive.extractall(folder, filter="data")
    (folder / "package").rename(modules / "openrooms-testing")


def test_the_tests_pass(tmp_path: Path) -> None:
    folder = tmp_path / "javascript"
    shutil.copytree(ROOT / "examples" / "javascript", folder)
    install(folder)
    done = subprocess.run(
        ["node", "--test"],
        cwd=folder,
        env=environment(OPENROOMS=f"{sys.executable} -m openrooms"),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "# pass 5" in done.stdout, done.stdout
