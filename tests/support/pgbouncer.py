"""PgBouncer in transaction mode, from the system's packages."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.ports import free_port, wait_for_port
from tests.support.postgres import unprivileged_user


@contextlib.contextmanager
def pgbouncer(database_port: int) -> Iterator[int]:
    """Run a pooler with two connections to the cluster; give its port."""
    path = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    port = free_port()
    user = unprivileged_user()
    with tempfile.TemporaryDirectory(prefix="openrooms-pgbouncer-") as folder:
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={database_port} user=postgres\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            "pool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 100\n"
        )
        if user:
            shutil.chown(folder, user)
        Path(folder).chmod(0o755)
        process = subprocess.Popen([path, "-q", settings], user=user, extra_groups=[] if user else None)
        try:
            wait_for_port(port)
            yield port
        finally:
            process.terminate()
            process.wait(10)
