"""People in the calls of a service under test: who joins, what they do, and how a test waits for what follows."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from openrooms import ParticipantRole, RoomParticipant
from openrooms.calls import CallParticipant, JoiningExplanation
from openrooms.domain.calls import Kind, Presence, Source, Track
from openrooms.domain.errors import NotInCall, OpenRoomsError
from openrooms.identity import CommunicationUserIdentifier

if TYPE_CHECKING:
    from openrooms.server.media.simulated import Connection
    from openrooms.testing.bench import RoomsBench
    from openrooms.testing.server import Running

T = TypeVar("T")

POLL_SECONDS = 0.005
"""How often the methods that wait look."""
PATIENCE = 5.0
"""How many seconds the methods that wait do so, by default."""


@dataclass(frozen=True)
class RoomsUser:
    """A user of the service under test, with an identity token. Clients accept it where they accept an identifier."""

    identifier: CommunicationUserIdentifier
    token: str = field(repr=False)
    name: str = ""

    @property
    def raw_id(self) -> str:
        """The user's raw id."""
        return self.identifier.raw_id


Someone = RoomsUser | CommunicationUserIdentifier | str
"""Names a user: also by an identifier or a raw id."""


class SimulatedParticipant:
    """Somebody in a call, as a media SDK would be: they publish, mute, lose the connection and leave.

    Methods raise `ConnectionError` once the connection has ended, and `PermissionError` for what the role forbids.
    """

    def __init__(self, running: "Running", connection: "Connection") -> None:
        self._running = running
        self._connection = connection

    def __repr__(self) -> str:
        return f"SimulatedParticipant({self.raw_id!r}, state={self.state!r}, ending={self.ending!r})"

    @property
    def raw_id(self) -> str:
        """The participant's raw id."""
        return self._presence.identity

    @property
    def role(self) -> ParticipantRole | None:
        """The role in the call now."""
        return self._presence.role

    @property
    def state(self) -> str:
        """`connected`, `reconnecting` or `ended`."""
        return self._do(lambda: self._connection.state).value

    @property
    def ending(self) -> str | None:
        """Why the connection ended: `left`, `removed`, `call ended`, `joined from elsewhere` or `connection lost`."""
        ending = self._do(lambda: self._connection.ending)
        return None if ending is None else ending.value

    @property
    def may_publish(self) -> frozenset[str]:
        """The sources that the role allows: `microphone`, `camera`, `screen_share` and `screen_share_audio`."""
        return frozenset(source.value for source in self._presence.grants.sources)

    @property
    def tracks(self) -> tuple[Track, ...]:
        """What the participant publishes now, each with `id`, `source`, `kind` and `muted`."""
        return self._presence.tracks

    def publish(self, source: str, kind: str | None = None) -> Track:
        """Publish a track; `kind` (`audio` or `video`) is by default what the source says."""
        return self._do(lambda: self._connection.publish(Source(source), None if kind is None else Kind(kind)))

    def unpublish(self, track: Track) -> None:
        """End a track."""
        self._do(lambda: self._connection.unpublish(track.id))

    def mute(self, track: Track) -> None:
        """Mute a track."""
        self._do(lambda: self._connection.set_muted(track.id, muted=True))

    def unmute(self, track: Track) -> None:
        """Unmute a track, whoever muted it."""
        self._do(lambda: self._connection.set_muted(track.id, muted=False))

    def lose_connection(self) -> None:
        """Lose the network; the others still see the participant until 20 seconds of the clock have passed."""
        self._do(self._connection.lose_connection)

    def reconnect(self) -> None:
        """Restore the lost connection."""
        self._do(self._connection.reconnect)

    def leave(self) -> None:
        """Leave the call; nothing happens if the connection has ended."""
        self._do(self._connection.leave)

    @property
    def _presence(self) -> Presence:
        return self._do(lambda: self._connection.presence)

    def _do(self, act: Callable[[], T]) -> T:
        with _builtin_errors():
            return self._running.do(act)


class RoomsCall:
    """The call of one room in a service under test."""

    def __init__(self, bench: "RoomsBench", room_id: str) -> None:
        self._bench = bench
        self.room_id = room_id

    def join(self, user: RoomsUser, role: ParticipantRole | str | None = None) -> SimulatedParticipant:
        """Let a user join the call, as a program does: join, then connect with the media token.

        With a `role`, first put the user on the roster with it. Raise `CallRefusedError` if a rule refuses, and
        `MustWaitError` if the user has to wait; then they wait, and join again once they are admitted.
        """
        if role is not None:
            participant = RoomParticipant(user.raw_id, role)
            self._bench.rooms_client.add_or_update_participants(self.room_id, [participant])
        joined = self._bench.join_call(self.room_id, user)
        with _builtin_errors():
            connection = self._bench.running.enter(joined.media_token)
        return SimulatedParticipant(self._bench.running, connection)

    @property
    def participants(self) -> tuple[CallParticipant, ...]:
        """The participants in the call, in the order of joining."""
        return self._bench.calls_client.get_call(self.room_id).participants

    @property
    def raw_ids(self) -> set[str]:
        """The raw ids of those in the call."""
        return {participant.communication_identifier.raw_id for participant in self.participants}

    @property
    def roles(self) -> Mapping[str, ParticipantRole | str]:
        """The role of each raw id in the call."""
        return {participant.communication_identifier.raw_id: participant.role for participant in self.participants}

    def why(self, user: Someone) -> JoiningExplanation:
        """Return whether a user may join now, with the result of each rule."""
        return self._bench.calls_client.explain_joining(self.room_id, _raw_id(user))

    def mute(self, user: Someone) -> None:
        """Mute a participant's microphone, as the operator."""
        self._bench.calls_client.mute_participant(self.room_id, _raw_id(user))

    def remove(self, user: Someone, *, keep_out: bool = False) -> None:
        """Remove a participant from the call, but not from the roster, as the operator."""
        self._bench.calls_client.remove_from_call(self.room_id, _raw_id(user), keep_out=keep_out)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The raw ids of those who wait to be admitted, who have waited longest first."""
        people = self._bench.calls_client.get_call(self.room_id).waiting
        return tuple(person.communication_identifier.raw_id for person in people)

    def admit(self, user: Someone) -> None:
        """Admit somebody who waits, was declined or is kept out, as the operator."""
        self._bench.visits_client.admit_participant(self.room_id, _raw_id(user))

    def decline(self, user: Someone, reason: str = "") -> None:
        """Decline somebody who waits, as the operator."""
        self._bench.visits_client.decline_participant(self.room_id, _raw_id(user), reason=reason)

    def end(self) -> None:
        """End the call for everyone, as the operator."""
        self._bench.calls_client.end_call(self.room_id)

    def wait_for(self, *users: Someone, seconds: float = PATIENCE) -> None:
        """Wait until exactly these users are in the call; raise `AssertionError` after so many seconds."""
        expected = {_raw_id(user) for user in users}
        self.wait_until(lambda: self.raw_ids == expected, seconds=seconds)

    def wait_until(self, condition: Callable[[], object], *, seconds: float = PATIENCE) -> None:
        """Wait until a condition is true; raise `AssertionError` after so many seconds."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise self.too_late(seconds)
            time.sleep(POLL_SECONDS)

    def too_late(self, seconds: float) -> AssertionError:
        """Return the error of a condition that did not come true."""
        present = ", ".join(f"{raw_id} as {role}" for raw_id, role in self.roles.items()) or "nobody"
        return AssertionError(
            f"the condition did not hold within {seconds:g} s; in the call of {self.room_id}: {present}"
        )


class AsyncRoomsCall:
    """The call of one room, for async tests: what waits is awaited."""

    def __init__(self, call: RoomsCall) -> None:
        self._call = call
        self.room_id = call.room_id

    async def join(self, user: RoomsUser, role: ParticipantRole | str | None = None) -> SimulatedParticipant:
        """Let a user join, as `RoomsCall.join` does."""
        return await asyncio.to_thread(self._call.join, user, role)

    async def participants(self) -> tuple[CallParticipant, ...]:
        """Return who is in the call, in the order of joining."""
        return await asyncio.to_thread(lambda: self._call.participants)

    async def raw_ids(self) -> set[str]:
        """Return the raw ids of those in the call."""
        return await asyncio.to_thread(lambda: self._call.raw_ids)

    async def roles(self) -> Mapping[str, ParticipantRole | str]:
        """Return the role of each raw id in the call."""
        return await asyncio.to_thread(lambda: self._call.roles)

    async def why(self, user: Someone) -> JoiningExplanation:
        """Return whether a user may join now, with the result of each rule."""
        return await asyncio.to_thread(self._call.why, user)

    async def mute(self, user: Someone) -> None:
        """Mute a participant's microphone, as the operator."""
        await asyncio.to_thread(self._call.mute, user)

    async def remove(self, user: Someone, *, keep_out: bool = False) -> None:
        """Remove a participant from the call, but not from the roster, as the operator."""
        await asyncio.to_thread(self._call.remove, user, keep_out=keep_out)

    async def waiting(self) -> tuple[str, ...]:
        """Return the raw ids of those who wait to be admitted, who have waited longest first."""
        return await asyncio.to_thread(lambda: self._call.waiting)

    async def admit(self, user: Someone) -> None:
        """Admit somebody who waits, was declined or is kept out, as the operator."""
        await asyncio.to_thread(self._call.admit, user)

    async def decline(self, user: Someone, reason: str = "") -> None:
        """Decline somebody who waits, as the operator."""
        await asyncio.to_thread(self._call.decline, user, reason)

    async def end(self) -> None:
        """End the call for everyone, as the operator."""
        await asyncio.to_thread(self._call.end)

    async def wait_for(self, *users: Someone, seconds: float = PATIENCE) -> None:
        """Wait until exactly these users are in the call; raise `AssertionError` after so many seconds."""
        expected = {_raw_id(user) for user in users}

        async def are_in() -> bool:
            return await self.raw_ids() == expected

        await self.wait_until(are_in, seconds=seconds)

    async def wait_until(
        self, condition: Callable[[], object | Awaitable[object]], *, seconds: float = PATIENCE
    ) -> None:
        """Wait until a condition, which may be async, is true; raise `AssertionError` after so many seconds."""
        deadline = time.monotonic() + seconds
        while not await _resolved(condition()):
            if time.monotonic() > deadline:
                raise await asyncio.to_thread(self._call.too_late, seconds)
            await asyncio.sleep(POLL_SECONDS)


async def _resolved(value: object) -> object:
    return await value if inspect.isawaitable(value) else value


def _raw_id(user: Someone) -> str:
    return user if isinstance(user, str) else user.raw_id


@contextmanager
def _builtin_errors() -> Iterator[None]:
    """Raise Python's own errors for those of the service, which are not part of the public interface."""
    try:
        yield
    except NotInCall as error:
        raise ConnectionError("the connection to the call has ended, or is lost") from error
    except OpenRoomsError as error:
        raise PermissionError(str(error)) from error
