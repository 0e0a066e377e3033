"""The steps from an empty database to the present one, numbered from 1; forward only.

A step leaves what the version before it reads and writes in place, so that an old process beside a new schema keeps
working for one version.
"""

from importlib.resources import files
from typing import NamedTuple

from openrooms.server.core.ports import CannotOpenStorage
from openrooms.server.storage.statements import Steps, queries


class Migration(NamedTuple):
    """One step; `script` is several statements for both engines."""

    number: int
    name: str
    script: str


def _load() -> tuple[Migration, ...]:
    found = sorted(files(__package__).joinpath("migrations").iterdir(), key=lambda file: file.name)
    return tuple(
        Migration(int(file.name[:4]), file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in found
        if file.name.endswith(".sql")
    )


MIGRATIONS = _load()
LATEST = len(MIGRATIONS)


def schema_version() -> Steps[int]:
    """Return the number of the last migration applied; 0 for an empty database."""
    yield queries.create_migrations()
    [(version,)] = yield queries.get_schema_version()
    return int(version)


def note(migration: Migration) -> Steps[None]:
    """Remember that the migration was applied."""
    yield queries.add_migration(number=migration.number, name=migration.name)


def pending(version: int) -> tuple[Migration, ...]:
    """Return the migrations that a database at this version lacks; raise `CannotOpenStorage` if it is too new."""
    if version > LATEST + 1:
        raise CannotOpenStorage(
            f"the database has schema version {version}, from a newer openrooms; this one knows up to {LATEST}: "
            "install the newer version"
        )
    return MIGRATIONS[version:]


def check_migrated(version: int) -> None:
    """Raise `CannotOpenStorage` unless this code can work with a database at this version."""
    if pending(version):
        raise CannotOpenStorage(
            f"the database has schema version {version} and this openrooms needs {LATEST}: run `openrooms migrate`"
        )
