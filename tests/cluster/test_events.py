"""Events and their delivery equal a model, whatever is killed: services, the sender, LiveKit, endpoint and database."""

import asyncio
import base64
import contextlib
import json
import logging
import random
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import aiohttp
import pytest
from tests.calls.stage import LIVEKIT_KEY, LIVEKIT_SECRET, PROGRAM, Person, livekit_config
from tests.cluster.deployment import KeptRunning, deployed
from tests.cluster.event_model import check_deliveries, check_room
from tests.cluster.visiting import Follower, Guest, Patient, Stage, Visits, is_empty, until
from tests.cluster.workload import Client
from tests.support.ports import free_port, wait_for_port

from openrooms.wire.connection_string import DEVELOPMENT_KEY

_log = logging.getLogger(__name__)

_RECEIVER = Path(__file__).with_name("event_receiver.py")
_CONNECT_SECONDS = 15.0
_SETTLED_SECONDS = 60.0
_LIVEKIT_VARIABLES = {"OPENROOMS_LIVEKIT_API_KEY": LIVEKIT_KEY, "OPENROOMS_LIVEKIT_API_SECRET": LIVEKIT_SECRET}
Fault = Callable[[], Awaitable[None] | None]


@pytest.fixture
def seconds(pytestconfig: pytest.Config) -> float:
    return float(pytestconfig.getoption("--chaos-seconds")) / 2


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> str:
    seed = pytestconfig.getoption("--chaos-seed") or secrets.token_hex(4)
    # A warning is also shown without an option, when the test fails.
    _log.warning("--chaos-seed %s", seed)
    return str(seed)


class Endpoint(KeptRunning):
    """The program to which events are delivered."""

    def __init__(self, folder: Path, seed: str) -> None:
        self.secret = base64.b64encode(random.Random(seed).randbytes(32)).decode("ascii")
        self.messages_file = folder / "messages.jsonl"
        self.messages_file.touch()
        port = free_port()
        program = (sys.executable, str(_RECEIVER), str(port), str(self.messages_file), self.secret, seed)
        super().__init__(port, folder / "endpoint", *program)
        self.url = f"http://127.0.0.1:{port}/hook"

    def messages(self) -> list[tuple[str, str]]:
        """Return the ids and bodies of the messages that it kept; a last line without its end was not kept."""
        *lines, _ = self.messages_file.read_text(encoding="utf-8").split("\n")
        return [(message, body) for message, body in map(json.loads, lines)]


class Simulated:
    """Calls in the memory of one development service; they end when it is killed."""

    def __init__(self, client: Patient, service: KeptRunning) -> None:
        self._client = client
        self._service = service

    async def come(self, room: str, raw_id: str) -> Guest | None:
        starts = self._service.starts
        answer = await self._client.client.ask("POST", _people(room), {"rawId": raw_id})
        assert answer is None or answer[0] == 201, answer
        return None if answer is None else SimulatedGuest(self, room, raw_id, starts)

    def is_inside(self, guest: "SimulatedGuest") -> bool:
        return self._service.starts == guest.starts

    async def leave(self, guest: "SimulatedGuest") -> None:
        if self.is_inside(guest):
            await self._client.client.ask("POST", f"{_people(guest.room)}/{guest.raw_id}:leave")


class SimulatedGuest:
    """Somebody in a simulated call."""

    def __init__(self, stage: Simulated, room: str, raw_id: str, starts: int) -> None:
        self._stage = stage
        self.room = room
        self.raw_id = raw_id
        self.starts = starts

    def is_inside(self) -> bool:
        return self._stage.is_inside(self)

    async def leave(self) -> None:
        await self._stage.leave(self)


class LiveKit:
    """Calls in a real LiveKit, whose webhooks go to the services."""

    def __init__(self, client: Patient, tokens: dict[str, str]) -> None:
        self._client = client
        self._tokens = tokens

    async def come(self, room: str, raw_id: str) -> Guest | None:
        headers = {"Authorization": f"Bearer {self._tokens[raw_id]}"}
        answer = await self._client.client.ask("POST", f"/openrooms/rooms/{room}/join", {}, **headers)
        if answer is None:
            return None
        assert answer[0] == 200, answer
        guest = LiveKitGuest(Person(answer[1]))
        return guest if await guest.connect() else None


class LiveKitGuest:
    """Somebody with LiveKit's SDK."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._connecting: asyncio.Task[None] | None = None

    async def connect(self) -> bool:
        """Connect; return whether it succeeded."""
        self._connecting = asyncio.create_task(self._person.connect())
        await asyncio.wait([self._connecting], timeout=_CONNECT_SECONDS)
        if self._connecting.done() and self._connecting.exception() is None:
            return True
        await self.leave()
        return False

    def is_inside(self) -> bool:
        return self._person.room.isconnected()

    async def leave(self) -> None:
        assert self._connecting is not None
        with contextlib.suppress(Exception):
            # LiveKit's SDK ends the process if this is cancelled.
            await self._connecting
        await self._person.leave()


def _people(room: str) -> str:
    return f"/openrooms/dev/rooms/{room}/people"


@contextlib.asynccontextmanager
async def kept(*programs: KeptRunning) -> AsyncIterator[None]:
    """Keep programs running that listen on a port."""
    tasks = [asyncio.create_task(program.keep_running()) for program in programs]
    try:
        for program in programs:
            await asyncio.to_thread(wait_for_port, program.port)
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _livekit(folder: Path, webhooks: str) -> KeptRunning:
    if PROGRAM is None:
        pytest.fail("there is no livekit-server: run `make livekit`")
    port = free_port()
    config = {**livekit_config(port), "webhook": {"api_key": LIVEKIT_KEY, "urls": [webhooks]}}
    return KeptRunning(port, folder / "livekit", str(PROGRAM), LIVEKIT_CONFIG=json.dumps(config))


async def _break_things(faults: Sequence[Fault], seconds: float, chance: random.Random) -> None:
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        await asyncio.sleep(chance.uniform(0.3, 2.5))
        done = chance.choice(faults)()
        if done is not None:
            await done


async def _prove(
    client: Patient,
    endpoint: Endpoint,
    stage: Stage,
    users: list[str],
    rooms: int,
    faults: Sequence[Fault],
    seed: str,
    seconds: float,
) -> None:
    """Let clients work while things are broken; afterwards, compare everything with the model."""
    body = {"url": endpoint.url, "secret": f"whsec_{endpoint.secret}", "validation": "eventGrid"}
    subscription = f"/openrooms/subscriptions/{(await client.ask('POST', '/openrooms/subscriptions', body))['id']}"
    follower = Follower(client)
    following = asyncio.create_task(follower.follow())
    visits = Visits(client, follower, stage, users, seed)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(rooms):
            group.create_task(visits.run(number, stop))
        await _break_things(faults, seconds, random.Random(seed))
        # On a slow machine, nobody may have stayed long enough for it while things were broken.
        await until(lambda: _has(lambda: visits.confirmed > 0), _SETTLED_SECONDS)
        stop.set()
    await visits.end_calls()
    await until(lambda: is_empty(client), _SETTLED_SECONDS)
    events = await client.events()
    # The endpoint is back, so that nobody waits until it is tried again.
    await client.ask("PATCH", subscription, {"enabled": True})
    ids = {event["id"] for event in events}
    await until(lambda: _has(lambda: ids <= {message for message, _ in endpoint.messages()}), _SETTLED_SECONDS)
    await until(lambda: _has(lambda: len(follower.events) >= len(events)), _SETTLED_SECONDS)
    following.cancel()
    assert follower.events == events
    repeats = check_deliveries(endpoint.messages(), events)
    for room in visits.rooms:
        check_room(room, await client.events(room.id), await client.stays(room.id))
    _log.info("%d rooms, %d events, %d stays, %d repeats", len(visits.rooms), len(events), visits.confirmed, repeats)


async def _has(holds: Callable[[], bool]) -> bool:
    return holds()


async def _users(client: Patient, count: int) -> dict[str, str]:
    """Return users with their tokens."""
    path, body = "/identities?api-version=2023-10-01", {"createTokenWithScopes": ["voip"]}
    made = [await client.ask("POST", path, body) for _ in range(count)]
    return {one["identity"]["id"]: one["accessToken"]["token"] for one in made}


def _one_process(folder: Path, port: int, livekit: str, **variables: str) -> KeptRunning:
    return KeptRunning(
        port,
        folder / "service",
        *(sys.executable, "-m", "openrooms", "dev", "--http-port", str(port), "--https-port", "0"),
        *("--data", str(folder / "data"), "--livekit", livekit, "--log-level", "warning"),
        **variables,
    )


@pytest.mark.timeout(0)
async def test_one_process_and_many_people(tmp_path: Path, seconds: float, seed: str) -> None:
    """The process, which also has SQLite's database and the simulated calls, is killed, and the endpoint, too."""
    port = free_port()
    service = _one_process(tmp_path, port, "simulated")
    endpoint = Endpoint(tmp_path, seed)
    async with kept(service, endpoint), _session() as session:
        client = Patient(Client(port, DEVELOPMENT_KEY, session))
        users = list(await _users(client, 5))
        stage = Simulated(client, service)
        await _prove(client, endpoint, stage, users, 10, (service.kill, endpoint.kill), seed, seconds)
        assert "Traceback" not in service.output(), service.output()


@pytest.mark.timeout(0)
async def test_one_process_and_livekit(tmp_path: Path, seconds: float, seed: str) -> None:
    """The process, which also has SQLite's database, LiveKit and the endpoint are killed."""
    port = free_port()
    livekit = _livekit(tmp_path, f"http://127.0.0.1:{port}/openrooms/livekit")
    service = _one_process(tmp_path, port, f"http://127.0.0.1:{livekit.port}", **_LIVEKIT_VARIABLES)
    endpoint = Endpoint(tmp_path, seed)
    async with kept(livekit, service, endpoint), _session() as session:
        client = Patient(Client(port, DEVELOPMENT_KEY, session))
        tokens = await _users(client, 3)
        faults = (service.kill, livekit.kill, endpoint.kill)
        await _prove(client, endpoint, LiveKit(client, tokens), list(tokens), 3, faults, seed, seconds)
        assert "Traceback" not in service.output(), service.output()


@pytest.mark.timeout(0)
async def test_three_processes_and_livekit(tmp_path: Path, seconds: float, seed: str) -> None:
    endpoint = Endpoint(tmp_path, seed)
    balancer = free_port()
    livekit = _livekit(tmp_path, f"http://127.0.0.1:{balancer}/openrooms/livekit")
    options = ("--livekit", f"http://127.0.0.1:{livekit.port}", "--hooks-to-private-addresses")
    rates = ("--person-rate", "off", "--address-rate", "off")
    async with (
        kept(livekit, endpoint),
        deployed(tmp_path, options=(*options, *rates), port=balancer, **_LIVEKIT_VARIABLES) as deployment,
        _session() as session,
    ):
        client = Patient(Client(deployment.port, deployment.access_key, session))
        tokens = await _users(client, 3)

        chance = random.Random(seed)

        def kill_sender() -> None:
            for service in deployment.services:
                if service.has_connection_to(endpoint.port):
                    service.kill()

        faults = (
            kill_sender,
            lambda: chance.choice(deployment.services).kill(),
            livekit.kill,
            endpoint.kill,
            deployment.restart_database,
            deployment.proxy.cut,
        )
        await _prove(client, endpoint, LiveKit(client, tokens), list(tokens), 3, faults, seed, seconds)
        for service in deployment.services:
            assert "Traceback" not in service.output(), service.output()


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20), connector=aiohttp.TCPConnector(limit=0))
