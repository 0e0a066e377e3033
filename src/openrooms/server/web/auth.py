"""Authentication: signatures with an access key, operator tokens, sessions of the console, and user tokens.

A refusal never says what was wrong; its `reason` is for the log of a development service. A signature is checked over
the request target exactly as received, before the body is read. The body's hash, which the signature covers, is checked
afterwards.
"""

import binascii
import hashlib
import re
from collections.abc import Sequence
from hmac import compare_digest
from secrets import token_bytes
from typing import Protocol

from openrooms.domain.errors import InvitationWithdrawn, NotAllowed, NotAuthenticated, TokenRefused
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.domain.operators import Operator, OperatorRole
from openrooms.server.core.key_uses import KeyUses
from openrooms.server.core.operators import OperatorTokens
from openrooms.server.core.ports import Clock
from openrooms.server.core.resources import Resources, Tenant
from openrooms.server.core.tokens import TokenKind, Tokens
from openrooms.server.web.messages import Caller, Person, Request
from openrooms.server.web.sessions import SessionCookies
from openrooms.wire.dates import parse_http_date
from openrooms.wire.operations import Access
from openrooms.wire.signing import (
    AUTHORIZATION_PREFIX,
    AccessKey,
    content_hash,
    signed_hosts,
    signed_targets,
    signing_key,
)

_PREFIX = AUTHORIZATION_PREFIX.encode("ascii")
_DATE = b"x-ms-date"
# Schemes and header names of HTTP ignore case. The first Identity SDKs and hand-made requests sign the header Date:
# docs/evidence.md#signatures
_SIGNED = re.compile(
    rb"HMAC-SHA256 +SignedHeaders=(x-ms-date|date);host;x-ms-content-sha256&Signature=(.*)", re.IGNORECASE
)
_EMPTY_HASH = content_hash(b"").encode("ascii")
_DECISIVE = frozenset({b"authorization", b"host", b"x-ms-content-sha256"})
_FORM = f"form: Authorization is neither {AUTHORIZATION_PREFIX}... nor Bearer TOKEN"
UNKNOWN_HOST = "host: no resource answers to this Host header"
_HASH_LENGTH = len(_EMPTY_HASH)
_LONGEST_HOST = 255 + len(":65535")
_OF_USERS = frozenset({TokenKind.USER, TokenKind.INVITATION})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class BodyDiffers(NotAuthenticated):
    """The body differs from the signed one: docs/evidence.md#signatures."""

    message = "Request 'x-ms-content-sha256' differs from generated content hash."


class Operators(Protocol):
    """Verifies operator tokens of other issuers."""

    async def verify(self, resource: ResourceId, token: str) -> Operator:
        """Return the operator of the token; raise `NotAuthenticated`."""


class Authenticator:
    """Identifies the caller of a request.

    `skew` is the allowed difference between a signature's date and now, in units of 100 ns. `public_hosts` are other
    host names of this server. Without `operators`, only tokens of this service are accepted, and without `cookies` no
    sessions of the console. `uses` notes when access keys are used.
    """

    def __init__(
        self,
        resources: Resources,
        tokens: Tokens,
        operator_tokens: OperatorTokens,
        clock: Clock,
        *,
        skew: int,
        operators: Operators | None = None,
        public_hosts: Sequence[str] = (),
        cookies: SessionCookies | None = None,
        uses: KeyUses | None = None,
    ) -> None:
        self._resources = resources
        self._tokens = tokens
        self._operator_tokens = operator_tokens
        self._clock = clock
        self._operators = operators
        self._cookies = cookies
        self._uses = uses
        self.skew = skew
        self._public_hosts = tuple(host.encode("ascii") for host in public_hosts)
        # Checked for unknown hosts, so that a caller without a key cannot tell them by time.
        self._nobody = Tenant.of(ResourceId(""), _random_key(), _random_key())

    async def identify(self, request: Request, access: Access = Access.OPERATOR) -> Caller:
        """Return the caller; raise `NotAuthenticated`, or `NotAllowed` if a reader tries to write.

        `check_body` must be called once the body was read.
        """
        authorization = request.headers.get(b"authorization", b"")
        if request.repeated and not _DECISIVE.isdisjoint(request.repeated):
            raise NotAuthenticated("form: a header that identifies the caller was repeated")
        if access is not Access.USER:
            if authorization.startswith(_PREFIX):
                return self._signer(request, _DATE, authorization[len(_PREFIX) :])
            if match := _SIGNED.fullmatch(authorization):
                return self._signer(request, match[1].lower(), match[2])
            if not authorization and self._cookies is not None and self._cookies.are_sent(request):
                return _allowed(request, await self._cookies.identify(request))
        scheme, _, token = authorization.partition(b" ")
        try:
            if scheme.lower() != b"bearer" or not token.isascii():
                raise NotAuthenticated(_FORM if authorization else "form: there is no Authorization header")
            return await self._bearer(request, token.strip().decode("ascii"), access)
        except InvitationWithdrawn:
            raise
        except NotAuthenticated as error:
            if access is Access.OPERATOR:
                raise
            # Calling SDKs know this error for users' tokens: docs/evidence.md#calls.
            raise TokenRefused(reason=error.reason) from error

    def check_body(self, request: Request) -> None:
        """Raise `BodyDiffers` if a body was signed and differs from this one."""
        signed = request.signed_hash
        if not signed:
            return
        body = request.body
        expected = binascii.b2a_base64(hashlib.sha256(body).digest(), newline=False) if body else _EMPTY_HASH
        if not compare_digest(signed, expected):
            raise BodyDiffers("body hash: x-ms-content-sha256 is not the SHA-256 of the body in base64")

    def is_current(self, _request: Request, sent: Moment) -> bool:
        """Return whether the date of a request's signature is near enough to the present time."""
        return abs(self._clock() - sent) <= self.skew

    def _signer(self, request: Request, date_header: bytes, text: bytes) -> Caller:
        """Return the caller who signed the request, whose date is in `date_header`."""
        headers = request.headers
        date = headers.get(date_header, b"")
        body_hash = headers.get(b"x-ms-content-sha256", b"")
        # Text that cannot be a signature is refused before any hashing.
        if len(text) != _HASH_LENGTH or len(request.received_host) > _LONGEST_HOST:
            raise NotAuthenticated(_FORM)
        if len(body_hash) != _HASH_LENGTH:
            raise NotAuthenticated("body hash: there is no SHA-256 in base64 in x-ms-content-sha256")
        sent = parse_http_date(date)
        if sent is None or date_header in request.repeated:
            raise NotAuthenticated("date: the signed date is missing, or not of the form Fri, 29 Aug 2025 00:29:48 GMT")
        if not self.is_current(request, sent):
            raise NotAuthenticated("date: the signed date is too far from the time of this machine")
        tenant = self._resources.find(request.host) or self._nobody
        key = self._signing_key(request, tenant, text, date, body_hash)
        if tenant is self._nobody:
            raise NotAuthenticated(UNKNOWN_HOST)
        if key is None:
            raise NotAuthenticated("key: the signature was made with another key, or over another text")
        request.signed_hash = body_hash
        place = tenant.keys.index(key)
        if self._uses is not None:
            self._uses.note(tenant.id, tenant.key_ids[place])
        return Caller(tenant.id, tenant.callers[place])

    def _signing_key(
        self, request: Request, tenant: Tenant, text: bytes, date: bytes, body_hash: bytes
    ) -> AccessKey | None:
        method, host = request.method.encode("ascii"), request.received_host
        path, query = request.path, request.query_string
        target = b"%b?%b" % (path, query) if query else path
        # The usual form first: the request as received, signed with the first key.
        usual = b"%b\n%b\n%b;%b;%b" % (method, target, date, host, body_hash)
        if compare_digest(binascii.b2a_base64(tenant.keys[0].digest(usual), newline=False), text):
            return tenant.keys[0]
        signature = _signature(text)
        if signature is None:
            return None
        hosts = signed_hosts(host, request.host, *self._public_hosts)
        return signing_key(tenant.keys, signature, method, signed_targets(path, query), date, hosts, body_hash)

    async def _bearer(self, request: Request, token: str, access: Access) -> Caller:
        tenant = self._resources.find(request.host)
        if tenant is None:
            raise NotAuthenticated(UNKNOWN_HOST)
        kind = self._tokens.kind(token)
        try:
            if kind in _OF_USERS and access is not Access.OPERATOR:
                claims, user = await self._tokens.verify(tenant.id, token)
                return Caller(tenant.id, user.raw_id, may_write=False, person=Person(user, claims))
            if access is Access.USER:
                raise NotAuthenticated("token: this operation requires a user's token of this service")
            operator = await self._operator(tenant, token, kind)
        except NotAuthenticated as error:
            if error.caller:
                request.caller = Caller(tenant.id, error.caller, may_write=False)
            raise
        request.caller = Caller(tenant.id, operator.name, operator.role is OperatorRole.CONTRIBUTOR)
        return _allowed(request, request.caller)

    async def _operator(self, tenant: Tenant, token: str, kind: TokenKind | None) -> Operator:
        if kind is not None:
            return await self._operator_tokens.verify(tenant.id, tenant.key_ids, token)
        if self._operators is None:
            raise NotAuthenticated("token: this service did not issue it, and no other issuer is configured")
        return await self._operators.verify(tenant.id, token)


def _allowed(request: Request, caller: Caller) -> Caller:
    """Return the operator; raise `NotAllowed` if a reader tries to write."""
    if not caller.may_write and request.method not in _READING:
        raise NotAllowed("A reader may not change anything; use a token with the role Contributor.")
    return caller


def _signature(text: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return None


def _random_key() -> AccessKey:
    return AccessKey(binascii.b2a_base64(token_bytes(32), newline=False).decode("ascii"))
