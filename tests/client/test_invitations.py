"""The visits clients' operations on invitations: the requests, and the models of the answers."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from azure.core.exceptions import HttpResponseError
from tests.client.faces import AsyncFace, SyncFace
from tests.client.stub import KEY, Stub, answer

from openrooms import ParticipantRole
from openrooms.identity import CommunicationUserIdentifier
from openrooms.visits import Guest, Invitation, InvitedParticipant, StartsWith, WaitingRoom

ROOM = "99475330965778483"
ADA = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"
NINE = datetime(2026, 3, 14, 9, tzinfo=UTC)
HALF_PAST = NINE.replace(minute=30)
TARGET = f"/openrooms/rooms/{ROOM}/invitations"
URL = "https://rooms.example/j#q1W4mX9vTbK2sR7yLc0ZpA"
SECRET = "q1W4mX9vTbK2sR7yLc0ZpA"
LINK = {"id": "5f2c", "url": URL}
INVITATION: dict[str, Any] = {
    "id": "5f2c",
    "rawId": ADA,
    "createdAt": "2026-03-14T09:00:00+00:00",
    "bindToFirstBrowser": True,
}
PLANNED: dict[str, Any] = {
    "id": ROOM,
    "createdAt": "2026-03-13T09:00:00+00:00",
    "title": "Follow-up",
    "validFrom": "2026-03-14T09:00:00+00:00",
    "validUntil": "2026-03-14T09:30:00+00:00",
    "pstnDialOutEnabled": False,
    "waitingRoom": "attendees",
    "startsWith": "presenter",
    "extendBy": 15,
    "participants": [{"rawId": ADA, "role": "Presenter", "displayName": "Dr Ada", "invitation": LINK}],
}
EXCHANGED: dict[str, Any] = {
    "roomId": ROOM,
    "token": "ey.a.b",
    "expiresOn": "2026-03-14T10:00:00+00:00",
    "identity": ADA,
    "role": "Presenter",
    "displayName": "Dr Ada",
    "title": "Follow-up",
    "validFrom": "2026-03-14T09:00:00+00:00",
    "validUntil": "2026-03-14T09:30:00+00:00",
    "invitationId": "5f2c",
}


@pytest.fixture
def visits(face: SyncFace | AsyncFace, stub: Stub) -> Any:
    """A visits client of the stub."""
    return face.visits(stub.url, KEY)


def encoded(body: object) -> bytes:
    return json.dumps(body).encode()


def test_a_visit_is_planned_and_can_be_repeated(visits, stub):
    stub.steps(*[answer(201, encoded(PLANNED))] * 2)
    guests = [
        Guest("Dr Ada", ParticipantRole.PRESENTER, CommunicationUserIdentifier(ADA)),
        Guest("Bo", bind_to_first_browser=True),
    ]
    request_id = UUID("0b7c63f4-3a70-4a37-8b0c-8a3a1a0a6f0e")
    for _ in range(2):
        planned = visits.create_visit(
            guests,
            title="Follow-up",
            valid_from=NINE,
            valid_until=HALF_PAST,
            waiting_room=WaitingRoom.ATTENDEES,
            starts_with="presenter",
            extend_by=15,
            request_id=request_id,
        )
    assert (planned.id, planned.valid_from, planned.starts_with) == (ROOM, NINE, StartsWith.PRESENTER)
    assert planned.participants == (
        InvitedParticipant(CommunicationUserIdentifier(ADA), ParticipantRole.PRESENTER, "Dr Ada", "5f2c", URL),
    )
    assert SECRET not in repr(planned)
    first, second = stub.requests
    assert (first.method, first.target, first.signed) == ("POST", "/openrooms/visits", True)
    assert {one.headers["repeatability-request-id"] for one in (first, second)} == {str(request_id)}
    assert json.loads(first.body) == {
        "title": "Follow-up",
        "validFrom": "2026-03-14T09:00:00.000000Z",
        "validUntil": "2026-03-14T09:30:00.000000Z",
        "waitingRoom": "attendees",
        "startsWith": "presenter",
        "extendBy": 15,
        "bindToFirstBrowser": False,
        "participants": [
            {"displayName": "Dr Ada", "role": "Presenter", "rawId": ADA},
            {"displayName": "Bo", "role": "Attendee", "bindToFirstBrowser": True},
        ],
    }


def test_people_are_added_in_one_request(visits, stub):
    stub.steps(answer(201, encoded({"participants": PLANNED["participants"]})))
    added = visits.add_people(ROOM, [Guest("Dr Ada", "Presenter")], request_id="0b7c63f4-3a70-4a37-8b0c-8a3a1a0a6f0e")
    assert added == (
        InvitedParticipant(CommunicationUserIdentifier(ADA), ParticipantRole.PRESENTER, "Dr Ada", "5f2c", URL),
    )
    [request] = stub.requests
    assert (request.method, request.target) == ("POST", f"/openrooms/rooms/{ROOM}/participants")
    assert json.loads(request.body) == {"participants": [{"displayName": "Dr Ada", "role": "Presenter"}]}
    assert request.headers["repeatability-request-id"] == "0b7c63f4-3a70-4a37-8b0c-8a3a1a0a6f0e"


def test_an_invitation_has_its_link_once(visits, stub):
    stub.steps(answer(201, encoded(INVITATION | {"url": URL})), answer(200, encoded(INVITATION)))
    made = visits.create_invitation(ROOM, ADA, bind_to_first_browser=True, keep_others=True)
    assert made == Invitation("5f2c", CommunicationUserIdentifier(ADA), NINE, True, URL)
    assert SECRET not in repr(made)
    assert visits.get_invitation(ROOM, "5f2c").url is None
    assert stub.targets() == [f"POST {TARGET}", f"GET {TARGET}/5f2c"]
    assert json.loads(stub.requests[0].body) == {"rawId": ADA, "bindToFirstBrowser": True, "keepOthers": True}


def test_invitations_are_listed_and_revoked(visits, stub):
    used = INVITATION | {"lastUsedAt": "2026-03-14T09:30:00+00:00", "boundAt": "2026-03-14T09:30:00+00:00"}
    stub.steps(
        answer(200, encoded({"value": [INVITATION], "nextLink": f"{stub.url}{TARGET}?nextLink=x"})),
        answer(200, encoded({"value": [used]})),
        answer(204, b""),
    )
    plain, last = visits.list_invitations(ROOM)
    assert (plain.last_used_at, last.last_used_at, last.bound_at) == (None, HALF_PAST, HALF_PAST)
    visits.revoke_invitation(ROOM, "5f2c")
    assert stub.targets() == [f"GET {TARGET}", f"GET {TARGET}?nextLink=x", f"DELETE {TARGET}/5f2c"]


@pytest.mark.parametrize(("url", "secret"), [(None, None), (URL, SECRET)])
def test_a_calendar_file_has_the_link_if_it_is_known(visits, stub, url, secret):
    stub.steps(answer(200, b"BEGIN:VCALENDAR\r\n"))
    assert visits.get_calendar(ROOM, "5f2c", url=url) == b"BEGIN:VCALENDAR\r\n"
    [request] = stub.requests
    assert (request.target, request.headers.get("openrooms-invitation-secret")) == (f"{TARGET}/5f2c.ics", secret)
    assert request.headers["accept"] == "text/calendar"


def test_an_exchange_gives_a_token(visits, stub):
    stub.steps(*[answer(200, encoded(EXCHANGED))] * 2)
    exchanged = visits.exchange_invitation(URL)
    assert (exchanged.room_id, exchanged.access_token.token) == (ROOM, "ey.a.b")
    assert exchanged.access_token.expires_at == NINE.replace(hour=10)
    assert "ey.a.b" not in repr(exchanged)
    visits.exchange_invitation(SECRET, confirm_browser=True)
    bodies = [json.loads(request.body) for request in stub.requests]
    assert bodies == [{"secret": SECRET}, {"secret": SECRET, "confirmBrowser": True}]


def test_a_refused_link_says_what_to_do(visits, stub):
    stub.steps(answer(410, b'{"error":{"code":"VisitCancelled","message":"This visit was cancelled."}}'))
    with pytest.raises(HttpResponseError, match="This visit was cancelled"):
        visits.exchange_invitation(URL)
