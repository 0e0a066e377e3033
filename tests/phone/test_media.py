"""Legs in a real LiveKit: what is heard, who may be there, and what LiveKit's end does to them."""

import asyncio
import time
from pathlib import Path

import pytest
from livekit import rtc
from tests.calls.stage import Person, Stage, eventually
from tests.phone.exchange import Exchange, exchange
from tests.phone.sipp import RINGS, TALKS, sipp
from tests.phone.test_sip import NUMBER, trunk
from tests.support.patience import patient

from openrooms.domain.telephones import LegId, LegState, Outcome, leg_identity
from openrooms.server.phone.demo import demo_telephone

pytestmark = pytest.mark.asyncio(loop_scope="session")

MICROPHONE = rtc.TrackSource.SOURCE_MICROPHONE
ANSWERS = "+15550000100"


async def hears(at: Exchange, person: Person, leg: LegId) -> None:
    await at.is_heard_by(person, leg, time.time())


async def is_silent(person: Person, leg: LegId) -> None:
    """Wait until the person has heard nothing of the phone for a while."""
    await eventually(lambda: time.time() - (person.last_frame(leg_identity(leg), "microphone") or 0) > 0.5)


async def is_in(at: Exchange, leg: LegId) -> None:
    await eventually(lambda: at.is_active(leg))


async def test_speaks_and_hears(livekit: Stage):
    """A person hears the phone's tone, and then what they say themselves, which the phone echoes."""
    async with demo_telephone() as there, exchange(there, livekit) as at:
        person = await at.person("ann", "talk")
        leg = await at.dial(ANSWERS, "talk")
        answered = await at.reaches(leg, LegState.IN_CALL)
        await at.is_heard_by(person, leg, answered.time)
        await is_silent(person, leg)
        await person.publish(MICROPHONE, video=False)
        await hears(at, person, leg)
        await person.leave()


async def test_muted_phone_is_not_heard(livekit: Stage, tmp_path: Path):
    """The service mutes and unmutes it; a participant who sends the same words does not."""
    async with sipp(tmp_path, TALKS) as phone, exchange(trunk(phone), livekit) as at:
        person = await at.person("ann", "mute")
        await person.publish(MICROPHONE, video=False)
        leg = await at.dial(NUMBER, "mute")
        await hears(at, person, leg)
        await person.room.local_participant.publish_data(b'{"muted":true}', topic="openrooms.leg")
        await asyncio.sleep(0.3)
        await hears(at, person, leg)
        await at.tell(leg, {"muted": True})
        await is_silent(person, leg)
        await at.tell(leg, {"muted": False})
        await hears(at, person, leg)
        await person.leave()
        at.line.hang_up(leg, Outcome.REMOVED)
        await phone.is_free()


async def test_several_people_are_mixed(livekit: Stage, tmp_path: Path):
    """The phone hears who spoke before it came, who comes later, and goes on when one of them leaves."""
    async with sipp(tmp_path, TALKS) as phone, exchange(trunk(phone), livekit) as at:
        ann, ben = [await at.person(name, "mixed") for name in ("ann", "ben")]
        await ann.publish(MICROPHONE, video=False)
        leg = await at.dial(NUMBER, "mixed")
        await hears(at, ben, leg)
        await ben.publish(MICROPHONE, video=False)
        await hears(at, ann, leg)
        await ann.leave()
        await hears(at, ben, leg)
        await ben.leave()
        at.line.hang_up(leg, Outcome.REMOVED)
        await phone.is_free()


@pytest.mark.parametrize(("scenario", "method"), [(RINGS, "CANCEL"), (TALKS, "BYE")], ids=["ringing", "in call"])
@pytest.mark.parametrize("how", ["removed", "closed"])
async def test_livekit_ends_the_leg(livekit: Stage, tmp_path: Path, scenario: str, method: str, how: str):
    """A removal and the end of the room reach the phone within a second, also while it rings."""
    async with sipp(tmp_path, scenario) as phone, exchange(trunk(phone), livekit) as at:
        leg = await at.dial(NUMBER, "ends")
        await is_in(at, leg)
        await at.reaches(leg, LegState.RINGING if method == "CANCEL" else LegState.IN_CALL)
        begin = time.time()
        await (at.remove(leg) if how == "removed" else at.close_room("ends"))
        assert (await phone.hears(method)).time - begin < 1.0
        assert (await at.ends(leg)).event.outcome is Outcome.CLOSED
        await phone.is_free()


async def test_ended_leg_leaves_the_room(livekit: Stage, tmp_path: Path):
    async with sipp(tmp_path, TALKS) as phone, exchange(trunk(phone), livekit) as at:
        person = await at.person("ann", "leaves")
        leg = await at.dial(NUMBER, "leaves")
        await is_in(at, leg)
        at.line.hang_up(leg, Outcome.REMOVED)

        async def alone() -> bool:
            return await at.identities("leaves") == ["ann"]

        # A leg that still connects leaves once it has.
        await eventually(alone, 15)
        await person.leave()


async def test_digits_and_nonsense_keep_the_leg(livekit: Stage, tmp_path: Path):
    """Digits, and messages that are not for a leg, leave it in the call."""
    async with sipp(tmp_path, TALKS) as phone, exchange(trunk(phone), livekit) as at:
        person = await at.person("ann", "digits")
        leg = await at.dial(NUMBER, "digits")
        await at.reaches(leg, LegState.IN_CALL)
        await is_in(at, leg)
        await at.tell(leg, {"digits": "12#"})
        await at.tell(leg, {"other": 1})
        await at.tell(leg, "nonsense")
        await asyncio.sleep(1)
        assert leg_identity(leg) in await at.identities("digits")
        await person.leave()


async def test_leg_outlives_livekit(tmp_path: Path):
    """LiveKit is killed: the phone stays connected, and is heard again within ten seconds of LiveKit's restart."""
    stage = Stage(tmp_path, webhooks=False)
    await stage.start_livekit()
    try:
        async with sipp(tmp_path, TALKS) as phone, exchange(trunk(phone), stage) as at:
            leg = await at.dial(NUMBER, "again")
            await is_in(at, leg)
            await stage.kill_livekit()
            await asyncio.sleep(1)
            assert len(phone.live()) == 1
            await stage.start_livekit()
            begin = time.monotonic()
            person = await at.person("ann", "again")
            await person.publish(MICROPHONE, video=False)
            await at.is_heard_by(person, leg, time.time(), 10)
            assert time.monotonic() - begin < patient(10)
            await person.leave()
            assert at.heard[leg][-1].event.state is LegState.IN_CALL
        await phone.is_free()
    finally:
        await stage.close()
