"""Random numbers from the operating system, fetched many at a time.

Each fetch is a system call that lets go of the interpreter's lock; while the writer's thread is busy, getting it back
took a seventh of the time of a create.
"""

from os import urandom
from struct import Struct

_WORDS = Struct("256Q")
_WORD_BITS = 64
_ONE_WORD = 2**32
"""Up to this limit one word leaves no number more likely than another by more than 2**-32."""


class RandomNumbers:
    """A stock of unguessable numbers; for one thread."""

    def __init__(self) -> None:
        self._stock: list[int] = []

    def below(self, limit: int) -> int:
        """Return a number from 0 up to but not including `limit`, which is far below 2**128."""
        if limit <= _ONE_WORD:
            return self._word() % limit
        return (self._word() << _WORD_BITS | self._word()) % limit

    def _word(self) -> int:
        if not self._stock:
            self._stock += _WORDS.unpack(urandom(_WORDS.size))
        return self._stock.pop()
