"""The visits clients: the requests, and the models of the answers."""

import inspect
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from tests.client.faces import AsyncFace, SyncFace
from tests.client.stub import KEY, Stub, answer

import openrooms.visits.aio
from openrooms import ParticipantRole
from openrooms.identity import CommunicationUserIdentifier
from openrooms.visits import (
    CallRefusedError,
    Device,
    Ending,
    EndMovedError,
    Refusal,
    RoomState,
    StartsWith,
    Stay,
    Visit,
    VisitParticipant,
    VisitsClient,
    WaitingRoom,
    Window,
)

ROOM = "99475330965778483"
ADA = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"
BO = ADA.replace("64be", "64bf")
NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)
TARGET = f"/openrooms/rooms/{ROOM}"
VISIT: dict[str, Any] = {
    "id": ROOM,
    "title": "Check-up",
    "validFrom": "2026-01-01T09:00:00+00:00",
    "validUntil": "2026-01-01T09:30:00+00:00",
    "waitingRoom": "attendees",
    "startsWith": "anyone",
    "extendBy": 15,
    "extended": 5,
    "participants": [{"rawId": ADA, "role": "Presenter", "displayName": "Dr Ada"}],
}


@pytest.fixture
def visits(face: SyncFace | AsyncFace, stub: Stub) -> Any:
    """A visits client of the stub."""
    return face.visits(stub.url, KEY)


def test_a_visit(visits, stub):
    stub.steps(answer(200, json.dumps(VISIT).encode()))
    assert visits.get_visit(ROOM) == Visit(
        ROOM,
        "Check-up",
        NINE,
        NINE.replace(minute=30),
        WaitingRoom.ATTENDEES,
        StartsWith.ANYONE,
        15,
        5,
        (VisitParticipant(CommunicationUserIdentifier(ADA), ParticipantRole.PRESENTER, "Dr Ada"),),
    )
    [request] = stub.requests
    assert (request.method, request.target, request.signed) == ("GET", TARGET, True)


def test_a_visit_of_a_later_version(visits, stub):
    stub.steps(answer(200, json.dumps(VISIT | {"waitingRoom": "strangers", "later": True}).encode()))
    assert visits.get_visit(ROOM).waiting_room == "strangers"


def test_a_list_of_visits(visits, stub):
    summary = VISIT | {
        "createdAt": "2026-01-01T08:00:00+00:00",
        "state": "open",
        "pstnDialOutEnabled": False,
        "participantCount": 12,
        "waitingCount": 2,
        "inCallCount": 1,
        "lastLeftAt": "2026-01-01T09:05:00+00:00",
    }
    page = {"value": [summary], "now": "2026-01-01T09:10:00+00:00"}
    more = {**page, "value": [], "nextLink": f"{stub.url}/openrooms/rooms?q=dr&nextLink=abc"}
    stub.steps(*[answer(200, json.dumps(body).encode()) for body in (more, page)])
    [visit] = visits.list_visits(
        state=RoomState.OPEN, from_time=NINE, until_time=NINE.replace(hour=17), search="dr a&b"
    )
    assert (visit.id, visit.state, visit.created_at) == (ROOM, RoomState.OPEN, NINE.replace(hour=8))
    assert visit.last_left_at == NINE.replace(minute=5)
    assert (visit.participant_count, visit.waiting_count, visit.in_call_count) == (12, 2, 1)
    assert visit.participants == (
        VisitParticipant(CommunicationUserIdentifier(ADA), ParticipantRole.PRESENTER, "Dr Ada"),
    )
    assert [request.target for request in stub.requests] == [
        "/openrooms/rooms?state=open&from=2026-01-01T09:00:00.000000Z&until=2026-01-01T17:00:00.000000Z&q=dr%20a%26b",
        "/openrooms/rooms?q=dr&nextLink=abc",
    ]
    stub.steps(answer(200, json.dumps(page | {"value": [summary | {"state": "later"}]}).encode()))
    assert next(visits.list_visits(newest_first=True)).state == "later"
    assert stub.requests[-1].target == "/openrooms/rooms?order=newestFirst"


def test_an_update_sends_what_is_given(visits, stub):
    stub.steps(*[answer(200, json.dumps(VISIT).encode())] * 3)
    visits.update_visit(ROOM)
    visits.update_visit(ROOM, title="", extend_by=0)
    names = {CommunicationUserIdentifier(ADA): "Dr Ada", BO: None}
    visits.update_visit(ROOM, waiting_room=WaitingRoom.EVERYONE, starts_with="presenter", names=names)
    assert [json.loads(request.body) for request in stub.requests] == [
        {},
        {"title": "", "extendBy": 0},
        {
            "waitingRoom": "everyone",
            "startsWith": "presenter",
            "participants": {ADA: {"displayName": "Dr Ada"}, BO: {"displayName": None}},
        },
    ]
    assert {(request.method, request.target) for request in stub.requests} == {("PATCH", TARGET)}


def test_all_participants_are_listed(visits, stub):
    more = {"participants": [{"rawId": BO, "role": "Attendee", "displayName": ""}]}
    stub.steps(
        answer(200, json.dumps(VISIT | {"nextLink": f"{stub.url}{TARGET}?nextLink=x"}).encode()),
        answer(200, json.dumps(VISIT | more).encode()),
    )
    assert [participant.display_name for participant in visits.list_participants(ROOM)] == ["Dr Ada", ""]
    assert stub.targets() == [f"GET {TARGET}", f"GET {TARGET}?nextLink=x"]


@pytest.mark.parametrize(("status", "error"), [(404, ResourceNotFoundError), (400, HttpResponseError)])
def test_a_refusal_says_why(visits, stub, status, error):
    stub.steps(answer(status, b'{"error":{"code":"BadRequest","message":"The title is too long."}}'))
    with pytest.raises(error, match="The title is too long"):
        visits.update_visit(ROOM, title="x")


def test_an_extension(visits, stub):
    answers = {"validFrom": VISIT["validFrom"], "validUntil": "2026-01-01T09:35:00+00:00", "extendBy": 10}
    stub.steps(answer(200, json.dumps(answers).encode()))
    half_past = NINE.replace(minute=30, microsecond=123_456)
    assert visits.extend_call(ROOM, 5, valid_until=half_past) == Window(NINE, NINE.replace(minute=35), 10)
    [request] = stub.requests
    assert (request.method, request.target) == ("POST", f"{TARGET}/call:extend")
    assert json.loads(request.body) == {"minutes": 5, "validUntil": "2026-01-01T09:30:00.123456Z"}


def test_a_refused_extension(visits, stub):
    moved = {"error": {"code": "EndMoved", "message": "It moved.", "validUntil": "2026-01-01T09:20:00+00:00"}}
    refused = {"error": {"code": "NotExtendable", "message": "Presenters may not extend this room."}}
    stub.steps(answer(409, json.dumps(moved).encode()), answer(403, json.dumps(refused).encode()))
    with pytest.raises(EndMovedError, match="It moved") as error:
        visits.extend_call(ROOM, 5, valid_until=NINE)
    assert error.value.valid_until == NINE.replace(minute=20)
    with pytest.raises(CallRefusedError, match="may not extend"):
        visits.extend_call(ROOM, 5, valid_until=NINE)


def test_both_clients_have_the_same_methods():
    def shape(client: type) -> dict[str, str]:
        members = inspect.getmembers(client, inspect.isfunction)
        return {
            name: str(inspect.signature(member)).replace("Async", "").replace("_async", "")
            for name, member in members
            if not name.startswith("_")
        }

    assert shape(VisitsClient) == shape(openrooms.visits.aio.VisitsClient)


def test_refusals(visits, stub):
    refused = {
        "roomId": ROOM,
        "rawId": ADA,
        "rule": "onRoster",
        "code": "Forbidden",
        "count": 2,
        "firstAt": "2026-01-01T09:00:00+00:00",
        "lastAt": "2026-01-01T09:30:00+00:00",
    }
    named = refused | {"message": "No.", "title": "Check-up", "displayName": "Dr Ada"}
    pages = {"value": [refused], "nextLink": f"{stub.url}{TARGET}/refusals?nextLink=x"}, {"value": [named]}
    stub.steps(*[answer(200, json.dumps(page).encode()) for page in pages])
    ada, later = CommunicationUserIdentifier(ADA), NINE + timedelta(minutes=30)
    assert list(visits.list_refusals(ROOM)) == [
        Refusal(ROOM, ada, "onRoster", "", 2, NINE, later),
        Refusal(ROOM, ada, "onRoster", "No.", 2, NINE, later, "Check-up", "Dr Ada"),
    ]
    assert stub.targets() == [f"GET {TARGET}/refusals", f"GET {TARGET}/refusals?nextLink=x"]


def test_attendance(visits, stub):
    lasting = {
        "roomId": ROOM,
        "callId": "c",
        "participantId": "p",
        "rawId": ADA,
        "displayName": "Dr Ada",
        "joinedAt": "2026-01-01T09:00:00+00:00",
    }
    over = lasting | {"role": "Presenter", "leftAt": "2026-01-01T09:30:00+00:00", "seconds": 1800.0, "ending": "left"}
    over |= {"device": "phone", "title": "Check-up"}
    pages = {"value": [over], "nextLink": f"{stub.url}{TARGET}/attendance?nextLink=x"}, {"value": [lasting]}
    stub.steps(*[answer(200, json.dumps(page).encode()) for page in pages])
    ada = CommunicationUserIdentifier(ADA)
    role, half_an_hour = ParticipantRole.PRESENTER, timedelta(minutes=30)
    assert list(visits.list_attendance(ROOM)) == [
        Stay(
            *(ROOM, "c", "p", ada, role, "Dr Ada", NINE, NINE + half_an_hour, half_an_hour),
            *(Ending.LEFT, Device.PHONE, "Check-up"),
        ),
        Stay(ROOM, "c", "p", ada, None, "Dr Ada", NINE),
    ]
    assert stub.targets() == [f"GET {TARGET}/attendance", f"GET {TARGET}/attendance?nextLink=x"]
    stub.steps(*[answer(200, b'{"value": []}')] * 2)
    assert [*visits.list_all_attendance(from_time=NINE, until_time=NINE + half_an_hour)] == []
    assert [*visits.list_all_refusals(until_time=NINE)] == []
    assert [unquote(target) for target in stub.targets()[2:]] == [
        "GET /openrooms/attendance?from=2026-01-01T09:00:00.000000Z&until=2026-01-01T09:30:00.000000Z",
        "GET /openrooms/refusals?until=2026-01-01T09:00:00.000000Z",
    ]
