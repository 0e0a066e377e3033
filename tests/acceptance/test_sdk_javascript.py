"""The official JavaScript SDKs against the real service, over TLS; Node's test runner runs `tests/js`."""

import shutil
import subprocess
from pathlib import Path

from tests.support.service import Process, environment, openrooms

FOLDER = Path(__file__).parents[1] / "js"


def test_javascript_sdks(service: Process) -> None:
    node = shutil.which("node")
    assert node, "node is missing: apt-get install nodejs"
    assert (FOLDER / "node_modules").is_dir(), "the packages are missing: make node_modules"
    token = openrooms("operator-token", *service.database, "--role", "contributor")
    variables = environment(
        NODE_EXTRA_CA_CERTS=service.ca,
        OPENROOMS_CONNECTION_STRING=service.connectionString,
        OPENROOMS_ENDPOINT=service.endpoint,
        OPENROOMS_OPERATOR_TOKEN=token.stdout.strip(),
    )
    done = subprocess.run(
        [node, "--test", "--test-reporter=spec", "sdk.test.mjs"],
        cwd=FOLDER,
        env=variables,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass 28" in done.stdout, done.stdout
