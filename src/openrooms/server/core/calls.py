"""The use cases of calls: joining, the gate's question, presenters' powers, and why somebody may not join."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from openrooms.domain import calls, joining
from openrooms.domain.calls import GRANTS, CallId, Presence, Source, person
from openrooms.domain.errors import (
    CallsOff,
    InvalidRequest,
    InvalidRoomId,
    NoSuchRoom,
    NotInCall,
    NotSupported,
    OpenRoomsError,
    TokenRefused,
)
from openrooms.domain.identities import ResourceId, TokenClaims
from openrooms.domain.joining import Verdict
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, parse_room_id
from openrooms.domain.roster import RawId, canonical
from openrooms.server.core.ports import Clock, Figure, MediaEngine, MediaPass, Storage

DISPLAY_NAME_LIMIT = 256


class Joined(msgspec.Struct, frozen=True):
    """What somebody gets who was let in."""

    call: CallId
    raw_id: RawId
    role: ParticipantRole
    capabilities: dict[str, bool]
    valid_until: Moment
    media_token: str

    def __repr__(self) -> str:
        return f"Joined(call={self.call!r}, raw_id={self.raw_id!r}, role={self.role!r})"


class Why(msgspec.Struct, frozen=True):
    """What the rules of joining say of somebody; `role` is theirs on the roster."""

    role: ParticipantRole | None
    verdicts: tuple[Verdict, ...]

    @property
    def may_join(self) -> bool:
        """Whether no rule refuses."""
        return all(verdict.refusal is None for verdict in self.verdicts)


class Calls:
    """What can be done with the calls of a resource's rooms; without an `engine` calls are off."""

    def __init__(self, storage: Storage, engine: MediaEngine | None, clock: Clock, *, call_limit: int) -> None:
        self._storage = storage
        self._maybe_engine = engine
        self._clock = clock
        self._limit = call_limit
        self._joins = 0
        self._refusals: Counter[tuple[str, str]] = Counter()

    async def join(self, resource: ResourceId, room_id: str, claims: TokenClaims, display_name: str) -> Joined:
        """Let a person in.

        Raises `ScopeRefused`, `TokenRefused`, `NoSuchRoom`, `NotInvited`, `OutsideWindow`, `CallFull`, `Unavailable`,
        or `InvalidRequest` for a name that is too long.
        """
        try:
            joined = await self._join(resource, room_id, claims, display_name)
        except OpenRoomsError as error:
            self.note_refusal("join", error)
            raise
        self._joins += 1
        return joined

    async def _join(self, resource: ResourceId, room_id: str, claims: TokenClaims, display_name: str) -> Joined:
        if len(display_name) > DISPLAY_NAME_LIMIT:
            raise InvalidRequest(f"The displayName is longer than {DISPLAY_NAME_LIMIT} characters.")
        call = _call(resource, room_id)
        raw_id = RawId(f"8:{claims.skypeid}")
        room, role = await self._admit(call, raw_id, claims)
        engine = self._engine
        calls.check_room_left(await engine.list_presences(call), raw_id, self._limit)
        token = engine.issue_pass(call, raw_id, role, claims.rev, display_name)
        # Dialling out takes a telephone line, which no engine here has.
        return Joined(call, raw_id, role, calls.capabilities(role, dial_out=False), room.valid_until, token)

    def read_pass(self, resource: ResourceId, token: str) -> MediaPass:
        """Return what a media token of the resource says; raise `TokenRefused`."""
        known = self._engine.read_pass(token)
        # A name with a # would be a second connection of somebody, with tokens of its own.
        if known.call.resource != resource or person(known.identity) != known.identity:
            raise TokenRefused
        return known

    async def open_gate(self, known: MediaPass) -> None:
        """Make a call ready for the holder of a media token to connect.

        Raises `TokenRefused`, `NoSuchRoom`, `NotInvited`, `OutsideWindow`, `CallFull` or `Unavailable`.
        """
        engine = self._engine
        await self.check_pass(known)
        calls.check_room_left(await engine.list_presences(known.call), known.identity, self._limit)
        # LiveKit makes no rooms by itself, and has forgotten all of them if it was restarted.
        await engine.open_call(known.call)

    async def check_pass(self, known: MediaPass) -> None:
        """Raise what joining would, or `TokenRefused` if the token allows more than the role does now."""
        role = await self.check_stays(known)
        if calls.exceeds(known.grants, GRANTS[role]):
            raise TokenRefused("The token allows more than your role does now; join again.")

    async def check_stays(self, known: MediaPass) -> ParticipantRole:
        """Return the role of somebody who is connected; raise what joining would."""
        call = known.call
        invitation = await self._storage.get_invitation(call.resource, call.room, known.identity)
        _, role = joining.admit(invitation, known.revocations, self._clock())
        return role

    async def get(self, resource: ResourceId, room_id: str, claims: TokenClaims | None) -> Sequence[Presence]:
        """Return who is in the call, by the time of joining, each person once.

        A person (`claims`) must be on the roster; raises `TokenRefused`, `NoSuchRoom`, `NotInvited` or `Unavailable`.
        """
        call = _call(resource, room_id)
        await self._check_may_see(call, claims)
        present = sorted(await self._engine.list_presences(call), key=lambda one: one.joined_at, reverse=True)
        return sorted({person(one.identity): one for one in present}.values(), key=lambda one: one.joined_at)

    async def mute(self, resource: ResourceId, room_id: str, raw_id: str, claims: TokenClaims | None) -> None:
        """Mute somebody's microphone; they can unmute it themselves.

        Needs a Presenter or the operator; raises what joining does, `NotAllowed` or `NotInCall`.
        """
        call = await self._led(resource, room_id, claims)
        for one in await self._present(call, raw_id):
            for track in one.tracks:
                if track.source is Source.MICROPHONE and not track.muted:
                    await self._engine.mute(call, one.identity, track.id)

    async def remove(self, resource: ResourceId, room_id: str, raw_id: str, claims: TokenClaims | None) -> None:
        """Put somebody out of the call; the roster is left alone, so they may join again.

        Needs a Presenter or the operator; raises what joining does, `NotAllowed` or `NotInCall`.
        """
        call = await self._led(resource, room_id, claims)
        for one in await self._present(call, raw_id):
            await self._engine.disconnect(call, one.identity)

    async def end(self, resource: ResourceId, room_id: str, claims: TokenClaims | None) -> None:
        """End the call for everybody; while the room is open they may start another.

        Needs a Presenter or the operator; raises what joining does, or `NotAllowed`.
        """
        call = await self._led(resource, room_id, claims)
        await self._engine.close_call(call)

    async def dial_out(self, resource: ResourceId, room_id: str, number: str, claims: TokenClaims | None) -> None:
        """Raise `NotAllowed` or `InvalidArgument` where dialling is refused, else `NotSupported`: there is no line."""
        call = await self._led(resource, room_id, claims)
        calls.check_dial_out(await self._storage.get_room(call.resource, call.room), number)
        raise NotSupported("This server has no telephone line: nobody was called.")

    async def why(self, resource: ResourceId, room_id: str, raw_id: str) -> Why:
        """Return what each rule of joining says of somebody with a fresh token."""
        call, raw_id = _call(resource, room_id), canonical(raw_id)
        invitation = await self._storage.get_invitation(call.resource, call.room, raw_id)
        why = Why(invitation.role, tuple(joining.verdicts(invitation, self._clock())))
        if not why.may_join:
            return why
        return Why(why.role, (*why.verdicts, Verdict(joining.CALL_HAS_ROOM, await self._fullness(call, raw_id))))

    def note_refusal(self, door: str, error: OpenRoomsError) -> None:
        """Count that somebody was refused at a door."""
        self._refusals[door, type(error).__name__] += 1

    def figures(self) -> Sequence[Figure]:
        """Return how many were let in and refused here, for metrics."""
        refusals = [
            Figure("refusals", "People refused, by door and reason.", count, True, {"door": door, "reason": reason})
            for (door, reason), count in self._refusals.items()
        ]
        return [Figure("joins", "Media tokens given to people who joined.", self._joins, is_total=True), *refusals]

    @property
    def _engine(self) -> MediaEngine:
        if self._maybe_engine is None:
            raise CallsOff
        return self._maybe_engine

    async def _admit(self, call: CallId, raw_id: RawId, claims: TokenClaims) -> tuple[Room, ParticipantRole]:
        joining.check_scope(claims)
        invitation = await self._storage.get_invitation(call.resource, call.room, raw_id)
        return joining.admit(invitation, claims.rev, self._clock())

    async def _check_may_see(self, call: CallId, claims: TokenClaims | None) -> None:
        if claims is None:
            await self._storage.get_room(call.resource, call.room)
            return
        joining.check_scope(claims)
        invitation = await self._storage.get_invitation(call.resource, call.room, f"8:{claims.skypeid}")
        joining.check_invited(invitation, self._clock())

    async def _led(self, resource: ResourceId, room_id: str, claims: TokenClaims | None) -> CallId:
        call = _call(resource, room_id)
        if claims is None:
            await self._storage.get_room(call.resource, call.room)
        else:
            _, role = await self._admit(call, RawId(f"8:{claims.skypeid}"), claims)
            calls.check_moderator(role)
        return call

    async def _present(self, call: CallId, raw_id: str) -> list[Presence]:
        asked = canonical(raw_id)
        found = [one for one in await self._engine.list_presences(call) if person(one.identity) == asked]
        if not found:
            raise NotInCall
        return found

    async def _fullness(self, call: CallId, raw_id: str) -> OpenRoomsError | None:
        try:
            calls.check_room_left(await self._engine.list_presences(call), raw_id, self._limit)
        except OpenRoomsError as refusal:
            return refusal
        return None


def _call(resource: ResourceId, room_id: str) -> CallId:
    try:
        return CallId(resource, parse_room_id(room_id))
    except InvalidRoomId as error:
        raise NoSuchRoom from error
