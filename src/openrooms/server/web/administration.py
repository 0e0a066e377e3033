"""Administration over HTTP: access keys and operators' tokens.

Only the answer of `reveal` has an access key.
"""

from http import HTTPStatus

import msgspec
from msgspec import UNSET

from openrooms.domain.errors import InvalidRequest, TooManyOperatorTokens
from openrooms.domain.moments import MINUTE
from openrooms.domain.operators import MOST_TOKENS, OperatorRole, OperatorToken, has_its_key
from openrooms.server.core import administration
from openrooms.server.core.administration import KeyName
from openrooms.server.core.key_uses import KeyUses
from openrooms.server.core.operators import OperatorTokens
from openrooms.server.core.ports import OperatorTokenNotFound, Resource, ResourceStore
from openrooms.server.core.resources import Resources, key_ids
from openrooms.server.web.invitations import Links
from openrooms.server.web.messages import CREATED, NO_CONTENT, OK, UNCACHED_JSON, HttpError, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.administration import (
    AccessKeyList,
    AccessKeyModel,
    IssuedOperatorTokenModel,
    OperatorTokenBody,
    OperatorTokenList,
    OperatorTokenModel,
    RevealedKeyModel,
)
from openrooms.wire.dates import format_moment
from openrooms.wire.models import strict_decoder

_NO_BODY = b"{}"
_read_token = strict_decoder(OperatorTokenBody)
_encode = msgspec.json.Encoder().encode


class KeyHandlers:
    """The operations on the access keys of the caller's resource.

    `settings_key_id` is the id of the key that a setting puts back at every start.
    """

    def __init__(
        self, storage: ResourceStore, resources: Resources, uses: KeyUses, links: Links, settings_key_id: str = ""
    ) -> None:
        self._storage = storage
        self._resources = resources
        self._uses = uses
        self._links = links
        self._settings_key_id = settings_key_id

    def routes(self) -> list[Route]:
        """Return the routes of access keys."""
        return [
            Route(operations.LIST_ACCESS_KEYS, self.list),
            Route(operations.REGENERATE_ACCESS_KEY, self.regenerate),
            Route(operations.REVEAL_ACCESS_KEY, self.reveal),
        ]

    async def list(self, request: Request) -> Response:
        resource = request.caller.resource
        uses = await self._uses.list(resource)
        kept = await administration.find_resource(self._storage, resource)
        models = []
        for name, key_id in zip(KeyName, key_ids(kept), strict=True):
            used_at = uses.get(key_id)
            used = UNSET if used_at is None else format_moment(used_at)
            models.append(AccessKeyModel(name.value, key_id, key_id == self._settings_key_id, used))
        return Response(OK, _encode(AccessKeyList(models)), UNCACHED_JSON)

    async def regenerate(self, request: Request) -> Response:
        name = _key_name(request)
        await administration.regenerate_key(self._storage, request.caller.resource, name)
        # Other processes take up to two seconds.
        await self._resources.refresh()
        return await self.list(request)

    async def reveal(self, request: Request) -> Response:
        name = _key_name(request)
        kept = await administration.find_resource(self._storage, request.caller.resource)
        key, key_id = _keys(kept)[name]
        endpoint = self._links.base_url(request)
        model = RevealedKeyModel(name.value, key_id, key, f"endpoint={endpoint}/;accesskey={key}")
        return Response(OK, _encode(model), UNCACHED_JSON)


class OperatorTokenHandlers:
    """The operations on the operators' tokens of the caller's resource, among them those of sessions."""

    def __init__(self, storage: ResourceStore, tokens: OperatorTokens) -> None:
        self._storage = storage
        self._tokens = tokens

    def routes(self) -> list[Route]:
        """Return the routes of operators' tokens."""
        return [
            Route(operations.LIST_OPERATOR_TOKENS, self.list),
            Route(operations.CREATE_OPERATOR_TOKEN, self.create),
            Route(operations.REVOKE_OPERATOR_TOKEN, self.revoke),
        ]

    async def list(self, request: Request) -> Response:
        resource = await administration.find_resource(self._storage, request.caller.resource)
        tokens = await self._tokens.list(resource.id)
        return Response(OK, _encode(OperatorTokenList([_token(token, resource) for token in tokens])), UNCACHED_JSON)

    async def create(self, request: Request) -> Response:
        body = _read_token(request.body or _NO_BODY)
        if body.role not in list(OperatorRole):
            raise InvalidRequest(f"role is not one of {', '.join(OperatorRole)}.")
        resource = await administration.find_resource(self._storage, request.caller.resource)
        # Their list is one answer, and everybody waits while it is made.
        if len(await self._tokens.list(resource.id)) >= MOST_TOKENS:
            raise TooManyOperatorTokens
        token = await self._tokens.make(resource, OperatorRole(body.role), body.minutes * MINUTE)
        model = IssuedOperatorTokenModel(token.id, self._tokens.text_of(token), format_moment(token.expires_at))
        return Response(CREATED, _encode(model), UNCACHED_JSON)

    async def revoke(self, request: Request) -> Response:
        try:
            await self._tokens.revoke(request.caller.resource, request.names[0])
        except OperatorTokenNotFound as error:
            raise HttpError(HTTPStatus.NOT_FOUND, "NotFound", "There is no such token; it may have expired.") from error
        return Response(NO_CONTENT)


def _key_name(request: Request) -> KeyName:
    try:
        return KeyName(request.names[0])
    except ValueError as error:
        message = "There is no such key; name primary or secondary."
        raise HttpError(HTTPStatus.NOT_FOUND, "NotFound", message) from error


def _keys(resource: Resource) -> dict[KeyName, tuple[str, str]]:
    keys = (resource.primary_key, resource.secondary_key)
    return dict(zip(KeyName, zip(keys, key_ids(resource), strict=True), strict=True))


def _token(token: OperatorToken, resource: Resource) -> OperatorTokenModel:
    return OperatorTokenModel(
        token.id,
        token.role.value,
        format_moment(token.created_at),
        format_moment(token.expires_at),
        _state(token, resource),
        token.subject,
    )


def _state(token: OperatorToken, resource: Resource) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "valid" if has_its_key(token, key_ids(resource)) else "keyless"
