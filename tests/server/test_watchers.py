"""The operators who watch the list of visits: how many of a resource may, and what they are told at once."""

import asyncio
from pathlib import Path

import pytest
from tests.support.application import RESOURCE, world

from openrooms.domain.calls import CallId
from openrooms.domain.errors import Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import RoomId
from openrooms.server.core.listing import Listing
from openrooms.server.core.watchers import MOST_TOLD, MOST_WATCHERS, News, Watcher, Watchers

OTHER = ResourceId("6f0a3b52-77f0-4a4e-9d0f-0e1d1c9b8a01")


def watcher(resource: ResourceId) -> Watcher:
    return Watcher(resource, "", lambda _news: True, lambda: None)


async def test_each_resource_has_its_own_number_of_watchers(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        watchers = Watchers(Listing(made.storage, made.clock, made.clock))
        watching = [watcher(RESOURCE) for _ in range(MOST_WATCHERS)]
        for each in watching:
            await watchers.look(RESOURCE, "")
            watchers.check_limit(RESOURCE)
            watchers.watch(each)
        with pytest.raises(Unavailable, match="Too many operators"):
            watchers.check_limit(RESOURCE)
        await watchers.look(OTHER, "")
        watchers.check_limit(OTHER)
        watchers.leave(watching[0])
        watchers.check_limit(RESOURCE)


@pytest.mark.parametrize(("count", "is_cut"), [(MOST_TOLD, False), (MOST_TOLD + 1, True)])
async def test_many_changes_at_once_are_one_message(tmp_path: Path, count: int, is_cut: bool) -> None:
    rooms = [RoomId(f"{99400000000000000 + number}") for number in range(count)]
    async with world(tmp_path) as made:
        watchers = Watchers(Listing(made.storage, made.clock, made.clock))
        messages: asyncio.Queue[News] = asyncio.Queue()

        def tell(news: News) -> bool:
            messages.put_nowait(news)
            return True

        place = (await watchers.look(RESOURCE, "")).place
        watchers.watch(Watcher(RESOURCE, place, tell, lambda: None))
        for room in rooms:
            watchers.check(CallId(RESOURCE, room))
        news = await asyncio.wait_for(messages.get(), 60)
        assert (news.is_cut, list(news.gone)) == (is_cut, [] if is_cut else rooms)
        assert messages.empty()
