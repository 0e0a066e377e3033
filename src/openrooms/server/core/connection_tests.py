"""Tests of a participant's connection to the media engine, also before the room opens.

Each test uses its own LiveKit room, which nobody else can enter and in which the participant may publish nothing.
So it disturbs no call, needs no right to join, and cannot be used to talk. It is a new room each time, because LiveKit
remembers that a participant of a room had to use TCP. It ends after a minute: then the gate refuses its token, and the
enforcer closes its LiveKit room, whose name contains the end.
"""

import msgspec

from openrooms.domain import joining
from openrooms.domain.calls import CallId
from openrooms.domain.errors import CallsOff, TokenRefused
from openrooms.domain.identities import TokenClaims
from openrooms.domain.moments import SECOND, Moment, after
from openrooms.domain.roster import RawId
from openrooms.server.core.ports import Clock, MediaEngine, MediaPass, StandingStore

TEST_TIME = 60 * SECOND


class ConnectionTest(msgspec.Struct, frozen=True):
    """A media token that is good for a test until a moment."""

    media_token: str
    until: Moment

    def __repr__(self) -> str:
        return f"ConnectionTest(until={self.until!r})"


class ConnectionTests:
    """Begins tests, and checks at the gate who may test."""

    def __init__(self, storage: StandingStore, engine: MediaEngine | None, clock: Clock) -> None:
        self._storage = storage
        self._maybe_engine = engine
        self._clock = clock

    @property
    def _engine(self) -> MediaEngine:
        if self._maybe_engine is None:
            raise CallsOff
        return self._maybe_engine

    async def begin(self, call: CallId, claims: TokenClaims) -> ConnectionTest:
        """Return a media token for a test.

        Raises `ScopeRefused`, `TokenRefused`, `NoSuchRoom`, `NotInvited`, `KeptOut`, `CallsOff`, `Unavailable`, or
        `OutsideWindow` if the room has closed.
        """
        joining.check_scope(claims)
        raw_id, now = RawId(f"8:{claims.skypeid}"), self._clock()
        standing = await self._storage.get_standing(call.resource, call.room, raw_id, claims.inv)
        joining.check_may_test(standing, claims.rev, now)
        until = after(now, TEST_TIME)
        return ConnectionTest(self._engine.passes.issue_for_test(call, raw_id, claims.rev, claims.inv, until), until)

    async def open_gate(self, media_pass: MediaPass) -> None:
        """Prepare the test so that the holder of its token can connect; raise as `begin`."""
        until = await self.check(media_pass)
        await self._engine.open_test(media_pass.call, media_pass.identity, until)

    async def check(self, media_pass: MediaPass) -> Moment:
        """Return the end of the test.

        Raises what `begin` raises, or `TokenRefused` after the end of the test, even for a renewed token.
        """
        now = self._clock()
        if media_pass.test_until is None or now >= media_pass.test_until:
            raise TokenRefused("The test of the connection has ended; begin another one.")
        call = media_pass.call
        standing = await self._storage.get_standing(
            call.resource, call.room, media_pass.identity, media_pass.invitation
        )
        joining.check_may_test(standing, media_pass.revocations, now)
        return media_pass.test_until
