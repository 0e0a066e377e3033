"""Two LiveKit servers share calls through Redis: one of them dies, or Redis loses what it knows."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.calls.livekit_cluster import LiveKitCluster, livekit_cluster
from tests.calls.stage import Person, Stage, User, eventually
from tests.calls.test_enforced import MICROPHONE, is_heard, left_at
from tests.calls.test_metrics import read
from tests.support.patience import patient

pytestmark = pytest.mark.asyncio(loop_scope="session")

BACK_SECONDS = 10.0


@pytest_asyncio.fixture(loop_scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveKitCluster]:
    async with livekit_cluster(tmp_path_factory.mktemp("livekit")) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def scene(cluster: LiveKitCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Give a service in front of the cluster."""
    stage = Stage(tmp_path_factory.mktemp("service"), webhooks=False)
    stage.livekit_port = cluster.port
    try:
        await stage.start_service()
        yield stage
    finally:
        await stage.close()


async def open_call(stage: Stage, speaker: User, listener: User) -> tuple[str, Person, Person]:
    """Start a call in which one person hears another."""
    room = await stage.room({speaker.raw_id: "Presenter", listener.raw_id: "Attendee"})
    speaking, listening = [await stage.person(room, user) for user in (speaker, listener)]
    await speaking.publish(MICROPHONE, video=False)
    await is_heard(listening, speaker)
    return room, speaking, listening


async def test_calls_move_when_a_livekit_server_dies(cluster: LiveKitCluster, scene: Stage):
    """The people of both servers hear each other again within 10 s, and their rooms' rules hold for them."""
    ada, bo = await scene.user(), await scene.user()
    calls = [await open_call(scene, ada, bo)]
    while await cluster.servers_in_use() < 2:
        calls.append(await open_call(scene, ada, bo))
    await cluster.nodes[0].kill()
    killed = time.time()
    for room, _, listening in calls:
        await eventually(lambda listening=listening: _last_heard(listening, ada) > killed + 1, BACK_SECONDS)
        people = (await scene.ask("GET", f"/openrooms/rooms/{room}/call"))["participants"]
        assert {person["communicationIdentifier"]["rawId"] for person in people} == {ada.raw_id, bo.raw_id}
        assert time.time() - killed < BACK_SECONDS
    assert await cluster.servers_in_use() == 1
    for room, speaking, listening in calls:
        await scene.roles(room, {ada.raw_id: None})
        answered = time.time()
        assert await left_at(speaking) - answered < 1.0
        await asyncio.gather(speaking.leave(), listening.leave())


async def test_a_call_that_redis_forgot_is_noticed(cluster: LiveKitCluster, scene: Stage):
    """It is counted and logged, and someone who was removed meanwhile cannot stay in it."""
    ada, bo = await scene.user(), await scene.user()
    room, speaking, listening = await open_call(scene, ada, bo)
    await cluster.empty_redis()
    await scene.roles(room, {ada.raw_id: None})

    async def is_counted() -> bool:
        return (await read(scene))["lost_total"] > 0

    await eventually(is_counted, BACK_SECONDS)
    await asyncio.wait_for(asyncio.shield(speaking.left), patient(BACK_SECONDS))
    assert not listening.left.done()
    assert "LiveKit has lost a call that people are in" in scene.log.read_text()
    await asyncio.gather(speaking.leave(), listening.leave())


def _last_heard(listening: Person, speaker: User) -> float:
    return listening.last_frame(speaker.raw_id, "microphone") or 0.0
