"""LiveKit is slow, silent, missing or broken: other calls are enforced, and the failure is logged once."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs
from tests.calls.stage import LIVEKIT_KEY, LIVEKIT_SECRET, Refused, Stage, eventually
from tests.calls.test_enforcer import ADA, BO, World, world
from tests.calls.test_gate import try_token
from tests.support.patience import patient
from tests.support.proxy import Proxy

from openrooms.domain.calls import CallId
from openrooms.domain.enforcement import Disconnect
from openrooms.domain.errors import MediaUnavailable
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.media import livekit
from openrooms.server.media.livekit import LiveKit
from openrooms.server.media.passes import call_name

__all__ = ["world"]  # a fixture, which pytest finds here
pytestmark = pytest.mark.asyncio(loop_scope="session")

LIMIT = 0.5
FAILING = "cannot enforce now; trying again"


@pytest.fixture(autouse=True)
def short_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the limit of five seconds for an answer of LiveKit."""
    monkeypatch.setattr(livekit, "_ANSWER_SECONDS", LIMIT)


async def silence(request: web.Request) -> web.Response:
    await eventually(lambda: request.transport is None, 60)
    return web.Response()


async def nonsense(_: web.Request) -> web.Response:
    return web.Response(body=b"\xff\xff\xff\xffnonsense", content_type="application/protobuf")


async def an_error(_: web.Request) -> web.Response:
    return web.json_response({"code": "internal", "msg": "out of order"}, status=500)


def passes_of(enforcer: Enforcer) -> float:
    return next(figure.value for figure in enforcer.figures() if figure.name == "passes")


def events(log: Sequence[MutableMapping[str, Any]]) -> list[str]:
    """Return the logged events, without those of passes."""
    return [line["event"] for line in log if line["event"] != "enforced"]


Answer = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def proxied(world: World, call: CallId, answer: Answer) -> AsyncIterator[LiveKit]:
    """Give LiveKit behind a proxy that itself answers who is in one call, and forwards all other requests."""
    name = call_name(call).encode()

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        if request.path.endswith("/ListParticipants") and name in body:
            return await answer(request)
        url = f"{world.engine.signalling_url.replace('ws', 'http')}{request.path}"
        async with session.post(url, data=body, headers=request.headers) as answered:
            return web.Response(status=answered.status, body=await answered.read())

    runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0)
    async with aiohttp.ClientSession() as session:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        engine = LiveKit(f"http://127.0.0.1:{runner.addresses[0][1]}", LIVEKIT_KEY, LIVEKIT_SECRET)
        try:
            yield engine
        finally:
            await engine.close()
            await runner.cleanup()


@pytest.mark.parametrize("answer", [silence, nonsense, an_error])
async def test_a_failing_call_does_not_stop_the_others(world: World, answer):
    calls = [await world.call(ADA, BO) for _ in range(3)]
    for call in calls:
        await world.enter(call, BO)
        await world.remove(call, BO)
    async with proxied(world, calls[1], answer) as engine:
        enforcer = Enforcer(world.storage, engine, lambda: world.now)
        with capture_logs() as log:
            passing = asyncio.create_task(enforcer.enforce_once())

            async def are_empty() -> bool:
                return not [call for call in (calls[0], calls[2]) if await world.there(call)]

            await eventually(are_empty, LIMIT * 0.9)
            began = time.monotonic()
            done = await passing
        assert time.monotonic() - began < patient(LIMIT + 1)
        assert {(type(action), action.call) for action in done.actions} == {
            (Disconnect, call) for call in (calls[0], calls[2])
        }
        assert await world.there(calls[1]) == {BO}
        assert events(log) == [FAILING]
    assert [action.call for action in (await world.enforcer.enforce_once()).actions] == [calls[1]]


async def test_a_lasting_failure_is_logged_once(world: World):
    call = await world.call(ADA)
    fails = True

    async def answer(request: web.Request) -> web.Response:
        return await an_error(request) if fails else web.Response()

    async with proxied(world, call, answer) as engine:
        enforcer = Enforcer(world.storage, engine, lambda: world.now, ceiling=0.02)
        with capture_logs() as log:
            running = asyncio.create_task(enforcer.run())
            await eventually(lambda: passes_of(enforcer) >= 3)
            assert events(log) == [FAILING]
            fails = False
            await eventually(lambda: len(events(log)) > 1)
            passes = passes_of(enforcer)
            await eventually(lambda: passes_of(enforcer) > passes + 2)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert events(log) == [FAILING, "enforcing again"]


async def test_enforcement_resumes_after_livekit_hung(world: World):
    call = await world.call(ADA, BO)
    await world.enter(call, BO)
    async with Proxy(int(world.engine.signalling_url.rpartition(":")[2])) as cable:
        engine = LiveKit(f"http://127.0.0.1:{cable.port}", LIVEKIT_KEY, LIVEKIT_SECRET)
        enforcer = Enforcer(world.storage, engine, lambda: world.now, ceiling=0.02)
        assert (await enforcer.enforce_once()).actions == ()
        cable.freeze()
        began = time.monotonic()
        with pytest.raises(MediaUnavailable):
            await enforcer.enforce_once()
        assert time.monotonic() - began < patient(LIMIT + 1)
        with capture_logs() as log:
            running = asyncio.create_task(enforcer.run())
            await eventually(lambda: bool(events(log)))
            await world.remove(call, BO)
            cable.thaw()

            async def is_out() -> bool:
                return not await world.there(call)

            # A request that was under way when LiveKit hung has its own limit.
            await eventually(is_out, 2 * LIMIT + 2)
            await eventually(lambda: len(events(log)) > 1)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert events(log) == [FAILING, "enforcing again"]
        await engine.close()


async def test_a_service_starts_before_livekit(tmp_path):
    stage = Stage(tmp_path)
    try:
        await stage.start_livekit()
        await stage.kill_livekit()
        await stage.start_service()
        user = await stage.user()
        room = await stage.room({user.raw_id: "Attendee"})
        with pytest.raises(Refused) as refused:
            await stage.join(room, user.token)
        assert refused.value.status == 503
        await stage.start_livekit()
        person = await stage.person(room, user)
        await stage.roles(room, {user.raw_id: None})
        await asyncio.wait_for(asyncio.shield(person.left), patient(1))
        await person.leave()
    finally:
        await stage.close()


async def test_joining_is_unavailable_while_livekit_hangs(tmp_path):
    stage = Stage(tmp_path)
    try:
        await stage.start_livekit()
        async with Proxy(stage.livekit_port) as cable:
            stage.livekit_port = cable.port
            await stage.start_service()
            user = await stage.user()
            room = await stage.room({user.raw_id: "Attendee"})
            joined = await stage.join(room, user.token)
            await stage.options(room, waitingRoom="attendees")
            cable.freeze()

            async def join() -> int:
                with pytest.raises(Refused) as refused:
                    await stage.join(room, user.token)
                return refused.value.status

            async def connect() -> int:
                return (await try_token(stage, joined["mediaToken"], "/livekit/rtc")).status

            # The limit for each request to LiveKit is five seconds. Azure's API does not depend on it.
            changed = stage.roles(room, {user.raw_id: "Presenter"})
            assert await asyncio.wait_for(asyncio.gather(join(), connect(), changed), patient(8)) == [503, 503, None]
            assert (await stage.ask("GET", f"/rooms/{room}?api-version=2025-03-13"))["id"] == room
            cable.thaw()
            person = await stage.person(room, user)
            await person.leave()
    finally:
        await stage.close()
