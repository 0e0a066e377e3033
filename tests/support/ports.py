"""Free TCP ports of the loopback interface."""

import socket
import time

import psutil
from tests.support.patience import patient


def free_port() -> int:
    """Return a port on which no process listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
