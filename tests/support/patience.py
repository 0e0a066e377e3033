"""How long to wait for another program: the longer, the more programs share the processors."""

import os


def patient(seconds: float) -> float:
    """Return the time that takes as long on this machine now as `seconds` on an idle one; ask again while waiting."""
    return seconds * max(1.0, os.getloadavg()[0] / len(os.sched_getaffinity(0)))
