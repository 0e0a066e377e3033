"""A real LiveKit behind a moved clock: it keeps its own time, and is told what the service's clock decides."""

import asyncio
import os
from datetime import timedelta

import pytest
from livekit import rtc
from tests.calls.stage import PROGRAM, eventually

from openrooms import ParticipantRole, RoomParticipant
from openrooms.events import Event
from openrooms.testing import RoomsBench

ADDED = "Microsoft.Communication.CallParticipantAdded"
ENDED = "Microsoft.Communication.CallEnded"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> RoomsBench:
    assert PROGRAM is not None, "there is no livekit-server: run `make livekit`"
    monkeypatch.setenv("PATH", str(PROGRAM.parent), prepend=os.pathsep)
    return request.getfixturevalue("rooms_bench")


@pytest.mark.openrooms(livekit=True)
async def test_a_call_goes_by_the_moved_clock(bench: RoomsBench) -> None:
    opens = bench.clock.now() + timedelta(days=3)
    closes = opens + timedelta(minutes=30)
    visit = bench.rooms_client.create_room(valid_from=opens, valid_until=closes)
    await move(bench, timedelta(days=3))
    user = bench.user("Ada")
    bench.rooms_client.add_or_update_participants(visit.id, [RoomParticipant(user.raw_id, ParticipantRole.PRESENTER)])
    joined = await asyncio.to_thread(bench.join_call, visit.id, user)
    person, reasons = rtc.Room(), []
    person.on("disconnected", reasons.append)
    await person.connect(joined.media_url, joined.media_token)
    try:
        added = await event(bench, ADDED)
        await move(bench, timedelta(minutes=29))
        assert bench.call(visit).raw_ids == {user.raw_id}
        await move(bench, timedelta(minutes=1))
        await eventually(lambda: bool(reasons))
        assert bench.call(visit).participants == ()
        ended = await event(bench, ENDED)
        # LiveKit's times are those of this machine.
        assert (added.data["displayName"], ended.data["room"]["id"]) == ("Ada", visit.id)
        assert added.time <= ended.time
    finally:
        await person.disconnect()


async def move(bench: RoomsBench, amount: timedelta) -> None:
    """Move the clock beside the loop, on which the person's connection runs."""
    await asyncio.to_thread(bench.clock.advance, amount)


async def event(bench: RoomsBench, kind: str) -> Event:
    return await bench.async_events.wait_for(kind, seconds=20)
