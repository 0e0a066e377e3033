"""Telephones through the whole service: `openrooms serve`, its API, a real LiveKit, and SIPp as the telephone."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import pytest_asyncio
from tests.calls.stage import Stage, eventually, stage, two_stages
from tests.phone.scene import TALKING, Scene, scene_at, with_trunk
from tests.phone.sipp import Sipp, answers, hears, invited, sipp, takes_bye, takes_cancel
from tests.support.patience import patient
from tests.support.postgres import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="session")

RINGING = "+15551230008"
SECONDS = 1.0
HELD_SECONDS = 25.0
"""How long a leg of a killed process may count as live: its lease, and the next look."""

_RINGS_ON = f'<ereg regexp="{RINGING[1:]}" search_in="hdr" header="To:" assign_to="rings"/>'
SCENARIO = (
    f'{invited(_RINGS_ON)}{answers("180 Ringing")}<nop next="1" test="rings"/>'
    f'{answers("200 OK", audio=True, again=True)}{hears("ACK")}{takes_bye()}<nop next="2"/>'
    f'<label id="1"/>{takes_cancel()}<label id="2"/>'
)
"""Rings for `RINGING` until it is cancelled, and answers every other number."""

IN_CALL = pytest.param(TALKING, "inCall", "BYE", id="in call")
STILL_RINGS = pytest.param(RINGING, "ringing", "CANCEL", id="rings")


def service(folder: Path, phone: Sipp) -> AbstractAsyncContextManager[Stage]:
    return stage(folder, webhooks=False, limits=False, options=with_trunk(phone))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def phone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sipp]:
    async with sipp(tmp_path_factory.mktemp("phone"), SCENARIO) as started:
        yield started
        await started.is_free()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def serving(tmp_path_factory: pytest.TempPathFactory, phone: Sipp) -> AsyncIterator[Stage]:
    async with service(tmp_path_factory.mktemp("serve"), phone) as started:
        yield started


async def dialled(scene: Scene, phone: Sipp, number: str, state: str) -> str:
    """Dial; return the telephone's name for the call."""
    before = phone.live()
    await scene.dial(number, state)
    [call_id] = phone.live() - before
    return call_id


async def released(phone: Sipp, method: str, call_id: str) -> float:
    """Wait until a call got BYE or CANCEL; return when."""
    await eventually(lambda: call_id in {message.call_id for message in phone.received(method)})
    [moment] = [message.time for message in phone.received(method) if message.call_id == call_id]
    await eventually(lambda: call_id not in phone.live())
    return moment


async def remove(scene: Scene, number: str) -> float:
    await scene.hang_up(number)
    return time.time()


async def end_call(scene: Scene, _: str) -> float:
    await scene.ask("POST", "call:end")
    return time.time()


async def delete_room(scene: Scene, _: str) -> float:
    await scene.stage.delete_room(scene.room)
    return time.time()


async def turn_off(scene: Scene, _: str) -> float:
    await scene.allow(telephones=False)
    return time.time()


async def close_window(scene: Scene, _: str) -> float:
    return (await scene.stage.move(scene.room, opens=-60, lasts=1.5)).timestamp()


Rule = Callable[[Scene, str], Awaitable[float]]
"""Ends a leg; returns when the request was answered, or the moment from which the telephone may not be there."""

RULES = [
    (remove, "removed"),
    (end_call, "closed"),
    (delete_room, None),
    (turn_off, "closed"),
    (close_window, "closed"),
]


@pytest.mark.parametrize(("number", "state", "method"), [IN_CALL, STILL_RINGS])
@pytest.mark.parametrize(("rule", "outcome"), RULES, ids=[rule.__name__ for rule, _ in RULES])
async def test_rules_reach_the_phone(
    serving: Stage, phone: Sipp, rule: Rule, outcome: str | None, number: str, state: str, method: str
):
    """The telephone is hung up within a second, and the call says why; of a deleted room, nothing is left to ask."""
    scene = await scene_at(serving)
    call_id = await dialled(scene, phone, number, state)
    moment = await rule(scene, number)
    took = await released(phone, method, call_id) - moment
    assert took < patient(SECONDS)
    assert rule is not close_window or took >= 0
    if outcome is not None:
        await scene.stage.move(scene.room, opens=-60, lasts=3600)
        assert (await scene.reaches(number, "ended"))["outcome"] == outcome


async def test_killed_service_leaves_no_phone(phone: Sipp, tmp_path: Path):
    """A telephone that talks and one that rings are hung up, though nobody had time to say so."""
    async with service(tmp_path, phone) as on:
        scene = await scene_at(on)
        talking = await dialled(scene, phone, TALKING, "inCall")
        ringing = await dialled(scene, phone, RINGING, "ringing")
        moment = time.time()
        await on.kill_service()
        assert await released(phone, "BYE", talking) - moment < SECONDS
        assert await released(phone, "CANCEL", ringing) - moment < SECONDS


async def test_two_processes(phone: Sipp, tmp_path: Path, postgres_cluster: Cluster):
    """The other process ends legs of the one that dialled, and takes them over when that one is killed."""
    database = postgres_cluster.create_database()
    async with two_stages(tmp_path, database, limits=False, options=with_trunk(phone)) as (first, second):
        for rule, outcome in ((remove, "removed"), (end_call, "closed"), (turn_off, "closed")):
            scene = await scene_at(first)
            other = scene.at(second)
            call_id = await dialled(scene, phone, TALKING, "inCall")
            moment = await rule(other, TALKING)
            assert await released(phone, "BYE", call_id) - moment < SECONDS
            assert (await other.reaches(TALKING, "ended"))["outcome"] == outcome
        scene = await scene_at(first)
        other = scene.at(second)
        talking = await dialled(scene, phone, TALKING, "inCall")
        ringing = await dialled(scene, phone, RINGING, "ringing")
        moment = time.time()
        await first.kill_service()
        assert await released(phone, "BYE", talking) - moment < SECONDS
        assert await released(phone, "CANCEL", ringing) - moment < SECONDS
        for number in (TALKING, RINGING):
            assert (await other.reaches(number, "ended", HELD_SECONDS))["outcome"] == "failed"
        # Nothing of the killed process is in the way of a new call to the same number.
        await dialled(other, phone, TALKING, "inCall")
        await other.hang_up(TALKING)
