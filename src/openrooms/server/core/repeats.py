"""Answers that are kept for repeats of a request and that hold secrets.

The database keeps such an answer encrypted with a key that is derived from the request's Repeatability-Request-ID, and
of the id only a hash. So a copy of the database does not reveal the answer, and the repeated request does. The id must
be as hard to guess as the answer: a random UUID is.
"""

import hashlib
from secrets import token_bytes

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openrooms.domain.errors import RepeatMismatch
from openrooms.server.core.ports import Once

_SALT_BYTES = 16
_KEY_BYTES = 32
_NONCE = bytes(12)
"""Constant, because a random salt gives each answer a different key."""


def hidden(once: Once, purpose: str) -> Once:
    """Return the identity of a repeatable request under which its answer is kept, without the request id itself."""
    digest = hashlib.sha256(f"{purpose}:{once.request_id}".encode()).hexdigest()
    return msgspec.structs.replace(once, request_id=f"{purpose}:{digest}")


def seal(once: Once, answer: bytes) -> str:
    """Return the answer to a request, encrypted."""
    salt = token_bytes(_SALT_BYTES)
    return (salt + _cipher(once, salt).encrypt(_NONCE, answer, once.fingerprint)).hex()


def unseal(once: Once, kept: str) -> bytes:
    """Return the answer to a request; raise `RepeatMismatch` if it was the answer to another one."""
    data = bytes.fromhex(kept)
    salt, sealed = data[:_SALT_BYTES], data[_SALT_BYTES:]
    try:
        return _cipher(once, salt).decrypt(_NONCE, sealed, once.fingerprint)
    except InvalidTag as error:
        raise RepeatMismatch from error


def _cipher(once: Once, salt: bytes) -> AESGCM:
    kdf = HKDF(hashes.SHA256(), _KEY_BYTES, salt, b"openrooms: the answer to a repeatable request")
    return AESGCM(kdf.derive(once.request_id.encode()))
