"""The service under test, with each database."""

from collections.abc import Iterator

import pytest
from tests.support.postgres import Cluster
from tests.support.service import Process, dev


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A development service as a process, shared by all tests, which change only what they created."""
    folder = tmp_path_factory.mktemp("service")
    if request.param == "sqlite":
        with dev(folder) as process:
            yield process
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    with dev(folder, "--database", cluster.create_database()) as process:
        yield process
