"""Hostile requests to the real process: each is refused, and none costs much more than the simplest refusal."""

import urllib.request
from collections.abc import Iterator

import msgspec
import pytest
from tests.support.cost import Asker, cost
from tests.support.hostile import PLAINEST, PLAINEST_LAST, kinds
from tests.support.service import Process, openrooms, running

KINDS = kinds("")
_BAR = 3
_ROUNDS = 30
_ANSWERS = 30


@pytest.fixture(scope="module", name="service")
def _service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """Run a service with calls and without rate limits, which would hide the cost of an answer."""
    folder = tmp_path_factory.mktemp("hostile")
    assert openrooms("migrate", "--data", folder / "data").returncode == 0
    livekit = ("--livekit", "ws://127.0.0.1:9", "--livekit-api-key", "tests", "--livekit-api-secret", "s" * 40)
    with running("serve", "--http-port", 0, "--address-rate", "off", *livekit, folder=folder) as process:
        yield process
        assert "Traceback" not in process.output()


@pytest.fixture(scope="module", name="requests")
def _requests(service: Process) -> dict[str, list[bytes]]:
    """Return the bytes of each kind of request."""
    host = service.http.removeprefix("http://")
    return {name: [one.encode(host) for one in every] for name, every in kinds(key_id(service)).items()}


def key_id(service: Process) -> str:
    """Return the name of the key that signs users' tokens."""
    with urllib.request.urlopen(f"{service.http}/openrooms/.well-known/jwks.json") as answer:
        name: str = msgspec.json.decode(answer.read())["keys"][0]["kid"]
        return name


def port(service: Process) -> int:
    return int(service.http.rpartition(":")[2])


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_request_is_refused(service: Process, requests: dict[str, list[bytes]], kind: str) -> None:
    with Asker(port(service)) as asker:
        refused = {400, 401, 403, 405, 414, 431}
        assert asker.ask(requests[kind][0]) in (refused | {200, 404} if kind.startswith("page: ") else refused)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (PLAINEST, PLAINEST_LAST)])
def test_cost_is_at_most_three_simple_refusals(service: Process, requests: dict[str, list[bytes]], kind: str) -> None:
    """The minimum over some rounds counts, because other load can only make answers more expensive."""
    pid, plainest, dearest = service.popen.pid, float("inf"), float("inf")
    with Asker(port(service)) as asker:
        asker.ask(requests[kind][0])
        least = requests[PLAINEST if asker.is_open else PLAINEST_LAST]
        for _ in range(_ROUNDS):
            plainest = min(plainest, cost(pid, asker, least, _ANSWERS))
            dearest = min(dearest, cost(pid, asker, requests[kind], _ANSWERS))
            if dearest <= _BAR * plainest:
                return
    pytest.fail(f"{dearest * 1e6:.0f} µs, and the plainest refusal {plainest * 1e6:.0f} µs")
