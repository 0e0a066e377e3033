"""Timeouts for other programs, which grow with the load of the machine."""

import os


def patient(seconds: float) -> float:
    """Return how long `seconds` of an idle machine take on this one now; call it again while waiting."""
    return seconds * max(1.0, os.getloadavg()[0] / len(os.sched_getaffinity(0)))
