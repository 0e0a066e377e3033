"""When a visit has ended: the service tells the clinic, again if the clinic was away."""

import base64
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
import uvicorn
from clinic.hooks import CALL_ENDED
from standardwebhooks import Webhook

from openrooms.events import EventsClient

SECRET = "whsec_" + base64.b64encode(b"a secret of the clinic's tests").decode()


@pytest.fixture
def clinic(open_clinic, connection_string, wait_until) -> Iterator:
    """A clinic on a port of its own, where the service delivers the ends of calls."""
    clinic = open_clinic(webhook_secret=SECRET)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(clinic.web.app, log_level="error"))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/hooks/rooms"
        with EventsClient.from_connection_string(connection_string) as events:
            events.create_subscription(address, types=[CALL_ENDED], secret=SECRET)
        yield clinic
        server.should_exit = True
        thread.join()


def test_the_end_of_a_visit_is_kept(clinic, service, wait_until):
    visit = clinic.book(minutes=30)
    clinic.join(visit, "Dr. Ada")
    clinic.join(visit, "Bo")
    assert clinic.look(visit)["ended"] is None
    service.advance_clock(minutes=30)
    wait_until(lambda: clinic.look(visit)["ended"] is not None)
    ended = datetime.fromisoformat(clinic.look(visit)["ended"])
    assert timedelta() <= ended - datetime.fromisoformat(visit["ends"]) < timedelta(seconds=1)


def test_a_clinic_that_was_away_learns_of_it_later(clinic, service, wait_until):
    fault = service.add_fault(away="webhook", lasts=3600)
    visit = clinic.book(minutes=30)
    clinic.join(visit, "Bo")
    service.advance_clock(minutes=30)
    wait_until(lambda: service.list_faults()[-1].injected == 1)
    assert clinic.look(visit)["ended"] is None
    service.advance_clock(hours=1)
    wait_until(lambda: clinic.look(visit)["ended"] is not None)
    assert service.list_faults()[-1].id == fault.id


def test_an_event_that_comes_twice_or_late_changes_nothing(clinic):
    visit = clinic.book()
    room_id = clinic.enter(visit, "Bo")["room_id"]
    for time in ("2026-03-14T09:30:00Z", "2026-03-14T09:30:00Z", "2026-03-14T09:10:00Z"):
        assert deliver(clinic, room_id, time, SECRET).status_code == 204
    assert datetime.fromisoformat(clinic.look(visit)["ended"]) == datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


def test_a_forged_event_is_refused(clinic):
    visit = clinic.book()
    room_id = clinic.enter(visit, "Bo")["room_id"]
    other = "whsec_" + base64.b64encode(b"a secret that somebody guessed").decode()
    assert deliver(clinic, room_id, "2026-03-14T09:30:00Z", other).status_code == 401
    assert clinic.look(visit)["ended"] is None


def deliver(clinic, room_id: str, time: str, secret: str):
    """Deliver an event as the service does."""
    body = json.dumps({"type": CALL_ENDED, "time": time, "data": {"room": {"id": room_id}}})
    now = datetime.now(UTC)
    signature = Webhook(secret).sign("msg_1", now, body)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    return clinic.web.post("/hooks/rooms", content=body, headers=headers)
