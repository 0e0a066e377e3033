"""Signing in to the console at an issuer: OpenID Connect's authorization code flow with PKCE, state and nonce.

The browser keeps one random secret between the two steps, in a cookie that no script reads. The state, the nonce and
PKCE's verifier are digests of it, so nothing is kept here, and an answer is worth nothing in another browser.
https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
https://www.rfc-editor.org/rfc/rfc7636
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from hmac import compare_digest
from secrets import token_urlsafe
from typing import NamedTuple
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import msgspec
import structlog

from openrooms.domain.errors import NoOperatorRole, NotAuthenticated, SignInFailed, Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.operators import OperatorRole
from openrooms.server.core.openid import (
    Claims,
    Client,
    Fetch,
    Issuer,
    Metadata,
    OperatorIssuer,
    Post,
    Verifier,
    check_endpoint,
    role_of,
    subject_of,
)
from openrooms.server.core.ports import Clock
from openrooms.server.core.resources import Resources
from openrooms.server.core.sessions import Grants

_log = structlog.get_logger("openrooms.openid")
_SECRET_BYTES = 32
_LABELS = ("name", "preferred_username", "email")
_SERVER_ERRORS = 500


class Way(msgspec.Struct, frozen=True):
    """An issuer at which people sign in: its settings, one for each resource, and its name on the sign-in page."""

    id: str
    title: str
    client: Client
    issuers: tuple[OperatorIssuer, ...]

    @property
    def url(self) -> str:
        """The issuer's URL."""
        return self.issuers[0].issuer.url


class Answer(msgspec.Struct, frozen=True):
    """The answer that an issuer gives the browser; only some issuers send `issuer` (RFC 9207)."""

    code: str
    state: str
    issuer: str = ""

    def __repr__(self) -> str:
        return "Answer(...)"


class Identified(NamedTuple):
    """Somebody who signed in at an issuer, and their roles."""

    subject: str
    label: str
    grants: Grants


class _Tokens(msgspec.Struct):
    id_token: str

    def __repr__(self) -> str:
        return "_Tokens(...)"


def new_attempt() -> str:
    """Return a random secret for a browser that begins to sign in."""
    return token_urlsafe(_SECRET_BYTES)


class SignIn:
    """Sends browsers to the configured issuers, and verifies the answers that they bring back."""

    def __init__(
        self, issuers: Sequence[OperatorIssuer], resources: Resources, clock: Clock, fetch: Fetch, post: Post
    ) -> None:
        self._resources = resources
        self._post = post
        self._ways = {way.id: way for way in _ways(issuers)}
        # The audience of an ID token is the client; those of access tokens are others.
        self._verifiers = {
            way.id: Verifier(Issuer(way.url, (way.client.id,)), clock, fetch) for way in self._ways.values()
        }

    def ways(self, resource: ResourceId) -> list[Way]:
        """Return the issuers at which operators of a resource can sign in."""
        return [
            way for way in self._ways.values() if any(issuer.resource in (None, resource) for issuer in way.issuers)
        ]

    async def begin(self, way_id: str, attempt: str, redirect_uri: str) -> str:
        """Return the URL at the issuer where somebody signs in; raise `SignInFailed` or `Unavailable`."""
        way = self._way(way_id)
        metadata = await self._verifiers[way.id].metadata()
        endpoint = _checked(metadata.authorization_endpoint, way)
        parameters = {
            "response_type": "code",
            "client_id": way.client.id,
            "redirect_uri": redirect_uri,
            "scope": way.client.scope,
            "state": _derived(attempt, "state"),
            "nonce": _derived(attempt, "nonce"),
            "code_challenge": _digest(_derived(attempt, "verifier")),
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters, quote_via=quote)}"

    async def finish(self, way_id: str, attempt: str, redirect_uri: str, answer: Answer) -> Identified:
        """Return the person who signed in; raise `SignInFailed`, `NoOperatorRole` or `Unavailable`."""
        way = self._way(way_id)
        if not compare_digest(answer.state.encode("utf-8", "replace"), _derived(attempt, "state").encode("ascii")):
            raise SignInFailed("sign-in: the state is not that of this browser")
        metadata = await self._verifiers[way.id].metadata()
        if answer.issuer != way.url and (answer.issuer or metadata.authorization_response_iss_parameter_supported):
            raise SignInFailed("sign-in: another issuer answered")
        id_token = await self._redeem(way, metadata, attempt, redirect_uri, answer.code)
        try:
            claims = await self._verifiers[way.id].verify(id_token)
        except NotAuthenticated as error:
            raise SignInFailed(error.reason) from error
        _check_claims(claims, way, _derived(attempt, "nonce"))
        subject = subject_of(way.url, claims)
        grants = self._grants(way, claims)
        if not grants:
            raise NoOperatorRole(subject=subject)
        return Identified(subject, _label(claims), grants)

    async def _redeem(self, way: Way, metadata: Metadata, attempt: str, redirect_uri: str, code: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": way.client.id,
            "code_verifier": _derived(attempt, "verifier"),
        }
        headers = {"Accept": "application/json"}
        if way.client.secret is not None:
            if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
                headers["Authorization"] = _basic(way.client.id, way.client.secret)
            else:
                form["client_secret"] = way.client.secret
        try:
            body = await self._post(_checked(metadata.token_endpoint, way), form, headers)
            return msgspec.json.decode(body, type=_Tokens).id_token
        except OSError as error:
            status = getattr(error, "code", None)
            _log.warning("an issuer redeemed no code", issuer=way.url, status=status, reason=type(error).__name__)
            if status is None or status >= _SERVER_ERRORS:
                raise Unavailable("The issuer does not answer; try again.") from error
            raise SignInFailed("sign-in: the issuer does not accept the code, or this client") from error
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            _log.warning("an issuer redeemed no code", issuer=way.url, reason=type(error).__name__)
            raise SignInFailed("sign-in: the issuer sent no ID token") from error

    def _grants(self, way: Way, claims: Claims) -> Grants:
        """Return the roles in each resource; several settings for one resource give the highest role."""
        grants: dict[ResourceId, OperatorRole] = {}
        for issuer in way.issuers:
            role = role_of(issuer, claims)
            resource = issuer.resource or self._only_resource(way)
            if role is not None and resource is not None and grants.get(resource) is not OperatorRole.CONTRIBUTOR:
                grants[resource] = role
        tenants = [(self._resources.get(resource), role) for resource, role in grants.items()]
        return [(tenant, role) for tenant, role in tenants if tenant is not None]

    def _only_resource(self, way: Way) -> ResourceId | None:
        # The service does not start with such a setting, but a second resource may have been added since.
        if len(self._resources.all) == 1:
            return self._resources.all[0].id
        _log.error("operators are refused: there are several resources, and --oidc names none", issuer=way.url)
        return None

    def _way(self, way_id: str) -> Way:
        way = self._ways.get(way_id)
        if way is None:
            raise SignInFailed("sign-in: there is no such way")
        return way


def _ways(issuers: Sequence[OperatorIssuer]) -> list[Way]:
    ways: dict[tuple[str, str], list[OperatorIssuer]] = {}
    for issuer in issuers:
        if issuer.client is not None:
            ways.setdefault((issuer.issuer.url, issuer.client.id), []).append(issuer)
    return [_way(str(number), found) for number, found in enumerate(ways.values())]


def _way(way_id: str, issuers: Sequence[OperatorIssuer]) -> Way:
    clients = [issuer.client for issuer in issuers if issuer.client is not None]
    title = next((client.title for client in clients if client.title), urlsplit(issuers[0].issuer.url).netloc)
    return Way(way_id, title, clients[0], tuple(issuers))


def _check_claims(claims: Claims, way: Way, nonce: str) -> None:
    """Raise `SignInFailed` unless the ID token answers this sign-in of this client."""
    # https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
    if claims.get("nonce") != nonce:
        raise SignInFailed("sign-in: the ID token has another nonce")
    if not claims.get("sub"):
        raise SignInFailed("sign-in: the ID token names nobody")
    if claims.get("azp", way.client.id) != way.client.id:
        raise SignInFailed("sign-in: the ID token is for another client")


def _label(claims: Mapping[str, object]) -> str:
    names = (claims.get(name) for name in _LABELS)
    return next((name for name in names if isinstance(name, str) and name.isprintable()), "")


def _checked(endpoint: str, way: Way) -> str:
    try:
        check_endpoint(endpoint, way.url)
    except ValueError as error:
        _log.error("an issuer publishes no usable endpoint", issuer=way.url)
        raise Unavailable("The issuer cannot be used to sign in.") from error
    return endpoint


def _basic(client: str, secret: str) -> str:
    # https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
    pair = f"{quote_plus(client)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")


def _derived(attempt: str, purpose: str) -> str:
    return _digest(f"{purpose}:{attempt}")


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode("utf-8")).digest()).rstrip(b"=").decode("ascii")
