"""A program in its own terminal, as a person sees it."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

_PATIENCE_SECONDS = 40.0
# Wide enough that no line is wrapped.
_ROWS, _COLUMNS = 50, 4000


class Terminal:
    """The output of a program in its terminal."""

    def __init__(self, descriptor: int, program: "subprocess.Popen[bytes]") -> None:
        self._descriptor = descriptor
        self._program = program
        self.text = ""

    @property
    def lines(self) -> list[str]:
        """The lines that are complete."""
        return self.text.replace("\r", "").split("\n")[:-1]

    def read_until(self, text: str) -> str:
        """Read until the text was printed; return everything."""
        limit = time.monotonic() + _PATIENCE_SECONDS
        while text not in self.text:
            assert time.monotonic() < limit, self.text
            self._read(0.1)
        return self.text

    def type(self, text: str) -> None:
        """Type the text; `\x03` is Ctrl+C."""
        os.write(self._descriptor, text.encode())

    def read_all(self) -> tuple[int, str]:
        """Wait until the program has ended; return its exit code and everything."""
        limit = time.monotonic() + _PATIENCE_SECONDS
        while self._program.poll() is None:
            assert time.monotonic() < limit, self.text
            self._read(0.1)
        self._read(0)
        return self._program.returncode, self.text.replace("\r", "")

    def read_for(self, seconds: float) -> str:
        """Read for so many seconds; return everything."""
        limit = time.monotonic() + seconds
        while (left := limit - time.monotonic()) > 0:
            self._read(left)
        return self.text

    def _read(self, seconds: float) -> None:
        if select.select([self._descriptor], [], [], seconds)[0]:
            with contextlib.suppress(OSError):  # Linux raises it once the program has ended
                self.text += os.read(self._descriptor, 65536).decode()


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # A shell starts programs in the background with Ctrl+C ignored, and they would start theirs so.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextlib.contextmanager
def at_terminal(
    command: list[str], variables: Mapping[str, str], folder: Path, columns: int = _COLUMNS
) -> Iterator[Terminal]:
    """Run a program with a terminal as its input, output and errors, and end it afterwards."""
    terminal, line = pty.openpty()
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))
    # In a new session, so that Ctrl+C reaches the program.
    program = subprocess.Popen(
        command,
        env=variables,
        cwd=folder,
        stdin=line,
        stdout=line,
        stderr=line,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(line)
    try:
        yield Terminal(terminal, program)
    finally:
        program.terminate()
        program.wait(15)
        os.close(terminal)
