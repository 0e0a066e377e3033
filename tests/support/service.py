"""The real service as a process, with free ports and its own folder."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from tests.support.patience import patient

OPENROOMS = [sys.executable, "-m", "openrooms"]
IMPATIENT = [sys.executable, "-P", str(Path(__file__).with_name("impatient.py"))]
"""The same program with timeouts of half a second for clients."""
_START_SECONDS = 30.0
_STOP_SECONDS = 15.0


class Process:
    """A running service; `ready` is the content of its ready file.

    `database` are the flags with which other commands find its database.
    """

    def __init__(self, popen: "subprocess.Popen[bytes]", folder: Path, database: list[str]) -> None:
        self.popen = popen
        self.database = database
        self.ready_file = folder / "ready.json"
        self.ready: dict[str, str | int | None] = json.loads(self.ready_file.read_text())
        self._output = folder / "output.txt"

    def __getattr__(self, name: str) -> str:
        """Return a value of the ready file as text."""
        if name not in self.ready:
            raise AttributeError(name)
        return str(self.ready[name])

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and return the exit code."""
        self.popen.send_signal(number)
        return self.popen.wait(patient(_STOP_SECONDS))

    @property
    def memory(self) -> int:
        """Its resident memory, in bytes."""
        return psutil.Process(self.popen.pid).memory_info().rss

    @property
    def descriptors(self) -> int:
        """The number of its open files and sockets."""
        return psutil.Process(self.popen.pid).num_fds()

    def output(self) -> str:
        """Return everything that it printed and logged."""
        return self._output.read_text()


def environment(**variables: str) -> dict[str, str]:
    """Return this environment with `variables`, and without the variables for openrooms of a developer's shell."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENROOMS_")}
    return kept | {"COLUMNS": "120", **variables}


@contextmanager
def running(
    command: str, *arguments: object, folder: Path, program: Sequence[str] = OPENROOMS, **variables: str
) -> Iterator[Process]:
    """Start `openrooms COMMAND ARGUMENTS...`, with data and ready file in the folder, and stop it afterwards."""
    folder.mkdir(exist_ok=True)
    places = ("--data", folder / "data", "--ready-file", folder / "ready.json")
    # A file, because a pipe that nobody reads would block the service.
    with (folder / "output.txt").open("wb") as output:
        popen = subprocess.Popen(
            [*program, command, *map(str, (*arguments, *places))],
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(folder, popen)
        yield Process(popen, folder, _database(popen.args))
    finally:
        popen.kill()
        popen.wait()


@contextmanager
def dev(folder: Path, *arguments: object, program: Sequence[str] = OPENROOMS, **variables: str) -> Iterator[Process]:
    """Start a development service on free ports, without calls."""
    free = ("--https-port", 0, "--http-port", 0, "--livekit", "off")
    with running("dev", *free, *arguments, folder=folder, program=program, **variables) as process:
        yield process


def _database(command: list[str]) -> list[str]:
    place = command.index("--database" if "--database" in command else "--data")
    return command[place : place + 2]


def _wait_for(folder: Path, popen: "subprocess.Popen[bytes]") -> None:
    started = time.monotonic()
    while not (folder / "ready.json").exists():
        if popen.poll() is not None or time.monotonic() > started + patient(_START_SECONDS):
            raise AssertionError(f"the service did not start:\n{(folder / 'output.txt').read_text()}")
        time.sleep(0.02)


def openrooms(*arguments: object, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command and wait until it ends."""
    return subprocess.run(
        [*OPENROOMS, *map(str, arguments)],
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patient(_START_SECONDS),
        check=False,
    )
