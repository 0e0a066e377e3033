"""A PostgreSQL cluster for tests, as durable as a real one: fsync stays on."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.support.patience import patient
from tests.support.ports import free_port

_STARTS = 3
_SECONDS = 30
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "deadlock_timeout": "200ms",
    "log_min_messages": "warning",
    "log_lock_waits": "off",
}


class Cluster:
    """PostgreSQL's server over a new folder; used as a context manager it is gone afterwards.

    `program("psql")` and `environment` reach it with PostgreSQL's own tools.
    """

    def __init__(self, copy_of: "Cluster | None" = None) -> None:
        self._copy_of = copy_of
        self._settings = dict(_SETTINGS)
        self._user = unprivileged_user()
        self._folder = Path(tempfile.mkdtemp(prefix="openrooms-pg-"))
        self._data = self._folder / "data"
        self._log = self._folder / "log"
        self._numbers = itertools.count(1)
        self._server: subprocess.Popen[bytes] | None = None
        self.port = 0
        if self._user:
            shutil.chown(self._folder, self._user)

    def __enter__(self) -> Self:
        self._make()
        for _ in range(_STARTS):
            self.port = free_port()
            self.start()
            if self._answers():
                return self
        self.remove()
        raise RuntimeError(f"PostgreSQL does not start: {self._log.read_text()[-2000:]}")

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.remove()

    def _make(self) -> None:
        if self._copy_of is None:
            self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        else:
            self._run("pg_basebackup", "-D", self._data, "-d", self._copy_of.url("postgres"), "-R", "-c", "fast", "-N")

    def start(self) -> None:
        """Start the server over the data that is there; return once it answers or has ended."""
        options = itertools.chain.from_iterable(("-c", f"{name}={value}") for name, value in self._settings.items())
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [program("postgres"), "-D", self._data, "-p", str(self.port), "-k", self._folder, *options],
                stdout=log,
                stderr=log,
                user=self._user,
                extra_groups=[] if self._user else None,
            )
        started = time.monotonic()
        while not self._answers() and self._server.poll() is None and time.monotonic() < started + patient(_SECONDS):
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT disconnects everybody, SIGQUIT is immediate mode, as a crash would be."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(patient(_SECONDS))
            self._server = None

    def crash(self) -> None:
        """Stop the server in immediate mode."""
        self.stop(signal.SIGQUIT)

    def standby(self) -> "Cluster":
        """Return a cluster that follows this one, once it is entered."""
        return Cluster(copy_of=self)

    def catch_up_with(self, primary: "Cluster") -> None:
        """Wait until this standby has everything that the primary has now."""
        position = primary.sql("SELECT pg_current_wal_lsn()")
        started = time.monotonic()
        while self.sql(f"SELECT pg_last_wal_replay_lsn() >= '{position}'") != "t":
            if time.monotonic() > started + patient(_SECONDS):
                raise TimeoutError("the standby does not catch up")
            time.sleep(0.02)

    def promote(self) -> None:
        """Make this standby a primary."""
        self.sql("SELECT pg_promote()")

    def use_tls(self, certificate: Path) -> None:
        """Accept TLS connections from now on, with a certificate and its key in one PEM file."""
        own = self._folder / "server.pem"
        own.write_bytes(certificate.read_bytes())
        own.chmod(0o600)
        if self._user:
            shutil.chown(own, self._user)
        self._settings |= {"ssl": "on", "ssl_cert_file": str(own), "ssl_key_file": str(own)}
        self.stop()
        self.start()

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder)

    def create_database(self) -> str:
        """Return the URL of a new, empty database."""
        name = f"test{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database, even if clients are connected."""
        self.sql(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def url(self, database: str, port: int | None = None) -> str:
        """Return the database's URL, through a proxy if its port is given."""
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{database}"

    def sql(self, text: str, database: str = "postgres") -> str:
        """Return what psql prints for the SQL: a line for each row, `|` between columns."""
        result = self._run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text, self.url(database))
        return result.stdout.decode().strip()

    @property
    def pid(self) -> int:
        """The server's process id."""
        if self._server is None:
            raise RuntimeError("the server is stopped")
        return self._server.pid

    def _answers(self) -> bool:
        ready = [program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]
        return subprocess.run(ready, check=False).returncode == 0

    def _run(self, name: str, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(
            [program(name), *arguments],
            capture_output=True,
            check=False,
            cwd=self._folder,
            user=self._user,
            extra_groups=[] if self._user else None,
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.decode()}")
        return done


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs, of the newest version that is installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    places = [folder / name for folder in reversed(folders)]
    found = next((path for path in places if path.exists()), None) or shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is missing; get it: apt-get install postgresql")
    return str(found)


def unprivileged_user() -> str | None:
    """Return the user to run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    users = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in users else "nobody"
