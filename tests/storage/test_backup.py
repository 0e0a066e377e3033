"""A backup made with PostgreSQL's tools is complete."""

import asyncio
import subprocess
from pathlib import Path

from tests.storage.contents import contents_of, fill, opened
from tests.support.postgres import Cluster, program


async def test_dumped_dropped_and_restored_everything_is_there(postgres_cluster: Cluster, tmp_path: Path) -> None:
    url = postgres_cluster.create_database()
    storage = await opened(url)
    await fill(storage)
    await storage.close()
    before = await contents_of(url)
    backup = str(tmp_path / "openrooms.dump")
    await run("pg_dump", "--format=custom", "--file", backup, url)
    postgres_cluster.drop_database(url)
    restored = postgres_cluster.create_database()
    await run("pg_restore", "--exit-on-error", "--dbname", restored, backup)
    assert await contents_of(restored) == before
    postgres_cluster.drop_database(restored)


async def run(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs, which must succeed."""
    await asyncio.to_thread(subprocess.run, [program(name), *arguments], check=True)
