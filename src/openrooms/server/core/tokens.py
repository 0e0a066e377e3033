"""Signs and verifies tokens with ES256: identity tokens for users, tokens of invitations, and tokens for operators.

The parser of every official SDK must accept identity tokens: unpadded base64url, compact ASCII JSON, no `-` or `_` in
the payload (docs/evidence.md#tokens). A token names its kind in `typ`, so that it is not accepted as another kind.
"""

import asyncio
import base64
import hashlib
from enum import StrEnum
from secrets import token_hex
from typing import Protocol, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature
from jwt.algorithms import ECAlgorithm

from openrooms.domain import identities
from openrooms.domain.errors import IdentityNotOwned, InvitationWithdrawn, NotAuthenticated
from openrooms.domain.identities import LONGEST_TOKEN_MINUTES, ResourceId, TokenClaims, User
from openrooms.domain.moments import DAY, HOUR, MINUTE, Moment, whole_seconds
from openrooms.domain.operators import OperatorRole, OperatorToken, token_holder
from openrooms.domain.rooms import RoomId
from openrooms.server.core.ports import Clock, KeyStore, SigningKey, StandingStore, UserStore

ALGORITHM = "ES256"
_NUMBER_BYTES = 32
_SIGNATURE_LENGTH = 86
_HASH = ec.ECDSA(hashes.SHA256())
# hashlib takes a microsecond for a token, the library five.
_DIGEST = ec.ECDSA(Prehashed(hashes.SHA256()))
_ROTATED_AFTER = 30 * DAY
# Other processes, and programs with a copy of the published keys, must have a key before it signs.
_PUBLISHED_BEFORE_USE = 10 * MINUTE
_LONGEST_LIFE = LONGEST_TOKEN_MINUTES * MINUTE
# For a clock that is a little behind on another machine.
_SPARE = HOUR

_AUDIENCE = "openrooms"
_OTHER_RESOURCE = "token: it is for another resource"
_LONGEST_TOKEN = 2048
_MOST_VERIFIED = 1000

Claims = TypeVar("Claims", bound=msgspec.Struct)


class TokenKind(StrEnum):
    """The kind of a token, in its `typ`."""

    USER = "JWT"
    INVITATION = "invitation+jwt"
    OPERATOR = "operator+jwt"


class OperatorClaims(msgspec.Struct, frozen=True):
    """The claims of an operator's token; `jti` is the id of the kept token."""

    aud: str
    jti: str
    resourceId: str  # noqa: N815 - the claim's name
    role: OperatorRole
    iat: int
    exp: int


class TokenStore(KeyStore, UserStore, StandingStore, Protocol):
    """What tokens are signed with and checked against."""


class Tokens:
    """Signs and checks tokens with keys that are shared through storage and rotated.

    `refresh` must run before the first token, and then every few seconds.
    """

    def __init__(self, storage: TokenStore, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._kept: tuple[SigningKey, ...] = ()
        self._heads: dict[str, tuple[TokenKind, ec.EllipticCurvePublicKey]] = {}
        self._signer: _Signer | None = None
        self._unsigned: list[tuple[TokenClaims, asyncio.Future[str]]] = []
        self._jwks = b'{"keys":[]}'
        self._verified: set[bytes] = set()
        """The digests of tokens that the present keys have signed."""

    async def refresh(self) -> None:
        """Read the keys from storage; add one if there is none or the newest is old; remove keys that are too old."""
        now = self._clock()
        kept = tuple(await self._storage.list_signing_keys())
        if not kept or kept[0].created_at + _ROTATED_AFTER <= now:
            await self._storage.put_signing_key(_new_key(now), only_if_none=not kept)
            kept = tuple(await self._storage.list_signing_keys())
        if kept != self._kept:
            self._take_over(kept)
        self._choose_signer(now)
        # A key can be removed when its successor has been signing for longer than the lifetime of any token.
        settled = now - _PUBLISHED_BEFORE_USE - _LONGEST_LIFE - _SPARE
        successor = next((key for key in kept if key.created_at < settled), None)
        if successor is not None and successor is not kept[-1]:
            await self._storage.remove_signing_keys(successor.created_at)

    @property
    def jwks(self) -> bytes:
        """The public keys, as a JSON Web Key Set."""
        return self._jwks

    async def issue(self, claims: TokenClaims) -> str:
        """Return a user's token, or the token of an invitation that the claims name.

        The tokens of one turn of the loop are signed in a row. A signature takes twice as long between two requests,
        because its tables and the code of requests push each other out of the processor's caches.
        """
        loop = asyncio.get_running_loop()
        token: asyncio.Future[str] = loop.create_future()
        if not self._unsigned:
            loop.call_soon(self._sign_all)
        self._unsigned.append((claims, token))
        return await token

    async def verify(self, resource: ResourceId, token: str) -> tuple[TokenClaims, User]:
        """Return the claims and the user of a user's token, or of the token of an invitation.

        Raise `NotAuthenticated`, even for an expired token or that of an invitation which no longer holds.
        """
        is_of_invitation = self.kind(token) is TokenKind.INVITATION
        claims = self._read(token, TokenKind.INVITATION if is_of_invitation else TokenKind.USER, TokenClaims)
        if claims.resourceId != resource:
            raise NotAuthenticated(_OTHER_RESOURCE)
        raw_id = f"8:{claims.skypeid}"
        user = await (self._invited_user(claims, raw_id) if is_of_invitation else self._user(resource, raw_id))
        if user is None:
            raise NotAuthenticated("token: its user was deleted", caller=raw_id)
        if not identities.is_valid(claims, user, self._clock()):
            raise NotAuthenticated("token: it has expired or was revoked", caller=raw_id)
        return claims, user

    async def _user(self, resource: ResourceId, raw_id: str) -> User | None:
        try:
            return await self._storage.get_user(resource, raw_id)
        except IdentityNotOwned:
            return None

    async def _invited_user(self, claims: TokenClaims, raw_id: str) -> User | None:
        resource, room = ResourceId(claims.resourceId), RoomId(claims.roomId)
        standing = await self._storage.get_standing(resource, room, raw_id, claims.inv)
        if standing.is_withdrawn:
            raise InvitationWithdrawn(reason="token: its invitation was revoked", caller=raw_id)
        return standing.user

    def issue_operator(self, token: OperatorToken) -> str:
        """Return the text of an operator's token."""
        issued, expires = whole_seconds(token.created_at), whole_seconds(token.expires_at)
        claims = OperatorClaims(_AUDIENCE, token.id, token.resource, token.role, issued, expires)
        return self._signing().sign(TokenKind.OPERATOR, claims)

    def read_operator(self, resource: ResourceId, token: str) -> str:
        """Return the id of an operator's token that we signed for the resource; raise `NotAuthenticated`."""
        claims = self._read(token, TokenKind.OPERATOR, OperatorClaims)
        if claims.aud != _AUDIENCE or claims.resourceId != resource:
            raise NotAuthenticated(_OTHER_RESOURCE)
        if claims.exp <= whole_seconds(self._clock()):
            raise NotAuthenticated("token: it has expired", caller=token_holder(claims.jti))
        return claims.jti

    def kind(self, token: str) -> TokenKind | None:
        """Return the kind of a token from its header alone; `None` if the header names no key of this service."""
        entry = self._heads.get(token.partition(".")[0])
        return None if entry is None else entry[0]

    def _read(self, token: str, kind: TokenKind, shape: type[Claims]) -> Claims:
        message, _, signature = token.rpartition(".")
        head, _, payload = message.partition(".")
        # All valid headers are known in advance, so an untrusted header is never parsed.
        kind_of_head, key = self._heads.get(head, (None, None))
        if key is None or kind_of_head is not kind:
            raise NotAuthenticated(f"token: this operation takes a token of type {kind}")
        if len(signature) != _SIGNATURE_LENGTH or len(token) > _LONGEST_TOKEN:
            raise NotAuthenticated("token: its form is wrong")
        try:
            self._verify(key, token, message, signature)
            return msgspec.json.decode(_from_base64url(payload), type=shape)
        except (InvalidSignature, ValueError, msgspec.MsgspecError) as error:
            raise NotAuthenticated("token: its signature or its content is wrong") from error

    def _verify(self, key: ec.EllipticCurvePublicKey, token: str, message: str, signature: str) -> None:
        """Raise `InvalidSignature` or `ValueError`, unless the key has signed the token.

        People and operators ask again and again, and verifying takes longer than the rest of most requests.
        """
        digest = hashlib.sha256(token.encode("ascii")).digest()
        if digest in self._verified:
            return
        key.verify(_dss_signature(signature), message.encode("ascii"), _HASH)
        if len(self._verified) >= _MOST_VERIFIED:
            self._verified.clear()
        self._verified.add(digest)

    def _sign_all(self) -> None:
        unsigned, self._unsigned = self._unsigned, []
        for claims, token in unsigned:
            if token.cancelled():
                continue
            kind = TokenKind.INVITATION if claims.inv else TokenKind.USER
            try:
                token.set_result(self._signing().sign(kind, claims))
            except Exception as error:
                token.set_exception(error)

    def _signing(self) -> "_Signer":
        if self._signer is None:
            raise RuntimeError("tokens were asked for before the signing keys were read")
        return self._signer

    def _take_over(self, kept: tuple[SigningKey, ...]) -> None:
        public = {key.id: _private(key).public_key() for key in kept}
        self._heads = {_head(kind, name): (kind, key) for name, key in public.items() for kind in TokenKind}
        self._jwks = msgspec.json.encode({"keys": [_jwk(name, key) for name, key in public.items()]})
        self._kept = kept
        self._verified.clear()

    def _choose_signer(self, now: Moment) -> None:
        signing_key = next((key for key in self._kept if key.created_at + _PUBLISHED_BEFORE_USE <= now), self._kept[-1])
        if self._signer is None or self._signer.id != signing_key.id:
            self._signer = _Signer(signing_key)


class _Signer:
    """A signing key, with the encoded header of each kind of token."""

    def __init__(self, key: SigningKey) -> None:
        self.id = key.id
        self._key = _private(key)
        self._heads = {kind: f"{_head(kind, key.id)}.".encode("ascii") for kind in TokenKind}

    def sign(self, kind: TokenKind, claims: msgspec.Struct) -> str:
        """Return the compact form (RFC 7515)."""
        message = self._heads[kind] + _base64url(msgspec.json.encode(claims))
        r, s = decode_dss_signature(self._key.sign(hashlib.sha256(message).digest(), _DIGEST))
        signature = r.to_bytes(_NUMBER_BYTES, "big") + s.to_bytes(_NUMBER_BYTES, "big")
        return (message + b"." + _base64url(signature)).decode("ascii")


def _head(kind: TokenKind, key_id: str) -> str:
    """Return the encoded header of a token, which must be the same in every version of the service."""
    return _base64url(msgspec.json.encode({"alg": ALGORITHM, "kid": key_id, "typ": kind})).decode("ascii")


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _dss_signature(text: str) -> bytes:
    """Return the signature of a token in the form of the library."""
    numbers = _from_base64url(text)
    return encode_dss_signature(
        int.from_bytes(numbers[:_NUMBER_BYTES], "big"), int.from_bytes(numbers[_NUMBER_BYTES:], "big")
    )


def _new_key(now: Moment) -> SigningKey:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SigningKey(token_hex(8), pem.decode("ascii"), now)


def _private(key: SigningKey) -> ec.EllipticCurvePrivateKey:
    private = serialization.load_pem_private_key(key.private_pem.encode("ascii"), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError(f"signing key {key.id} is not an elliptic curve key")
    return private


def _jwk(key_id: str, key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    return {**ECAlgorithm.to_jwk(key, as_dict=True), "kid": key_id, "use": "sig", "alg": ALGORITHM}
