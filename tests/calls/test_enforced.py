"""What is decided holds in the running call within a second, measured at the people in it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import permutations

import pytest
from livekit import rtc
from tests.calls.stage import Person, Refused, Stage, User, eventually
from tests.calls.test_gate import every_door

from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import RawId, RosterChange
from openrooms.server.storage.sqlite import SqliteStorage

pytestmark = pytest.mark.asyncio(loop_scope="session")

WITHIN = 1.0
MICROPHONE, CAMERA = rtc.TrackSource.SOURCE_MICROPHONE, rtc.TrackSource.SOURCE_CAMERA
SCREEN = rtc.TrackSource.SOURCE_SCREENSHARE


@asynccontextmanager
async def call(stage: Stage, *roles: str, lasts: float = 3600):
    """Give a room and people in its call, one for each role, the first with a microphone."""
    users = [await stage.user() for _ in roles]
    room = await stage.room({user.raw_id: role for user, role in zip(users, roles, strict=True)}, lasts=lasts)
    people = [await stage.person(room, user) for user in users]
    try:
        yield room, users, people
    finally:
        await asyncio.gather(*(person.leave() for person in people))


async def left_at(person: Person, seconds: float = 10.0) -> float:
    return await asyncio.wait_for(asyncio.shield(person.left), seconds)


async def is_heard(by: Person, who: User, source: str = "microphone") -> None:
    """Wait until somebody hears (or sees) somebody."""
    await eventually(lambda: by.last_frame(who.raw_id, source) is not None, 10)


def may_publish(person: Person) -> set[int]:
    permissions = person.room.local_participant.permissions
    return set(permissions.can_publish_sources) if permissions.can_publish else set()


async def fell_silent_at(by: Person, who: User, source: str = "microphone") -> float:
    """Return when the last frame of somebody came, once none has for half a second."""

    def last() -> float:
        frame = by.last_frame(who.raw_id, source)
        assert frame is not None
        return frame

    await eventually(lambda: time.time() - last() > 0.5, 5)
    return last()


Change = Callable[[Stage, str, User], Awaitable[object]]

ENDS: list[tuple[str, Change]] = [
    ("removed from the roster", lambda stage, room, who: stage.roles(room, {who.raw_id: None})),
    ("room deleted", lambda stage, room, who: stage.delete_room(room)),
    ("tokens revoked", lambda stage, room, who: stage.revoke(who.raw_id)),
    ("user deleted", lambda stage, room, who: stage.delete_user(who.raw_id)),
    ("window moved into the future", lambda stage, room, who: stage.move(room, opens=600, lasts=1200)),
]


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in ENDS])
async def test_out_within_a_second_and_by_no_door_in_again(play, change):
    async with call(play, "Presenter", "Attendee") as (room, (_, bo), (ada, bob)):
        await bob.publish(MICROPHONE, video=False)
        await is_heard(ada, bo)
        await change(play, room, bo)
        answered = time.time()
        assert await left_at(bob) - answered < WITHIN
        assert await fell_silent_at(ada, bo) - answered < WITHIN
        assert len(bob.tokens) > 1, "LiveKit renews tokens, and one of those is to be tried"
        for token in bob.tokens:
            with pytest.raises(rtc.ConnectError, match=r"40[13]"):
                await Person(bob.joined).connect(token)
            for door, answer in (await every_door(play, token)).items():
                assert answer.status in {401, 403}, door
        with pytest.raises(Refused):
            await play.join(room, bo.token)


async def test_the_others_stay_when_one_is_removed(play):
    async with call(play, "Presenter", "Attendee") as (room, (_, bo), (ada, bob)):
        await play.roles(room, {bo.raw_id: None})
        await left_at(bob)
        assert not ada.left.done()
        assert [one["role"] for one in (await play.ask("GET", f"/openrooms/rooms/{room}/call"))["participants"]] == [
            "Presenter"
        ]


async def test_the_call_ends_at_valid_until_and_not_before(play):
    async with call(play, "Presenter", "Attendee") as (room, _, (ada, bob)):
        until = (await play.move(room, opens=-60, lasts=1.5)).timestamp()
        for person in (ada, bob):
            assert 0 <= await left_at(person) - until < WITHIN


async def test_a_call_that_began_with_the_end_in_sight_ends_on_time(play):
    users = [await play.user()]
    began = time.time()
    room = await play.room({users[0].raw_id: "Attendee"}, lasts=2.5)
    person = await play.person(room, users[0])
    assert 2.5 <= await left_at(person) - began < 2.5 + WITHIN + 0.3
    await person.leave()


EVERYTHING = {MICROPHONE, CAMERA, SCREEN, rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO}
ALLOWED = {"Presenter": EVERYTHING, "Collaborator": EVERYTHING, "Attendee": {MICROPHONE, CAMERA}, "Consumer": set()}


@pytest.mark.parametrize(("before", "after"), [*permutations(ALLOWED, 2)])
async def test_a_changed_role_changes_what_may_be_published_in_the_running_call(play, before, after):
    async with call(play, "Presenter", before) as (room, (_, bo), (ada, bob)):
        if MICROPHONE in ALLOWED[before]:
            await bob.publish(MICROPHONE, video=False)
            await is_heard(ada, bo)
        assert may_publish(bob) == ALLOWED[before]
        await play.roles(room, {bo.raw_id: after})
        answered = time.time()
        assert await eventually(lambda: may_publish(bob) == ALLOWED[after]) - answered < WITHIN
        assert await eventually(lambda: bob.room.local_participant.attributes.get("role") == after) - answered < WITHIN
        if MICROPHONE not in ALLOWED[after]:
            assert await fell_silent_at(ada, bo) - answered < WITHIN
        elif MICROPHONE in ALLOWED[before]:
            heard = ada.last_frame(bo.raw_id, "microphone") or 0
            await eventually(lambda: (ada.last_frame(bo.raw_id, "microphone") or 0) > heard)
        else:
            await bob.publish(MICROPHONE, video=False)
            await is_heard(ada, bo)
        assert not bob.left.done()


@pytest.mark.parametrize("before", ["Presenter", "Collaborator"])
async def test_a_shared_screen_ends_with_the_role_that_allowed_it(play, before):
    async with call(play, "Presenter", before) as (room, (_, bo), (ada, bob)):
        await bob.publish(SCREEN, video=True)
        await bob.publish(CAMERA, video=True)
        await is_heard(ada, bo, "screenshare")
        await is_heard(ada, bo, "camera")
        await play.roles(room, {bo.raw_id: "Attendee"})
        answered = time.time()
        assert await fell_silent_at(ada, bo, "screenshare") - answered < WITHIN
        seen = ada.last_frame(bo.raw_id, "camera") or 0
        await eventually(lambda: (ada.last_frame(bo.raw_id, "camera") or 0) > seen)


async def test_who_is_demoted_just_after_connecting_stays_connected(play):
    async with call(play, "Presenter", "Presenter") as (room, (_, bo), (_, bob)):
        broken: list[object] = []
        bob.room.on("reconnecting", lambda: broken.append("reconnecting"))
        await play.roles(room, {bo.raw_id: "Attendee"})
        await eventually(lambda: may_publish(bob) == {MICROPHONE, CAMERA}, WITHIN)
        # The second look at who has just connected is over by then.
        await asyncio.sleep(0.7)
        assert broken == []
        assert not bob.left.done()


async def test_a_demoted_person_connects_with_no_token_from_before(play):
    async with call(play, "Presenter", "Presenter") as (room, (_, bo), (_, bob)):
        before = bob.tokens[0]
        await play.roles(room, {bo.raw_id: "Attendee"})
        await eventually(lambda: SCREEN not in may_publish(bob))
        again = Person(bob.joined)
        with pytest.raises(rtc.ConnectError, match=r"401.*join again"):
            await again.connect(before)
        # The token renewed since is for the new role.
        await eventually(lambda: len(bob.tokens) > 2)
        await again.connect(bob.tokens[-1])
        assert may_publish(again) == {MICROPHONE, CAMERA}
        await again.leave()


@pytest.mark.parametrize(
    ("role", "source", "video"),
    [("Attendee", MICROPHONE, True), ("Presenter", MICROPHONE, True), ("Attendee", CAMERA, False)],
    ids=["a video as an attendee's microphone", "a video as a presenter's microphone", "audio as a camera"],
)
async def test_a_track_that_is_not_what_it_says_is_taken_down(play, role, source, video):
    async with call(play, "Presenter", role) as (_, (_, bo), (ada, bob)):
        seen: list[float] = []
        ada.room.on("track_published", lambda *_: seen.append(time.time()))
        gone: list[float] = []
        ada.room.on("track_unpublished", lambda *_: gone.append(time.time()))
        await bob.publish(source, video=video)
        await eventually(lambda: bool(gone), 5)
        assert gone[0] - seen[0] < WITHIN
        # What they may publish is as before, and an honest track is left alone.
        await eventually(lambda: may_publish(bob) == ALLOWED[role])
        await bob.publish(CAMERA, video=True)
        await is_heard(ada, bo, "camera")


async def change_behind_the_service(stage: Stage, room: str, resource: str, gone: RawId) -> None:
    """Remove somebody as a service does that is killed as soon as it has kept the change."""
    storage = await SqliteStorage.open(stage.folder / "openrooms.db", migrate=False, exclusive=False)
    try:
        await storage.change_roster(
            ResourceId(resource), RoomId(room), [gone], lambda view: RosterChange(remove=(gone,))
        )
    finally:
        await storage.close()


async def test_a_service_that_was_killed_enforces_what_it_had_kept_when_it_is_back(own):
    async with call(own, "Presenter", "Attendee") as (room, (ann, bo), (ada, bob)):
        await ada.publish(MICROPHONE, video=False)
        await bob.publish(MICROPHONE, video=False)
        await is_heard(ada, bo)
        await is_heard(bob, ann)
        await own.kill_service()
        await change_behind_the_service(own, room, bo.raw_id.removeprefix("8:acs:").partition("_")[0], bo.raw_id)
        await own.start_service()
        back = time.time()
        # Signalling was away with the service, so an SDK learns of it when it next tries; media has ended before.
        assert await fell_silent_at(ada, bo) - back < WITHIN
        assert await fell_silent_at(bob, ann) - back < WITHIN
        await left_at(bob)
        await eventually(lambda: ada.room.connection_state == rtc.ConnectionState.CONN_CONNECTED, 10)
        assert not ada.left.done()


async def test_a_service_that_was_killed_ends_calls_on_time_when_it_is_back(own):
    async with call(own, "Attendee", "Attendee") as (room, (_, bo), (ada, bob)):
        await bob.publish(MICROPHONE, video=False)
        await is_heard(ada, bo)
        until = (await own.move(room, opens=-60, lasts=5)).timestamp()
        await own.kill_service()
        await own.start_service()
        assert time.time() < until, "the service takes too long to start for this test"
        await asyncio.sleep(until - time.time())
        assert -0.3 <= await fell_silent_at(ada, bo) - until < WITHIN
        await left_at(ada)


async def test_people_are_back_by_themselves_when_livekit_was_killed(own):
    async with call(own, "Presenter", "Attendee") as (_, (_, bo), (ada, bob)):
        await bob.publish(MICROPHONE, video=False)
        await is_heard(ada, bo)
        await own.kill_livekit()
        await own.start_livekit()
        back = time.time()
        await eventually(lambda: (ada.last_frame(bo.raw_id, "microphone") or 0) > back + 0.1, 10)
        assert not ada.left.done()
        assert not bob.left.done()


async def restart_service(own: Stage) -> None:
    await own.kill_service()
    await own.start_service()


async def restart_livekit(own: Stage) -> None:
    await own.kill_livekit()
    await own.start_livekit()


@pytest.mark.parametrize("restart", [restart_service, restart_livekit])
async def test_the_same_holds_after_a_restart_in_the_middle(own, restart):
    """Whatever was killed and is back, each change holds within a second of its answer, for those whom it is about."""
    roles = ("Presenter", "Attendee", "Attendee", "Attendee", "Attendee")
    async with call(own, *roles) as (room, (_, bo, cy, di, ed), (ada, *others)):
        for person in others:
            await person.publish(MICROPHONE, video=False)
        await restart(own)
        back = time.time()

        def everybody_is_back() -> bool:
            connected = all(one.room.connection_state == rtc.ConnectionState.CONN_CONNECTED for one in (ada, *others))
            heard = [ada.last_frame(who.raw_id, "microphone") or 0 for who in (bo, cy, di, ed)]
            return connected and min(heard) > back + 0.1

        await eventually(everybody_is_back, 10)
        for who, change in (
            (bo, lambda: own.roles(room, {bo.raw_id: None})),
            (cy, lambda: own.revoke(cy.raw_id)),
            (di, lambda: own.delete_user(di.raw_id)),
            (ed, lambda: own.roles(room, {ed.raw_id: "Consumer"})),
        ):
            assert not ada.left.done()
            await change()
            answered = time.time()
            assert await fell_silent_at(ada, who) - answered < WITHIN
        for person in others[:3]:
            await left_at(person)
        assert not others[3].left.done()
        until = (await own.move(room, opens=-60, lasts=1.5)).timestamp()
        for person in (ada, others[3]):
            assert 0 <= await left_at(person) - until < WITHIN
