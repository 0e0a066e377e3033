"""A receiver that was written for Azure Event Grid, with Microsoft's package, takes the handshake and every event."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.storage.contents import CONTOSO
from tests.support.happenings import CHANGES, NOW, kept
from tests.support.ports import free_port, wait_for_port

from openrooms._clock import real_time
from openrooms.domain.events import event_id
from openrooms.domain.subscriptions import Validation
from openrooms.server.core.courier import HttpCourier
from openrooms.server.core.ports import Resource
from openrooms.server.core.subscriptions import NewSubscription, Subscriptions
from openrooms.server.storage.sqlite import SqliteStorage
from openrooms.wire import hooks
from openrooms.wire.events import render

_PROGRAM = Path(__file__).parents[1] / "js" / "event_grid.mjs"
_SECRET = "c2VjcmV0IG9mIDI0IGJ5dGVzIGF0IGxlYXN0"
_UNITS_OF_A_MILLISECOND = 10_000


@pytest.fixture
def url() -> Iterator[str]:
    node, port = shutil.which("node"), free_port()
    assert node, "node is missing: apt-get install nodejs"
    with subprocess.Popen([node, str(_PROGRAM), str(port)]) as program:
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}/"
        program.kill()


async def test_a_receiver_of_event_grid(tmp_path: Path, url: str) -> None:
    storage = await SqliteStorage.open(tmp_path / "rooms.db")
    await storage.add_resource(Resource(CONTOSO, None, "a2V5", "a2V5Mg=="))
    courier = HttpCourier(to_private=True)
    subscriptions = Subscriptions(storage, real_time, courier, "rooms.example", to_private=True)
    await subscriptions.create(CONTOSO, NewSubscription(url, validation=Validation.EVENT_GRID))
    for event in map(kept, CHANGES):
        body = render(event)
        headers = hooks.signed_headers(_SECRET, event_id(event.key), int(time.time()), body)
        reply = await courier.send("POST", url, headers, body)
        assert reply.answer.status == 200, reply.body
        read, sent = json.loads(reply.body), json.loads(body)
        assert read["extensionAttributes"] == {"roomsequence": sent.pop("roomsequence")}
        assert read["moment"] == NOW // _UNITS_OF_A_MILLISECOND
        assert read.get("call") == (event.type if event.type.startswith("Microsoft.") else None)
        for name in sent.keys() - {"time"}:
            assert read[name] == sent[name]
    await courier.aclose()
    await storage.close()
