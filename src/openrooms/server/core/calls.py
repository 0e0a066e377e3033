"""The use cases of calls: joining, the checks of the gate, moderation, and explaining a refusal."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from openrooms.domain import calls, joining, names, telephones
from openrooms.domain.calls import GRANTS, CallId, Presence, Source, notice_of, person
from openrooms.domain.errors import (
    CallsOff,
    InvalidRequest,
    InvalidRoomId,
    NoSuchRoom,
    NotAllowed,
    NotInCall,
    OpenRoomsError,
    TokenRefused,
)
from openrooms.domain.identities import ResourceId, TokenClaims
from openrooms.domain.joining import Standing, Verdict
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, parse_room_id
from openrooms.domain.roster import RawId, canonical
from openrooms.domain.telephones import DialOut, LegState, Outcome
from openrooms.server.core.ports import Clock, Figure, MediaEngine, MediaPass, StandingStore
from openrooms.server.core.telephones import Telephones

DISPLAY_NAME_LIMIT = 256


class Joined(msgspec.Struct, frozen=True):
    """The result of joining."""

    call: CallId
    raw_id: RawId
    role: ParticipantRole
    capabilities: dict[str, bool]
    valid_until: Moment
    media_token: str

    def __repr__(self) -> str:
        return f"Joined(call={self.call!r}, raw_id={self.raw_id!r}, role={self.role!r})"


class CallView(msgspec.Struct, frozen=True):
    """A call as a caller may see it: one presence of each person and answered telephone, in the order of joining."""

    presences: tuple[Presence, ...]
    dial_outs: tuple[DialOut, ...]
    with_numbers: bool


class Why(msgspec.Struct, frozen=True):
    """The outcome of each rule of joining for a user, and their role on the roster."""

    role: ParticipantRole | None
    verdicts: tuple[Verdict, ...]

    @property
    def may_join(self) -> bool:
        """Whether no rule refuses."""
        return all(verdict.refusal is None for verdict in self.verdicts)


class Calls:
    """The operations on the calls of a resource's rooms; without an `engine` and `telephones`, calls are off."""

    def __init__(
        self,
        storage: StandingStore,
        engine: MediaEngine | None,
        telephones: Telephones | None,
        clock: Clock,
        *,
        call_limit: int,
    ) -> None:
        self._storage = storage
        self._maybe_engine = engine
        self._maybe_telephones = telephones
        self._clock = clock
        self._limit = call_limit
        self._joins = 0
        self._refusals: Counter[tuple[str, str]] = Counter()

    async def join(self, resource: ResourceId, room_id: str, claims: TokenClaims, display_name: str) -> Joined:
        """Admit a user to the call.

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
        call = call_of(resource, room_id)
        raw_id = RawId(f"8:{claims.skypeid}")
        standing = await self._standing(call, raw_id, claims)
        room, role = joining.admit(standing, claims.rev, self._clock())
        engine = self._engine
        calls.check_room_left(await engine.list_presences(call), raw_id, self._limit)
        name = names.shown(standing.display_name, display_name)
        token = engine.issue_pass(call, raw_id, role, claims.rev, name, claims.inv)
        dial_out = self._telephones.has_line and room.pstn_dial_out_enabled
        return Joined(call, raw_id, role, calls.capabilities(role, dial_out), room.valid_until, token)

    def read_pass(self, resource: ResourceId, token: str) -> MediaPass:
        """Return the content of a media token of the resource; raise `TokenRefused`."""
        media_pass = self._engine.read_pass(token)
        # An identity with a # would be a second connection of the same user, for which LiveKit would renew tokens too.
        if media_pass.call.resource != resource or person(media_pass.identity) != media_pass.identity:
            raise TokenRefused(reason="token: it is for a call of another resource, or for a second connection")
        return media_pass

    async def open_gate(self, media_pass: MediaPass) -> None:
        """Prepare the call so that the holder of a media token can connect.

        Raises `TokenRefused`, `NoSuchRoom`, `NotInvited`, `OutsideWindow`, `CallFull` or `Unavailable`.
        """
        engine = self._engine
        room = await self.check_pass(media_pass)
        calls.check_room_left(await engine.list_presences(media_pass.call), media_pass.identity, self._limit)
        # LiveKit is configured not to create rooms, and a restart of LiveKit removes all of them.
        await engine.open_call(media_pass.call, notice_of(room))

    async def check_pass(self, media_pass: MediaPass) -> Room:
        """Return the room.

        Raise what joining raises, or `TokenRefused` if the token grants more than the present role.
        """
        room, role = await self._admit_pass(media_pass)
        if calls.exceeds(media_pass.grants, GRANTS[role]):
            raise TokenRefused("The token allows more than your role does now; join again.")
        return room

    async def check_stays(self, media_pass: MediaPass) -> None:
        """Raise what joining raises, for a connected user."""
        await self._admit_pass(media_pass)

    async def _admit_pass(self, media_pass: MediaPass) -> tuple[Room, ParticipantRole]:
        call = media_pass.call
        standing = await self._storage.get_standing(
            call.resource, call.room, media_pass.identity, media_pass.invitation
        )
        return joining.admit(standing, media_pass.revocations, self._clock())

    async def get(self, resource: ResourceId, room_id: str, claims: TokenClaims | None) -> CallView:
        """Return who is in the call, and its dial-outs.

        A user (`claims`) must be on the roster. Raises `TokenRefused`, `NoSuchRoom`, `NotInvited` or `Unavailable`.
        """
        call = call_of(resource, room_id)
        role = await self._check_may_see(call, claims)
        presences = sorted(await self._engine.list_presences(call), key=_joined_at, reverse=True)
        dial_outs = await self._telephones.list_of(call)
        first = {person(presence.identity): presence for presence in presences}
        # A telephone's leg is in LiveKit's room while it still rings.
        for dial_out in dial_outs:
            if dial_out.state is not LegState.IN_CALL:
                first.pop(telephones.leg_identity(dial_out.id), None)
        people = sorted(first.values(), key=_joined_at)
        return CallView(tuple(people), tuple(dial_outs), telephones.may_see_numbers(role))

    async def mute(self, resource: ResourceId, room_id: str, raw_id: str, claims: TokenClaims | None) -> None:
        """Mute a participant's microphone; the participant can unmute it again.

        The caller must be a Presenter or the operator. Raises what joining raises, `NotAllowed` or `NotInCall`.
        """
        call = await self.moderated_call(resource, room_id, claims)
        dial_out = await self._telephones.find(call, raw_id) if telephones.is_phone(raw_id) else None
        presences = await self._presences_of(call, telephones.leg_identity(dial_out.id) if dial_out else raw_id)
        if dial_out is not None:
            # It stays muted when it enters the call again.
            await self._telephones.mute(dial_out, muted=True)
        for presence in presences:
            for track in presence.tracks:
                if track.source is Source.MICROPHONE and not track.muted:
                    await self._engine.mute(call, presence.identity, track.id)

    async def unmute(self, resource: ResourceId, room_id: str, raw_id: str, claims: TokenClaims | None) -> None:
        """Unmute a telephone.

        The caller must be a Presenter or the operator. Raises what joining raises, `NotAllowed` or `NotInCall`.
        """
        call = await self.moderated_call(resource, room_id, claims)
        if not telephones.is_phone(raw_id):
            raise NotAllowed("Only a telephone can be unmuted by others; people unmute themselves.")
        await self._telephones.mute(await self._telephones.find(call, raw_id), muted=False)

    async def send_digits(
        self, resource: ResourceId, room_id: str, raw_id: str, digits: str, claims: TokenClaims | None
    ) -> None:
        """Send digits to a telephone in the call, such as for the menu of its answering machine.

        The caller must be a Presenter or the operator. Raises what joining raises, `NotAllowed`, `NotInCall` or
        `InvalidArgument`.
        """
        call = await self.moderated_call(resource, room_id, claims)
        await self._telephones.send_digits(await self._telephones.find(call, raw_id), digits)

    async def remove(self, resource: ResourceId, room_id: str, raw_id: str, claims: TokenClaims | None) -> None:
        """Remove a participant from the call; they stay on the roster and may join again. A telephone is hung up.

        The caller must be a Presenter or the operator. Raises what joining raises, `NotAllowed` or `NotInCall`.
        """
        call = await self.moderated_call(resource, room_id, claims)
        if telephones.is_phone(raw_id):
            await self._telephones.end(await self._telephones.find(call, raw_id), Outcome.REMOVED)
            return
        for presence in await self._presences_of(call, raw_id):
            await self._engine.disconnect(call, presence.identity)

    async def end(self, resource: ResourceId, room_id: str, claims: TokenClaims | None) -> None:
        """End the call for everyone; while the room is open, its participants may start another call.

        The caller must be a Presenter or the operator. Raises what joining raises, or `NotAllowed`.
        """
        call = await self.moderated_call(resource, room_id, claims)
        await self._telephones.end_all(call)
        await self._engine.close_call(call)

    async def dial_out(self, resource: ResourceId, room_id: str, number: str, claims: TokenClaims | None) -> DialOut:
        """Begin to call a telephone into the call.

        The caller must be a Presenter or the operator. Raises what joining raises, `NotAllowed`, and what
        `Telephones.dial` raises.
        """
        call = await self.moderated_call(resource, room_id, claims)
        return await self._telephones.dial(call, number, f"8:{claims.skypeid}" if claims else "")

    async def why(self, resource: ResourceId, room_id: str, raw_id: str) -> Why:
        """Return the outcome of each rule of joining for a user with a new token."""
        call, raw_id = call_of(resource, room_id), canonical(raw_id)
        standing = await self._storage.get_standing(call.resource, call.room, raw_id)
        why = Why(standing.role, tuple(joining.verdicts(standing, self._clock())))
        if not why.may_join:
            return why
        return Why(why.role, (*why.verdicts, Verdict(joining.CALL_HAS_ROOM, await self._fullness(call, raw_id))))

    async def moderated_call(self, resource: ResourceId, room_id: str, claims: TokenClaims | None) -> CallId:
        """Return the call of a room if the caller may moderate it: a Presenter now, or the operator (no claims).

        Raises what joining raises, or `NotAllowed`.
        """
        call = call_of(resource, room_id)
        if claims is None:
            await self._storage.get_room(call.resource, call.room)
        else:
            standing = await self._standing(call, RawId(f"8:{claims.skypeid}"), claims)
            _, role = joining.admit(standing, claims.rev, self._clock())
            calls.check_moderator(role)
        return call

    def note_refusal(self, door: str, error: OpenRoomsError) -> None:
        """Count a refusal; `door` names where it happened."""
        self._refusals[door, type(error).__name__] += 1

    def figures(self) -> Sequence[Figure]:
        """Return the numbers of joins and refusals in this process, for metrics."""
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

    @property
    def _telephones(self) -> Telephones:
        if self._maybe_telephones is None:
            raise CallsOff
        return self._maybe_telephones

    async def _standing(self, call: CallId, raw_id: RawId, claims: TokenClaims) -> Standing:
        joining.check_scope(claims)
        return await self._storage.get_standing(call.resource, call.room, raw_id, claims.inv)

    async def _check_may_see(self, call: CallId, claims: TokenClaims | None) -> ParticipantRole | None:
        """Return the caller's role, `None` for the operator; raise unless the caller may look at the call."""
        if claims is None:
            await self._storage.get_room(call.resource, call.room)
            return None
        standing = await self._standing(call, RawId(f"8:{claims.skypeid}"), claims)
        joining.check_invited(standing, self._clock())
        return standing.role

    async def _presences_of(self, call: CallId, raw_id: str) -> list[Presence]:
        participant = canonical(raw_id)
        presences = await self._engine.list_presences(call)
        found = [presence for presence in presences if person(presence.identity) == participant]
        if not found:
            raise NotInCall
        return found

    async def _fullness(self, call: CallId, raw_id: str) -> OpenRoomsError | None:
        try:
            calls.check_room_left(await self._engine.list_presences(call), raw_id, self._limit)
        except OpenRoomsError as refusal:
            return refusal
        return None


def _joined_at(presence: Presence) -> Moment:
    return presence.joined_at


def call_of(resource: ResourceId, room_id: str) -> CallId:
    """Return the call of a room; raise `NoSuchRoom` for a text that is not a room id."""
    try:
        return CallId(resource, parse_room_id(room_id))
    except InvalidRoomId as error:
        raise NoSuchRoom from error
