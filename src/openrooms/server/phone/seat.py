"""The LiveKit side of a leg: a participant who speaks for the phone and hears the others for it.

Only the process of the telephone line imports this module.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
from livekit import rtc

from openrooms.domain.telephones import Outcome
from openrooms.server.phone.mixing import Mixer

TOPIC = "openrooms.leg"
"""The topic of what the service tells a leg."""

_REJOIN_SECONDS = 30.0
_RETRY_SECONDS = 0.5
_CONNECT_SECONDS = 3.0
_LEAVING_SECONDS = 2.0
_PUBLISHING_SECONDS = 1.0
_SPOKEN_QUEUE_MS = 200
_HEARD_FRAME_MS = 20
_MOST_VOICES = 16
_FRAMES_KEPT = 10
_AUDIO = rtc.TrackKind.KIND_AUDIO

# After any other reason, such as a restart of LiveKit, the leg joins again. A duplicate is an earlier connection of the
# same leg: nobody else has its identity.
_FINAL = {
    rtc.DisconnectReason.PARTICIPANT_REMOVED,
    rtc.DisconnectReason.ROOM_DELETED,
    rtc.DisconnectReason.ROOM_CLOSED,
}


class Entrance(msgspec.Struct, frozen=True):
    """Where the room is, and the token for it."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"Entrance(url={self.url!r})"


class Told(msgspec.Struct, frozen=True):
    """What the service tells a leg through LiveKit."""

    muted: bool | None = None
    digits: str | None = None


class Seat:
    """A participant's connection, kept until it is taken away for good.

    `enter` returns an entrance, or `None` if LiveKit cannot be used now; `press` gets the digits to send to the phone.
    """

    def __init__(self, enter: Callable[[], Awaitable[Entrance | None]], press: Callable[[str], None]) -> None:
        self._enter = enter
        self._press = press
        self._room: rtc.Room | None = None
        self._mixer: Mixer | None = None
        self._listening_rate = 0
        self._speaking_rate = 0
        self._source: rtc.AudioSource | None = None
        self._track: rtc.LocalAudioTrack | None = None
        self._muted = False
        self._publishing = asyncio.Lock()
        self._hearing: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._farewells: set[asyncio.Task[None]] = set()

    async def keep(self) -> Outcome:
        """Join the room and rejoin it; return why it is over."""
        loop = asyncio.get_running_loop()
        lost = loop.time()
        while True:
            reason = await self._sit()
            if reason in _FINAL:
                return Outcome.CLOSED
            if reason is not None:
                lost = loop.time()
                await self._wait_for_farewells()
            if loop.time() - lost > _REJOIN_SECONDS:
                return Outcome.FAILED
            if reason is None:
                await asyncio.sleep(_RETRY_SECONDS)

    def open_audio(self, listening_rate: int, speaking_rate: int) -> None:
        """Begin to hear the others and to speak, at the phone's sample rates."""
        if (listening_rate, speaking_rate) == (self._listening_rate, self._speaking_rate):
            return
        self._detach_audio()
        self._listening_rate, self._speaking_rate = listening_rate, speaking_rate
        self._mixer = Mixer(listening_rate)
        self._attach_audio()

    def hear(self, samples: int) -> bytes:
        """Return what the others say: at most so many samples at the listening rate."""
        return self._mixer.take(samples) if self._mixer else b""

    async def speak(self, pcm: bytes) -> None:
        """Say something to the others, unless the phone is muted or the connection is away."""
        source = self._source
        if source is None or self._muted or not pcm:
            return
        with suppress(Exception):
            await source.capture_frame(rtc.AudioFrame(pcm, self._speaking_rate, 1, len(pcm) // 2))

    async def leave(self) -> None:
        """Disconnect."""
        room, self._room = self._room, None
        self._detach_audio()
        if room is not None:
            self._disconnect(room)
        await self._wait_for_farewells()

    async def _wait_for_farewells(self) -> None:
        if self._farewells:
            await asyncio.wait(self._farewells, timeout=_LEAVING_SECONDS)

    def _disconnect(self, room: rtc.Room) -> asyncio.Task[None]:
        # While LiveKit's library reconnects, this takes long, and it must not be cancelled.
        task = asyncio.create_task(_depart(room, self._publishing))
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)
        return task

    async def _sit(self) -> rtc.DisconnectReason.ValueType | None:
        """Join the room and stay; return the reason of the end, `None` if joining failed."""
        entrance = await self._enter()
        if entrance is None:
            return None
        room = rtc.Room()
        gone: asyncio.Future[rtc.DisconnectReason.ValueType] = asyncio.get_running_loop().create_future()
        self._listen_to(room, gone)
        if not await _connected(room, entrance):
            return None
        self._room, self._publishing = room, asyncio.Lock()
        try:
            self._attach_audio()
            return await gone
        finally:
            if self._room is room:
                self._room = None
                self._detach_audio()
                self._disconnect(room)

    def _listen_to(self, room: rtc.Room, gone: "asyncio.Future[rtc.DisconnectReason.ValueType]") -> None:
        def end(reason: rtc.DisconnectReason.ValueType) -> None:
            if not gone.done():
                gone.set_result(reason)

        room.on("disconnected", end)
        # What LiveKit's library brings back of a room after a restart has neither our subscriptions nor our track.
        room.on("reconnecting", lambda: end(rtc.DisconnectReason.UNKNOWN_REASON))
        room.on("data_received", self._obey)
        for event in ("track_published", "track_unpublished", "track_muted", "track_unmuted"):
            room.on(event, lambda *_: self._choose_voices())
        room.on("participant_disconnected", lambda _: self._choose_voices())
        room.on("track_subscribed", self._begin_to_hear)
        room.on("track_unsubscribed", lambda track, *_: self._stop_hearing(track.sid))

    def _obey(self, packet: rtc.DataPacket) -> None:
        # A packet of a participant names it; only the service's packets come from nobody.
        if packet.topic != TOPIC or packet.participant is not None:
            return
        with suppress(msgspec.MsgspecError):
            message = msgspec.json.decode(packet.data, type=Told)
            if message.muted is not None:
                self._mute(message.muted)
            if message.digits:
                self._press(message.digits)

    def _mute(self, muted: bool) -> None:
        self._muted = muted
        self._spawn(self._publish())

    def _attach_audio(self) -> None:
        if self._mixer is not None and self._room is not None:
            self._choose_voices()
            # LiveKit's library waits forever for an answer that a removed participant does not get.
            self._spawn(self._publish())

    async def _publish(self) -> None:
        """Publish the phone's voice, muted or not: the others see by the track that the phone has answered."""
        async with self._publishing:
            room = self._room
            if room is None or not self._speaking_rate:
                return
            if self._track is None:
                self._source = rtc.AudioSource(self._speaking_rate, 1, _SPOKEN_QUEUE_MS)
                self._track = rtc.LocalAudioTrack.create_audio_track("phone", self._source)
                options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
                with suppress(rtc.participant.PublishTrackError):
                    await room.local_participant.publish_track(self._track, options)
            if self._track is not None:
                (self._track.mute if self._muted else self._track.unmute)()

    def _detach_audio(self) -> None:
        """Forget what was published and heard in a room that is left."""
        self._track = self._source = None
        for voice in list(self._hearing):
            self._stop_hearing(voice)

    def _choose_voices(self) -> None:
        """Subscribe to the audio of the others who are not muted."""
        room = self._room
        if room is None or self._mixer is None:
            return
        publications = [
            publication
            for participant in room.remote_participants.values()
            for publication in participant.track_publications.values()
            if publication.kind == _AUDIO
        ]
        audible = [publication for publication in publications if not publication.muted][:_MOST_VOICES]
        for publication in publications:
            if publication.subscribed != (publication in audible):
                publication.set_subscribed(publication in audible)

    def _begin_to_hear(self, track: rtc.RemoteAudioTrack | rtc.RemoteVideoTrack, *_: object) -> None:
        if isinstance(track, rtc.RemoteAudioTrack) and self._mixer is not None and track.sid not in self._hearing:
            self._hearing[track.sid] = asyncio.create_task(self._hear(track, self._mixer))

    def _stop_hearing(self, voice: str) -> None:
        task = self._hearing.pop(voice, None)
        if task is not None:
            task.cancel()

    async def _hear(self, track: rtc.RemoteAudioTrack, mixer: Mixer) -> None:
        stream = rtc.AudioStream(
            track,
            capacity=_FRAMES_KEPT,
            sample_rate=self._listening_rate,
            num_channels=1,
            frame_size_ms=_HEARD_FRAME_MS,
        )
        try:
            async for event in stream:
                mixer.add(track.sid, bytes(event.frame.data))
        finally:
            mixer.remove(track.sid)
            await stream.aclose()

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _depart(room: rtc.Room, publishing: asyncio.Lock) -> None:
    """Disconnect, after what is being published: otherwise, LiveKit's library may stay connected for 20 seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PUBLISHING_SECONDS), publishing:
            pass
    await room.disconnect()


async def _connected(room: rtc.Room, entrance: Entrance) -> bool:
    """Connect and return whether that worked; if cancelled meanwhile, disconnect."""
    options = rtc.RoomOptions(auto_subscribe=False, connect_timeout=_CONNECT_SECONDS)
    connecting = asyncio.ensure_future(room.connect(entrance.url, entrance.token, options))
    try:
        await asyncio.shield(connecting)
    except rtc.ConnectError:
        return False
    except asyncio.CancelledError:
        # LiveKit's library goes on connecting, and a participant would stay behind.
        with suppress(rtc.ConnectError):
            await connecting
            await room.disconnect()
        raise
    return True
