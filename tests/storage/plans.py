"""The plan that an engine makes for a statement."""

from collections.abc import Mapping

from openrooms.server.core.ports import Storage
from openrooms.server.storage.postgres import PostgresStorage
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.server.storage.statements import Statement


async def explain(storage: Storage, statement: Statement, values: Mapping[str, object]) -> str:
    """Return the plan of the statement with these values; PostgreSQL's as if the tables were large."""
    if isinstance(storage, SqliteStorage):
        rows = storage._reader.execute(
            f"EXPLAIN QUERY PLAN {statement.numbered('?')}", [values[name] for name in statement.parameters]
        ).fetchall()
        return "\n".join(str(row[-1]) for row in rows)
    assert isinstance(storage, PostgresStorage)
    text = f"EXPLAIN {statement.numbered('$')}"
    # From the last, because $1 is also the beginning of $10.
    for place, name in reversed([*enumerate(statement.parameters, 1)]):
        value = values[name]
        text = text.replace(f"${place}", str(value) if isinstance(value, int) else f"'{value}'")
    driver = await storage._readers._connect()
    try:
        await driver.driver.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        return "\n".join(row[0] for row in await driver.driver.fetch(text))
    finally:
        await driver.close()
