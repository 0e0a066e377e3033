"""Operators' tokens of Entra's shape for a development service, which issues them itself.

https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

import base64
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from jwt.types import Options

from openrooms.domain.errors import NotAuthenticated
from openrooms.domain.identities import ResourceId
from openrooms.domain.operators import Operator, OperatorRole

TENANT = "6f70656e-726f-4f6d-8000-000000000001"
"""The tenant of the issuer; any GUID would do."""

OFFLINE_TENANT = "adfs"
"""A tenant for which the libraries do not ask Microsoft whether the authority is real."""

MANAGED_IDENTITY = "msi/token"
"""Where managed identities ask for tokens, below the tenant."""

MANAGED_IDENTITY_PATH = f"/{TENANT}/{MANAGED_IDENTITY}"

RESOURCE = "https://communication.azure.com"
LIFETIME_SECONDS = 3600

_AUDIENCES = frozenset({RESOURCE, f"{RESOURCE}/", "1fd5118e-2576-4263-8130-9503064c837a"})
_GUID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_ISSUER = re.compile(
    rf"https://sts\.windows\.net/{_GUID}/"
    rf"|https://login\.(?:microsoftonline\.(?:com|us)|partner\.microsoftonline\.cn)/{_GUID}/v2\.0"
)
_ALGORITHM = "RS256"
_LEEWAY_SECONDS = 300
_LONGEST_TOKEN = 12 * 1024
_KEY_BITS = 2048
# The times are compared with the clock that is given, and each refusal has its own reason.
_TIMES_UNCHECKED: Options = {"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
_UNCHECKED: Options = {**_TIMES_UNCHECKED, "verify_signature": False}


class EntraTokens:
    """Issues tokens as Entra does for an application, and verifies them.

    With `unsigned`, tokens that Entra itself issued are accepted too: without a network their signature cannot be
    checked, so anyone can make one. The times go by the machine's clock, as those of the programs that fetch tokens.
    """

    def __init__(self, *, unsigned: bool = False, clock: Callable[[], float] = time.time) -> None:
        self._unsigned = unsigned
        self._clock = clock
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        self._key_id = base64.urlsafe_b64encode(str(public["n"]).encode("ascii")[:20]).decode("ascii").rstrip("=")
        self.jwks: Mapping[str, object] = {
            "keys": [{**public, "kid": self._key_id, "use": "sig", "alg": _ALGORITHM, "issuer": issuer_of(TENANT)}]
        }

    def issue(self, application: str) -> str:
        """Return a token for an application, good for an hour."""
        now = int(self._clock())
        holder = str(uuid5(NAMESPACE_URL, application))
        claims = {
            "aud": RESOURCE,
            "iss": issuer_of(TENANT),
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS,
            "appid": application,
            "appidacr": "1",
            "idp": issuer_of(TENANT),
            "idtyp": "app",
            "oid": holder,
            "sub": holder,
            "tid": TENANT,
            "uti": str(uuid4()),
            "ver": "1.0",
        }
        return jwt.encode(claims, self._key, _ALGORITHM, headers={"kid": self._key_id, "x5t": self._key_id})

    async def verify(self, _resource: ResourceId, token: str) -> Operator:
        """Return the operator of a token; raise `NotAuthenticated`."""
        claims = self._read(token)
        holder = claims.get("oid") or claims.get("sub")
        operator = Operator(f"entra:{holder}"[:256], OperatorRole.CONTRIBUTOR)
        _check_issuer(claims)
        if not _audiences(claims) & _AUDIENCES:
            raise NotAuthenticated(f"token: its audience is not {RESOURCE}", caller=operator.name)
        self._check_times(claims, operator.name)
        return operator

    def _read(self, token: str) -> Mapping[str, Any]:
        if len(token) > _LONGEST_TOKEN:
            raise NotAuthenticated("token: it is too long")
        try:
            if self._unsigned:
                claims: Mapping[str, Any] = jwt.decode(token, options=_UNCHECKED)
            else:
                claims = jwt.decode(token, self._key.public_key(), algorithms=[_ALGORITHM], options=_TIMES_UNCHECKED)
        except jwt.InvalidSignatureError as error:
            raise NotAuthenticated(
                "token: this service did not sign it; --entra-unsigned accepts tokens of Entra itself, unchecked"
            ) from error
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise NotAuthenticated(f"token: {error}") from error
        return claims

    def _check_times(self, claims: Mapping[str, Any], name: str) -> None:
        begins, ends = claims.get("nbf", 0), claims.get("exp")
        if not isinstance(begins, int) or not isinstance(ends, int):
            raise NotAuthenticated("token: nbf or exp is not a whole number", caller=name)
        now = self._clock()
        if now >= ends + _LEEWAY_SECONDS:
            raise NotAuthenticated("token: it has expired", caller=name)
        if now < begins - _LEEWAY_SECONDS:
            raise NotAuthenticated("token: it is not valid yet", caller=name)


def issuer_of(tenant: str) -> str:
    """Return the issuer in the tokens of a tenant."""
    return f"https://sts.windows.net/{tenant}/"


def _check_issuer(claims: Mapping[str, Any]) -> None:
    match = _ISSUER.fullmatch(str(claims.get("iss")))
    if match is None:
        raise NotAuthenticated(f"token: its issuer does not have the form {issuer_of('TENANT')}")
    if claims.get("tid") != (match[1] or match[2]):
        raise NotAuthenticated("token: its tid is not the tenant of its issuer")


def _audiences(claims: Mapping[str, Any]) -> set[str]:
    audience = claims.get("aud")
    return {str(value) for value in (audience if isinstance(audience, list) else [audience])}
