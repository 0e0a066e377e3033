"""Azure's published SDKs, several generations in each language, against the real service over TLS.

The program of each language runs once with each set of packages, and stops at the first unexpected answer.
`tools/sdks.py` installs the packages.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.support.service import Process, environment, openrooms
from tools.sdks import ENVIRONMENTS, Environment

from openrooms import RoomsClient

FOLDER = Path(__file__).parent
SECONDS = 90
MORE_THAN_A_PAGE = 101

Runs = dict[str, Future[subprocess.CompletedProcess[str]]]


def command(packages: Environment, service: Process, folder: Path) -> list[object]:
    """Return the command, for `folder`, that runs the language's program with these packages."""
    match packages.language:
        case "python":
            return [packages.folder / "bin" / "python", FOLDER / "python" / "scenario.py"]
        case "javascript":
            # Node looks for packages beside the program.
            (folder / "node_modules").symlink_to(packages.folder / "node_modules")
            (folder / "scenario.mjs").write_bytes((FOLDER / "javascript" / "scenario.mjs").read_bytes())
            return ["node", "scenario.mjs"]
        case "java":
            trust_store = Path(service.ca).with_suffix(".p12")
            trust = (f"-Djavax.net.ssl.trustStore={trust_store}", "-Djavax.net.ssl.trustStorePassword=changeit")
            # The program ends before the slower compiler would save time.
            quick = "-XX:TieredStopAtLevel=1"
            return ["java", quick, *trust, "-cp", packages.folder / "*", FOLDER / "java" / "Scenario.java"]
        case language:
            raise ValueError(f"no program in {language}")


def case(packages: Environment) -> Any:
    is_too_old = packages.language == "python" and packages.name.partition("identity-")[2] < "1.4"
    reason = "Azure's Identity packages before 1.4.0 cannot be imported on Python 3.13 and later"
    marks = pytest.mark.skipif(is_too_old and sys.version_info >= (3, 13), reason=reason)
    return pytest.param(packages, marks=marks, id=f"{packages.language}-{packages.name}")


CASES = [case(packages) for packages in ENVIRONMENTS]


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, service: Process, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Start the program of every selected test, as many at once as there are processors."""
    selected = [item.callspec.params["packages"] for item in request.session.items if item.path == Path(__file__)]
    token = openrooms("operator-token", *service.database, "--role", "contributor")
    with RoomsClient.from_connection_string(service.connectionString, connection_verify=service.ca) as rooms:
        room_ids = [rooms.create_room().id for _ in range(MORE_THAN_A_PAGE)]
    variables = environment(
        REQUESTS_CA_BUNDLE=service.ca,
        SSL_CERT_FILE=service.ca,
        NODE_EXTRA_CA_CERTS=service.ca,
        OPENROOMS_CONNECTION_STRING=service.connectionString,
        OPENROOMS_ENDPOINT=service.endpoint,
        OPENROOMS_OPERATOR_TOKEN=token.stdout.strip(),
        OPENROOMS_ROOMS=" ".join(room_ids),
    )

    def run(packages: Environment) -> subprocess.CompletedProcess[str]:
        assert packages.folder.exists(), "the packages are missing: make sdks"
        folder = tmp_path_factory.mktemp(packages.language)
        return subprocess.run(
            [str(part) for part in command(packages, service, folder)],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {str(packages.folder): pool.submit(run, packages) for packages in selected}
        # If a test fails with -x, waiting programs need not start.
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("packages", CASES)
def test_published_sdks(runs: Runs, packages: Environment) -> None:
    program = runs[str(packages.folder)].result()
    lines = program.stdout.splitlines()
    assert program.returncode == 0, program.stdout + program.stderr
    assert lines[0] == packages.name, "the versions are not those in the name of the folder"
    assert lines[-1].startswith("passed"), program.stdout
