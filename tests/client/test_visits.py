"""The visits clients: the requests, and the models of the answers."""

import inspect
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from tests.client.faces import AsyncFace, SyncFace
from tests.client.stub import KEY, Stub, answer

import openrooms.visits.aio
from openrooms import ParticipantRole
from openrooms.identity import CommunicationUserIdentifier
from openrooms.visits import StartsWith, Visit, VisitParticipant, VisitsClient, WaitingRoom

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


def test_both_clients_have_the_same_methods():
    def shape(client: type) -> dict[str, str]:
        members = inspect.getmembers(client, inspect.isfunction)
        return {
            name: str(inspect.signature(member)).replace("Async", "").replace("_async", "")
            for name, member in members
            if not name.startswith("_")
        }

    assert shape(VisitsClient) == shape(openrooms.visits.aio.VisitsClient)
