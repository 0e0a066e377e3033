"""Free ports of the loopback interface."""

import fcntl
import os
import random
import socket
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psutil
from tests.support.patience import patient

_EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_EPHEMERAL_RANGE = "32768 60999"
_FIRST, _END = 10_000, 65_536
# A program that needs a few ports uses those that follow, as SIPp does for sound.
_STEP = 4


def free_port() -> int:
    """Return a port, and the three after it, that are unused and reserved for this process until it ends.

    The port is outside the kernel's ephemeral range. A port in that range may become the local port of any outgoing
    connection before the intended program listens, or while that program restarts.
    """
    return next(_free_ports())


@cache
def _free_ports() -> Iterator[int]:
    first, last = map(int, _ephemeral_range().split())
    ports = [port for port in range(_FIRST, _END, _STEP) if not first - _STEP < port <= last]
    # Where the range covers everything, its ports are better than none.
    ports = ports or list(range(_FIRST, _END, _STEP))
    random.shuffle(ports)
    return (port for port in ports if _is_reserved(port) and all(map(_is_unused, range(port, port + _STEP))))


def _ephemeral_range() -> str:
    return _EPHEMERAL_RANGE.read_text() if _EPHEMERAL_RANGE.exists() else _USUAL_EPHEMERAL_RANGE


def _is_reserved(port: int) -> bool:
    """Reserve the port among all test processes of this user; return whether no other process has reserved it.

    A reservation is the lock on one byte of a file, which the kernel releases when the process ends.
    """
    try:
        fcntl.lockf(_reservations(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@cache
def _reservations() -> int:
    # It must stay open: closing it would end every reservation.
    return os.open(Path(tempfile.gettempdir()) / f"openrooms-ports-{os.getuid()}", os.O_RDWR | os.O_CREAT, 0o600)


def _is_unused(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(type=kind) as probe:
            try:
                probe.bind(("", port))
            except OSError:
                return False
    return True


def wait_for_port(port: int, seconds: float = 20, host: str = "127.0.0.1") -> None:
    """Wait until the port accepts connections; raise `TimeoutError` after so many seconds on an idle machine."""
    started = time.monotonic()
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            if time.monotonic() > started + patient(seconds):
                raise TimeoutError(f"nobody listens on port {port} of {host}") from None
            time.sleep(0.02)
        else:
            return


def listening(pid: int) -> set[tuple[str, int]]:
    """Return the address and port of each TCP socket on which a process listens."""
    connections = psutil.Process(pid).net_connections("tcp")
    return {tuple(one.laddr) for one in connections if one.status == psutil.CONN_LISTEN}
