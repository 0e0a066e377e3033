"""Random numbers from the operating system, fetched many at a time.

Each fetch is a system call that releases the interpreter's lock. While the writer's thread is busy, taking the lock
again took a seventh of the time of a create.
"""

from os import urandom
from struct import Struct

_WORDS = Struct("256Q")
_WORD_BITS = 64
_ONE_WORD = 2**32
"""Below this limit, the remainder of one word is biased by less than 2**-32."""


class RandomNumbers:
    """A buffer of cryptographically random numbers; not for use by several threads."""

    def __init__(self) -> None:
        self._buffer: list[int] = []

    def below(self, limit: int) -> int:
        """Return a number from 0 up to but not including `limit`, which is far below 2**128."""
        if limit <= _ONE_WORD:
            return self._word() % limit
        return (self._word() << _WORD_BITS | self._word()) % limit

    def _word(self) -> int:
        if not self._buffer:
            self._buffer += _WORDS.unpack(urandom(_WORDS.size))
        return self._buffer.pop()
