"""The example of tests in JavaScript: Azure's packages against a development service that the tests start."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.service import environment

ROOT = Path(__file__).parents[2]


def test_the_tests_pass(tmp_path: Path) -> None:
    folder = tmp_path / "javascript"
    shutil.copytree(ROOT / "examples" / "javascript", folder)
    (folder / "node_modules").symlink_to(ROOT / "tests" / "js" / "node_modules")
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
