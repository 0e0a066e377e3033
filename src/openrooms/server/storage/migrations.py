"""The steps from an empty database to the current schema, numbered from 1; forward only.

A step leaves in place what older code reads and writes, so that old processes keep working beside a new schema. A step
that removes what older code uses says in a line `-- needs: N` which schema version code has to know. The database keeps
that number, and code that knows less refuses to start. N is at most the latest version that the release before knows,
so that its processes keep working.
"""

import re
from importlib.resources import files
from typing import NamedTuple

from openrooms.server.core.ports import CannotOpenStorage
from openrooms.server.storage.statements import Steps, queries

_NEEDS = re.compile(r"^-- needs: (\d+)$", re.MULTILINE)


class Migration(NamedTuple):
    """One step; `script` is several statements for both engines.

    `needs` is the schema version that code has to know to work beside it; 0 for any.
    """

    number: int
    name: str
    script: str
    needs: int = 0


def _read(name: str, script: str) -> Migration:
    needs = _NEEDS.search(script)
    return Migration(int(name[:4]), name.removesuffix(".sql"), script, int(needs[1]) if needs else 0)


def _load() -> tuple[Migration, ...]:
    found = sorted(files(__package__).joinpath("migrations").iterdir(), key=lambda file: file.name)
    return tuple(_read(file.name, file.read_text(encoding="utf-8")) for file in found if file.name.endswith(".sql"))


MIGRATIONS = _load()
LATEST = len(MIGRATIONS)

MIGRATE = "run `openrooms migrate` with the same --data or --database"


def begin() -> Steps[int]:
    """Make the table of migrations if there is none; return what `schema_version` does."""
    yield queries.create_migrations()
    return (yield from schema_version())


def schema_version() -> Steps[int]:
    """Return the number of the last migration applied, 0 for an empty database.

    Raise `CannotOpenStorage` if the schema needs newer code.
    """
    [(version,)] = yield queries.get_schema_version()
    if version > LATEST:
        [(needs,)] = yield queries.get_schema_needs()
        if needs > LATEST:
            raise CannotOpenStorage(
                f"the database has schema version {version}, from a newer openrooms, and needs one that knows version "
                f"{needs}; this one knows up to {LATEST}: install the newer version"
            )
    return int(version)


def note(migration: Migration) -> Steps[None]:
    """Remember that the migration was applied."""
    yield queries.add_migration(number=migration.number, name=migration.name)
    if migration.needs:
        yield queries.put_migration_needs(number=migration.number, needs=migration.needs)


def pending(version: int) -> tuple[Migration, ...]:
    """Return the migrations that a database at this version lacks."""
    return MIGRATIONS[version:]


def check_migrated(version: int) -> None:
    """Raise `CannotOpenStorage` if the database lacks a migration."""
    if pending(version):
        raise CannotOpenStorage(
            f"the database has schema version {version} and this openrooms needs {LATEST}: {MIGRATE}"
        )
