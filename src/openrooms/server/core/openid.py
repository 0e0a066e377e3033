"""Verifies tokens of OpenID Connect issuers that are set by the operator, such as Entra or Keycloak.

Keys are fetched from the issuer's published document and kept. A kept key is used at once; if it is old, the document
is fetched again in the background, so that an issuer that does not answer delays nobody. For an unknown key, the
request waits for the document, which is fetched at most once in `_REFETCH_AFTER`, however many tokens name unknown
keys.
https://openid.net/specs/openid-connect-discovery-1_0.html
"""

import asyncio
import base64
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import jwt
import msgspec
import structlog

from openrooms.domain.errors import InvalidAccessToken, InvalidArgument, NotAuthenticated, Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import DAY, HOUR, MINUTE, SECOND, Moment, after, whole_seconds
from openrooms.domain.operators import Operator, OperatorRole
from openrooms.server.core.ports import Clock
from openrooms.server.core.resources import Resources

Fetch = Callable[[str], Awaitable[bytes]]
"""Returns the document at a URL; raises `OSError` if it cannot be read."""

Post = Callable[[str, Mapping[str, str], Mapping[str, str]], Awaitable[bytes]]
"""Sends a form with header fields to a URL; returns the answer, or raises `OSError`, with the `code` of an error."""

Claims = Mapping[str, object]
Part = TypeVar("Part", bound=msgspec.Struct)

# Only asymmetric ones: with a symmetric one, anyone who knows the public key could sign.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_KEYS_KEPT = HOUR
_REFETCH_AFTER = 30 * SECOND
_LEEWAY = MINUTE
# Entra omits groups from tokens before they get so long; some issuers put a certificate into the header.
_LONGEST_HEAD = 4096
_LONGEST_TOKEN = 12 * 1024
_FETCH_SECONDS = 5
_LONGEST_SUBJECT = 256
_DOCUMENT_LIMIT = 1024 * 1024
_PIECE = 64 * 1024
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_UNREADABLE = "token: it cannot be read"
# Not the threads of other work: strangers can have any number of codes redeemed at an issuer that is slow.
_THREADS = ThreadPoolExecutor(8, "issuers")

_log = structlog.get_logger("openrooms.openid")
_GUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Issuer(msgspec.Struct, frozen=True):
    """An issuer of tokens for this server.

    `url` is exactly the `iss` of its tokens; it has https, or http on loopback. `audiences` are the values of `aud`
    that mean this server.
    """

    url: str
    audiences: tuple[str, ...]

    def __post_init__(self) -> None:
        check_url(self.url)
        if not self.audiences:
            raise ValueError(f"the issuer {self.url} needs at least one audience")


class Client(msgspec.Struct, frozen=True):
    """This service as a client of an issuer, at which people sign in to the console.

    Without a `secret` it is a public client. `title` is the issuer's name on the sign-in page.
    """

    id: str
    secret: str | None = None
    scope: str = "openid"
    title: str = ""

    def __repr__(self) -> str:
        return f"Client(id={self.id!r})"


class OperatorIssuer(msgspec.Struct, frozen=True):
    """An issuer of operators' tokens; with a `client`, operators also sign in to the console there.

    `roles` maps values of the claim to roles: the claim `roles` has Entra's app roles, `oid` names single people, and a
    dot selects a field of an object (Keycloak's `realm_access.roles`). The operators are those of `resource`, which is
    optional if there is only one resource.
    """

    issuer: Issuer
    roles: Mapping[str, OperatorRole]
    claim: str = "roles"
    resource: ResourceId | None = None
    client: Client | None = None


class _Head(msgspec.Struct):
    kid: str | None = None


class _Issued(msgspec.Struct):
    iss: str | None = None


class Metadata(msgspec.Struct):
    """The document that an issuer publishes about itself."""

    issuer: str
    jwks_uri: str
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    # https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata has this default.
    token_endpoint_auth_methods_supported: list[str] = msgspec.field(default_factory=lambda: ["client_secret_basic"])
    authorization_response_iss_parameter_supported: bool = False


class Verifier:
    """Verifies the tokens of one issuer."""

    def __init__(self, issuer: Issuer, clock: Clock, fetch: Fetch) -> None:
        self.issuer = issuer
        self._clock = clock
        self._fetch = fetch
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._metadata: Metadata | None = None
        self._fetched_at: Moment | None = None
        self._tried_at: Moment | None = None
        self._renewal: asyncio.Task[None] | None = None

    async def verify(self, token: str) -> Claims:
        """Return the claims of a valid token; raise `NotAuthenticated`, or `Unavailable` without the issuer's keys."""
        try:
            key = await self._key(_named_key(token))
            _check_signature(key, token)
            claims: Claims = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                audience=self.issuer.audiences,
                issuer=self.issuer.url,
                # The times are checked below, with our own clock.
                options={
                    "require": ["exp", "iss", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise NotAuthenticated(f"token: {error}") from error
        now = self._clock()
        if not _number(claims, "nbf", 0) <= whole_seconds(after(now, _LEEWAY)):
            raise NotAuthenticated("token: it is not valid yet")
        if not _number(claims, "exp", 0) > whole_seconds(after(now, -_LEEWAY)):
            raise NotAuthenticated("token: it has expired")
        return claims

    async def _key(self, name: object) -> jwt.PyJWK:
        if not isinstance(name, str):
            raise NotAuthenticated("token: its header names no key (kid)")
        if name in self._keys:
            if self._is_older(self._fetched_at, _KEYS_KEPT):
                self._start_renewal()
            return self._keys[name]
        await self._renewed()
        if self._fetched_at is None:
            raise Unavailable("The token's issuer does not answer; try again.")
        if name not in self._keys:
            raise NotAuthenticated("token: its issuer does not publish the key that signed it")
        return self._keys[name]

    async def metadata(self) -> Metadata:
        """Return the document that the issuer publishes about itself; raise `Unavailable`."""
        if self._metadata is None:
            await self._renewed()
        elif self._is_older(self._fetched_at, _KEYS_KEPT):
            self._start_renewal()
        if self._metadata is None:
            raise Unavailable("The issuer does not answer; try again.")
        return self._metadata

    async def _renewed(self) -> None:
        renewal = self._start_renewal()
        if renewal is not None:
            # A client that disconnects must not cancel the renewal for others.
            await asyncio.shield(renewal)

    def _start_renewal(self) -> asyncio.Task[None] | None:
        """Start a renewal if one is due; return the last one."""
        if (self._renewal is None or self._renewal.done()) and self._is_older(self._tried_at, _REFETCH_AFTER):
            self._tried_at = self._clock()
            self._renewal = asyncio.create_task(self._renew())
        return self._renewal

    async def _renew(self) -> None:
        try:
            self._metadata, self._keys = await self._published()
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError, jwt.PyJWTError) as error:
            # The kept keys stay valid; without any, `_key` raises `Unavailable`.
            _log.warning("no keys from the issuer", issuer=self.issuer.url, reason=type(error).__name__)
            return
        self._fetched_at = self._clock()

    async def _published(self) -> tuple[Metadata, Mapping[str, jwt.PyJWK]]:
        address = f"{self.issuer.url.rstrip('/')}/.well-known/openid-configuration"
        metadata = msgspec.json.decode(await self._fetch(address), type=Metadata)
        if metadata.issuer != self.issuer.url:
            raise ValueError(f"{address} names another issuer: {metadata.issuer}")
        check_endpoint(metadata.jwks_uri, self.issuer.url)
        key_set = jwt.PyJWKSet.from_json((await self._fetch(metadata.jwks_uri)).decode("utf-8"))
        return metadata, {key.key_id: key for key in key_set.keys if key.key_id and key.key_type != "oct"}

    def _is_older(self, moment: Moment | None, age: int) -> bool:
        return moment is None or self._clock() - moment > age


class OpenIdOperators:
    """Identifies operators by tokens of other issuers."""

    def __init__(self, issuers: Sequence[OperatorIssuer], resources: Resources, clock: Clock, fetch: Fetch) -> None:
        self._issuers = [(issuer, Verifier(issuer.issuer, clock, fetch)) for issuer in issuers]
        self._resources = resources

    async def verify(self, resource: ResourceId, token: str) -> Operator:
        """Return the operator that a token identifies; raise `NotAuthenticated` or `Unavailable`."""
        url = _named_issuer(token)
        for issuer, verifier in self._issuers:
            if issuer.issuer.url == url and issuer.resource in (None, resource):
                operator = _operator(issuer, await verifier.verify(token))
                self._check_resource(issuer, operator.name)
                return operator
        raise NotAuthenticated("token: no setting names its issuer for this resource")

    def _check_resource(self, issuer: OperatorIssuer, name: str) -> None:
        # The service does not start with such a setting, but a second resource may have been added since.
        if issuer.resource is None and self._resources.are_several:
            _log.error(
                "operators are refused: there are several resources, and --oidc names none", issuer=issuer.issuer.url
            )
            raise NotAuthenticated(
                "token: there are several resources, and the setting of its issuer names none", caller=name
            )


class TeamsUsers:
    """Identifies Teams users by tokens of one Entra tenant."""

    def __init__(self, issuer: Issuer, clock: Clock, fetch: Fetch) -> None:
        self._verifier = Verifier(issuer, clock, fetch)
        self._clock = clock

    async def verify(self, token: str, app_id: str | None, user_id: str | None) -> Moment:
        """Return the expiry of the token, at most a day from now; raise what `TeamsIssuer` names."""
        try:
            claims = await self._verifier.verify(token)
        except NotAuthenticated as error:
            raise InvalidAccessToken(error.reason) from error
        _check_guid("AppId", app_id)
        _check_guid("UserId", user_id)
        if app_id != claims.get("appid", claims.get("azp")):
            raise InvalidArgument("appId", "AAD application is not the expected one.")
        if user_id != claims.get("oid"):
            raise InvalidArgument("userId", "Provided AAD token issued for unexpected user.")
        return min(Moment(int(_number(claims, "exp", 0)) * SECOND), after(self._clock(), DAY))


async def fetch(url: str) -> bytes:
    """Return a small document, read quickly and without redirects; raise `OSError`."""
    try:
        async with asyncio.timeout(_FETCH_SECONDS):
            return await asyncio.get_running_loop().run_in_executor(_THREADS, _read, url)
    except TimeoutError as error:
        raise OSError(f"{url} cannot be read within {_FETCH_SECONDS} s") from error


async def post(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
    """Send a form and return the small answer as `fetch` does; raise `OSError`, with a `code` if it is an error."""
    body = urlencode(form).encode("ascii")
    try:
        async with asyncio.timeout(_FETCH_SECONDS):
            return await asyncio.get_running_loop().run_in_executor(_THREADS, _read, url, body, headers)
    except TimeoutError as error:
        raise OSError(f"{url} does not answer within {_FETCH_SECONDS} s") from error


def _read(url: str, body: bytes | None = None, headers: Mapping[str, str] = _NO_HEADERS) -> bytes:
    # Loaded on first use, because most services have no issuer.
    from http.client import HTTPException
    from urllib import request

    opener = request.OpenerDirector()
    # These handlers follow no proxy and no redirect, and allow no other scheme.
    opener.add_handler(request.HTTPHandler())
    opener.add_handler(request.HTTPSHandler())
    opener.add_handler(request.HTTPErrorProcessor())
    opener.add_handler(request.HTTPDefaultErrorHandler())
    until = time.monotonic() + _FETCH_SECONDS
    document = bytearray()
    try:
        # The opener above has no other scheme.
        sent = request.Request(url, body, dict(headers))  # noqa: S310
        with opener.open(sent, timeout=_FETCH_SECONDS) as answer:
            while piece := answer.read1(_PIECE):
                document += piece
                if len(document) > _DOCUMENT_LIMIT:
                    raise OSError(f"{url} is longer than {_DOCUMENT_LIMIT} bytes")
                # The caller has given up, and a thread cannot be cancelled.
                if time.monotonic() > until:
                    raise TimeoutError
    except HTTPException as error:
        raise OSError(f"{url} cannot be read: {type(error).__name__}") from error
    if answer.length:
        raise OSError(f"{url} ended early")
    return bytes(document)


def check_url(url: str) -> None:
    """Raise `ValueError` unless the URL is one of https, or of http on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}):
        return
    raise ValueError(f"{url} must begin with https:// (http:// only on this machine)")


def check_endpoint(url: str, issuer: str) -> None:
    """Raise `ValueError` unless the issuer may name the URL.

    A URL with http is always one of this machine (`check_url`), and only an issuer on this machine may make the service
    send requests to programs there.
    """
    if urlsplit(issuer).scheme == "https" and urlsplit(url).scheme != "https":
        raise ValueError(f"{url} must begin with https://, as its issuer {issuer} does")
    check_url(url)


def _check_guid(name: str, text: str | None) -> None:
    if not text:
        raise InvalidArgument(name, f"{name}: The {name} field is required.", missing=True)
    if _GUID.fullmatch(text) is None:
        target = name[0].lower() + name[1:]
        raise InvalidArgument(target, f"Provided {name} has invalid format.")


def _named_key(token: str) -> str | None:
    """Return the key that an unverified token names."""
    return _read_part(_parts(token)[0], _Head).kid


def _named_issuer(token: str) -> str | None:
    """Return the issuer that an unverified token names."""
    return _read_part(_parts(token)[1], _Issued).iss


def _parts(token: str) -> tuple[str, str]:
    head, _, rest = token.partition(".")
    claims, _, signature = rest.partition(".")
    if not signature or "." in signature:
        raise NotAuthenticated(_UNREADABLE)
    if len(head) > _LONGEST_HEAD or len(token) > _LONGEST_TOKEN:
        raise NotAuthenticated("token: it is too long")
    return head, claims


def _check_signature(key: jwt.PyJWK, token: str) -> None:
    """Raise `InvalidSignatureError`; PyJWT does more before it checks the signature, and strangers can forge tokens."""
    message, _, signature = token.rpartition(".")
    if not key.Algorithm.verify(message.encode("ascii"), key.key, _decoded(signature)):
        raise jwt.InvalidSignatureError("Signature verification failed")


def _read_part(text: str, shape: type[Part]) -> Part:
    """Parse only what `shape` has, since the text is not verified."""
    try:
        return msgspec.json.decode(_decoded(text), type=shape)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise NotAuthenticated(_UNREADABLE) from error


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _operator(issuer: OperatorIssuer, claims: Claims) -> Operator:
    name, role = subject_of(issuer.issuer.url, claims), role_of(issuer, claims)
    if role is None:
        raise NotAuthenticated(f"token: its claim {issuer.claim} names no role", caller=name)
    return Operator(name, role)


def subject_of(issuer: str, claims: Claims) -> str:
    """Return the name in the audit trail of the person in an issuer's token."""
    return f"openid:{issuer}#{str(claims.get('sub', ''))[:_LONGEST_SUBJECT]}"


def role_of(issuer: OperatorIssuer, claims: Claims) -> OperatorRole | None:
    """Return the highest role that the setting gives to the claims of a token."""
    value: object = claims
    for step in issuer.claim.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    values = value if isinstance(value, list) else [value]
    roles = {issuer.roles[text] for text in values if isinstance(text, str) and text in issuer.roles}
    return next((role for role in (OperatorRole.CONTRIBUTOR, OperatorRole.READER) if role in roles), None)


def _number(claims: Claims, name: str, default: int) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise NotAuthenticated(f"token: its claim {name} is not a number")
    return value
