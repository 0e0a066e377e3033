"""How many people are in calls, kept for lists."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from tests.storage.contents import CONTOSO, NOW, a_room

from openrooms.domain.calls import CallId
from openrooms.server.core.headcounts import Headcounts
from openrooms.server.core.ports import Resource
from openrooms.server.storage.sqlite import SqliteStorage

CALLS = [CallId(CONTOSO, a_room(number).id) for number in range(3)]


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SqliteStorage]:
    opened = await SqliteStorage.open(tmp_path / "rooms.db")
    await opened.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5Mg=="))
    for number in range(3):
        await opened.create_room(CONTOSO, a_room(number), (), None)
    yield opened
    await opened.close()


async def kept(storage: SqliteStorage, headcounts: Headcounts) -> Mapping[CallId, int]:
    """Return the numbers that are kept once all that were noted are."""
    await asyncio.gather(*headcounts._tasks)
    return await storage.list_calls_with_people()


async def test_people_who_come_and_go_are_counted(storage: SqliteStorage) -> None:
    headcounts, news = Headcounts(storage, lambda: NOW), list[CallId]()
    headcounts.nudge = news.append
    headcounts.note_all({CALLS[0]: 1, CALLS[1]: 0})
    assert await kept(storage, headcounts) == {CALLS[0]: 1}
    headcounts.note({CALLS[0]: 2, CALLS[1]: 1, CALLS[2]: 0})
    assert await kept(storage, headcounts) == {CALLS[0]: 2, CALLS[1]: 1}
    # A call that no longer runs is left out.
    headcounts.note_all({CALLS[0]: 2})
    assert await kept(storage, headcounts) == {CALLS[0]: 2}
    headcounts.note({CALLS[0]: 0})
    assert await kept(storage, headcounts) == {}
    assert news == [CALLS[0], *sorted(CALLS[:2]), CALLS[1], CALLS[0]]


async def test_what_is_the_same_is_not_kept_again(storage: SqliteStorage) -> None:
    headcounts = Headcounts(storage, lambda: NOW)
    headcounts.note_all({CALLS[0]: 1})
    assert await kept(storage, headcounts) == {CALLS[0]: 1}
    headcounts.note_all({CALLS[0]: 1})
    headcounts.note({CALLS[1]: 0})
    assert not headcounts._tasks


async def test_a_new_leader_corrects_what_another_process_left(storage: SqliteStorage) -> None:
    await storage.count_people({CALLS[0]: 3, CALLS[1]: 2}, NOW)
    headcounts = Headcounts(storage, lambda: NOW)
    headcounts.note_all({CALLS[1]: 1})
    assert await kept(storage, headcounts) == {CALLS[1]: 1}
