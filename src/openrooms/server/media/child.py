"""Runs a program that ends when the process that started it does: `python child.py PARENT PROGRAM [ARGUMENT]...`.

A script of its own, since running Python code between fork and exec is unsafe where threads run.
"""

import ctypes
import os
import signal
import sys

CANNOT_RUN = 126
"""The exit code if there is no such program, or it is none for this machine; a shell's."""
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the program; only Linux has the tie, elsewhere a killed parent leaves the program behind."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have died just before, and then no signal comes.
        if os.getppid() != int(parent):
            sys.exit(1)
    try:
        os.execv(command[0], command)  # noqa: S606 - the program that was found, no shell
    except OSError:
        sys.exit(CANNOT_RUN)


if __name__ == "__main__":
    main()
