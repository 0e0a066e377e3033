"""Changes take effect in a running call within a second, measured at its participants."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import permutations

import pytest
from livekit import rtc
from tests.calls.stage import Person, Refused, Stage, User, eventually
from tests.calls.test_gate import try_every_endpoint
from tests.support.patience import patient

from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import RawId, RosterChange
from openrooms.server.storage.sqlite import SqliteStorage

pytestmark = pytest.mark.asyncio(loop_scope="session")

MICROPHONE, CAMERA = rtc.TrackSource.SOURCE_MICROPHONE, rtc.TrackSource.SOURCE_CAMERA
SCREEN = rtc.TrackSource.SOURCE_SCREENSHARE


def within(more: float = 0.0) -> float:
    """Return in how many seconds changes must take effect."""
    return patient(1 + more)


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
    return await asyncio.wait_for(asyncio.shield(person.left), patient(seconds))


async def is_heard(by: Person, user: User, source: str = "microphone") -> None:
    """Wait until `by` receives frames from a user."""
    await eventually(lambda: by.last_frame(user.raw_id, source) is not None, 10)


def may_publish(person: Person) -> set[int]:
    permissions = person.room.local_participant.permissions
    return set(permissions.can_publish_sources) if permissions.can_publish else set()


async def fell_silent_at(by: Person, user: User, source: str = "microphone") -> float:
    """Wait for half a second without a frame from a user; return the time of the last frame."""

    def last() -> float:
        frame = by.last_frame(user.raw_id, source)
        assert frame is not None
        return frame

    await eventually(lambda: time.time() - last() > 0.5, 5)
    return last()


Change = Callable[[Stage, str, User], Awaitable[object]]

ENDS: list[tuple[str, Change]] = [
    ("removed from the roster", lambda stage, room, user: stage.roles(room, {user.raw_id: None})),
    ("room deleted", lambda stage, room, user: stage.delete_room(room)),
    ("tokens revoked", lambda stage, room, user: stage.revoke(user.raw_id)),
    ("user deleted", lambda stage, room, user: stage.delete_user(user.raw_id)),
    ("window moved into the future", lambda stage, room, user: stage.move(room, opens=600, lasts=1200)),
]


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in ENDS])
async def test_removed_within_a_second_and_kept_out(play, change):
    """No endpoint accepts any token that the user had."""
    async with call(play, "Presenter", "Attendee") as (room, (_, bo), (ada, bob)):
        await bob.publish(MICROPHONE, video=False)
        await is_heard(ada, bo)
        await change(play, room, bo)
        answered = time.time()
        assert await left_at(bob) - answered < within()
        assert await fell_silent_at(ada, bo) - answered < within()
        assert len(bob.tokens) > 1, "the test needs a token that LiveKit renewed"
        for token in bob.tokens:
            with pytest.raises(rtc.ConnectError, match=r"40[13]"):
                await Person(bob.joined).connect(token)
            for door, answer in (await try_every_endpoint(play, token)).items():
                assert answer.status in {401, 403}, door
        with pytest.raises(Refused):
            await play.join(room, bo.token)


async def test_others_stay_when_one_is_removed(play):
    async with call(play, "Presenter", "Attendee") as (room, (_, bo), (ada, bob)):
        await play.roles(room, {bo.raw_id: None})
        await left_at(bob)
        assert not ada.left.done()
        assert [one["role"] for one in (await play.ask("GET", f"/openrooms/rooms/{room}/call"))["participants"]] == [
            "Presenter"
        ]


async def test_the_call_ends_exactly_at_valid_until(play):
    async with call(play, "Presenter", "Attendee") as (room, _, (ada, bob)):
        until = (await play.move(room, opens=-60, lasts=1.5)).timestamp()
        for person in (ada, bob):
            assert 0 <= await left_at(person) - until < within()


async def test_a_short_call_ends_on_time(play):
    """The window already ends soon when the call begins."""
    users = [await play.user()]
    began = time.time()
    room = await play.room({users[0].raw_id: "Attendee"}, lasts=2.5)
    person = await play.person(room, users[0])
    assert 2.5 <= await left_at(person) - began < 2.5 + within(0.3)
    await person.leave()


EVERYTHING = {MICROPHONE, CAMERA, SCREEN, rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO}
ALLOWED = {"Presenter": EVERYTHING, "Collaborator": EVERYTHING, "Attendee": {MICROPHONE, CAMERA}, "Consumer": set()}


@pytest.mark.parametrize(("before", "after"), [*permutations(ALLOWED, 2)])
async def test_a_new_role_applies_to_the_running_call(play, before, after):
    async with call(play, "Presenter", before) as (room, (_, bo), (ada, bob)):
        if MICROPHONE in ALLOWED[before]:
            await bob.publish(MICROPHONE, video=False)
            await is_heard(ada, bo)
        assert may_publish(bob) == ALLOWED[before]
        await play.roles(room, {bo.raw_id: after})
        answered = time.time()
        assert await eventually(lambda: may_publish(bob) == ALLOWED[after]) - answered < within()
        assert (
            await eventually(lambda: bob.room.local_participant.attributes.get("role") == after) - answered < within()
        )
        if MICROPHONE not in ALLOWED[after]:
            assert await fell_silent_at(ada, bo) - answered < within()
        elif MICROPHONE in ALLOWED[before]:
            heard = ada.last_frame(bo.raw_id, "microphone") or 0
            await eventually(lambda: (ada.last_frame(bo.raw_id, "microphone") or 0) > heard)
        else:
            await bob.publish(MICROPHONE, video=False)
            await is_heard(ada, bo)
        assert not bob.left.done()


@pytest.mark.parametrize("before", ["Presenter", "Collaborator"])
async def test_a_lower_role_ends_screen_sharing(play, before):
    async with call(play, "Presenter", before) as (room, (_, bo), (ada, bob)):
        await bob.publish(SCREEN, video=True)
        await bob.publish(CAMERA, video=True)
        await is_heard(ada, bo, "screenshare")
        await is_heard(ada, bo, "camera")
        await play.roles(room, {bo.raw_id: "Attendee"})
        answered = time.time()
        assert await fell_silent_at(ada, bo, "screenshare") - answered < within()
        seen = ada.last_frame(bo.raw_id, "camera") or 0
        await eventually(lambda: (ada.last_frame(bo.raw_id, "camera") or 0) > seen)


async def test_a_new_role_does_not_interrupt_the_connection(play):
    async with call(play, "Presenter", "Presenter") as (room, (_, bo), (_, bob)):
        broken: list[object] = []
        bob.room.on("reconnecting", lambda: broken.append("reconnecting"))
        await play.roles(room, {bo.raw_id: "Attendee"})
        await eventually(lambda: may_publish(bob) == {MICROPHONE, CAMERA}, 1)
        # The second check of a new connection is over after this time.
        await asyncio.sleep(0.7)
        assert broken == []
        assert not bob.left.done()


async def test_tokens_of_the_old_role_are_refused(play):
    async with call(play, "Presenter", "Presenter") as (room, (_, bo), (_, bob)):
        before = bob.tokens[0]
        await play.roles(room, {bo.raw_id: "Attendee"})
        await eventually(lambda: SCREEN not in may_publish(bob))
        again = Person(bob.joined)
        with pytest.raises(rtc.ConnectError, match=r"401.*join again"):
            await again.connect(before)
        # LiveKit has renewed the token for the new role.
        await eventually(lambda: len(bob.tokens) > 2)
        await again.connect(bob.tokens[-1])
        assert may_publish(again) == {MICROPHONE, CAMERA}
        await again.leave()


@pytest.mark.parametrize(
    ("role", "source", "video"),
    [("Attendee", MICROPHONE, True), ("Presenter", MICROPHONE, True), ("Attendee", CAMERA, False)],
    ids=["a video as an attendee's microphone", "a video as a presenter's microphone", "audio as a camera"],
)
async def test_a_mislabelled_track_is_unpublished(play, role, source, video):
    async with call(play, "Presenter", role) as (_, (_, bo), (ada, bob)):
        published: list[float] = []
        ada.room.on("track_published", lambda *_: published.append(time.time()))
        unpublished: list[float] = []
        ada.room.on("track_unpublished", lambda *_: unpublished.append(time.time()))
        await bob.publish(source, video=video)
        await eventually(lambda: bool(unpublished), 5)
        assert unpublished[0] - published[0] < within()
        # Afterwards they have the same grants, and a correctly labelled track stays published.
        await eventually(lambda: may_publish(bob) == ALLOWED[role])
        await bob.publish(CAMERA, video=True)
        await is_heard(ada, bo, "camera")


async def change_behind_the_service(stage: Stage, room: str, resource: str, raw_id: RawId) -> None:
    """Remove a participant in the database only, as if the service were killed right after the commit."""
    storage = await SqliteStorage.open(stage.folder / "openrooms.db", migrate=False, exclusive=False)
    try:
        await storage.change_roster(
            ResourceId(resource), RoomId(room), [raw_id], lambda view: RosterChange(remove=(raw_id,))
        )
    finally:
        await storage.close()


async def test_a_restarted_service_enforces_kept_changes(own):
    async with call(own, "Presenter", "Attendee") as (room, (ann, bo), (ada, bob)):
        await ada.publish(MICROPHONE, video=False)
        await bob.publish(MICROPHONE, video=False)
        await is_heard(ada, bo)
        await is_heard(bob, ann)
        await own.kill_service()
        await change_behind_the_service(own, room, bo.raw_id.removeprefix("8:acs:").partition("_")[0], bo.raw_id)
        await own.start_service()
        back = time.time()
        # Signalling ended with the service, so the SDK notices at its next attempt; media ends earlier.
        assert await fell_silent_at(ada, bo) - back < within()
        assert await fell_silent_at(bob, ann) - back < within()
        await left_at(bob)
        await eventually(lambda: ada.room.connection_state == rtc.ConnectionState.CONN_CONNECTED, 10)
        assert not ada.left.done()


async def test_a_restarted_service_ends_calls_on_time(own):
    async with call(own, "Attendee", "Attendee") as (room, (_, bo), (ada, bob)):
        await bob.publish(MICROPHONE, video=False)
        await is_heard(ada, bo)
        until = (await own.move(room, opens=-60, lasts=patient(5))).timestamp()
        await own.kill_service()
        await own.start_service()
        assert time.time() < until, "the service takes too long to start for this test"
        await asyncio.sleep(until - time.time())
        assert -0.3 <= await fell_silent_at(ada, bo) - until < within()
        await left_at(ada)


async def test_clients_reconnect_when_livekit_is_restarted(own):
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
async def test_changes_hold_within_a_second_after_a_restart(own, restart):
    """After a restart of the service or LiveKit, each change takes effect within a second of its answer."""
    roles = ("Presenter", "Attendee", "Attendee", "Attendee", "Attendee")
    async with call(own, *roles) as (room, (_, bo, cy, di, ed), (ada, *others)):
        for person in others:
            await person.publish(MICROPHONE, video=False)
        await restart(own)
        back = time.time()

        def everyone_is_back() -> bool:
            people = (ada, *others)
            connected = all(person.room.connection_state == rtc.ConnectionState.CONN_CONNECTED for person in people)
            heard = [ada.last_frame(user.raw_id, "microphone") or 0 for user in (bo, cy, di, ed)]
            return connected and min(heard) > back + 0.1

        await eventually(everyone_is_back, 10)
        for user, change in (
            (bo, lambda: own.roles(room, {bo.raw_id: None})),
            (cy, lambda: own.revoke(cy.raw_id)),
            (di, lambda: own.delete_user(di.raw_id)),
            (ed, lambda: own.roles(room, {ed.raw_id: "Consumer"})),
        ):
            assert not ada.left.done()
            await change()
            answered = time.time()
            assert await fell_silent_at(ada, user) - answered < within()
        for person in others[:3]:
            await left_at(person)
        assert not others[3].left.done()
        until = (await own.move(room, opens=-60, lasts=1.5)).timestamp()
        for person in (ada, others[3]):
            assert 0 <= await left_at(person) - until < within()
