"""The use cases of the console's sessions: one-time links, signing in, finding a session by its secret, signing out.

The database keeps only hashes of secrets. The rights of a session are those of the operator's tokens with its id, so a
session ends when these are revoked, or when both access keys of its resource are replaced.
"""

import hashlib
from collections.abc import Mapping, Sequence
from secrets import token_hex, token_urlsafe

import msgspec

from openrooms.domain import sessions
from openrooms.domain.errors import LinkRefused, NotAuthenticated, StorageFull
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import HOUR, SECOND, Moment, after
from openrooms.domain.operators import Operator, OperatorRole, OperatorToken, token_holder
from openrooms.domain.sessions import Session
from openrooms.server.core.operators import OperatorTokens
from openrooms.server.core.ports import Clock, SessionStore
from openrooms.server.core.resources import Resources, Tenant

_SECRET_BYTES = 32
_ID_BYTES = 8
_READ_AGAIN_AFTER = 2 * SECOND
"""How long another process may still accept a session that was ended."""
_CACHE_SIZE = 1000
_LONGEST_LABEL = 100

Grants = Sequence[tuple[Tenant, OperatorRole]]


class Ends(msgspec.Struct, frozen=True):
    """How long a session lasts unless it is used (`idle`), and at most (`whole`), in steps of 100 ns."""

    idle: int = HOUR
    whole: int = 12 * HOUR


class Begun(msgspec.Struct, frozen=True):
    """A new session and its secret, which is not kept."""

    session: Session
    secret: str

    def __repr__(self) -> str:
        return f"Begun(session={self.session!r})"


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(
        self,
        storage: SessionStore,
        tokens: OperatorTokens,
        resources: Resources,
        clock: Clock,
        ends: Ends = Ends(),  # noqa: B008 - it is frozen
    ) -> None:
        self._storage = storage
        self._tokens = tokens
        self._resources = resources
        self._clock = clock
        self.ends = ends
        self._cache: dict[bytes, tuple[Session, Moment]] = {}

    async def make_link(self, grants: Grants, lifetime: int) -> str:
        """Return the secret of a new one-time link; its session ends after `lifetime`, in steps of 100 ns."""
        secret = token_urlsafe(_SECRET_BYTES)
        await self._add(grants, lifetime, link_hash=_hash(secret))
        return secret

    async def exchange(self, secret: str) -> Begun:
        """Begin the session of a one-time link; raise `LinkRefused`."""
        link = await self._storage.find_link(_hash(secret))
        if link is None:
            raise LinkRefused("link: there is none with this secret")
        begun = token_urlsafe(_SECRET_BYTES)
        try:
            # The role is checked before the link is used up.
            await self.operators(link)
            session = await self._storage.change_session(
                link.id, lambda kept: sessions.exchange(kept, _hash(begun), self._clock())
            )
        except NotAuthenticated as error:
            raise LinkRefused(error.reason, caller=token_holder(link.id)) from error
        if session is None:
            raise LinkRefused("link: its session was ended", caller=token_holder(link.id))
        return Begun(session, begun)

    async def begin(self, grants: Grants, subject: str, label: str) -> Begun:
        """Begin a session of a person who was identified."""
        secret = token_urlsafe(_SECRET_BYTES)
        session = await self._add(
            grants, self.ends.whole, subject=subject, label=label[:_LONGEST_LABEL], secret_hash=_hash(secret)
        )
        return Begun(session, secret)

    async def find(self, secret: str, host_resource: ResourceId | None = None) -> Session:
        """Return the session with this secret; raise `NotAuthenticated` if there is none or it has ended.

        The error names the holder only if they are an operator of `host_resource`, that of the request's host.
        """
        secret_hash, now = _hash(secret), self._clock()
        session, read_at = self._cache.get(secret_hash, (None, now))
        if session is None or now >= read_at + _READ_AGAIN_AFTER:
            session = await self._storage.find_session(secret_hash)
            if session is None:
                self._cache.pop(secret_hash, None)
                raise NotAuthenticated("session: there is none with this secret")
            self._remember(session, now)
        if not sessions.is_live(session, self.ends.idle, now):
            holder = (await self.operators(session)).get(host_resource or ResourceId(""))
            raise NotAuthenticated("session: it has ended", caller="" if holder is None else holder.name)
        return session

    async def operators(self, session: Session) -> Mapping[ResourceId, Operator]:
        """Return the session's holder as an operator of each resource where they still are one.

        Raise `NotAuthenticated` if there is none.
        """
        found: dict[ResourceId, Operator] = {}
        refusal = NotAuthenticated("session: its resources do not exist any more")
        for resource in session.resources:
            try:
                found[resource] = await self.operator(session, resource)
            except NotAuthenticated as error:
                refusal = error
        if not found:
            raise refusal
        return found

    async def operator(self, session: Session, resource: ResourceId) -> Operator:
        """Return the session's holder as an operator of one of its resources; raise `NotAuthenticated`."""
        tenant = self._resources.get(resource)
        if tenant is None:
            raise NotAuthenticated("session: the resource does not exist any more")
        return await self._tokens.holder(tenant.id, tenant.key_ids, session.id)

    async def use(self, session: Session) -> Session:
        """Note that the session is used now."""
        now = self._clock()
        if sessions.use(session, now) is session:
            return session
        try:
            used = await self._storage.change_session(session.id, lambda kept: sessions.use(kept, now))
        except StorageFull:
            # The operator can then still look up what fills the disk, and only the time of the last use is lost.
            return session
        if used is None:
            return session
        self._remember(used, now)
        return used

    async def end(self, session: Session) -> None:
        """End the session: at once here, within two seconds in other processes."""
        await self._storage.remove_session(session, self._clock())
        self._tokens.forget(session.id)
        if session.secret_hash is not None:
            self._cache.pop(session.secret_hash, None)

    async def _add(
        self,
        grants: Grants,
        lifetime: int,
        *,
        subject: str = "",
        label: str = "",
        link_hash: bytes | None = None,
        secret_hash: bytes | None = None,
    ) -> Session:
        now = self._clock()
        session = Session(
            token_hex(_ID_BYTES),
            tuple(tenant.id for tenant, _ in grants),
            label,
            now,
            after(now, lifetime),
            link_hash,
            secret_hash,
            None if secret_hash is None else now,
        )
        tokens = [
            OperatorToken(session.id, tenant.id, role, now, session.expires_at, tenant.key_ids, subject=subject)
            for tenant, role in grants
        ]
        await self._storage.add_session(session, tokens)
        return session

    def _remember(self, session: Session, now: Moment) -> None:
        if session.secret_hash is None:
            return
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[session.secret_hash] = (session, now)


def _hash(secret: str) -> bytes:
    # The secret is random, so a fast hash is enough, and finding the hash takes the same time for every wrong secret.
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
