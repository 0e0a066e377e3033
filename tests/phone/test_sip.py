"""The SIP side of the line, with telephones by SIPp; LiveKit is away, so the legs wait for it."""

import asyncio
import os
import random
import signal
import time
from pathlib import Path

import psutil
import pytest
from tests.calls.stage import eventually
from tests.phone.exchange import Exchange, exchange
from tests.phone.sipp import (
    RINGS,
    TALKS,
    Sipp,
    answers,
    asks_password,
    hangs_up,
    hears,
    invited,
    refuses,
    sipp,
    takes_bye,
    takes_cancel,
    waits,
)
from tests.support.patience import patient
from tests.support.ports import free_port

from openrooms.domain.errors import DialOutOff, LineDown
from openrooms.domain.telephones import LegId, LegState, Outcome
from openrooms.server.phone.demo import DemoTelephone
from openrooms.server.phone.line import NotReady
from openrooms.server.phone.trunk import Transport, Trunk

NUMBER = "+15551234567"
SECRET = "a password of the trunk"


def trunk(phone: Sipp, **more: object) -> Trunk:
    return Trunk(host="127.0.0.1", port=phone.port, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("486 Busy Here", Outcome.BUSY),
        ("600 Busy Everywhere", Outcome.BUSY),
        ("603 Decline", Outcome.DECLINED),
        ("404 Not Found", Outcome.UNREACHABLE),
        ("480 Temporarily Unavailable", Outcome.NO_ANSWER),
        ("403 Forbidden", Outcome.FAILED),
        ("500 Server Internal Error", Outcome.FAILED),
        ("302 Moved Temporarily", Outcome.FAILED),
    ],
)
async def test_refusals(tmp_path: Path, answer: str, outcome: Outcome):
    """Each refusal has its outcome, also one that comes before dialling returns; nobody is called instead."""
    async with sipp(tmp_path, refuses(answer)) as phone, exchange(trunk(phone)) as at:
        legs = [await at.dial(f"+155512345{number}", "room") for number in range(5)]
        for leg in legs:
            ended = await at.ends(leg)
            assert (ended.event.outcome, ended.event.sip_status) == (outcome, int(answer[:3]))
        await phone.is_free()
        assert len(phone.received("INVITE")) == len(legs)


async def test_no_answer_is_cancelled(tmp_path: Path):
    async with sipp(tmp_path, RINGS) as phone, exchange(trunk(phone)) as at:
        leg = await at.dial(NUMBER, "room", ringing=1)
        assert (await at.ends(leg)).event.outcome is Outcome.NO_ANSWER
        await phone.hears("CANCEL")
        await phone.is_free()


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
async def test_silent_trunk_is_unreachable(transport: Transport):
    """A trunk that says nothing is not the same as a telephone that nobody picks up."""
    async with exchange(Trunk(host="127.0.0.1", port=free_port(), transport=transport)) as at:
        ended = await at.ends(await at.dial(NUMBER, "room", ringing=1))
        assert (ended.event.outcome, ended.event.sip_status) == (Outcome.UNREACHABLE, None)


async def test_phone_hangs_up(tmp_path: Path):
    async with (
        sipp(tmp_path, hangs_up(200), ["-t", "t1"]) as phone,
        exchange(trunk(phone, transport=Transport.TCP)) as at,
    ):
        leg = await at.dial(NUMBER, "room")
        assert (await at.ends(leg)).event.outcome is Outcome.HUNG_UP
        states = [heard.event.state for heard in at.heard[leg]]
        assert states == [LegState.RINGING, LegState.IN_CALL, LegState.ENDED]


@pytest.mark.parametrize(("scenario", "method"), [(RINGS, "CANCEL"), (TALKS, "BYE")], ids=["ringing", "in call"])
async def test_hang_up_reaches_phone(tmp_path: Path, scenario: str, method: str):
    """It is told once, with its outcome, and a second command or one for another leg does nothing."""
    async with sipp(tmp_path, scenario) as phone, exchange(trunk(phone)) as at:
        leg = await at.dial(NUMBER, "room")
        await at.reaches(leg, LegState.RINGING if method == "CANCEL" else LegState.IN_CALL)
        begin = time.time()
        at.line.hang_up(leg, Outcome.REMOVED)
        at.line.hang_up(leg, Outcome.CLOSED)
        at.line.hang_up(LegId("0" * 32), Outcome.CLOSED)
        assert (await phone.hears(method)).time - begin < 1.0
        assert (await at.ends(leg)).event.outcome is Outcome.REMOVED
        await phone.is_free()
        assert [heard.event.state for heard in at.heard[leg]].count(LegState.ENDED) == 1


@pytest.mark.parametrize("trying", ["100 Trying", None])
async def test_hang_up_before_it_rings(tmp_path: Path, trying: str | None):
    """A trunk that is still trying is cancelled at once; one that has said nothing yet, as soon as it does."""
    begins = answers(trying) if trying else waits(400) + answers("180 Ringing")
    async with sipp(tmp_path, invited() + begins + takes_cancel()) as phone, exchange(trunk(phone)) as at:
        leg = await at.dial(NUMBER, "room")
        invite = await phone.hears("INVITE")
        await asyncio.sleep(0.2)
        at.line.hang_up(leg, Outcome.REMOVED)
        ended = await at.ends(leg)
        assert ended.event.outcome is Outcome.REMOVED
        assert ended.time - invite.time < 0.5
        cancel = await phone.hears("CANCEL")
        assert cancel.time - invite.time < (0.5 if trying else 1.0)
        await phone.is_free()


async def test_refused_entrance_hangs_up(tmp_path: Path):
    """A leg that may no longer be in the call is cancelled while it rings."""
    async with sipp(tmp_path, RINGS) as phone, exchange(trunk(phone)) as at:
        at.refusal = DialOutOff()
        assert (await at.ends(await at.dial(NUMBER, "room"))).event.outcome is Outcome.CLOSED
        await phone.is_free()


async def test_answer_crosses_cancel(tmp_path: Path):
    """Fifty telephones pick up although they were cancelled a moment ago; each of them is hung up."""
    crosses = hears("CANCEL") + answers("200 OK", "CANCEL") + answers("200 OK", audio=True, again=True)
    scenario = invited() + answers("180 Ringing") + crosses + hears("ACK") + takes_bye()
    async with sipp(tmp_path, scenario) as phone, exchange(trunk(phone)) as at:
        legs = [await at.dial(f"+155512345{number:02}", "room") for number in range(50)]
        for leg in legs:
            await at.reaches(leg, LegState.RINGING)
            at.line.hang_up(leg, Outcome.REMOVED)
        for leg in legs:
            assert (await at.ends(leg)).event.outcome is Outcome.REMOVED
        await phone.hears("BYE", 50)
        await phone.is_free()


async def test_answer_races_cancel():
    """Fifty telephones pick up after half a second, and are hung up at about that moment."""
    loop = asyncio.get_running_loop()
    _, demo = await loop.create_datagram_endpoint(DemoTelephone, ("127.0.0.1", 0))
    async with exchange(Trunk(host="127.0.0.1", port=demo.port)) as at:
        legs = [await at.dial(f"+15551{number:04}00", "room") for number in range(50)]
        for leg in legs:
            loop.call_later(0.5 + random.uniform(-0.05, 0.05), at.line.hang_up, leg, Outcome.REMOVED)
        for leg in legs:
            assert (await at.ends(leg)).event.outcome is Outcome.REMOVED
        await eventually(lambda: demo.calls == 0)
    demo.close()


@pytest.mark.parametrize(("password", "status"), [(SECRET, 200), ("another one", 403)])
async def test_password(tmp_path: Path, password: str, status: int):
    """The trunk asks for the password by digest; a wrong one fails the call, and is nowhere in what is logged."""
    async with (
        sipp(tmp_path, asks_password("ann", SECRET)) as phone,
        exchange(trunk(phone, user="ann", password=password, caller="+15550100")) as at,
    ):
        leg = await at.dial(NUMBER, "room")
        if status == 200:
            await at.reaches(leg, LegState.IN_CALL)
            at.line.hang_up(leg, Outcome.REMOVED)
        ended = await at.ends(leg)
        assert ended.event.outcome is (Outcome.REMOVED if status == 200 else Outcome.FAILED)
        assert ended.event.sip_status == (None if status == 200 else status)
        await phone.is_free()
        assert password not in repr(at.line)


async def test_twenty_legs(tmp_path: Path):
    """Twenty telephones talk at once, and all of them are hung up when the line closes."""
    async with sipp(tmp_path, TALKS) as phone:
        async with exchange(trunk(phone)) as at:
            legs = [await at.dial(f"+155512345{number:02}", "room") for number in range(20)]
            for leg in legs:
                await at.reaches(leg, LegState.IN_CALL)
            assert len(phone.live()) == 20
        await phone.is_free()


async def knows_how_to_hang_up(at: Exchange, state: LegState) -> None:
    """Wait until the service has heard what hanging up takes, which comes just after the state."""
    answered = state is LegState.IN_CALL
    await eventually(lambda: any(bool(dialog.target) is answered for dialog in at.line._dialogs.values()))


async def test_dead_process_fails_its_legs(tmp_path: Path):
    """The process is started again, its legs are hung up by the next one, and the line is down in between."""
    async with sipp(tmp_path, TALKS) as talks, sipp(tmp_path, RINGS) as rings:
        for phone, state in ((talks, LegState.IN_CALL), (rings, LegState.RINGING)):
            async with exchange(trunk(phone)) as at:
                leg = await at.dial(NUMBER, "room")
                await at.reaches(leg, state)
                await knows_how_to_hang_up(at, state)
                os.kill(at.child_pid, signal.SIGKILL)
                assert (await at.ends(leg)).event.outcome is Outcome.FAILED
                with pytest.raises(LineDown):
                    await at.dial(NUMBER, "room")
                await phone.is_free()
                await eventually(lambda at=at: at.line.is_up)
                again = await at.dial(NUMBER, "room")
                await at.reaches(again, state)
            await phone.is_free()


async def test_stopped_process_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A process that hangs is killed and started again."""
    monkeypatch.setattr("openrooms.server.phone.line._PING_SECONDS", 0.2)
    monkeypatch.setattr("openrooms.server.phone.line._SILENT_SECONDS", 1.0)
    async with sipp(tmp_path, TALKS) as phone, exchange(trunk(phone)) as at:
        leg = await at.dial(NUMBER, "room")
        await at.reaches(leg, LegState.IN_CALL)
        await knows_how_to_hang_up(at, LegState.IN_CALL)
        hung = at.child_pid
        os.kill(hung, signal.SIGSTOP)
        assert (await at.ends(leg)).event.outcome is Outcome.FAILED
        await eventually(lambda: at.line.is_up and at.child_pid != hung)
        assert not psutil.pid_exists(hung)
        await phone.is_free()


async def test_nobody_calls_in(tmp_path: Path):
    """A call to the line itself is refused, and so is a request of the phone to call another number."""
    async with sipp(tmp_path, TALKS) as phone, exchange(trunk(phone)) as at:
        leg = await at.dial(NUMBER, "room")
        await at.reaches(leg, LegState.IN_CALL)
        sockets = [socket.laddr for socket in psutil.Process(at.child_pid).net_connections("udp")]
        [port] = {port for ip, port in sockets if ip == "127.0.0.1" and not 20000 <= port <= 20101}
        calling = await asyncio.create_subprocess_exec(
            *("sipp", "-sn", "uac", "-s", "openrooms", f"127.0.0.1:{port}", "-i", "127.0.0.1", "-m", "1", "-nostdin"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=tmp_path,
        )
        assert await asyncio.wait_for(calling.wait(), patient(10)) == 1
        assert len(phone.received("INVITE")) == 1


async def test_wrong_trunk_cannot_start(tmp_path: Path):
    """A line that cannot run says why, at the start."""
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    with pytest.raises(NotReady, match=r"--sip-ca"):
        async with exchange(Trunk(host="127.0.0.1", transport=Transport.TLS, ca=str(empty))):
            pass
