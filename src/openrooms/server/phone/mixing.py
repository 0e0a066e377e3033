"""Mixes what several people say into one stream of audio, for a phone."""

import numpy as np

_SAMPLE_BYTES = 2
_LONGEST_DELAY = 0.2
_LOWEST, _HIGHEST = -32768, 32767


class Mixer:
    """Sums voices of 16-bit samples in one channel, at most `_LONGEST_DELAY` seconds late."""

    def __init__(self, rate: int) -> None:
        self._limit = int(rate * _LONGEST_DELAY) * _SAMPLE_BYTES
        self._voices: dict[str, bytearray] = {}

    def add(self, voice: str, pcm: bytes) -> None:
        """Append what a voice says; drop its oldest samples if it is too far ahead."""
        waiting = self._voices.setdefault(voice, bytearray())
        waiting += pcm
        if len(waiting) > self._limit:
            del waiting[: len(waiting) - self._limit]

    def remove(self, voice: str) -> None:
        """Forget a voice."""
        self._voices.pop(voice, None)

    def take(self, samples: int) -> bytes:
        """Return the sum of the next samples: at most so many, and fewer if no voice has as many."""
        parts = [_pop(waiting, samples * _SAMPLE_BYTES) for waiting in self._voices.values() if waiting]
        if len(parts) <= 1:
            return parts[0] if parts else b""
        total = np.zeros(max(map(len, parts)) // _SAMPLE_BYTES, np.int32)
        for part in parts:
            voice = np.frombuffer(part, np.int16)
            total[: len(voice)] += voice
        return total.clip(_LOWEST, _HIGHEST).astype(np.int16).tobytes()


def _pop(waiting: bytearray, size: int) -> bytes:
    taken = bytes(waiting[:size])
    del waiting[:size]
    return taken
