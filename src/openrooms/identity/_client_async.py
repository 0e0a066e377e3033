"""The async identity client."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from openrooms.client._base import RETRIES, TIMEOUT
from openrooms.client._base_async import AsyncClient
from openrooms.client._credentials import AsyncTokenCredential
from openrooms.client._models import Response
from openrooms.client._policies import KeyCredential
from openrooms.identifiers import CommunicationUserIdentifier
from openrooms.identity import _calls as calls
from openrooms.identity._calls import PersonalData, Scope, User, UserAndToken
from openrooms.identity.tokens import AccessToken


class CommunicationIdentityClient(AsyncClient):
    """A client that creates users, and the tokens with which they join calls.

    One client serves any number of tasks. Close it after the last call, or use it in an `async with`.

    Every call also accepts `timeout` (seconds for the whole call, retries included), `headers` (additional request
    headers), and the keywords of azure-core's policies and transports, such as `retry_total`, `read_timeout`,
    `connection_verify`, `raw_response_hook` and `logging_enable`. In addition to the errors named below, a call raises
    `InvalidRequestError`, `ClientAuthenticationError` (also for a user of another resource), `ThrottledError` or
    another `HttpResponseError` if the service refuses the request, `ServiceRequestError` if there is no connection,
    `ServiceResponseError` if there is no complete answer, and `ValueError` or `TypeError` if an argument is wrong; in
    that case nothing has been sent.

    >>> from openrooms.identity.aio import CommunicationIdentityClient, CommunicationTokenScope
    >>> async with CommunicationIdentityClient.from_environment() as client:
    ...     user = await client.create_user()
    ...     token = await client.get_token(user, [CommunicationTokenScope.VOIP])
    """

    _default_version = calls.VERSION

    def __init__(
        self,
        endpoint: str,
        credential: KeyCredential | AsyncTokenCredential | str,
        *,
        api_version: str = calls.VERSION,
        retries: int = RETRIES,
        timeout: float | None = TIMEOUT,
        **options: Any,
    ) -> None:
        """Create a client without sending anything.

        The arguments and errors are those of `openrooms.RoomsClient`; only the default of `api_version` differs.
        """
        super().__init__(endpoint, credential, api_version=api_version, retries=retries, timeout=timeout, **options)
        self._with_response = IdentityWithResponse(self)

    @property
    def with_response(self) -> "IdentityWithResponse":
        """The same calls, but each returns a `Response`: the value with the status, the headers and the request id.

        >>> from openrooms.identity.aio import CommunicationIdentityClient
        >>> async with CommunicationIdentityClient.from_environment() as client:
        ...     response = await client.with_response.create_user()
        >>> response.status_code
        201
        """
        return self._with_response

    async def create_user(self, **options: Any) -> CommunicationUserIdentifier:
        """Create a user and return their identifier.

        >>> from openrooms.identity.aio import CommunicationIdentityClient
        >>> async with CommunicationIdentityClient.from_environment() as client:
        ...     user = await client.create_user()
        >>> user.raw_id.startswith("8:acs:")
        True
        """
        return (await self._with_response.create_user(**options)).value

    async def create_user_and_token(
        self, scopes: Iterable[Scope], *, token_expires_in: timedelta | None = None, **options: Any
    ) -> UserAndToken:
        """Create a user with a token and return both; see `get_token` for the scopes, the lifetime and the errors.

        >>> from openrooms.identity.aio import CommunicationIdentityClient
        >>> async with CommunicationIdentityClient.from_environment() as client:
        ...     user, token = await client.create_user_and_token(["voip"])
        """
        return (
            await self._with_response.create_user_and_token(scopes, token_expires_in=token_expires_in, **options)
        ).value

    async def get_token(
        self, user: User, scopes: Iterable[Scope], *, token_expires_in: timedelta | None = None, **options: Any
    ) -> AccessToken:
        """Return a token of a user for the scopes.

        `token_expires_in` is its lifetime in whole minutes, from 1 to 24 hours; the default is 24 hours. Raise
        `ValueError` if there are no scopes or the lifetime is not in whole minutes.

        >>> from datetime import timedelta
        >>> from openrooms.identity.aio import CommunicationIdentityClient, CommunicationTokenScope
        >>> async with CommunicationIdentityClient.from_environment() as client:
        ...     user = await client.create_user()
        ...     token = await client.get_token(
        ...         user, [CommunicationTokenScope.VOIP], token_expires_in=timedelta(hours=1)
        ...     )
        >>> token.expires_at.tzname()
        'UTC'
        """
        return (await self._with_response.get_token(user, scopes, token_expires_in=token_expires_in, **options)).value

    async def revoke_tokens(self, user: User, **options: Any) -> None:
        """Revoke all tokens of a user.

        >>> from openrooms.identity.aio import CommunicationIdentityClient
        >>> async with CommunicationIdentityClient.from_environment() as client:
        ...     user, token = await client.create_user_and_token(["voip"])
        ...     await client.revoke_tokens(user)
        """
        await self._with_response.revoke_tokens(user, **options)

    async def delete_user(self, user: User, **options: Any) -> None:
        """Delete a user and all their tokens.

        >>> from openrooms.identity.aio import CommunicationIdentityClient
        >>> async with CommunicationIdentityClient.from_environment() as client:
        ...     user = await client.create_user()
        ...     await client.delete_user(user)
        """
        await self._with_response.delete_user(user, **options)

    async def adopt_users(self, users: Iterable[User], **options: Any) -> list[CommunicationUserIdentifier]:
        """Register users that another service created, so that this service can issue tokens for them.

        At most 1000 users per call; the service adopts all of them or none. An app that moves to openrooms can so keep
        the raw ids that it has stored. Azure's service does not offer this.

        >>> from openrooms.identity.aio import CommunicationIdentityClient
        >>> ada = "8:acs:3f14cf17-84d5-42c2-8689-a6365c474b4e_00000029-931c-aa89-e84c-09bd456064be"
        >>> async with CommunicationIdentityClient.from_environment() as client:
        ...     [user] = await client.adopt_users([ada])
        ...     token = await client.get_token(user, ["voip"])
        """
        return (await self._with_response.adopt_users(users, **options)).value

    async def export_user(self, user: User, *, after: str = "", **options: Any) -> PersonalData:
        """Return some of what is kept about a person: rooms, names, stays, refusals, events and audit events.

        Begin without `after`, and go on with the `next` of each answer until it is empty. The person need not be a
        user, and may be a telephone (`4:+1...`). Azure's service does not offer this.

        >>> from openrooms.identity.aio import CommunicationIdentityClient
        >>> async with CommunicationIdentityClient.from_environment() as client:
        ...     user = await client.create_user()
        ...     data = await client.export_user(user)
        ...     while data.next:
        ...         data = await client.export_user(user, after=data.next)
        """
        return (await self._with_response.export_user(user, after=after, **options)).value

    async def erase_user(self, user: User, **options: Any) -> bool:
        """Erase a person: the user, the places on rosters, tokens, invitations and names; they leave their calls.

        Return whether that is done. Otherwise it goes on by itself, and calling again waits for it. The audit trail
        stays. Azure's service does not offer this.

        >>> from openrooms.identity.aio import CommunicationIdentityClient
        >>> async with CommunicationIdentityClient.from_environment() as client:
        ...     user = await client.create_user()
        ...     while not await client.erase_user(user):
        ...         pass
        """
        return (await self._with_response.erase_user(user, **options)).value

    async def get_token_for_teams_user(
        self, aad_token: str, client_id: str, user_object_id: str, **options: Any
    ) -> AccessToken:
        """Exchange a Teams user's token of Microsoft Entra ID for a token of this service, and return it.

        `client_id` is the id of the Entra application that the token was issued to, `user_object_id` the user's Entra
        object id. Raise `ClientAuthenticationError` if the token is not valid.

        >>> from azure.core.exceptions import ClientAuthenticationError
        >>> from openrooms.identity.aio import CommunicationIdentityClient
        >>> app, user = "1fb4a9b5-5a8e-4f0e-8a4b-3c2b1f6a7d10", "7a3e2c41-9d0b-4c62-8e55-0f9d6b1c2a34"
        >>> async with CommunicationIdentityClient.from_environment() as client:
        ...     try:
        ...         token = await client.get_token_for_teams_user("not-a-token", app, user)
        ...     except ClientAuthenticationError as error:
        ...         print(error.error.code)
        InvalidAccessToken
        """
        return (
            await self._with_response.get_token_for_teams_user(aad_token, client_id, user_object_id, **options)
        ).value


class IdentityWithResponse:
    """The calls of `CommunicationIdentityClient`, each returning a `Response` instead of the value alone."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def create_user(self, **options: Any) -> Response[CommunicationUserIdentifier]:
        """See `CommunicationIdentityClient.create_user`."""
        return await self._client._send(calls.create_user(), options)

    async def create_user_and_token(
        self, scopes: Iterable[Scope], *, token_expires_in: timedelta | None = None, **options: Any
    ) -> Response[UserAndToken]:
        """See `CommunicationIdentityClient.create_user_and_token`."""
        return await self._client._send(calls.create_user_and_token(scopes, token_expires_in), options)

    async def get_token(
        self, user: User, scopes: Iterable[Scope], *, token_expires_in: timedelta | None = None, **options: Any
    ) -> Response[AccessToken]:
        """See `CommunicationIdentityClient.get_token`."""
        return await self._client._send(calls.get_token(user, scopes, token_expires_in), options)

    async def revoke_tokens(self, user: User, **options: Any) -> Response[None]:
        """See `CommunicationIdentityClient.revoke_tokens`."""
        return await self._client._send(calls.revoke_tokens(user), options)

    async def delete_user(self, user: User, **options: Any) -> Response[None]:
        """See `CommunicationIdentityClient.delete_user`."""
        return await self._client._send(calls.delete_user(user), options)

    async def adopt_users(self, users: Iterable[User], **options: Any) -> Response[list[CommunicationUserIdentifier]]:
        """See `CommunicationIdentityClient.adopt_users`."""
        return await self._client._send(calls.adopt_users(users), options)

    async def export_user(self, user: User, *, after: str = "", **options: Any) -> Response[PersonalData]:
        """See `CommunicationIdentityClient.export_user`."""
        return await self._client._send(calls.export_user(user, after), options)

    async def erase_user(self, user: User, **options: Any) -> Response[bool]:
        """See `CommunicationIdentityClient.erase_user`."""
        return await self._client._send(calls.erase_user(user), options)

    async def get_token_for_teams_user(
        self, aad_token: str, client_id: str, user_object_id: str, **options: Any
    ) -> Response[AccessToken]:
        """See `CommunicationIdentityClient.get_token_for_teams_user`."""
        return await self._client._send(calls.get_token_for_teams_user(aad_token, client_id, user_object_id), options)
