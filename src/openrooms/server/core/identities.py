"""The use cases of users and their tokens."""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from openrooms.domain import identities
from openrooms.domain.errors import InvalidAccessToken
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import Moment
from openrooms.domain.roster import RawId, canonical
from openrooms.domain.scopes import CommunicationTokenScope
from openrooms.domain.teams import TeamsAssignment, parse_key
from openrooms.server.core.erasures import Erasures
from openrooms.server.core.ports import Clock, Random, TeamsAssignmentStore, UserNudge, UserStore
from openrooms.server.core.tokens import Tokens

RAW_ID_LIMIT = 1 << 80


class IssuedToken(msgspec.Struct, frozen=True):
    """A token and its expiry; `repr` hides the token."""

    text: str
    expires: Moment

    def __repr__(self) -> str:
        return f"IssuedToken(expires={self.expires})"


class TeamsIssuer(Protocol):
    """Checks Entra tokens of Teams users."""

    async def verify(self, token: str, app_id: str | None, user_id: str | None) -> Moment:
        """Return the expiry of the token.

        Raises `InvalidAccessToken` if the issuer did not issue the token, and then `InvalidArgument` if the token is
        for another application or user.
        """


class IdentityStore(UserStore, TeamsAssignmentStore, Protocol):
    """What Identity keeps."""


class Identities:
    """The operations on the users of a resource; `nudge` is called when a user's tokens become invalid.

    Without a `teams` issuer, no Entra token is valid.
    """

    def __init__(
        self,
        storage: IdentityStore,
        clock: Clock,
        random: Random,
        tokens: Tokens,
        nudge: UserNudge,
        erasures: Erasures,
        teams: TeamsIssuer | None = None,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._random = random
        self._tokens = tokens
        self._nudge = nudge
        self._erasures = erasures
        self._teams = teams

    async def create(
        self,
        resource: ResourceId,
        scopes: Iterable[str],
        minutes: int | None,
        custom_id: str | None = None,
        *,
        notes_token: bool = False,
    ) -> tuple[User, IssuedToken | None]:
        """Return a new user, or the user with the custom id, and a token if there are scopes.

        With `notes_token`, keep the user's `last_token_issued_at`. Raise `InvalidArgument`.
        """
        texts = tuple(scopes)
        parsed = identities.parse_scopes(texts) if texts else ()
        lifetime = _lifetime(minutes)
        now = self._clock()
        user = User(
            identities.raw_id(resource, now, self._random(RAW_ID_LIMIT)),
            now,
            custom_id=identities.check_custom_id(custom_id),
        )
        user = await self._storage.create_user(
            resource, identities.note_token(user, now) if parsed and notes_token else user
        )
        if not parsed:
            return user, None
        if user.last_token_issued_at != now:
            user = await self._noted(resource, user, notes_token)
        return user, await self._token(resource, user, parsed, lifetime)

    async def get(self, resource: ResourceId, raw_id: str) -> User:
        """Return a user of the resource; raise `IdentityNotOwned`, even for a deleted one."""
        user = await self._storage.get_user(resource, canonical(raw_id))
        identities.check_active(user)
        return user

    async def adopt(self, resource: ResourceId, raw_ids: Iterable[str]) -> tuple[RawId, ...]:
        """Make users of the resource from raw ids of another service, all or none; return the canonical raw ids.

        Existing users are not changed. Raise `InvalidRequest` for a bad raw id or a deleted user.
        """
        users = identities.adopt(raw_ids, self._clock())
        await self._storage.adopt_users(resource, users, identities.check_adopted)
        return tuple([user.raw_id for user in users])

    async def issue_token(
        self,
        resource: ResourceId,
        raw_id: str,
        scopes: Iterable[str] | None,
        minutes: int | None,
        *,
        notes_token: bool = False,
    ) -> IssuedToken:
        """Return a token for a user of the resource; raise `InvalidArgument` or `IdentityNotOwned`."""
        parsed = identities.parse_scopes(scopes or ())
        lifetime = _lifetime(minutes)
        user = await self._storage.get_user(resource, canonical(raw_id))
        return await self._token(resource, await self._noted(resource, user, notes_token), parsed, lifetime)

    async def revoke_tokens(self, resource: ResourceId, raw_id: str) -> None:
        """Revoke all earlier tokens of the user; raise `IdentityNotOwned`."""
        user = await self._storage.change_user(resource, canonical(raw_id), identities.revoke)
        self._nudge(resource, user.raw_id)

    async def delete(self, resource: ResourceId, raw_id: str) -> None:
        """Delete the user, revoke their tokens and begin to remove their name everywhere; raise `IdentityNotOwned`.

        A deleted user stays deleted.
        """
        await self._erasures.delete_user(resource, canonical(raw_id))

    async def exchange_teams_token(
        self, resource: ResourceId, token: str | None, app_id: str | None, user_id: str | None
    ) -> IssuedToken:
        """Return a token for a Teams user that expires with the given Entra token.

        Raise `InvalidAccessToken` or `InvalidArgument`.
        """
        if self._teams is None or not token:
            raise InvalidAccessToken
        now = self._clock()
        expires = await self._teams.verify(token, app_id, user_id)
        guest = User(RawId(f"8:orgid:{user_id}"), now)
        scopes = (CommunicationTokenScope.CHAT, CommunicationTokenScope.VOIP)
        claims = identities.claims(resource, guest, scopes, now, expires)
        return IssuedToken(await self._tokens.issue(claims), expires)

    async def put_teams_assignment(self, resource: ResourceId, assignment: TeamsAssignment) -> bool:
        """Keep an assignment of Teams extension; return whether there was none for its principal."""
        return await self._storage.put_teams_assignment(resource, assignment)

    async def get_teams_assignment(self, resource: ResourceId, tenant_id: str, object_id: str) -> TeamsAssignment:
        """Return an assignment; raise `InvalidArgument` or `AssignmentNotFound`."""
        return await self._storage.get_teams_assignment(resource, *parse_key(tenant_id, object_id))

    async def delete_teams_assignment(self, resource: ResourceId, tenant_id: str, object_id: str) -> None:
        """Delete an assignment, if there is one; raise `InvalidArgument`."""
        await self._storage.remove_teams_assignment(resource, *parse_key(tenant_id, object_id))

    async def _noted(self, resource: ResourceId, user: User, notes_token: bool) -> User:
        # This costs a write for each token, so only users for whom it was requested have it.
        if not notes_token and user.last_token_issued_at is None:
            return user
        now = self._clock()
        return await self._storage.change_user(resource, user.raw_id, lambda user: identities.note_token(user, now))

    async def _token(
        self, resource: ResourceId, user: User, scopes: tuple[CommunicationTokenScope, ...], minutes: int
    ) -> IssuedToken:
        now = self._clock()
        expires = identities.token_expiry(now, minutes)
        claims = identities.claims(resource, user, scopes, now, expires)
        return IssuedToken(await self._tokens.issue(claims), expires)


def _lifetime(minutes: int | None) -> int:
    return identities.LONGEST_TOKEN_MINUTES if minutes is None else identities.check_token_minutes(minutes)
