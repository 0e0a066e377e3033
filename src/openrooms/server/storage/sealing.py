"""Keys at rest: access keys and signing keys, encrypted with a key that the operator keeps outside the database.

A sealed text is AES-256-GCM, bound to its row and column, so that it is not valid in another place:
`sealed:1:KEY_ID:` and base64 of nonce and ciphertext. Texts that are not sealed are read as they are.
"""

import base64
from functools import lru_cache
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openrooms.server.core.ports import CannotOpenStorage

_PREFIX = "sealed:1:"
_SHORTEST_SECRET = 32
_KEY_BYTES = 32
_ID_BYTES = 8
_NONCE_BYTES = 12
_REMEMBERED = 4096


class SealingKey:
    """A key that encrypts keys; hides itself in `repr`."""

    def __init__(self, text: str) -> None:
        """Read base64 of at least 32 random bytes; raise `ValueError` for anything else."""
        try:
            secret = base64.b64decode(text, validate=True)
        except ValueError as error:
            raise ValueError("it is not base64") from error
        if len(secret) < _SHORTEST_SECRET:
            raise ValueError(f"it has fewer than {_SHORTEST_SECRET} bytes")
        self.id = _derived(secret, b"openrooms key encryption: id", _ID_BYTES).hex()
        """A name for the key that may be shown."""
        self.cipher = AESGCM(_derived(secret, b"openrooms key encryption: AES-256-GCM", _KEY_BYTES))

    def __repr__(self) -> str:
        return f"SealingKey(id={self.id!r})"


class Sealer:
    """A cipher that encrypts with the key, if there is one, and decrypts with that key or the old one."""

    def __init__(self, key: SealingKey | None = None, old: SealingKey | None = None) -> None:
        self._key = key
        self._keys = {each.id: each for each in (old, key) if each is not None}
        self.has_read_plain = False
        """True if a text was read that is not sealed although there is a key."""
        # The same few texts are read every few seconds.
        self.open = lru_cache(maxsize=_REMEMBERED)(self._open)

    def seal(self, text: str, place: str) -> str:
        """Return the text as the database keeps it in a place."""
        if self._key is None:
            return text
        nonce = token_bytes(_NONCE_BYTES)
        sealed = nonce + self._key.cipher.encrypt(nonce, text.encode("utf-8"), place.encode("utf-8"))
        return f"{_PREFIX}{self._key.id}:{base64.b64encode(sealed).decode('ascii')}"

    def is_current(self, kept: str) -> bool:
        """Return whether the text is kept as `seal` would keep it now."""
        wanted = "" if self._key is None else self._key.id
        return _key_id(kept) == wanted

    def _open(self, kept: str, place: str) -> str:
        """Return the plain text of what is kept in a place; raise `CannotOpenStorage`."""
        key_id = _key_id(kept)
        if not key_id:
            self.has_read_plain = self._key is not None
            return kept
        key = self._keys.get(key_id)
        if key is None:
            raise CannotOpenStorage(self._why_not(key_id))
        try:
            sealed = base64.b64decode(kept.rpartition(":")[2], validate=True)
            text = key.cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode("utf-8"))
        except (ValueError, InvalidTag) as error:
            raise CannotOpenStorage(
                f"{place} in the database cannot be decrypted: it was changed, or moved there from another place; "
                "restore it from a backup"
            ) from error
        return text.decode("utf-8")

    def _why_not(self, key_id: str) -> str:
        if not self._keys:
            return (
                f"the keys in the database are encrypted, with the key {key_id}: "
                "give the file of that key with --key-encryption-key-file"
            )
        key_ids = " and ".join(self._keys)
        return (
            f"the keys in the database are encrypted with the key {key_id}, and the file holds {key_ids}: give the "
            "right file with --key-encryption-key-file, or with --old-key-encryption-key-file while the key is replaced"
        )


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=purpose).derive(secret)


def _key_id(kept: str) -> str:
    return kept.removeprefix(_PREFIX).partition(":")[0] if kept.startswith(_PREFIX) else ""
