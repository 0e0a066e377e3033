"""What Azure's published clients do against faults: the table of docs/client/faults.md."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.communication.rooms import RoomsClient
from azure.core.credentials import AzureKeyCredential

from openrooms.testing import DevService, RoomsService

ROOT = Path(__file__).parents[2]
AGAIN = (2, 1, "")
"""The second of two requests succeeds, and there is one room."""


@pytest.fixture
def azure(rooms_service: RoomsService) -> Iterator[RoomsClient]:
    endpoint, key = rooms_service.endpoint.rstrip("/"), AzureKeyCredential(rooms_service.access_key)
    with RoomsClient(endpoint, key, retry_backoff_factor=0.01) as client:
        yield client


@pytest.mark.parametrize(
    ("fault", "create", "get"),
    [
        ("status=429", (1, 0, "HttpResponseError"), AGAIN),
        ("status=429; retryAfter=0", AGAIN, AGAIN),
        ("status=429; retryAfter=1; retryAfterDate=true", AGAIN, AGAIN),
        ("status=500", AGAIN, AGAIN),
        ("status=503", AGAIN, AGAIN),
        ("status=504", AGAIN, AGAIN),
        ("status=408", (1, 0, "HttpResponseError"), AGAIN),
        ("status=502", (1, 0, "HttpResponseError"), AGAIN),
        ("cut=beforeAnswer", (1, 1, "ServiceResponseError"), AGAIN),
        ("cut=inHead", (1, 1, "TypeError"), (1, 1, "TypeError")),
        ("cut=inBody", (1, 1, "IncompleteReadError"), AGAIN),
        ("malformed=true", (1, 1, "DecodeError"), (1, 1, "DecodeError")),
        ("rotatedKey=primary", (1, 0, "ClientAuthenticationError"), (1, 1, "ClientAuthenticationError")),
        ("away=database", AGAIN, AGAIN),
    ],
)
def test_azures_python_client(
    azure: RoomsClient,
    dev: DevService,
    fault: str,
    create: tuple[int, int, str],
    get: tuple[int, int, str],
):
    assert outcome(azure, dev, fault, azure.create_room) == create
    dev.reset_state()
    room = azure.create_room()
    assert outcome(azure, dev, fault, lambda: azure.get_room(room.id)) == get


def outcome(azure: RoomsClient, dev: DevService, fault: str, call: Callable[[], object]) -> tuple[int, int, str]:
    """Return the number of requests and of rooms, and the error, of a call whose first request meets the fault."""
    dev.clear_requests()
    dev.add_fault(fault, times=1)
    error = ""
    try:
        call()
    except Exception as raised:
        error = type(raised).__name__
    requests = len(dev.list_requests())
    dev.clear_faults()
    return requests, len(list(azure.list_rooms())), error


def test_azures_javascript_client(rooms_service: RoomsService):
    program = ROOT / "tests" / "js" / "faults.mjs"
    run = subprocess.run(
        ["node", program, rooms_service.endpoint, rooms_service.access_key],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "status=429": [1, 0, "RestError"],
        "status=429; retryAfter=0": [2, 1, ""],
        "status=429; retryAfter=1; retryAfterDate=true": [2, 1, ""],
        "status=503": [2, 1, ""],
        "status=502": [2, 1, ""],
        "status=408": [2, 1, ""],
        "cut=beforeAnswer": [2, 1, ""],
        "cut=inHead": [2, 1, ""],
        "cut=inBody": [1, 1, "RestError"],
        "malformed=true": [1, 1, "RestError"],
        "rotatedKey=primary": [1, 0, "RestError"],
        "away=database": [2, 1, ""],
    }
