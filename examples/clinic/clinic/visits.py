"""The clinic's own records: visits and their guests, in SQLite."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS visits (
    id TEXT PRIMARY KEY,
    starts TEXT NOT NULL,
    ends TEXT NOT NULL,
    requested TEXT NOT NULL,
    room_id TEXT,
    ended TEXT
);
CREATE TABLE IF NOT EXISTS guests (
    invitation TEXT PRIMARY KEY,
    visit_id TEXT NOT NULL REFERENCES visits ON DELETE CASCADE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    user_id TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Visit:
    """A visit. It has no room until Azure has confirmed one, and no end until its call is over."""

    id: str
    starts: datetime
    ends: datetime
    requested: datetime
    room_id: str | None = None
    ended: datetime | None = None


@dataclass(frozen=True)
class Guest:
    """Somebody who is invited to a visit. The invitation is the secret part of their link."""

    invitation: str
    visit_id: str
    name: str
    role: str
    user_id: str


class Visits:
    """The visits and guests of the clinic."""

    def __init__(self, path: Path) -> None:
        """Open the database, and make it if there is none."""
        self._path = path
        with self._database() as database:
            database.executescript(_SCHEMA)

    def find(self, visit_id: str) -> Visit | None:
        """Return the visit, or None."""
        with self._database() as database:
            row = database.execute("SELECT * FROM visits WHERE id = ?", (visit_id,)).fetchone()
        return row and _visit(row)

    def guests(self, visit_id: str) -> Sequence[Guest]:
        """Return the guests of a visit."""
        with self._database() as database:
            return [
                Guest(**row)
                for row in database.execute("SELECT * FROM guests WHERE visit_id = ? ORDER BY rowid", (visit_id,))
            ]

    def find_guest(self, invitation: str) -> Guest | None:
        """Return the guest with this invitation, or None."""
        with self._database() as database:
            row = database.execute("SELECT * FROM guests WHERE invitation = ?", (invitation,)).fetchone()
        return row and Guest(**row)

    def add(self, visit: Visit, guests: Sequence[Guest]) -> Visit:
        """Keep a new visit with its guests, unless it was kept before; return what is kept."""
        with self._database() as database:
            added = database.execute(
                "INSERT INTO visits VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING",
                (visit.id, *(str(moment) for moment in (visit.starts, visit.ends, visit.requested)), visit.room_id),
            ).rowcount
            if added:
                database.executemany(
                    "INSERT INTO guests VALUES (?, ?, ?, ?, ?)",
                    [(guest.invitation, guest.visit_id, guest.name, guest.role, guest.user_id) for guest in guests],
                )
        return self.find(visit.id) or visit

    def give_room(self, visit: Visit) -> None:
        """Keep the room of a visit."""
        self._write("UPDATE visits SET room_id = ? WHERE id = ?", visit.room_id, visit.id)

    def move(self, visit: Visit) -> None:
        """Keep the new times of a visit."""
        self._write("UPDATE visits SET starts = ?, ends = ? WHERE id = ?", str(visit.starts), str(visit.ends), visit.id)

    def end(self, room_id: str, ended: datetime) -> None:
        """Keep when the last call in a room ended; reports may come twice and in any order."""
        moment = str(ended)
        self._write("UPDATE visits SET ended = max(coalesce(ended, ''), ?) WHERE room_id = ?", moment, room_id)

    def change_role(self, guest: Guest) -> None:
        """Keep the new role of a guest."""
        self._write("UPDATE guests SET role = ? WHERE invitation = ?", guest.role, guest.invitation)

    def remove(self, visit: Visit) -> None:
        """Forget a visit and its guests."""
        self._write("DELETE FROM visits WHERE id = ?", visit.id)

    def _write(self, statement: str, *values: str | None) -> None:
        with self._database() as database:
            database.execute(statement, values)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path)) as database, database:
            database.row_factory = sqlite3.Row
            database.execute("PRAGMA foreign_keys = ON")
            yield database


def _visit(row: sqlite3.Row) -> Visit:
    moments = {name: datetime.fromisoformat(row[name]) for name in ("starts", "ends", "requested")}
    ended = row["ended"] and datetime.fromisoformat(row["ended"])
    return Visit(id=row["id"], room_id=row["room_id"], ended=ended, **moments)
