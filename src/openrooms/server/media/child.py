"""Runs a program that ends when its parent process ends: `python child.py PARENT PROGRAM [ARGUMENT]...`.

This is a separate script because running Python code between fork and exec is unsafe in a process with threads.
"""

import ctypes
import os
import signal
import sys

CANNOT_RUN = 126
"""The exit code, as a shell's, if the program does not exist or is not for this machine."""
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the program; on systems other than Linux, the program outlives a killed parent."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # If the parent died before the call, no signal comes.
        if os.getppid() != int(parent):
            sys.exit(1)
    try:
        os.execv(command[0], command)  # noqa: S606 - the program that was found, no shell
    except OSError:
        sys.exit(CANNOT_RUN)


if __name__ == "__main__":
    main()
