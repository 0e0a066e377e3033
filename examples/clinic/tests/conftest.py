"""The service that the tests run against, and the clinic on it.

By default it is the service of openrooms' pytest plugin. With OPENROOMS_CONNECTION_STRING it is a running
`openrooms dev`, which each test resets. `--fault` injects a fault into every test.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from clinic.app import create_app
from clinic.azure import Azure
from clinic.visits import Visits
from fastapi.testclient import TestClient
from httpx2 import Response

from openrooms import RoomsClient
from openrooms.testing import DevService

RUNNING = "OPENROOMS_CONNECTION_STRING"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fault", default="", help='a fault in every test, such as "probability=0.3; seed=1; status=503"')


@pytest.fixture
def connection_string(request: pytest.FixtureRequest) -> str:
    return os.environ.get(RUNNING) or request.getfixturevalue("rooms_service").connection_string


@pytest.fixture
def service(connection_string: str, request: pytest.FixtureRequest) -> Iterator[DevService]:
    """The clock, the faults and the simulated people of the service."""
    with DevService.from_connection_string(connection_string) as service:
        service.reset_state()
        service.freeze_clock()
        if fault := request.config.getoption("fault"):
            service.add_fault(fault)
        yield service
        service.reset_state()


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """A function that waits for a condition, for at most five seconds."""

    def wait(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 5
        while not condition():
            assert time.monotonic() < end, "it did not happen within five seconds"
            time.sleep(0.01)

    return wait


@pytest.fixture
def rooms(connection_string: str) -> Iterator[RoomsClient]:
    """What the tests look at the rooms with."""
    with RoomsClient.from_connection_string(connection_string) as rooms:
        yield rooms


class Clinic:
    """A receptionist and the guests, who use the clinic's web API."""

    def __init__(self, web: TestClient, service: DevService) -> None:
        self.web = web
        self.service = service

    def try_to_book(self, visit: str, *, starts: timedelta = timedelta(), minutes: int = 30) -> Response:
        begin = self.service.get_clock().time.replace(microsecond=0) + starts
        times = {"starts": begin.isoformat(), "ends": (begin + timedelta(minutes=minutes)).isoformat()}
        return self.web.put(f"/visits/{visit}", json={"doctor": "Dr. Ada", "patient": "Bo"} | times)

    def book(self, visit: str = "", **times) -> dict:
        """Book a visit as a receptionist does: again, until the clinic has an answer."""
        visit = visit or str(uuid4())
        for _ in range(5):
            answer = self.try_to_book(visit, **times)
            if answer.status_code != 503:
                break
        assert answer.status_code == 200, answer.text
        return answer.json()

    def look(self, visit: dict) -> dict:
        """Return the visit as it is now."""
        answer = self.web.get(f"/visits/{visit['id']}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def enter(self, visit: dict, name: str) -> dict:
        """Open a guest's link; return what the page gets."""
        invitation = visit["links"][name].removeprefix("/#")
        answer = self.web.post(f"/entries/{invitation}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def join(self, visit: dict, name: str) -> str:
        """Put a guest into the call; return their user id."""
        entry = self.enter(visit, name)
        self.service.add_person(entry["room_id"], participant=entry["user_id"], display_name=name)
        return entry["user_id"]


@pytest.fixture
def open_clinic(connection_string: str, service: DevService, tmp_path: Path) -> Callable[..., Clinic]:
    """A function that starts the clinic, again too: its database stays."""

    def start(secondary_key: str = "", webhook_secret: str = "") -> Clinic:
        azure = Azure(connection_string, secondary_key, first_pause=0.001)
        app = create_app(azure, Visits(tmp_path / "clinic.db"), webhook_secret)
        return Clinic(TestClient(app), service)

    return start


@pytest.fixture
def clinic(open_clinic: Callable[..., Clinic]) -> Clinic:
    return open_clinic()
