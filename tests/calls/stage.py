"""A LiveKit and a service that tests can kill, and people in calls."""

import asyncio
import json
import os
import signal
import sys
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import quote

import aiohttp
import msgspec
from livekit import rtc
from tests.support.patience import patient
from tests.support.ports import free_port
from yarl import URL

from openrooms.server.media.livekit_process import find_program
from openrooms.server.process.settings import default
from openrooms.wire.signing import AUTHORIZATION_PREFIX, AccessKey, content_hash, string_to_sign

PROGRAM = find_program()
CALL_LIMIT: int = default("call_limit")
KEY = AccessKey(b64encode(b"an access key for tests of calls").decode())
LIVEKIT_KEY = "tests"
LIVEKIT_SECRET = "a LiveKit secret of well over thirty-two characters"
_VERSION = "api-version=2025-03-13"
_START_SECONDS = 20.0
_TRIES = 5
_LOUDNESS = 8000
_AUDIBLE = _LOUDNESS // 8


class Refused(Exception):
    """The service answered an error."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{status} {error}")
        self.status = status
        self.error = error
        self.sub_code = error.get("subCode")


class User(NamedTuple):
    """A user with an identity token."""

    raw_id: str
    token: str


def livekit_config(port: int) -> dict[str, Any]:
    """Return the settings of a LiveKit on loopback whose other ports are free ones."""
    return {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "keys": {LIVEKIT_KEY: LIVEKIT_SECRET},
        "rtc": {
            "tcp_port": free_port(),
            "udp_port": free_port(),
            "use_external_ip": False,
            "node_ip": "127.0.0.1",
            "enable_loopback_candidate": True,
            "interfaces": {"includes": ["lo"]},
        },
        "room": {"auto_create": False, "enable_remote_unmute": False},
        "logging": {"level": "error"},
    }


class Events:
    """The events that a room sends one person, as a page follows them."""

    def __init__(self, session: aiohttp.ClientSession, address: str, token: str, last_id: str = "") -> None:
        self._session = session
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        self.last_id = last_id
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self.times: list[float] = []
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self._task = asyncio.create_task(self._read())

    @property
    def doors(self) -> list[str]:
        """The types of the events about this person."""
        return [kind for kind, _ in self.seen if kind != "room"]

    @property
    def is_open(self) -> bool:
        """Whether the stream goes on."""
        return not self._task.done()

    async def until(self, door: str, seconds: float = 5.0) -> dict[str, Any]:
        """Wait for the last event about this person to be of this type; return its data."""
        await eventually(lambda: self.doors[-1:] == [door], seconds)
        return next(data for kind, data in reversed(self.seen) if kind == door)

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        if self.last_id:
            self._headers["Last-Event-ID"] = self.last_id
        kind = ""
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._session.get(self._address, headers=self._headers, timeout=timeout) as answer:
            self.status, self.headers = answer.status, answer.headers
            async for line in answer.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "id":
                    self.last_id = value
                elif name == "event":
                    kind = value
                elif name == "data":
                    self.seen.append((kind, json.loads(value)))
                    self.times.append(time.time())


class Stage:
    """One LiveKit and one service over one folder."""

    def __init__(
        self,
        folder: Path,
        *,
        webhooks: bool = True,
        call_limit: int = CALL_LIMIT,
        database: str | None = None,
        limits: bool = True,
        options: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self._where = ("--database", database) if database else ("--data", str(folder))
        self.port = free_port()
        self.admin_port = free_port()
        self.audit_log = folder / "audit.jsonl"
        self.log = folder / "service.log"
        self.livekit_port = 0
        self._webhooks = webhooks
        self._call_limit = call_limit
        # Tests that try many doors as one user would be told to wait.
        self._limits = () if limits else ("--person-rate", "off", "--refusal-rate", "off")
        self._options = options
        self._service: asyncio.subprocess.Process | None = None
        self._livekit: asyncio.subprocess.Process | None = None
        self._config: dict[str, Any] = {}
        self.session = aiohttp.ClientSession()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def livekit_url(self) -> str:
        return f"http://127.0.0.1:{self.livekit_port}"

    @property
    def service_pid(self) -> int:
        assert self._service is not None
        return self._service.pid

    @property
    def livekit_pid(self) -> int:
        assert self._livekit is not None
        return self._livekit.pid

    async def start_livekit(self) -> None:
        """Start LiveKit on free ports, and later on the same ones; try again, because other tests take ports too."""
        for _ in range(_TRIES):
            if not self._config:
                self.livekit_port = free_port()
            if await self._try_livekit(self._config or self._new_config()):
                return
        raise AssertionError("LiveKit does not start")

    def _new_config(self) -> dict[str, Any]:
        config = livekit_config(self.livekit_port)
        config["room"]["max_participants"] = self._call_limit
        if self._webhooks:
            config["webhook"] = {"api_key": LIVEKIT_KEY, "urls": [f"{self.url}/openrooms/livekit"]}
        return config

    async def _try_livekit(self, config: dict[str, Any]) -> bool:
        self._livekit = process = await asyncio.create_subprocess_exec(
            str(PROGRAM),
            env={"PATH": os.defpath, "LIVEKIT_CONFIG": json.dumps(config)},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        while process.returncode is None:
            if await self._answers(self.livekit_url):
                self._config = config
                return True
            await asyncio.sleep(0.01)
        return False

    async def start_service(self) -> None:
        program = str(Path(sys.executable).parent / "openrooms")
        # Migrating only at the first start keeps restarts short, because SDKs give up after some time.
        if self._service is None:
            migrating = await asyncio.create_subprocess_exec(
                program, "migrate", *self._where, stdout=asyncio.subprocess.DEVNULL
            )
            assert await migrating.wait() == 0
        with self.log.open("ab") as log:
            self._service = await self._run_service(program, log)
        await eventually(lambda: self._answers(f"{self.url}/openrooms/ready"), _START_SECONDS)

    async def _run_service(self, program: str, log: BinaryIO) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            program,
            *("serve", "--https-port", "off", "--http-port", str(self.port), *self._where),
            *("--admin-port", str(self.admin_port), "--audit-log", str(self.audit_log)),
            *("--access-key", KEY.reveal(), "--livekit", self.livekit_url, "--log-level", "warning"),
            *("--address-rate", "off", *self._limits, *self._options),
            env={
                **os.environ,
                "OPENROOMS_LIVEKIT_API_KEY": LIVEKIT_KEY,
                "OPENROOMS_LIVEKIT_API_SECRET": LIVEKIT_SECRET,
                "OPENROOMS_CALL_LIMIT": str(self._call_limit),
            },
            stdout=asyncio.subprocess.DEVNULL,
            stderr=log,
        )

    async def kill_service(self) -> None:
        await _end(self._service, signal.SIGKILL)

    async def stop_service(self) -> None:
        await _end(self._service, signal.SIGTERM)

    async def kill_livekit(self) -> None:
        await _end(self._livekit, signal.SIGKILL)

    async def close(self) -> None:
        await self.session.close()
        await _end(self._service, signal.SIGTERM)
        await _end(self._livekit, signal.SIGKILL)

    async def ask(self, method: str, target: str, body: object = None) -> Any:
        """Send a request as the operator; raise `Refused`."""
        data = b"" if body is None else msgspec.json.encode(body)
        date = formatdate(usegmt=True)
        digest = content_hash(data)
        host = f"127.0.0.1:{self.port}"
        signature = KEY.sign(string_to_sign(method, target, date, host, digest))
        headers = {
            "x-ms-date": date,
            "x-ms-content-sha256": digest,
            "Authorization": f"{AUTHORIZATION_PREFIX}{signature}",
            "Content-Type": "application/json",
        }
        return await self._send(method, target, data, headers)

    async def ask_as(self, token: str, method: str, target: str, body: object = None, **headers: str) -> Any:
        """Send a request as a user; raise `Refused`."""
        data = b"" if body is None else msgspec.json.encode(body)
        return await self._send(method, target, data, {"Authorization": f"Bearer {token}", **headers})

    async def user(self, *scopes: str) -> User:
        answer = await self.ask(
            "POST", "/identities?api-version=2023-10-01", {"createTokenWithScopes": list(scopes or ("voip",))}
        )
        return User(answer["identity"]["id"], answer["accessToken"]["token"])

    async def token(self, raw_id: str) -> str:
        target = f"/identities/{quote(raw_id)}/:issueAccessToken?api-version=2023-10-01"
        return (await self.ask("POST", target, {"scopes": ["voip"]}))["token"]

    async def revoke(self, raw_id: str) -> None:
        await self.ask("POST", f"/identities/{quote(raw_id)}/:revokeAccessTokens?api-version=2023-10-01")

    async def delete_user(self, raw_id: str) -> None:
        await self.ask("DELETE", f"/identities/{quote(raw_id)}?api-version=2023-10-01")

    async def room(self, roles: dict[str, str], *, opens: float = -60, lasts: float = 3600) -> str:
        now = datetime.now(UTC)
        body = {
            "validFrom": (now + timedelta(seconds=opens)).isoformat(),
            "validUntil": (now + timedelta(seconds=lasts)).isoformat(),
            "participants": {raw_id: {"role": role} for raw_id, role in roles.items()},
        }
        return (await self.ask("POST", f"/rooms?{_VERSION}", body))["id"]

    async def move(self, room: str, *, opens: float, lasts: float) -> datetime:
        """Move the window; return the new `valid_until`."""
        now = datetime.now(UTC)
        until = now + timedelta(seconds=lasts)
        body = {"validFrom": (now + timedelta(seconds=opens)).isoformat(), "validUntil": until.isoformat()}
        await self.ask("PATCH", f"/rooms/{room}?{_VERSION}", body)
        return until

    async def roles(self, room: str, roles: dict[str, str | None]) -> None:
        named = {raw_id: None if role is None else {"role": role} for raw_id, role in roles.items()}
        await self.ask("PATCH", f"/rooms/{room}/participants?{_VERSION}", {"participants": named})

    async def delete_room(self, room: str) -> None:
        await self.ask("DELETE", f"/rooms/{room}?{_VERSION}")

    async def join(self, room: str, token: str, name: str = "", **headers: str) -> Any:
        target = f"/openrooms/rooms/{room}/join"
        return await self.ask_as(token, "POST", target, {"displayName": name}, **headers)

    async def options(self, room: str, **options: object) -> Any:
        """Change the options of a visit."""
        return await self.ask("PATCH", f"/openrooms/rooms/{room}", options)

    def events(self, room: str, token: str, last_id: str = "") -> Events:
        """Follow the events of a person."""
        return Events(self.session, f"{self.url}/openrooms/rooms/{room}/me/events", token, last_id)

    async def person(self, room: str, user: User, name: str = "", **headers: str) -> "Person":
        """Return a person who has joined the call."""
        joined = await self.join(room, user.token, name, **headers)
        person = Person(joined)
        await person.connect()
        return person

    async def _send(self, method: str, target: str, data: bytes, headers: dict[str, str]) -> Any:
        async with self.session.request(
            method, URL(f"{self.url}{target}", encoded=True), data=data, headers=headers
        ) as answer:
            text = await answer.read()
            if not answer.ok:
                raise Refused(answer.status, msgspec.json.decode(text)["error"])
            return msgspec.json.decode(text) if text else None

    async def _answers(self, url: str) -> bool:
        with suppress(aiohttp.ClientError):
            async with self.session.get(url) as answer:
                return answer.ok
        return False


class Person:
    """A person in a call, with LiveKit's own SDK."""

    def __init__(self, joined: dict[str, Any]) -> None:
        self.joined = joined
        self.room = rtc.Room()
        self.left: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.reason: int | None = None
        self.heard: dict[str, float] = {}
        """The time of each track's last frame, by source and publisher."""
        self._readers: dict[str, asyncio.Task[None]] = {}
        """The task that reads each track's frames, by the track's id; the SDK reuses the handles of ended tracks."""
        self._sources: list[asyncio.Task[None]] = []
        self._devices: list[rtc.AudioSource | rtc.VideoSource] = []
        self.tokens = [joined["mediaToken"]]
        """Every media token of this person: the first, and those that LiveKit renewed."""
        self.room.on("disconnected", self._note_left)
        self.room.on("token_refreshed", self._keep_token)
        self.room.on("track_subscribed", self._listen)
        self.room.on("track_unsubscribed", self._stop_listening)

    async def connect(self, token: str | None = None, url: str | None = None) -> None:
        # Cancelling this would end the whole process: a panic in the SDK's native part.
        await asyncio.shield(self.room.connect(url or self.joined["mediaUrl"], token or self.joined["mediaToken"]))

    async def publish(self, source: "rtc.TrackSource.ValueType", *, video: bool) -> rtc.LocalTrackPublication:
        options = rtc.TrackPublishOptions(source=source)
        if video:
            camera = rtc.VideoSource(160, 90)
            track: rtc.LocalVideoTrack | rtc.LocalAudioTrack = rtc.LocalVideoTrack.create_video_track("video", camera)
            self._sources.append(asyncio.create_task(_film(camera)))
            self._devices.append(camera)
        else:
            microphone = rtc.AudioSource(48_000, 1)
            track = rtc.LocalAudioTrack.create_audio_track("audio", microphone)
            self._sources.append(asyncio.create_task(_hum(microphone)))
            self._devices.append(microphone)
        return await asyncio.shield(self.room.local_participant.publish_track(track, options))

    async def leave(self) -> None:
        reading = tuple(self._readers.values())
        for task in (*self._sources, *reading):
            task.cancel()
        await asyncio.gather(*self._sources, *reading, return_exceptions=True)
        with suppress(Exception):
            await asyncio.shield(self.room.disconnect())
        # The SDK's native part panics if it still holds devices when Python ends.
        for device in self._devices:
            await device.aclose()

    def last_frame(self, raw_id: str, source: str) -> float | None:
        return self.heard.get(f"{source} {raw_id}")

    def _note_left(self, reason: int) -> None:
        self.reason = reason
        if not self.left.done():
            self.left.set_result(time.time())

    def _keep_token(self, *_: object) -> None:
        token = self.room._token
        assert token is not None
        self.tokens.append(token)

    def _listen(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, publisher: rtc.RemoteParticipant
    ) -> None:
        source = rtc.TrackSource.Name(publication.source).removeprefix("SOURCE_").lower()
        self._readers[publication.sid] = asyncio.create_task(self._read(track, f"{source} {publisher.identity}"))

    def _stop_listening(self, _track: rtc.Track, publication: rtc.RemoteTrackPublication, *_: object) -> None:
        if publication.sid in self._readers:
            self._readers[publication.sid].cancel()

    async def _read(self, track: rtc.Track, name: str) -> None:
        # Only the newest frame is kept, or a busy machine would seem to receive a track that has ended.
        kind = rtc.AudioStream if track.kind == rtc.TrackKind.KIND_AUDIO else rtc.VideoStream
        stream: Any = kind(track, capacity=1)
        try:
            async for event in stream:
                # Until the SDK notices the end of a track, it fills in silence.
                if kind is rtc.VideoStream or max(event.frame.data) > _AUDIBLE:
                    self.heard[name] = time.time()
        finally:
            await stream.aclose()


async def _film(camera: rtc.VideoSource) -> None:
    number = 0
    while True:
        number += 1
        picture = bytes([number % 256]) * (160 * 90 * 4)
        camera.capture_frame(rtc.VideoFrame(160, 90, rtc.VideoBufferType.RGBA, picture))
        await asyncio.sleep(1 / 15)


async def _hum(microphone: rtc.AudioSource) -> None:
    samples = 480
    wave = b"".join(
        (_LOUDNESS if (n // 24) % 2 else -_LOUDNESS).to_bytes(2, "little", signed=True) for n in range(samples)
    )
    while True:
        await microphone.capture_frame(rtc.AudioFrame(wave, 48_000, 1, samples))


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    webhooks: bool = True,
    call_limit: int = CALL_LIMIT,
    limits: bool = True,
    options: Sequence[str] = (),
) -> AsyncIterator[Stage]:
    """Start a LiveKit and a service."""
    started = Stage(folder, webhooks=webhooks, call_limit=call_limit, limits=limits, options=options)
    try:
        await started.start_livekit()
        await started.start_service()
        yield started
    finally:
        await started.close()


@asynccontextmanager
async def two_stages(
    folder: Path, database: str, *, limits: bool = True, options: Sequence[str] = ()
) -> AsyncIterator[tuple[Stage, Stage]]:
    """Start a LiveKit, and two services on one database."""
    first, second = (
        Stage(folder / name, webhooks=False, limits=limits, database=database, options=options)
        for name in ("first", "second")
    )
    for process in (first, second):
        process.folder.mkdir()
    try:
        await first.start_livekit()
        second.livekit_port = first.livekit_port
        await first.start_service()
        await second.start_service()
        yield first, second
    finally:
        await first.close()
        await second.close()


async def eventually(holds: Callable[[], Awaitable[bool] | bool], seconds: float = 5.0) -> float:
    """Wait until a condition holds, at most `seconds` on an idle machine; return the time."""
    started = time.monotonic()
    while True:
        answer = holds()
        if answer if isinstance(answer, bool) else await answer:
            return time.time()
        if time.monotonic() > started + patient(seconds):
            raise AssertionError(f"the condition did not hold within {seconds} s")
        await asyncio.sleep(0.01)


async def _end(process: asyncio.subprocess.Process | None, signal_: signal.Signals) -> None:
    if process is None or process.returncode is not None:
        return
    process.send_signal(signal_)
    try:
        await asyncio.wait_for(process.wait(), 10)
    except TimeoutError:
        process.kill()
        await process.wait()
