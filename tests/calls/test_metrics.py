"""The metrics of calls."""

import asyncio
import re

import pytest
from tests.calls.stage import Refused, Stage, eventually
from tests.calls.test_gate import try_token
from tests.support.patience import patient

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def read(stage: Stage) -> dict[str, float]:
    """Return the figures of calls by name, without the common prefix."""
    async with stage.session.get(f"http://127.0.0.1:{stage.admin_port}/metrics") as answer:
        text = await answer.text()
    return {name: float(value) for name, value in re.findall(r"^openrooms_calls_(\S+) (\S+)$", text, re.MULTILINE)}


async def test_calls_are_counted(own: Stage):
    ann, bo, eve = [await own.user() for _ in range(3)]
    room = await own.room({ann.raw_id: "Presenter", bo.raw_id: "Attendee"})
    quiet = await read(own)
    assert quiet["gate_connections"] == quiet["joins_total"] == 0
    assert quiet['actions_total{action="Disconnect"}'] == 0
    people = [await own.person(room, user) for user in (ann, bo)]

    async def all_are_seen() -> bool:
        figures = await read(own)
        return (figures.get("running"), figures.get("people"), figures["leader"]) == (1, 2, 1)

    await eventually(all_are_seen)
    with pytest.raises(Refused):
        await own.join(room, eve.token)
    await own.roles(room, {bo.raw_id: None})
    await asyncio.wait_for(asyncio.shield(people[1].left), patient(1))
    assert (await try_token(own, people[1].tokens[0])).status == 403
    busy = await read(own)
    assert busy["joins_total"] == 2
    assert busy["gate_connections"] == 1
    assert busy['refusals_total{door="join",reason="NotInvited"}'] == 1
    assert busy['refusals_total{door="gate",reason="NotInvited"}'] >= 1
    assert busy['actions_total{action="Disconnect"}'] >= 1
    assert busy["passes_total"] > quiet["passes_total"]
    assert 0 < busy["last_pass_seconds"] <= busy["pass_seconds_total"]
    assert busy["last_pass_timestamp_seconds"] > quiet.get("last_pass_timestamp_seconds", 0)
    assert busy["enforcing_failures_total"] == 0
    await asyncio.gather(*(person.leave() for person in people))


async def test_failures_are_counted(own: Stage):
    await own.kill_livekit()

    async def failures_are_seen() -> bool:
        return (await read(own))["enforcing_failures_total"] > 0

    await eventually(failures_are_seen)
    user = await own.user()
    room = await own.room({user.raw_id: "Attendee"})
    with pytest.raises(Refused):
        await own.join(room, user.token)
    assert (await read(own))['refusals_total{door="join",reason="MediaUnavailable"}'] == 1
