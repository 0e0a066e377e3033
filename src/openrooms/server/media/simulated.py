"""A media engine without media, for development and tests: who is in which call, and what they publish, in memory.

It keeps the port's contract as LiveKit does; one test suite runs over both. Its time is the service's clock, so a test
that moves the clock also moves the end of media tokens and of lost connections.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from itertools import count
from secrets import token_urlsafe
from typing import Any

from msgspec.structs import replace

from openrooms.domain import presence as history
from openrooms.domain.calls import GRANTS, KINDS, CallId, CallNotice, Grants, Kind, Presence, RunningCall, Source, Track
from openrooms.domain.devices import DEVICES
from openrooms.domain.errors import MediaUnavailable, NotAllowed, NotInCall, TokenRefused
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, Moment, after
from openrooms.domain.names import DisplayName
from openrooms.domain.presence import Joined, Left, Notice, Observation, Over, SessionId, stay_of
from openrooms.domain.roles import ROLES, ParticipantRole
from openrooms.domain.telephones import LegId
from openrooms.server.core.ports import Clock
from openrooms.server.media.passes import DEVICE, ROLE, Passes, display_name, media_pass

_KEY = "simulated"
# LiveKit, too, keeps someone whose connection was lost for about this long.
RECONNECT_TIME = 20 * SECOND


class State(StrEnum):
    """The state of a simulated connection."""

    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    ENDED = "ended"


class Ending(StrEnum):
    """The reason why a connection ended."""

    LEFT = "left"
    REMOVED = "removed"
    CALL_ENDED = "call ended"
    REPLACED = "joined from elsewhere"
    LOST = "connection lost"


_ENDINGS = {
    Ending.LEFT: history.Ending.LEFT,
    Ending.REMOVED: history.Ending.REMOVED,
    Ending.CALL_ENDED: history.Ending.CALL_ENDED,
    Ending.REPLACED: history.Ending.JOINED_ELSEWHERE,
    Ending.LOST: history.Ending.CONNECTION_LOST,
}


class Connection:
    """One simulated participant's side of a call: what a media SDK is to a person."""

    def __init__(self, engine: "SimulatedMedia", presence: Presence) -> None:
        self._engine = engine
        self._presence = presence
        self._tracks: dict[str, Track] = {}
        self._lost_at: Moment | None = None
        self._ending: Ending | None = None

    @property
    def presence(self) -> Presence:
        """What the engine reports of this connection, even after it ended."""
        return replace(self._presence, tracks=tuple(self._tracks.values()))

    @property
    def state(self) -> State:
        """Whether it is connected now; a lost connection ends if it is not restored in time."""
        if self.ending is not None:
            return State.ENDED
        return State.CONNECTED if self._lost_at is None else State.RECONNECTING

    @property
    def notice(self) -> CallNotice | None:
        """What the call says of its room; `None` if it has ended."""
        return self._engine.notice(self._presence.call)

    @property
    def ending(self) -> Ending | None:
        """Why it ended; `None` while it lasts."""
        if self._lost_at is not None and self._engine.now() >= after(self._lost_at, RECONNECT_TIME):
            self._engine.end(self, Ending.LOST)
        return self._ending

    def publish(self, source: Source, kind: Kind | None = None) -> Track:
        """Publish a track and return it; raise `NotAllowed` if the grants do not include the source.

        `kind` is what the track really carries, by default what its source says.
        """
        self._check_connected()
        if source not in self._presence.grants.sources:
            raise NotAllowed(f"Your role may not publish {source}.")
        track = Track(f"TR_{self._engine.next_number():06}", source, kind or KINDS[source])
        self._tracks[track.id] = track
        self._changed()
        return track

    def unpublish(self, track: str) -> None:
        """End a track; do nothing if it has ended."""
        self._check_connected()
        self._tracks.pop(track, None)
        self._changed()

    def set_muted(self, track: str, muted: bool) -> None:
        """Mute or unmute one of the connection's own tracks; do nothing if it has ended."""
        self._check_connected()
        self.force_muted(track, muted)
        self._changed()

    def leave(self) -> None:
        """Leave the call; do nothing if the connection has ended."""
        self._engine.end(self, Ending.LEFT)

    def lose_connection(self) -> None:
        """Lose the network: the call still shows the participant until `RECONNECT_TIME` has passed."""
        self._check_connected()
        self._lost_at = self._engine.now()

    def reconnect(self) -> None:
        """Restore a lost connection; raise `NotInCall` if it has ended by now."""
        if self.state is State.ENDED:
            raise NotInCall
        self._lost_at = None

    # What the engine does to the connection.

    def force_muted(self, track: str, muted: bool) -> None:
        """Set whether a track is muted."""
        found = self._tracks.get(track)
        if found is not None:
            self._tracks[track] = replace(found, muted=muted)

    def permit(self, grants: Grants, role: ParticipantRole | None) -> None:
        """Set the grants and the role; what may no longer be published is unpublished."""
        self._presence = replace(self._presence, grants=grants, role=role)
        self._tracks = {track.id: track for track in self._tracks.values() if track.source in grants.sources}

    def show_name(self, name: DisplayName) -> None:
        """Set the name that the call shows."""
        self._presence = replace(self._presence, name=name)

    def note_ended(self, ending: Ending) -> None:
        """Mark the connection as ended."""
        self._ending = ending
        self._lost_at = None
        self._tracks.clear()

    def _check_connected(self) -> None:
        if self.state is not State.CONNECTED:
            raise NotInCall

    def _changed(self) -> None:
        self._engine.changed(self._presence.call)


class SimulatedMedia:
    """Calls in this process.

    `changed` is called when someone comes, leaves, publishes or mutes, and `observed` with what a webhook would tell.
    """

    def __init__(self, clock: Clock) -> None:
        self.now = clock
        self.changed: Callable[[CallId], None] = lambda _call: None
        self.observed: Callable[[CallId, Observation], None] = lambda _call, _observation: None
        self.passes = Passes(_KEY, token_urlsafe(36), lambda: clock() / SECOND)
        self._calls: dict[CallId, dict[str, Connection]] = {}
        self._notices: dict[CallId, CallNotice] = {}
        self._sessions: dict[CallId, SessionId] = {}
        self._emptied: dict[CallId, Moment] = {}
        self._numbers = count(1)

    @property
    def signalling_url(self) -> None:
        return None

    async def list_calls(self, among: Collection[CallId] | None = None) -> Mapping[CallId, RunningCall]:
        self._close_empty_calls()
        return {
            call: RunningCall(self._sessions[call], self._notices[call])
            for call in (self._calls if among is None else among)
            if call in self._calls
        }

    async def list_presences(self, call: CallId) -> Sequence[Presence]:
        return [connection.presence for connection in self._connections(call)]

    async def list_presences_of(self, calls: Sequence[CallId]) -> Sequence[Sequence[Presence] | MediaUnavailable]:
        return [[connection.presence for connection in self._connections(call)] for call in calls]

    async def open_call(self, call: CallId, notice: CallNotice) -> None:
        self._close_empty_calls()
        if call not in self._calls:
            self._calls[call], self._notices[call] = {}, notice
            self._emptied[call] = self.now()
            self._sessions[call] = SessionId(f"RM_{token_urlsafe(9)}")

    async def announce(self, call: CallId, notice: CallNotice) -> None:
        if call in self._calls:
            self._notices[call] = notice

    async def close_call(self, call: CallId) -> None:
        for connection in self._connections(call):
            self.end(connection, Ending.CALL_ENDED)
        self._forget(call)

    def _forget(self, call: CallId) -> None:
        self._emptied.pop(call, None)
        self._calls.pop(call, None)
        self._notices.pop(call, None)
        session = self._sessions.pop(call, None)
        if session is not None:
            self.observed(call, Over(session, self.now()))

    def _close_empty_calls(self) -> None:
        for call, since in list(self._emptied.items()):
            if self.now() >= after(since, history.EMPTY_CALL_SECONDS * SECOND):
                self._forget(call)

    async def disconnect(self, call: CallId, identity: str) -> None:
        for connection in self._connections(call, identity):
            self.end(connection, Ending.REMOVED)

    async def change_role(self, call: CallId, identity: str, role: ParticipantRole) -> None:
        for connection in self._connections(call, identity):
            connection.permit(GRANTS[role], role)

    async def rename(self, call: CallId, identity: str, name: DisplayName) -> None:
        for connection in self._connections(call, identity):
            connection.show_name(name)

    async def take_down(self, call: CallId, identity: str, role: ParticipantRole) -> None:
        for connection in self._connections(call, identity):
            connection.permit(Grants(), connection.presence.role)
            connection.permit(GRANTS[role], connection.presence.role)

    async def mute(self, call: CallId, identity: str, track: str) -> None:
        for connection in self._connections(call, identity):
            connection.force_muted(track, True)

    async def open_test(self, call: CallId, identity: str, until: Moment) -> None:
        """Do nothing: there is no media to test."""

    async def end_tests(self, resources: Collection[ResourceId], now: Moment) -> None:
        """Do nothing: there are no tests."""

    async def tell_leg(self, call: CallId, leg_id: LegId, order: bytes) -> None:
        """Do nothing: a leg needs a media engine outside of this process."""

    def check_event(self, authorization: str) -> None:
        self.passes.claims(authorization)

    def read_event(self, body: bytes, authorization: str) -> Notice | None:
        # This engine sends no webhooks, so every webhook is forged.
        raise TokenRefused

    async def check(self) -> None:
        """Do nothing: an engine in this process always answers."""

    async def close(self) -> None:
        for call in tuple(self._calls):
            await self.close_call(call)

    # The participants' side.

    def connect(self, token: str) -> Connection:
        """Connect to a call with a media token; raise `TokenRefused`, or what `admit` raises."""
        return self.admit(self.passes.claims(token))

    def admit(self, claims: Mapping[str, Any]) -> Connection:
        """Connect to a call with the claims of a valid media token; an older connection of the same identity ends.

        Raise `TokenRefused` if they are not those of a media token, or `MediaUnavailable` if the call is not open.
        """
        allowed = media_pass(claims)
        if allowed.call not in self._calls:
            raise MediaUnavailable
        for older in self._connections(allowed.call, allowed.identity):
            self.end(older, Ending.REPLACED)
        attributes = claims["attributes"]
        role, name = ROLES.get(attributes.get(ROLE, "")), display_name(claims.get("name", ""), attributes)
        presence = Presence(allowed.call, allowed.identity, role, allowed.grants, allowed.revocations)
        seen = {
            "name": name,
            "joined_at": self.now(),
            "invitation": allowed.invitation,
            "connection": f"PA_{token_urlsafe(9)}",
            "device": DEVICES.get(attributes.get(DEVICE, "")),
        }
        connection = Connection(self, replace(presence, **seen))
        self._calls[allowed.call][allowed.identity] = connection
        self._emptied.pop(allowed.call, None)
        self.observed(allowed.call, Joined(self._sessions[allowed.call], stay_of(connection.presence)))
        self.changed(allowed.call)
        return connection

    def connection(self, call: CallId, identity: str) -> Connection:
        """Return the connection of somebody in the call; raise `NotInCall`."""
        for connection in self._connections(call, identity):
            return connection
        raise NotInCall

    def notice(self, call: CallId) -> CallNotice | None:
        """Return what a call says of its room; `None` if there is no such call."""
        return self._notices.get(call)

    def end(self, connection: Connection, ending: Ending) -> None:
        """End a connection, unless it has ended."""
        presence = connection.presence
        in_call = self._calls.get(presence.call, {})
        if in_call.get(presence.identity) is connection:
            del in_call[presence.identity]
            if not in_call:
                self._emptied[presence.call] = self.now()
            connection.note_ended(ending)
            stay = stay_of(presence).ended(self.now(), _ENDINGS[ending])
            self.observed(presence.call, Left(self._sessions[presence.call], stay))
            self.changed(presence.call)

    def next_number(self) -> int:
        """Return a number for the next track."""
        return next(self._numbers)

    def _connections(self, call: CallId, identity: str | None = None) -> list[Connection]:
        """Return the connections that last, of one identity or of all."""
        in_call = self._calls.get(call, {})
        found = in_call.values() if identity is None else [in_call[identity]] if identity in in_call else []
        return [connection for connection in tuple(found) if connection.state is not State.ENDED]
