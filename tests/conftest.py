"""What tests of several folders share."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings
from tests.support.postgres import Cluster
from tests.support.scheduling import HeavyApart
from tests.support.service import Process, dev

# A busy machine must not fail a property: no example has a time limit.
settings.register_profile("openrooms", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("openrooms")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos-seconds", default="15", help="how long everything is broken again and again")
    parser.addoption("--chaos-seed", default="", help="what is broken when; by default, another one each time")
    parser.addoption("--fuzz-seconds", default="30", help="how long strangers send what they like")
    parser.addoption("--soak-seconds", default="10", help="how long memory and connections are watched under load")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> HeavyApart | None:
    return HeavyApart(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(autouse=True)
def every_level_is_logged() -> None:
    """Undo what the pytest plugin configures for its service, which logs only warnings in the tests' own process."""
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A PostgreSQL of this run; each test makes a database of its own in it."""
    with Cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A development service as a process, shared by the run: tests make what they need and touch nothing else."""
    with dev(tmp_path_factory.mktemp("service")) as process:
        yield process
