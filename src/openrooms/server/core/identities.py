"""The use cases of users and their tokens."""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from openrooms.domain import identities
from openrooms.domain.errors import InvalidAccessToken
from openrooms.domain.identities import ResourceId, TokenScope, User
from openrooms.domain.moments import Moment
from openrooms.domain.roster import RawId, canonical
from openrooms.domain.teams import TeamsAssignment, parse_key
from openrooms.server.core.ports import Clock, Random, Storage, UserNudge
from openrooms.server.core.tokens import Tokens

_NOISE = 1 << 80


class IssuedToken(msgspec.Struct, frozen=True):
    """A token and when it expires; hides itself in `repr`."""

    text: str
    expires: Moment

    def __repr__(self) -> str:
        return f"IssuedToken(expires={self.expires})"


class TeamsIssuer(Protocol):
    """Checks Entra tokens of Teams users."""

    async def verify(self, token: str, app_id: str | None, user_id: str | None) -> Moment:
        """Return when the token expires.

        Raises `InvalidAccessToken` if it is none of the issuer's, `InvalidArgument` if it was issued for another
        application or user, in this order.
        """


class Identities:
    """What can be done with the users of a resource; `nudge` is told when tokens die.

    Without a `teams` issuer no Entra token is valid.
    """

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        random: Random,
        tokens: Tokens,
        nudge: UserNudge,
        teams: TeamsIssuer | None = None,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._random = random
        self._tokens = tokens
        self._nudge = nudge
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
        """Return a new user, or the one who has the custom id, with a token if there are scopes.

        With `notes_token` the user's `last_token_issued_at` is kept. Raise `InvalidArgument`.
        """
        asked = tuple(scopes)
        known = identities.parse_scopes(asked) if asked else ()
        lifetime = _lifetime(minutes)
        now = self._clock()
        user = User(
            identities.raw_id(resource, now, self._random(_NOISE)), now, custom_id=identities.check_custom_id(custom_id)
        )
        user = await self._storage.create_user(
            resource, identities.note_token(user, now) if known and notes_token else user
        )
        if not known:
            return user, None
        if user.last_token_issued_at != now:
            user = await self._noted(resource, user, notes_token)
        return user, self._token(resource, user, known, lifetime)

    async def get(self, resource: ResourceId, raw_id: str) -> User:
        """Return a user of the resource; raise `IdentityNotOwned`, for a deleted one too."""
        user = await self._storage.get_user(resource, canonical(raw_id))
        identities.check_active(user)
        return user

    async def adopt(self, resource: ResourceId, raw_ids: Iterable[str]) -> tuple[RawId, ...]:
        """Make users of the resource out of raw ids that were made elsewhere, all of them or none; return the raw ids.

        A user who is here already stays as they are. Raise `InvalidRequest` for a bad raw id or a deleted user.
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
        """Return a token for a user of ours; raise `InvalidArgument` or `IdentityNotOwned`."""
        known = identities.parse_scopes(scopes or ())
        lifetime = _lifetime(minutes)
        user = await self._storage.get_user(resource, canonical(raw_id))
        return self._token(resource, await self._noted(resource, user, notes_token), known, lifetime)

    async def revoke_tokens(self, resource: ResourceId, raw_id: str) -> None:
        """Kill every token issued so far; raise `IdentityNotOwned`."""
        user = await self._storage.change_user(resource, canonical(raw_id), identities.revoke)
        self._nudge(resource, user.raw_id)

    async def delete(self, resource: ResourceId, raw_id: str) -> None:
        """Delete the user and kill their tokens, or confirm that it is done; raise `IdentityNotOwned`."""
        now = self._clock()
        user = await self._storage.change_user(resource, canonical(raw_id), lambda user: identities.delete(user, now))
        self._nudge(resource, user.raw_id)

    async def exchange_teams_token(
        self, resource: ResourceId, token: str | None, app_id: str | None, user_id: str | None
    ) -> IssuedToken:
        """Return a token for a Teams user, as long as the Entra token given; raise `InvalidAccessToken` or
        `InvalidArgument`.
        """
        if self._teams is None or not token:
            raise InvalidAccessToken
        now = self._clock()
        expires = await self._teams.verify(token, app_id, user_id)
        guest = User(RawId(f"8:orgid:{user_id}"), now)
        scopes = (TokenScope.CHAT, TokenScope.VOIP)
        return IssuedToken(self._tokens.issue(identities.claims(resource, guest, scopes, now, expires)), expires)

    async def put_teams_assignment(self, resource: ResourceId, assignment: TeamsAssignment) -> bool:
        """Keep an assignment of Teams extension; return whether there was none for its principal."""
        return await self._storage.put_teams_assignment(resource, assignment)

    async def get_teams_assignment(self, resource: ResourceId, tenant_id: str, object_id: str) -> TeamsAssignment:
        """Return an assignment; raise `InvalidArgument` or `AssignmentNotFound`."""
        return await self._storage.get_teams_assignment(resource, *parse_key(tenant_id, object_id))

    async def delete_teams_assignment(self, resource: ResourceId, tenant_id: str, object_id: str) -> None:
        """Forget an assignment, or confirm that there is none; raise `InvalidArgument`."""
        await self._storage.remove_teams_assignment(resource, *parse_key(tenant_id, object_id))

    async def _noted(self, resource: ResourceId, user: User, notes_token: bool) -> User:
        # A write for each token is the price of knowing the last one, so it is paid only for users whose was asked for.
        if not notes_token and user.last_token_issued_at is None:
            return user
        now = self._clock()
        return await self._storage.change_user(resource, user.raw_id, lambda user: identities.note_token(user, now))

    def _token(self, resource: ResourceId, user: User, scopes: tuple[TokenScope, ...], minutes: int) -> IssuedToken:
        now = self._clock()
        expires = identities.token_expiry(now, minutes)
        return IssuedToken(self._tokens.issue(identities.claims(resource, user, scopes, now, expires)), expires)


def _lifetime(minutes: int | None) -> int:
    return identities.DEFAULT_TOKEN_MINUTES if minutes is None else identities.check_token_minutes(minutes)
