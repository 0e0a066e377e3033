"""Random numbers from the operating system, fetched many at a time.

Each fetch is a system call that lets go of the interpreter's lock; while the writer's thread is busy, getting it back
took a seventh of the time of a create.
"""

from os import urandom

_NUMBER_BYTES = 16
_STOCK_BYTES = 256 * _NUMBER_BYTES


class RandomNumbers:
    """A stock of unguessable numbers; for one thread."""

    def __init__(self) -> None:
        self._stock = b""
        self._used = 0

    def below(self, limit: int) -> int:
        """Return a number from 0 up to but not including `limit`, which is far below 2**128."""
        if self._used == len(self._stock):
            self._stock, self._used = urandom(_STOCK_BYTES), 0
        start, self._used = self._used, self._used + _NUMBER_BYTES
        return int.from_bytes(self._stock[start : self._used], "big") % limit
