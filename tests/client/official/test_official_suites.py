"""Azure's suites for its Python clients pass with our clients.

The suites are part of the source distributions, which `tools/sdks.py` fetches; none of them is kept here.
Every file runs as published; `redirect.py` redirects its imports. Two files are left out: `test_hmac.py`, which tests
internals of the official package, and `conftest.py`, which starts a recorder of requests.

Some tests have assertions inside `pytest.raises`, after the call that raises, where they never run. These tests run a
second time, from a copy with the assertions moved after the `with`.
"""

import ast
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from tests.support.service import Process, openrooms
from tools.sdks import SUITES

HERE = Path(__file__).parent
RESULTS = [
    ("azure-communication-rooms", "1.2.0", "76 passed"),  # 55 as published, 21 again
    ("azure-communication-identity", "1.5.0", "166 passed"),
]


class Reached(ast.NodeTransformer):
    """A transformer that keeps only tests with unreachable assertions, and moves these out of `pytest.raises`."""

    def visit_With(self, node: ast.With) -> Any:
        self.generic_visit(node)
        if "raises" not in ast.unparse(node.items[0].context_expr):
            return node
        first = next((place for place, line in enumerate(node.body) if isinstance(line, ast.Assert)), len(node.body))
        node.body, reached = node.body[:first], node.body[first:]
        return [node, *reached]

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Any:
        published = ast.dump(node)
        self.generic_visit(node)
        return None if node.name.startswith("test_") and ast.dump(node) == published else node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return self.visit_FunctionDef(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self.generic_visit(node)
        return node if node.body else None


def unpack(name: str, version: str, folder: Path) -> Path:
    """Extract a suite, add copies of the tests with unreachable assertions, and return its folder."""
    [archive] = SUITES.folder.glob(f"{re.sub('-', '[-_]', name)}-{version}.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    tests = next(folder.iterdir()) / "tests"
    for left_out in ("conftest.py", "test_hmac.py"):
        (tests / left_out).unlink(missing_ok=True)
    for path in list(tests.glob("test_*.py")):
        copy = Reached().visit(ast.parse(path.read_text(encoding="utf-8")))
        path.with_name(f"{path.stem}_reached.py").write_text(ast.unparse(copy), encoding="utf-8")
    return tests


@pytest.mark.parametrize(("name", "version", "result"), RESULTS, ids=[suite[0] for suite in RESULTS])
def test_the_suite_passes(tmp_path: Path, service: Process, name, version, result) -> None:
    tests = unpack(name, version, tmp_path)
    data = service.ready_file.parent / "data"
    token = openrooms("operator-token", "--role", "contributor", "--data", data).stdout.strip()
    environment = os.environ | {
        "COMMUNICATION_CONNECTION_STRING_ROOMS": service.connectionString,
        "COMMUNICATION_LIVETEST_DYNAMIC_CONNECTION_STRING": service.connectionString,
        "OPERATOR_TOKEN": token,
        "PYTHONPATH": os.pathsep.join([str(HERE), str(tests)]),
        "SKIP_INT_IDENTITY_EXCHANGE_TOKEN_TEST": "true",
        "SSL_CERT_FILE": service.ca,
        "TZ": "UTC",
    }
    settings = ["asyncio_mode=auto", "asyncio_default_fixture_loop_scope=function"]
    plain = ["-q", "-c", os.devnull, "--rootdir", tests, "-p", "no:cacheprovider", "-W", "ignore"]
    command = [sys.executable, "-m", "pytest", *plain, *(f"-o={setting}" for setting in settings)]
    done = subprocess.run(
        [*command, "-p", "redirect", "."],
        cwd=tests,
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    assert f"{result} in" in done.stdout
