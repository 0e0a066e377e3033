"""The issuer of Entra's tokens in a development service, for the libraries named azure-identity.

They ask it as the managed identity of an App Service (`IDENTITY_ENDPOINT`), or as an authority for client credentials
(`AZURE_AUTHORITY_HOST`). For an authority that they do not know they ask Microsoft's servers, except in the tenant
`adfs`, which therefore works offline without further options.
https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

import time
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qs

import msgspec

from openrooms.server.core.entra import (
    LIFETIME_SECONDS,
    MANAGED_IDENTITY,
    OFFLINE_TENANT,
    RESOURCE,
    TENANT,
    EntraTokens,
    issuer_of,
)
from openrooms.server.web.messages import UNCACHED_JSON, Receive, Request, Scope, Send, read_body
from openrooms.server.web.pages import respond

PREFIXES = (f"/{TENANT}", f"/{OFFLINE_TENANT}")

_METADATA = (".well-known/openid-configuration", "v2.0/.well-known/openid-configuration")
_KEYS = "discovery/v2.0/keys"
_TOKENS = ("oauth2/token", "oauth2/v2.0/token")
_SCOPE = f"{RESOURCE}/.default"
_IDENTITY = "managed-identity"


class _Refused(Exception):
    """A request for a token is refused, with an error of OAuth."""

    def __init__(self, status: HTTPStatus, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error


class EntraIssuer:
    """The application below the paths of two tenants; it has tokens for Communication Services only.

    It takes any client id and secret, because it runs on the developer's machine.
    """

    def __init__(self, tokens: EntraTokens) -> None:
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
            return
        request = Request.of(scope)
        try:
            status, answer = HTTPStatus.OK, await self._answer(request, scope["path"], receive)
        except _Refused as refusal:
            status, answer = refusal.status, {"error": refusal.error, "error_description": str(refusal)}
        await respond(send, scope, status, msgspec.json.encode(answer), UNCACHED_JSON)

    async def _answer(self, request: Request, path: str, receive: Receive) -> Mapping[str, object]:
        tenant, _, rest = path.removeprefix("/").partition("/")
        if request.method == "GET" and rest in _METADATA:
            return _metadata(f"{request.base_url}/{tenant}")
        if request.method == "GET" and rest == _KEYS:
            return self._tokens.jwks
        if request.method == "GET" and rest == MANAGED_IDENTITY:
            return self._managed_identity(request)
        if request.method == "POST" and rest in _TOKENS:
            return self._client_credentials(await read_body(request, receive))
        raise _Refused(HTTPStatus.NOT_FOUND, "not_found", "This issuer has no such path.")

    def _managed_identity(self, request: Request) -> Mapping[str, object]:
        if b"x-identity-header" not in request.headers:
            raise _Refused(HTTPStatus.BAD_REQUEST, "invalid_request", "There is no header X-IDENTITY-HEADER.")
        resource = request.query.one("resource") or ""
        if resource.rstrip("/") != RESOURCE:
            raise _Refused(HTTPStatus.BAD_REQUEST, "invalid_resource", f"The resource must be {RESOURCE}.")
        application = request.query.one("client_id") or _IDENTITY
        return {
            "access_token": self._tokens.issue(application),
            "expires_on": str(int(time.time()) + LIFETIME_SECONDS),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": application,
        }

    def _client_credentials(self, body: bytes) -> Mapping[str, object]:
        form = {name: values[-1] for name, values in parse_qs(body.decode("latin-1")).items()}
        if form.get("grant_type") != "client_credentials":
            raise _Refused(HTTPStatus.BAD_REQUEST, "unsupported_grant_type", "Only client_credentials is supported.")
        if not form.get("client_id") or not (form.get("client_secret") or form.get("client_assertion")):
            raise _Refused(HTTPStatus.UNAUTHORIZED, "invalid_client", "There is no client_id, or no client_secret.")
        # The client of Communication Services writes its scope with two slashes.
        scopes = {scope.replace("//.default", "/.default") for scope in form.get("scope", "").split()}
        if _SCOPE not in scopes and form.get("resource", "").rstrip("/") != RESOURCE:
            raise _Refused(HTTPStatus.BAD_REQUEST, "invalid_scope", f"The scope must be {_SCOPE}.")
        token = self._tokens.issue(form["client_id"])
        return {"token_type": "Bearer", "expires_in": LIFETIME_SECONDS, "access_token": token}


def _metadata(base: str) -> Mapping[str, object]:
    return {
        "issuer": issuer_of(TENANT),
        "token_endpoint": f"{base}/{_TOKENS[-1]}",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "jwks_uri": f"{base}/{_KEYS}",
        "response_types_supported": ["token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    }
