"""The enforcer in this process, with a real LiveKit and a real database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise

import pytest
import pytest_asyncio
from livekit.api import AccessToken, VideoGrants
from tests.calls.stage import KEY, LIVEKIT_KEY, LIVEKIT_SECRET, Stage, eventually
from tests.support.ports import free_port
from websockets.asyncio.client import ClientConnection, connect
from websockets.protocol import State

from openrooms.domain.calls import CallId, CallNotice, WaitingNotice, notice_of
from openrooms.domain.enforcement import CloseCall, Disconnect
from openrooms.domain.errors import MediaUnavailable
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import HOUR, SECOND, Moment, after
from openrooms.domain.names import NAMELESS
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId, room_id
from openrooms.domain.roster import Participant, RawId, RosterChange
from openrooms.domain.visits import NO_OPTIONS, VisitOptions, WaitingRoom
from openrooms.server.core.enforcer import Enforcer, Pass
from openrooms.server.core.ports import Resource
from openrooms.server.core.waiting import WaitingRooms
from openrooms.server.media.livekit import LiveKit
from openrooms.server.media.passes import call_name
from openrooms.server.storage.sqlite import SqliteStorage

pytestmark = pytest.mark.asyncio(loop_scope="session")

RESOURCE = ResourceId("6f0f4f4e-0000-4000-8000-000000000002")
STRANGER = ResourceId("6f0f4f4e-0000-4000-8000-00000000dead")
ADA, BO = (RawId(f"8:acs:{RESOURCE}_00000000-0000-4000-8000-00000000000{digit}") for digit in "ab")
NOW = Moment(10 * HOUR)
NOTICE = CallNotice("", NOW, after(NOW, HOUR), 0)


class World:
    """An enforcer with its storage and media engine, and a clock that tests move."""

    def __init__(self, storage: SqliteStorage, engine: LiveKit) -> None:
        self.now = NOW
        self.storage = storage
        self.engine = engine
        self.dropped: list[tuple[CallId, RawId | None]] = []
        self.enforcer = self.another()
        self._numbers = iter(range(10**6, 10**7))

    def another(self) -> Enforcer:
        return Enforcer(
            self.storage, self.engine, lambda: self.now, lambda *dropped: self.dropped.append(dropped), ceiling=0.1
        )

    async def call(self, *people: RawId, lasts: int = HOUR, options: VisitOptions = NO_OPTIONS) -> CallId:
        room = Room(room_id(next(self._numbers)), NOW, NOW, after(NOW, lasts), options=options)
        roster = [Participant(raw_id, ParticipantRole.ATTENDEE) for raw_id in people]
        await self.storage.create_room(RESOURCE, room, roster, None)
        call = CallId(RESOURCE, room.id)
        await self.engine.open_call(call, notice_of(room))
        return call

    async def remove(self, call: CallId, raw_id: RawId) -> None:
        await self.storage.change_roster(RESOURCE, call.room, [raw_id], lambda _: RosterChange(remove=(raw_id,)))

    async def enter(self, call: CallId, raw_id: RawId) -> None:
        """Connect directly to LiveKit, and stay until disconnected."""
        token = self.engine.passes.issue(call, raw_id, ParticipantRole.ATTENDEE, 0, NAMELESS)
        await self.connect(token)

    async def connect(self, token: str) -> ClientConnection:
        socket = await connect(f"{self.engine.signalling_url}/rtc?protocol=15&sdk=js&access_token={token}")
        await socket.recv()
        return socket

    async def there(self, call: CallId) -> set[str]:
        return {one.identity for one in await self.engine.list_presences(call)}


@pytest_asyncio.fixture(loop_scope="session")
async def world(play: Stage, tmp_path) -> AsyncIterator[World]:
    storage = await SqliteStorage.open(tmp_path / "rooms.db", migrate=True, exclusive=True)
    engine = LiveKit(play.livekit_url, LIVEKIT_KEY, LIVEKIT_SECRET)
    await storage.add_resource(Resource(RESOURCE, None, KEY.reveal(), KEY.reveal()))
    for raw_id in (ADA, BO):
        await storage.create_user(RESOURCE, User(raw_id, NOW))
    yield World(storage, engine)
    for call in await engine.list_calls():
        if call.resource == RESOURCE:
            await engine.close_call(call)
    await engine.close()
    await storage.close()


def is_leader(enforcer: Enforcer) -> bool:
    return any(figure.name == "leader" and figure.value for figure in enforcer.figures())


async def gone(world: World, call: CallId) -> bool:
    return call not in await world.engine.list_calls()


async def test_a_second_pass_has_nothing_to_do(world: World):
    call = await world.call(ADA, BO)
    await world.enter(call, ADA)
    await world.enter(call, BO)
    await world.remove(call, BO)
    first = await world.enforcer.enforce_once()
    assert [(type(action), action.identity) for action in first.actions if action.call == call] == [(Disconnect, BO)]
    assert world.dropped == [(call, BO)]
    assert await world.there(call) == {ADA}
    second = await world.enforcer.enforce_once()
    assert (second.presences, second.actions) == (1, ())


async def test_calls_of_closed_and_deleted_rooms_end(world: World):
    closed, deleted, running = await world.call(ADA, lasts=1), await world.call(ADA), await world.call(ADA)
    await world.storage.delete_room(RESOURCE, deleted.room, NOW)
    world.now = after(NOW, 1)
    done = await world.enforcer.enforce_once()
    assert set(done.actions) == {CloseCall(closed), CloseCall(deleted)}
    assert set(await world.engine.list_calls([closed, deleted, running])) == {running}


async def test_calls_of_other_deployments_are_ignored(world: World):
    call = CallId(STRANGER, RoomId("99400000000000001"))
    await world.engine.open_call(call, NOTICE)
    done = await world.enforcer.enforce_once()
    assert call not in {action.call for action in done.actions}
    assert not await gone(world, call)
    await world.engine.close_call(call)


async def test_the_calls_of_every_resource_are_compared(world: World):
    other = ResourceId("6f0f4f4e-0000-4000-8000-000000000004")
    await world.storage.add_resource(Resource(other, "other.example", KEY.reveal(), KEY.reveal()))
    call, theirs = await world.call(ADA), CallId(other, RoomId("99400000000000004"))
    await world.engine.open_call(theirs, NOTICE)
    await world.enter(call, ADA)
    # A user invited to one room is not invited to a room with the same name in another resource.
    await world.enter(theirs, ADA)
    done = await world.enforcer.enforce_once()
    assert set(done.actions) == {CloseCall(theirs)}
    assert await world.there(call) == {ADA}
    assert await gone(world, theirs)


async def test_tests_of_connections_end_even_if_their_people_stay(world: World):
    """A proxy that relays signalling itself does not end them."""
    call, other = await world.call(ADA, BO), CallId(STRANGER, RoomId("99400000000000001"))
    ends = after(NOW, 60 * SECOND)
    tests = [(call, ADA, ends), (call, BO, after(ends, 1)), (other, ADA, ends)]
    sockets = []
    for of, raw_id, until in tests:
        await world.engine.open_test(of, raw_id, until)
        sockets.append(await world.connect(world.engine.passes.issue_for_test(of, raw_id, 0, "", until)))
    assert [await world.there(one) for one in (call, other)] == [set(), set()]
    world.now = ends
    await running(world.enforcer, sockets[0].wait_closed)
    # Neither a test that goes on nor one of another deployment has ended.
    assert [socket.state for socket in sockets[1:]] == [State.OPEN] * 2
    for socket in sockets:
        await socket.close()


async def test_recorders_are_ignored(world: World):
    call = await world.call(ADA)
    grants = VideoGrants(room_join=True, room=call_name(call), hidden=True, recorder=True)
    token = AccessToken(LIVEKIT_KEY, LIVEKIT_SECRET).with_identity("EG_1").with_kind("egress").with_grants(grants)
    await world.connect(token.to_jwt())
    assert (await world.enforcer.enforce_once()).actions == ()


class CountingLiveKit(LiveKit):
    """A LiveKit that counts what it is asked and told."""

    def __init__(self, url: str) -> None:
        super().__init__(url, LIVEKIT_KEY, LIVEKIT_SECRET)
        self.lists_of_people = 0
        self.announced: list[CallNotice] = []

    async def list_presences_of(self, calls):
        self.lists_of_people += 1
        return await super().list_presences_of(calls)

    async def announce(self, call: CallId, notice: CallNotice) -> None:
        self.announced.append(notice)
        await super().announce(call, notice)


async def test_people_who_knock_again_and_again_cost_the_call_little(world: World, play: Stage):
    call = await world.call(ADA, BO, options=VisitOptions(waiting_room=WaitingRoom.ATTENDEES))
    engine = CountingLiveKit(play.livekit_url)
    enforcer = Enforcer(world.storage, engine, lambda: world.now)
    waiting = WaitingRooms(world.storage, None, lambda: world.now, lambda: world.now)
    waiting.nudge = lambda call, _reach: enforcer.count_again(call)
    for number in range(20):
        await waiting.ask(call, BO, f"Bo {number}")
        await asyncio.sleep(0.02)
    await eventually(lambda: bool(engine.announced) and engine.announced[-1].waiting == WaitingNotice(1, 20))
    assert len(engine.announced) <= 5
    assert engine.lists_of_people == 0
    await engine.close()


async def test_a_second_connection_ends_with_the_first(world: World):
    call = await world.call(ADA)
    await world.enter(call, ADA)
    token = world.engine.passes.issue(call, RawId(f"{ADA}#x"), ParticipantRole.ATTENDEE, 0, NAMELESS)
    await world.connect(token)
    assert await world.there(call) == {ADA, f"{ADA}#x"}
    assert (await world.enforcer.enforce_once()).actions == ()
    await world.remove(call, ADA)
    await world.enforcer.enforce_once()
    assert await world.there(call) == set()


async def test_grants_beyond_the_role_are_taken_away(world: World):
    """The gate would refuse such a token, so the connection bypasses it."""
    call = await world.call(ADA)
    await world.connect(world.engine.passes.issue(call, ADA, ParticipantRole.PRESENTER, 0, NAMELESS))
    await world.enforcer.enforce_once()
    (seen,) = await world.engine.list_presences(call)
    assert seen.role is ParticipantRole.ATTENDEE
    assert (await world.enforcer.enforce_once()).actions == ()


async def test_a_pass_fails_without_livekit(world: World):
    away = LiveKit(f"http://127.0.0.1:{free_port()}", LIVEKIT_KEY, LIVEKIT_SECRET)
    with pytest.raises(MediaUnavailable):
        await Enforcer(world.storage, away, lambda: world.now).enforce_once()
    await away.close()


async def running(enforcer: Enforcer, work: Callable[[], object]) -> None:
    task = asyncio.create_task(enforcer.run())
    try:
        await work()  # type: ignore[misc]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_another_process_takes_over_as_leader(world: World):
    """Only the leader makes passes, and when it ends, the other process becomes the leader."""
    leader, follower = world.enforcer, world.another()
    passes: list[str] = []
    for name, enforcer in (("leader", leader), ("follower", follower)):
        once = enforcer.enforce_once

        def noting(name: str = name, once=once):
            passes.append(name)
            return once()

        enforcer.enforce_once = noting  # type: ignore[method-assign]
    leading = asyncio.create_task(leader.run())
    await eventually(lambda: passes.count("leader") >= 2)
    following = asyncio.create_task(follower.run())
    await eventually(lambda: "follower" in passes)
    seen = len(passes)
    await eventually(lambda: len(passes) > seen + 3)
    assert passes.count("follower") == 1, "each process begins with a pass, and then only the leader makes them"
    leading.cancel()
    await asyncio.gather(leading, return_exceptions=True)
    await eventually(lambda: passes.count("follower") > 2)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_the_pause_begins_after_the_pass(world: World):
    loop = asyncio.get_running_loop()
    passes: list[tuple[float, float]] = []

    async def fail_slowly() -> Pass:
        began = loop.time()
        await asyncio.sleep(0.3)
        passes.append((began, loop.time()))
        raise MediaUnavailable

    enforcer = Enforcer(world.storage, world.engine, lambda: world.now, ceiling=0.4)
    enforcer.enforce_once = fail_slowly  # type: ignore[method-assign]
    await running(enforcer, lambda: eventually(lambda: len(passes) > 3))
    pauses = [began - ended for (_, ended), (began, _) in pairwise(passes)]
    assert min(pauses) >= 0.4, pauses


async def test_a_leader_keeps_its_lease_in_a_long_pause(world: World):
    """Passes over many calls take long and have long pauses after them, but the lease is short."""
    leader, follower = world.enforcer, world.another()
    passes: list[str] = []

    def slowly(name: str, once: Callable[[], Awaitable[Pass]]) -> Callable[[], Awaitable[Pass]]:
        async def noting() -> Pass:
            passes.append(name)
            await asyncio.sleep(0.2)
            return await once()

        return noting

    leader.enforce_once = slowly("leader", leader.enforce_once)  # type: ignore[method-assign]
    follower.enforce_once = slowly("follower", follower.enforce_once)  # type: ignore[method-assign]
    tasks = [asyncio.create_task(leader.run())]
    await eventually(lambda: is_leader(leader))
    tasks.append(asyncio.create_task(follower.run()))
    for _ in range(20):
        # During one pause, which is nine times as long as the pass, twice the time of the lease goes by.
        world.now = after(world.now, SECOND // 5)
        await asyncio.sleep(0.05)
    assert passes == ["leader", "follower"]
    assert (is_leader(leader), is_leader(follower)) == (True, False)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_follower_also_checks_changed_rooms(world: World):
    call = await world.call(ADA)
    await world.enter(call, ADA)

    async def work() -> None:
        await world.remove(call, ADA)
        world.enforcer.room_changed(RESOURCE, call.room)

        async def is_out() -> bool:
            return not await world.there(call)

        await eventually(is_out, 1.0)

    assert await world.storage.hold_lease("enforcer", "somebody else", NOW, after(NOW, HOUR))
    await running(world.enforcer, work)


async def test_checks_end_with_the_enforcer(world: World):
    """A change right before the end is not checked, and neither is one that a last request makes after it."""
    enforcer = world.another()
    task = asyncio.create_task(enforcer.run())
    await eventually(lambda: is_leader(enforcer))
    others = asyncio.all_tasks()
    task.cancel()
    # Its task is cancelled before it begins.
    enforcer.user_changed(RESOURCE, ADA)
    await asyncio.gather(task, return_exceptions=True)
    enforcer.user_changed(RESOURCE, ADA)
    assert asyncio.all_tasks() <= others
