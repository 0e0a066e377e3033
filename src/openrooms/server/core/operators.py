"""Tokens that this service issues to operators, and keeps, so that they can be listed and revoked."""

from collections.abc import Collection, Sequence
from secrets import token_hex

from openrooms.domain import operators
from openrooms.domain.errors import NotAuthenticated
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, Moment, after, whole_seconds
from openrooms.domain.operators import Operator, OperatorRole, OperatorToken
from openrooms.server.core.ports import Clock, OperatorTokenStore, Resource
from openrooms.server.core.resources import key_ids
from openrooms.server.core.tokens import Tokens

_READ_AGAIN_AFTER = 2 * SECOND
"""How long another process may still accept a revoked token."""
_CACHE_SIZE = 1000


class OperatorTokens:
    """Issues, checks, lists and revokes operators' tokens.

    A token is valid until it expires or is revoked, and only while the resource has an access key from when it was
    issued.
    """

    def __init__(self, storage: OperatorTokenStore, clock: Clock, tokens: Tokens) -> None:
        self._storage = storage
        self._clock = clock
        self._tokens = tokens
        self._cache: dict[tuple[ResourceId, str], tuple[OperatorToken, Moment]] = {}

    async def issue(self, resource: Resource, role: OperatorRole, lifetime: int) -> str:
        """Return the text of a new token; `lifetime` is in steps of 100 ns."""
        return self.text_of(await self.make(resource, role, lifetime))

    async def make(self, resource: Resource, role: OperatorRole, lifetime: int) -> OperatorToken:
        """Keep and return a new token; `lifetime` is in steps of 100 ns."""
        now = self._clock()
        # The claim has whole seconds, and the kept expiry must be equal to it.
        expires = Moment(whole_seconds(after(now, lifetime)) * SECOND)
        token = OperatorToken(token_hex(8), resource.id, role, now, expires, key_ids(resource))
        await self._storage.add_operator_token(token)
        return token

    def text_of(self, token: OperatorToken) -> str:
        """Return the text by which its holder uses the token."""
        return self._tokens.issue_operator(token)

    async def verify(self, resource: ResourceId, key_ids: Collection[str], text: str) -> Operator:
        """Return the holder of a token for a resource with these keys; raise `NotAuthenticated` or `Unavailable`."""
        return await self.holder(resource, key_ids, self._tokens.read_operator(resource, text))

    async def holder(self, resource: ResourceId, key_ids: Collection[str], token_id: str) -> Operator:
        """Return the holder of the token with this id, as `verify` does."""
        token = await self._find(resource, token_id)
        if token is None:
            raise NotAuthenticated(
                "token: this service did not issue it, or it has expired", caller=operators.token_holder(token_id)
            )
        if not operators.is_valid(token, key_ids, self._clock()):
            reason = "token: it has expired, was revoked, or both access keys were replaced since it was issued"
            raise NotAuthenticated(reason, caller=token.holder)
        return Operator(token.holder, token.role)

    async def list(self, resource: ResourceId) -> Sequence[OperatorToken]:
        """Return the tokens that have not expired, oldest first."""
        return await self._storage.list_operator_tokens(resource, self._clock())

    async def revoke(self, resource: ResourceId, token_id: str) -> None:
        """Revoke a token: at once here, within two seconds in other processes. Raise `OperatorTokenNotFound`."""
        await self._storage.revoke_operator_token(resource, token_id, self._clock())
        self.forget(token_id)

    def forget(self, token_id: str) -> None:
        """Read the tokens with this id again when they are used next."""
        for key in [key for key in self._cache if key[1] == token_id]:
            del self._cache[key]

    async def _find(self, resource: ResourceId, token_id: str) -> OperatorToken | None:
        now = self._clock()
        # The tokens of one session have the same id in several resources.
        key = (resource, token_id)
        token, read_at = self._cache.get(key, (None, now))
        if token is not None and now < read_at + _READ_AGAIN_AFTER:
            return token
        token = await self._storage.get_operator_token(resource, token_id)
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        if token is not None:
            self._cache[key] = (token, now)
        return token
