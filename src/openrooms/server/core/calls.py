"""The use cases of calls: joining, the checks of the gate, moderation, and explaining a refusal."""

import contextlib
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from openrooms.domain import calls, joining, names, telephones, waiting
from openrooms.domain.calls import GRANTS, CallId, Presence, Source, notice_of, person
from openrooms.domain.devices import Device
from openrooms.domain.errors import (
    CallsOff,
    Declined,
    InvalidRequest,
    InvalidRoomId,
    KeptOut,
    MustWait,
    NoSuchRoom,
    NotAllowed,
    NotInCall,
    NotInvited,
    OpenRoomsError,
    RoleLowered,
    TokenRefused,
)
from openrooms.domain.identities import ResourceId, TokenClaims
from openrooms.domain.joining import Standing, Verdict
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, parse_room_id
from openrooms.domain.roster import RawId, canonical
from openrooms.domain.telephones import DialOut, LegState, Outcome
from openrooms.domain.waiting import Awaited
from openrooms.server.core.connection_tests import ConnectionTest, ConnectionTests
from openrooms.server.core.ports import Clock, Figure, MediaEngine, MediaPass, StandingKey, StandingStore
from openrooms.server.core.telephones import Telephones
from openrooms.server.core.waiting import Waiters, WaitingRooms

DISPLAY_NAME_LIMIT = 256

RefusedNudge = Callable[[CallId, RawId, OpenRoomsError], None]
"""Called after somebody could not join a call; neither waits nor fails."""


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


class Waiting(msgspec.Struct, frozen=True):
    """The result of joining for somebody who has to wait, and since when they do."""

    call: CallId
    raw_id: RawId
    role: ParticipantRole
    awaits: Awaited
    since: Moment
    valid_until: Moment


class CallView(msgspec.Struct, frozen=True):
    """A call as a caller may see it: one presence of each person and answered telephone, in the order of joining.

    `waiters` is `None` for somebody who may not see the people at the door.
    """

    presences: tuple[Presence, ...]
    dial_outs: tuple[DialOut, ...]
    with_numbers: bool
    waiters: Waiters | None = None


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
        waiting_rooms: WaitingRooms,
        clock: Clock,
        *,
        call_limit: int,
    ) -> None:
        self.refused: RefusedNudge = lambda _call, _raw_id, _error: None
        self.tests = ConnectionTests(storage, engine, clock)
        self._storage = storage
        self._maybe_engine = engine
        self._maybe_telephones = telephones
        self._waiting = waiting_rooms
        self._clock = clock
        self._limit = call_limit
        self._joins = 0
        self._refusals: Counter[tuple[str, str]] = Counter()

    async def join(
        self,
        resource: ResourceId,
        room_id: str,
        claims: TokenClaims,
        display_name: str,
        device: Device | None = None,
    ) -> Joined | Waiting:
        """Admit a user to the call, or let them wait; `device` is the kind of their device.

        Raises `ScopeRefused`, `TokenRefused`, `NoSuchRoom`, `NotInvited`, `OutsideWindow`, `KeptOut`, `Declined`,
        `CallFull`, `Unavailable`, or `InvalidRequest` for a name that is too long.
        """
        try:
            joined = await self._join(resource, room_id, claims, display_name, device)
        except OpenRoomsError as error:
            self.note_refusal("join", error)
            self._note_refused(resource, room_id, RawId(f"8:{claims.skypeid}"), error)
            raise
        self._joins += isinstance(joined, Joined)
        return joined

    async def _join(
        self, resource: ResourceId, room_id: str, claims: TokenClaims, display_name: str, device: Device | None
    ) -> Joined | Waiting:
        if len(display_name) > DISPLAY_NAME_LIMIT:
            raise InvalidRequest(f"The displayName is longer than {DISPLAY_NAME_LIMIT} characters.")
        call = call_of(resource, room_id)
        raw_id = RawId(f"8:{claims.skypeid}")
        joining.check_scope(claims)
        try:
            standing, room, role = await self._admit(call, raw_id, claims.rev, claims.inv)
        except MustWait as refusal:
            return await self._wait(call, raw_id, display_name, refusal)
        engine = self._engine
        calls.check_room_left(await engine.list_presences(call), raw_id, self._limit)
        name = names.shown(standing.display_name, display_name)
        token = engine.passes.issue(call, raw_id, role, claims.rev, name, claims.inv, device)
        dial_out = self._telephones.has_line and room.pstn_dial_out_enabled
        return Joined(call, raw_id, role, calls.capabilities(role, dial_out), room.valid_until, token)

    async def _wait(self, call: CallId, raw_id: RawId, display_name: str, refusal: MustWait) -> Waiting:
        place = await self._waiting.ask(call, raw_id, display_name)
        standing = await self._storage.get_standing(call.resource, call.room, raw_id)
        if standing.room is None:
            raise NoSuchRoom
        if standing.role is None:
            raise NotInvited
        # A Presenter may have decided about them since they were told to wait.
        decided = waiting.refusal(standing.room.options, standing.role, standing.lobby, standing.place, self._clock())
        if isinstance(decided, KeptOut | Declined):
            raise decided
        return Waiting(call, raw_id, standing.role, waiting.awaited(refusal), place.since, standing.room.valid_until)

    async def test_connection(self, resource: ResourceId, room_id: str, claims: TokenClaims) -> ConnectionTest:
        """Return a media token for a test of the connection; raise what `ConnectionTests.begin` raises."""
        return await self.tests.begin(call_of(resource, room_id), claims)

    def read_pass(self, resource: ResourceId, token: str) -> MediaPass:
        """Return the content of a media token of the resource; raise `TokenRefused`."""
        media_pass = self._engine.passes.read(token)
        # An identity with a # would be a second connection of the same user, for which LiveKit would renew tokens too.
        if media_pass.call.resource != resource or person(media_pass.identity) != media_pass.identity:
            raise TokenRefused(reason="token: it is for a call of another resource, or for a second connection")
        return media_pass

    async def open_gate(self, media_pass: MediaPass) -> None:
        """Prepare the call so that the holder of a media token can connect.

        Raises what joining raises, and `MustWait`.
        """
        if media_pass.test_until is not None:
            await self.tests.open_gate(media_pass)
            return
        engine, call = self._engine, media_pass.call
        standing, room = await self.check_pass(media_pass)
        present = await engine.list_presences(call)
        calls.check_room_left(present, media_pass.identity, self._limit)
        # The admissions to the call before would hold again once somebody is in this one. Most calls have none before
        # them, so the room's lock is only taken when there is something to decide.
        if not telephones.people(present) and waiting.is_over(standing.lobby, self._clock()):
            await self._waiting.end_if_over(call)
        # LiveKit is configured not to create rooms, and a restart of LiveKit removes all of them.
        await engine.open_call(call, notice_of(room))

    async def check_connecting(self, media_pass: MediaPass) -> None:
        """Raise what `open_gate` raises for somebody who may no longer connect."""
        if media_pass.test_until is None:
            await self.check_pass(media_pass)
        else:
            await self.tests.check(media_pass)

    async def check_pass(self, media_pass: MediaPass) -> tuple[Standing, Room]:
        """Return the user's standing, with the room.

        Raise what joining raises, or `RoleLowered` if the token grants more than the present role.
        """
        standing, room, role = await self._admit_pass(media_pass)
        if calls.exceeds(media_pass.grants, GRANTS[role]):
            raise RoleLowered
        return standing, room

    async def check_stays(self, media_pass: MediaPass) -> None:
        """Raise what joining raises, for a connected user."""
        await self._admit_pass(media_pass)

    async def _admit_pass(self, media_pass: MediaPass) -> tuple[Standing, Room, ParticipantRole]:
        raw_id = RawId(media_pass.identity)
        return await self._admit(media_pass.call, raw_id, media_pass.revocations, media_pass.invitation)

    async def get(self, resource: ResourceId, room_id: str, claims: TokenClaims | None) -> CallView:
        """Return who is in the call, and its dial-outs.

        A user (`claims`) must be on the roster. Raises `TokenRefused`, `NoSuchRoom`, `NotInvited` or `Unavailable`.
        """
        call = call_of(resource, room_id)
        role = await self._check_may_see(call, claims)
        waiters = await self._waiters(call) if role is None or calls.is_moderator(role) else None
        presences = sorted(await self._engine.list_presences(call), key=_joined_at, reverse=True)
        dial_outs = await self._telephones.list_of(call)
        first = {person(presence.identity): presence for presence in presences}
        # A telephone's leg is in LiveKit's room while it still rings.
        for dial_out in dial_outs:
            if dial_out.state is not LegState.IN_CALL:
                first.pop(telephones.leg_identity(dial_out.id), None)
        people = sorted(first.values(), key=_joined_at)
        return CallView(tuple(people), tuple(dial_outs), telephones.may_see_numbers(role), waiters)

    async def _waiters(self, call: CallId) -> Waiters:
        standing = await self._storage.get_standing(call.resource, call.room, "")
        if standing.room is None:
            raise NoSuchRoom
        return await self._waiting.list_of(call, standing.room, standing.lobby)

    def check_on(self) -> None:
        """Raise `CallsOff` unless rooms have calls."""
        if self._maybe_engine is None:
            raise CallsOff

    async def admit(self, resource: ResourceId, room_id: str, raw_id: str, claims: TokenClaims | None) -> None:
        """Admit somebody who waits, was declined or is kept out, for as long as the call goes on.

        The caller must be a Presenter or the operator. Raises what joining raises, `NotAllowed` or `NotWaiting`.
        """
        call = await self.moderated_call(resource, room_id, claims)
        await self._waiting.admit(call, canonical(raw_id))

    async def admit_all(self, resource: ResourceId, room_id: str, claims: TokenClaims | None) -> int:
        """Admit everyone who waits, and return how many; as `admit`."""
        return await self._waiting.admit_all(await self.moderated_call(resource, room_id, claims))

    async def decline(
        self, resource: ResourceId, room_id: str, raw_id: str, reason: str, claims: TokenClaims | None
    ) -> None:
        """Decline somebody who waits, and tell them the reason; they may ask again after a while.

        The caller must be a Presenter or the operator. Raises what joining raises, `NotAllowed`, `NotWaiting`, or
        `InvalidRequest` for a reason that is too long.
        """
        call = await self.moderated_call(resource, room_id, claims)
        await self._waiting.decline(call, canonical(raw_id), reason)

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

    async def remove(
        self, resource: ResourceId, room_id: str, raw_id: str, claims: TokenClaims | None, *, keep_out: bool = False
    ) -> None:
        """Remove a participant from the call; they stay on the roster and may join again. A telephone is hung up.

        With `keep_out`, they may not come in again until they are admitted, or the call has ended; that also concerns
        somebody who waits. The caller must be a Presenter or the operator. Raises what joining raises, `NotAllowed` or
        `NotInCall`.
        """
        call = await self.moderated_call(resource, room_id, claims)
        if keep_out and not telephones.is_phone(raw_id):
            await self._keep_out(call, canonical(raw_id))
            return
        if telephones.is_phone(raw_id):
            await self._telephones.end(await self._telephones.find(call, raw_id), Outcome.REMOVED)
            return
        for presence in await self._presences_of(call, raw_id):
            await self._engine.disconnect(call, presence.identity)

    async def _keep_out(self, call: CallId, raw_id: RawId) -> None:
        standing = await self._storage.get_standing(call.resource, call.room, raw_id)
        present = await self._engine.list_presences(call)
        identities = [presence.identity for presence in present if person(presence.identity) == raw_id]
        if not identities and standing.place is None:
            raise NotInCall
        # First, so that nobody comes back in between.
        await self._waiting.keep_out(call, raw_id)
        for identity in identities:
            await self._engine.disconnect(call, identity)

    async def end(self, resource: ResourceId, room_id: str, claims: TokenClaims | None) -> None:
        """End the call for everyone; while the room is open, its participants may start another call.

        The caller must be a Presenter or the operator. Raises what joining raises, or `NotAllowed`.
        """
        call = await self.moderated_call(resource, room_id, claims)
        await self._telephones.end_all(call)
        # First, so that nobody comes back in between.
        await self._waiting.end_call(call)
        await self._engine.close_call(call)
        # Again, because a pass of enforcement that saw the people before may have kept them as the next call's.
        await self._waiting.end_call(call)

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
            joining.check_scope(claims)
            _, _, role = await self._admit(call, RawId(f"8:{claims.skypeid}"), claims.rev, claims.inv)
            calls.check_moderator(role)
        return call

    def note_refusal(self, door: str, error: OpenRoomsError) -> None:
        """Count a refusal; `door` names where it happened."""
        self._refusals[door, type(error).__name__] += 1

    def refuse_pass(self, media_pass: MediaPass, error: OpenRoomsError) -> None:
        """Have it recorded that the holder of a media token could not connect; neither waits nor fails."""
        if media_pass.test_until is None and not telephones.is_phone(media_pass.identity):
            self.refused(media_pass.call, RawId(media_pass.identity), error)

    def _note_refused(self, resource: ResourceId, room_id: str, raw_id: RawId, error: OpenRoomsError) -> None:
        with contextlib.suppress(NoSuchRoom):
            self.refused(call_of(resource, room_id), raw_id, error)

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

    async def _admit(
        self, call: CallId, raw_id: RawId, revocations: int | None, invitation: str
    ) -> tuple[Standing, Room, ParticipantRole]:
        """Return a user's standing, with the room and their role; raise what joining raises, and `MustWait`."""
        standing = await self._storage.get_standing(call.resource, call.room, raw_id, invitation)
        try:
            return standing, *joining.admit(standing, revocations, self._clock())
        except MustWait:
            # It may not be kept yet that a Presenter is in the call, or that it goes on after the service was away.
            present = await self._engine.list_presences(call)
            now = self._clock()
            return standing, *joining.admit(joining.beside(standing, raw_id, present, now), revocations, now)

    async def _check_may_see(self, call: CallId, claims: TokenClaims | None) -> ParticipantRole | None:
        """Return the caller's role, `None` for the operator; raise unless the caller may look at the call."""
        if claims is None:
            await self._storage.get_room(call.resource, call.room)
            return None
        joining.check_scope(claims)
        standing = await self._storage.get_standing(call.resource, call.room, f"8:{claims.skypeid}", claims.inv)
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


def door_of(resource: ResourceId, room_id: str, claims: TokenClaims) -> StandingKey:
    """Return what the door of a user is decided by; raise `ScopeRefused` or `NoSuchRoom`."""
    joining.check_scope(claims)
    call = call_of(resource, room_id)
    return StandingKey(call.resource, call.room, f"8:{claims.skypeid}", claims.inv)


def call_of(resource: ResourceId, room_id: str) -> CallId:
    """Return the call of a room; raise `NoSuchRoom` for a text that is not a room id."""
    try:
        return CallId(resource, parse_room_id(room_id))
    except InvalidRoomId as error:
        raise NoSuchRoom from error
