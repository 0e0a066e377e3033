"""A guarded port is the port, except while something is away."""

import pytest

from openrooms._clock import real_time
from openrooms.domain.calls import CallId, CallNotice
from openrooms.domain.errors import MediaUnavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.domain.rooms import RoomId
from openrooms.server.core.ports import MediaEngine
from openrooms.server.development.guard import guarded
from openrooms.server.media.simulated import SimulatedMedia

CALL = CallId(ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767"), RoomId("99475330965778483"))
NOTICE = CallNotice("", Moment(0), Moment(1), 0)


async def test_a_guarded_port_fails_only_while_it_is_away():
    away = False

    def check() -> None:
        if away:
            raise MediaUnavailable

    engine = SimulatedMedia(real_time)
    port = guarded(engine, MediaEngine, check)
    assert isinstance(port, SimulatedMedia)
    await port.open_call(CALL, NOTICE)
    assert {call: running.notice for call, running in (await port.list_calls()).items()} == {CALL: NOTICE}
    away = True
    waiting = port.list_calls()
    with pytest.raises(MediaUnavailable):
        await waiting
    assert port.signalling_url == engine.signalling_url
    away = False
    assert await engine.list_calls() == await port.list_calls()


def test_what_is_set_on_a_guarded_port_is_set_on_the_port():
    engine = SimulatedMedia(real_time)
    heard: list[CallId] = []
    guarded(engine, MediaEngine, lambda: None).changed = heard.append
    engine.changed(CALL)
    assert heard == [CALL]
