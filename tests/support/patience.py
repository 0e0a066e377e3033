"""Timeouts for other programs, which grow with the load of the machine."""

import asyncio
import os
import time
from collections.abc import Callable


def patient(seconds: float) -> float:
    """Return how long `seconds` of an idle machine take on this one now; call it again while waiting."""
    return seconds * max(1.0, os.getloadavg()[0] / len(os.sched_getaffinity(0)))


async def eventually(holds: Callable[[], object], seconds: float = 15) -> None:
    """Wait until a condition holds that other tasks or programs bring about."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < patient(seconds), "the condition does not come true"
        await asyncio.sleep(0.05)
