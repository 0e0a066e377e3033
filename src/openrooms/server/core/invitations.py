"""The use cases of invitations: making, listing and revoking them, and exchanging one for a token."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from secrets import token_bytes, token_hex, token_urlsafe

import msgspec

from openrooms.domain import invitations
from openrooms.domain.errors import InvitationNotFound, InvitationUnknown, OpenRoomsError, StorageFull
from openrooms.domain.identities import ResourceId
from openrooms.domain.invitations import SECRET_BYTES, Browser, Invitation, InvitationId, Invited
from openrooms.domain.joining import Standing
from openrooms.domain.moments import SECOND, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId, parse_room_id
from openrooms.domain.roster import canonical
from openrooms.server.core.ports import Clock, Figure, InvitationPage, InvitationStore, RoomNudge
from openrooms.server.core.tokens import Tokens

PAGE = 100
_ID_BYTES = 8
_KEY_BYTES = 16


def new_browser_key() -> str:
    """Return a random key for a browser."""
    return token_urlsafe(_KEY_BYTES)


class Link(msgspec.Struct, frozen=True):
    """A new invitation and its secret, which is not kept."""

    invitation: Invitation
    secret: str

    def __repr__(self) -> str:
        return f"Link(invitation={self.invitation!r})"


class Exchanged(msgspec.Struct, frozen=True):
    """The answer to an exchange: a token for the room, who its holder is there, and the room itself.

    `is_newly_bound` is whether the invitation has just been bound to the browser.
    """

    invitation: Invitation
    room: Room
    role: ParticipantRole
    display_name: str
    token: str
    expires: Moment
    is_newly_bound: bool = False

    def __repr__(self) -> str:
        return f"Exchanged(invitation={self.invitation!r})"


def new_link(room_id: RoomId, raw_id: str, bind_to_first_browser: bool, now: Moment) -> Link:
    """Return an invitation with a new secret."""
    secret = invitations.secret_text(token_bytes(SECRET_BYTES))
    invitation = Invitation(
        InvitationId(token_hex(_ID_BYTES)),
        room_id,
        canonical(raw_id),
        invitations.secret_hash(secret),
        0,
        now,
        bind_to_first_browser=bind_to_first_browser,
    )
    return Link(invitation, secret)


class Invitations:
    """The operations on the invitations to a resource's rooms; `nudge` is called when one ends."""

    def __init__(self, storage: InvitationStore, clock: Clock, tokens: Tokens, nudge: RoomNudge) -> None:
        self._storage = storage
        self._clock = clock
        self._tokens = tokens
        self._nudge = nudge
        self._exchanges = 0
        self._refusals: Counter[str] = Counter()

    async def create(
        self, resource: ResourceId, room_id: str, raw_id: str, *, bind_to_first_browser: bool, keep_others: bool
    ) -> Link:
        """Invite a participant of a room; end their other invitations to it, unless they are to be kept.

        Raise `InvalidRoomId` or `RoomNotFound`, or `InvalidRequest` for somebody who cannot join the room.
        """
        link = new_link(parse_room_id(room_id), raw_id, bind_to_first_browser, self._clock())

        def decide(standing: Standing, links: Sequence[Invitation]) -> tuple[Invitation, Sequence[Invitation]]:
            ended = invitations.superseded(links, keep_others=keep_others)
            return invitations.issue(standing, link.invitation), [invitations.revoked(each) for each in ended]

        kept = await self._storage.add_invitation(resource, link.invitation, decide)
        self._nudge(resource, kept.room_id)
        return Link(kept, link.secret)

    async def list(self, resource: ResourceId, room_id: str, start: InvitationId | None) -> InvitationPage:
        """Return the page after `start` of a room's invitations that were not revoked.

        Raise `InvalidRoomId`, `RoomNotFound` or `InvitationNotFound`.
        """
        return await self._storage.list_invitations(resource, parse_room_id(room_id), start, PAGE)

    async def get(self, resource: ResourceId, room_id: str, invitation_id: str) -> Invited:
        """Return an invitation that was not revoked; raise `InvalidRoomId` or `InvitationNotFound`."""
        invited = await self._storage.get_invited(resource, parse_room_id(room_id), invitation_id)
        if invited.invitation.is_revoked or invited.standing.room is None:
            raise InvitationNotFound
        return invited

    async def revoke(self, resource: ResourceId, room_id: str, invitation_id: str) -> Invitation:
        """Revoke and return an invitation, so that its holder is removed from the call; revoking again does nothing.

        Raise `InvalidRoomId` or `InvitationNotFound`.
        """
        invited = await self._storage.get_invited(resource, parse_room_id(room_id), invitation_id)
        revoked = await self._storage.change_invitation(resource, invited.invitation.id, invitations.revoked)
        self._nudge(resource, revoked.room_id)
        return revoked

    async def find(self, resource: ResourceId, secret: str) -> Invited:
        """Return the invitation with this secret, even one that no longer works; raise `InvitationUnknown`."""
        try:
            return await self._storage.find_invited(resource, invitations.secret_hash(secret))
        except InvitationUnknown as error:
            self._note(error)
            raise

    def check(self, invited: Invited, browser: Browser) -> None:
        """Raise what `exchange` would raise now; unlike it, this neither writes nor signs."""
        try:
            invitations.check(invited)
            invitations.used(invited.invitation, browser, self._clock())
        except OpenRoomsError as error:
            self._note(error)
            raise

    async def exchange(self, resource: ResourceId, invited: Invited, browser: Browser) -> Exchanged:
        """Return a token for the room of an invitation, whether the room is open now or not.

        Confirming again with the same key does nothing more. Raise `InvitationWithdrawn`, `VisitCancelled`,
        `InvitationBound` or `BrowserNotConfirmed`.
        """
        now = self._clock()
        try:
            room, role, user = invitations.check(invited)
            before = invited.invitation
            after = await self._use(resource, before, partial(invitations.used, browser=browser, now=now))
        except OpenRoomsError as error:
            self._note(error)
            raise
        self._exchanges += 1
        claims = invitations.token_claims(resource, after, user, now)
        return Exchanged(
            after,
            room,
            role,
            invited.standing.display_name,
            await self._tokens.issue(claims),
            Moment(claims.exp * SECOND),
            after.bound_at is not None and before.bound_at is None,
        )

    def figures(self) -> Sequence[Figure]:
        """Return the numbers of exchanges and refusals in this process, for metrics."""
        refusals = [
            Figure("exchange_refusals", "Invitations refused, by reason.", count, True, {"reason": reason})
            for reason, count in self._refusals.items()
        ]
        return [Figure("exchanges", "Invitations exchanged for a token.", self._exchanges, is_total=True), *refusals]

    async def _use(
        self, resource: ResourceId, invitation: Invitation, decide: Callable[[Invitation], Invitation]
    ) -> Invitation:
        used = decide(invitation)
        if used == invitation:
            return invitation
        try:
            return await self._storage.change_invitation(resource, invitation.id, decide)
        except StorageFull:
            # A full disk must not end visits, and only the time of the last use is lost.
            if used.bound_at != invitation.bound_at:
                raise
            return invitation

    def _note(self, error: OpenRoomsError) -> None:
        self._refusals[type(error).__name__] += 1
