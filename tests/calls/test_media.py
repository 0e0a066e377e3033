"""The contract of the media port: the same tests run over LiveKit and over the engine that simulates calls."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count
from typing import Any, Protocol

import pytest
import pytest_asyncio
from livekit import rtc
from tests.calls.stage import LIVEKIT_KEY, LIVEKIT_SECRET, Person, Stage, eventually
from tests.support.patience import patient

from openrooms.domain.calls import GRANTS, CallId, CallNotice, Grants, Kind, Presence, Source
from openrooms.domain.errors import MediaUnavailable, NotAllowed, NotInCall, TokenRefused
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, Moment, after
from openrooms.domain.names import LONGEST_NAME, NAMELESS, DisplayName, NameSource
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import room_id
from openrooms.domain.roster import RawId
from openrooms.server.core.ports import MediaEngine
from openrooms.server.media.livekit import LiveKit
from openrooms.server.media.simulated import RECONNECT_TIME, Connection, SimulatedMedia, State
from openrooms.wire.notices import read_notice

pytestmark = pytest.mark.asyncio(loop_scope="session")

RESOURCE = ResourceId("6f0f4f4e-0000-4000-8000-000000000007")
ADA, BO = (RawId(f"8:acs:{RESOURCE}_00000000-0000-4000-8000-00000000000{digit}") for digit in "ab")
PRESENTER, ATTENDEE, CONSUMER = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER
NOTICE = CallNotice("Check-up", Moment(0), Moment(SECOND), 15)
TYPED = DisplayName("Ada L.", NameSource.TYPED)
_NUMBERS = count(10**7)
_SOURCES = {
    Source.MICROPHONE: rtc.TrackSource.SOURCE_MICROPHONE,
    Source.CAMERA: rtc.TrackSource.SOURCE_CAMERA,
    Source.SCREEN_SHARE: rtc.TrackSource.SOURCE_SCREENSHARE,
    Source.SCREEN_SHARE_AUDIO: rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO,
}
_REASONS = {
    rtc.DisconnectReason.CLIENT_INITIATED: "left",
    rtc.DisconnectReason.PARTICIPANT_REMOVED: "removed",
    rtc.DisconnectReason.ROOM_DELETED: "call ended",
    rtc.DisconnectReason.DUPLICATE_IDENTITY: "joined from elsewhere",
}


class Guest(Protocol):
    """Somebody in a call, seen from their side."""

    async def publish(self, source: Source, kind: Kind | None = None) -> str:
        """Publish a track and return its id; raise `NotAllowed`."""

    def may_publish(self) -> set[Source]: ...
    async def unmute(self, track: str) -> None: ...
    async def leave(self) -> None: ...
    def ending(self) -> str | None: ...
    def notice(self) -> CallNotice | None: ...


class Venue(Protocol):
    """An engine, and a way to bring people into its calls."""

    engine: MediaEngine

    async def connect(self, token: str) -> Guest:
        """Connect to a call; raise `ConnectionRefusedError`."""

    async def vanish(self, token: str) -> Callable[[], Awaitable[None]]:
        """Connect somebody and lose their connection; return what waits until the engine may give up on them."""

    def now(self) -> Moment: ...


class SimulatedGuest:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def publish(self, source: Source, kind: Kind | None = None) -> str:
        return self._connection.publish(source, kind).id

    def may_publish(self) -> set[Source]:
        return set(self._connection.presence.grants.sources)

    async def unmute(self, track: str) -> None:
        self._connection.set_muted(track, muted=False)

    async def leave(self) -> None:
        self._connection.leave()

    def ending(self) -> str | None:
        return self._connection.ending

    def notice(self) -> CallNotice | None:
        return self._connection.notice


class Simulation:
    def __init__(self) -> None:
        self.time = Moment(10**16)
        self.engine = SimulatedMedia(self.now)

    def now(self) -> Moment:
        return self.time

    async def connect(self, token: str) -> Guest:
        try:
            return SimulatedGuest(self.engine.connect(token))
        except (TokenRefused, MediaUnavailable) as error:
            raise ConnectionRefusedError from error

    async def vanish(self, token: str) -> Callable[[], Awaitable[None]]:
        self.engine.connect(token).lose_connection()

        async def wait() -> None:
            self.time = after(self.time, RECONNECT_TIME)

        return wait

    async def close(self) -> None:
        await self.engine.close()


class LiveKitGuest:
    def __init__(self, person: Person) -> None:
        self._person = person
        self._tracks: dict[str, rtc.LocalTrackPublication] = {}

    async def publish(self, source: Source, kind: Kind | None = None) -> str:
        video = source is not Source.MICROPHONE if kind is None else kind is Kind.VIDEO
        try:
            published = await self._person.publish(_SOURCES[source], video=video)
        except rtc.participant.PublishTrackError as error:
            raise NotAllowed(str(error)) from error
        self._tracks[published.sid] = published
        return published.sid

    def may_publish(self) -> set[Source]:
        permissions = self._person.room.local_participant.permissions
        return {source for source in Source if _SOURCES[source] in permissions.can_publish_sources}

    async def unmute(self, track: str) -> None:
        local = self._tracks[track].track
        assert isinstance(local, rtc.LocalAudioTrack | rtc.LocalVideoTrack)
        # The SDK has heard of the mute by then, or unmuting would change nothing.
        await eventually(lambda: local.muted)
        local.unmute()

    async def leave(self) -> None:
        await self._person.leave()

    def notice(self) -> CallNotice | None:
        return read_notice(self._person.room.metadata)

    def ending(self) -> str | None:
        reason = self._person.reason
        return None if reason is None else _REASONS.get(reason, rtc.DisconnectReason.Name(reason))


_ALONE = """
import asyncio, sys
from livekit import rtc
async def stay():
    room = rtc.Room()
    await room.connect(*sys.argv[1:])
    print("in", flush=True)
    await asyncio.sleep(600)
asyncio.run(stay())
"""


class RealLiveKit:
    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws")
        self.engine = LiveKit(url, LIVEKIT_KEY, LIVEKIT_SECRET)
        self._people: list[Person] = []

    def now(self) -> Moment:
        return Moment(time.time_ns() // 100)

    async def connect(self, token: str) -> Guest:
        person = Person({"mediaUrl": self._url, "mediaToken": token})
        self._people.append(person)
        try:
            await person.connect()
        except rtc.ConnectError as error:
            raise ConnectionRefusedError from error
        return LiveKitGuest(person)

    async def vanish(self, token: str) -> Callable[[], Awaitable[None]]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _ALONE, self._url, token), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"in\n"
        process.send_signal(signal.SIGKILL)
        await process.wait()

        async def wait() -> None:
            """Do nothing: the test waits until LiveKit gives up."""

        return wait

    async def close(self) -> None:
        await asyncio.gather(*(person.leave() for person in self._people))
        for call in await self.engine.list_calls():
            if call.resource == RESOURCE:
                await self.engine.close_call(call)
        await self.engine.close()


@pytest_asyncio.fixture(loop_scope="session")
async def simulated() -> AsyncIterator[Simulation]:
    simulation = Simulation()
    yield simulation
    await simulation.close()


@pytest_asyncio.fixture(loop_scope="session")
async def livekit(play: Stage) -> AsyncIterator[RealLiveKit]:
    real = RealLiveKit(play.livekit_url)
    yield real
    await real.close()


@pytest.fixture(params=["simulated", "livekit"])
def venue(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def call() -> Iterator[CallId]:
    return CallId(RESOURCE, room_id(next(_NUMBERS)))  # type: ignore[return-value]


def issue(
    venue: Venue, call: CallId, raw_id: RawId = ADA, role: ParticipantRole = PRESENTER, name: DisplayName = NAMELESS
) -> str:
    return venue.engine.passes.issue(call, raw_id, role, 0, name)


async def enter(venue: Venue, call: CallId, raw_id: RawId = ADA, role: ParticipantRole = PRESENTER) -> Guest:
    await venue.engine.open_call(call, NOTICE)
    return await venue.connect(issue(venue, call, raw_id, role))


async def seen(venue: Venue, call: CallId, raw_id: RawId = ADA) -> Presence | None:
    return next((present for present in await venue.engine.list_presences(call) if present.identity == raw_id), None)


async def notices(venue: Venue, *calls: CallId) -> dict[CallId, CallNotice | None]:
    return {call: running.notice for call, running in (await venue.engine.list_calls(calls)).items()}


async def published(venue: Venue, call: CallId) -> set[Source | None]:
    presence = await seen(venue, call)
    assert presence is not None
    return {track.source for track in presence.tracks}


async def publish(venue: Venue, call: CallId, guest: Guest, source: Source, kind: Kind | None = None) -> str:
    """Publish a track and wait until the engine reports it."""
    track = await guest.publish(source, kind)

    async def is_reported() -> bool:
        presences = await venue.engine.list_presences(call)
        return track in {found.id for presence in presences for found in presence.tracks}

    await until(is_reported)
    return track


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 5) -> None:
    await eventually(holds, seconds)


# Calls


async def test_calls_are_listed_until_they_are_closed(venue: Venue, call: CallId):
    other = CallId(RESOURCE, room_id(next(_NUMBERS)))
    assert await venue.engine.list_calls([call]) == {}
    await venue.engine.open_call(call, NOTICE)
    await venue.engine.open_call(call, NOTICE)
    await venue.engine.open_call(other, NOTICE)
    assert call in await venue.engine.list_calls()
    assert await notices(venue, call) == {call: NOTICE}
    assert await venue.engine.list_calls([]) == {}
    await venue.engine.close_call(call)
    assert await notices(venue, call, other) == {other: NOTICE}


async def test_each_call_and_connection_has_its_own_id(venue: Venue, call: CallId):
    sessions, connections = [], []
    for _ in range(2):
        await enter(venue, call)
        sessions.append((await venue.engine.list_calls([call]))[call].session)

        async def is_active() -> bool:
            present = await seen(venue, call)
            return present is not None and present.is_active

        await until(is_active)
        present = await seen(venue, call)
        assert present is not None
        connections.append(present.connection)
        await venue.engine.close_call(call)
    assert len({*sessions, *connections}) == 4
    assert all([*sessions, *connections])


async def test_a_call_that_is_gone_is_not_an_error(venue: Venue, call: CallId):
    await venue.engine.close_call(call)
    await venue.engine.disconnect(call, ADA)
    await venue.engine.mute(call, ADA, "TR_1")
    await venue.engine.change_role(call, ADA, ATTENDEE)
    await venue.engine.take_down(call, ADA, ATTENDEE)
    await venue.engine.rename(call, ADA, TYPED)
    await venue.engine.announce(call, NOTICE)
    assert await venue.engine.list_calls([call]) == {}
    assert list(await venue.engine.list_presences(call)) == []
    await venue.engine.open_call(call, NOTICE)
    await venue.engine.disconnect(call, ADA)
    await venue.engine.change_role(call, ADA, ATTENDEE)
    await venue.engine.rename(call, ADA, TYPED)
    assert list(await venue.engine.list_presences(call)) == []


async def test_the_engine_answers_checks(venue: Venue):
    await venue.engine.check()


async def test_everyone_learns_what_a_call_announces(venue: Venue, call: CallId):
    early = await enter(venue, call)
    assert early.notice() == NOTICE
    later = CallNotice("Dr Ada's\nhours", NOTICE.valid_from, after(NOTICE.valid_until, SECOND), 5)
    await venue.engine.announce(call, later)
    await eventually(lambda: early.notice() == later, 1)
    assert await notices(venue, call) == {call: later}
    # Opening it again, for somebody else, changes nothing.
    late = await enter(venue, call, BO)
    assert early.notice() == late.notice() == later
    assert await notices(venue, call) == {call: later}


async def test_a_name_is_replaced_and_removed(venue: Venue, call: CallId):
    await venue.engine.open_call(call, NOTICE)
    await venue.connect(issue(venue, call, name=TYPED))
    longest = DisplayName("\U0001f9d1" * LONGEST_NAME, NameSource.ORGANISER)
    for name in (DisplayName("Dr Ada", NameSource.ORGANISER), longest, NAMELESS, TYPED):
        await venue.engine.rename(call, ADA, name)

        async def is_shown(name: DisplayName = name) -> bool:
            found = await seen(venue, call)
            return found is not None and found.name == name

        await until(is_shown)
        presence = await seen(venue, call)
        assert presence is not None
        assert (presence.role, presence.revocations, presence.grants) == (PRESENTER, 0, GRANTS[PRESENTER])


# Connecting


@pytest.mark.parametrize("role", ParticipantRole)
async def test_a_presence_says_what_the_token_said(venue: Venue, call: CallId, role: ParticipantRole):
    await venue.engine.open_call(call, NOTICE)
    token = venue.engine.passes.issue(call, ADA, role, 3, TYPED)
    before = venue.now()
    await venue.connect(token)
    presence = await seen(venue, call)
    assert presence is not None
    assert (presence.call, presence.identity, presence.role, presence.grants) == (call, ADA, role, GRANTS[role])
    assert (presence.revocations, presence.tracks, presence.name) == (3, (), TYPED)
    assert abs(presence.joined_at - before) < 5 * SECOND


async def test_people_of_several_calls_are_read_at_once(venue: Venue, call: CallId):
    other, absent = (CallId(RESOURCE, room_id(next(_NUMBERS))) for _ in range(2))
    await enter(venue, call, ADA)
    await enter(venue, call, BO)
    await enter(venue, other, BO)
    answers = await venue.engine.list_presences_of([call, absent, other])
    assert [
        {present.identity for present in answer} for answer in answers if not isinstance(answer, MediaUnavailable)
    ] == [
        {ADA, BO},
        set(),
        {BO},
    ]


async def test_nobody_enters_a_call_that_is_not_open(venue: Venue, call: CallId):
    with pytest.raises(ConnectionRefusedError):
        await venue.connect(issue(venue, call))
    assert await venue.engine.list_calls([call]) == {}


async def test_nobody_enters_with_a_forged_token(venue: Venue, call: CallId):
    await venue.engine.open_call(call, NOTICE)
    with pytest.raises(ConnectionRefusedError):
        await venue.connect(SimulatedMedia(venue.now).passes.issue(call, ADA, PRESENTER, 0, NAMELESS))
    assert await seen(venue, call) is None


async def test_a_second_connection_replaces_the_first(venue: Venue, call: CallId):
    first = await enter(venue, call)
    second = await enter(venue, call)
    await eventually(lambda: first.ending() == "joined from elsewhere")
    assert len(await venue.engine.list_presences(call)) == 1
    assert second.ending() is None


async def test_somebody_who_left_is_gone(venue: Venue, call: CallId):
    ada = await enter(venue, call)
    await enter(venue, call, BO)
    await ada.leave()
    await until(lambda: is_gone(venue, call))
    assert ada.ending() == "left"
    assert await seen(venue, call, BO) is not None


async def is_gone(venue: Venue, call: CallId) -> bool:
    return await seen(venue, call) is None


async def test_a_lost_connection_ends_after_a_while(venue: Venue, call: CallId):
    await venue.engine.open_call(call, NOTICE)
    wait = await venue.vanish(issue(venue, call))
    assert await seen(venue, call) is not None
    lost = time.monotonic()
    await wait()
    await until(lambda: is_gone(venue, call), 60)
    assert time.monotonic() - lost < RECONNECT_TIME / SECOND + patient(10)


# Media


async def test_tracks_are_reported_with_source_and_kind(venue: Venue, call: CallId):
    ada = await enter(venue, call)
    microphone = await publish(venue, call, ada, Source.MICROPHONE)
    fake = await publish(venue, call, ada, Source.CAMERA, Kind.AUDIO)
    presence = await seen(venue, call)
    assert presence is not None
    assert {(track.id, track.source, track.kind, track.muted) for track in presence.tracks} == {
        (microphone, Source.MICROPHONE, Kind.AUDIO, False),
        (fake, Source.CAMERA, Kind.AUDIO, False),
    }


async def publishes(venue: Venue, call: CallId, sources: set[Source]) -> bool:
    return await published(venue, call) == sources


async def test_nothing_beyond_the_grants_is_published(venue: Venue, call: CallId):
    """Both try at once, because LiveKit's SDK gives up only after ten seconds."""

    async def is_refused(raw_id: RawId, role: ParticipantRole, source: Source) -> None:
        guest = await enter(venue, call, raw_id, role)
        with pytest.raises(NotAllowed):
            await asyncio.wait_for(guest.publish(source), patient(15))

    await asyncio.gather(is_refused(ADA, ATTENDEE, Source.SCREEN_SHARE), is_refused(BO, CONSUMER, Source.MICROPHONE))
    assert [presence.tracks for presence in await venue.engine.list_presences(call)] == [(), ()]


async def test_a_muted_track_is_unmuted_by_its_publisher(venue: Venue, call: CallId):
    ada = await enter(venue, call)
    track = await publish(venue, call, ada, Source.MICROPHONE)

    async def is_muted() -> bool:
        presence = await seen(venue, call)
        return presence is not None and [track.muted for track in presence.tracks] == [True]

    async def is_heard() -> bool:
        return not await is_muted()

    await venue.engine.mute(call, ADA, track)
    await until(is_muted)
    await ada.unmute(track)
    await until(is_heard)


async def test_a_lower_role_unpublishes_what_it_forbids(venue: Venue, call: CallId):
    ada = await enter(venue, call)
    await publish(venue, call, ada, Source.SCREEN_SHARE)
    await publish(venue, call, ada, Source.CAMERA)
    await venue.engine.change_role(call, ADA, ATTENDEE)
    await until(lambda: publishes(venue, call, {Source.CAMERA}))
    presence = await seen(venue, call)
    assert presence is not None
    assert (presence.role, presence.grants) == (ATTENDEE, GRANTS[ATTENDEE])
    assert ada.ending() is None


async def test_a_higher_role_permits_more(venue: Venue, call: CallId):
    ada = await enter(venue, call, ADA, CONSUMER)
    await venue.engine.change_role(call, ADA, PRESENTER)
    await eventually(lambda: Source.SCREEN_SHARE in ada.may_publish())
    await publish(venue, call, ada, Source.SCREEN_SHARE)


async def test_after_a_take_down_the_role_still_holds(venue: Venue, call: CallId):
    ada = await enter(venue, call, ADA, ATTENDEE)
    await publish(venue, call, ada, Source.MICROPHONE, Kind.VIDEO)
    await venue.engine.take_down(call, ADA, ATTENDEE)
    await until(lambda: publishes(venue, call, set()))
    presence = await seen(venue, call)
    assert presence is not None
    assert (presence.role, presence.grants) == (ATTENDEE, GRANTS[ATTENDEE])
    # The SDK hears of the permissions after the engine reports them.
    await eventually(lambda: ada.may_publish() == {Source.MICROPHONE, Source.CAMERA})
    await publish(venue, call, ada, Source.CAMERA)
    assert await published(venue, call) == {Source.CAMERA}


# Ends


async def test_a_removed_person_may_use_the_token_again(venue: Venue, call: CallId):
    """So the gate must refuse it."""
    await venue.engine.open_call(call, NOTICE)
    token = issue(venue, call)
    ada = await venue.connect(token)
    bo = await enter(venue, call, BO)
    await venue.engine.disconnect(call, ADA)
    await eventually(lambda: ada.ending() == "removed")
    assert await seen(venue, call) is None
    assert bo.ending() is None
    await venue.connect(token)
    assert await seen(venue, call) is not None


async def test_a_closed_call_ends_for_everyone(venue: Venue, call: CallId):
    guests = [await enter(venue, call, raw_id) for raw_id in (ADA, BO)]
    await venue.engine.close_call(call)
    for guest in guests:
        await eventually(lambda guest=guest: guest.ending() == "call ended")
    assert list(await venue.engine.list_presences(call)) == []


# Tokens


async def test_a_token_says_who_enters_which_call(venue: Venue, call: CallId):
    allowed = venue.engine.passes.read(issue(venue, call, BO, ATTENDEE, TYPED))
    assert (allowed.call, allowed.identity, allowed.grants, allowed.revocations) == (call, BO, GRANTS[ATTENDEE], 0)


@pytest.mark.parametrize("token", ["", "a.b.c", "é", "x" * 10_000])
async def test_a_text_that_is_not_a_token_is_refused(venue: Venue, token: str):
    with pytest.raises(TokenRefused):
        venue.engine.passes.read(token)
    with pytest.raises(TokenRefused):
        venue.engine.check_event(token)


async def test_a_token_or_notice_of_another_key_is_refused(venue: Venue, call: CallId):
    other = SimulatedMedia(venue.now).passes.issue(call, ADA, PRESENTER, 0, NAMELESS)
    with pytest.raises(TokenRefused):
        venue.engine.passes.read(other)
    with pytest.raises(TokenRefused):
        venue.engine.read_event(b"{}", other)


# Only the simulation's


async def test_a_token_ends_by_the_clock(call: CallId):
    simulation = Simulation()
    token = issue(simulation, call)
    simulation.time = after(simulation.time, 609 * SECOND)
    assert simulation.engine.passes.read(token).grants != Grants()
    simulation.time = after(simulation.time, 2 * SECOND)
    with pytest.raises(TokenRefused):
        simulation.engine.passes.read(token)


async def test_a_connection_is_restored_in_time(call: CallId):
    simulation = Simulation()
    await simulation.engine.open_call(call, NOTICE)
    ada = simulation.engine.connect(issue(simulation, call))
    ada.lose_connection()
    assert ada.state is State.RECONNECTING
    with pytest.raises(NotInCall):
        ada.publish(Source.CAMERA)
    simulation.time = after(simulation.time, RECONNECT_TIME - 1)
    ada.reconnect()
    simulation.time = after(simulation.time, RECONNECT_TIME)
    assert ada.state is State.CONNECTED
    ada.lose_connection()
    simulation.time = after(simulation.time, RECONNECT_TIME)
    assert ada.ending == "connection lost"
    with pytest.raises(NotInCall):
        ada.reconnect()
