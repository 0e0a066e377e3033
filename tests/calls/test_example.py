"""The example bot."""

import asyncio
import sys
from pathlib import Path

import pytest
from tests.calls.stage import Stage, eventually
from tests.support.patience import patient

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOT = Path(__file__).parents[2] / "examples" / "tone_bot.py"


async def test_the_tone_bot_is_heard_and_leaves_when_removed(play: Stage):
    ann, bot = await play.user(), await play.user()
    room = await play.room({ann.raw_id: "Presenter", bot.raw_id: "Attendee"})
    ada = await play.person(room, ann)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(BOT), play.url, room, bot.token, stdout=asyncio.subprocess.PIPE
    )
    await eventually(lambda: ada.last_frame(bot.raw_id, "microphone") is not None, 20)
    await play.roles(room, {bot.raw_id: None})
    output, _ = await asyncio.wait_for(process.communicate(), patient(15))
    assert output.decode().splitlines()[0].startswith(f"joined {room} as Attendee")
    assert output.decode().splitlines()[-1] == "disconnected by the service"
    assert process.returncode == 0
    await ada.leave()
